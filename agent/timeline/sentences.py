"""Says a comparison's rows, and the independent records, in plain words and in the reader's language. Pure.

What stands in a row is English; `told` makes the texts of a row again in the current language.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time

from agent.calendars import day, digits, month
from agent.language import N_, _, ngettext
from agent.timeline.printable import printable_sentence
from agent.timeline.records import Agreement, Basis, Claim, Outcome, Record, Says, Side
from agent.timeline.words import BECAUSE, LEFT_AS, SAID, SCOPES, STATES, when

MEANS = {
    Outcome.AGREES: N_("That agrees."),
    Outcome.DISAGREES: N_("That disagrees."),
    Outcome.CHANGED_SINCE: N_("That has changed since."),
    Outcome.CONTRADICTS_ITSELF: N_("The document contradicts itself."),
}
OUTCOMES = {
    Outcome.AGREES: N_("agrees"),
    Outcome.DISAGREES: N_("disagrees"),
    Outcome.CHANGED_SINCE: N_("changed since"),
    Outcome.CONTRADICTS_ITSELF: N_("document contradicts itself"),
    Outcome.CANNOT_TELL: N_("cannot tell"),
}
CAUSE = N_("The block of 2018 is called the answer to a protest of 2019: the answer comes before what it answers.")
#: What a record says, by how it ends.
REPORTED = {
    "dated": N_("{state} ({scope}) from {start} to {end}"),
    "by": N_("{state} ({scope}) from {start} to, at the latest, {end}"),
    "none_found": N_("{state} ({scope}) from {start}, no end found"),
    "unknown": N_("{state} ({scope}) from {start}, end not reported"),
}
#: How well our own looks date a change, in words.
HAD = {
    "hour": N_("to the hour"),
    "day": N_("to the day"),
    "week": N_("to the week"),
    "month": N_("to the month"),
    "year": N_("to the year"),
    "longer": N_("to more than a year"),
}
HAD_RECORDS = {
    "hour": N_("Other sources date it to the hour."),
    "day": N_("Other sources date it to the day."),
    "week": N_("Other sources date it to the week."),
    "month": N_("Other sources date it to the month."),
    "season": N_("Other sources date it to the season."),
    "year": N_("Other sources date it to the year."),
}


def told(
    row: Agreement, claims: Sequence[Claim], records: Sequence[Record], *, today: date, titles: Mapping[str, str]
) -> Agreement:
    """The row with its texts in the current language. `claims`, `records` and `titles` are those it was made of."""
    claim = next((claim for claim in claims if claim.claim_id == row.claim_id), None)
    named = len(row.platforms) > 1
    if claim is not None:
        beside = reported(records, claim.platforms, claim.start, claim.end)
    else:
        beside = reported(records, row.platforms, date((row.interval_end or today).year, 1, 1), today)
    return replace(
        row,
        sentence=claim_sentence(claim, row) if claim else platform_sentence(row),
        printable=printable_sentence(row, claim, titles),
        records="; ".join(record_sentence(record, named=named) for record in beside),
        sources=tuple(sorted({key for record in beside for key in record.sources})),
    )


def claim_sentence(claim: Claim, row: Agreement) -> str:
    """What the claim says, what was found, what that means, and how well it is dated."""
    opening = _(SAID[claim.says][claim.some]).format(when=when(claim), line=digits(claim.line))
    if claim.says is Says.CAUSE:
        return f"{opening} {_(CAUSE)}"
    return " ".join(part for part in (opening, _found(row), _meaning(row), precision_sentence(row)) if part)


def platform_sentence(row: Agreement) -> str:
    """How the document leaves the platform, what was found last, and what that means."""
    parts = [_(LEFT_AS["contradictory" if row.reading_open else Side(row.says)]), _found(row), _meaning(row)]
    if row.reading_open and row.reading_blocked and row.usable:
        parts.append(
            _("Read as blocked: {blocked}; read as open: {open}.").format(
                blocked=_(OUTCOMES[row.reading_blocked]), open=_(OUTCOMES[row.reading_open])
            )
        )
    return " ".join(part for part in parts if part)


def precision_sentence(row: Agreement) -> str:
    """What share of the time that is claimed was looked at, and how well a change in it could be dated."""
    if not row.days_looked:
        return ""
    parts = [
        _("Of the {all} days that the document speaks of, {looked} were looked at.").format(
            all=digits(row.days_claimed), looked=digits(row.days_looked)
        )
    ]
    if row.change_after and row.change_by:
        change = _("The document knows the year; these looks date the change {how}: after {after} and by {by}.")
        parts.append(
            change.format(how=_(HAD[row.precision_had]), after=_moment(row.change_after), by=_moment(row.change_by))
        )
    if row.precision_records:
        parts.append(_(HAD_RECORDS[row.precision_records]))
    return " ".join(parts)


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
    start_precision, _slash, end_precision = record.precision.partition("/")
    words = _(REPORTED[record.ending]).format(
        state=_(STATES.get(record.state, record.state)),
        scope=_(record.scope) if record.scope in SCOPES else record.scope,
        start=_shown(record.start, start_precision),
        end=_shown(record.end, end_precision or start_precision) if record.end else "",
    )
    who = f"{', '.join(record.platforms)}: " if named else ""
    return f"{who}{words} [{' '.join(record.sources)}]"


def _found(row: Agreement) -> str:
    if not row.usable or row.observed_from is None or row.observed_to is None:
        return ""
    one_day = row.observed_from == row.observed_to
    days = N_("{first} to {last}") if not one_day else N_("{first}")
    sentence = ngettext(
        "Found blocked in {blocked} and reachable in {open} of {usable} usable look ({days}).",
        "Found blocked in {blocked} and reachable in {open} of {usable} usable looks ({days}).",
        row.usable,
    )
    if row.findings_likely:
        sentence = ngettext(
            "Found blocked in {blocked}, likely blocked in {likely} and reachable in {open} of {usable} usable look "
            "({days}).",
            "Found blocked in {blocked}, likely blocked in {likely} and reachable in {open} of {usable} usable looks "
            "({days}).",
            row.usable,
        )
    return sentence.format(
        blocked=digits(row.findings_blocked - row.findings_likely),
        likely=digits(row.findings_likely),
        open=digits(row.findings_open),
        usable=digits(row.usable),
        days=_(days).format(first=day(row.observed_from), last=day(row.observed_to)),
    )


def _meaning(row: Agreement) -> str:
    because = _("It cannot be told: {because}.").format(because=_(BECAUSE[row.why])) if row.why else ""
    return " ".join(part for part in (_means(row), because) if part)


def _means(row: Agreement) -> str:
    if row.outcome is Outcome.AGREES and row.basis is Basis.AS_LEFT_STANDING:
        return _("That is as the document leaves it.")
    return _(MEANS[row.outcome]) if row.outcome in MEANS else ""


def _touches(record: Record, start: datetime, end: datetime) -> bool:
    if record.start > end:
        return False
    # What ended on a day that nobody reports is counted for its beginning only.
    return record.ending == "none_found" or (record.end or record.start) >= start


def _moment(moment: datetime) -> str:
    return _("{day}, {hour} UTC").format(day=day(moment.date()), hour=digits(f"{moment:%H:%M}"))


def _shown(moment: datetime, precision: str) -> str:
    if precision.startswith("year"):
        return digits(f"{moment:%Y}")
    if precision.startswith(("month", "season")):
        return month(moment)
    return day(moment.date())
