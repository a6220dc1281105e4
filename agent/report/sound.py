"""Which rows count, of those that can be read: each once, of its file's month, of a known sweep, at a possible time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.compute as pc  # type: ignore[import-untyped]

from agent.records import IMPORTED_STAGE
from agent.report.left_out import LeftOut, Why
from agent.report.resaved import Fault
from agent.store.lines import file_name
from agent.store.schema import TIME_COLUMNS


def _ms(moment: datetime) -> int:
    """A moment as its number in an Arrow table."""
    return round(moment.timestamp() * 1000)


#: Before this moment nobody can have measured with this program; a clock that says so was never set.
FIRST_POSSIBLE_MS = _ms(datetime(2025, 1, 1, tzinfo=UTC))
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


def unjudged(ids: SweepIds, verdicts: pa.Table) -> list[LeftOut]:
    """The sweeps asked for that no verdict is of, as where the file of verdicts was cut."""
    count = len(ids.wanted.difference(pc.unique(verdicts["sweep_id"]).to_pylist()))
    return [LeftOut(why=Why.UNJUDGED, file=file_name("sweeps", "*"), count=count)] if count else []


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
    bounds = pc.min_max(moments)
    if {pc.strftime(bounds[end], format="%Y-%m").as_py() for end in ("min", "max")} <= {month, None}:
        return rows, []
    inside = pc.equal(pc.strftime(moments, format="%Y-%m"), month)
    count = len(rows) - pc.sum(inside).as_py()
    return rows.filter(inside), [LeftOut(why=Why.OTHER_MONTH, file=path.name, count=count)]


def of_known_sweeps(rows: pa.Table, path: Path, sweeps: SweepIds) -> tuple[pa.Table, list[LeftOut]]:
    """The rows of the sweeps that are wanted; of the others those that no sweep vouches for are told."""
    ids = rows["sweep_id"].combine_chunks().dictionary_encode(null_encoding="encode")
    of_each = [sweeps.standing(sweep) for sweep in ids.dictionary.to_pylist()]
    if all(one is True for one in of_each):
        return rows, []
    counts = Counter(of_each[place] for place in ids.indices.to_pylist())
    left = [LeftOut(why=why, file=path.name, count=counts[why]) for why in Why if counts[why]]
    return rows.filter(pc.take(pa.array([one is True for one in of_each], pa.bool_()), ids.indices)), left


def each_once(rows: pa.Table, table: str, key: str) -> tuple[pa.Table, list[LeftOut]]:
    """One of the rows that say the same under one id, and none of those that say different things."""
    if pc.count_distinct(rows[key], mode="all").as_py() == len(rows):
        return rows, []
    from agent.report.frames import framed  # pandas: only where rows are there twice

    frame = framed([rows], table)
    again = frame.duplicated([name for name in frame.columns if name != "chain"])
    once = frame[~again]
    unclear = once[key].duplicated(keep=False)
    twice, ambiguous, kept = (rows.take(pa.array(one.index)) for one in (frame[again], once[unclear], once[~unclear]))
    return kept, _by_file(twice, table, Why.TWICE) + _by_file(ambiguous, table, Why.AMBIGUOUS)


def having(rows: pa.Table, column: str, word: str) -> pa.Table:
    """The rows with that word in a column of few words."""
    cells = rows[column].unify_dictionaries().combine_chunks().dictionary_encode()
    # The word as it stands in the table: Arrow loads pandas to take one of Python's, or a mask.
    same = [own for own in cells.dictionary if own.as_py() == word]
    return rows.filter(pc.equal(cells, same[0])) if same else rows.slice(0, 0)


def at_possible_times(sweeps: pa.Table, now: datetime | None) -> tuple[pa.Table, list[LeftOut]]:
    """The sweeps whose clock can have been right. What others measured may be older than this program.

    Without `now` nothing is of the future.
    """
    latest_ms = _ms(now + AHEAD_MAX) if now else None
    begun_ms, ended_ms = (sweeps[name].cast(pa.int64()).to_pylist() for name in ("started_at", "ended_at"))
    doubts = [
        _doubt(begun, ended, stage, latest_ms)
        for begun, ended, stage in zip(begun_ms, ended_ms, sweeps["stage"].to_pylist(), strict=True)
    ]
    left: list[LeftOut] = []
    for why in (Why.FUTURE, Why.BEFORE_US, Why.SET_BACK):
        if why in doubts:
            left += _by_file(sweeps.filter(pa.array([doubt is why for doubt in doubts])), "sweeps", why)
    return sweeps.filter(pa.array([doubt is None for doubt in doubts])) if left else sweeps, left


def _doubt(begun_ms: int, ended_ms: int | None, stage: str, latest_ms: int | None) -> Why | None:
    """Why a sweep's clock cannot have been right."""
    if latest_ms is not None and begun_ms > latest_ms:
        return Why.FUTURE
    if begun_ms < FIRST_POSSIBLE_MS and stage != IMPORTED_STAGE:
        return Why.BEFORE_US
    return Why.SET_BACK if ended_ms is not None and ended_ms < begun_ms else None


def _by_file(rows: pa.Table, table: str, why: Why) -> list[LeftOut]:
    months = pc.value_counts(pc.strftime(rows[TIME_COLUMNS[table]], format="%Y-%m")).to_pylist()
    return [LeftOut(why=why, file=file_name(table, month["values"]), count=month["counts"]) for month in months]
