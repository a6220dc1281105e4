"""The arguments of `dideban events` and their help."""

from __future__ import annotations

import argparse

from agent.parser import Commands, command


def events(commands: Commands) -> None:
    def run(options: argparse.Namespace) -> int:
        from agent.commands import events

        return events.run(options)

    command(
        commands,
        "events",
        "say what changed, between which sweeps, and how sure that is",
        "What began to be blocked, what was lifted, and where the way of blocking changed.",
        run,
    )
