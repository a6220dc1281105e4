"""The agent that keeps measuring, as a process: ended by signals, put to sleep, killed, and asked for its status."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent import consent
from agent.records import Sweep
from agent.store.lines import months_on_disk
from agent.store.lock import read_status
from agent.store.read import rows, verify
from probes.observation import Observation
from tests.dideban_process import PATIENCE_S, ROOT, agree, dideban, environment

#: A cadence that comes round only when the test has ended.
NEVER_S = 3600.0
needs_stop_signals = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows sends a process none of SIGTERM, SIGSTOP and SIGCONT."
)
pytestmark = needs_stop_signals


@contextmanager
def measuring(folder: Path, *, every_s: float = NEVER_S, pace: str = "fast") -> Iterator[subprocess.Popen[str]]:
    """An agent at work in `folder`. It is killed on leaving, if it still lives."""
    agree(folder)
    agent = subprocess.Popen(
        [sys.executable, "-m", "tests.measuring_process", str(folder), str(every_s), pace],
        cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with agent:
        try:
            yield agent
        finally:
            agent.kill()


def line_with(agent: subprocess.Popen[str], words: str) -> str:
    """The agent's next line that holds `words`. Fails when it ends without one."""
    assert agent.stdout is not None
    for line in agent.stdout:
        if words in line:
            return line
    raise AssertionError(f"The agent ended without saying {words!r}.")


def until(condition: Callable[[], object], agent: subprocess.Popen[str]) -> None:
    """Wait until `condition` holds. Fails when the agent ends first, or when it takes very long."""
    give_up_at = time.monotonic() + PATIENCE_S
    while not condition():
        assert agent.poll() is None, "the agent ended"
        assert time.monotonic() < give_up_at, "it never came true"
        time.sleep(0.02)


def reached(row: Observation) -> bool:
    """Whether a platform was connected to."""
    return row.purpose == "target" and row.operation == "connect" and row.succeeded


def observed(folder: Path) -> int:
    """How many observations stand on the disk."""
    return sum(1 for _ in rows(folder, "observations"))


def sweeps_of(folder: Path) -> list[Sweep]:
    return list(rows(folder, "sweeps"))


def ended(agent: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code, and what it had still to say."""
    said, complained = agent.communicate(timeout=PATIENCE_S)
    assert complained == ""
    return agent.returncode, said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_mid_sweep_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """What was measured is written, what was not is said to be interrupted, and the agent says that it has ended."""
    with measuring(tmp_path, pace="slow") as agent:
        line_with(agent, "A sweep begins.")
        until(lambda: any(reached(row) for row in rows(tmp_path, "observations")), agent)
        agent.send_signal(number)
        code, said = ended(agent)
    assert code == 0
    assert "interrupted" in said
    assert "Next sweep" not in said
    assert said.splitlines()[-1].endswith("Ended; everything measured is written.")
    (sweep,) = sweeps_of(tmp_path)
    assert sweep.outcome == "interrupted"
    failures = [row.failure for row in rows(tmp_path, "observations") if row.purpose == "target"]
    assert "" in failures
    assert "not_run_interrupted" in failures
    assert {verdict.sweep_id for verdict in rows(tmp_path, "verdicts")} == {sweep.sweep_id}
    assert verify(tmp_path) == []
    status = read_status(tmp_path)
    assert (status.running, status.facts["state"]) == (False, "ended")


def test_a_signal_between_sweeps_ends_it(tmp_path: Path) -> None:
    """Nobody waits for the next sweep, and none is made."""
    with measuring(tmp_path) as agent:
        line_with(agent, "Next sweep at")
        status = dideban("status", "--results", tmp_path, cwd=tmp_path)
        assert f"Process {agent.pid} is at work here: waiting since" in status.stdout
        assert "Next sweep: " in status.stdout
        agent.terminate()
        assert ended(agent)[0] == 0
    assert [(sweep.outcome, sweep.trigger) for sweep in sweeps_of(tmp_path)] == [("complete", "schedule")]


#: Somebody who hangs although he was asked to stop.
STUBBORN = """
import asyncio
from agent.commands.endings import ended_by_signals

async def hang():
    stop = asyncio.Event()
    with ended_by_signals(stop):
        print("ready", flush=True)
        await stop.wait()
        print("asked", flush=True)
        await asyncio.sleep(600)

asyncio.run(hang())
"""


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_at_once(first: signal.Signals, second: signal.Signals) -> None:
    """Of whichever kind, and without the agent's help: also one that hangs can be ended from the keyboard."""
    words = [sys.executable, "-c", STUBBORN]
    with subprocess.Popen(words, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True) as agent:
        try:
            line_with(agent, "ready")
            agent.send_signal(first)
            line_with(agent, "asked")
            agent.send_signal(second)
            assert agent.wait(timeout=PATIENCE_S) == -second
        finally:
            agent.kill()


def test_waking_after_several_cadences_makes_one_sweep_that_says_so(tmp_path: Path) -> None:
    """As a laptop that slept: not one sweep for each that was missed, and the number stands in log and row."""
    every_s = 1.0
    with measuring(tmp_path, every_s=every_s) as agent:
        line_with(agent, "Next sweep at")
        agent.send_signal(signal.SIGSTOP)
        before = len(sweeps_of(tmp_path))
        time.sleep(4 * every_s)  # what is waited for is the passing of cadences itself
        agent.send_signal(signal.SIGCONT)
        said = line_with(agent, "sweeps were missed")
        agent.terminate()
        assert ended(agent)[0] == 0
    assert "Measuring once." in said
    after = sweeps_of(tmp_path)[before:]
    late = [sweep for sweep in after if sweep.trigger == "after_gap"]
    assert [sweep.missed_sweeps for sweep in late] == [int(said.split()[3])]
    assert late[0].missed_sweeps >= 2
    assert len(after) <= 2  # the late one, and perhaps one that was under way when the sleep began


def test_a_second_agent_is_refused_with_the_firsts_number(tmp_path: Path) -> None:
    """It leaves with its own exit code and disturbs nothing; `once` and `classify` keep out too."""
    with measuring(tmp_path) as first:
        line_with(first, "Next sweep at")
        held = f"{tmp_path} is in use by process {first.pid}"
        with measuring(tmp_path) as second:
            _, complaint = second.communicate(timeout=PATIENCE_S)
            assert (second.returncode, complaint.startswith(held)) == (5, True)
        for command in ("once", "run", "classify"):
            refused = dideban(command, "--results", tmp_path, cwd=tmp_path)
            assert (refused.returncode, refused.stdout) == (5, "")
            assert refused.stderr.startswith(f"dideban: {held}")
        assert f"Process {first.pid} is at work" in dideban("status", "--results", tmp_path, cwd=tmp_path).stdout
        first.terminate()
        assert ended(first)[0] == 0
    assert verify(tmp_path) == []


def test_after_a_kill_in_mid_sweep_the_next_agent_goes_on(tmp_path: Path) -> None:
    """Its rows stay, nothing holds the folder, status says how it stands, and a torn line is repaired and reported."""
    with measuring(tmp_path, pace="slow") as agent:
        line_with(agent, "A sweep begins.")
        until(lambda: observed(tmp_path) > 5, agent)
        agent.kill()
        agent.wait()
    kept = observed(tmp_path)
    (_, path) = next(iter(months_on_disk(tmp_path, "observations")))
    with path.open("ab") as file:  # as if the kill had come in the middle of a write
        file.write(b"1,20261124T1200")
    status = dideban("status", "--results", tmp_path, cwd=tmp_path)
    assert status.returncode == 0
    assert f"No agent is running here. The last one was process {agent.pid}." in status.stdout
    assert "It did not end by itself (an error, a kill, a power cut): it was sweeping since 20" in status.stdout
    assert "No sweep has ended here yet." in status.stdout
    with measuring(tmp_path) as restarted:
        repair = line_with(restarted, "15 bytes that are not a whole row")
        line_with(restarted, "Next sweep at")
        restarted.terminate()
        assert ended(restarted)[0] == 0
    assert "moved to" in repair
    assert path.with_name(f"{path.name}.torn").read_bytes() == b"1,20261124T1200"
    assert observed(tmp_path) > kept
    assert verify(tmp_path) == []
    (sweep,) = sweeps_of(tmp_path)
    assert sweep.outcome == "complete"


@pytest.mark.parametrize("pace", ["slow", "fast"])
def test_a_consent_that_is_taken_back_ends_the_agent(tmp_path: Path, pace: str) -> None:
    """In mid-sweep and between two: who withdraws need not know how to find a process."""
    with measuring(tmp_path, pace=pace) as agent:
        line_with(agent, "A sweep begins." if pace == "slow" else "Next sweep at")
        assert dideban("consent", "--withdraw", "--results", tmp_path, cwd=tmp_path).returncode == 0
        code, said = ended(agent)
    assert code == 0
    assert re.fullmatch(r"[0-9-]{10} [0-9:]{8} UTC Ended, because the consent was withdrawn; .*", said.splitlines()[-1])
    assert consent.recorded(tmp_path) is None
    assert [sweep.outcome for sweep in sweeps_of(tmp_path)] == ["interrupted" if pace == "slow" else "complete"]


def test_a_folder_that_goes_bad_ends_the_agent_with_a_sentence(tmp_path: Path) -> None:
    """An agent that cannot write must not go on measuring into nothing: the file is named, and rows before it stay."""
    with measuring(tmp_path, every_s=1.0) as agent:
        line_with(agent, "Next sweep at")
        (_, path) = next(iter(months_on_disk(tmp_path, "verdicts")))
        path.write_text("some,other,table\n1,2,3\n")
        _, complaint = agent.communicate(timeout=PATIENCE_S)
    assert agent.returncode == 2
    assert complaint.startswith(f"{path} line 1 is not the header of this version's verdicts")
    assert path.read_text() == "some,other,table\n1,2,3\n"
    assert len(sweeps_of(tmp_path)) >= 1
