"""The arguments of `dideban review` and `dideban explain`, and their help."""

from __future__ import annotations

import argparse

from agent.language import _
from agent.parser import Commands, command


def review(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import review

        return review.run(options)

    parser = command(
        commands,
        "review",
        _("show the results: tables, and what stands behind each row"),
        _(
            "By platform, by day or by mechanism (the way of blocking); by target (a part of a platform) and by sweep "
            "too. From a platform it goes down, one level at a time, to its verdicts, to a verdict's observations, and "
            "to all columns of one; each level ends with the command for the next.\n\n"
            "  dideban review\n"
            "  dideban review signal\n"
            "  dideban review 20261124T120000Z-abcdef.v.signal\n"
            "  dideban review day --platform signal --since 2026-11-01\n"
            "  dideban review mechanism --state blocked --csv > mechanisms.csv\n"
            "  dideban review --follow"
        ),
        run,
    )
    parser.add_argument(
        "by",
        nargs="?",
        metavar="WHAT",
        # Its words are checked by the command: argparse would, before it looks for options that do not exist.
        default="platform",
        help=_(
            "what a row is: platform (the default), day, mechanism, target or sweep; or what to look into: a platform "
            "or target by its name, a sweep, verdict or observation by its id"
        ),
    )
    parser.add_argument(
        "--since", metavar="DAY", help=_("from this day or moment on, UTC (2026-11-24 or 2026-11-24T06:00)")
    )
    parser.add_argument("--until", metavar="DAY", help=_("to the end of this day, or before this moment, UTC"))
    parser.add_argument(
        "--platform", action="append", metavar="KEY", help=_("only this platform, such as signal; may be repeated")
    )
    parser.add_argument(
        "--state",
        action="append",
        metavar="STATE",
        help=_(
            "only verdicts of this state (ok, down, blocked, likely_blocked, impaired, insufficient, retired); may be "
            "repeated"
        ),
    )
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument(
        "--lab", action="store_true", help=_("show rows of the lab (the demo) instead of the internet's")
    )
    whose.add_argument("--imported", action="store_true", help=_("show other people's measurements (`dideban import`)"))
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help=_("print CSV, all columns, instead of a table"))
    form.add_argument("--json", action="store_true", help=_("print JSON, all columns, instead of a table"))
    form.add_argument(
        "--follow",
        action="store_true",
        help=_(
            "go on showing what is found, until Ctrl+C: in a terminal one picture of the agent at work, in a pipe a "
            "line for each new verdict"
        ),
    )
    parser.add_argument(
        "--limit", type=int, metavar="N", help=_("at most N rows; of days, sweeps and verdicts the newest")
    )
    parser.add_argument(
        "--no-pager", action="store_true", help=_("print all at once, also where that is more than a screen")
    )


def explain(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import explain

        return explain.run(options)

    parser = command(
        commands,
        "explain",
        _("tell the story of one verdict, from its rows"),
        _(
            "What was tried in order, what came back, what was changed and what that changed, which rule spoke in each "
            "layer and by what source, what would have changed the verdict, and what remains unknown.\n\n"
            "  dideban explain signal\n"
            "  dideban explain whatsapp/registration\n"
            "  dideban explain 20261124T120000Z-abcdef.v.signal/chat"
        ),
        run,
    )
    parser.add_argument(
        "what",
        nargs="?",
        default="",
        metavar="ID",
        help=_("a verdict's id; or a platform or target: its newest verdict"),
    )
    parser.add_argument("--all", action="store_true", help=_("tell every endpoint whole, not only those that decided"))
    stage = parser.add_mutually_exclusive_group()
    stage.add_argument("--lab", action="store_true", help=_("of a platform or target: its newest verdict in the lab"))
    stage.add_argument(
        "--imported", action="store_true", help=_("of a platform or target: its newest imported verdict")
    )
    parser.add_argument("--json", action="store_true", help=_("print JSON instead of a text"))
