"""Which rows count, of those that can be read: each once, of its file's month, of a known sweep, at a possible time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.compute as pc  # type: ignore[import-untyped]

from agent.records import IMPORTED_STAGE
from agent.report.left_out import LeftOut, Why
from agent.report.resaved import Fault
from agent.store.lines import file_name
from agent.store.schema import TIME_COLUMNS

#: Before this moment nobody can have measured with this program; a clock that says so was never set.
FIRST_POSSIBLE = datetime(2025, 1, 1, tzinfo=UTC)
#: How far a clock may be ahead of this computer's: time zones are no matter, but clocks of several volunteers are.
AHEAD_MAX = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepIds:
    """The sweeps of a folder by their ids."""

    #: Those that somebody asked for.
    wanted: frozenset[str]
    #: Those that count: the former, and those of other stages and times.
    known: frozenset[str]
    #: All that have a row.
    written: frozenset[str]

    def standing(self, sweep: str) -> bool | Why:
        """Whether a sweep's rows are wanted, or why they can count for nobody."""
        if sweep in self.known:
            return sweep in self.wanted
        return Why.SWEEP_LEFT_OUT if sweep in self.written else Why.NO_SWEEP


def told_faults(path: Path, faults: Iterable[Fault]) -> list[LeftOut]:
    """The lines of a file that cannot be read, by reason, with the first line of each."""
    counts, first = Counter[tuple[Why, str]](), dict[tuple[Why, str], int]()
    for line, why, detail in faults:
        counts[why, detail] += 1
        first.setdefault((why, detail), line)
    return [
        LeftOut(why=why, detail=detail, file=path.name, count=count, line=first[why, detail])
        for (why, detail), count in counts.items()
    ]


def of_its_month(rows: pa.Table, table: str, path: Path, month: str) -> tuple[pa.Table, list[LeftOut]]:
    """The rows whose moment lies in the month that the file is named for."""
    moments = rows[TIME_COLUMNS[table]]
    bounds = pc.min_max(moments).as_py()
    if all(moment is None or f"{moment.year:04d}-{moment.month:02d}" == month for moment in bounds.values()):
        return rows, []
    inside = pc.equal(pc.strftime(moments, format="%Y-%m"), month)
    count = len(rows) - pc.sum(inside).as_py()
    return rows.filter(inside), [LeftOut(why=Why.OTHER_MONTH, file=path.name, count=count)]


def of_known_sweeps(rows: pa.Table, path: Path, sweeps: SweepIds) -> tuple[pa.Table, list[LeftOut]]:
    """The rows of the sweeps that are wanted; of the others those that no sweep vouches for are told."""
    ids = rows["sweep_id"].combine_chunks().dictionary_encode()
    of_each = [sweeps.standing(sweep) for sweep in ids.dictionary.to_pylist()]
    if all(one is True for one in of_each):
        return rows, []
    counts = Counter(of_each[place] for place in ids.indices.to_pylist())
    left = [LeftOut(why=why, file=path.name, count=counts[why]) for why in Why if counts[why]]
    return rows.filter(pc.take(pa.array([one is True for one in of_each], pa.bool_()), ids.indices)), left


def each_once(frame: pd.DataFrame, table: str, key: str) -> tuple[pd.DataFrame, list[LeftOut]]:
    """One of the rows that say the same under one id, and none of those that say different things."""
    if not frame[key].duplicated().any():
        return frame, []
    content = [name for name in frame.columns if name != "chain"]
    again = frame.duplicated(content)
    once = frame[~again]
    unclear = once[key].duplicated(keep=False)
    left = _by_file(frame[again], table, Why.TWICE) + _by_file(once[unclear], table, Why.AMBIGUOUS)
    return once[~unclear], left


def at_possible_times(sweeps: pd.DataFrame, now: datetime | None) -> tuple[pd.DataFrame, list[LeftOut]]:
    """The sweeps whose clock can have been right. What others measured may be older than this program.

    Without `now` nothing is of the future.
    """
    begun, ended = sweeps["started_at"], sweeps["ended_at"]
    doubts = {
        Why.FUTURE: begun > (now + AHEAD_MAX if now else begun.max()),
        Why.BEFORE_US: (begun < FIRST_POSSIBLE) & (sweeps["stage"] != IMPORTED_STAGE),
        Why.SET_BACK: ended < begun,
    }
    left: list[LeftOut] = []
    for why, doubtful in doubts.items():
        concerned = doubtful.reindex(sweeps.index).fillna(False).astype(bool)
        left += _by_file(sweeps[concerned], "sweeps", why)
        sweeps = sweeps[~concerned]
    return sweeps, left


def _by_file(rows: pd.DataFrame, table: str, why: Why) -> list[LeftOut]:
    months = rows[TIME_COLUMNS[table]].dt.strftime("%Y-%m").value_counts(sort=False)
    return [LeftOut(why=why, file=file_name(table, month), count=int(count)) for month, count in months.items()]
