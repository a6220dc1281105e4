"""Reads the CSV files back as records, strictly and as a stream; and finds edits by the chain."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal, overload

from agent.language import _
from agent.records import Sweep
from agent.store import StoreError
from agent.store.disk import sentences
from agent.store.lines import (
    check_header,
    check_version,
    first_link,
    month_of,
    months_on_disk,
    next_link,
    parse_line,
)
from agent.store.schema import TABLES, Record, decode_row, moment_of
from agent.verdict.records import Verdict
from probes.observation import Observation


@overload
def rows(
    folder: Path,
    table: Literal["sweeps"],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    on_torn: Callable[[str], None] = ...,
) -> Iterator[Sweep]: ...


@overload
def rows(
    folder: Path,
    table: Literal["observations"],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    on_torn: Callable[[str], None] = ...,
) -> Iterator[Observation]: ...


@overload
def rows(
    folder: Path,
    table: Literal["verdicts"],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    on_torn: Callable[[str], None] = ...,
) -> Iterator[Verdict]: ...


@overload
def rows(
    folder: Path,
    table: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    on_torn: Callable[[str], None] = ...,
) -> Iterator[Record]: ...


def rows(
    folder: Path,
    table: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    on_torn: Callable[[str], None] = lambda sentence: None,
) -> Iterator[Record]:
    """The rows of a table in the order they were written, of moments from `since` to before `until`.

    Raises `StoreError` naming file and line for a foreign header, another schema version, or a row that cannot be
    read. A last line without its line end is being written, or was cut by a crash: it is left out, and `on_torn` gets
    a sentence about it. No folder, or an empty one, has no rows.
    """
    for month, path in months_on_disk(folder, table):
        if (since and month < month_of(since)) or (until and month > month_of(until)):
            continue
        for number, line in whole_lines(path, table, on_torn=on_torn):
            try:
                cells = parse_line(line, table)
                check_version(cells)
                record = decode_row(table, cells)
            except ValueError as error:
                raise StoreError(
                    _(
                        "{path} line {number} cannot be read: {error}; correct the line, or move the file out of the "
                        "results folder."
                    ).format(path=path, number=number, error=error)
                ) from error
            moment = moment_of(record)
            if (since is None or moment >= since) and (until is None or moment < until):
                yield record


def whole_lines(path: Path, table: str, *, on_torn: Callable[[str], None]) -> Iterator[tuple[int, bytes]]:
    """Number (from 2) and bytes of every line after the header that has its line end. Raises `StoreError`."""
    with sentences(path), path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:  # a device has no bytes either, and reading it may never end
            return
        header = file.readline()
        if header.endswith(b"\n"):
            check_header(path, table, header)
        elif header:
            on_torn(_("{path} line {number} has no line end and was left out.").format(path=path, number=1))
        for number, line in enumerate(file, start=2):
            if line.endswith(b"\n"):
                yield number, line
            else:
                on_torn(_("{path} line {number} has no line end and was left out.").format(path=path, number=number))


def verify(folder: Path) -> list[str]:
    """A sentence for each line that is not as it was written, by file and line; none when all is well.

    It sees a row that was changed, removed, added or moved, unless the whole rest of the file was chained anew. Rows
    that were cut off at the end leave no trace in the chain: `agent.store.account` counts them.
    """
    return [
        problem for table in TABLES for _, path in months_on_disk(folder, table) for problem in _broken(path, table)
    ]


def _broken(path: Path, table: str) -> Iterator[str]:
    torn: list[str] = []
    link: str | None = first_link(path.name, table)
    try:
        for number, line in whole_lines(path, table, on_torn=torn.append):
            try:
                cells = parse_line(line, table)
            except ValueError as error:
                yield _("{path} line {number}: {error}.").format(path=path, number=number, error=error)
                link = None  # what the next row should be chained to is not known
                continue
            if link is not None and cells[-1] != next_link(link, cells[:-1]):
                yield _(
                    "{path} line {number}: this row was changed, or rows before it were changed, removed or added."
                ).format(path=path, number=number)
            link = cells[-1]
    except StoreError as error:
        yield str(error)
    yield from torn
