"""`dideban status`: what the agent of a results folder does, last did and found, and when it goes next."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from agent.cli import DONE
from agent.commands import config_of
from agent.store.lock import read_status


def run(options: argparse.Namespace) -> int:
    folder = config_of(options).results
    status = read_status(folder)
    for line in lines_of(status.facts, running=status.running):
        print(line)
    print(f"Results folder: {folder}")
    return DONE


def lines_of(facts: Mapping[str, Any], *, running: bool) -> Iterator[str]:
    """The status in sentences. What is missing or torn in `facts` is not spoken of."""
    doing, since = facts.get("state") or facts.get("doing", "running"), facts.get("since")
    if running:
        yield f"Process {facts.get('pid', '?')} is at work here: {doing}{f' since {since}' if since else ''}."
    else:
        yield "No agent is running here." + (f" The last one was process {facts['pid']}." if "pid" in facts else "")
    if running and facts.get("next_at"):
        yield f"Next sweep: {facts['next_at']}."
    last = facts.get("last_sweep")
    if not isinstance(last, dict):
        yield "No sweep has ended since it began."
        return
    yield f"Last sweep: {last.get('sweep_id')}, {last.get('outcome')}, ended {last.get('ended_at')}."
    yield f"The line was {last.get('vantage_state')}: {last.get('because')}"
    by_state: dict[str, list[str]] = defaultdict(list)
    for platform, state in last.get("platforms", {}).items():
        by_state[state].append(platform)
    for state, platforms in sorted(by_state.items()):
        yield f"  {state.replace('_', ' ')}: {', '.join(sorted(platforms))}"
