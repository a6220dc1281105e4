"""The new rows of a table, as its files grow under another program's hands. Nothing is locked, and nothing written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agent.store import StoreError
from agent.store.disk import sentences
from agent.store.lines import check_header, check_version, months_on_disk, parse_line
from agent.store.schema import Record, decode_row


class Tail:
    """What is added to the files of one table."""

    def __init__(self, folder: Path, table: str, *, months: int, bytes_max: int | None = None) -> None:
        """Begins with the rows of the newest `months` files, of each the last `bytes_max` at most; 0 months: with what
        comes from now on."""
        self._folder, self._table = folder, table
        self._at: dict[Path, int] = {}
        #: Files that are none of ours, and why.
        self.strangers: dict[Path, str] = {}
        #: Rows that cannot be read.
        self.unreadable = 0
        paths = self._paths()
        for path in paths[: max(len(paths) - months, 0)]:
            self._at[path] = path.stat().st_size
        if bytes_max is not None:
            for path in paths[len(paths) - months :]:
                self._at[path] = max(path.stat().st_size - bytes_max, 0)

    def new(self) -> Iterator[Record]:
        """The whole rows that were added since the last call. A file that was written anew is read from its end on."""
        for path in self._paths():
            if path in self.strangers:
                continue
            try:
                lines = self._lines(path)
            except StoreError as error:
                self.strangers[path] = str(error)
                continue
            for line in lines:
                try:
                    cells = parse_line(line, self._table)
                    check_version(cells)
                    yield decode_row(self._table, cells)
                except ValueError:
                    self.unreadable += 1

    def _lines(self, path: Path) -> list[bytes]:
        with sentences(path), path.open("rb") as file:
            size = file.seek(0, 2)
            at = self._at.get(path, 0)
            if size < at:  # `classify` has written it anew
                self._at[path] = size
                return []
            file.seek(0)
            header = file.readline()
            if not header.endswith(b"\n"):
                return []
            check_header(path, self._table, header)
            begins_row = at <= len(header)
            file.seek(max(at, len(header)) if begins_row else at - 1)
            if not begins_row and file.read(1) != b"\n":
                file.readline()  # the rest of a row whose beginning is behind us
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._at[path] = size - len(data) + len(whole)
        return whole.splitlines(keepends=True)

    def _paths(self) -> list[Path]:
        return [path for _month, path in months_on_disk(self._folder, self._table)]
