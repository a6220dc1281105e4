"""The arguments of `dideban report` and their help."""

from __future__ import annotations

import argparse
from pathlib import Path

from agent.language import _
from agent.parser import Commands, command


def report(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import report

        return report.run(options)

    parser = command(
        commands,
        "report",
        _("write the results as one page to open in a browser"),
        _(
            "One HTML file with everything in it, in English and Persian: what is blocked here, how, how sure and "
            "since when; a calendar, what changed, the document's timeline, the story of each verdict, and the files "
            "that it was made from. It loads nothing from anywhere. Look it through before you give it to anybody.\n\n"
            "  dideban report\n"
            "  dideban report --since 2026-09-01 --output autumn.html\n"
            "  dideban report --format markdown"
        ),
        run,
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help=_("where to write it (by default report.html beside the results)")
    )
    parser.add_argument(
        "--format",
        default="html",
        metavar="FORMAT",
        # Its words are checked by the command: argparse would, before it looks for options that do not exist.
        help=_("html (the default), markdown or json: the same facts in each"),
    )
    parser.add_argument(
        "--since", metavar="DAY", help=_("from this day or moment on, UTC (2026-11-24 or 2026-11-24T06:00)")
    )
    parser.add_argument("--until", metavar="DAY", help=_("to the end of this day, or before this moment, UTC"))
    stage = parser.add_mutually_exclusive_group()
    stage.add_argument("--lab", action="store_true", help=_("of the lab's rows (the demo's) instead of the internet's"))
    stage.add_argument("--imported", action="store_true", help=_("of other people's measurements (`dideban import`)"))
