"""The recorder: rows reach the disk in order while the sweep goes on, and a disk that fills ends it in one sentence."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.config import Pace
from agent.lab.embedded import open_world
from agent.recorder import Recorder
from agent.store import StoreError
from agent.store.journal import Journal
from agent.store.read import rows, verify
from agent.store.scrub import Private
from probes.observation import Observation
from tests.worlds import CATALOG, config_of, sweep

#: Seconds after which a sweep that should have ended hangs. No test comes near it unless it fails.
HANGS_S = 60.0
REPOSITORY = Path(__file__).parents[1]
#: Runs the program under a bound on the size of every file it writes, as a quota or a full disk sets one.
BOUNDED = """
import resource, sys
from agent.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.exit(main(sys.argv[2:]))
"""
on_posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no bound on a file's size for one process")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="/dev/full, a disk that is always full, is Linux's own")


def observation(number: int) -> Observation:
    return Observation(observed_at=datetime(2026, 11, 24, tzinfo=UTC), operation="connect", port=number)


def demo(work: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, *arguments, "demo", "--world", "open", "--results", "results"],
        cwd=work,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


async def test_rows_are_numbered_in_order_and_on_the_disk_at_the_end(tmp_path: Path) -> None:
    async with Recorder("20261124T120000Z-abcdef", Journal(tmp_path, Private()), Private()) as recorder:
        for number in range(1, 301):
            recorder.record([observation(number)])
    kept = list(rows(tmp_path, "observations"))
    assert [row.port for row in kept] == list(range(1, 301))
    assert [row.observation_id for row in kept] == [f"20261124T120000Z-abcdef.{n:05d}" for n in range(1, 301)]
    assert recorder.rows == kept
    assert verify(tmp_path) == []


async def test_rows_reach_the_disk_while_the_sweep_goes_on(tmp_path: Path) -> None:
    """A kill in the middle of a long sweep loses the last moments and not the hour before."""
    async with Recorder("20261124T120000Z-abcdef", Journal(tmp_path, Private()), Private()) as recorder:
        recorder.record([observation(1)])
        while not (kept := list(rows(tmp_path, "observations"))):  # noqa: ASYNC110 -- a disk sends no event
            await asyncio.sleep(0.01)
        assert kept == recorder.rows


async def test_a_fault_of_the_disk_is_known_at_once_and_raised_at_the_end(tmp_path: Path) -> None:
    """A folder in the place of the file: real, and the same for every user of the system."""
    journal = Journal(tmp_path, Private())
    (tmp_path / "observations-2026-11.csv").mkdir()

    async def record_and_wait() -> None:
        async with Recorder("20261124T120000Z-abcdef", journal, Private()) as recorder:
            recorder.record([observation(1)])
            await recorder.failed.wait()

    with pytest.raises(StoreError, match=r"observations-2026-11\.csv"):
        await record_and_wait()


async def test_a_slow_sweep_does_not_go_on_measuring_what_it_cannot_keep(tmp_path: Path) -> None:
    """At one connection a minute it would take hours; it ends with the first row that the disk refuses."""

    def break_the_disk(platform: str, done: int, total: int) -> None:
        (tmp_path / f"observations-{datetime.now(UTC):%Y-%m}.csv").mkdir(exist_ok=True)

    slow = Pace(name="gentle", connections_per_min=1, shuffle=False, cool_down_s=180.0)
    with pytest.raises(StoreError):
        async with asyncio.timeout(HANGS_S):
            await sweep(open_world(CATALOG), config_of(tmp_path, pace=slow), progress=break_the_disk)


@on_posix
def test_a_disk_that_fills_in_mid_sweep_ends_it_in_one_sentence(tmp_path: Path) -> None:
    """Exit code 2; the rows that were written before stand whole and chained; no sweep row claims what is not there."""
    done = demo(tmp_path, "-c", BOUNDED, "50000")
    assert done.returncode == 2
    sentences = done.stderr.strip().splitlines()
    assert len(sentences) == 1
    assert "observations-" in sentences[0]
    assert "the file may not grow further" in sentences[0]
    results = tmp_path / "results"
    kept = list(rows(results, "observations"))
    assert len(kept) > 20
    assert verify(results) == []
    assert [*rows(results, "sweeps"), *rows(results, "verdicts")] == []


@on_posix
def test_after_the_disk_has_room_again_the_next_sweep_goes_on(tmp_path: Path) -> None:
    demo(tmp_path, "-c", BOUNDED, "50000")
    before = list(rows(tmp_path / "results", "observations"))
    done = demo(tmp_path, "-m", "agent")
    assert done.returncode == 0, done.stderr
    after = list(rows(tmp_path / "results", "observations"))
    assert after[: len(before)] == before
    assert verify(tmp_path / "results") == []
    (sweep,) = rows(tmp_path / "results", "sweeps")
    assert sweep.observations == len(after) - len(before)


@on_linux
@pytest.mark.parametrize("table", ["observations", "sweeps", "verdicts"])
def test_a_full_disk_ends_the_sweep_whichever_file_meets_it(table: str, tmp_path: Path) -> None:
    results = tmp_path / "results"
    results.mkdir()
    (results / f"{table}-{datetime.now(UTC):%Y-%m}.csv").symlink_to("/dev/full")
    done = demo(tmp_path, "-m", "agent")
    assert done.returncode == 2
    sentences = done.stderr.strip().splitlines()
    assert len(sentences) == 1
    assert "the disk is full; free some space and start again" in sentences[0]
