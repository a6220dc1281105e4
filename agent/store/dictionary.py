"""Writes the data dictionary, results/README.md, from the records: `python -m agent.store.dictionary`."""

from __future__ import annotations

import sys

from agent.store.schema import SCHEMA_VERSION, TABLES, TIME_COLUMNS, Column, columns

ABOUT = {
    "sweeps": "One row for each sweep: where from, when, and whether the line was fit to measure.",
    "observations": "One row for each thing that was done on the network: a reply to a query, a connection, a "
    "handshake, a request. Facts: rows are only ever added.",
    "verdicts": "What the observations of a sweep mean, by target and by platform. Conclusions: `dideban classify` "
    "recomputes them, and replaces the file.",
}

OPENING = f"""# The data dictionary

*Generated from the records by `python -m agent.store.dictionary`; a test compares the two. Schema version \
{SCHEMA_VERSION}.*

The agent writes its CSV files into this folder: `sweeps-YYYY-MM.csv`, `observations-YYYY-MM.csv` and
`verdicts-YYYY-MM.csv`, one of each for every month in which it measured. A row's month is that of its moment in UTC
({", ".join(f"`{column}` for {table}" for table, column in TIME_COLUMNS.items())}).

## To load them

```python
from agent.report.frames import load

observations = load("results", "observations")
```

gives one pandas frame of all months, with a type for each column: moments with their time zone, numbers that may be
missing, categories for closed lists, text. Without this project, read every cell as text and take only the empty cell
as missing: `pandas.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])`.

## To read them right

- **Missing, zero and not attempted are three things.** An empty cell: the column does not belong to the operation, or
  nothing was seen. `0`: it was counted, and there was none. A `failure` that begins with `not_run`: it was planned
  and left out. No row: it was never planned.
- **Moments** are ISO 8601 in UTC with milliseconds (`2026-11-24T05:57:00.000Z`), from the computer's clock. Spans of
  time are in milliseconds from a clock that is never set.
- **Numbers** have no thousands separator; those that are not whole have three decimals after a point.
- **Lists** are separated by single spaces. A space within a member is written `\\x20`, and an empty member `\\e`.
- **Text is inert.** A character that does not print is written as an escape: `\\x1b`, `\\u202e`, `\\U000e0001`; a
  backslash as `\\\\`. A cell that a spreadsheet would take for a formula (it begins with `=`, `+`, `-` or `@`, in
  whatever form, after spaces or not), and one that begins with an apostrophe, has an apostrophe put before it.
  `agent.store.cells.decode_text` undoes both; pandas frames keep text as it stands in the file, so that they can be
  shown and written out again.
- **Text from the network** (marked *scrubbed*) has had every internet and hardware address replaced by `[address]`,
  every e-mail address by `[e-mail]`, and the names of the computer and its user by `[private]`. The addresses of
  Iran's filter stay, for they are evidence. In the other columns an address of the computer itself is `[own_address]`.
  A row that could not be made safe is not written, and is counted in `rows_withheld` of its sweep.
- **A line ends in LF.** No cell holds a line break, so a row is one line. A last line without LF is not a whole row.
- **The chain.** `chain` is the SHA-256, in hex, of the previous row's `chain`, LF, and the row's other cells as a
  compact JSON array of strings in UTF-8; for the first row the previous link is the SHA-256 of the file's name, LF,
  and the header line with its LF. `dideban verify` names the rows that do not follow from one another, and counts
  the rows of each sweep, since rows cut from a file's end break no chain. There is no secret in it: it shows accidents
  and careless edits, not files that somebody wrote anew, nor a sweep that is gone from all three.
- **Bundles.** A bundle (`dideban export bundle`) holds some sweeps' rows, scrubbed again and chained anew, without
  `vantage_label` unless its sender wished otherwise; `observations` and `rows_withheld` of a sweep speak of the bundle.
  A folder of merged bundles (`dideban merge`) holds the rows of many, sweep by sweep, chained anew, each once;
  `vantage_id` tells them apart, and `sources.json` says which bundles they came from. See docs/sharing.md.
"""


def render() -> str:
    """The whole dictionary in Markdown."""
    return OPENING + "".join(_section(table) for table in TABLES)


def _section(table: str) -> str:
    lines = [
        f"\n## {table}-YYYY-MM.csv\n",
        f"{ABOUT[table]}\n",
        "| column | type | meaning |",
        "|---|---|---|",
        "| `schema_version` | whole number | Version of this file's columns. |",
        *(_line(column) for column in columns(table)),
        "| `chain` | text | Ties the row to the one before it (see above). |",
    ]
    return "\n".join(lines) + "\n"


def _line(column: Column) -> str:
    kind = column.kind.says + (", or empty" if column.optional else "") + (", scrubbed" if column.measured_text else "")
    return f"| `{column.name}` | {kind} | {column.says.replace('|', chr(92) + '|')} |"


if __name__ == "__main__":
    sys.stdout.write(render())
