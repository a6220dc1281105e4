"""Exit codes, and the error that an argument's reader is told about. `dideban --help` explains the codes."""

from __future__ import annotations

#: 1 is left to faults of the program, where Python puts it.
DONE, FAULT, BAD_INPUT, OFFLINE, NO_CONSENT, HELD, NOT_NORMAL, NOT_AS_EXPECTED = range(8)
#: Where shells put a process that SIGINT ended.
INTERRUPTED = 130


class UsageError(Exception):
    """An argument that cannot be used. The message is one sentence with the remedy."""
