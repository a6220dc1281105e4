"""The results as tables: verdicts counted by platform, target, day or mechanism, and the sweeps themselves."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from agent.report.frames import frame_of
from agent.report.output import Trimmed, console
from agent.report.selection import Filter
from agent.report.terminal import GRAVE_FIRST
from agent.report.visible import visible
from agent.store.cells import decode_text, encode_text
from agent.verdict.records import State

STATES = [str(state) for state in State]
SWEEP_COLUMNS = [
    *("sweep_id", "started_at", "outcome", "vantage_country", "vantage_asn", "vantage_state"),
    *("endpoints_measured", "endpoints_planned", "observations"),
]
#: Columns that a terminal need not show: they are in --csv and --json.
LEFT_TO_CSV = ["started_at", "vantage_country", "vantage_asn", "last_seen"]
#: Columns that are left out first where the terminal has no room, in this order.
FIRST_TO_GO = (
    *("observations", "endpoints_planned", "endpoints_measured", "vantage_state"),
    *("first_seen", "platforms", "mechanisms", "last_state", "n"),
)
#: What is not plain from a column's title.
FOOTNOTES = {"found": "found: the states it was judged to be in, and how often.", "n": "n: verdicts."}
#: Columns of a cell that lists platforms.
PLATFORMS_COLUMNS = 24
#: Wider than any table.
UNBOUNDED = 10_000


def review(folder: Path, by: str, wanted: Filter) -> pd.DataFrame:
    """One table of BY, with the same columns whatever is in it; counts of each state, and `n`, their sum.

    No text in it can act as a formula or on a terminal, whoever wrote the files. Raises `StoreError` for a file that
    cannot be read.
    """
    sweeps = frame_of(folder, "sweeps")
    sweeps = sweeps[sweeps["stage"] == wanted.stage]
    if by == "sweep":
        return inert(_in_time(sweeps, "started_at", wanted)[SWEEP_COLUMNS].reset_index(drop=True))
    verdicts = frame_of(folder, "verdicts")
    verdicts = verdicts[verdicts["sweep_id"].isin(sweeps["sweep_id"])]
    verdicts = _in_time(verdicts, "observed_at", wanted)
    verdicts = verdicts[verdicts["level"] == ("target" if by == "target" else "platform")]
    if wanted.platforms:
        verdicts = verdicts[verdicts["platform"].isin(wanted.platforms)]
    if wanted.states:
        verdicts = verdicts[verdicts["state"].isin(wanted.states)]
    tables = {"mechanism": _by_mechanism, "day": _by_day}
    return inert(tables[by](verdicts) if by in tables else _by_thing(verdicts, by))


def inert(table: pd.DataFrame) -> pd.DataFrame:
    """The table with every text as the store would have written it. What the store did write stays as it is."""
    texts = [name for name in table.columns if table[name].dtype in ("string", "object")]
    return table.assign(**{name: table[name].map(_inert_cell, na_action="ignore") for name in texts})


def _inert_cell(cell: str) -> str:
    try:
        written_by_us = encode_text(decode_text(cell)) == cell
    except ValueError:
        written_by_us = False
    return cell if written_by_us else encode_text(cell)


def _in_time(frame: pd.DataFrame, column: str, wanted: Filter) -> pd.DataFrame:
    if wanted.since is not None:
        frame = frame[frame[column] >= wanted.since]
    return frame[frame[column] < wanted.until] if wanted.until is not None else frame


def _by_thing(verdicts: pd.DataFrame, by: str) -> pd.DataFrame:
    """Each platform or target: counts of its states, the last state and when it was seen; the gravest come first."""
    table = _counts(verdicts, [by])
    # Not groupby().last(), which takes the last that is not missing: an open platform would keep its old mechanism.
    last = verdicts.sort_values("observed_at", kind="stable").drop_duplicates(by, keep="last").set_index(by)
    table = table.assign(
        last_state=last["state"].astype("string"),
        last_seen=_minutes(last["observed_at"]),
        mechanisms=last["mechanisms"].fillna(""),
    )
    gravity = table["last_state"].map([str(state) for state in GRAVE_FIRST].index)
    order = gravity.astype("int64").sort_values(kind="stable").index
    return table.loc[order].reset_index()


def _by_day(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Each day, UTC, and platform: counts of its states."""
    days = verdicts["observed_at"].dt.strftime("%Y-%m-%d").astype("string")
    return _counts(verdicts.assign(day=days), ["day", "platform"]).reset_index()


def _counts(verdicts: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """How many verdicts of each state, and `n`, by `keys`."""
    states = verdicts["state"].astype("string")
    counted = verdicts[keys].assign(**{state: (states == state).astype("int64") for state in STATES}, n=1)
    return counted.groupby(keys, observed=True).sum().astype("int64")


def _by_mechanism(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Each mechanism: how many verdicts name it, on which platforms, first and last; the commonest come first."""
    each = verdicts.assign(mechanism=verdicts["mechanisms"].str.split(" ")).explode("mechanism")
    each = each[each["mechanism"].notna()]
    table = each.groupby("mechanism").agg(
        n=("verdict_id", "count"),
        platforms=("platform", lambda names: " ".join(sorted(set(names)))),
        first_seen=("observed_at", "min"),
        last_seen=("observed_at", "max"),
    )
    seen = {column: _minutes(table[column]) for column in ("first_seen", "last_seen")}
    return table.assign(**seen).sort_values("n", ascending=False, kind="stable").reset_index()


def _minutes(moments: pd.Series) -> pd.Series:
    return pd.to_datetime(moments, utc=True).dt.strftime("%Y-%m-%d %H:%M").astype("string")


def show(frame: pd.DataFrame) -> None:
    """The frame at the terminal's width: the states' counts stand in one column, and what cannot fit is left to CSV.

    Where room is short, texts are folded between words, then columns are left out. An id or a word is never cut.
    """
    shown = frame.drop(columns=[*LEFT_TO_CSV, *(STATES if "target" in frame.columns else ())], errors="ignore")
    if set(STATES) <= set(shown.columns):  # not for targets: their names are long, and leave no room
        shown = _with_found(shown)
    out = console()
    table, left_out = _fitting(shown, out)
    out.print(Trimmed(table))
    notes = [FOOTNOTES[name] for name in FOOTNOTES if name in shown.columns and name not in left_out]
    if left_out:
        notes.append(f"No room for {', '.join(map(_words, left_out))}: --csv has every column.")
    out.say(" ".join([f"{len(frame)} row{'' if len(frame) == 1 else 's'}.", *notes, "Times are UTC."]))


def _fitting(frame: pd.DataFrame, out: Console) -> tuple[Table, list[str]]:
    """The first table that fits the terminal, and the columns that it leaves out."""
    present = [name for name in FIRST_TO_GO if name in frame.columns]
    for gone in range(len(present) + 1):
        shown = frame.drop(columns=present[:gone])
        for folded in (False, True):
            table = _table(shown, folded=folded)
            if out.measure(table, options=out.options.update(max_width=UNBOUNDED)).maximum <= out.width:
                return table, present[:gone]
    for column in table.columns:  # one word alone is wider than the terminal
        column.no_wrap = False
    return table, present


def _table(frame: pd.DataFrame, *, folded: bool) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in frame.columns:
        numbers = frame[name].dtype.kind in "iu"
        title = str(name).replace("_", "\n")
        table.add_column(title, justify="right" if numbers else "left", no_wrap=True, overflow="fold")
    for row in frame.to_dict("records"):
        cells = [_cell(str(name), value) for name, value in row.items()]
        table.add_row(*(cell.replace(" ", "\n") for cell in cells) if folded else cells)
    return table


def _with_found(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with one column `found` in place of the counts, such as "blocked 2/3" and "ok 1/3", commonest first."""

    def found(row: pd.Series) -> str:
        counts = sorted(((row[state], state) for state in STATES if row[state]), key=lambda pair: -pair[0])
        return "\n".join(f"{_words(state)} {count}/{row['n']}" for count, state in counts)

    columns = frame.drop(columns=[*STATES, "n"])
    found_at = 1 if "last_state" in frame.columns else len(columns.columns)
    columns.insert(found_at, "found", frame.apply(found, axis=1))
    return columns


def _cell(name: str, value: object) -> str:
    if value is None or value is pd.NA:
        return ""
    if name == "found":
        return str(value)
    text = visible(str(value))
    if name == "mechanisms":
        return text.replace(" ", "\n")
    if name == "platforms":
        return textwrap.fill(text, PLATFORMS_COLUMNS, break_long_words=False)
    return _words(text) if name in ("last_state", "outcome", "vantage_state") else text


def _words(name: str) -> str:
    return name.replace("_", " ")
