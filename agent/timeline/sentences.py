"""Says a comparison's rows, and the independent records, in plain words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time

from agent.timeline.records import Agreement, Basis, Claim, Outcome, Record, Says, Side, Why

#: What the document says; the second form is for claims about some platforms.
SAID = {
    Says.BLOCKED: ("it was blocked", "some of these were blocked"),
    Says.OPEN: ("it could be reached", "some of these could be reached"),
    Says.RESTORED: ("it could be reached again", "some of these could be reached again"),
    Says.REACHED_BY_VPN: ("it was reached by VPN, and so was blocked", "some of these were reached by VPN only"),
    Says.CAUSE: ("the block was the answer to a protest", "some blocks were the answer to a protest"),
    Says.OPINION: ("there is a motive for leaving it open", "there is a motive for leaving some of these open"),
}
LEFT_AS = {
    Side.BLOCKED: "The document leaves it blocked.",
    Side.OPEN: "The document leaves it reachable.",
    "contradictory": "The document leaves it both reachable again and reached by VPN only.",
}
MEANS = {
    Outcome.AGREES: "That agrees.",
    Outcome.DISAGREES: "That disagrees.",
    Outcome.CHANGED_SINCE: "That has changed since.",
    Outcome.CONTRADICTS_ITSELF: "The document contradicts itself.",
}
BECAUSE = {
    Why.NO_OBSERVATIONS: "nothing was measured at the time or since",
    Why.RETIRED: "the service no longer exists",
    Why.OUTSIDE_THE_COUNTRY: "it was measured from outside Iran",
    Why.COUNTRY_NOT_STATED: "the country was not stated when it was measured (vantage.country in config.toml)",
    Why.IN_THE_FUTURE: "the measurements bear dates that have not come yet; the clock was wrong",
    Why.SHUTDOWN: "the whole country was cut off, and a failure then says nothing of one platform",
    Why.INSUFFICIENT: "too little was seen: the line was not normal, or the measurement was cut short",
    Why.NOTHING_SETTLED: "it did not work, and nothing settles why",
    Why.DOWN: "it was down, and not for this line alone",
    Why.ENDED_BEFORE_WE_LOOKED: "by the document's own word it was over before anything was measured",
    Why.BETWEEN_LOOKS: "what lasted only for a while may have fallen between two looks",
    Why.WHICH_NOT_SAID: "the document does not say which of them it means",
    Why.UNTESTABLE_OPINION: "a motive is an opinion that no measurement can test",
}


def claim_sentence(claim: Claim, row: Agreement) -> str:
    """What the claim says, what was found, and what that means."""
    opening = f"The document says that {SAID[claim.says][claim.some]} {_when(claim)} (line {claim.line})."
    if claim.says is Says.CAUSE:
        return f"{opening} {claim.notes}"
    return f"{opening} {_found(row)}{_meaning(row)}"


def platform_sentence(row: Agreement) -> str:
    """How the document leaves the platform, what was found last, and what that means."""
    opening = LEFT_AS["contradictory" if row.reading_open else Side(row.says)]
    readings = ""
    if row.reading_open and row.reading_blocked and row.usable:
        readings = f" Read as blocked: {_words(row.reading_blocked)}; read as open: {_words(row.reading_open)}."
    return f"{opening} {_found(row)}{_meaning(row)}{readings}"


def reported(records: Iterable[Record], platforms: Collection[str], first: date, last: date) -> list[Record]:
    """The records about these platforms that touch the interval."""
    start, end = datetime.combine(first, time.min, UTC), datetime.combine(last, time.max, UTC)
    return [
        record
        for record in records
        if any(record.concerns(platform) for platform in platforms) and _touches(record, start, end)
    ]


def record_sentence(record: Record, *, named: bool) -> str:
    """What a record says and the keys of its sources; `named`: of which platforms too."""
    start_precision, _, end_precision = record.precision.partition("/")
    words = f"{record.state} ({record.scope}) from {_shown(record.start, start_precision)}"
    if record.end is not None:
        until = "to" if record.ending == "dated" else "to, at the latest,"
        words += f" {until} {_shown(record.end, end_precision or start_precision)}"
    else:
        words += ", no end found" if record.ending == "none_found" else ", end not reported"
    who = f"{', '.join(record.platforms)}: " if named else ""
    return f"{who}{words} [{' '.join(record.sources)}]"


def _when(claim: Claim) -> str:
    if claim.precision == "year_inferred":
        return f"at the time of writing, {claim.end.year}"
    return f"in {claim.start.year}" + (", for a while" if claim.passing else "")


def _found(row: Agreement) -> str:
    if not row.usable:
        return ""
    days = f"{row.observed_from}" + (f" to {row.observed_to}" if row.observed_from != row.observed_to else "")
    return (
        f"Found blocked in {row.findings_blocked} and reachable in {row.findings_open} "
        f"of {row.usable} usable {'look' if row.usable == 1 else 'looks'} ({days}). "
    )


def _meaning(row: Agreement) -> str:
    because = f"It cannot be told: {BECAUSE[row.why]}." if row.why else ""
    return " ".join(part for part in (_means(row), because) if part)


def _means(row: Agreement) -> str:
    if row.outcome is Outcome.AGREES and row.basis is Basis.AS_LEFT_STANDING:
        return "That is as the document leaves it."
    return MEANS.get(row.outcome, "")


def _words(outcome: Outcome) -> str:
    return outcome.replace("_", " ")


def _touches(record: Record, start: datetime, end: datetime) -> bool:
    if record.start > end:
        return False
    # What ended on a day that nobody reports is counted for its beginning only.
    return record.ending == "none_found" or (record.end or record.start) >= start


def _shown(moment: datetime, precision: str) -> str:
    if precision.startswith("year"):
        return f"{moment:%Y}"
    return f"{moment:%Y-%m}" if precision.startswith(("month", "season")) else f"{moment:%Y-%m-%d}"
