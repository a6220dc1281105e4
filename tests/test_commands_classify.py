"""`dideban classify` on folders in which rows are missing: it says so, and spoils no verdict that was made of more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent import cli, exits
from agent.records import Sweep
from agent.store.journal import Journal
from agent.store.read import rows
from agent.store.scrub import Private
from agent.verdict.records import State, Verdict
from tests.result_files import blocked, write_sweep
from tests.store_rows import NOON, observation

Said = Callable[[], tuple[int, list[str]]]


@pytest.fixture
def said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs `dideban classify`: its exit code, and the lines it says on both outputs."""

    def run() -> tuple[int, list[str]]:
        code = cli.main(["classify", "--results", str(tmp_path)])
        told = capsys.readouterr()
        return code, (told.out + told.err).splitlines()

    return run


def write(folder: Path, at: datetime, *, claimed: int, on_disk: int) -> Sweep:
    """A sweep that once found Signal blocked, with so many observations, none of which bears that out."""
    sweep = write_sweep(folder, at, {"signal": blocked("tcp.reset")}, observations=claimed)
    ids = [f"{sweep.sweep_id}-{number}" for number in range(on_disk)]
    Journal(folder, Private()).append([observation(sweep_id=sweep.sweep_id, observation_id=each) for each in ids])
    return sweep


def of_platforms(folder: Path, sweep: Sweep) -> list[Verdict]:
    return [v for v in rows(folder, "verdicts") if v.sweep_id == sweep.sweep_id and v.level == "platform"]


@pytest.mark.parametrize("on_disk", [0, 1, 3], ids=["all gone", "cut", "added"])
def test_a_sweep_that_lacks_observations_keeps_its_verdicts(on_disk: int, said: Said, tmp_path: Path) -> None:
    """Judged on what is left, a block would become `insufficient`. The sweep beside it is judged anew."""
    short = write(tmp_path, NOON, claimed=2, on_disk=on_disk)
    whole = write(tmp_path, NOON + timedelta(hours=1), claimed=2, on_disk=2)
    code, lines = said()
    assert code == exits.BAD_INPUT
    assert lines[0] == (
        f"Sweep {short.sweep_id} wrote 2 observations, and the disk has {on_disk}: its verdicts stay as they were."
    )
    (kept,), (anew,) = of_platforms(tmp_path, short), of_platforms(tmp_path, whole)
    assert (kept.state, kept.mechanisms) == (State.BLOCKED, ("tcp.reset",))
    assert anew.state is not State.BLOCKED


def test_a_sweep_that_lacks_observations_and_has_no_verdicts_gets_none(said: Said, tmp_path: Path) -> None:
    short = write(tmp_path, NOON, claimed=2, on_disk=1)
    (tmp_path / "verdicts-2026-11.csv").unlink()
    code, lines = said()
    assert code == exits.BAD_INPUT
    assert lines[0] == f"Sweep {short.sweep_id} wrote 2 observations, and the disk has 1: it is not judged."
    assert of_platforms(tmp_path, short) == []


def test_verdicts_of_a_sweep_whose_row_is_gone_stay(said: Said, tmp_path: Path) -> None:
    """A month's sweeps file was lost; the next month is judged as ever."""
    lost = write(tmp_path, NOON - timedelta(days=60), claimed=1, on_disk=1)
    write(tmp_path, NOON, claimed=1, on_disk=1)
    (tmp_path / "sweeps-2026-09.csv").unlink()
    before = (tmp_path / "verdicts-2026-09.csv").read_bytes()
    code, lines = said()
    assert (code, lines[0]) == (
        exits.BAD_INPUT,
        f"Sweep {lost.sweep_id} has no row; its verdicts stay as they were.",
    )
    assert (tmp_path / "verdicts-2026-09.csv").read_bytes() == before


def test_verdicts_without_any_sweep_are_one_sentence(said: Said, tmp_path: Path) -> None:
    """And nothing is touched."""
    write(tmp_path, NOON, claimed=1, on_disk=1)
    (tmp_path / "sweeps-2026-11.csv").unlink()
    before = (tmp_path / "verdicts-2026-11.csv").read_bytes()
    assert said() == (
        exits.BAD_INPUT,
        [
            f"dideban: {tmp_path} holds verdicts and none of the sweeps that they are of, so that nothing can be "
            f"judged; put the sweeps files back."
        ],
    )
    assert (tmp_path / "verdicts-2026-11.csv").read_bytes() == before


@pytest.mark.parametrize(("sweeps", "more"), [(20, []), (21, ["  and 1 more"])])
def test_of_many_changes_twenty_are_named_and_the_others_counted(
    sweeps: int, more: list[str], said: Said, tmp_path: Path
) -> None:
    for hour in range(sweeps):
        write(tmp_path, NOON + timedelta(hours=hour), claimed=1, on_disk=1)
    said()  # from here on the verdicts are those of the rules
    judged = list(rows(tmp_path, "verdicts"))
    other = [replace(v, state=State.DOWN) if v.level == "platform" else v for v in judged]
    Journal(tmp_path, Private()).rewrite_verdicts({"2026-11": other})
    code, lines = said()
    assert code == exits.DONE
    assert lines[0].endswith(f", {sweeps} of them other than before.")
    assert lines[1] == f"  {judged[0].sweep_id}.v.signal: down -> {judged[0].state}"
    assert lines[21:] == more
    assert list(rows(tmp_path, "verdicts")) == judged
