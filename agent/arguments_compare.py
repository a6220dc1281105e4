"""The arguments of `dideban compare` and their help."""

from __future__ import annotations

import argparse

from agent.language import _
from agent.parser import Commands, command


def compare(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import compare

        return compare.run(options)

    parser = command(
        commands,
        "compare",
        _("hold the results against the document's timeline"),
        _(
            "Prints a row for each platform and each claim of the document, and writes comparison.csv and "
            "comparison.md, with --picture comparison.svg too, beside the results (of the lab, comparison-lab; of "
            "other people's measurements, comparison-imported). The document is about Iran: what was measured "
            "elsewhere, or with no country stated in config.toml, can neither agree nor disagree with it.\n\n"
            "Where a folder holds the rows of several vantage points (`dideban merge`), each weighs the same, however "
            "often it looked."
        ),
        run,
    )
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument("--lab", action="store_true", help=_("compare rows of the lab (the demo), not the internet's"))
    whose.add_argument(
        "--imported",
        action="store_true",
        help=_(
            "compare other people's measurements (`dideban import`); of the folder import, unless --results is given"
        ),
    )
    parser.add_argument(
        "--picture", action="store_true", help=_("draw the timeline too; it is drawn anew where there is a picture")
    )
    parser.add_argument(
        "--json", action="store_true", help=_("print JSON, all columns, instead of tables; the files are written too")
    )
