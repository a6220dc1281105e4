"""The files of rows behind a report: how many rows, and the hash by which anybody can tell them again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from agent.report.page.facts import SourceFile
from agent.store.disk import sentences
from agent.store.lines import month_of, months_on_disk
from agent.store.schema import TABLES

_PIECE_BYTES = 1 << 20


def files_of(
    folder: Path,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    on_file: Callable[[str], None] = lambda name: None,
) -> tuple[SourceFile, ...]:
    """The folder's files of rows of these months, in order of name. Raises `StoreError` for one that cannot be read."""
    first, last = month_of(since) if since else "", month_of(until) if until else "9999-99"
    paths = sorted(path for table in TABLES for month, path in months_on_disk(folder, table) if first <= month <= last)
    found = []
    for path in paths:
        on_file(path.name)
        found.append(_file(path))
    return tuple(found)


def _file(path: Path) -> SourceFile:
    """A row is a line, since no cell holds a line break; the header is none."""
    digest, lines, size = hashlib.sha256(), 0, 0
    with sentences(path), path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
            lines += piece.count(b"\n")
            size += len(piece)
    return SourceFile(name=path.name, rows=max(lines - 1, 0), size_bytes=size, sha256=digest.hexdigest())
