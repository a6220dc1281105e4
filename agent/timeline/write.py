"""Writes a comparison as CSV, JSON and Markdown text. Pure: who calls it says where the text goes.

No cell can act as a formula or as an escape: every text goes through the store's cells. CSV and JSON are English in
every language; Markdown is in the reader's.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

from agent.calendars import digits
from agent.language import N_, _
from agent.store.cells import encode_moment, encode_text
from agent.timeline.origin import Origin, origin_sentences
from agent.timeline.records import Agreement

COLUMNS = tuple(field.name for field in fields(Agreement))
#: What has a meaning in Markdown or HTML, and must not have it in a cell.
MARKUP = re.compile(r"([\\`*_{}\[\]<>|~#!])")
HEADER = (
    N_("Platform"),
    N_("Found"),
    N_("To print"),
    N_("In detail"),
    N_("How it was blocked, in how many findings"),
    N_("Independent records"),
)


def as_csv(agreements: Iterable[Agreement]) -> str:
    """All columns of all rows, RFC 4180 with a header; lines end in \\n as in the store's files."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(getattr(row, name)) for name in COLUMNS] for row in agreements)
    return text.getvalue()


def as_json(agreements: Iterable[Agreement], origin: Origin) -> str:
    """The same as JSON: what it is of, and a list of rows whose numbers are numbers; only ASCII, on one line."""
    made = {"origin": asdict(origin), "agreements": [asdict(row) for row in agreements]}
    return json.dumps(made, default=_plain)


def as_markdown(agreements: Sequence[Agreement], origin: Origin, sources: Mapping[str, str]) -> str:
    """What it is of; two tables, the platforms as the document leaves them and its claims; and the sources used.

    In the current language, if the rows are (`agent.timeline.sentences.told`). `sources` are addresses by key; those
    that no row names are left out.
    """
    used = sorted({key for row in agreements for key in row.sources})
    platforms = [row for row in agreements if row.level == "platform"]
    claims = [row for row in agreements if row.level == "claim"]
    parts = [
        f"# {_('What was found, held against the document')}",
        f"**{_markdown_cell(origin_sentences(origin))}**",
        _("The verdicts that each row rests on (`witnesses`), and all counts, are in the CSV file of the same name."),
        f"## {_('Each platform, as the document leaves it')}",
        _table(platforms),
        f"## {_('Each claim of the document')}",
        _table(claims),
        f"## {_('Sources of the independent records')}",
        "\n".join(f"- {_markdown_cell(key)}: {_markdown_cell(sources[key])}" for key in used),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(rows: Iterable[Agreement]) -> str:
    lines = [_line(_(title) for title in HEADER), _line("---" for _title in HEADER)]
    lines += [_line(_markdown_cell(cell) for cell in _shown(row)) for row in rows]
    return "\n".join(lines)


def _shown(row: Agreement) -> tuple[str, ...]:
    counts = _("{blocked} blocked or likely blocked, {open} open of {usable} usable, {total} in all")
    numbers = {
        "blocked": row.findings_blocked,
        "open": row.findings_open,
        "usable": row.usable,
        "total": row.total,
    }
    return (
        ", ".join(row.platforms),
        counts.format(**{name: digits(number) for name, number in numbers.items()}),
        row.printable,
        row.sentence,
        ", ".join(row.mechanisms) or _("none named"),
        row.records or _("none found"),
    )


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _markdown_cell(text: str) -> str:
    return MARKUP.sub(r"\\\1", encode_text(text))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return encode_moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return encode_text(" ".join(str(member) for member in value))
    return encode_text(str(value))


def _plain(value: Any) -> str:
    """A moment or a day as JSON can hold it."""
    return encode_moment(value) if isinstance(value, datetime) else str(value)
