"""Writes a comparison as CSV and as Markdown text. Pure: who calls it says where the text goes.

No cell can act as a formula or as an escape: every text goes through the store's cells.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from agent.store.cells import encode_text
from agent.timeline.origin import Origin, origin_sentences
from agent.timeline.records import Agreement

COLUMNS = tuple(field.name for field in fields(Agreement))
#: What has a meaning in Markdown or HTML, and must not have it in a cell.
MARKUP = re.compile(r"([\\`*_{}\[\]<>|~#!])")
HEADER = ("Platform", "The document says", "Outcome", "Found", "In words", "Independent records")


def as_csv(agreements: Iterable[Agreement]) -> str:
    """All columns of all rows, RFC 4180 with a header; lines end in \\n as in the store's files."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(getattr(row, name)) for name in COLUMNS] for row in agreements)
    return text.getvalue()


def as_markdown(agreements: Sequence[Agreement], origin: Origin, sources: Mapping[str, str]) -> str:
    """What it is of; two tables, the platforms as the document leaves them and its claims; and the sources used.

    `sources` are addresses by key; those that no row names are left out.
    """
    used = sorted({key for row in agreements for key in row.sources})
    platforms = [row for row in agreements if row.level == "platform"]
    claims = [row for row in agreements if row.level == "claim"]
    return (
        "# What was found, held against the document\n\n"
        f"**{_markdown_cell(origin_sentences(origin))}**\n\n"
        "The verdicts that each row rests on (`witnesses`), and all counts, are in the CSV file of the same name.\n\n"
        "## Each platform, as the document leaves it\n\n"
        f"{_table(platforms)}\n"
        "## Each claim of the document\n\n"
        f"{_table(claims)}\n"
        "## Sources of the independent records\n\n"
        + "".join(f"- {_markdown_cell(key)}: {_markdown_cell(sources[key])}\n" for key in used)
    )


def _table(rows: Iterable[Agreement]) -> str:
    lines = [_line(HEADER), _line("---" for _ in HEADER)]
    lines += [_line(_markdown_cell(cell) for cell in _shown(row)) for row in rows]
    return "\n".join(lines) + "\n"


def _shown(row: Agreement) -> tuple[str, ...]:
    return (
        ", ".join(row.platforms),
        row.says.replace("_", " "),
        row.outcome.replace("_", " ") + (f": {row.why.replace('_', ' ')}" if row.why else ""),
        f"{row.findings_blocked} blocked, {row.findings_open} open of {row.usable} usable, {row.total} in all",
        row.sentence,
        row.records or "none found",
    )


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _markdown_cell(text: str) -> str:
    return MARKUP.sub(r"\\\1", encode_text(text))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return encode_text(" ".join(str(member) for member in value))
    return encode_text(str(value))
