"""The data dictionary says what the records say."""

from __future__ import annotations

from pathlib import Path

from agent.store.dictionary import render
from agent.store.schema import TABLES, columns, header
from agent.verdict.finding import WITNESSES_MAX

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


def test_the_cap_on_a_verdicts_witnesses_is_told() -> None:
    """Who counts witnesses must know that there may be more."""
    (line,) = [line for line in render().splitlines() if line.startswith("| `witnesses` | ")]
    assert f"at most {WITNESSES_MAX}," in line
