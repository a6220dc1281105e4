"""One platform, target, sweep, verdict or observation, as a table of what lies below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from agent.report.results import Results
from agent.report.review.places import Place
from agent.report.review.tables import VANTAGE, numbered, placed
from agent.report.selection import Filter
from agent.store.schema import encode_row, header
from probes.observation import Observation

#: A verdict's row on a page, newest first.
VERDICT_COLUMNS = [
    *("observed_at", "level", "platform", "target", "state", "mechanisms", "throttle_ratio", "rule_ids", "tries"),
    *("because", "sweep_id", "verdict_id", *VANTAGE),
]


def verdicts_of(results: Results, place: Place, wanted: Filter) -> pd.DataFrame:
    """The verdicts on a platform and its targets, on a target, or of a sweep; newest first, a platform's before its
    targets'. Their texts stand as in the files: `inert` is for whoever shows them."""
    verdicts = results.verdicts
    column = "sweep_id" if place.kind == "sweep" else place.kind
    found = verdicts[verdicts[column] == place.name]
    if wanted.states:
        found = found[found["state"].isin(wanted.states)]
    found = found.sort_values(["observed_at", "platform", "level", "target"], ascending=[False, True, True, True])
    table = placed(numbered(found, results.sweeps), results.sweeps, behind=len(found.columns))
    return table[VERDICT_COLUMNS].reset_index(drop=True)


def newest(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Each target's newest verdict, of each vantage point; of these verdicts, which are newest first."""
    targets = verdicts[verdicts["level"] == "target"]
    return targets.drop_duplicates(["target", *VANTAGE]).sort_values("target", kind="stable").reset_index(drop=True)


def observation_rows(rows: Iterable[Observation]) -> pd.DataFrame:
    """Observations with every column as the store writes it, all text."""
    names = header("observations")[:-1]
    return pd.DataFrame([encode_row(row) for row in rows], columns=list(names), dtype="string")


def of_verdict(rows: Sequence[Observation], verdict: pd.Series) -> list[Observation]:
    """The observations that a verdict is about, in order of time: of its target, or of all its platform's."""
    target = verdict["target"]
    mine = [
        row
        for row in rows
        if row.purpose == "target"
        and (row.platform == verdict["platform"] if pd.isna(target) else row.target == target)
    ]
    return sorted(mine, key=lambda row: (row.observed_at, row.observation_id))
