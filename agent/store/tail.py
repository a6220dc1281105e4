"""Where the whole rows of a file end. It looks at the last lines only, and changes nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent.language import _
from agent.store import StoreError
from agent.store.lines import check_header, check_version, first_link, header_line, next_link, parse_line

#: How far back to look at first. Some hundred rows; it is doubled until it holds enough whole lines.
WINDOW_BYTES = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The end of the whole rows: how many bytes they and the header take, and the link of the last one."""

    size_bytes: int
    link: str


def find_end(path: Path, table: str, size_bytes: int, read: Callable[[int, int], bytes]) -> End:
    """The end of the whole rows of a file of `size_bytes` bytes, of which `read(start, length)` gives a part.

    A crash leaves lines that are cut, or not CSV, or (after a power cut) one that does not chain: these are behind
    the end. Two whole lines that do not chain are no crash: somebody changed the file, and `StoreError` says so, as
    it does for a foreign header, and for rows of another schema version.
    """
    head = read(0, min(size_bytes, len(header_line(table))))
    if head != header_line(table) and header_line(table).startswith(head.rstrip(b"\0")):
        # Killed while it wrote the header, or never written before the power went, which leaves zeros.
        return End(size_bytes=0, link=first_link(path.name, table))
    check_header(path, table, head)
    window_bytes = WINDOW_BYTES
    while True:
        start = max(len(head), size_bytes - window_bytes)
        if (end := _end_in(path, table, start, read(start, size_bytes - start), start == len(head))) is not None:
            return end
        window_bytes *= 2


def _end_in(path: Path, table: str, start: int, window: bytes, from_first_row: bool) -> End | None:
    """The end as far as the window shows it; None when it must be larger. `start` is the window's place in the file."""
    lines = io.BytesIO(window).readlines()  # at LF alone, where bytes.splitlines also splits at CR
    if not from_first_row:
        start += len(lines[0])
        lines = lines[1:]  # it may have begun before the window
    unchained = 0
    size_bytes = start + sum(map(len, lines))
    for place in range(len(lines) - 1, -1, -1):
        link = _whole_link(path, table, lines[place])
        if link is not None:
            if place == 0 and not from_first_row:
                return None
            before = _link_before(path, table, lines, place)
            if before is not None and link == next_link(before, parse_line(lines[place], table)[:-1]):
                return End(size_bytes=size_bytes, link=link)
            unchained += 1
            if unchained > 1:
                raise StoreError(
                    _(
                        "{path} was changed by another program: its last rows do not follow from one another; move it "
                        "out of the results folder (it was not touched), and `dideban verify` will name the rows."
                    ).format(path=path)
                )
        size_bytes -= len(lines[place])
    return End(size_bytes=start, link=first_link(path.name, table)) if from_first_row else None


def _link_before(path: Path, table: str, lines: list[bytes], place: int) -> str | None:
    return first_link(path.name, table) if place == 0 else _whole_link(path, table, lines[place - 1])


def _whole_link(path: Path, table: str, line: bytes) -> str | None:
    """The chain cell of a whole row; None when the line is not one. Raises `StoreError` on a row of another version."""
    try:
        cells = parse_line(line, table)
    except ValueError:
        return None
    try:
        check_version(cells)
    except ValueError as error:
        if cells[0].isdecimal():  # no crash writes another number: these rows are whole, and another program's
            raise StoreError(
                _("{path} cannot be continued: {error}; move it out of the results folder.").format(
                    path=path, error=error
                )
            ) from error
        return None
    return cells[-1]
