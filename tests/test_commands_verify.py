"""`dideban verify`: rows that are missing where no chain can show it, and the innocent cases beside them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from agent import cli, exits
from agent.records import Sweep
from agent.store.journal import Journal
from agent.store.scrub import Private
from tests.result_files import blocked, ok, write_sweep
from tests.store_rows import NOON, observation

FOUND = {"signal": blocked("tcp.timeout"), "yahoo": ok()}
Said = Callable[[], tuple[int, str]]


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    """Two sweeps on the disk, of three observations each. This is the second."""
    made = [write_sweep(tmp_path, NOON + timedelta(hours=at), FOUND, observations=3) for at in (0, 1)]
    for each in made:
        write_observations(tmp_path, each.sweep_id, count=3)
    return made[1]


@pytest.fixture
def said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs `dideban verify`: its exit code, and what it says."""
    return lambda: (cli.main(["verify", "--results", str(tmp_path)]), capsys.readouterr().out)


def write_observations(folder: Path, sweep_id: str, *, count: int) -> None:
    rows = [observation(number, sweep_id=sweep_id, observation_id=f"{sweep_id}-{number}") for number in range(count)]
    Journal(folder, Private()).append(rows)


def cut(path: Path, lines: int) -> None:
    """Take whole lines from a file's end."""
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-lines]))


def test_a_folder_with_all_its_rows_is_whole(sweep: Sweep, said: Said, tmp_path: Path) -> None:
    """And no more is claimed than was looked at."""
    assert said() == (
        exits.DONE,
        f"3 files in {tmp_path}: each row follows from the one before it, and each sweep's row has all its "
        f"observations and a verdict on each of its platforms.\n",
    )


def test_observations_that_were_cut_off_at_the_end_are_missed(sweep: Sweep, said: Said, tmp_path: Path) -> None:
    cut(tmp_path / "observations-2026-11.csv", 2)
    assert said() == (
        exits.BAD_INPUT,
        f"Sweep {sweep.sweep_id} wrote 3 observations, and the disk has 1: rows were cut off, or a file is gone.\n",
    )


def test_a_file_of_observations_that_is_gone_is_missed(sweep: Sweep, said: Said, tmp_path: Path) -> None:
    """By every sweep that wrote into it."""
    (tmp_path / "observations-2026-11.csv").unlink()
    code, told = said()
    assert (code, told.count("and the disk has 0: rows were cut off, or a file is gone.")) == (exits.BAD_INPUT, 2)


def test_observations_that_no_sweep_wrote_are_too_many(sweep: Sweep, said: Said, tmp_path: Path) -> None:
    """Chained like the others, as a program would that knows how."""
    write_observations(tmp_path, sweep.sweep_id, count=1)
    code, told = said()
    assert code == exits.BAD_INPUT
    assert told == f"Sweep {sweep.sweep_id} wrote 3 observations, and the disk has 4: rows were added.\n"


@pytest.mark.parametrize(("lines", "platforms"), [(2, "yahoo"), (4, "signal, yahoo")])
def test_verdicts_that_are_missing_are_named(
    lines: int, platforms: str, sweep: Sweep, said: Said, tmp_path: Path
) -> None:
    """And how to have them again: they are conclusions."""
    cut(tmp_path / "verdicts-2026-11.csv", lines)
    code, told = said()
    assert code == exits.BAD_INPUT
    assert told == (
        f"Sweep {sweep.sweep_id} lacks the verdicts on {platforms}: they were cut off, or never written; `dideban "
        f"classify` makes them.\n"
    )


def test_a_sweeps_row_that_was_cut_off_is_missed(sweep: Sweep, said: Said, tmp_path: Path) -> None:
    """Its verdicts tell: the agent writes them after the row."""
    cut(tmp_path / "sweeps-2026-11.csv", 1)
    code, told = said()
    assert code == exits.BAD_INPUT
    assert (
        told
        == f"Sweep {sweep.sweep_id} has verdicts and no row in the sweeps files: it was cut off, or a file is gone.\n"
    )


def test_an_unfinished_sweep_is_a_note_and_no_edit(sweep: Sweep, said: Said, tmp_path: Path) -> None:
    """A sweep under way, or one that was killed: rows of both are right where they stand."""
    write_observations(tmp_path, "20261124T150000Z-fedcba", count=2)
    code, told = said()
    note, whole = told.splitlines()
    assert code == exits.DONE
    assert note == (
        "Sweep 20261124T150000Z-fedcba is unfinished (under way now, or killed): 2 observations stand without its row, "
        "and nothing is concluded from them."
    )
    assert whole.startswith(f"3 files in {tmp_path}: each row follows")


def test_an_edit_does_not_hide_a_cut(sweep: Sweep, said: Said, tmp_path: Path) -> None:
    """Both are told."""
    path = tmp_path / "observations-2026-11.csv"
    cut(path, 1)
    path.write_text(path.read_text(encoding="utf-8").replace("Welcome, friends", "Welcome, foes", 1), encoding="utf-8")
    code, told = said()
    assert code == exits.BAD_INPUT
    assert f"{path} line 2: this row was changed" in told
    assert f"Sweep {sweep.sweep_id} wrote 3 observations, and the disk has 2" in told
