"""The command line: arguments to one command, and what a command raises to one sentence and an exit code."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence

from agent.arguments import build_parser
from agent.exits import BAD_INPUT, DONE, FAULT, HELD, INTERRUPTED, UsageError
from agent.language import _, preferred, speak, speaking
from agent.parser import language_in
from agent.report.direction import say


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never shows a traceback for what its user can mend."""
    take_any_letter()
    with speaking(language_in(sys.argv[1:] if arguments is None else arguments) or preferred()):
        return _obey(arguments)


def _obey(arguments: Sequence[str] | None) -> int:
    try:
        options = build_parser().parse_args(arguments)
        if "language" in options:
            speak(options.language)
        code: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # `dideban review | head`: the reader has seen enough
        let_go_of_output()
        return DONE
    except KeyboardInterrupt:
        say(_("dideban: interrupted."), file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:  # the store's own are StoreErrors by now
            let_go_of_output()
            error = UsageError(_("The disk that this is printed to is full; free some space and print it again."))
        code = code_of(error)
        if code == FAULT:
            raise
        from agent.report.visible import visible

        say(visible(f"dideban: {error}"), file=sys.stderr)
    return code


def let_go_of_output() -> None:
    """Print into nothing from here on, so that Python does not complain once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def code_of(error: Exception) -> int:
    """The exit code for what a command raised; FAULT for what is the program's own."""
    from agent.catalog.load import CatalogError
    from agent.config.rules import ConfigError
    from agent.lab.namespace.shell import StageError
    from agent.lab.scenario.faults import ScenarioError
    from agent.store import StoreError
    from agent.store.lock import LockHeld
    from agent.timeline.load import TimelineError
    from probes.network import FenceError

    if isinstance(error, LockHeld):
        return HELD
    bad_input = UsageError, ConfigError, CatalogError, TimelineError, StoreError, FenceError, ScenarioError, StageError
    return BAD_INPUT if isinstance(error, bad_input) else FAULT


def take_any_letter() -> None:
    """Let a letter that the terminal does not know become a question mark, where Python would end with a traceback."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
