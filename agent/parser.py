"""argparse, with complaints that one can act on, and help whose text fits a terminal."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from agent.exits import BAD_INPUT

#: What `add_subparsers` gives. In quotes, since argparse has no public name for it, and this one only for types.
Commands: TypeAlias = "argparse._SubParsersAction[Parser]"
#: What a command does with its options; its exit code.
Run = Callable[[argparse.Namespace], int]
#: Columns of the help's running text; the rest of the help is as wide as the terminal.
HELP_COLUMNS = 78


class Parser(argparse.ArgumentParser):
    """Says in the end where help is, and complains of an unknown option under the command it was given to."""

    #: Whether what stands behind two dashes is a program to be started, kept as `program`, whatever it looks like.
    takes_program = False

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n`{self.prog} --help` explains.\n")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        own, program = list(sys.argv[1:] if args is None else args), []
        if self.takes_program and "--" in own:
            own, program = own[: own.index("--")], own[own.index("--") + 1 :]
        found, unknown = super().parse_known_args(own, namespace)
        if unknown:
            self.error(f"there is no such option or argument here: {' '.join(unknown)}")
        if self.takes_program:
            found.program = program
        return found, unknown


def filled(text: str) -> str:
    """Each paragraph of `text` as lines of HELP_COLUMNS; one that is indented stays as it is."""
    paragraphs = text.split("\n\n")
    return "\n\n".join(part if part.startswith(" ") else textwrap.fill(part, HELP_COLUMNS) for part in paragraphs)


def command(commands: Commands, name: str, summary: str, more: str, run: Run | None, *, results: bool = True) -> Parser:
    """A command. `more` is its help after the summary, paragraphs separated by empty lines.

    `run` is None for one that only has commands of its own.
    """
    parser = commands.add_parser(
        name,
        help=summary,
        description=filled(f"{summary[0].upper()}{summary[1:]}. {more}"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if run is not None:
        parser.set_defaults(run=run)
    if results:
        parser.add_argument(
            "--config", type=Path, metavar="FILE", help="configuration (default: ./config.toml, if there is one)"
        )
        parser.add_argument(
            "--results",
            type=Path,
            metavar="DIR",
            help="results folder: the CSV files, your consent, the agent's status (default: the configuration's)",
        )
    return parser
