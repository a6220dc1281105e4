"""The arguments of `dideban events` and their help."""

from __future__ import annotations

import argparse

from agent.language import _
from agent.parser import Commands, command


def events(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import events

        return events.run(options)

    parser = command(
        commands,
        "events",
        _("say what changed, between which looks, and how sure that is"),
        _(
            "What began to be blocked, what was lifted, where the way of blocking changed, what comes and goes, and "
            "when the line to the world was cut. One odd look is no change: three that agree are, or two of which one "
            "has proof. The moment lies between two looks; what could not tell is counted apart.\n\n"
            "  dideban events\n"
            "  dideban events --platform signal --since 2026-11-01 --words\n"
            "  dideban events --csv > events.csv\n\n"
            "`dideban run` can tell you of them: [notify] in config.toml."
        ),
        run,
    )
    parser.add_argument(
        "--since", metavar="DAY", help=_("what may have happened from this day or moment on, UTC (2026-11-24)")
    )
    parser.add_argument(
        "--until", metavar="DAY", help=_("what may have happened by the end of this day, or before this moment, UTC")
    )
    parser.add_argument(
        "--platform",
        action="append",
        metavar="KEY",
        help=_("only this platform, such as signal, and what concerns all; may be repeated"),
    )
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument(
        "--lab", action="store_true", help=_("show those of the lab (the demo) instead of the internet's")
    )
    whose.add_argument(
        "--imported", action="store_true", help=_("show those in other people's measurements (`dideban import`)")
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--words", action="store_true", help=_("tell each in sentences, instead of a table"))
    form.add_argument("--csv", action="store_true", help=_("print CSV, all columns, instead of a table"))
    form.add_argument("--json", action="store_true", help=_("print JSON, all columns, instead of a table"))
