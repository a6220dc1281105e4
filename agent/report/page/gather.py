"""Gathers a report's facts from a results folder."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

import agent
from agent.catalog import load_catalog
from agent.language import N_
from agent.records import IMPORTED_STAGE
from agent.report.page.days import months_of
from agent.report.page.facts import Month, Place, Report, Subject, Versions
from agent.report.page.files import files_of
from agent.report.page.now import now_of
from agent.report.results import Results, findings_in, results_of
from agent.store.cells import decode_text
from agent.timeline.compare import compare, named_in
from agent.timeline.events import events_of
from agent.timeline.evidence import sift
from agent.timeline.lanes import lanes_of
from agent.timeline.load import load_claims, load_records
from agent.timeline.records import Event, Finding

#: Bounds that keep a report within its megabyte, whatever is in the folder. A year of the whole catalog from one
#: vantage point has 4,464 cells.
CELLS_MAX, PLATFORMS_MAX, PLACES_MAX, EVENTS_MAX = 6_000, 30, 12, 60
#: What tells vantage points apart; the order is that of `Finding.vantage`.
VANTAGE = ["vantage_id", "vantage_country", "vantage_asn", "vantage_label"]
READING, CHANGES, COMPARING, HASHING = (
    N_("reading the rows"),
    N_("looking for changes"),
    N_("comparing with the document"),
    N_("hashing the files"),
)


def gather(
    folder: Path,
    *,
    stage: str,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    on_step: Callable[[str], None] = lambda step: None,
) -> Report | None:
    """The facts of the folder's rows of one stage; None: there is no sweep of it in that time.

    `now` is when the report is made, UTC. `on_step` gets what is being done, a text to be translated. Raises
    `StoreError` for a file that cannot be read.
    """
    on_step(READING)
    results = results_of(folder, stage=stage, since=since, until=until, now=now)
    if results.sweeps.empty:
        return None
    findings = findings_in(results)
    on_step(CHANGES)
    events = events_of(findings, stage=stage)
    titles = {platform.key: platform.title for platform in load_catalog().platforms}
    looks = Counter(finding.platform for finding in findings)
    shown = _shown(titles, looks)
    # Others visit what they choose to: what they passed over is no gap in their looking.
    expected = frozenset(titles if stage != IMPORTED_STAGE else ())
    places = _places(results.sweeps, findings, events, shown, expected, now)
    if since is not None:
        places = [replace(place, now=tuple(replace(one, is_cut=True) for one in place.now)) for place in places]
    on_step(COMPARING)
    subjects = _subjects(findings, titles, stage=stage, now=now)
    on_step(HASHING)
    return Report(
        made_at=now,
        stage=stage,
        since=since,
        until=until,
        sweeps=len(results.sweeps),
        titles=titles,
        places=tuple(places[:PLACES_MAX]),
        subjects=subjects,
        files=files_of(folder, since=since, until=until),
        versions=_versions(results),
        left_out=results.left_out,
        platforms_not_shown=len(set(looks) - set(shown)),
        places_not_shown=len(places[PLACES_MAX:]),
        sources={key: address for record in load_records() for key, address in record.sources.items()},
    )


def _shown(titles: Iterable[str], looks: Counter[str]) -> list[str]:
    """The catalog's platforms, in its order, then others that were looked at, the commonest first."""
    others = sorted(set(looks) - set(titles), key=lambda name: (-looks[name], name))
    return [*titles, *others][:PLATFORMS_MAX]


def _places(
    sweeps: pd.DataFrame,
    findings: Sequence[Finding],
    events: Iterable[Event],
    shown: Sequence[str],
    expected: frozenset[str],
    now: datetime,
) -> list[Place]:
    """The vantage points, the one that looked most often first. Each lists what is `shown`, if it was looked at from
    there or is `expected` to be."""
    seen, happened = defaultdict(list), defaultdict(list)
    for finding in findings:
        seen[finding.vantage].append(finding)
    for event in events:
        happened[event.vantage].append(event)
    named = sweeps[VANTAGE].astype("string").fillna("").map(_as_typed)
    groups = {
        tuple(map(str, keys)): group for keys, group in sweeps.groupby([named[name] for name in VANTAGE], sort=False)
    }
    order = sorted(groups, key=lambda vantage: (-len(groups[vantage]), vantage))
    places, cells = [], 0
    for vantage in order:
        place = _place(vantage, groups[vantage], seen[vantage], happened[vantage], shown, expected, now)
        months = _within(place.calendar, CELLS_MAX - cells)
        cells += sum(map(_cells, months))
        places.append(replace(place, calendar=months, months_not_shown=len(place.calendar) - len(months)))
    return places


def _place(
    vantage: tuple[str, ...],
    sweeps: pd.DataFrame,
    findings: Sequence[Finding],
    events: Sequence[Event],
    shown: Sequence[str],
    expected: frozenset[str],
    now: datetime,
) -> Place:
    looks, changes = defaultdict(list), defaultdict(list)
    for finding in findings:
        looks[finding.platform].append(finding)
    for event in events:
        changes[event.platform].append(event)
    listed = [name for name in shown if name in looks or name in expected]
    first_at, last_at = sweeps["started_at"].min().to_pydatetime(), sweeps["started_at"].max().to_pydatetime()
    vantage_id, country, asn, label = vantage
    lines = Counter(str(state) for state in sweeps["vantage_state"])
    return Place(
        vantage_id=vantage_id,
        country=country,
        asn=int(asn) if asn else None,
        label=label,
        sweeps=len(sweeps),
        first_at=first_at,
        last_at=last_at,
        age_days=(now - last_at).days,
        lines=dict(lines.most_common()),
        now=tuple(now_of(name, looks[name], changes[name], newest_at=last_at) for name in listed),
        calendar=months_of(findings, (moment.to_pydatetime() for moment in sweeps["started_at"]), listed),
        events=tuple(reversed(events[-EVENTS_MAX:])),
        events_not_shown=len(events[:-EVENTS_MAX]),
    )


def _as_typed(cell: str) -> str:
    """What its user typed, of what a file holds; a cell that the store did not write stays as it stands."""
    try:
        return decode_text(cell)
    except ValueError:
        return cell


def _within(months: Sequence[Month], cells: int) -> tuple[Month, ...]:
    """The newest months that have at most so many cells together."""
    kept: list[Month] = []
    for month in months:
        cells -= _cells(month)
        if cells < 0:
            break
        kept.append(month)
    return tuple(kept)


def _cells(month: Month) -> int:
    return month.days * len(month.rows)


def _subjects(
    findings: Sequence[Finding], titles: Mapping[str, str], *, stage: str, now: datetime
) -> tuple[Subject, ...]:
    """The catalog's platforms, each with what the document and the records say of it."""
    claims, records, today = load_claims(), load_records(), now.date()
    sifted = sift(findings, [*titles, *named_in(claims)], records=records, today=today)
    agreements = compare(claims, records, sifted, stage=stage, today=today)
    last_words = {row.platforms[0]: row for row in agreements if row.level == "platform"}
    found = {row.claim_id: row for row in agreements if row.level == "claim"}
    lanes = lanes_of(claims, records, sifted, today=today)
    subjects = []
    for key, title in titles.items():
        said = tuple(claim for claim in claims if key in claim.platforms)
        subject = Subject(
            platform=key,
            title=title,
            last_word=last_words.get(key),
            claims=said,
            agreements=tuple(found[claim.claim_id] for claim in said),
            records=tuple(record for record in records if record.concerns(key)),
            lanes=lanes.get(key),
        )
        subjects.append(subject)
    return tuple(subjects)


def _versions(results: Results) -> Versions:
    return Versions(
        agents=tuple(sorted(set(results.sweeps["agent_version"].dropna()))),
        catalogs=tuple(sorted(set(results.sweeps["catalog_version"].dropna()))),
        rulesets=tuple(sorted({int(version) for version in results.verdicts["ruleset_version"].dropna()})),
        reporter=agent.__version__,
    )


def utc_now() -> datetime:
    """The moment, without what a report does not show of it."""
    return datetime.now(UTC).replace(microsecond=0)
