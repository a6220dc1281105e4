"""The results as tables: verdicts counted by platform, target, day or mechanism, and the sweeps themselves."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.table import Table

from agent.report.frames import load
from agent.report.terminal import console
from agent.verdict.records import State
from agent.verdict.selection import Filter

#: What a row of a review may be, and the columns that make it.
BY = ("platform", "target", "day", "mechanism", "sweep")
SWEEP_COLUMNS = [
    *("sweep_id", "started_at", "outcome", "vantage_country", "vantage_asn", "vantage_state"),
    *("endpoints_measured", "endpoints_planned", "observations"),
]


#: Columns that a terminal need not show: they are in --csv and --json.
LEFT_TO_CSV = ["started_at", "vantage_country", "vantage_asn", "last_seen"]


def review(folder: Path, by: str, wanted: Filter) -> pd.DataFrame:
    """One table of BY. Counts of each state stand in columns of their own, `n` is their sum.

    Raises `StoreError` for a file that cannot be read.
    """
    sweeps = load(folder, "sweeps")
    sweeps = sweeps[sweeps["stage"] == wanted.stage]
    if by == "sweep":
        return _in_time(sweeps, "started_at", wanted)[SWEEP_COLUMNS].reset_index(drop=True)
    verdicts = load(folder, "verdicts")
    verdicts = verdicts[verdicts["sweep_id"].isin(sweeps["sweep_id"])]
    verdicts = _in_time(verdicts, "observed_at", wanted)
    verdicts = verdicts[verdicts["level"] == ("target" if by == "target" else "platform")]
    if wanted.platforms:
        verdicts = verdicts[verdicts["platform"].isin(wanted.platforms)]
    if wanted.states:
        verdicts = verdicts[verdicts["state"].isin(wanted.states)]
    return _by_mechanism(verdicts) if by == "mechanism" else _by_thing(verdicts, by)


def _in_time(frame: pd.DataFrame, column: str, wanted: Filter) -> pd.DataFrame:
    if wanted.since is not None:
        frame = frame[frame[column] >= wanted.since]
    return frame[frame[column] < wanted.until] if wanted.until is not None else frame


def _by_thing(verdicts: pd.DataFrame, by: str) -> pd.DataFrame:
    """Counts of states by platform or target, with the last state and when it was seen; or by day and platform."""
    keys = ["day", "platform"] if by == "day" else [by]
    verdicts = verdicts.assign(day=verdicts["observed_at"].dt.strftime("%Y-%m-%d").astype("string"))
    counts = pd.crosstab([verdicts[key] for key in keys], verdicts["state"].astype("string"))
    states = [str(state) for state in State if str(state) in counts.columns]
    table = counts[states].assign(n=counts.sum(axis=1)) if states else counts
    if by != "day" and not verdicts.empty:
        last = verdicts.sort_values("observed_at").groupby(by, observed=True).last()
        table = table.assign(
            last_state=last["state"].astype("string"),
            last_seen=last["observed_at"].dt.strftime("%Y-%m-%d %H:%M"),
            mechanisms=last["mechanisms"].fillna(""),
        )
    return table.reset_index().rename_axis(columns=None)


def _by_mechanism(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Each mechanism: how many verdicts name it, on which platforms, first and last."""
    each = verdicts.assign(mechanism=verdicts["mechanisms"].str.split(" ")).explode("mechanism")
    each = each[each["mechanism"].notna()]
    table = each.groupby("mechanism").agg(
        n=("verdict_id", "count"),
        platforms=("platform", lambda names: " ".join(sorted(set(names)))),
        first_seen=("observed_at", "min"),
        last_seen=("observed_at", "max"),
    )
    for column in ("first_seen", "last_seen"):
        table[column] = pd.to_datetime(table[column], utc=True).dt.strftime("%Y-%m-%d %H:%M")
    return table.reset_index()


def show(frame: pd.DataFrame) -> None:
    """The frame at the terminal's width: mechanisms fold when it is narrow, and what cannot fit is left to CSV."""
    counts = [str(state) for state in State] if "target" in frame.columns else []  # names of targets are long
    shown = frame.drop(columns=[*LEFT_TO_CSV, *counts], errors="ignore")
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in shown.columns:
        title, numbers = str(name).replace("_", "\n"), shown[name].dtype.kind in "iu"
        table.add_column(title, justify="right" if numbers else "left", no_wrap=name != "mechanisms", overflow="fold")
    for row in shown.to_dict("records"):
        table.add_row(*(_cell(str(name), value) for name, value in row.items()))
    console().print(table)
    print(f"{len(frame)} rows. n counts the verdicts of a row; the states' columns say how many were so.")


def _cell(name: str, value: object) -> str:
    if value is None or value is pd.NA:
        return ""
    return str(value).replace(" ", "\n") if name == "mechanisms" else str(value)
