"""The arguments of the lab's commands and their help."""

from __future__ import annotations

import argparse
from pathlib import Path

from agent.language import N_, _
from agent.parser import Commands, Parser, command

#: Of every command that takes a scenario.
FILE_HELP = N_("the scenario: a TOML file, or the bare name of one that `dideban lab list` names")
#: The words of --stage. Their table is in agent/lab/scenario/records.py, which --help does without: it costs time.
STAGES = ("loopback", "namespace")


def lab(commands: Commands) -> None:
    parser = command(
        commands,
        "lab",
        _("practise on a censored internet that one file declares"),
        _(
            "A scenario is a small internet with a censor on its path, in a TOML file that docs/lab.md explains. It "
            "stands on this computer alone and reaches nobody.\n\n"
            "There are two stages. loopback needs no rights and any system: the censor acts on streams, and the agent "
            "sees it through its own seam. namespace needs Linux, and root or user namespaces: the addresses are the "
            "real ones, and the censor acts on packets."
        ),
        None,
        results=False,
    )
    own = parser.add_subparsers(title=_("commands"), metavar="COMMAND", required=True)
    for add in (_run, _check, _serve, _list):
        add(own)


def selftest(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import selftest

        return selftest.run(options)

    parser = command(
        commands,
        "selftest",
        _("try this installation on every scenario of the lab"),
        _(
            "Sweeps every scenario that comes with the program, several at once, and holds the verdicts against what "
            "each censor does. It takes a few minutes, reaches nobody and leaves no file.\n\n"
            "It prints which states came out for which, how much of what the censors do was named rightly (precision) "
            "and named at all (recall), and every scenario that came out wrong, with the reasons. The exit code is 7 "
            "when any did."
        ),
        run,
        results=False,
    )
    _add_stage(parser)
    parser.add_argument(
        "--family",
        action="append",
        metavar="NAME",
        help=_("only the scenarios of this family (action, rule, ooni, iran, look_alike or clean); may be repeated"),
    )
    parser.add_argument("--at-once", type=_count, metavar="N", help=_("trials at once (default: eight a processor)"))
    parser.add_argument("--verbose", action="store_true", help=_("name every scenario, and every mechanism missed"))


def _run(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import lab

        return lab.run(options)

    parser = command(
        commands,
        "run",
        _("sweep a scenario, and show the verdicts beside what its censor does"),
        _(
            "The sweep is a real one. Each platform is held against what the file says must come out; the exit code "
            "is 7 when something differs."
        ),
        run,
        results=False,
    )
    parser.add_argument("file", metavar="FILE", help=_(FILE_HELP))
    _add_stage(parser)
    parser.add_argument(
        "--results",
        type=Path,
        metavar="DIR",
        help=_("keep the rows in this folder, which `dideban review --lab` shows (default: keep none)"),
    )


def _check(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import lab

        return lab.check(options)

    parser = command(
        commands,
        "check",
        _("read scenarios and say what they declare, or what is wrong with them"),
        _(
            "A file that cannot be used, or that contradicts itself, gets a sentence with the place and the remedy; "
            "the others are read all the same, and the exit code is 2."
        ),
        run,
        results=False,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help=_(FILE_HELP))


def _serve(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import lab_serve

        return lab_serve.run(options)

    parser = command(
        commands,
        "serve",
        _("leave a scenario standing, for curl, dig, a browser or another probe"),
        _(
            "On loopback it prints where each address of the scenario is to be found, and lines for curl, dig, "
            "openssl and Chromium that are ready to be pasted. On namespaces every program sees the real addresses: "
            "name one behind two dashes, or see how to enter. On loopback no program is started, since it could reach "
            "the real network.\n\n  dideban lab serve NAME --stage namespace -- curl -v https://twitter.com/\n\n"
            "It stands until Ctrl+C, or until the program has ended, and leaves nothing behind."
        ),
        run,
        results=False,
    )
    parser.usage = "%(prog)s [-h] [--stage {loopback,namespace}] FILE\n" + " " * 25 + "[-- PROGRAM [ARGUMENT ...]]"
    parser.takes_program = True
    parser.add_argument("file", metavar="FILE", help=_(FILE_HELP))
    _add_stage(parser)


def _list(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import lab

        return lab.list_shipped(options)

    command(commands, "list", _("name the scenarios that come with the program"), "", run, results=False)


def _add_stage(parser: Parser) -> None:
    parser.add_argument("--stage", choices=STAGES, default="loopback", help=_("what it stands on (default: loopback)"))


def _count(text: str) -> int:
    """A whole number from 1. Raises `ArgumentTypeError`, which argparse makes a sentence of."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(_("{text!r} is no whole number from 1").format(text=text))
    return int(text)
