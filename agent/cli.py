"""The command line: arguments to one command, and what a command raises to one sentence and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import agent

#: Exit codes, in --help too. 1 is left to faults of the program itself, where Python puts it.
DONE, FAULT, BAD_INPUT, OFFLINE, NO_CONSENT, HELD, NOT_NORMAL, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130

EPILOG = """\
exit codes:
  0    done; for a sweep: it measured on a normal line; for `run`: it ended when it was told to
  2    bad input: an argument, config.toml or a file; the sentence says which and what to do
  3    the computer was offline: nothing was measured, and the sweep's row says so
  4    no consent is on record: `dideban consent` asks for it
  5    another agent works in the results folder
  6    it measured, but the line was not normal (portal, national network only …): nothing is called blocked
  130  interrupted by Ctrl+C or SIGTERM: what was measured is written

`dideban COMMAND --help` explains a command. Start with `dideban demo`: it reaches nobody."""


class UsageError(Exception):
    """An argument that cannot be used. The message is one sentence with the remedy."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never shows a traceback for what its user can mend."""
    options = build_parser().parse_args(arguments)
    try:
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
        print(f"dideban: {error}", file=sys.stderr)
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


def build_parser() -> argparse.ArgumentParser:
    """Every command with its arguments. Commands are imported only when they run, so that --help is quick."""
    parser = argparse.ArgumentParser(
        prog="dideban",
        description="Dideban (Persian: a lookout) measures which platforms can be reached from this computer, finds "
        "out how they are blocked, keeps the evidence in CSV files, and holds it against a document's timeline of "
        "blocking in Iran.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"dideban {agent.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (_demo, _consent, _once, _run, _status, _review, _compare, _classify, _verify):
        add(commands)
    return parser


if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # argparse has no public name for it
Run = Callable[[argparse.Namespace], int]


def _command(
    commands: Commands, name: str, summary: str, more: str, run: Run, *, results: bool = True
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}. {more}")
    parser.set_defaults(run=run)
    if results:
        parser.add_argument(
            "--config", type=Path, metavar="FILE", help="configuration (default: ./config.toml, if there is one)"
        )
        parser.add_argument("--results", type=Path, metavar="DIR", help="results folder (default: the configuration's)")
    return parser


def _demo(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import demo

        return demo.run(options)

    parser = _command(
        commands,
        "demo",
        "measure a censored internet that stands on this computer",
        "Every platform of the document is served on loopback, and a censor blocks some as it was done in Iran in "
        "2021. The sweep is a real one; it reaches nobody and needs no consent.",
        run,
        results=False,
    )
    parser.add_argument(
        "--world",
        choices=("2021", "open", "hung_facebook", "dropped"),
        default="2021",
        help="2021: the document's world (default); open: no censor; hung_facebook: an outage instead of a censor; "
        "dropped: every platform's address swallows connections",
    )
    parser.add_argument(
        "--results", type=Path, metavar="DIR", help="where to put the CSV files (default: results/demo)"
    )


def _consent(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import consent

        return consent.run(options)

    parser = _command(
        commands,
        "consent",
        "show what measuring means for you, and record your answer",
        "`run` and `once` refuse without it. Your answer is kept in the results folder and can be taken back.",
        run,
    )
    parser.add_argument("--language", choices=("en", "fa"), default="en", help="language of the text (default: en)")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--show", action="store_true", help="only show the text and what is on record")
    action.add_argument("--withdraw", action="store_true", help="take a consent back")


def _once(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import measure

        return measure.once(options)

    _command(commands, "once", "make one sweep and exit", "The exit code tells how it went; see `dideban --help`.", run)


def _run(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import measure

        return measure.run(options)

    _command(
        commands,
        "run",
        "keep measuring on the schedule of config.toml",
        "Ctrl+C or SIGTERM ends it: the sweep in hand is cut short and what was measured is written. After the "
        "computer slept, one sweep is made and says how many were missed.",
        run,
    )


def _status(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import status

        return status.run(options)

    _command(commands, "status", "say what the running agent last did, found, and when it goes next", "", run)


def _review(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import review

        return review.run(options)

    parser = _command(
        commands,
        "review",
        "show the results as tables",
        "By platform, by day or by mechanism; sweeps and targets too.",
        run,
    )
    parser.add_argument(
        "by",
        nargs="?",
        choices=("platform", "day", "mechanism", "target", "sweep"),
        default="platform",
        help="what a row is (default: platform)",
    )
    parser.add_argument(
        "--since", metavar="DAY", help="from this day or moment on, UTC (2026-11-24 or 2026-11-24T06:00)"
    )
    parser.add_argument("--until", metavar="DAY", help="to the end of this day, or before this moment, UTC")
    parser.add_argument("--platform", action="append", metavar="KEY", help="only this platform; may be repeated")
    parser.add_argument(
        "--state", action="append", metavar="STATE", help="only verdicts of this state; may be repeated"
    )
    parser.add_argument("--lab", action="store_true", help="show rows of the lab instead of the internet's")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print CSV instead of a table")
    form.add_argument("--json", action="store_true", help="print JSON instead of a table")


def _compare(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import compare

        return compare.run(options)

    parser = _command(
        commands,
        "compare",
        "hold the results against the document's timeline",
        "Prints a row for each platform and each claim of the document, and writes comparison.csv and comparison.md "
        "beside the results.",
        run,
    )
    parser.add_argument("--lab", action="store_true", help="compare rows of the lab instead of the internet's")


def _classify(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import classify

        return classify.run(options)

    _command(
        commands,
        "classify",
        "judge all observations on the disk again",
        "Verdicts are written anew by the rules of this version; observations are never changed.",
        run,
    )


def _verify(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import verify

        return verify.run(options)

    _command(commands, "verify", "check that no row was edited, removed or added", "Exits with 2 and says where.", run)
