"""What a waiting agent costs: resident memory and processor time between two sweeps, after a sweep of everything.

The process measured runs `keep_measuring`, the heart of `dideban run`, in a lab of 2021 that stands in another process.
It also holds the roots of the web, as the real one does.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from agent import consent
from agent.catalog import load_catalog
from agent.lab.embedded import world_2021
from agent.store.lock import ResultsLock, read_status
from agent.store.read import rows
from probes.certificate import TrustStore
from probes.limits import Limits
from tests.bench._elsewhere import Elsewhere, lab_elsewhere
from tests.bench._figures import bounded
from tests.bench._sweeps import setting_in, whole

#: Megabytes (of 10^6 bytes) that may be resident.
RESIDENT_MAX_MB = 60.0
#: Seconds of waiting that are looked at: one of the scheduler's looks at the clock, which come every minute, is in it.
SPAN_S = 65.0
#: Seconds between two sweeps; long enough that the second never comes.
CADENCE_S = 86_400.0
#: Time-outs of that sweep: loopback needs no longer ones.
LIMITS = Limits(connect_timeout_s=2.0, tls_timeout_s=2.0, http_timeout_s=2.0)
#: Seconds that the sweep before the waiting may take, and the end after it.
PATIENCE_S = 60.0
#: What nobody who waits may have imported: it is for people who look at results.
FOREIGN_MODULES = ("pandas", "numpy", "rich", "trustme")


def measure() -> Iterator[str]:
    """Memory and processor time while the agent waits, and what it has imported."""
    if sys.platform != "linux":
        yield "not measured: what is resident is read from /proc, which only Linux has"
        return
    with tempfile.TemporaryDirectory() as folder, lab_elsewhere(world_2021(load_catalog())) as lab:
        with agent_that_waits(Path(folder), lab) as agent:
            yield f"resident after a sweep: {bounded(resident_mb_of(agent.pid), RESIDENT_MAX_MB, unit=' MB')}"
            began_cpu_s, began_s = cpu_s_of(agent.pid), time.monotonic()
            time.sleep(SPAN_S)
            used_s, span_s = cpu_s_of(agent.pid) - began_cpu_s, time.monotonic() - began_s
            yield f"processor time in {span_s:.0f} s of waiting: {used_s:.2f} s, {used_s / span_s:.2%} of one processor"
            yield f"resident after that waiting: {bounded(resident_mb_of(agent.pid), RESIDENT_MAX_MB, unit=' MB')}"
        found = ", ".join(module for module in FOREIGN_MODULES if module in agent.imported) or "none"
        yield f"of {', '.join(FOREIGN_MODULES)} it had imported: {found}"


@dataclass
class WaitingAgent:
    """A process whose agent waits for its next sweep."""

    pid: int
    #: Every module that it had imported when it ended; known then.
    imported: frozenset[str] = frozenset()


@contextlib.contextmanager
def agent_that_waits(folder: Path, lab: Elsewhere) -> Iterator[WaitingAgent]:
    """An agent that has made its first sweep, of `lab`, and is ended on leaving. Raises `RuntimeError` on a fault."""
    spawning = multiprocessing.get_context("spawn")
    here, there = spawning.Pipe()
    process = spawning.Process(target=_keep_measuring, args=(folder, lab, there), daemon=True)
    process.start()
    there.close()
    try:
        _wait_until_it_waits(process, folder)
        agent = WaitingAgent(pid=process.pid or 0)
        yield agent
        process.terminate()  # SIGTERM, as a system does that shuts down
        agent.imported = frozenset(here.recv())
        process.join(PATIENCE_S)
    finally:
        if process.is_alive():
            process.kill()
            process.join()
    if process.exitcode != 0:
        raise RuntimeError(f"The waiting agent ended with code {process.exitcode}.")


def _wait_until_it_waits(process: BaseProcess, folder: Path) -> None:
    """Return when a whole sweep is behind the agent. Raises `RuntimeError` when there will be none."""
    until_s = time.monotonic() + PATIENCE_S
    while "next_at" not in read_status(folder).facts:
        if not process.is_alive():
            raise RuntimeError(f"The agent ended with code {process.exitcode} before it waited.")
        if time.monotonic() > until_s:
            raise RuntimeError(f"The agent did not come to wait within {PATIENCE_S:.0f} s.")
        time.sleep(0.1)
    for sweep in rows(folder, "sweeps"):
        whole(sweep)


def resident_mb_of(pid: int) -> float:
    """Megabytes (10^6 bytes) of a process that are resident, as Linux tells them."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError(f"Process {pid} tells nothing of its resident memory; it has ended.")


def cpu_s_of(pid: int) -> float:
    """Seconds of processor time that a process has used so far, its own and the kernel's for it."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime, stime: proc(5)


def _keep_measuring(folder: Path, lab: Elsewhere, there: Connection) -> None:
    """The measured process's whole life: that of `dideban run`, but in the lab, and silent."""
    from agent.commands.cadence import keep_measuring
    from agent.commands.endings import ended_by_withdrawal

    web = TrustStore.web()  # the lab has roots of its own; `run` has these

    async def measure_until_stopped() -> None:
        stop = asyncio.Event()
        async with ended_by_withdrawal(folder, stop):
            await keep_measuring(setting_in(lab, folder, LIMITS), every_s=CADENCE_S, jitter_s=0, stop=stop)

    with ResultsLock(folder, doing="dideban run"), open(os.devnull, "w", encoding="utf-8") as nowhere:
        consent.record(folder, "en", datetime.now(UTC))
        with contextlib.redirect_stdout(nowhere):
            asyncio.run(measure_until_stopped())
    del web
    there.send(sorted(sys.modules))
