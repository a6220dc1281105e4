"""One month's file as an Arrow table: quickly when every line is as the store writes it, else line by line.

The quick way trusts nothing: a file that has one line too few or too many for its rows, a cell that does not belong
in its column or a word that is not in its list is read again the slow way, in which each line is looked at alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.compute as pc  # type: ignore[import-untyped]
from pyarrow import csv

from agent.language import _
from agent.report.left_out import Why
from agent.report.resaved import Fault, resaved_lines
from agent.store import StoreError
from agent.store.disk import sentences
from agent.store.lines import check_header, check_version, header_line, parse_line
from agent.store.schema import SCHEMA_VERSION, Column, columns, decode_row

#: Of a cell's type in pandas, its type in Arrow. A closed list is told by its choices.
ARROW = {
    "string": pa.string(),
    "boolean": pa.bool_(),
    "Int64": pa.int64(),
    "Float64": pa.float64(),
    "datetime64[ms, UTC]": pa.timestamp("ms", "UTC"),
}
WORD = pa.dictionary(pa.int32(), pa.string())
#: Bytes that one thread parses at a time; a line that is longer is read the slow way.
BLOCK_BYTES = 2**22
#: Columns that are looked at in any case: they show what is no row of ours.
ALWAYS = ("schema_version", "chain")
#: Whole numbers beyond this are in no frame.
INT64_MAX = 2**63 - 1


def whole_lines_of(path: Path, table: str) -> tuple[bytes, bytes]:
    """A file's whole lines, and what stands behind the last line end: a row being written, or cut off by a crash."""
    with sentences(path), path.open("rb") as file:
        # A device has no bytes either, and reading it may never end.
        data = file.read() if os.fstat(file.fileno()).st_size else b""
    end = data.rfind(b"\n") + 1
    if not end and not header_line(table).startswith(data):  # such as one whose lines end in CR
        check_header(path, table, data)
    return (data, b"") if end == len(data) else (data[:end], data[end:])


def strict_month(path: Path, table: str) -> pa.Table:
    """All rows of a file. Raises `StoreError` naming the file and the first line that is no row of this version's."""
    data, _torn = whole_lines_of(path, table)
    check_header(path, table, _first_line(data))
    if (quick := quick_table(data, table)) is not None:
        return quick
    for number, line in enumerate(_lines(data), start=2):
        try:
            _check(line, table)
        except ValueError as error:
            raise StoreError(
                _(
                    "{path} line {number} cannot be read: {error}; correct the line, or move the file out of the "
                    "results folder."
                ).format(path=path, number=number, error=error)
            ) from error
    return table_of_lines(path, table, list(_lines(data)))


def sound_month(path: Path, table: str, names: Sequence[str] = ()) -> tuple[pa.Table, list[Fault]]:
    """The rows of a file that can be read, and line and reason of each that cannot; of `names` alone, where given.

    A file that another program saved again gives those of its rows that stand as they were written. Raises
    `StoreError` for a file that is none of ours.
    """
    data, torn = whole_lines_of(path, table)
    faults: list[Fault] = [(data.count(b"\n") + 1, Why.TORN, "")] if torn else []
    if _first_line(data) not in (b"", header_line(table)):
        lines, changed = resaved_lines(path, table, data)
        return table_of_lines(path, table, lines, names), changed + faults
    if (quick := quick_table(data, table, names)) is not None:
        return quick, faults
    kept = []
    for number, line in enumerate(_lines(data), start=2):
        try:
            _check(line, table)
        except ValueError:
            faults.append((number, *_why(line, table)))
        else:
            kept.append(line)
    return table_of_lines(path, table, kept, names), faults


def quick_table(
    data: bytes, table: str, names: Sequence[str] = (), *, block_bytes: int = BLOCK_BYTES
) -> pa.Table | None:
    """The rows behind the header in `data`; None when any line of it needs a closer look."""
    types = arrow_types(table)
    wanted = list(types) if not names else [name for name in types if name in {*names, *ALWAYS}]
    if not data:
        return pa.schema([(name, types[name]) for name in wanted]).empty_table()
    try:
        found = csv.read_csv(
            pa.BufferReader(pa.py_buffer(data)),
            read_options=csv.ReadOptions(block_size=block_bytes),
            convert_options=csv.ConvertOptions(
                column_types=types, include_columns=wanted, strings_can_be_null=True, null_values=[""],
                true_values=["true"], false_values=["false"],
            ),
        )  # fmt: skip
    except pa.ArrowInvalid:
        return None
    # A quote out of place can swallow lines; then there are fewer rows than line ends.
    return found if found.num_rows == data.count(b"\n") - 1 and _belongs(found, table) else None


def table_of_lines(path: Path, table: str, lines: Sequence[bytes], names: Sequence[str] = ()) -> pa.Table:
    """The rows that these lines are. Raises `StoreError` when they are none after all."""
    data = header_line(table) + b"".join(lines)
    found = quick_table(data, table, names, block_bytes=len(data) + 1)
    if found is None:
        raise StoreError(_("{path} cannot be read as CSV; move it out of the results folder.").format(path=path))
    return found


def arrow_types(table: str) -> dict[str, pa.DataType]:
    """The type of every column of a table, chain included."""
    types = {one.name: WORD if one.kind.choices else ARROW[one.kind.dtype] for one in columns(table)}
    return {"schema_version": pa.int64(), **types, "chain": pa.string()}


def _belongs(found: pa.Table, table: str) -> bool:
    """Whether each cell is one that the store writes in its column, as far as its type does not show it."""
    versions = pc.min_max(found["schema_version"]).as_py().values()
    if found.num_rows and not all(version == SCHEMA_VERSION for version in versions):
        return False
    present = [one for one in columns(table) if one.name in found.column_names]
    return found["chain"].null_count == 0 and all(_fits(found[one.name], one) for one in present)


def _fits(cells: pa.ChunkedArray, column: Column) -> bool:
    if cells.null_count and not column.optional and column.kind.dtype != "string":
        return False
    if column.kind.choices:
        words = {word for chunk in cells.chunks for word in chunk.dictionary.to_pylist()}
        return words <= set(column.kind.choices)
    return column.kind.dtype != "Float64" or pc.all(pc.is_finite(cells)).as_py() is not False


def _check(line: bytes, table: str) -> None:
    """Raises `ValueError` saying why a line is no row of this version's that a frame can hold."""
    cells = parse_line(line, table)
    check_version(cells)
    record = decode_row(table, cells)
    for column in columns(table):
        value = getattr(record, column.name)
        if isinstance(value, int | float) and abs(value) > INT64_MAX:
            raise ValueError(f"column {column.name}: the number is too large")
    if not cells[-1]:
        raise ValueError("the row has no link of the chain")


def _why(line: bytes, table: str) -> tuple[Why, str]:
    """Why a line that `_check` refuses counts nowhere."""
    try:
        cells = parse_line(line, table)
    except ValueError:
        return Why.NO_WHOLE_ROW, ""
    if cells[0].isdecimal() and cells[0] != str(SCHEMA_VERSION):
        return Why.OTHER_SCHEMA, cells[0][:9]
    return Why.FOREIGN_CELL, ""


def _first_line(data: bytes) -> bytes:
    return data[: 2**16].split(b"\n", 1)[0] + b"\n" if data else b""


def _lines(data: bytes) -> Iterator[bytes]:
    """The lines after the header."""
    begun = data.find(b"\n") + 1
    while begun < len(data):
        end = data.find(b"\n", begun) + 1
        yield data[begun:end]
        begun = end
