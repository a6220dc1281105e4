"""Exit codes, and the error that an argument's reader is told about. `dideban --help` explains the codes."""

from __future__ import annotations

#: 1 is left to faults of the program, where Python puts it.
DONE, FAULT, BAD_INPUT, OFFLINE, NO_CONSENT, HELD, NOT_NORMAL, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130


class UsageError(Exception):
    """An argument that cannot be used. The message is one sentence with the remedy."""
