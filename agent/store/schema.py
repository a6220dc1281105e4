"""The columns of the three files, taken from the records themselves, and one record as the cells of its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from types import NoneType
from typing import Any, get_args, get_type_hints

from agent.language import _
from agent.records import Sweep
from agent.store.cells import Kind, kind_of
from agent.verdict.records import Verdict
from probes.observation import Observation

#: Rises when a column is added, renamed or changes its meaning, once a version has been released. It stands first in
#: every row.
SCHEMA_VERSION = 1

Record = Observation | Sweep | Verdict

#: The files by name. Each has `schema_version`, the record's fields in order, and `chain`.
TABLES: dict[str, type[Record]] = {"sweeps": Sweep, "observations": Observation, "verdicts": Verdict}
_NAMES: dict[type, str] = {kind: name for name, kind in TABLES.items()}
#: The moment that decides the month, and so the file, a row belongs to.
TIME_COLUMNS = {"sweeps": "started_at", "observations": "observed_at", "verdicts": "observed_at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One field of a record as a column of its file."""

    name: str
    says: str
    kind: Kind
    #: Whether the value may be None, which is an empty cell.
    optional: bool
    #: Whether it holds text from the network (see `probes.column.column`).
    measured_text: bool

    def encode(self, value: Any) -> str:
        """The cell for `value`. Raises `ValueError` when it does not fit the column."""
        if value is None:
            if not self.optional:
                raise ValueError(f"{self.name} cannot be missing")
            return ""
        return self.kind.encode(value)

    def decode(self, cell: str) -> Any:
        """The value of `cell`. Raises `ValueError` when it does not fit the column."""
        return None if self.optional and cell == "" else self.kind.decode(cell)


@cache
def columns(table: str) -> tuple[Column, ...]:
    """The record's columns in order, without `schema_version` and `chain`. Raises `KeyError` on an unknown table."""
    record = TABLES[table]
    types = get_type_hints(record)
    return tuple(_column(field.name, types[field.name], field.metadata) for field in fields(record))


def _column(name: str, python_type: Any, metadata: Any) -> Column:
    members = get_args(python_type)
    optional = NoneType in members
    return Column(
        name=name,
        says=metadata["says"],
        kind=kind_of(next(member for member in members if member is not NoneType) if optional else python_type),
        optional=optional,
        measured_text=metadata["measured_text"],
    )


@cache
def header(table: str) -> tuple[str, ...]:
    """The names in the file's first line, in order."""
    return ("schema_version", *(column.name for column in columns(table)), "chain")


def table_of(record: Record) -> str:
    """The name of the table that a record belongs to."""
    return _NAMES[type(record)]


def moment_of(record: Record) -> datetime:
    """The moment that decides which month a record belongs to."""
    moment: datetime = getattr(record, TIME_COLUMNS[table_of(record)])
    return moment


def encode_row(record: Record) -> tuple[str, ...]:
    """The cells of a record's row, without the chain. Raises `ValueError` when a value does not fit its column."""
    cells = [str(SCHEMA_VERSION)]
    for column, default, empty in _defaults(table_of(record)):
        value = getattr(record, column.name)
        # Most cells of a row hold their default, and the same object at that: it is not encoded each time.
        cells.append(empty if value is default else column.encode(value))
    return tuple(cells)


@cache
def _defaults(table: str) -> tuple[tuple[Column, Any, str], ...]:
    """Each column with its default and that default's cell."""
    defaults = {field.name: field.default for field in fields(TABLES[table])}
    return tuple((one, defaults[one.name], one.encode(defaults[one.name])) for one in columns(table))


def decode_row(table: str, cells: Sequence[str]) -> Record:
    """The record of a row's cells (with or without the chain). Raises `ValueError` naming column and cell."""
    values = {}
    for column, cell in zip(columns(table), cells[1:], strict=False):  # the chain may stand behind the last column
        try:
            values[column.name] = column.decode(cell)
        except ValueError as error:
            raise ValueError(_("column {column}: {error}").format(column=column.name, error=error)) from error
    return TABLES[table](**values)
