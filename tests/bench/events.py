"""What the detector of events finds in made-up histories, and how soon it could tell. Numbers in looks, not in time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator

from agent.timeline.events import events_of
from tests import histories
from tests.histories import PER_DAY, History

SEED, HISTORIES, QUIET_DAYS, DAYS = 20261124, 200, 100_000, 250
PLATFORMS = tuple("abcdefghijkl")
KINDS: dict[str, Callable[[random.Random], History]] = {
    "clean": lambda chance: histories.lasting(chance, noisy=False),
    "noisy": lambda chance: histories.lasting(chance, noisy=True),
    "gappy": histories.gappy,
    "other ways": histories.ways,
    "flapping": histories.flapping,
    "shutdown": lambda chance: histories.shutdown(chance, PLATFORMS),
}


def measure() -> Iterator[str]:
    """Lines of text."""
    chance = random.Random(SEED)  # noqa: S311 -- made-up histories, no secret
    false = sum(
        len(events_of(histories.quiet(chance, days=DAYS, blocked=bool(number % 2)).findings, stage="internet"))
        for number in range(QUIET_DAYS // DAYS)
    )
    noise = f"{histories.SILENT:.0%} of looks silent, {histories.WRONG:.0%} wrong"
    yield f"{false} false events in {QUIET_DAYS:,} quiet platform-days of {PER_DAY} looks ({noise})"
    for name, make in KINDS.items():
        yield f"{name}: {_line(chance, make)}"


def _line(chance: random.Random, make: Callable[[random.Random], History]) -> str:
    changes = found = others = 0
    told: Counter[int] = Counter()
    for _ in range(HISTORIES):
        history = make(chance)
        left = events_of(history.findings, stage="internet")
        for change, number in history.truth:
            changes += 1
            event = next((one for one in left if histories.found(history, one, change, number)), None)
            if event is not None:
                found += 1
                left.remove(event)
                told[histories.told_after(history, event, number)] += 1
        others += len(left)
    soon = sum(count for sweeps, count in told.items() if sweeps <= histories.WITHIN)
    return (
        f"{found} of {changes} changes within {histories.WITHIN} sweeps of their moment, {others} other events; "
        f"{soon} told by the third sweep, the latest by sweep {max(told, default=0)}"
    )
