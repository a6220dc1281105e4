"""One table of the results as Parquet: a type for each column, and what it means in the file itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from agent.store.cells import EMPTY_MEMBER
from agent.store.schema import SCHEMA_VERSION, Column, columns, decode_row, header

#: Rows that are in memory at once, and stand in one row group.
ROWS_TOGETHER = 20_000
#: The types of a frame's columns as Arrow's; what is not here is text, or a category, which Parquet keeps as text.
TYPES = {
    "Int64": pa.int64(),
    "Float64": pa.float64(),
    "boolean": pa.bool_(),
    "datetime64[ms, UTC]": pa.timestamp("ms", tz="UTC"),
}


def write_parquet(rows: Iterable[list[str]], table: str, file: BinaryIO) -> tuple[int, int]:
    """Write the rows, each the cells of a line with its chain. How many were written, and how many do not fit.

    Text is as inert as in the CSV files; a list's members too. An empty cell is missing, of a list it is an empty one.
    """
    schema, written, unfit = schema_of(table), 0, 0
    waiting = iter(rows)
    with pq.ParquetWriter(file, schema, compression="zstd") as out:
        while batch := list(islice(waiting, ROWS_TOGETHER)):
            try:
                made = _typed(batch, table, schema)
            except (pa.ArrowInvalid, ValueError):
                sound = [cells for cells in batch if _fits(cells, table)]
                unfit += len(batch) - len(sound)
                made = _typed(sound, table, schema)
            out.write_table(made)
            written += made.num_rows
    return written, unfit


def schema_of(table: str) -> pa.Schema:
    """The columns with their types; each one's meaning is its metadata, under `description`."""
    fields = [pa.field("schema_version", pa.int64())]
    fields += [
        pa.field(one.name, _type(one), metadata={"description": one.says, "dideban_type": one.kind.says})
        for one in columns(table)
    ]
    about = {
        "dideban_table": table,
        "dideban_schema_version": str(SCHEMA_VERSION),
        "dideban_text": "inert, as in the CSV files; agent.store.cells.decode_text gives the text itself",
    }
    return pa.schema([*fields, pa.field("chain", pa.string())], metadata=about)


def _type(column: Column) -> pa.DataType:
    return pa.list_(pa.string()) if _is_list(column) else TYPES.get(column.kind.dtype, pa.string())


def _is_list(column: Column) -> bool:
    return column.kind.says.startswith("list")


def _typed(batch: list[list[str]], table: str, schema: pa.Schema) -> pa.Table:
    lists = {one.name for one in columns(table) if _is_list(one)}
    arrays = []
    for name, cells in zip(header(table), _turned(batch, len(header(table))), strict=True):
        if name in lists:
            arrays.append(pa.array([_members(cell) for cell in cells], pa.list_(pa.string())))
        else:
            texts = pa.array([cell or None for cell in cells], pa.string())
            arrays.append(pc.cast(texts, schema.field(name).type))
    return pa.Table.from_arrays(arrays, schema=schema)


def _turned(batch: list[list[str]], width: int) -> Iterator[tuple[str, ...]]:
    return zip(*batch, strict=True) if batch else iter([()] * width)


def _members(cell: str) -> list[str]:
    plain = cell.removeprefix("'")
    return ["" if member == EMPTY_MEMBER else member for member in plain.split(" ")] if plain else []


def _fits(cells: list[str], table: str) -> bool:
    try:
        decode_row(table, cells)
    except ValueError:
        return False
    return True
