"""The calendar: what each day of each platform looked like from one vantage point. Pure."""

from __future__ import annotations

import calendar
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from agent.report.page.facts import Cell, Month, Shade
from agent.timeline.records import Finding
from agent.verdict.records import State

#: What a day without a look that could tell is called after: of equally many looks the first of these.
NOT_TOLD = (State.DOWN, State.IMPAIRED, State.INSUFFICIENT, State.RETIRED)


def months_of(
    findings: Iterable[Finding], sweeps_at: Iterable[datetime], platforms: Sequence[str]
) -> tuple[Month, ...]:
    """The months with a sweep, newest first. A month without one is only counted: a clock may have stood in 1970."""
    states: dict[tuple[str, date], Counter[State]] = defaultdict(Counter)
    for finding in findings:
        states[finding.platform, finding.observed_at.date()][finding.state] += 1
    sweeps = Counter(moment.date() for moment in sweeps_at)
    firsts = sorted({day.replace(day=1) for day in sweeps})
    unlooked = [0, *(_months(later) - _months(earlier) - 1 for earlier, later in pairwise(firsts))]
    months = [_month(first, states, sweeps, platforms) for first in firsts]
    return tuple(
        replace(month, unlooked_before=between) for month, between in zip(months[::-1], unlooked[::-1], strict=True)
    )


def cell_of(states: Counter[State]) -> Cell | None:
    """The day's cell, from how often each state was found. None: there was no look."""
    looks = states.total()
    if not looks:
        return None
    accused, reached = states[State.BLOCKED] + states[State.LIKELY_BLOCKED], states[State.OK]
    if accused and reached:
        return Cell(shade=Shade.MIXED, count=accused, looks=looks)
    if accused:
        shade = Shade.BLOCKED if states[State.BLOCKED] else Shade.LIKELY_BLOCKED
        return Cell(shade=shade, count=accused, looks=looks)
    if reached:
        return Cell(shade=Shade.OK, count=reached, looks=looks)
    state = max(NOT_TOLD, key=lambda state: states[state])
    return Cell(shade=Shade(state), count=states[state], looks=looks)


def _month(
    first: date, states: dict[tuple[str, date], Counter[State]], sweeps: Counter[date], platforms: Sequence[str]
) -> Month:
    length = calendar.monthrange(first.year, first.month)[1]
    days = [first + timedelta(days=number) for number in range(length)]
    rows = {
        platform: tuple(cell_of(states[platform, day]) if (platform, day) in states else None for day in days)
        for platform in platforms
    }
    return Month(first=first, days=length, rows=rows, sweeps=tuple(sweeps[day] for day in days))


def _months(first: date) -> int:
    return first.year * 12 + first.month
