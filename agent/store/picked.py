"""A few rows out of very many: those of some sweeps or some ids. All other lines are passed over unread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import TypeVar, cast

from agent.records import Sweep
from agent.store.lines import check_version, month_of, months_on_disk, parse_line
from agent.store.read import whole_lines
from agent.store.schema import TABLES, Record, decode_row, header
from agent.verdict.records import Verdict
from probes.observation import Observation

R = TypeVar("R", Sweep, Observation, Verdict)


def picked(
    folder: Path,
    kind: type[R],
    by: str,
    ids: Collection[str],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, list[R]]:
    """The rows of that kind whose column `by` is one of `ids`, in the order of writing; of the months of `since` to
    `until`. A row that was written twice is there once.

    `by` is one of the first columns, before any that may hold a comma. An id is left out when there is no row of it,
    and when one of its rows cannot be read: half of the rows would tell another story. Raises `StoreError` for a file
    that is not ours or cannot be read.
    """
    table = next(name for name, record in TABLES.items() if record is kind)
    place = header(table).index(by)
    keys = {one.encode(): one for one in ids}
    found: dict[str, dict[bytes, R]] = defaultdict(dict)
    unreadable = set()
    for month, path in months_on_disk(folder, table):
        if (since and month < month_of(since)) or (until and month > month_of(until)):
            continue
        for _, line in whole_lines(path, table, on_torn=lambda sentence: None):
            cells = line.split(b",", place + 1)
            if len(cells) < place + 2 or (key := keys.get(cells[place])) is None:
                continue
            try:
                found[key][line.rpartition(b",")[0]] = cast(R, _record(line, table))
            except ValueError:
                unreadable.add(key)
    return {key: list(rows.values()) for key, rows in found.items() if key not in unreadable}


def _record(line: bytes, table: str) -> Record:
    cells = parse_line(line, table)
    check_version(cells)
    return decode_row(table, cells)
