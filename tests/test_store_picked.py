"""A few rows out of many: exactly those asked for, and none of an id of which one cannot be read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from agent.records import Sweep
from agent.store.journal import Journal
from agent.store.picked import picked
from agent.store.read import rows
from agent.store.scrub import Private
from agent.verdict.records import Verdict
from probes.observation import Observation
from tests.result_files import blocked, ok, write_sweep
from tests.store_rows import NOON, observation

LATER = timedelta(days=31)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two sweeps a month apart, each with three observations, one of them with commas and quotes in its texts."""
    for at in (NOON, NOON + LATER):
        made = write_sweep(tmp_path, at, {"signal": blocked("tcp.reset"), "gmail": ok()})
        seen = [
            observation(sweep_id=made.sweep_id, observation_id=f"{made.sweep_id}.{n}", observed_at=at, title='a,"b",c')
            for n in range(3)
        ]
        Journal(tmp_path, Private()).append(seen)
    return tmp_path


def ids(folder: Path) -> list[str]:
    return [sweep.sweep_id for sweep in rows(folder, "sweeps")]


def test_they_are_as_a_reading_of_all_gives_them(folder: Path) -> None:
    first, second = ids(folder)
    for kind, table in ((Sweep, "sweeps"), (Observation, "observations"), (Verdict, "verdicts")):
        assert picked(folder, kind, "sweep_id", [second]) == {  # type: ignore[type-var]
            second: [row for row in rows(folder, table) if row.sweep_id == second]
        }
    verdict = f"{first}-v-signal"
    assert [one.verdict_id for one in picked(folder, Verdict, "verdict_id", [verdict])[verdict]] == [verdict]


def test_what_is_not_there_is_left_out(folder: Path) -> None:
    """And the beginning of an id is no id."""
    first, _ = ids(folder)
    assert picked(folder, Sweep, "sweep_id", [first[:-1], "", "none"]) == {}
    assert picked(folder / "nothing", Sweep, "sweep_id", [first]) == {}


def test_only_the_months_asked_for_are_read(folder: Path) -> None:
    first, second = ids(folder)
    assert list(picked(folder, Observation, "sweep_id", [first, second], months={"2026-11"})) == [first]
    assert list(picked(folder, Observation, "sweep_id", [first, second], months=())) == []


def test_a_file_of_another_program_has_none_and_hides_no_other(folder: Path) -> None:
    first, second = ids(folder)
    (folder / "observations-2026-11.csv").write_bytes(b"schema_version;sweep_id\r\n1;x\r\n")
    assert list(picked(folder, Observation, "sweep_id", [first, second])) == [second]


def test_of_a_row_that_cannot_be_read_the_others_are_not_told(folder: Path) -> None:
    """Half of a sweep's rows would tell another story; the other sweep is read."""
    first, second = ids(folder)
    path = folder / "observations-2026-11.csv"
    path.write_text(path.read_text().replace(f"1,{first},{first}.1,", f"7,{first},{first}.1,"))
    assert list(picked(folder, Observation, "sweep_id", [first, second])) == [second]


def test_a_row_written_twice_is_there_once_and_a_torn_one_not(folder: Path) -> None:
    first, _ = ids(folder)
    path = folder / "observations-2026-11.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, lines[-1], lines[-1][:40]]))
    assert len(picked(folder, Observation, "sweep_id", [first])[first]) == 3
