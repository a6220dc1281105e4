"""The arguments of `dideban report` and their help."""

from __future__ import annotations

import argparse

from agent.parser import Commands, command


def report(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import report

        return report.run(options)

    command(
        commands,
        "report",
        "write the results as one page to open in a browser",
        "One HTML file with everything in it, in English and Persian: what is blocked here, how, how sure and since "
        "when. It loads nothing from anywhere.",
        run,
    )
