"""The arguments of `dideban export` and `dideban merge`, and their help."""

from __future__ import annotations

import argparse

from agent.parser import Commands, command


def export(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import export

        return export.run(options)

    command(
        commands,
        "export",
        "write the results in another form, or as a bundle to send by hand",
        "Nothing is sent to anybody.",
        run,
    )


def merge(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import merge

        return merge.run(options)

    command(
        commands,
        "merge",
        "put the bundles of several volunteers together",
        "Vantage points stay apart, and what is there twice is taken once.",
        run,
    )
