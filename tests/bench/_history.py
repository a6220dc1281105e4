"""What a year of an invented vantage point was like, sweep by sweep. Pure; chance comes from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

#: Of a platform: from which share of the span on it is as in which recording. Unlisted platforms are open all the time.
HISTORIES: Mapping[str, tuple[tuple[float, str], ...]] = {
    "signal": ((0.0, "censored"),),
    "telegram": ((0.0, "censored"),),
    "flickr": ((0.0, "censored"),),
    "facebook": ((0.0, "censored"),),
    "twitter": ((0.0, "open"), (0.13, "otherwise")),  # of a year that ends in November: in January
    "youtube": ((0.0, "censored"), (0.55, "open")),
    "whatsapp": ((0.0, "censored"), (0.35, "otherwise"), (0.75, "open")),
}
#: The platform that comes and goes, from when to when, and for how many sweeps at a time it stays as it is.
FLAPPING, FLAPPING_SPAN, FLAPPING_SWEEPS = "instagram", (0.3, 0.42), (2, 9)
#: When nothing crossed the border.
SHUTDOWN = (0.60, 0.612)
#: When the computer was switched off: where, and for how long.
GAPS = ((0.2, timedelta(days=2)), (0.8, timedelta(days=7)))
#: How often one sweep was skipped, the line was dead, and a censor let a blocked platform through once.
SKIPPED, OFFLINE, LET_THROUGH = 0.01, 0.015, 0.003


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One sweep: when, and which recording is shown."""

    sweep_id: str
    started_at: datetime
    #: The recording of the line, and of every platform that is not in `platforms`.
    line: str
    #: The recording of a platform, by its key.
    platforms: Mapping[str, str] = field(default_factory=dict)
    #: Sweeps skipped since the one before.
    missed: int = 0


def history(sweeps: int, *, until: datetime, every: timedelta, seed: int) -> list[Plan]:
    """So many sweeps, in order, the last of them about at `until`."""
    chance = random.Random(seed)  # noqa: S311 - dice, which must fall alike each time
    flapping = _flapping(sweeps, chance)
    late, plans = timedelta(), []
    for at in range(sweeps):
        gap = sum((length for share, length in GAPS if at == int(share * sweeps) > 0), timedelta())
        gap += every if chance.random() < SKIPPED else timedelta()
        late += gap
        jitter = timedelta(milliseconds=chance.randrange(300_000))
        plans.append((at * every + late + jitter, gap // every, _states(at / sweeps, flapping[at], chance)))
    begun = until - plans[-1][0] if plans else until
    return [_plan(begun + offset, missed, *states, chance) for offset, missed, states in plans]


def _plan(at: datetime, missed: int, line: str, platforms: Mapping[str, str], chance: random.Random) -> Plan:
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    sweep_id = f"{at:%Y%m%dT%H%M%SZ}-{chance.getrandbits(24):06x}"
    return Plan(sweep_id=sweep_id, started_at=at, line=line, platforms=platforms, missed=missed)


def _states(share: float, flapping: str, chance: random.Random) -> tuple[str, Mapping[str, str]]:
    """The line's recording and the platforms'."""
    if SHUTDOWN[0] <= share < SHUTDOWN[1]:
        return "shutdown", {}
    if chance.random() < OFFLINE:
        return "offline", {}
    shown = {key: [name for since, name in parts if since <= share][-1] for key, parts in HISTORIES.items()}
    if FLAPPING_SPAN[0] <= share < FLAPPING_SPAN[1]:
        shown[FLAPPING] = flapping
    return "open", {key: "open" if chance.random() < LET_THROUGH else name for key, name in shown.items()}


def _flapping(sweeps: int, chance: random.Random) -> list[str]:
    def spells() -> Iterator[str]:
        while True:
            for state in ("censored", "open"):
                yield from [state] * chance.randint(*FLAPPING_SWEEPS)

    states = spells()
    return [next(states) for _ in range(sweeps)]
