"""What a results folder holds of one stage, as frames and as findings: where every command that reads results begins.

It forgives what a folder goes through in a year: rows that cannot be read, or that cannot count, are left out, each
with its reason. Nothing is left out in silence; `left_out_sentences` says it to people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.compute as pc  # type: ignore[import-untyped]

from agent.report.findings import OF_FINDING as OF_FINDING
from agent.report.findings import findings_of_rows
from agent.report.left_out import LeftOut as LeftOut
from agent.report.left_out import sentences_of
from agent.report.months import arrow_types, sound_month
from agent.report.sound import (
    SweepIds,
    at_possible_times,
    each_once,
    having,
    of_its_month,
    of_known_sweeps,
    told_faults,
    unjudged,
)
from agent.store.lines import month_of, months_on_disk
from agent.timeline.records import Finding

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Results:
    """The rows of one stage, as tables of Arrow and, for who asks for them, as frames of pandas."""

    sweep_rows: pa.Table
    verdict_rows: pa.Table
    #: Rows of any stage that count nowhere, in the months that were read.
    left_out: tuple[LeftOut, ...] = ()

    @cached_property
    def sweeps(self) -> pd.DataFrame:
        """With the columns and types of `agent.report.frames.load`."""
        return _framed(self.sweep_rows, "sweeps")

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """With the columns and types of `agent.report.frames.load`."""
        return _framed(self.verdict_rows, "verdicts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Between which moments sweeps are looked for, in UTC: Arrow compares no others with its own."""

    since: datetime | None
    until: datetime | None

    def __contains__(self, month: str) -> bool:
        """Whether rows of that month can be between them."""
        return not ((self.since and month < month_of(self.since)) or (self.until and month > month_of(self.until)))

    def of(self, rows: pa.Table, column: str) -> pa.Table:
        """The rows whose moment is between them."""
        since = rows.filter(pc.greater_equal(rows[column], self.since)) if self.since else rows
        return since.filter(pc.less(since[column], self.until)) if self.until else since


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

    `now`: what is dated later than a day after it is left out; None leaves the future to the caller. `columns`: of the
    verdicts at least these, which is quicker than all; none stands for all. Raises `StoreError` naming a file that is
    none of ours or cannot be opened.
    """
    in_utc = Span(since=since and since.astimezone(UTC), until=until and until.astimezone(UTC))
    return _read(folder, stage, in_utc, now, columns)


def findings_of(folder: Path, *, stage: str = "internet", now: datetime | None = None) -> list[Finding]:
    """A finding for each platform's verdict of the stage, in order of time. Raises like `results_of`."""
    return findings_in(_read(folder, stage, Span(since=None, until=None), now, OF_FINDING))


def findings_in(results: Results) -> list[Finding]:
    """A finding for each platform's verdict in these results, in order of time."""
    return findings_of_rows(results.sweep_rows, results.verdict_rows)


def left_out_sentences(results: Results) -> list[str]:
    """What was left out of these results and why, a sentence for each file and reason, in the reader's language."""
    return sentences_of(results.left_out)


def _framed(rows: pa.Table, table: str) -> pd.DataFrame:
    from agent.report.frames import framed  # pandas, which takes as long to load as a month's rows: only now

    return framed([rows], table)


def _read(folder: Path, stage: str, span: Span, now: datetime | None, names: Sequence[str]) -> Results:
    """The results, with the columns `names` of the verdicts alone, where given."""
    all_sweeps, left = _months(folder, "sweeps", lambda month: True)
    known, doubles = each_once(all_sweeps, "sweeps", "sweep_id")
    possible, doubtful = at_possible_times(known, now)
    sweeps = _in_time(span.of(having(possible, "stage", stage), "started_at"), "started_at")
    ids = SweepIds(
        wanted=frozenset(sweeps["sweep_id"].to_pylist()),
        known=frozenset(possible["sweep_id"].to_pylist()),
        written=frozenset(all_sweeps["sweep_id"].to_pylist()),
    )
    read, unread = _months(folder, "verdicts", span.__contains__, names, ids)
    verdicts, again = each_once(read, "verdicts", "verdict_id")
    if again and names:  # which of them say the same is told by all their columns
        return _read(folder, stage, span, now, ())
    left_out = (*left, *doubles, *doubtful, *unread, *again, *unjudged(ids, verdicts))
    return Results(sweep_rows=sweeps, verdict_rows=_in_time(verdicts, "observed_at"), left_out=left_out)


def _months(
    folder: Path,
    table: str,
    are_wanted: Callable[[str], bool],
    names: Sequence[str] = (),
    ids: SweepIds | None = None,
) -> tuple[pa.Table, list[LeftOut]]:
    """The rows of all months that can count, as far as each month's file can tell."""
    tables, left = [], []
    for month, path in months_on_disk(folder, table):
        if not are_wanted(month):
            continue
        rows, faults = sound_month(path, table, names)
        rows, of_others = of_its_month(rows, table, path, month)
        rows, of_none = (rows, []) if ids is None else of_known_sweeps(rows, path, ids)
        tables.append(rows)
        left += [*told_faults(path, faults), *of_others, *of_none]
    if not tables:
        return pa.schema(list(arrow_types(table).items())).empty_table(), left
    return pa.concat_tables(tables).unify_dictionaries(), left


def _in_time(rows: pa.Table, column: str) -> pa.Table:
    """In order of time; files that were put together by hand may not be."""
    moments = rows[column]
    if pc.all(pc.less_equal(moments[:-1], moments[1:])).as_py() is not False:
        return rows
    return rows.take(pc.sort_indices(moments))
