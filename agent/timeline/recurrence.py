"""Blocked now and then: in how many of a vantage point's recent sweeps a thing was blocked. Pure.

A verdict is of one sweep alone, so that it can be made again from that sweep's rows. What several of them say together
is computed here, whenever somebody asks, and stands in no row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from agent.records import Sweep
from agent.verdict.finding import CONDEMNED
from agent.verdict.records import State, Verdict

#: How far one looks back. Long enough for a few dozen sweeps at the default cadence, and short enough that what a
#: censor did a month ago does not count as what he does. Our choice.
WINDOW = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """What a vantage point's recent sweeps say of one target or platform. None of them: all is 0."""

    #: Sweeps that found it blocked or likely blocked.
    blocked: int = 0
    #: Sweeps that could tell: those, and those that reached it.
    told: int = 0
    #: How often one of these was unlike the one before.
    changes: int = 0
    #: When the first of them began. None: there was none.
    since: datetime | None = None

    @property
    def is_intermittent(self) -> bool:
        """Whether it came and went. A single change is an onset, or an end, and no coming and going."""
        return self.changes > 1


def vantage_of(sweep: Sweep) -> tuple[object, ...]:
    """What makes two sweeps look from the same place, as far as their rows tell."""
    return sweep.stage, sweep.vantage_id, sweep.vantage_country, sweep.vantage_asn, sweep.vantage_label


def recurrence(
    name: str, verdicts: Iterable[Verdict], sweeps: Sequence[Sweep], *, at: Sweep, window: timedelta = WINDOW
) -> Recurrence:
    """Of the target or platform `name`: from `window` before the sweep `at` up to it, as seen from the same place.

    What is down, impaired or insufficient could not tell, and is not counted.
    """
    near = {
        sweep.sweep_id
        for sweep in sweeps
        if vantage_of(sweep) == vantage_of(at) and at.started_at - window <= sweep.started_at <= at.started_at
    }
    telling = [
        verdict
        for verdict in verdicts
        if verdict.sweep_id in near
        and (verdict.target or verdict.platform) == name
        and verdict.state in {*CONDEMNED, State.OK}
    ]
    telling.sort(key=lambda verdict: (verdict.observed_at, verdict.verdict_id))
    blocked = [verdict.state in CONDEMNED for verdict in telling]
    return Recurrence(
        blocked=sum(blocked),
        told=len(telling),
        changes=sum(before != after for before, after in pairwise(blocked)),
        since=telling[0].observed_at if telling else None,
    )
