"""The observations of one sweep, or one of them, out of files of a year: lines are sifted before they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from agent.store.lines import check_version, month_of, months_on_disk, parse_line
from agent.store.read import whole_lines
from agent.store.schema import decode_row
from probes.observation import Observation

#: A sweep may begin in one month and end in the next, and a clock may jump.
NEAR = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """What was found, and how many lines that speak of it cannot be read."""

    rows: tuple[Observation, ...]
    unreadable: int = 0


def observations_of(folder: Path, sweep_id: str, *, began_at: datetime | None) -> Sifted:
    """All observations of a sweep, in the order of writing. `began_at` None: every month is looked through.

    Raises `StoreError` for a file that is none of ours.
    """
    found = list(_lines_with(folder, sweep_id, began_at))
    rows = [row for row in map(_row, found) if row is not None]
    return Sifted(rows=tuple(row for row in rows if row.sweep_id == sweep_id), unreadable=len(found) - len(rows))


def observation(folder: Path, observation_id: str, *, began_at: datetime | None = None) -> Observation | None:
    """The observation of that id. None: there is none."""
    for line in _lines_with(folder, observation_id, began_at):
        row = _row(line)
        if row is not None and row.observation_id == observation_id:
            return row
    return None


def _lines_with(folder: Path, text: str, began_at: datetime | None) -> Iterator[bytes]:
    near = {month_of(began_at + step) for step in (-NEAR, timedelta(0), NEAR)} if began_at else None
    needle = text.encode()
    for month, path in months_on_disk(folder, "observations"):
        if near is None or month in near:
            for _number, line in whole_lines(path, "observations", on_torn=lambda sentence: None):
                if needle in line:
                    yield line


def _row(line: bytes) -> Observation | None:
    try:
        cells = parse_line(line, "observations")
        check_version(cells)
        record = decode_row("observations", cells)
    except ValueError:
        return None
    return record if isinstance(record, Observation) else None
