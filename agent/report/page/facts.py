"""Everything that a report says, as data: no markup, no sentence, no language. Each format is made from this alone.

Moments are UTC. Texts that were measured or typed (labels, host names) stand here as they are, and are made harmless
where they are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from agent.report.left_out import LeftOut
from agent.timeline.lanes import Lanes
from agent.timeline.records import Agreement, Change, Claim, Event, Record
from agent.verdict.records import State


class Standing(StrEnum):
    """What is said of a platform now, at one vantage point. In the order of the report: the gravest first."""

    #: Every look of the last week that could tell, since the last change, found it blocked; or all but one of many.
    BLOCKED = "blocked"
    #: Blocked and reached, in turns.
    NOW_AND_THEN = "now_and_then"
    #: At the last look it did not work, and nothing settles why; or it was down for everybody.
    FAILING = "failing"
    #: There were looks in the last week, and none could tell.
    NOT_KNOWN = "not_known"
    #: No look in the last week of looking.
    NOT_LOOKED_AT = "not_looked_at"
    REACHABLE = "reachable"
    #: The service no longer exists.
    RETIRED = "retired"


class Shade(StrEnum):
    """What one day of one platform looked like. A day without a look has no shade at all."""

    BLOCKED = "blocked"
    LIKELY_BLOCKED = "likely_blocked"
    #: Blocked in some looks and reached in others.
    MIXED = "mixed"
    OK = "ok"
    DOWN = "down"
    IMPAIRED = "impaired"
    INSUFFICIENT = "insufficient"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A day of a platform: in `count` of its `looks` it was as the shade says; of a mixed day, blocked."""

    shade: Shade
    count: int
    looks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month of a vantage point's calendar."""

    first: date
    days: int
    #: Platform -> a cell for each day, the first of the month first. None: nobody looked.
    rows: dict[str, tuple[Cell | None, ...]]
    #: Sweeps of each day, whatever their line was like.
    sweeps: tuple[int, ...]
    #: Whole months just before this one in which nobody looked at all; they stand in no calendar of their own.
    unlooked_before: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """A platform as it is now: in the last week of looking from there."""

    platform: str
    standing: Standing
    #: State, mechanisms, moment and id of the newest look. None: there was none, ever.
    last_state: State | None = None
    last_at: datetime | None = None
    last_id: str = ""
    #: The newest look that could tell (blocked, likely blocked or ok), in the last week. None: there was none.
    told_state: State | None = None
    told_at: datetime | None = None
    told_id: str = ""
    #: How it is blocked or tampered with, in the looks counted below; the commonest first.
    mechanisms: tuple[str, ...] = ()
    #: Looks of the last week since the last change: those that found it blocked beyond doubt, likely blocked, and
    #: reached; and those that could not tell.
    blocked: int = 0
    likely_blocked: int = 0
    reached: int = 0
    not_told: int = 0
    #: The first of the looks counted here. None: there is none.
    counted_from: datetime | None = None
    #: What began the state: an onset, an end, a coming and going. None: it was so from the first look on.
    since: Event | None = None
    #: Where no event is known: the first look that could tell, ever, if it found what stands. It was so before we
    #: began to look.
    first_told_at: datetime | None = None
    #: Whether that is the first look of the report alone, which was asked to leave earlier ones out.
    is_cut: bool = False

    @property
    def order(self) -> int:
        """Place in the report: the gravest first."""
        return list(Standing).index(self.standing)

    @property
    def accused(self) -> int:
        """Looks counted here that found it blocked or likely blocked."""
        return self.blocked + self.likely_blocked

    @property
    def told(self) -> int:
        """The denominator: looks counted here that could tell."""
        return self.accused + self.reached


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A vantage point: where it was looked from, and all that was seen there."""

    vantage_id: str
    #: As its user stated them; empty and None: not stated.
    country: str
    asn: int | None
    label: str
    sweeps: int
    first_at: datetime
    last_at: datetime
    #: Days from the last sweep to the making of the report.
    age_days: int
    #: Sweeps by what their line was like: normal, offline, national_only …; the commonest first.
    lines: dict[str, int]
    now: tuple[Now, ...] = ()
    #: Months with a sweep, newest first.
    calendar: tuple[Month, ...] = ()
    #: Older ones with a sweep that the report has no room for.
    months_not_shown: int = 0
    #: Newest first.
    events: tuple[Event, ...] = ()
    #: Older ones that the report has no room for.
    events_not_shown: int = 0

    @property
    def is_old(self) -> bool:
        """Whether "now" is long past: nobody has looked for more than two days."""
        return self.age_days > OLD_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A platform held against the document and the independent records: the three are never merged."""

    platform: str
    title: str
    #: What the document's last words on it come to. None: the document says nothing of this platform.
    last_word: Agreement | None
    #: What the document says, and beside each claim what was found, in the same order.
    claims: tuple[Claim, ...]
    agreements: tuple[Agreement, ...]
    records: tuple[Record, ...]
    #: All three on one time axis, to be drawn. None: the document says nothing of it.
    lanes: Lanes | None

    @property
    def contradicts_itself(self) -> bool:
        """Whether the document's own words on it cannot all be true."""
        return any(claim.contradicts for claim in self.claims)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file of rows that the report was made from."""

    name: str
    rows: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Which programs measured and judged. Sorted, each once."""

    agents: tuple[str, ...]
    catalogs: tuple[str, ...]
    rulesets: tuple[int, ...]
    #: The one that made the report.
    reporter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole report."""

    made_at: datetime
    #: internet, lab or import. What is not of the internet must say so at its top.
    stage: str
    #: As they were asked for; None: no bound. `until` is the first moment that is not in it any more.
    since: datetime | None
    until: datetime | None
    sweeps: int
    #: Titles of platforms by key. One that is missing is called by its key.
    titles: dict[str, str]
    #: The one that looked most often first.
    places: tuple[Place, ...]
    subjects: tuple[Subject, ...]
    files: tuple[SourceFile, ...]
    versions: Versions
    left_out: tuple[LeftOut, ...] = ()
    #: Platforms, and vantage points, with the fewest looks, for which the report has no room.
    platforms_not_shown: int = 0
    places_not_shown: int = 0
    #: Addresses of the independent records' sources, by key.
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def is_old(self) -> bool:
        """Whether nobody has looked lately, from anywhere: then there is no "now" to speak of."""
        return all(place.is_old for place in self.places)

    def title(self, platform: str) -> str:
        """What the platform is called."""
        return self.titles.get(platform, platform)


#: Days after the last sweep from which on a report says that its "now" is past.
OLD_DAYS = 2
#: What an event's kind leaves standing while it goes on.
LASTING = frozenset({Change.ONSET, Change.LIFTED, Change.INTERMITTENT})


def told_verdicts(report: Report) -> Sequence[str]:
    """Ids of the verdicts whose story the report tells: each platform's newest, and the one that began each event."""
    newest = [now.last_id for place in report.places for now in place.now if now.last_id]
    telling = [now.told_id for place in report.places for now in place.now if now.told_id]
    # The second witness: the first is the last look at the state before.
    began = [event.witnesses[1] for place in report.places for event in place.events if len(event.witnesses) > 1]
    return list(dict.fromkeys([*newest, *telling, *began]))
