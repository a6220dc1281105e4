"""The CSV files as pandas frames. `load` is the one documented way in; pandas stays in this package."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pandas as pd

from agent.store import StoreError
from agent.store.disk import sentences
from agent.store.lines import check_header, months_on_disk
from agent.store.schema import SCHEMA_VERSION, TABLES, columns, header


def load(folder: str | Path, table: str) -> pd.DataFrame:
    """All months of a table (`sweeps`, `observations` or `verdicts`) as one frame, in the order of writing.

    Columns are those of results/README.md. Moments are `datetime64[ms, UTC]`; numbers `Int64` and `Float64`, so that
    missing is not zero; closed lists are categories; all else is `string`, as inert as it stands in the file, with an
    empty cell missing and the text "NA" a text. An empty folder gives no rows and the same types. A torn last line is
    left out. Raises `StoreError` for a folder that does not exist, and naming the file that is not ours or cannot be
    read; and `KeyError` on another table.
    """
    if table not in TABLES:
        raise KeyError(f"There is no table {table!r}; the tables are {', '.join(TABLES)}.")
    if not Path(folder).is_dir():  # a slip in its name must not look like months without a row
        raise StoreError(f"{folder} is no folder; correct its name, or measure first.")
    return frame_of(Path(folder), table)


def frame_of(folder: Path, table: str) -> pd.DataFrame:
    """`load` for who has looked at the folder: no folder is like an empty one."""
    months = [_month(path, table) for _, path in months_on_disk(folder, table)]
    cells = pd.concat(months, ignore_index=True) if months else _no_cells(table)
    return pd.DataFrame({name: _typed(cells[name], name, dtype) for name, dtype in dtypes(table).items()})


def dtypes(table: str) -> dict[str, pd.CategoricalDtype | str]:
    """The type of every column of a table's frame."""
    types: dict[str, pd.CategoricalDtype | str] = {"schema_version": "Int64"}
    for column in columns(table):
        choices = column.kind.choices
        types[column.name] = pd.CategoricalDtype(list(choices)) if choices else column.kind.dtype
    return {**types, "chain": "string"}


def _month(path: Path, table: str) -> pd.DataFrame:
    """One file as cells, all text."""
    with sentences(path):
        data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    check_header(path, table, whole[: whole.find(b"\n") + 1])
    if not whole:
        return _no_cells(table)
    try:
        cells = pd.read_csv(
            io.BytesIO(whole), dtype="string", keep_default_na=False, na_values=[""], skip_blank_lines=False
        )
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise StoreError(f"{path} cannot be read as CSV ({error}); move it out of the results folder.") from error
    _check_rows(path, cells)
    return cells


def _check_rows(path: Path, cells: pd.DataFrame) -> None:
    """Raises `StoreError` for what pandas lets pass: rows too long, rows too short, and rows of another schema."""
    if not isinstance(cells.index, pd.RangeIndex):  # pandas takes the surplus cells of the first row for an index
        raise StoreError(f"{path} line 2 has too many cells; correct the line, or move the file away.")
    for number, version, chain in zip(cells.index + 2, cells["schema_version"], cells["chain"], strict=True):
        if pd.isna(chain):
            raise StoreError(f"{path} line {number} has too few cells; correct the line, or move the file away.")
        if version != str(SCHEMA_VERSION):
            raise StoreError(
                f"{path} line {number} has schema version {version} and this program reads {SCHEMA_VERSION}; read it "
                f"with the version that wrote it."
            )


def _no_cells(table: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([], dtype="string") for name in header(table)})


def _typed(cells: pd.Series, name: str, dtype: Any) -> pd.Series:
    try:
        if dtype == "boolean":
            return cells.map({"true": True, "false": False}).astype("boolean")
        if isinstance(dtype, str) and dtype.startswith("datetime64"):
            return cells.str.removesuffix("Z").astype("datetime64[ms]").dt.tz_localize("UTC")
        if isinstance(dtype, pd.CategoricalDtype) and (unknown := set(cells.dropna()) - set(dtype.categories)):
            raise ValueError(f"{sorted(unknown)[0]!r} is not one of its words")
        return cells.astype(dtype)
    except ValueError as error:
        raise StoreError(
            f"Column {name} holds a cell that does not belong in it ({error}); `dideban verify` names the changed row."
        ) from error
