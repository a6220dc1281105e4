"""`dideban status`: what the agent of a results folder does, what it last found, and when it goes next.

What was found is read from the rows on the disk, so that it is told alike for a running agent, one that ended, and
one that was killed.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.commands import config_of, newest_demo, review_of_demo
from agent.exits import DONE, UsageError
from agent.records import Sweep
from agent.report.visible import visible
from agent.store.lock import AgentStatus, read_status
from agent.store.read import rows
from agent.timeline.recurrence import WINDOW, recurrence
from agent.verdict.records import State, Verdict


def run(options: argparse.Namespace) -> int:
    folder = config_of(options).results
    if not folder.exists():
        raise UsageError(f"There is no folder {folder}; name another with --results, or measure first.")
    sweep = last_sweep(folder)
    found = platform_verdicts(folder, sweep) if sweep else []
    of_sweep = (*lines_of_sweep(sweep, found), *(lines_of_coming_and_going(folder, sweep) if sweep else ()))
    for line in (*lines_of_agent(read_status(folder)), *of_sweep, f"Results folder: {folder}"):
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
    """What a sweep says of each platform; of one that only confirms, with what the sweep before it says of the rest."""
    whole = sweep
    if sweep.trigger == "confirm":
        earlier = (one for one in rows(folder, "sweeps") if one.stage == sweep.stage and one.trigger != "confirm")
        whole = max(earlier, key=lambda one: one.started_at, default=sweep)
    found = {
        verdict.platform: verdict
        for verdict in rows(folder, "verdicts", since=whole.started_at)
        if verdict.level == "platform" and verdict.stage == sweep.stage
    }
    return list(found.values())


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


def lines_of_coming_and_going(folder: Path, last: Sweep) -> Iterator[str]:
    """The platforms that were blocked now and then of late, with k of n; what is so always needs no second word."""
    since = last.started_at - WINDOW
    sweeps = list(rows(folder, "sweeps", since=since))
    of_platform: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in rows(folder, "verdicts", since=since):
        if verdict.level == "platform":
            of_platform[verdict.platform].append(verdict)
    for platform, verdicts in sorted(of_platform.items()):
        recurs = recurrence(platform, verdicts, sweeps, at=last)
        if recurs.is_intermittent and recurs.since is not None:
            yield (
                f"  now and then: {platform} was blocked in {recurs.blocked} of {recurs.told} sweeps since "
                f"{_short(recurs.since.isoformat())}"
            )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _short(moment: object) -> str:
    """A moment as agent.json and the rows write it, to the second."""
    return f"{str(moment)[:19].replace('T', ' ')} UTC"
