"""Writes planned sweeps as the store writes them: its encoders, its lines, its chain, three files for each month."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import BinaryIO

from agent.records import Sweep
from agent.store.cells import encode_moment
from agent.store.lines import file_name, first_link, format_line, header_line, month_of, next_link
from agent.store.schema import TABLES, encode_row, header
from agent.verdict.records import Verdict
from probes.observation import Observation
from tests.bench._history import Plan
from tests.bench._recordings import Recording

#: Rows of a sweep that are kept, beside the verdicts' witnesses: with them a year has three million.
ROWS_KEPT = 342
#: Columns of an observation that differ between two sweeps of one recording.
AT = {name: header("observations").index(name) for name in header("observations")}

Recordings = Mapping[str, Recording]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Sweeps that show the same recordings: their rows, with what differs from sweep to sweep left out."""

    sweep: Sweep
    #: Cells of each observation, milliseconds after the sweep's start, and duration in ms.
    observations: Sequence[tuple[Sequence[str], int, float | None]]
    #: Verdicts, and the numbers of each one's witnesses among the observations.
    verdicts: Sequence[tuple[Verdict, Sequence[int]]]


class File:
    """One month of one table, from its beginning."""

    def __init__(self, folder: Path, table: str, month: str, stack: ExitStack) -> None:
        path = folder / file_name(table, month)
        self._file: BinaryIO = stack.enter_context(path.open("wb"))
        self._link = first_link(path.name, table)
        self._file.write(header_line(table))

    def write(self, cells: Sequence[str]) -> None:
        self._link = next_link(self._link, cells)
        self._file.write(format_line((*cells, self._link)).encode())


def write_year(
    folder: Path, plans: Sequence[Plan], recordings: Recordings, *, seed: int, progress: Callable[[int, int], None]
) -> None:
    """Write the sweeps into `folder`, which is made; two months at a time. `progress`: months done, months in all."""
    folder.mkdir(parents=True, exist_ok=True)
    months = sorted({month_of(plan.started_at) for plan in plans})
    with ProcessPoolExecutor(2) as processes:
        writing = [processes.submit(write_month, folder, month, plans, recordings, seed=seed) for month in months]
        for done, one in enumerate(as_completed(writing), start=1):
            one.result()
            progress(done, len(months))


def write_month(folder: Path, month: str, plans: Sequence[Plan], recordings: Recordings, *, seed: int) -> None:
    """The three files of one month. A sweep's late observations may belong to the month after its start's."""
    days = timedelta(days=1)
    near = [plan for plan in plans if month in (month_of(plan.started_at), month_of(plan.started_at + days))]
    chance = random.Random(f"{seed} {month}")  # noqa: S311 - dice, which must fall alike each time
    kinds = cache(partial(_kind, recordings))
    with ExitStack() as stack:
        files = {table: File(folder, table, month, stack) for table in TABLES}
        for plan in near:
            kind = kinds(plan.line, tuple(sorted(plan.platforms.items())))
            for moment, cells in _observations(plan, kind, chance.uniform(0.7, 1.4)):
                if month_of(moment) == month:
                    files["observations"].write(cells)
            if month_of(plan.started_at) == month:
                files["sweeps"].write(encode_row(_sweep(plan, kind)))
                for verdict in _verdicts(plan, kind):
                    files["verdicts"].write(encode_row(verdict))


def _observations(plan: Plan, kind: Kind, slowness: float) -> Iterator[tuple[datetime, list[str]]]:
    for number, (cells, offset_ms, duration_ms) in enumerate(kind.observations, start=1):
        moment, row = plan.started_at + timedelta(milliseconds=offset_ms), list(cells)
        row[AT["sweep_id"]], row[AT["observation_id"]] = plan.sweep_id, f"{plan.sweep_id}.{number:05d}"
        row[AT["observed_at"]] = encode_moment(moment)
        if duration_ms is not None:
            row[AT["duration_ms"]] = f"{duration_ms * slowness:.3f}"
        yield moment, row


def _sweep(plan: Plan, kind: Kind) -> Sweep:
    """The row of an invented vantage point's sweep. Its AS number is one for examples (RFC 5398)."""
    return replace(
        kind.sweep,
        sweep_id=plan.sweep_id,
        started_at=plan.started_at,
        ended_at=plan.started_at + (kind.sweep.ended_at - kind.sweep.started_at),
        stage="internet",
        trigger="after_gap" if plan.missed else "schedule",
        missed_sweeps=plan.missed,
        vantage_id="v-00000000year",
        vantage_country="IR",
        vantage_asn=64500,
        vantage_label="home",
        observations=len(kind.observations),
    )


def _verdicts(plan: Plan, kind: Kind) -> Iterator[Verdict]:
    for verdict, witnesses in kind.verdicts:
        yield replace(
            verdict,
            sweep_id=plan.sweep_id,
            verdict_id=f"{plan.sweep_id}.v.{verdict.target or verdict.platform}",
            observed_at=plan.started_at,
            stage="internet",
            witnesses=tuple(f"{plan.sweep_id}.{number:05d}" for number in witnesses),
        )


def _kind(recordings: Recordings, line: str, platforms: tuple[tuple[str, str], ...]) -> Kind:
    shown = dict(platforms)
    chosen = [
        (name, row)
        for name, recording in recordings.items()
        for row in recording.observations
        if shown.get(row.platform, line) == name
    ]
    verdicts = [
        (name, verdict)
        for name, recording in recordings.items()
        for verdict in recording.verdicts
        if shown.get(verdict.platform, line) == name
    ]
    needed = {witness for _, verdict in verdicts for witness in verdict.witnesses}
    kept = _thinned(chosen, needed)
    begun = {name: recording.sweep.started_at for name, recording in recordings.items()}
    kept.sort(key=lambda pair: pair[1].observed_at - begun[pair[0]])
    numbers = {row.observation_id: number for number, (_, row) in enumerate(kept, start=1)}
    connections: dict[tuple[str, str], str] = {}
    for name, row in kept:
        if row.connection_id:
            connections.setdefault((name, row.connection_id), f"c{len(connections) + 1:05d}")
    return Kind(
        sweep=recordings[line].sweep,
        observations=[
            (
                encode_row(replace(row, connection_id=connections.get((name, row.connection_id), ""))),
                int((row.observed_at - begun[name]).total_seconds() * 1000),
                row.duration_ms,
            )
            for name, row in kept
        ],
        verdicts=[(verdict, [numbers[one] for one in verdict.witnesses]) for _, verdict in verdicts],
    )


def _thinned(rows: Sequence[tuple[str, Observation]], needed: set[str]) -> list[tuple[str, Observation]]:
    """The witnesses and, evenly spread, as many of the others as ROWS_KEPT leaves room for."""
    others = [pair for pair in rows if pair[1].observation_id not in needed]
    room = min(max(ROWS_KEPT - (len(rows) - len(others)), 0), len(others))
    spared = {others[place * len(others) // room][1].observation_id for place in range(room)}
    return [pair for pair in rows if pair[1].observation_id in needed | spared]
