"""What a comparison is made of, read from a folder: findings, where they come from, and what was left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.compute as pc  # type: ignore[import-untyped]

from agent.report.results import OF_FINDING, findings_in, left_out_sentences, results_of
from agent.timeline.origin import Origin
from agent.timeline.records import Finding
from agent.timeline.voices import NOT_STATED, networks, vantage_points


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The platforms' verdicts of one stage, and what is to be said of them."""

    findings: list[Finding]
    origin: Origin
    left_out: list[str]


def sources_of(folder: Path, *, stage: str) -> Sources | None:
    """What a folder holds of one stage; None where it holds no sweep of it."""
    results = results_of(folder, stage=stage, columns=(*OF_FINDING, "ruleset_version"))
    sweeps, verdicts = results.sweep_rows, results.verdict_rows
    if not len(sweeps):
        return None
    findings = findings_in(results)
    # As days: Arrow loads pandas to make a moment of its own one of Python's.
    first, last = (sweeps["started_at"][place].cast(pa.date32()).as_py() for place in (0, -1))
    origin = Origin(
        stage=stage,
        sweeps=len(sweeps),
        first_day=first,
        last_day=last,
        countries=_distinct(sweeps["vantage_country"]),
        rulesets=tuple(sorted(pc.unique(verdicts["ruleset_version"]).drop_null().to_pylist())),
        catalogs=_distinct(sweeps["catalog_version"]),
        made_on=date.max,
        vantage_points=vantage_points(findings),
        networks=len(set(networks(findings)) - {NOT_STATED}),
    )
    return Sources(findings=findings, origin=origin, left_out=left_out_sentences(results))


def _distinct(cells: pa.ChunkedArray) -> tuple[str, ...]:
    return tuple(sorted({cell or "" for cell in pc.unique(cells).to_pylist()}))
