"""What a results folder holds of one stage, as frames and as findings: where every command that reads results begins.

It forgives what a folder goes through in a year: rows that cannot be read, or that cannot count, are left out, each
with its reason. Nothing is left out in silence; `left_out_sentences` says it to people.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types

from agent.records import VantageState
from agent.report.frames import framed
from agent.report.left_out import LeftOut as LeftOut
from agent.report.left_out import sentences_of
from agent.report.months import sound_month
from agent.report.sound import SweepIds, at_possible_times, each_once, of_its_month, of_known_sweeps, told_faults
from agent.store.cells import decode_list, decode_text
from agent.store.lines import month_of, months_on_disk
from agent.timeline.records import Finding
from agent.verdict.records import State

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Columns of a verdict that a finding is made of, for who wants findings alone.
OF_FINDING = ("sweep_id", "verdict_id", "observed_at", "level", "platform", "state", "mechanisms")


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The rows of one stage."""

    sweeps: pd.DataFrame
    verdicts: pd.DataFrame
    #: Rows of any stage that count nowhere, in the months that were read.
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Between which moments sweeps are looked for."""

    since: datetime | None
    until: datetime | None

    def __contains__(self, month: str) -> bool:
        """Whether rows of that month can be between them."""
        return not ((self.since and month < month_of(self.since)) or (self.until and month > month_of(self.until)))

    def hold(self, moments: pd.Series) -> pd.Series:
        """Of each moment whether it is between them."""
        since = moments >= self.since if self.since else moments.notna()
        return since & (moments < self.until) if self.until else since


def results_of(
    folder: Path,
    *,
    stage: str = "internet",
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
    columns: Sequence[str] = (),
) -> Results:
    """The sweeps of a stage, begun from `since` to before `until`, and their verdicts, in order of time.

    The frames have the columns and types of `agent.report.frames.load`. `now`: what is dated later than a day after it
    is left out; None leaves the future to the caller. `columns`: of the verdicts at least these, which is quicker than
    all; none stands for all. Raises `StoreError` naming a file that is none of ours or cannot be opened.
    """
    return _read(folder, stage, Span(since=since, until=until), now, columns)


def findings_of(folder: Path, *, stage: str = "internet", now: datetime | None = None) -> list[Finding]:
    """A finding for each platform's verdict of the stage, in order of time. Raises like `results_of`."""
    return findings_in(_read(folder, stage, Span(since=None, until=None), now, OF_FINDING))


def left_out_sentences(results: Results) -> list[str]:
    """What was left out of these results and why, a sentence for each file and reason, in the reader's language."""
    return sentences_of(results.left_out)


def findings_in(results: Results) -> list[Finding]:
    """A finding for each platform's verdict in these results, in order of time."""
    of_sweep = dict(_of_sweeps(results.sweeps))
    verdicts = results.verdicts.loc[results.verdicts["level"] == "platform", list(OF_FINDING)]
    # Thousands of rows share a moment, a name or a list of mechanisms: each is made once.
    moments = _Once(lambda stamp_ms: EPOCH + timedelta(milliseconds=stamp_ms))
    states = {str(state): state for state in State}
    platforms, lists = _Once(_plain), _Once(_members)
    stamps_ms = verdicts.assign(observed_at=verdicts["observed_at"].dt.as_unit("ms").astype("int64"))
    columns = (stamps_ms[name].to_list() for name in OF_FINDING if name != "level")
    with _many_objects():
        found = [
            Finding(
                sweep_id=sweep_id,
                verdict_id=_plain(verdict_id),
                observed_at=moments[stamp_ms],
                platform=platforms[platform],
                state=states[state],
                mechanisms=lists[mechanisms],
                **of_sweep[sweep_id],
            )
            for sweep_id, verdict_id, stamp_ms, platform, state, mechanisms in zip(*columns, strict=True)
        ]
    return sorted(found, key=lambda one: (one.observed_at, one.verdict_id))


def _of_sweeps(sweeps: pd.DataFrame) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of each sweep's id, what a finding takes from its row."""
    columns = ("sweep_id", "outcome", "vantage_state", "vantage_id", "vantage_country", "vantage_asn", "vantage_label")
    for sweep_id, outcome, state, *place in zip(*(sweeps[name].to_list() for name in columns), strict=True):
        vantage = tuple("" if part is pd.NA else _plain(str(part)) for part in place)
        yield (
            sweep_id,
            {
                "vantage_state": VantageState(state),
                "country": vantage[1],
                "vantage": vantage,
                "complete": outcome == "complete",
            },
        )


class _Once(dict[Any, Any]):
    """What a function makes of a cell, made once for each."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self._make = make

    def __missing__(self, cell: Any) -> Any:
        self[cell] = self._make(cell)
        return self[cell]


def _plain(cell: Any) -> str:
    """The text in a cell; what the store did not write stays as it stands."""
    if cell is pd.NA:
        return ""
    try:
        return decode_text(cell)
    except ValueError:
        return str(cell)


def _members(cell: Any) -> tuple[str, ...]:
    if cell is pd.NA:
        return ()
    try:
        return decode_list(cell)
    except ValueError:
        return tuple(str(cell).split(" "))


@contextmanager
def _many_objects() -> Iterator[None]:
    """No search for garbage meanwhile: there is none, and it would go through all objects again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read(folder: Path, stage: str, span: Span, now: datetime | None, names: Sequence[str]) -> Results:
    """The results, with the columns `names` of the verdicts alone, where given."""
    all_sweeps, left = _months(folder, "sweeps", lambda month: True)
    known, doubles = each_once(framed(all_sweeps, "sweeps"), "sweeps", "sweep_id")
    possible, doubtful = at_possible_times(known, now)
    sweeps = _in_time(possible[(possible["stage"] == stage) & span.hold(possible["started_at"])], "started_at")
    ids = SweepIds(
        wanted=frozenset(sweeps["sweep_id"]),
        known=frozenset(possible["sweep_id"]),
        written=frozenset(sweep for month in all_sweeps for sweep in month["sweep_id"].to_pylist()),
    )
    read, unread = _months(folder, "verdicts", span.__contains__, names, ids)
    verdicts, again = each_once(framed(read, "verdicts"), "verdicts", "verdict_id")
    if again and names:  # which of them say the same is told by all their columns
        return _read(folder, stage, span, now, ())
    left_out = (*left, *doubles, *doubtful, *unread, *again)
    return Results(sweeps=sweeps, verdicts=_in_time(verdicts, "observed_at"), left_out=left_out)


def _months(
    folder: Path,
    table: str,
    are_wanted: Callable[[str], bool],
    names: Sequence[str] = (),
    ids: SweepIds | None = None,
) -> tuple[list[pa.Table], list[LeftOut]]:
    """The rows of each month's file that can count, as far as that file can tell."""
    tables, left = [], []
    for month, path in months_on_disk(folder, table):
        if not are_wanted(month):
            continue
        rows, faults = sound_month(path, table, names)
        rows, of_others = of_its_month(rows, table, path, month)
        rows, of_none = (rows, []) if ids is None else of_known_sweeps(rows, path, ids)
        tables.append(rows)
        left += [*told_faults(path, faults), *of_others, *of_none]
    return tables, left


def _in_time(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """In order of time; files that were put together by hand may not be."""
    in_order = frame if frame[column].is_monotonic_increasing else frame.sort_values(column, kind="stable")
    return in_order.reset_index(drop=True)
