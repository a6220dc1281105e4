"""Loads the document's claims and the independent records from their TOML files, strictly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path

from agent.catalog.table import Table, read_document, read_sources, unique
from agent.timeline.records import Claim, Record, Says

FOLDER = Path(__file__).parent
PRECISIONS = ("year", "year_inferred")
STATES = ("blocked", "degraded", "lapse", "gone", "shutdown", "curfew")
#: How a record ends -> whether it gives an end.
ENDINGS = {"dated": True, "by": True, "none_found": False, "unknown": False}


class TimelineError(ValueError):
    """The timeline's data is wrong; the message is one sentence with file, entry and remedy."""


def load_claims(path: Path | None = None) -> tuple[Claim, ...]:
    """The claims of that file, in its order; without a path, the document's. Raises `TimelineError`."""
    document = read_document(path or FOLDER / "claims.toml", TimelineError)
    document.only("claim")
    claims = tuple(_claim(table) for table in document.tables("claim"))
    unique(document, "claim", (claim.claim_id for claim in claims))
    _check_contradictions(document, claims)
    return claims


def load_records(path: Path | None = None) -> tuple[Record, ...]:
    """The independent records of that file, in its order; without a path, ours. Raises `TimelineError`."""
    document = read_document(path or FOLDER / "records.toml", TimelineError)
    document.only("sources", "record")
    sources = read_sources(document)
    return tuple(_record(table, sources) for table in document.tables("record"))


def _claim(table: Table) -> Claim:
    claim_id = table.text("id")
    table = table.named("claim", claim_id)
    table.only(
        *("id", "platforms", "says", "start", "end", "precision", "line"),
        *("standing", "passing", "some", "contradicts", "notes"),
    )
    start, end = table.day("start"), table.day("end")
    if start is None or end is None or end < start:
        raise table.refuse("needs a start and an end that is not before it; write both as days.")
    for key in ("standing", "line"):
        if key not in table.values:
            raise table.refuse(f"{key!r} is missing; without it the claim cannot be judged or cited.")
    platforms, some = table.texts("platforms"), table.flag("some", default=False)
    if some and len(platforms) == 1:
        raise table.refuse("says 'some' of a single platform; name the others, or leave 'some' out.")
    return Claim(
        claim_id=claim_id,
        platforms=platforms,
        says=Says(table.choice("says", tuple(Says))),
        start=start,
        end=end,
        precision=table.choice("precision", PRECISIONS),
        line=table.number("line"),
        standing=table.flag("standing", default=False),
        passing=table.flag("passing", default=False),
        some=some,
        contradicts=table.texts("contradicts", required=False),
        notes=table.text("notes", ""),
    )


def _check_contradictions(document: Table, claims: Sequence[Claim]) -> None:
    by_id = {claim.claim_id: claim for claim in claims}
    for claim in claims:
        for other in claim.contradicts:
            if other not in by_id:
                raise document.refuse(
                    f"claim {claim.claim_id} contradicts {other!r}, which is no claim; correct the id."
                )
            if claim.claim_id not in by_id[other].contradicts:
                raise document.refuse(
                    f"claim {claim.claim_id} contradicts {other!r} and not the reverse; say it in both."
                )


def _record(table: Table, sources: dict[str, str]) -> Record:
    table.only("platforms", "scope", "state", "start", "end", "ending", "precision", "how", "source")
    start, end = table.moment("start"), table.moment("end")
    ending = table.choice("ending", tuple(ENDINGS), "dated")
    if start is None:
        raise table.refuse("has no start; write it as a day.")
    if ENDINGS[ending] != (end is not None):
        raise table.refuse('end and ending do not fit; give an end, or ending = "none_found" or "unknown".')
    first, last = _first_instant(start), None if end is None else _last_instant(end)
    if last is not None and last < first:
        raise table.refuse("ends before it starts; exchange the two.")
    return Record(
        platforms=table.texts("platforms"),
        scope=table.text("scope"),
        state=table.choice("state", STATES),
        start=first,
        end=last,
        ending=ending,
        precision=table.text("precision"),
        how=table.text("how", ""),
        sources={key: sources[key] for key in table.sources("source", sources)},
    )


def _first_instant(moment: date | datetime) -> datetime:
    return moment.astimezone(UTC) if isinstance(moment, datetime) else datetime.combine(moment, time.min, UTC)


def _last_instant(moment: date | datetime) -> datetime:
    return moment.astimezone(UTC) if isinstance(moment, datetime) else datetime.combine(moment, time.max, UTC)
