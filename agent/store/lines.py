"""How a row stands in a file: which file, one CSV line, and the chain that shows an edit.

A line ends in LF alone, where RFC 4180 has CRLF: a row is then whole exactly when its one last byte is there, and no
line tool finds a stray character. Readers of CSV take both. No cell holds a line break, so a row is always one line.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from agent.language import _
from agent.store import StoreError
from agent.store.schema import SCHEMA_VERSION, header

#: Characters of a cell that are read. The csv module stops at 131,072, which a verdict with some thousand witnesses
#: passes; a row that was written must never be taken for a torn one because it is long.
csv.field_size_limit(2**27)

#: What makes csv put a cell in quotes, beside its separator.
NEEDS_QUOTES = re.compile(r'["\r\n]')
_ARRAY = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def file_name(table: str, month: str) -> str:
    """The file of a table for one month, e.g. observations-2026-11.csv."""
    return f"{table}-{month}.csv"


def month_of(moment: datetime) -> str:
    """The month of a moment in UTC, e.g. 2026-11."""
    in_utc = moment.astimezone(UTC)
    return f"{in_utc.year:04d}-{in_utc.month:02d}"


def months_on_disk(folder: Path, table: str) -> Iterator[tuple[str, Path]]:
    """Month and file of everything that `folder` has of one table, oldest first; nothing when there is no folder."""
    shape = re.compile(re.escape(table) + r"-([0-9]{4}-[0-9]{2})\.csv")
    try:
        names = sorted(entry.name for entry in folder.iterdir()) if folder.exists() else []
    except OSError as error:
        raise StoreError.from_os(folder, error) from error
    for name in names:
        if found := shape.fullmatch(name):
            yield found[1], folder / name


def format_line(cells: Sequence[str]) -> str:
    """The cells as one CSV line with its LF."""
    plain = ",".join(cells)
    if len(cells) > 1 and plain.count(",") == len(cells) - 1 and not NEEDS_QUOTES.search(plain):
        return plain + "\n"  # as csv writes it, at a fraction of the time: most rows are such
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def parse_line(line: bytes, table: str) -> list[str]:
    """The cells of a line, LF and chain included. Raises `ValueError` saying why it is not a whole row of `table`."""
    if not line.endswith(b"\n"):
        raise ValueError(_("the line is cut off"))
    try:
        cells = next(csv.reader([line.decode()[:-1]], strict=True), [])
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValueError(_("the line is not CSV in UTF-8 ({error})").format(error=error)) from error
    if len(cells) != len(header(table)):
        raise ValueError(
            _("the line has {count} cells and should have {due}").format(count=len(cells), due=len(header(table)))
        )
    return cells


def check_version(cells: Sequence[str]) -> None:
    """Raises `ValueError` when a row was written under another schema."""
    if cells[0] != str(SCHEMA_VERSION):
        raise ValueError(
            _("the row has schema version {theirs!r} and this program reads {ours}").format(
                theirs=cells[0], ours=SCHEMA_VERSION
            )
        )


def header_line(table: str) -> bytes:
    """The first line of every file of `table`."""
    return format_line(header(table)).encode()


def check_header(path: Path, table: str, first_line: bytes) -> None:
    """Raises `StoreError` when a file does not begin as ours do. An empty file has no rows, and passes."""
    if first_line not in (b"", header_line(table)):
        raise StoreError(
            _(
                "{path} line 1 is not the header of this version's {table}: the file comes from another version or "
                "was saved by another program; move it out of the results folder (it was not touched)."
            ).format(path=path, table=table)
        )


def first_link(name: str, table: str) -> str:
    """What the first row of a file is chained to: SHA-256 of the file's name, LF, and its header line."""
    return hashlib.sha256(f"{name}\n".encode() + header_line(table)).hexdigest()


def next_link(previous: str, cells: Sequence[str]) -> str:
    """The chain cell of a row: SHA-256, in hex, of the previous link, LF, and the row's other cells as a JSON array.

    The array is compact and not restricted to ASCII. There is no secret in it: it shows an accident or a careless
    edit, not the work of somebody who writes the whole file anew.
    """
    return hashlib.sha256(f"{previous}\n{_ARRAY.encode(list(cells))}".encode()).hexdigest()
