"""The arguments of `dideban compare` and their help."""

from __future__ import annotations

import argparse

from agent.parser import Commands, command


def compare(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import compare

        return compare.run(options)

    parser = command(
        commands,
        "compare",
        "hold the results against the document's timeline",
        "Prints a row for each platform and each claim of the document, and writes comparison.csv and comparison.md "
        "(of the lab, comparison-lab) beside the results. The document is about Iran: what was measured elsewhere, or "
        "with no country stated in config.toml, can neither agree nor disagree with it.",
        run,
    )
    parser.add_argument("--lab", action="store_true", help="compare rows of the lab (the demo), not the internet's")
