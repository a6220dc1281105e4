"""Puts rows of several bundles together, each once, in an order that does not depend on theirs.

The rows wait in a database on the disk, so that their number is bounded by it and not by the memory, and a bundle that
turns out to be wrong in its last row leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from agent.store.lines import month_of
from agent.store.schema import Record, decode_row, encode_row, moment_of, table_of
from agent.verdict.records import Verdict

ID_COLUMNS = {"sweeps": "sweep_id", "observations": "observation_id", "verdicts": "verdict_id"}
#: Rows in conflict that are named one by one; the count has them all.
CONFLICTS_NAMED = 20


@dataclass(kw_only=True)
class Counts:
    """What came of the rows of one source."""

    #: Rows by table.
    rows: Counter[str] = field(default_factory=Counter)
    #: Rows that were there already, word for word.
    duplicates: int = 0
    #: Rows of an id that was there already with another content: one of the two is kept, the same whoever comes first.
    conflicts: int = 0
    #: Rows whose sweep is not in the same bundle: nothing can be concluded from them.
    unjoined: int = 0


class Gathering:
    """Rows by table and id."""

    def __init__(self, path: Path) -> None:
        """`path` is a file that does not exist yet."""
        self._rows = sqlite3.connect(path, isolation_level=None)
        self._rows.execute("PRAGMA journal_mode = DELETE")
        self._rows.execute("PRAGMA synchronous = OFF")  # it is thrown away in the end, and after a crash too
        self._rows.execute(
            "CREATE TABLE gathered (tabled TEXT, month TEXT, sweep TEXT, id TEXT, rank TEXT, cells TEXT, "
            "PRIMARY KEY (tabled, id)) WITHOUT ROWID"
        )
        self._rows.execute("CREATE INDEX in_order ON gathered (tabled, month, sweep, id)")
        #: Ids of rows in conflict, the first of them.
        self.conflicts: list[str] = []

    def close(self) -> None:
        self._rows.close()

    @contextmanager
    def whole_or_not(self) -> Iterator[None]:
        """What is added inside is forgotten when an error comes out of it."""
        named = len(self.conflicts)
        self._rows.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._rows.execute("ROLLBACK")
            del self.conflicts[named:]
            raise
        self._rows.execute("COMMIT")

    def add(self, record: Record, counts: Counts) -> None:
        """One row of a source."""
        table, key = table_of(record), id_of(record)
        cells = json.dumps(encode_row(record), ensure_ascii=False)
        rank = _rank(record, cells)
        counts.rows[table] += 1
        found = self._rows.execute("SELECT rank FROM gathered WHERE tabled = ? AND id = ?", (table, key)).fetchone()
        if found is None:
            month = month_of(moment_of(record))
            self._rows.execute(
                "INSERT INTO gathered VALUES (?, ?, ?, ?, ?, ?)", (table, month, record.sweep_id, key, rank, cells)
            )
        elif found[0] == rank:
            counts.duplicates += 1
        else:
            counts.conflicts += 1
            if len(self.conflicts) < CONFLICTS_NAMED:
                self.conflicts.append(key)
            if rank < found[0]:
                month = month_of(moment_of(record))
                self._rows.execute(
                    "UPDATE gathered SET month = ?, sweep = ?, rank = ?, cells = ? WHERE tabled = ? AND id = ?",
                    (month, record.sweep_id, rank, cells, table, key),
                )

    def months(self, table: str) -> list[str]:
        found = self._rows.execute("SELECT DISTINCT month FROM gathered WHERE tabled = ? ORDER BY month", (table,))
        return [month for (month,) in found]

    def records(self, table: str, month: str) -> Iterator[Record]:
        """The rows of one month: sweep by sweep, as those who read a folder expect, and within a sweep by id."""
        found = self._rows.execute(
            "SELECT cells FROM gathered WHERE tabled = ? AND month = ? ORDER BY sweep, id", (table, month)
        )
        for (cells,) in found:
            yield decode_row(table, json.loads(cells))


def id_of(record: Record) -> str:
    return cast(str, getattr(record, ID_COLUMNS[table_of(record)]))


def _rank(record: Record, cells: str) -> str:
    """Which of two rows of one id is kept: the smaller. A verdict by newer rules comes first; else it is by content."""
    newest_first = 10**9 - record.ruleset_version if isinstance(record, Verdict) else 0
    return f"{newest_first:010d} {hashlib.sha256(cells.encode()).hexdigest()}"
