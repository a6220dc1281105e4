"""A few rows out of very many: those of some sweeps or some ids. All other lines are passed over unread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar, cast

from agent.records import Sweep
from agent.store import StoreError
from agent.store.lines import check_version, months_on_disk, parse_line
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
    months: Collection[str] | None = None,
) -> dict[str, list[R]]:
    """The rows of that kind whose column `by` is one of `ids`, in the order of writing, from the files of these
    `months` alone, such as 2026-11, where they are given. A row that was written twice is there once.

    `by` is one of the first columns, before any that may hold a comma. An id is left out when there is no row of it,
    and when one of its rows cannot be read: half of the rows would tell another story. A file that is not as the store
    writes it has no rows here; who reads the results as a whole says so.
    """
    table = next(name for name, record in TABLES.items() if record is kind)
    place = header(table).index(by)
    keys = {one.encode(): one for one in ids}
    found: dict[str, dict[bytes, R]] = defaultdict(dict)
    unreadable = set()
    for month, path in months_on_disk(folder, table):
        if months is not None and month not in months:
            continue
        for line in _lines(path, table):
            cells = line.split(b",", place + 1)
            if len(cells) < place + 2 or (key := keys.get(cells[place])) is None:
                continue
            try:
                found[key][line.rpartition(b",")[0]] = cast(R, _record(line, table))
            except ValueError:
                unreadable.add(key)
    return {key: list(rows.values()) for key, rows in found.items() if key not in unreadable}


def _lines(path: Path, table: str) -> Iterator[bytes]:
    with suppress(StoreError):
        yield from (line for _, line in whole_lines(path, table, on_torn=lambda sentence: None))


def _record(line: bytes, table: str) -> Record:
    cells = parse_line(line, table)
    check_version(cells)
    return decode_row(table, cells)
