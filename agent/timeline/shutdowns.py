"""When a vantage point's line to the world was cut: one thing, whatever each platform's verdicts were then. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from agent.records import VantageState
from agent.timeline.evidence import SHOWS
from agent.timeline.looks import Look, Run, runs_of
from agent.timeline.records import Finding, Side
from agent.verdict.records import State

#: What a sweep weighs: one whose ladder saw the country answer and nothing abroad, or all of it well, is as good as an
#: artefact; on a line of which nobody knows what it is, that all platforms fail together is a sign.
LADDER_WEIGHT, TOGETHER_WEIGHT = 2, 1
#: Platforms from which on their failing together tells of the line, and the share that is nearly all.
MANY, NEARLY_ALL = 3, 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown:
    """A time in which the line was cut, by places among the vantage point's looks at its line."""

    #: The first look that shows it cut, and the first after the last of them that does.
    first: int
    stop: int
    #: Whether it came back, as far as anybody looked.
    over: bool


def line_looks(findings: Sequence[Finding]) -> list[Look]:
    """A look for each sweep that tells of the line, from one vantage point's findings in order of time. Their
    witness is the sweep's id."""
    by_sweep: dict[str, list[Finding]] = {}
    for finding in findings:
        by_sweep.setdefault(finding.sweep_id, []).append(finding)
    return [look for sweep in by_sweep.values() if (look := _line_look(sweep)) is not None]


def shutdowns_of(looks: Sequence[Look]) -> list[Shutdown]:
    """The shutdowns that these looks at the line show, in order of time: what is short on either side is none."""
    states = [run for run in runs_of(looks) if run.confirmed]
    return [_shutdown(tuple(group), states[-1]) for side, group in groupby(states, key=_side) if side is Side.BLOCKED]


def _shutdown(runs: tuple[Run, ...], last_of_all: Run) -> Shutdown:
    return Shutdown(first=runs[0].start, stop=runs[-1].stop, over=runs[-1] is not last_of_all)


def _side(run: Run) -> Side:
    return run.side


def _line_look(sweep: Iterable[Finding]) -> Look | None:
    """What one sweep tells of the line; None: nothing. Being offline is no shutdown, nor is a portal at the door."""
    alive = [finding for finding in sweep if finding.state is not State.RETIRED]
    if not alive:
        return None
    state, failed = alive[0].vantage_state, sum(SHOWS.get(finding.state) is not Side.OPEN for finding in alive)
    together = len(alive) >= MANY and failed >= NEARLY_ALL * len(alive) and alive[0].complete
    match state:
        case VantageState.NATIONAL_ONLY:
            side, weight = Side.BLOCKED, LADDER_WEIGHT
        case VantageState.NORMAL:
            side, weight = Side.OPEN, LADDER_WEIGHT
        case VantageState.UNDETERMINED if together:
            side, weight = Side.BLOCKED, TOGETHER_WEIGHT
        case _:
            return None
    return Look(at=alive[0].observed_at, side=side, weight=weight, witness=alive[0].sweep_id)
