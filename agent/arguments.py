"""The arguments of every command and their help, which is written to need no other text beside it."""

from __future__ import annotations

import argparse
from pathlib import Path

import agent
from agent import (
    arguments_compare,
    arguments_events,
    arguments_export,
    arguments_helper,
    arguments_import,
    arguments_lab,
    arguments_report,
    arguments_review,
)
from agent.language import N_, _
from agent.parser import Commands, Parser, add_language, command, filled

ABOUT = N_(
    "Dideban (Persian: a lookout) measures which platforms can be reached from this computer, finds out how they are "
    "blocked, keeps the evidence in CSV files, and holds it against a document's timeline of blocking in Iran."
)
#: In the help of `consent`, whatever its language: where a Persian reader goes on.
IN_PERSIAN = "\n\nمتن فارسی:\n\n  dideban consent --language fa"
EPILOG = N_("""\
to begin:
  dideban demo       shows one whole sweep of an internet that stands on
                     this computer; it reaches nobody
  dideban consent    says what measuring for real means for you, and asks
  dideban once       measures once; `dideban run` goes on measuring

exit codes:
  0    done; for a sweep: it measured, on a normal line
  1    a fault of the program itself
  2    bad input: an argument, config.toml or a file; a sentence says which
       and what to do
  3    the computer was offline: nothing was measured, and the sweep's row
       says so
  4    no consent is on record: `dideban consent` asks for it
  5    another agent works in the results folder
  6    it measured, but the line was not normal (a portal, only the national
       network ...): nothing is called blocked
  7    a trial in the lab came out other than it must (`lab run`, `selftest`)
  130  interrupted (`once` and `demo`; `run` is ended so, with 0): what was
       measured is written

`dideban COMMAND --help` explains a command.""")


def build_parser() -> Parser:
    """Every command with its arguments. Commands are imported only when they run, so that --help is quick."""
    parser = Parser(
        prog="dideban",
        description=filled(_(ABOUT)),
        epilog=_(EPILOG),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"dideban {agent.__version__}",
        help=_("show program's version number and exit"),
    )
    add_language(parser)
    commands = parser.add_subparsers(title=_("commands"), metavar="COMMAND", required=True)
    for add in (
        *(_demo, _consent, _once, _run, _status),
        *(arguments_review.review, arguments_review.explain, arguments_events.events, arguments_compare.compare),
        *(arguments_report.report, arguments_export.export, arguments_export.merge, _classify, _verify),
        *(arguments_import.imports, arguments_helper.helper, arguments_lab.lab, arguments_lab.selftest),
    ):
        add(commands)
    return parser


def _demo(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import demo

        return demo.run(options)

    parser = command(
        commands,
        "demo",
        _("measure a censored internet that stands on this computer"),
        _(
            "Every platform of the document is served on loopback, and a censor blocks some as it was done in Iran in "
            "2021. The sweep is a real one; it reaches nobody, needs no consent, and takes about ten seconds.\n\n"
            "It ends with a table of platforms, the comparison with what the document says of each, and the place of "
            "the CSV files, which `dideban review --lab --results DIR` shows again. It does not show the gentle pace "
            "of a real sweep, nor `run`."
        ),
        run,
        results=False,
    )
    parser.add_argument(
        "--world",
        choices=("2021", "open", "hung_facebook", "dropped"),
        default="2021",
        help=_(
            "2021: the document's world (default); open: no censor; hung_facebook: an outage instead of a censor; "
            "dropped: every platform's address swallows connections"
        ),
    )
    parser.add_argument(
        "--results",
        type=Path,
        metavar="DIR",
        help=_("where to put the CSV files (default: a new folder in results/demo)"),
    )


def _consent(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import consent

        return consent.run(options)

    parser = command(
        commands,
        "consent",
        _("show what measuring means for you, and record your answer"),
        _(
            "`run` and `once` refuse without it. Only the whole word is a yes. Your answer is kept in the results "
            "folder, counts for that folder alone, and can be taken back at any time: a sweep under way then ends too."
        )
        + IN_PERSIAN,
        run,
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--show", action="store_true", help=_("only show the text and what is on record"))
    action.add_argument("--withdraw", action="store_true", help=_("take a consent back"))


def _once(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import measure

        return measure.once(options)

    command(
        commands,
        "once",
        _("make one sweep and exit"),
        _(
            "It looks at the line, visits every platform, looks at the line again, and judges. At the gentle pace, the "
            "default, that takes long, up to the bound in config.toml. Ctrl+C cuts it short: what was measured is "
            "written.\n\nThe exit code tells how it went: 0 measured, 3 offline, 6 the line was not normal, 130 "
            "interrupted; `dideban --help` has them all."
        ),
        run,
    )


def _run(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import measure

        return measure.run(options)

    command(
        commands,
        "run",
        _("keep measuring on the schedule of config.toml"),
        _(
            "It sweeps at once and then at every cadence (three hours, unless config.toml says otherwise), and says a "
            "line about each. `dideban status` tells in another window how it stands.\n\n"
            "Ctrl+C or SIGTERM ends it, with exit code 0: the sweep in hand is cut short and what was measured is "
            "written; a second one ends it at once. A consent that is taken back ends it with 4. After the computer "
            "slept, one sweep is made and says how many were missed. What a sweep finds changed is looked at again "
            "some minutes later (confirm_min in config.toml)."
        ),
        run,
    )


def _status(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import status

        return status.run(options)

    command(
        commands,
        "status",
        _("say what the agent does, what it last found, and when it goes next"),
        _("It looks at the results folder, and neither measures nor writes anything."),
        run,
    )


def _classify(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import classify

        return classify.run(options)

    command(
        commands,
        "classify",
        _("judge all observations on the disk again"),
        _("Verdicts are written anew by the rules of this version; observations are never changed."),
        run,
    )


def _verify(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import verify

        return verify.run(options)

    command(
        commands,
        "verify",
        _("look for rows that were edited, removed or added"),
        _(
            "A row that does not follow from the one before it is named by file and line, a sweep that lacks rows by "
            "its id, and the exit code is 2. A sweep that is gone from all files, and a file that was written anew, "
            "cannot be seen."
        ),
        run,
    )
