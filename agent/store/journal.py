"""The only writer of the CSV files: whole rows, scrubbed, chained, on the disk before it says so.

Nothing is held open between two batches. Each finds the end of its file anew, so that a file that was moved away or
damaged meanwhile costs a look at its tail, and no row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent.calendars import digits
from agent.language import _
from agent.store import StoreError as StoreError
from agent.store.disk import AppendFile, cut_file, make_folder, replace_file, sync_folder
from agent.store.lines import (
    file_name,
    first_link,
    format_line,
    header_line,
    month_of,
    months_on_disk,
    next_link,
)
from agent.store.schema import TABLES, Record, encode_row, moment_of, table_of
from agent.store.scrub import Private, scrub
from agent.store.tail import find_end
from agent.verdict.records import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendResult:
    """How many rows stand on the disk, and how many scrubbing withheld."""

    written: int
    withheld: int


class Journal:
    """Appends rows under `folder`. One at a time: its owner holds `agent.store.lock.ResultsLock`."""

    def __init__(self, folder: Path, private: Private) -> None:
        """Makes the folder when there is none, and checks and repairs the newest file of each table.

        Raises `StoreError` when the folder cannot be used, or the newest file of a table has a foreign header.
        """
        self._folder = folder
        self._private = private
        self._repairs: list[str] = []
        make_folder(folder)
        for table in TABLES:
            for _month, path in list(months_on_disk(folder, table))[-1:]:  # older months are never written again
                with AppendFile(path) as file:
                    self._end_of(file, table)

    @property
    def repairs(self) -> tuple[str, ...]:
        """What was repaired since the start, a sentence each."""
        return tuple(self._repairs)

    def append(self, rows: Sequence[Record]) -> AppendResult:
        """Writes the rows to the files of their months, and returns when the disk has them.

        A batch is written whole or not at all, so that it can be tried again: on an error every file is cut back to
        where it ended before, and `StoreError` says why. Raises `ValueError` on a value that does not fit its column.
        """
        clean = self._scrubbed(rows)
        batches: dict[tuple[str, str], list[Record]] = {}
        for row in clean:
            batches.setdefault((table_of(row), month_of(moment_of(row))), []).append(row)
        done: list[tuple[Path, int]] = []
        try:
            for (table, month), batch in batches.items():
                self._append_batch(table, month, batch, done)
        except BaseException:  # an interrupt too: who sees an error may try the batch again
            for path, size_bytes in reversed(done):
                with suppress(StoreError):  # if even that fails, the next batch finds the torn line and cuts it
                    cut_file(path, size_bytes)
            raise
        return AppendResult(written=len(clean), withheld=len(rows) - len(clean))

    def rewrite_verdicts(self, months: Mapping[str, Sequence[Verdict]]) -> AppendResult:
        """Puts new rows in place of all verdicts of each month given (`2026-11`); other months stay.

        Each file is replaced in one step: a reader, or a crash, sees the old one or the new one. The new files are
        all on the disk before the first replaces. Raises `StoreError`, and `ValueError` on a row of another month.
        """
        written = withheld = 0
        drafts: list[tuple[Path, Path]] = []
        try:
            for month, rows in months.items():
                if any(month_of(row.observed_at) != month for row in rows):
                    raise ValueError(f"a verdict of another month was given for {month}")
                clean = self._scrubbed(rows)
                drafts.append(self._draft(month, clean))
                written, withheld = written + len(clean), withheld + len(rows) - len(clean)
            for draft, path in drafts:
                replace_file(draft, path)
        finally:
            for draft, _path in drafts:
                draft.unlink(missing_ok=True)  # those that did not replace their file
        return AppendResult(written=written, withheld=withheld)

    def _draft(self, month: str, rows: Sequence[Record]) -> tuple[Path, Path]:
        """A new verdicts file of one month, on the disk beside the one it is to replace."""
        path = self._folder / file_name("verdicts", month)
        draft = path.with_name(path.name + ".new")
        with AppendFile(draft) as file:
            file.cut(0)
            file.write(header_line("verdicts") + _lines(rows, first_link(path.name, "verdicts")))
        return draft, path

    def _scrubbed(self, rows: Sequence[Record]) -> list[Record]:
        return [clean for row in rows if (clean := scrub(row, self._private)) is not None]

    def _append_batch(self, table: str, month: str, batch: list[Record], done: list[tuple[Path, int]]) -> None:
        path = self._folder / file_name(table, month)
        with AppendFile(path) as file:
            link = self._end_of(file, table)
            size_bytes = file.size_bytes()
            done.append((path, size_bytes))
            file.write((b"" if size_bytes else header_line(table)) + _lines(batch, link))
        if not size_bytes:
            sync_folder(self._folder)

    def _end_of(self, file: AppendFile, table: str) -> str:
        """The link that the next row chains to. A torn end is moved to a side file first."""
        size_bytes = file.size_bytes()
        end = find_end(file.path, table, size_bytes, file.read)
        if end.size_bytes < size_bytes:
            side = file.path.with_name(file.path.name + ".torn")
            with AppendFile(side) as torn:
                torn.write(file.read(end.size_bytes, size_bytes - end.size_bytes))
            file.cut(end.size_bytes)
            moved = _("{path} ended in {count} bytes that are not a whole row; they were moved to {side}.")
            count = digits(size_bytes - end.size_bytes)
            self._repairs.append(moved.format(path=file.path, count=count, side=side.name))
        return end.link


class NoJournal(Journal):
    """Takes rows and writes none: for a sweep that is looked at once, such as a trial in the lab."""

    def __init__(self) -> None:
        self._repairs = []

    def append(self, rows: Sequence[Record]) -> AppendResult:
        return AppendResult(written=0, withheld=0)


def _lines(rows: Sequence[Record], link: str) -> bytes:
    """The rows as lines, the first chained to `link` and each to the one before."""
    lines = []
    for row in rows:
        cells = encode_row(row)
        link = next_link(link, cells)
        lines.append(format_line((*cells, link)))
    return "".join(lines).encode()
