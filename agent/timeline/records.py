"""The timeline's records: what the document claims, what others report, what was found, and how they agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from agent.records import Sweep, VantageState
from agent.verdict.records import State, Verdict
from probes.column import column

#: In records: a row that is about every platform.
ALL_PLATFORMS = "all"


class Side(StrEnum):
    """What a claim says, and a finding shows, brought to one question: could it be reached directly?"""

    BLOCKED = "blocked"
    OPEN = "open"


class Says(StrEnum):
    """What a claim says of its platform."""

    BLOCKED = "blocked"
    OPEN = "open"
    RESTORED = "restored"
    #: Reached with special tools: so, it is not reached directly.
    REACHED_BY_VPN = "reached_by_vpn"
    #: Why a block was made; judged by dates alone.
    CAUSE = "cause"
    #: A motive; no measurement can test it.
    OPINION = "opinion"


#: Says -> the side it takes; those that are missing take none.
SIDES = {
    Says.BLOCKED: Side.BLOCKED,
    Says.REACHED_BY_VPN: Side.BLOCKED,
    Says.OPEN: Side.OPEN,
    Says.RESTORED: Side.OPEN,
}


class Outcome(StrEnum):
    """How what was found stands to what the document says."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    CHANGED_SINCE = "changed_since"
    CONTRADICTS_ITSELF = "document_contradicts_itself"
    CANNOT_TELL = "cannot_tell"


class Basis(StrEnum):
    """What an outcome rests on. A look today does not confirm a year long past."""

    INSIDE_INTERVAL = "inside_interval"
    AS_LEFT_STANDING = "as_left_standing"


class Why(StrEnum):
    """Why it cannot be told."""

    NO_OBSERVATIONS = "no_observations"
    RETIRED = "retired"
    OUTSIDE_THE_COUNTRY = "outside_the_country"
    COUNTRY_NOT_STATED = "country_not_stated"
    IN_THE_FUTURE = "in_the_future"
    SHUTDOWN = "shutdown"
    INSUFFICIENT = "insufficient"
    NOTHING_SETTLED = "nothing_settled"
    DOWN = "down"
    ENDED_BEFORE_WE_LOOKED = "ended_before_we_looked"
    BETWEEN_LOOKS = "between_looks"
    VANTAGE_POINTS_DIFFER = "vantage_points_differ"
    BY_TURNS = "by_turns"
    WHICH_NOT_SAID = "which_not_said"
    UNTESTABLE_OPINION = "untestable_opinion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing that the document says, in our words. The fields are explained at the head of claims.toml."""

    claim_id: str
    platforms: tuple[str, ...]
    says: Says
    start: date
    end: date
    #: year, or year_inferred where the text gives no date and speaks of its own time.
    precision: str
    #: Line of the document.
    line: int
    standing: bool
    passing: bool = False
    some: bool = False
    contradicts: tuple[str, ...] = ()
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing that independent sources say. The fields are explained at the head of records.toml."""

    platforms: tuple[str, ...]
    scope: str
    state: str
    #: UTC; the first instant of the day where only a day is known.
    start: datetime
    #: UTC; the last instant of the day where only a day is known. None: `ending` says why.
    end: datetime | None
    #: dated, by, none_found or unknown.
    ending: str
    precision: str
    how: str
    #: Keys and addresses; never empty.
    sources: dict[str, str]

    def concerns(self, platform: str) -> bool:
        """Whether it is about that platform by name."""
        return platform in self.platforms


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One platform's verdict in one sweep, with what is needed to weigh it."""

    sweep_id: str
    verdict_id: str
    observed_at: datetime
    platform: str
    state: State
    mechanisms: tuple[str, ...] = ()
    vantage_state: VantageState = VantageState.NORMAL
    #: ISO 3166 code of the vantage point. Empty: the sweep does not state it.
    country: str = ""
    #: What tells vantage points apart: the installation, its country, network and the user's word for it.
    vantage: tuple[str, ...] = ()
    #: Whether the sweep was made to its end; one that was cut short, or had to leave something out, tells less.
    complete: bool = True

    @classmethod
    def of(cls, verdict: Verdict, sweep: Sweep) -> Finding:
        """From a platform's verdict and the sweep it belongs to; `ValueError` when they do not belong together."""
        if verdict.level != "platform" or verdict.sweep_id != sweep.sweep_id:
            raise ValueError(f"{verdict.verdict_id} is no platform's verdict of sweep {sweep.sweep_id}")
        return cls(
            sweep_id=sweep.sweep_id,
            verdict_id=verdict.verdict_id,
            observed_at=verdict.observed_at,
            platform=verdict.platform,
            state=verdict.state,
            mechanisms=verdict.mechanisms,
            vantage_state=sweep.vantage_state,
            country=sweep.vantage_country,
            vantage=(sweep.vantage_id, sweep.vantage_country, str(sweep.vantage_asn or ""), sweep.vantage_label),
            complete=sweep.outcome == "complete",
        )


class Change(StrEnum):
    """What an event is."""

    ONSET = "onset"
    LIFTED = "lifted"
    CHANGED = "changed_mechanism"
    #: It came and went, again and again: one event for as long as that lasted.
    INTERMITTENT = "intermittent"
    #: The line to the world was cut: one event of the vantage point, and none of any platform.
    SHUTDOWN = "shutdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A change over time, as one vantage point saw it. Its moment is an interval: between two looks."""

    event_id: str = column(
        "Unique id, the same whenever it is found again: the witness that first showed it.", default=""
    )
    change: Change = column("onset, lifted, changed_mechanism, intermittent or shutdown.", default=Change.ONSET)
    stage: str = column("internet, lab or import.", default="internet")
    platform: str = column("The platform; empty of a shutdown.", default="")
    vantage: tuple[str, ...] = column(
        "The vantage point that saw it: its id, country, AS number and label.", default=()
    )
    earliest: datetime | None = column(
        "The last look that surely showed the state before: it happened after. Empty: there was none.", default=None
    )
    latest: datetime | None = column("The first look that showed the new state: it had happened by then.", default=None)
    until_earliest: datetime | None = column(
        "Of what has an end of its own (intermittent, shutdown): the last look that showed it.", default=None
    )
    until_latest: datetime | None = column("The first look after its end. Empty: it goes on.", default=None)
    before: str = column("State before: blocked or open.", default="")
    after: str = column("State after.", default="")
    mechanisms_before: tuple[str, ...] = column("Mechanisms seen before.", default=())
    mechanisms_after: tuple[str, ...] = column("Mechanisms seen after.", default=())
    looks_for: int = column("Looks after it that show the new state, up to the next event.", default=0)
    looks_told: int = column("Looks after it that could tell, up to the next event: the denominator.", default=0)
    looks_left_out: int = column("Looks in its interval and after it that are no evidence.", default=0)
    witnesses: tuple[str, ...] = column("Ids of verdicts: the last before and the first after, then more.", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One row of the comparison: a claim, or a platform as the document leaves it, and what was found."""

    level: str = column(
        "claim: one thing that the document says. platform: what its last words on a platform come to.",
        default="claim",
    )
    stage: str = column(
        "internet; lab: a comparison with rows of the lab's world says nothing of the real one; or import: of somebody "
        "else's measurements.",
        default="internet",
    )
    claim_id: str = column(
        "Id of the claim (agent/timeline/claims.toml); for a platform, platform/last_word.", default=""
    )
    platforms: tuple[str, ...] = column("Platforms it is about, separated by spaces.", default=())
    says: str = column(
        "blocked, open, restored, reached_by_vpn, cause or opinion; for a platform blocked, open or contradictory.",
        default="",
    )
    lines: tuple[int, ...] = column("Lines of the document that it rests on.", default=())
    interval_start: date | None = column("First day of the interval as claimed.", default=None)
    interval_end: date | None = column("Last day of the interval as claimed.", default=None)
    precision: str = column("How well the document dates it: year or year_inferred.", default="")
    outcome: Outcome = column(
        "agrees, disagrees, changed_since, document_contradicts_itself or cannot_tell.", default=Outcome.CANNOT_TELL
    )
    why: Why | None = column("Why it cannot be told; empty when it can.", default=None)
    basis: Basis | None = column(
        "What the outcome rests on: inside_interval, findings of the time that is claimed; or as_left_standing, the "
        "last week of findings, held against what the document leaves standing. Empty: no finding was judged.",
        default=None,
    )
    sentence: str = column("The outcome in plain words.", default="")
    printable: str = column(
        "One sentence that can be printed alone: who found what, when, how often, from how many places, and what that "
        "says of the claim.",
        default="",
    )
    findings_blocked: int = column("Judged findings that show it blocked or likely blocked.", default=0)
    findings_likely: int = column("Of these, findings that show it likely blocked only.", default=0)
    findings_open: int = column("Judged findings that show it reachable.", default=0)
    usable: int = column("Findings that were judged: the denominator.", default=0)
    platforms_found: tuple[str, ...] = column(
        "Platforms of the judged findings: of several that a claim is about, perhaps not all.", default=()
    )
    total: int = column("All findings about it, also those that are no evidence or of another time.", default=0)
    observed_from: date | None = column("Day of the first judged finding.", default=None)
    observed_to: date | None = column("Day of the last judged finding.", default=None)
    mechanisms: tuple[str, ...] = column(
        "How it was blocked or tampered with in the judged findings, each with their number, the commonest first, such "
        "as dns.injection.bogon=12.",
        default=(),
    )
    vantage_points: int = column(
        "Independent vantage points of the judged findings: installations; of imported rows, networks.",
        default=0,
    )
    networks: tuple[str, ...] = column(
        "AS numbers of the judged findings; not_stated where a sweep states none.", default=()
    )
    looks: tuple[str, ...] = column(
        "Judged findings of each vantage point in each network: its network, those that show it blocked, and all, such "
        "as AS64500=3/8. All weigh the same, however often they looked.",
        default=(),
    )
    days_claimed: int = column("Days of the interval as claimed.", default=0)
    days_looked: int = column("Days of that interval with a usable finding.", default=0)
    precision_needed: str = column(
        "How well a look must be dated to test the claim: year; empty for a motive, which no look tests.", default=""
    )
    precision_had: str = column(
        "How well our own looks date a change that the claim speaks of: hour, day, week, month, year or longer, the "
        "time between the last look before it and the first after it, from one place; state where they saw the state "
        "and not its change; empty where none fell into the interval.",
        default="",
    )
    change_after: datetime | None = column(
        "The last look, from the place that dates it best, that still showed the other state.", default=None
    )
    change_by: datetime | None = column("The first look from there that showed what is claimed.", default=None)
    precision_records: str = column(
        "The finest precision with which independent sources date a beginning inside the interval; empty: none does.",
        default="",
    )
    witnesses: tuple[str, ...] = column("Ids of the newest judged verdicts, at most 20.", default=())
    reading_blocked: Outcome | None = column(
        "Where the document contradicts itself: the outcome if it means blocked.", default=None
    )
    reading_open: Outcome | None = column(
        "Where the document contradicts itself: the outcome if it means open.", default=None
    )
    contradicts: tuple[str, ...] = column("Claims of the document that cannot be true with this one.", default=())
    notes: str = column("What is to be known about the claim.", default="")
    records: str = column(
        "What independent sources report for the interval, or for a platform since the document's last year; "
        "never merged with the claim.",
        default="",
    )
    sources: tuple[str, ...] = column(
        "Keys of the sources that `records` names; their addresses are in agent/timeline/records.toml.", default=()
    )
