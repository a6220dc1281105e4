"""Weighs findings: which are evidence about a platform in Iran, which are not, and why not. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from heapq import merge
from operator import attrgetter

from agent.records import VantageState
from agent.timeline.records import ALL_PLATFORMS, Finding, Record, Side, Why
from agent.verdict.records import State

#: The country that the document is about.
COUNTRY = "IR"
#: State -> the side it shows.
SHOWS = {State.BLOCKED: Side.BLOCKED, State.LIKELY_BLOCKED: Side.BLOCKED, State.OK: Side.OPEN}
#: State -> why it shows neither, on a line that was fit to measure.
SHOWS_NEITHER = {
    State.INSUFFICIENT: Why.INSUFFICIENT,
    State.IMPAIRED: Why.NOTHING_SETTLED,
    State.DOWN: Why.DOWN,
    State.RETIRED: Why.RETIRED,
}
#: How far back from the newest look "what was seen last" reaches. A week evens out a bad day; our choice.
RECENT = timedelta(days=7)
#: A shutdown whose end nobody reports is taken to cover its first day, and no more.
UNENDED_SHUTDOWN = timedelta(days=1)
#: What puts findings in order of time.
_in_time = attrgetter("observed_at", "verdict_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The findings about some platforms, sifted."""

    #: In order of time; each shows a side.
    usable: tuple[Finding, ...] = ()
    #: In order of time; those that are no evidence.
    no_evidence: tuple[Finding, ...] = ()
    #: How many findings are no evidence, by reason.
    left_out: Counter[Why] = field(default_factory=Counter)
    #: Whether sources say that the platform is gone by today.
    gone: bool = False

    @property
    def total(self) -> int:
        """All findings, usable or not."""
        return len(self.usable) + len(self.no_evidence)

    @property
    def why_none(self) -> Why:
        """Why nothing can be told: the commonest reason for leaving a finding out."""
        if self.left_out:
            return self.left_out.most_common(1)[0][0]
        return Why.RETIRED if self.gone else Why.NO_OBSERVATIONS

    @classmethod
    def joined(cls, parts: Sequence[Evidence]) -> Evidence:
        """That about several platforms, in order of time again."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            usable=tuple(merge(*(part.usable for part in parts), key=_in_time)),
            no_evidence=tuple(merge(*(part.no_evidence for part in parts), key=_in_time)),
            left_out=sum((part.left_out for part in parts), Counter()),
            gone=all(part.gone for part in parts),
        )


def sift(
    findings: Iterable[Finding],
    platforms: Iterable[str],
    *,
    records: Sequence[Record],
    today: date,
) -> dict[str, Evidence]:
    """Of each of these platforms, the usable findings in order of time, and the others, counted by reason."""
    about: dict[str, list[Finding]] = {platform: [] for platform in platforms}
    for finding in sorted(findings, key=_in_time):
        if finding.platform in about:
            about[finding.platform].append(finding)
    return {platform: _sift_one(platform, found, records, today) for platform, found in about.items()}


def _sift_one(platform: str, findings: Sequence[Finding], records: Sequence[Record], today: date) -> Evidence:
    ends = [record.start for record in records if record.state == "gone" and record.concerns(platform)]
    gone_since = min(ends, default=None)
    cuts = shutdowns(records)
    reasons = [_why_no_evidence(finding, gone_since, cuts, today) for finding in findings]
    return Evidence(
        usable=tuple(finding for finding, reason in zip(findings, reasons, strict=True) if reason is None),
        no_evidence=tuple(finding for finding, reason in zip(findings, reasons, strict=True) if reason is not None),
        left_out=Counter(reason for reason in reasons if reason is not None),
        gone=gone_since is not None and gone_since <= datetime.combine(today, time.max, UTC),
    )


def shutdowns(records: Iterable[Record]) -> list[tuple[datetime, datetime]]:
    """From when to when the whole country was cut off, as sources report it."""
    return [
        (record.start, record.end or record.start + UNENDED_SHUTDOWN)
        for record in records
        if record.state == "shutdown" and ALL_PLATFORMS in record.platforms
    ]


def latest(looks: Sequence[Finding]) -> tuple[Finding, ...]:
    """Of each platform, the looks of its last week of looking."""
    newest = {look.platform: look.observed_at for look in looks}
    return tuple(look for look in looks if look.observed_at >= newest[look.platform] - RECENT)


def count(looks: Iterable[Finding], side: Side) -> int:
    """How many looks show that side."""
    return sum(SHOWS[look.state] is side for look in looks)


def _why_no_evidence(
    finding: Finding, gone_since: datetime | None, cuts: Sequence[tuple[datetime, datetime]], today: date
) -> Why | None:
    shows = SHOWS.get(finding.state)
    if finding.state is State.RETIRED or (gone_since is not None and gone_since <= finding.observed_at):
        return Why.RETIRED
    if not finding.country:
        return Why.COUNTRY_NOT_STATED
    if finding.country.upper() != COUNTRY:
        return Why.OUTSIDE_THE_COUNTRY
    if finding.observed_at.date() > today:
        return Why.IN_THE_FUTURE
    if shows is Side.OPEN:
        # What was reached was reached, also inside a shutdown.
        return None
    cut_off = any(start <= finding.observed_at <= end for start, end in cuts)
    if finding.vantage_state is VantageState.NATIONAL_ONLY or cut_off:
        return Why.SHUTDOWN
    return Why.INSUFFICIENT if finding.vantage_state is not VantageState.NORMAL else SHOWS_NEITHER.get(finding.state)
