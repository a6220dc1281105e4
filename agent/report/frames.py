"""The CSV files as pandas frames. `load` is the one documented way in; pandas stays in this package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types

from agent.language import _
from agent.report.months import arrow_types, strict_month
from agent.store import StoreError
from agent.store.lines import months_on_disk
from agent.store.schema import TABLES, columns

#: Of a type in Arrow, its type in pandas.
PANDAS = {
    pa.string(): pd.StringDtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.float64(): pd.Float64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}


def load(folder: str | Path, table: str) -> pd.DataFrame:
    """All months of a table (`sweeps`, `observations` or `verdicts`) as one frame, in the order of writing.

    Columns are those of results/README.md. Moments are `datetime64[ms, UTC]`; numbers `Int64` and `Float64`, so that
    missing is not zero; closed lists are categories; all else is `string`, as inert as it stands in the file, with an
    empty cell missing and the text "NA" a text. An empty folder gives no rows and the same types. A torn last line is
    left out. Raises `StoreError` for a folder that does not exist, and naming the file that is not ours, or file and
    line of what cannot be read; and `KeyError` on another table.
    """
    if table not in TABLES:
        raise KeyError(f"There is no table {table!r}; the tables are {', '.join(TABLES)}.")
    if not Path(folder).is_dir():  # a slip in its name must not look like months without a row
        raise StoreError(_("{folder} is no folder; correct its name, or measure first.").format(folder=folder))
    return frame_of(Path(folder), table)


def frame_of(folder: Path, table: str) -> pd.DataFrame:
    """`load` for who has looked at the folder: no folder is like an empty one."""
    return framed([strict_month(path, table) for _, path in months_on_disk(folder, table)], table)


def framed(months: Sequence[pa.Table], table: str) -> pd.DataFrame:
    """The rows of these months, one behind the other, with the types that `load` promises."""
    types = arrow_types(table)
    whole = pa.concat_tables(months) if months else pa.schema(list(types.items())).empty_table()
    frame: pd.DataFrame = whole.to_pandas(types_mapper=PANDAS.get, split_blocks=True)
    words = {one.name: list(one.kind.choices) for one in columns(table) if one.kind.choices and one.name in frame}
    return frame.assign(**{name: frame[name].cat.set_categories(choices) for name, choices in words.items()})


def dtypes(table: str) -> dict[str, pd.CategoricalDtype | str]:
    """The type of every column of a table's frame."""
    types: dict[str, pd.CategoricalDtype | str] = {"schema_version": "Int64"}
    for column in columns(table):
        choices = column.kind.choices
        types[column.name] = pd.CategoricalDtype(list(choices)) if choices else column.kind.dtype
    return {**types, "chain": "string"}
