"""One platform on one time axis: what the document says, what others report, what was observed. Pure.

The three stay three lanes and are never merged. A band tells how well it is dated: what the document knows by the year
is as long as that year, whatever happened in it. Where nothing was observed there is no band at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby

from agent.timeline.evidence import SHOWS, Evidence, shutdowns
from agent.timeline.records import SIDES, Claim, Finding, Record, Says, Side
from agent.verdict.records import State

#: Days of looking that are drawn as one: the axis has about nine days to a point of its width.
STEP_DAYS = 10
#: Steps, at most twice as many, that looks are drawn in once more where they are few.
CLOSER_STEPS = 60
#: A step is drawn as mixed from one look in so many on that shows the other side. Our choice.
MIXED_FROM_ONE_IN = 10
#: How long a start may be off, in days, by the precision that a record names first.
BLUR_DAYS = {"year": 365, "season": 91, "month": 30, "week": 7}
#: Scopes that are not the whole of the country.
WHOLE = frozenset({"national", "world"})


class Mark(StrEnum):
    """What a band says."""

    BLOCKED = "blocked"
    #: Looks found it likely blocked, and none of them has proof.
    LIKELY = "likely"
    OPEN = "open"
    MIXED = "mixed"
    #: Somebody looked, and it could not be told.
    UNTOLD = "untold"
    DEGRADED = "degraded"
    #: The service no longer exists.
    GONE = "gone"
    #: What no measurement can test: a motive, or why something was done.
    BESIDE = "beside"


#: A record's state -> what it says; those that are missing are about all platforms alike.
STATES = {
    "blocked": Mark.BLOCKED,
    "degraded": Mark.DEGRADED,
    "lapse": Mark.OPEN,
    "gone": Mark.GONE,
}
SHOWN = {Side.BLOCKED: Mark.BLOCKED, Side.OPEN: Mark.OPEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Something that lasted. Both days belong to it."""

    start: date
    end: date
    mark: Mark
    #: Which of the lane's rows it stands in, 0 the uppermost: what overlaps in time is stacked.
    row: int = 0
    #: Said of some of the platforms, of a part of the interval, or of some networks only.
    partial: bool = False
    #: Not said of this time: how the document leaves it, after the year that it names, up to its own end.
    left_so: bool = False
    #: It ended, and nobody says when.
    open_end: bool = False
    #: Of the document: which claim it is.
    claim_id: str = ""
    #: Until when it may have begun in truth. None: its first day is known, or its whole length is its precision.
    blur_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """What is known of one platform over time."""

    platform: str
    document: tuple[Band, ...] = ()
    records: tuple[Band, ...] = ()
    observed: tuple[Band, ...] = ()
    #: The same looks from the first day to the last in steps that are finer where they are few.
    closer: tuple[Band, ...] = ()
    #: Bands of the document that cannot both be true.
    contradictions: tuple[tuple[Band, Band], ...] = ()
    #: From when to when the whole country was cut off.
    shutdowns: tuple[tuple[date, date], ...] = ()


def lanes_of(
    claims: Sequence[Claim], records: Sequence[Record], evidence: Mapping[str, Evidence], *, today: date
) -> dict[str, Lanes]:
    """The lanes of each platform that the document speaks of, in its order. `evidence` is what `sift` gives."""
    cuts = tuple((start.date(), min(end.date(), today)) for start, end in shutdowns(records) if start.date() <= today)
    document_end = max((claim.end for claim in claims), default=today)
    lanes = {}
    for platform in dict.fromkeys(platform for claim in claims for platform in claim.platforms):
        said = [claim for claim in claims if platform in claim.platforms]
        document = _stacked(_said(said, document_end))
        reported = [_record_band(one, today) for one in records if _is_shown(one, platform, today)]
        lanes[platform] = Lanes(
            platform=platform,
            document=document,
            records=_stacked([(band,) for band in reported]),
            observed=_observed(evidence.get(platform, Evidence()), today, STEP_DAYS),
            closer=_closer(evidence.get(platform, Evidence()), today),
            contradictions=_contradictions(said, document),
            shutdowns=cuts,
        )
    return lanes


def _said(claims: Sequence[Claim], document_end: date) -> list[tuple[Band, ...]]:
    """Each claim's band, and how the document leaves it."""
    chains: list[tuple[Band, ...]] = []
    for claim in claims:
        own = Band(
            start=claim.start,
            end=claim.end,
            mark=SHOWN[SIDES[claim.says]] if claim.says in SIDES else Mark.BESIDE,
            partial=claim.some or claim.passing,
            claim_id=claim.claim_id,
        )
        stands = claim.standing and claim.says is not Says.OPINION and claim.end < document_end
        after = replace(own, start=claim.end + timedelta(days=1), end=document_end, left_so=True)
        chains.append((own, after) if stands else (own,))
    return chains


def _contradictions(claims: Iterable[Claim], document: Iterable[Band]) -> tuple[tuple[Band, Band], ...]:
    """Each pair of claims about the same platform that cannot both be true, once."""
    own = {band.claim_id: band for band in document if not band.left_so}
    pairs = {frozenset((claim.claim_id, other)) for claim in claims for other in claim.contradicts if other in own}
    return tuple((own[one], own[other]) for one, other in sorted(sorted(pair) for pair in pairs))


def _is_shown(record: Record, platform: str, today: date) -> bool:
    return record.concerns(platform) and record.state in STATES and record.start.date() <= today


def _record_band(record: Record, today: date) -> Band:
    start = record.start.date()
    blur = BLUR_DAYS.get(record.precision.partition("/")[0].partition(",")[0])
    last = today if record.ending == "none_found" else (record.end or record.start).date()
    return Band(
        start=start,
        end=min(last, today),
        mark=STATES[record.state],
        partial=record.scope not in WHOLE,
        open_end=record.ending == "unknown",
        blur_until=min(start + timedelta(days=blur), today) if blur else None,
    )


def _closer(evidence: Evidence, today: date) -> tuple[Band, ...]:
    days = [look.observed_at.date() for look in (*evidence.usable, *evidence.no_evidence)]
    days = [day for day in days if day <= today]
    if not days:
        return ()
    first, last = min(days), max(days)
    bands = _observed(evidence, today, max(1, (last - first).days // CLOSER_STEPS))
    return tuple(replace(band, start=max(band.start, first), end=min(band.end, last)) for band in bands)


def _observed(evidence: Evidence, today: date, step_days: int) -> tuple[Band, ...]:
    """The looks, step by step; neighbours that say the same are one band."""
    seen: dict[int, list[Finding]] = {}
    for look in (*evidence.usable, *evidence.no_evidence):
        if look.observed_at.date() <= today:
            seen.setdefault(look.observed_at.date().toordinal() // step_days, []).append(look)
    usable = {look.verdict_id for look in evidence.usable}
    steps = [(step, _mark_of([one for one in seen[step] if one.verdict_id in usable])) for step in sorted(seen)]
    bands = []
    # What stands at the same distance from its place in the row is without a gap before it.
    for (_, mark), run in groupby(enumerate(steps), key=lambda one: (one[1][0] - one[0], one[1][1])):
        members = [step for _, (step, _) in run]
        end = date.fromordinal((members[-1] + 1) * step_days) - timedelta(days=1)
        bands.append(Band(start=date.fromordinal(members[0] * step_days), end=min(end, today), mark=mark))
    return tuple(bands)


def _mark_of(looks: Sequence[Finding]) -> Mark:
    """What the looks of one step say together."""
    if not looks:
        return Mark.UNTOLD
    blocked = sum(SHOWS[look.state] is Side.BLOCKED for look in looks)
    reached = len(looks) - blocked
    if min(blocked, reached) * MIXED_FROM_ONE_IN >= len(looks):
        return Mark.MIXED
    if blocked <= reached:
        return Mark.OPEN
    return Mark.BLOCKED if any(look.state is State.BLOCKED for look in looks) else Mark.LIKELY


def _stacked(chains: Iterable[tuple[Band, ...]]) -> tuple[Band, ...]:
    """Each chain in the uppermost row where it overlaps nothing."""
    free: list[date] = []
    placed = []
    for chain in sorted(chains, key=lambda chain: chain[0].start):
        row = next((at for at, since in enumerate(free) if since <= chain[0].start), len(free))
        free[row : row + 1] = [chain[-1].end + timedelta(days=1)]
        placed += [replace(band, row=row) for band in chain]
    return tuple(placed)
