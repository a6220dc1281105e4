"""Weighs findings: which are evidence about a platform in Iran, which are not, and why not. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The findings about some platforms, sifted."""

    #: In order of time; each shows a side.
    usable: tuple[Finding, ...]
    #: How many findings are no evidence, by reason.
    left_out: Counter[Why]
    #: Whether sources say that the platform is gone by today.
    gone: bool

    @property
    def total(self) -> int:
        """All findings, usable or not."""
        return len(self.usable) + self.left_out.total()

    @property
    def why_none(self) -> Why:
        """Why nothing can be told: the commonest reason for leaving a finding out."""
        if self.left_out:
            return self.left_out.most_common(1)[0][0]
        return Why.RETIRED if self.gone else Why.NO_OBSERVATIONS


def sift(
    findings: Iterable[Finding],
    platforms: Collection[str],
    *,
    records: Sequence[Record],
    today: date,
) -> Evidence:
    """The findings about `platforms`, the usable ones in order of time, the others counted by reason."""
    about = sorted((f for f in findings if f.platform in platforms), key=lambda f: (f.observed_at, f.verdict_id))
    reasons = [_why_no_evidence(f, records, today) for f in about]
    end_of_today = datetime.combine(today, datetime.max.time(), UTC)
    return Evidence(
        usable=tuple(finding for finding, reason in zip(about, reasons, strict=True) if reason is None),
        left_out=Counter(reason for reason in reasons if reason is not None),
        gone=all(_is_gone(platform, records, end_of_today) for platform in platforms),
    )


def latest(looks: Sequence[Finding]) -> tuple[Finding, ...]:
    """Of each platform, the looks of its last week of looking."""
    newest = {look.platform: look.observed_at for look in looks}
    return tuple(look for look in looks if look.observed_at >= newest[look.platform] - RECENT)


def count(looks: Iterable[Finding], side: Side) -> int:
    """How many looks show that side."""
    return sum(SHOWS[look.state] is side for look in looks)


def leans(looks: Sequence[Finding], side: Side) -> bool:
    """Whether at least half of the looks show that side: an even split leans to what is asked for."""
    return bool(looks) and 2 * count(looks, side) >= len(looks)


def _why_no_evidence(finding: Finding, records: Sequence[Record], today: date) -> Why | None:
    shows = SHOWS.get(finding.state)
    if finding.state is State.RETIRED or _is_gone(finding.platform, records, finding.observed_at):
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
    if finding.vantage_state is VantageState.NATIONAL_ONLY or _is_shut_down(records, finding.observed_at):
        return Why.SHUTDOWN
    return Why.INSUFFICIENT if finding.vantage_state is not VantageState.NORMAL else SHOWS_NEITHER.get(finding.state)


def _is_gone(platform: str, records: Sequence[Record], moment: datetime) -> bool:
    return any(record.state == "gone" and record.concerns(platform) and record.start <= moment for record in records)


def _is_shut_down(records: Sequence[Record], moment: datetime) -> bool:
    return any(
        record.state == "shutdown"
        and ALL_PLATFORMS in record.platforms
        and record.start <= moment <= (record.end or record.start + UNENDED_SHUTDOWN)
        for record in records
    )
