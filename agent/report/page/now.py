"""How a platform stands now, seen from one vantage point: from its looks of the last week, and the last event. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from agent.report.page.facts import LASTING, Now, Standing
from agent.timeline.evidence import RECENT, SHOWS
from agent.timeline.records import Change, Event, Finding, Side
from agent.verdict.records import State

#: Of so many looks one may be odd without the platform being called blocked now and then: on a real line about one look
#: in a hundred is, and a single odd look is no change. The counts tell of it all the same.
ODD_ONE_IN = 20
#: With fewer looks than this, none may be.
ODD_FROM_LOOKS = 5


def now_of(platform: str, looks: Sequence[Finding], events: Sequence[Event], *, newest_at: datetime) -> Now:
    """The platform's looks from one vantage point and its events there, both in order of time.

    `newest_at` is when somebody last looked from there at anything: what is older than a week by then is not now.
    """
    if not looks:
        return Now(platform=platform, standing=Standing.NOT_LOOKED_AT)
    last = looks[-1]
    event = next((event for event in reversed(events) if event.change in LASTING), None)
    begun = _begun(event)
    recent = [look for look in looks if look.observed_at >= newest_at - RECENT]
    counted = [look for look in recent if begun is None or look.observed_at >= begun]
    told = [look for look in counted if look.state in SHOWS]
    states = Counter(look.state for look in counted)
    standing = _standing(last, bool(recent), states, event)
    first = next((look for look in looks if look.state in SHOWS), None)
    return Now(
        platform=platform,
        standing=standing,
        last_state=last.state,
        last_at=last.observed_at,
        last_id=last.verdict_id,
        told_state=told[-1].state if told else None,
        told_at=told[-1].observed_at if told else None,
        told_id=told[-1].verdict_id if told else "",
        mechanisms=_mechanisms(told, standing),
        blocked=states[State.BLOCKED],
        likely_blocked=states[State.LIKELY_BLOCKED],
        reached=states[State.OK],
        not_told=len(counted) - len(told),
        counted_from=counted[0].observed_at if counted else None,
        since=event if _began(event, standing) else None,
        first_told_at=first.observed_at if first and event is None and _is_so(first, standing) else None,
    )


def _begun(event: Event | None) -> datetime | None:
    """From when on looks are of the state that stands. None: from the first on."""
    if event is None:
        return None
    return event.until_latest if event.change is Change.INTERMITTENT and event.until_latest else event.latest


def _standing(last: Finding, recently: bool, states: Counter[State], event: Event | None) -> Standing:
    if last.state is State.RETIRED:
        return Standing.RETIRED
    if not recently:
        return Standing.NOT_LOOKED_AT
    blocked, reached = states[State.BLOCKED] + states[State.LIKELY_BLOCKED], states[State.OK]
    fails = last.state in (State.IMPAIRED, State.DOWN)
    if not blocked + reached:
        return Standing.FAILING if fails else Standing.NOT_KNOWN
    in_turns = event is not None and event.change is Change.INTERMITTENT and event.until_latest is None
    if in_turns or min(blocked, reached) > _odd_looks(blocked + reached):
        return Standing.NOW_AND_THEN
    if blocked > reached:
        return Standing.BLOCKED
    # What was reached all week and does not work at the last look must not be called reachable now.
    return Standing.FAILING if fails else Standing.REACHABLE


def _odd_looks(told: int) -> int:
    return max(1, told // ODD_ONE_IN) if told >= ODD_FROM_LOOKS else 0


def _mechanisms(told: Sequence[Finding], standing: Standing) -> tuple[str, ...]:
    """Those of the looks that were blocked; of what is reachable, how it is tampered with at the last look."""
    if standing is Standing.REACHABLE:
        return told[-1].mechanisms if told[-1].state is State.OK else ()
    accused = [look for look in told if SHOWS[look.state] is Side.BLOCKED]
    counted = Counter(name for look in accused for name in look.mechanisms)
    return tuple(name for name, _ in counted.most_common())


def _is_so(look: Finding, standing: Standing) -> bool:
    """Whether that look already found what stands."""
    return standing is {Side.BLOCKED: Standing.BLOCKED, Side.OPEN: Standing.REACHABLE}[SHOWS[look.state]]


def _began(event: Event | None, standing: Standing) -> bool:
    """Whether the state that stands is the one that the event left."""
    if event is None:
        return False
    if event.change is Change.INTERMITTENT and event.until_latest is None:
        return standing is Standing.NOW_AND_THEN
    after = {Side.BLOCKED: Standing.BLOCKED, Side.OPEN: Standing.REACHABLE}.get(Side(event.after))
    return standing is after
