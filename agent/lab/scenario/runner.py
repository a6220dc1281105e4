"""Makes the trials of many scenarios, several at once, each in a process of its own that ends when this one does.

A trial mostly waits for time-outs, so that several share a processor. One that crashes or hangs is a trial that broke
off, with its reason, and holds no other up.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from multiprocessing.util import get_temp_dir
from shutil import rmtree

from agent.lab.scenario.records import Scenario
from agent.lab.scenario.score import Trial
from agent.lab.scenario.stages import run_on
from agent.lab.scenario.trial import outcome_of

#: Trials at once for each processor. Most of a trial is waiting for silence; with more of them on one processor, what
#: is measured begins to run into its time-outs.
TRIALS_PER_PROCESSOR = 8
#: Seconds that a trial may take: several times what one of a slow line with the agent's own time-outs does.
TRIAL_MAX_S = 300.0
#: Called when a trial has ended: (its scenario's name, trials done, trials in all).
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Running:
    """A trial under way."""

    scenario: Scenario
    process: BaseProcess
    answer: Connection
    #: Closed with this process, by which the trial's own knows that nobody waits for it any more.
    held: Connection
    ends_at_s: float


def run_trials(
    scenarios: Sequence[Scenario],
    stage: str,
    *,
    at_once: int | None = None,
    trial_max_s: float = TRIAL_MAX_S,
    progress: Progress = lambda name, done, total: None,
) -> list[Trial]:
    """The trial of each scenario on `stage`, a key of STAGES; in the order of their names.

    `at_once`: how many at most. Interrupted, it ends every process that it started.
    """
    # Those of slow lines first, so that in the end nothing waits for one that began late.
    waiting = deque(sorted(scenarios, key=lambda scenario: (scenario.limits == "short", scenario.name)))
    room = at_once or TRIALS_PER_PROCESSOR * (os.cpu_count() or 1)
    trials: list[Trial] = []
    with running_trials() as running:
        while waiting or running:
            while waiting and len(running) < room:
                with keyboard_held():  # what is started is always in the list of what will be ended
                    running.append(begin(waiting.popleft(), stage, trial_max_s))
            for one in ended(running):
                running.remove(one)
                trials.append(result_of(one, trial_max_s))
                progress(one.scenario.name, len(trials), len(scenarios))
    return sorted(trials, key=lambda trial: trial.scenario.name)


@contextmanager
def running_trials() -> Iterator[list[Running]]:
    """A list of what is running; what still stands in it at the end is killed."""
    running: list[Running] = []
    try:
        yield running
    finally:
        for one in running:
            end(one)


def begin(scenario: Scenario, stage: str, trial_max_s: float) -> Running:
    """Start a trial. The caller holds the keyboard meanwhile."""
    context = fresh_processes()
    answer, told = context.Pipe(duplex=False)
    watched, held = context.Pipe(duplex=False)
    get_temp_dir()  # made before the trial is, which is told of it thereby and can take it away (`end_with`)
    process = context.Process(target=try_once, args=(scenario, stage, told, watched))  # type: ignore[attr-defined] # typeshed: every context has it
    process.start()
    told.close()
    watched.close()
    return Running(
        scenario=scenario, process=process, answer=answer, held=held, ends_at_s=time.monotonic() + trial_max_s
    )


@contextmanager
def keyboard_held() -> Iterator[None]:
    """While inside, Ctrl+C waits, and what is started is deaf to it for good.

    Otherwise the process that others are forked off complains of it, while it loads or where a request breaks off.
    """
    if sys.platform == "win32":  # where nothing is forked
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, before)
        if came:
            signal.raise_signal(signal.SIGINT)


def fresh_processes() -> BaseContext:
    """How processes are started: from one that has the agent loaded and no thread, where the system can."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "agent.lab.loopback.lab"])
    return context


def ended(running: Sequence[Running]) -> list[Running]:
    """Those that have answered, ended or run out of time; waits until there is one."""
    first_s = min(one.ends_at_s for one in running)
    ready = wait([one.answer for one in running], timeout=max(0.0, first_s - time.monotonic()))
    now_s = time.monotonic()
    return [one for one in running if one.answer in ready or one.ends_at_s <= now_s]


def result_of(one: Running, trial_max_s: float) -> Trial:
    """What became of a trial that has ended, or whose time is up."""
    try:
        if not one.answer.poll():
            return Trial(scenario=one.scenario, outcome=None, broken=f"It did not end within {trial_max_s:g} seconds.")
        text, broken = one.answer.recv()
        return Trial(scenario=one.scenario, outcome=outcome_of(text) if text else None, broken=broken)
    except EOFError:
        one.process.join()
        return Trial(scenario=one.scenario, outcome=None, broken=f"Its process ended with code {one.process.exitcode}.")
    finally:
        end(one)


def end(one: Running) -> None:
    """Nothing is left of the trial's process, nor of any that it started."""
    one.answer.close()
    if one.process.pid is not None and one.process.is_alive():
        kill_group(one.process.pid)
    one.process.join()
    one.held.close()


def kill_group(process_id: int) -> None:
    """Kill the process with all of its group, where it has one of its own."""
    if sys.platform == "win32":
        os.kill(process_id, signal.SIGTERM)
        return
    with suppress(ProcessLookupError):
        if os.getpgid(process_id) == process_id:
            os.killpg(process_id, signal.SIGKILL)
        else:
            os.kill(process_id, signal.SIGKILL)


def try_once(scenario: Scenario, stage: str, answer: Connection, watched: Connection) -> None:
    """The whole life of a trial's process."""
    if sys.platform != "win32":
        os.setsid()  # Ctrl+C in the terminal is for the process that waits, which then ends this one
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with, args=(watched,), daemon=True).start()
    try:
        answer.send((run_on(stage, scenario).as_json(), ""))
    except Exception as fault:  # noqa: BLE001 - told to the process that waits: one broken trial is not the end
        answer.send(("", f"It broke off: {said(fault)}"))


def end_with(watched: Connection) -> None:
    """End this process, and its group, as soon as the one that waits for it has gone."""
    with suppress(EOFError, OSError):
        watched.recv()
    # One folder for all, with the socket that processes are started by. Who was killed cannot take it away any more.
    rmtree(get_temp_dir(), ignore_errors=True)
    kill_group(os.getpid())


def said(fault: BaseException) -> str:
    """What was raised and where, in one line."""
    if isinstance(fault, BaseExceptionGroup):
        return said(fault.exceptions[0])
    frames = traceback.extract_tb(fault.__traceback__)
    where = f" ({os.path.basename(frames[-1].filename)}, line {frames[-1].lineno})" if frames else ""
    return f"{type(fault).__name__}: {' '.join(str(fault).split())}{where}"
