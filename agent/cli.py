"""The command line: arguments to one command, and what a command raises to one sentence and an exit code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from agent.arguments import build_parser

#: Exit codes; agent.arguments explains them in --help. 1 is left to faults of the program, where Python puts it.
DONE, FAULT, BAD_INPUT, OFFLINE, NO_CONSENT, HELD, NOT_NORMAL, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130


class UsageError(Exception):
    """An argument that cannot be used. The message is one sentence with the remedy."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never shows a traceback for what its user can mend."""
    take_any_letter()
    try:
        options = build_parser().parse_args(arguments)
        code: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # `dideban review | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        print("dideban: interrupted.", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        code = code_of(error)
        if code == FAULT:
            raise
        from agent.report.visible import visible

        print(visible(f"dideban: {error}"), file=sys.stderr)
    return code


def code_of(error: Exception) -> int:
    """The exit code for what a command raised; FAULT for what is the program's own."""
    from agent.catalog.load import CatalogError
    from agent.config_rules import ConfigError
    from agent.store import StoreError
    from agent.store.lock import LockHeld

    if isinstance(error, LockHeld):
        return HELD
    return BAD_INPUT if isinstance(error, (UsageError, ConfigError, CatalogError, StoreError)) else FAULT


def take_any_letter() -> None:
    """Let a letter that the terminal does not know become a question mark, where Python would end with a traceback."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
