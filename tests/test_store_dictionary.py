"""The data dictionary says what the records say."""

from __future__ import annotations

from pathlib import Path

from agent.store.dictionary import render
from agent.store.schema import TABLES, columns, header

README = Path(__file__).parents[1] / "results" / "README.md"


def test_the_file_is_what_the_records_render_to() -> None:
    """After a change of a record: python -m agent.store.dictionary > results/README.md."""
    assert README.read_text(encoding="utf-8") == render()


def test_every_column_of_every_table_is_explained() -> None:
    """One line each, none without a meaning."""
    lines = render().splitlines()
    for table in TABLES:
        for name in header(table):
            assert any(line.startswith(f"| `{name}` | ") for line in lines)
        assert all(column.says for column in columns(table))
