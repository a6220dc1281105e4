"""Where a platform turned: began to be blocked, was lifted, or went on and off, from the runs of its looks. Pure.

A run that is long or heavy enough is a state; a shorter one is a stumble, and turns nothing. What turns again and
again within a day is one thing, on and off, until it stays on one side for two days.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from agent.timeline.looks import Run
from agent.timeline.records import Change, Side

#: What lasts so long is a state of its own, and no part of coming and going. A night's block is a part.
BRIEF = timedelta(days=1)
#: What came and went is over once one side has lasted so long: longer than BRIEF, so that a pause does not end it.
SETTLES = timedelta(days=2)
#: Looks that lie further apart than this tell nothing of what was between them.
APART = timedelta(days=7)
#: On and off: so many looks of either side in brief runs ...
FLAPS_LOOKS = 6
#: ... or so many brief runs in a row that are states. Two would be an onset, and its end, and what follows.
FLAPS_STATES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A change, by its place among all looks of its platform."""

    change: Change
    #: The first look that shows it.
    first: int
    #: The look by which it had surely happened: of what comes and goes, where it came again, if at
    #: first it may have been a stumble.
    by: int
    #: Of what has an end: the first look after it. None: it goes on, or has no end of its own.
    stop: int | None = None
    #: The last look that surely showed the state before. None: there was none.
    last_before: int | None
    before: Side | None
    after: Side | None


def turns_of(runs: Sequence[Run]) -> list[Turn]:
    """The turns in these runs, in order. The state that is seen first is none."""
    stretches = dict(_stretches(runs))
    turns: list[Turn] = []
    side: Side | None = None
    last_before: int | None = None
    number = 0
    while number < len(runs):
        run = runs[number]
        if number in stretches:
            last = stretches[number]
            turns.append(_coming_and_going(runs, number, last, side))
            if turns[-1].stop is None:  # what follows is too young to say that it stays
                break
            last_before, number = runs[last].stop - 1, last + 1
            continue
        if run.confirmed:
            if side is not None and run.side is not side:
                change = Change.ONSET if run.side is Side.BLOCKED else Change.LIFTED
                turns.append(
                    Turn(
                        change=change,
                        first=run.start,
                        by=run.start,
                        last_before=last_before,
                        before=side,
                        after=run.side,
                    )
                )
            side, last_before = run.side, run.stop - 1
        number += 1
    return turns


def _coming_and_going(runs: Sequence[Run], first: int, last: int, side: Side | None) -> Turn:
    """The turn that a stretch of runs is, in which `side` was the state before."""
    run, next_runs = runs[first], runs[last + 1 : last + 2]
    over = any(_lasts(one, SETTLES) for one in next_runs)
    return Turn(
        change=Change.INTERMITTENT,
        first=run.start,
        by=_by(runs[first : first + 3]).start,
        stop=runs[last].stop if over else None,
        last_before=run.start - 1 if run.start else None,
        before=side,
        after=next_runs[0].side if over else None,
    )


def _by(runs: Sequence[Run]) -> Run:
    """The run by which a coming and going had begun. One that is short, before a pause, may have been a stumble."""
    return runs[2] if runs[1].confirmed and not runs[0].confirmed else runs[0]


def _stretches(runs: Sequence[Run]) -> Iterator[tuple[int, int]]:
    """The first and last run of each time of coming and going."""
    first = over = 0
    while first < len(runs):
        last = _while_shorter(runs, first, BRIEF)
        if last < first or not _flaps(runs[first : last + 1]):
            first = max(last, first) + 1
            continue
        last = _while_shorter(runs, last + 1, SETTLES)
        yield _began(runs, first, max(over, 1)), last
        first = over = last + 1


def _began(runs: Sequence[Run], first: int, earliest: int) -> int:
    """Where a coming and going that shows from `first` on began: a pause of a day does not part it from what was
    before. It does not begin with a stumble, though, after which nothing happened for a day."""
    while first > earliest and not _lasts(runs[first - 1], SETTLES):
        first -= 1
    while not runs[first].confirmed and _lasts(runs[first + 1], BRIEF):
        first += 2
    return first


def _while_shorter(runs: Sequence[Run], first: int, bound: timedelta) -> int:
    """The last of the runs from `first` on that have ended within the bound, each of them; `first` - 1: none has."""
    last = first - 1
    while last + 1 < len(runs) and runs[last + 1].ends_at is not None and not _lasts(runs[last + 1], bound):
        last += 1
    return last


def _lasts(run: Run, bound: timedelta) -> bool:
    """Whether a run is a state for `bound` at least; or is followed by nobody looking for longer than APART."""
    lasted = (run.ends_at or run.looks[-1].at) - run.looks[0].at
    return lasted >= (bound if run.confirmed else APART)


def _flaps(runs: Sequence[Run]) -> bool:
    """Whether brief runs are a coming and going, and not a few stumbles."""
    if len(runs) < FLAPS_STATES:
        return False
    looks: dict[Side, int] = dict.fromkeys(Side, 0)
    in_a_row = most_in_a_row = 0
    for run in runs:
        looks[run.side] += len(run.looks)
        in_a_row = in_a_row + 1 if run.confirmed and run.start else 0  # how long the first one was is not known
        most_in_a_row = max(most_in_a_row, in_a_row)
    return min(looks.values()) >= FLAPS_LOOKS or most_in_a_row >= FLAPS_STATES
