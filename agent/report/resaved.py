"""A file of ours that another program saved again: which of its rows still stand as they were written.

A spreadsheet puts a byte-order mark before the header, semicolons for commas, quotes where it likes, empty cells behind
the last and CRLF at the ends of lines. That alone changes no row. What it does to cells (2.02611E+13 for an id,
24/11/2026 6:00 for a moment) does, and nobody can undo it. The chain tells one from the other: it was made over the
cells, not over the bytes.
"""

from __future__ import annotations

import csv
from pathlib import Path

from agent.report.left_out import Why
from agent.store.lines import check_header, first_link, format_line, next_link
from agent.store.schema import SCHEMA_VERSION, header

#: What programs put between cells.
SEPARATORS = ",;\t"
#: Line, reason and its detail of a row that does not count.
Fault = tuple[int, Why, str]


def resaved_lines(path: Path, table: str, data: bytes) -> tuple[list[bytes], list[Fault]]:
    """The unchanged rows as the store writes them, and what is wrong with each other row.

    Rows of another version of the schema are told by that, if the first cell of the header is ours. Raises
    `StoreError` for a file with another header.
    """
    rows = _cells(data)
    names = _without_empty_end(rows[0]) if rows else []
    version = rows[1][0] if len(rows) > 1 and rows[1] else ""
    is_ours = tuple(names) == header(table)
    if not is_ours and (names[:1] != [header(table)[0]] or version in ("", str(SCHEMA_VERSION))):
        check_header(path, table, data[: data.find(b"\n") + 1])
    if not is_ours:
        return [], [(line, Why.OTHER_SCHEMA, cells[0][:9] if cells else "") for line, cells in enumerate(rows[1:], 2)]
    kept, faults, link = [], [], first_link(path.name, table)
    for line, row in enumerate(rows[1:], start=2):
        cells = [*row[: len(names)], *_without_empty_end(row[len(names) :])]
        if len(cells) == len(names) and cells[-1] == next_link(link, cells[:-1]):
            kept.append(format_line(cells).encode())
        else:
            faults.append((line, Why.CHANGED, ""))
        link = cells[-1] if cells else ""
    return kept, faults


def _cells(data: bytes) -> list[list[str]]:
    """Each line's cells, parted by what parts the header's, none where it is not CSV; nothing when this is no text."""
    try:
        lines = data.decode("utf-8-sig").split("\n")[:-1]
    except UnicodeDecodeError:
        return []
    separator = max(SEPARATORS, key=lines[0].count)
    return [_parted(line.removesuffix("\r"), separator) for line in lines]


def _parted(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error:
        return []


def _without_empty_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells
