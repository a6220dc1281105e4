"""Many trials at once: each in a process of its own, of which none outlives its use or holds another up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from agent.lab.rules import Drop, Match, Rule
from agent.lab.scenario.runner import Running, begin, ended, result_of, run_trials, running_trials
from agent.verdict.records import State
from tests.dideban_process import PATIENCE_S, environment
from tests.small_scenarios import NAME, reset, scenario

#: A censor whose silence makes a trial take some seconds.
SLOW = scenario(Rule(id="site_drop", match=Match(at="client_hello", names=(NAME,)), action=Drop()), state=State.BLOCKED)
needs_process_groups = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no process groups to look at.")


def test_trials_come_in_the_order_of_their_names_whatever_came_first() -> None:
    told: list[tuple[int, int]] = []
    cases = [replace(SLOW, name="a_slow_one"), replace(scenario(), name="z_clean"), replace(reset(), name="m_reset")]
    trials = run_trials(cases, "loopback", at_once=3, progress=lambda name, done, total: told.append((done, total)))
    assert [trial.scenario.name for trial in trials] == ["a_slow_one", "m_reset", "z_clean"]
    assert [trial.wrong for trial in trials] == [[], [], []]
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_trial_that_breaks_off_is_wrong_and_not_the_end() -> None:
    """With what was raised and where, in one line."""
    broken = replace(scenario(), name="a_broken_one", limits="none such")
    first, second = run_trials([broken, scenario()], "loopback", at_once=1)
    (reason,) = first.wrong
    assert reason.startswith("It broke off: KeyError: 'none such' (trial.py, line ")
    assert second.wrong == []


def test_a_trial_that_hangs_is_ended_and_wrong() -> None:
    first, second = run_trials([SLOW, replace(SLOW, name="another")], "loopback", at_once=1, trial_max_s=0.2)
    for trial in (first, second):
        assert trial.wrong == ["It did not end within 0.2 seconds."]


@needs_process_groups
def test_a_trial_whose_process_is_killed_is_wrong() -> None:
    with running_trials() as running:
        running.append(begin(SLOW, "loopback", PATIENCE_S))
        (one,) = running
        assert one.process.pid is not None
        os.kill(one.process.pid, signal.SIGKILL)
        assert ended(running) == [one]
        assert result_of(one, PATIENCE_S).wrong == [f"Its process ended with code {-signal.SIGKILL}."]


def interrupted(running: list[Running]) -> None:
    """Begin trials, and be interrupted as by Ctrl+C."""
    running.extend(begin(SLOW, "loopback", PATIENCE_S) for _ in range(2))
    raise KeyboardInterrupt


@needs_process_groups
def test_what_is_interrupted_leaves_no_process() -> None:
    with pytest.raises(KeyboardInterrupt), running_trials() as running:
        interrupted(running)
    assert [one.process.exitcode for one in running] == [-signal.SIGKILL] * 2


@needs_process_groups
def test_trials_end_with_the_process_that_waits_for_them(tmp_path: Path) -> None:
    """However it ended: it is killed here, and can tidy nothing. Not a file of it stays."""
    temporary = Path(tempfile.mkdtemp(prefix="d"))  # a short path: that of a local socket may have 100 letters or so
    program = tmp_path / "waits.py"
    program.write_text(
        "from agent.lab.scenario.runner import begin, running_trials\n"
        "from tests.test_runner import SLOW\n"
        "import signal\n"
        "if __name__ == '__main__':\n"
        "    with running_trials() as running:\n"
        "        running += [begin(SLOW, 'loopback', 60.0)]\n"
        "        print(running[0].process.pid, flush=True)\n"
        "        signal.pause()\n"
    )
    env = {**environment(), "TMPDIR": str(temporary)}
    with subprocess.Popen([sys.executable, program], env=env, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout is not None
        os.kill(int(waiting.stdout.readline()), 0)  # it is there
        waiting.kill()
        # Whatever it started holds the same standard output, whose end comes with the last of them.
        rest, _ = waiting.communicate(timeout=PATIENCE_S)
    assert rest == ""
    temporary.rmdir()  # which raises unless it is empty
