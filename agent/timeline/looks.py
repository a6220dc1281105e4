"""Which findings are evidence of a change, what each weighs, and the runs of like looks that they make. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise

from agent.records import VantageState
from agent.timeline.evidence import SHOWS
from agent.timeline.records import Finding, Side
from agent.verdict.records import State

#: What a look weighs. `blocked` has an artefact that only interference leaves behind; the others may be a stumble.
WEIGHTS = {State.BLOCKED: 2, State.LIKELY_BLOCKED: 1, State.OK: 1}
#: Weight from which on a run of like looks is a state and no stumble: three looks, or two of which one has an artefact.
#: With one look in a hundred wrong by chance, three in a row are so once in a million.
CONFIRMS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A finding that tells on which side a thing stood; of a vantage point, a sweep that tells whether it was cut."""

    at: datetime
    side: Side
    weight: int
    #: Id of the verdict.
    witness: str
    mechanisms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Looks in a row that show the same side; the looks before and after it show the other."""

    looks: tuple[Look, ...]
    #: Where it begins among all looks.
    start: int
    #: The first look of the next run. None: it has not ended, as far as anybody looked.
    ends_at: datetime | None

    @property
    def side(self) -> Side:
        """Which side its looks show."""
        return self.looks[0].side

    @property
    def confirmed(self) -> bool:
        """Whether there are looks enough to call it a state."""
        return sum(look.weight for look in self.looks) >= CONFIRMS

    @property
    def stop(self) -> int:
        """Where the next run begins among all looks."""
        return self.start + len(self.looks)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Findings of one vantage point by their time, each verdict once: in whatever order they came, and how often."""
    ordered = sorted(findings, key=lambda one: (one.observed_at, one.verdict_id, one.state, one.mechanisms))
    once: dict[str, Finding] = {}
    for finding in ordered:
        once.setdefault(finding.verdict_id, finding)
    return list(once.values())


def look_of(finding: Finding) -> Look | None:
    """The look that a platform's finding is. None: it is no evidence.

    What was reached was reached, on whatever line. A block is told only on a normal line; and by a sweep that left
    something out only if it has its artefact, which stands whatever else was not tried. Otherwise a filter that makes
    sweeps long, and so leaves their budget spent, would hide itself.
    """
    side = SHOWS.get(finding.state)
    if side is None:
        return None
    if side is Side.BLOCKED and finding.vantage_state is not VantageState.NORMAL:
        return None
    if finding.state is State.LIKELY_BLOCKED and not finding.complete:
        return None
    return Look(
        at=finding.observed_at,
        side=side,
        weight=WEIGHTS[finding.state],
        witness=finding.verdict_id,
        mechanisms=finding.mechanisms if side is Side.BLOCKED else (),
    )


def runs_of(looks: Sequence[Look]) -> list[Run]:
    """The runs of looks that are in order of time."""
    groups = [tuple(group) for _, group in groupby(looks, key=lambda look: look.side)]
    ends = [later[0].at for _, later in pairwise(groups)]
    runs, start = [], 0
    for group, ends_at in zip(groups, [*ends, None], strict=False):
        runs.append(Run(looks=group, start=start, ends_at=ends_at))
        start += len(group)
    return runs
