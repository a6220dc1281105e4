"""argparse, with complaints that one can act on, and help whose text fits a terminal."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from agent.exits import BAD_INPUT
from agent.language import N_, _, languages, ngettext
from agent.report.direction import for_stream

#: What `add_subparsers` gives. In quotes, since argparse has no public name for it, and this one only for types.
Commands: TypeAlias = "argparse._SubParsersAction[Parser]"
#: What a command does with its options; its exit code.
Run = Callable[[argparse.Namespace], int]
#: Columns of the help's running text; the rest of the help is as wide as the terminal.
HELP_COLUMNS = 78
#: What argparse itself says to people, in its own words, so that translators see them.
ARGPARSE_SAYS = (
    N_("usage: "),
    N_("positional arguments"),
    N_("options"),
    N_("show this help message and exit"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("expected one argument"),
    N_("expected at most one argument"),
    N_("expected at least one argument"),
    N_("ignored explicit argument %r"),
    N_("invalid %(type)s value: %(value)r"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("not allowed with argument %s"),
    N_("one of the arguments %s is required"),
    N_("the following arguments are required: %s"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
)
# argparse looks its words up under these two names. Other than so, it takes a catalogue only from files in a place of
# the system's.
vars(argparse).update(_=_, ngettext=ngettext)


class Parser(argparse.ArgumentParser):
    """Says in the end where help is, and complains of an unknown option under the command it was given to."""

    #: Whether what stands behind two dashes is a program to be started, kept as `program`, whatever it looks like.
    takes_program = False

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        remedy = _("`{program} --help` explains.").format(program=self.prog)
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n{remedy}\n")

    def _print_message(self, message: str, file: Any = None) -> None:
        super()._print_message(for_stream(message, file or sys.stdout), file)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        own, program = list(sys.argv[1:] if args is None else args), []
        if self.takes_program and "--" in own:
            own, program = own[: own.index("--")], own[own.index("--") + 1 :]
        found, unknown = super().parse_known_args(own, namespace)
        if unknown:
            self.error(_("there is no such option or argument here: {words}").format(words=" ".join(unknown)))
        if self.takes_program:
            found.program = program
        return found, unknown


def filled(text: str) -> str:
    """Each paragraph of `text` as lines of HELP_COLUMNS; one that is indented stays as it is."""
    paragraphs = text.split("\n\n")
    return "\n\n".join(part if part.startswith(" ") else textwrap.fill(part, HELP_COLUMNS) for part in paragraphs)


def command(commands: Commands, name: str, summary: str, more: str, run: Run | None, *, results: bool = True) -> Parser:
    """A command. `more` is its help after the summary, paragraphs separated by empty lines; both are translated.

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
            "--config", type=Path, metavar="FILE", help=_("configuration (default: ./config.toml, if there is one)")
        )
        parser.add_argument(
            "--results",
            type=Path,
            metavar="DIR",
            help=_("results folder: the CSV files, your consent, the agent's status (default: the configuration's)"),
        )
    add_language(parser)
    return parser


def add_language(parser: Parser) -> None:
    """`--language`, which `main` looks for before all else, so that help and complaints are in it too."""
    parser.add_argument(
        "--language",
        choices=languages(),
        default=argparse.SUPPRESS,  # a command's own default would undo what stands before the command
        help=_("language of all texts (default: the environment's, else en)"),
    )


def language_in(arguments: Sequence[str]) -> str | None:
    """The language that a command line asks for. None: it asks for none, or for one that there is not."""
    own = list(arguments)[: list(arguments).index("--")] if "--" in arguments else list(arguments)
    wishes = [word.partition("=")[2] for word in own if word.startswith("--language=")]
    wishes += [wish for word, wish in pairwise(own) if word == "--language"]
    return next((wish for wish in wishes if wish in languages()), None)
