"""`dideban status`: what the agent of a results folder does, what it last found, and when it goes next.

What was found is read from the rows on the disk, so that it is told alike for a running agent, one that ended, and
one that was killed.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.commands import config_of, newest_demo, review_of_demo
from agent.exits import DONE, UsageError
from agent.records import Sweep
from agent.report.visible import visible
from agent.store.lock import AgentStatus, read_status
from agent.store.read import rows
from agent.verdict.records import State, Verdict


def run(options: argparse.Namespace) -> int:
    folder = config_of(options).results
    if not folder.exists():
        raise UsageError(f"There is no folder {folder}; name another with --results, or measure first.")
    sweep = last_sweep(folder)
    found = platform_verdicts(folder, sweep) if sweep else []
    for line in (*lines_of_agent(read_status(folder)), *lines_of_sweep(sweep, found), f"Results folder: {folder}"):
        print(visible(line))
    if sweep is None and (demo := newest_demo(folder)):
        print(visible(f"There is a demo's sweep, though: {review_of_demo(demo)}"))
    return DONE


def last_sweep(folder: Path) -> Sweep | None:
    """The newest sweep's row. None: no sweep has ended yet."""
    last = None
    for sweep in rows(folder, "sweeps"):
        last = sweep
    return last


def platform_verdicts(folder: Path, sweep: Sweep) -> list[Verdict]:
    """What a sweep says of each platform."""
    since_then = rows(folder, "verdicts", since=sweep.started_at)
    return [verdict for verdict in since_then if verdict.sweep_id == sweep.sweep_id and verdict.level == "platform"]


def lines_of_agent(status: AgentStatus) -> Iterator[str]:
    """What the agent does, in sentences. What is missing or torn in its status is not spoken of."""
    facts = status.facts
    doing = str(facts.get("state") or facts.get("doing") or "")
    since = f" since {_short(facts['since'])}" if "since" in facts else ""
    if status.running:
        yield f"Process {facts.get('pid', '?')} is at work here{f': {doing}{since}' if doing else ''}."
        if "next_at" in facts:
            yield f"Next sweep: {_short(facts['next_at'])}."
        return
    was_agent = "state" in facts  # what `once`, `demo` and `classify` leave there tells only what they were doing
    yield "No agent is running here." + (f" The last one was process {facts['pid']}." if was_agent else "")
    if doing in ("sweeping", "waiting"):
        yield f"It did not end by itself (an error, a kill, a power cut): it was {doing}{since}."


def lines_of_sweep(sweep: Sweep | None, verdicts: Sequence[Verdict]) -> Iterator[str]:
    """The last sweep in sentences, and the platforms by state."""
    if sweep is None:
        yield "No sweep has ended here yet."
        return
    of_lab = " of the lab" if sweep.stage == "lab" else ""
    yield f"Last sweep{of_lab}: {sweep.sweep_id}, {_words(sweep.outcome)}, ended {_short(sweep.ended_at.isoformat())}."
    yield f"The line was {_words(sweep.vantage_state)}: {sweep.because}"
    for state in State:
        platforms = sorted(verdict.platform for verdict in verdicts if verdict.state is state)
        if platforms:
            yield f"  {_words(state)}: {', '.join(platforms)}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _short(moment: object) -> str:
    """A moment as agent.json and the rows write it, to the second."""
    return f"{str(moment)[:19].replace('T', ' ')} UTC"
