"""How well a claim is dated, and how well it could be: by our own looks, and by what others report. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from agent.timeline.evidence import SHOWS
from agent.timeline.records import Claim, Finding, Record, Side
from agent.timeline.voices import by_voice

#: The longest time that is still called so, finest first.
SPANS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=31),
    "year": timedelta(days=366),
}
LONGER = "longer"
#: The looks saw the state that is claimed, and not how it came about.
STATE = "state"
#: The words with which records date a beginning, finest first.
WORDS = ("hour", "day", "week", "month", "season", "year")
#: A record's state that is a beginning of that side.
BEGINS = {Side.BLOCKED: ("blocked",), Side.OPEN: ("lapse",)}


def dated(looks: Iterable[Finding], side: Side, claim: Claim) -> tuple[datetime, datetime] | None:
    """Between which two looks it changed to that side inside the claim's interval, as the best placed one saw it.

    Both are of one vantage point and one platform: another network may have changed on another day. None: nobody saw
    both.
    """
    changes = []
    for own in by_voice(looks).values():
        for platform in claim.platforms:
            before: Finding | None = None
            for look in (one for one in own if one.platform == platform and one.observed_at.date() <= claim.end):
                if SHOWS[look.state] is not side:
                    before = look
                    continue
                if before is not None and look.observed_at.date() >= claim.start:
                    changes.append((before.observed_at, look.observed_at))
                    break
                before = None
    return min(changes, key=lambda change: (change[1] - change[0], change), default=None)


def had(change: tuple[datetime, datetime] | None, inside: Sequence[Finding]) -> str:
    """How well our own looks date what is claimed; `inside` are those of its interval."""
    if change is not None:
        span = change[1] - change[0]
        return next((word for word, longest in SPANS.items() if span <= longest), LONGER)
    return STATE if inside else ""


def finest(records: Iterable[Record], side: Side, claim: Claim) -> str:
    """The finest precision with which a record dates a beginning of that side inside the claim's interval."""
    words = {
        record.precision.partition("/")[0].partition(",")[0]
        for record in records
        if record.state in BEGINS[side] and claim.start <= record.start.date() <= claim.end
    }
    # The end of a block is a beginning of the other side.
    if side is Side.OPEN:
        words |= {
            record.precision.rpartition("/")[2].partition(",")[0]
            for record in records
            if record.state == "blocked" and record.end and claim.start <= record.end.date() <= claim.end
        }
    return next((word for word in WORDS if word in words), "")
