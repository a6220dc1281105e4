"""One agent per folder, and what it says of itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agent.store import StoreError
from agent.store.lock import LockHeld, ResultsLock, read_status, write_status
from tests.store_rows import NOON

HOLD = """
import sys
from pathlib import Path
from agent.store.lock import ResultsLock
with ResultsLock(Path(sys.argv[1]), "run"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> subprocess.Popen[str]:
    """Another process that holds `tmp_path / "results"`."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "results")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def end(child: subprocess.Popen[str]) -> None:
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()


def test_a_second_agent_is_told_who_holds_the_folder(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    """By number and by what it does; and the folder is free as soon as the holder is gone, however it went."""
    folder = tmp_path / "results"
    with pytest.raises(LockHeld, match=rf"results is in use by process {holder.pid} \(run\); wait for it"):
        ResultsLock(folder).acquire()
    assert read_status(folder).running
    end(holder)
    assert not read_status(folder).running
    with ResultsLock(folder, "once"):
        assert read_status(folder).facts == {"pid": os.getpid(), "doing": "once"}
    assert not read_status(folder).running


@pytest.mark.parametrize("torn", [None, b"", b'{"pid": 1', b"[1]", b'{"pid": "x"}', b"\xff"])
def test_the_lock_does_not_depend_on_what_is_written_beside_it(
    tmp_path: Path, holder: subprocess.Popen[str], torn: bytes | None
) -> None:
    """agent.json may be missing, torn or wrong: the folder is still held, by "another process"."""
    told = tmp_path / "results" / "agent.json"
    told.unlink()
    if torn is not None:
        told.write_bytes(torn)
    with pytest.raises(LockHeld, match="is in use by another process; wait"):
        ResultsLock(tmp_path / "results").acquire()
    assert read_status(tmp_path / "results").running
    end(holder)


def test_status_is_replaced_in_one_step(tmp_path: Path) -> None:
    """Moments become text; the writer's number is added; no draft stays."""
    write_status(tmp_path, {"state": "sweeping"})
    write_status(tmp_path, {"state": "waiting", "next_at": NOON, "last_sweep": {"blocked": 2}})
    assert read_status(tmp_path).facts == {
        "pid": os.getpid(),
        "state": "waiting",
        "next_at": "2026-11-24T12:00:00.123Z",
        "last_sweep": {"blocked": 2},
    }
    assert [path.name for path in tmp_path.iterdir()] == ["agent.json"]


def test_asking_leaves_no_trace(tmp_path: Path) -> None:
    """Neither folder nor lock is made by a question."""
    for folder in (tmp_path, tmp_path / "none"):
        status = read_status(folder)
        assert (status.running, status.facts) == (False, {})
    assert list(tmp_path.iterdir()) == []


def test_two_holders_in_one_process_are_two(tmp_path: Path) -> None:
    """The lock belongs to what took it, not to the process."""
    with ResultsLock(tmp_path), pytest.raises(LockHeld):
        ResultsLock(tmp_path).acquire()


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    """And not a stack trace."""
    (tmp_path / "results").write_text("")
    with pytest.raises(StoreError, match="there is a file where a folder should be"):
        ResultsLock(tmp_path / "results").acquire()


def test_a_lock_whose_status_cannot_be_written_is_given_back(tmp_path: Path) -> None:
    """A folder in which agent.json cannot stand is not left held."""
    (tmp_path / "agent.json").mkdir()
    with pytest.raises(StoreError, match=r"agent\.json cannot be used"):
        ResultsLock(tmp_path).acquire()
    assert not read_status(tmp_path).running
