"""`dideban status`: what the agent of a results folder does, what it last found, and when it goes next.

What was found is read from the rows on the disk, so that it is told alike for a running agent, one that ended, and
one that was killed.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.calendars import day, digits
from agent.commands import config_of, newest_demo, of_demo
from agent.exits import DONE, UsageError
from agent.language import _
from agent.records import LAB_STAGE, Sweep
from agent.report.direction import say
from agent.report.stored import told
from agent.report.visible import visible
from agent.report.words import DOINGS, LINES, OUTCOMES, STATES
from agent.store.lock import AgentStatus, read_status
from agent.store.read import rows
from agent.timeline.recurrence import WINDOW, recurrence
from agent.verdict.records import State, Verdict


def run(options: argparse.Namespace) -> int:
    folder = config_of(options).results
    if not folder.exists():
        raise UsageError(
            _("There is no folder {folder}; name another with --results, or measure first.").format(folder=folder)
        )
    sweep = last_sweep(folder)
    found = platform_verdicts(folder, sweep) if sweep else []
    of_sweep = (*lines_of_sweep(sweep, found), *(lines_of_coming_and_going(folder, sweep) if sweep else ()))
    folder_line = _("Results folder: {folder}").format(folder=folder)
    for line in (*lines_of_agent(read_status(folder)), *of_sweep, folder_line):
        say(visible(line))
    if sweep is None and (demo := newest_demo(folder)):
        say(visible(_("There is a demo's sweep, though: {command}").format(command=of_demo("review", demo))))
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
    doing, now = _doing(facts), status.running
    pid = digits(facts.get("pid", "?"))
    if now and doing:
        yield _("Process {pid} is at work here: {doing}.").format(pid=pid, doing=doing)
    elif now:
        yield _("Process {pid} is at work here.").format(pid=pid)
    if now and "next_at" in facts:
        yield _("Next sweep: {moment}.").format(moment=_short(facts["next_at"]))
    if now:
        return
    if "state" in facts:  # what `once`, `demo` and `classify` leave there tells only what they were doing
        yield _("No agent is running here. The last one was process {pid}.").format(pid=pid)
    else:
        yield _("No agent is running here.")
    if facts.get("state") in ("sweeping", "waiting"):
        yield _("It did not end by itself (an error, a kill, a power cut): it was {doing}.").format(doing=doing)


def _doing(facts: Mapping[str, Any]) -> str:
    """What the agent does, or did last, and since when; empty when that is not known."""
    doing = str(facts.get("state") or facts.get("doing") or "")
    doing = _(DOINGS.get(doing, doing))
    if not doing or "since" not in facts:
        return doing
    return _("{doing} since {moment}").format(doing=doing, moment=_short(facts["since"]))


def lines_of_sweep(sweep: Sweep | None, verdicts: Sequence[Verdict]) -> Iterator[str]:
    """The last sweep in sentences, and the platforms by state."""
    if sweep is None:
        yield _("No sweep has ended here yet.")
        return
    last = _("Last sweep: {sweep_id}, {outcome}, ended {moment}.")
    if sweep.stage == LAB_STAGE:
        last = _("Last sweep of the lab: {sweep_id}, {outcome}, ended {moment}.")
    outcome = _(OUTCOMES.get(sweep.outcome, sweep.outcome))
    yield last.format(sweep_id=sweep.sweep_id, outcome=outcome, moment=_short(sweep.ended_at.isoformat()))
    line = _("The line was {state}: {because}")
    yield line.format(state=_(LINES[sweep.vantage_state]), because=told(sweep.because))
    for state in State:
        platforms = sorted(verdict.platform for verdict in verdicts if verdict.state is state)
        if platforms:
            yield _("  {state}: {platforms}").format(state=_(STATES[state]), platforms=", ".join(platforms))


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
            often = _("  now and then: {platform} was blocked in {blocked} of {told} sweeps since {moment}")
            yield often.format(
                platform=platform,
                blocked=digits(recurs.blocked),
                told=digits(recurs.told),
                moment=_short(recurs.since.isoformat()),
            )


def _short(moment: object) -> str:
    """A moment as agent.json and the rows write it, to the second, as its reader writes it."""
    text = str(moment)[:19]
    with suppress(ValueError):  # of a status file that was edited, what stands there
        day_of, clock = day(datetime.fromisoformat(text)), digits(text[11:])
        return _("{day} {time} UTC").format(day=day_of, time=clock)
    return _("{moment} UTC").format(moment=text)
