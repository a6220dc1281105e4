"""What a comparison is made of, read from a folder: findings, where they come from, and what was left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

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
    sweeps, verdicts = results.sweeps, results.verdicts
    if sweeps.empty:
        return None
    findings = findings_in(results)
    days = sweeps["started_at"].dropna().dt.date
    origin = Origin(
        stage=stage,
        sweeps=len(sweeps),
        first_day=days.min(),
        last_day=days.max(),
        countries=_distinct(sweeps["vantage_country"]),
        rulesets=tuple(sorted({int(version) for version in verdicts["ruleset_version"].dropna().unique()})),
        catalogs=_distinct(sweeps["catalog_version"]),
        made_on=date.max,
        vantage_points=vantage_points(findings),
        networks=len(set(networks(findings)) - {NOT_STATED}),
    )
    return Sources(findings=findings, origin=origin, left_out=left_out_sentences(results))


def _distinct(cells: pd.Series) -> tuple[str, ...]:
    return tuple(sorted({"" if pd.isna(cell) else str(cell) for cell in cells.unique()}))
