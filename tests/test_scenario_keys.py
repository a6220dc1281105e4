"""The tables of keys are those of the records, and docs/lab.md has them all."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from agent.lab.rules import (
    MOMENT_WORDS,
    MOMENTS,
    Match,
    Residual,
    Rule,
    SendBytes,
)
from agent.lab.scenario.censoring import RECORDS
from agent.lab.scenario.keys_of_rules import ACTIONS, TABLES
from agent.lab.scenario.records import Expectation
from agent.lab.scenario.tables import render
from agent.lab.world import Client, Host, Line, Page, Service
from tests.scenario_texts import loaded

PAGE = Path(__file__).parents[1] / "docs" / "lab.md"
#: Keys of a table that become something else than the record's field of that name, or no field at all.
CONVENIENCES = {
    "client": {"captive_portal", "national_only"},
    "match": {"names_of", "addresses_of"},
    "host": {"service"},
    "service": {"page"},
    "residual": {"do"},
    "rule": set(),
    "line": set(),
    "page": set(),
    "expect": set(),
}
RECORDS_OF_TABLES = {
    "client": Client,
    "line": Line,
    "host": Host,
    "service": Service,
    "page": Page,
    "rule": Rule,
    "match": Match,
    "residual": Residual,
    "expect": Expectation,
}
#: Fields whose key has another name.
RENAMED = {"host": {"services"}, "service": {"pages"}, "residual": {"action"}}


@pytest.mark.parametrize("table", RECORDS_OF_TABLES)
def test_every_field_has_its_key_with_the_same_default(table: str) -> None:
    """No field of a record is out of a file's reach, and no default is told wrong."""
    record = {field.name: field.default for field in fields(RECORDS_OF_TABLES[table])}
    keys = {name: key for name, key in TABLES[table].items() if name not in CONVENIENCES[table]}
    assert set(keys) == set(record) - RENAMED.get(table, set())
    for name, key in keys.items():
        if name != "resolver" and not key.required:  # the provider's address is not known beforehand
            assert record[name] == key.default, name
        assert key.required == (record[name] is MISSING) or name == "resolver", name


@pytest.mark.parametrize("word", [word for word, record in RECORDS.items() if record is not SendBytes])
def test_every_field_of_an_action_has_its_key_with_the_same_default(word: str) -> None:
    record = {field.name: field.default for field in fields(RECORDS[word])}
    assert set(ACTIONS[word]) == set(record)
    for name, key in ACTIONS[word].items():
        assert key.required or record[name] == key.default, name


def test_every_action_of_a_moment_can_be_written() -> None:
    assert set(RECORDS.values()) == {record for able in MOMENTS.values() for record in able}
    assert set(RECORDS) == set(ACTIONS)


def test_the_page_tells_every_key() -> None:
    """After a change of a key, put what `python -m agent.lab.scenario.tables` writes in the section's place."""
    assert render() in PAGE.read_text(encoding="utf-8")


def test_the_example_of_the_page_can_be_used(tmp_path: Path) -> None:
    example = PAGE.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    assert loaded(tmp_path, example).expected


def test_the_section_has_each_key_of_each_table() -> None:
    section = render()
    for name in (*TABLES, *ACTIONS):
        for key in {**TABLES.get(name, {}), **ACTIONS.get(name, {})}:
            assert f"`{key}`" in section, (name, key)
    for at in MOMENTS:
        assert f"| `{at}` | {MOMENT_WORDS[at]} |" in section
