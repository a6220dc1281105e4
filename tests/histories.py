"""Made-up histories of one platform with changes that are known: what the detector of events is held against.

The noise is of the kind and rate that real lines show: looks that tell nothing, and single looks that are wrong.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from agent.records import VantageState
from agent.timeline.events import events_of
from agent.timeline.records import Change, Event, Finding
from agent.verdict.records import State

CADENCE = timedelta(hours=3)
PER_DAY = 8
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
#: Share of looks that tell nothing, and of looks that are wrong.
SILENT, WRONG = 0.02, 0.01
#: Sweeps within which a change that lasts is to be found.
WITHIN = 3
NO_EVIDENCE = (State.IMPAIRED, State.INSUFFICIENT, State.DOWN)
DNS, TLS = ("dns.injection.bogon",), ("tls.reset.sni",)
#: States by a letter, so that a history is a word.
LETTERS = {
    "b": State.BLOCKED,
    "l": State.LIKELY_BLOCKED,
    "o": State.OK,
    "i": State.IMPAIRED,
    "d": State.DOWN,
    "n": State.INSUFFICIENT,
    "r": State.RETIRED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A platform's findings, and what truly happened: each change with the number of the first sweep after it."""

    findings: list[Finding]
    truth: list[tuple[Change, int]] = field(default_factory=list)


def finding(number: int, state: State, platform: str = "signal", /, **changes: object) -> Finding:
    """The finding of the sweep of that number, on its cadence."""
    at = BEGIN + CADENCE * number
    sweep_id = f"{at:%Y%m%dT%H%M%SZ}-abcdef"
    condemned = state in {State.BLOCKED, State.LIKELY_BLOCKED}
    values: dict[str, object] = {
        "sweep_id": sweep_id,
        "verdict_id": f"{sweep_id}.v.{platform}",
        "observed_at": at,
        "platform": platform,
        "state": state,
        "mechanisms": TLS if condemned else (),
        "country": "IR",
        "vantage": ("v", "IR", "", ""),
    }
    return Finding(**{**values, **changes})  # type: ignore[arg-type]  # the tests give right types by name


def word(letters: str, /, **changes: object) -> list[Finding]:
    """A finding for each letter."""
    return [finding(number, LETTERS[letter], **changes) for number, letter in enumerate(letters)]


def quiet(chance: random.Random, *, days: int, blocked: bool) -> History:
    """Nothing ever happens; noise included."""
    return History(findings=_looked_at(chance, [blocked] * (days * PER_DAY)))


def lasting(chance: random.Random, *, noisy: bool) -> History:
    """Changes that last for 6 looks at least, in two months."""
    sides: list[bool] = []
    truth: list[tuple[Change, int]] = []
    blocked = chance.random() < 0.5
    for span in (chance.randint(20, 200), chance.randint(6, 80), chance.randint(40, 200)):
        if sides:
            truth.append((Change.ONSET if blocked else Change.LIFTED, len(sides)))
        sides += [blocked] * span
        blocked = not blocked
    return History(findings=_looked_at(chance, sides, noisy=noisy), truth=truth)


def gappy(chance: random.Random) -> History:
    """The same, by a laptop that sleeps now and then, for up to ten days; also over the change."""
    whole = lasting(chance, noisy=False)
    asleep: set[int] = set()
    for _ in range(4):
        begin = chance.randrange(len(whole.findings))
        asleep |= set(range(begin, begin + chance.randint(4, 80)))
    changes = [number for _, number in whole.truth]
    bounds = [*zip(changes, [*changes[1:], len(whole.findings)], strict=True)]
    for first, stop in [(0, changes[0]), *bounds]:  # of each state enough is seen, or nobody could know of it
        asleep -= set(chance.sample(range(first, stop), min(stop - first, 12)))
    return History(findings=[one for n, one in enumerate(whole.findings) if n not in asleep], truth=whole.truth)


def ways(chance: random.Random) -> History:
    """A block that is made in another way from some look on."""
    first, then = chance.sample([DNS, TLS, (*DNS, *TLS)], 2)
    change, after = chance.randint(8, 150), chance.randint(8, 100)
    findings = _looked_at(chance, [True] * (change + after))
    ways = [first] * change + [then] * after
    findings = [
        finding(n, one.state, mechanisms=way) if one.mechanisms else one
        for n, (one, way) in enumerate(zip(findings, ways, strict=True))
    ]
    return History(findings=findings, truth=[(Change.CHANGED, change)])


def flapping(chance: random.Random) -> History:
    """Open, then blocked now and then for some days, every night or look by look, then open again."""
    before, after = chance.randint(20, 200), chance.randint(40, 200)
    if chance.random() < 0.5:
        middle = [True] * 3 + ([False] * 5 + [True] * 3) * chance.randint(3, 20)
    else:
        middle = [True, False] + [chance.random() < 0.5 for _ in range(chance.randint(30, 150))] + [False, True]
    sides = [False] * before + middle + [False] * after
    return History(findings=_looked_at(chance, sides), truth=[(Change.INTERMITTENT, before)])


def shutdown(chance: random.Random, platforms: Sequence[str]) -> History:
    """All platforms of a vantage point, of which every other one is always blocked, and some days of a cut line."""
    before, cut, after = chance.randint(20, 100), chance.randint(4, 60), chance.randint(20, 100)
    findings: list[Finding] = []
    for place, platform in enumerate(platforms):
        own = _looked_at(chance, [place % 2 == 0] * (before + cut + after), platform=platform)
        findings += own[:before] + own[before + cut :]
        for number in range(before, before + cut):
            state = State.INSUFFICIENT if number % 9 else State.IMPAIRED
            findings.append(finding(number, state, platform, vantage_state=VantageState.NATIONAL_ONLY))
    return History(findings=findings, truth=[(Change.SHUTDOWN, before)])


def found(history: History, event: Event, change: Change, number: int) -> bool:
    """Whether an event is this change, and its interval begins and ends within so many sweeps of the true moment.

    When a coming and going began cannot be said so closely: there the interval must hold the moment, give or take.
    """
    made = sorted({one.observed_at for one in history.findings})
    assert event.latest is not None
    assert event.earliest is not None
    true = bisect_left(made, BEGIN + CADENCE * number)
    first, last = bisect_left(made, event.earliest) + 1, bisect_left(made, event.latest)
    near = range(true - WITHIN, true + WITHIN + 1)
    if change is Change.INTERMITTENT:
        return event.change is change and first <= true + WITHIN and last >= true - WITHIN
    return event.change is change and first in near and last in near


def told_after(history: History, event: Event, number: int) -> int:
    """How many sweeps were made from the true change on until the event could be told for the first time."""
    made = sorted({one.observed_at for one in history.findings})
    true = bisect_left(made, BEGIN + CADENCE * number)
    for count in range(1, len(made) - true + 1):
        known = [one for one in history.findings if one.observed_at <= made[true + count - 1]]
        if any(one.event_id == event.event_id for one in events_of(known, stage="internet")):
            return count
    raise AssertionError(f"{event.event_id} is found in the whole history only")


def _looked_at(
    chance: random.Random, sides: Sequence[bool], *, platform: str = "signal", noisy: bool = True
) -> list[Finding]:
    findings = []
    for number, side in enumerate(sides):
        silent, wrong = chance.random() < SILENT * noisy, chance.random() < WRONG * noisy
        shown = side is not wrong
        condemned = State.LIKELY_BLOCKED if wrong or chance.random() < 0.5 else State.BLOCKED
        state = chance.choice(NO_EVIDENCE) if silent else condemned if shown else State.OK
        findings.append(finding(number, state, platform))
    return findings
