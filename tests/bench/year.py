"""A year of results: what `review`, `compare`, `events` and `report` cost on it, beside pandas reading the same files.

`python -m tests.bench.year DIR [--sweeps N] [--every-hours N] [--seed N]` writes such a year. Its sweeps are real ones,
made in the lab with and without a censor; ids, times and vantage point are put in their place, and observations that
no verdict rests on are thinned out. The files are as the store writes them, and `dideban verify` finds nothing.

"The same files" can be read in two ways, and both ratios are printed: the whole year, and only those that a command
has to open, the sweeps and the verdicts, which are a fifth of it. What pandas takes is its `read_csv` alone, without
its import; what a command takes is its whole process, so the second ratio holds the command's start against it, too.
All run in turns, so that a busy moment falls on each of them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.store.lines import months_on_disk
from tests.bench._figures import bounded
from tests.bench._history import history
from tests.bench._months import write_year
from tests.bench._recordings import record_all

#: Sweeps of the year: one an hour.
SWEEPS = 8760
SWEEPS_VARIABLE = "DIDEBAN_BENCH_SWEEPS"
RUNS = 3
RATIO_MAX, RESIDENT_MAX_MIB = 0.5, 1024.0
REPORT_MAX_S, REPORT_MAX_MIB = 30.0, 1.0
#: What a plain pandas.read_csv takes, in a process of its own: seconds, by its own clock.
PLAIN = """
import sys, time, warnings, pandas
warnings.simplefilter('ignore')
began_s = time.perf_counter()
for path in sys.argv[1:]:
    pandas.read_csv(path)
print(time.perf_counter() - began_s)
"""
#: What reading alone takes: seconds, by its own clock.
READING = """
import sys, time
from pathlib import Path
from agent.report.results import findings_of, results_of
began_s = time.perf_counter()
{call}(Path(sys.argv[1]))
print(time.perf_counter() - began_s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one process took."""

    seconds: float
    #: Of all its threads, user and system.
    processor_s: float
    resident_mib: float


def measure() -> Iterator[str]:
    """Ratios, memory, and the report's time and size. Raises `RuntimeError` when a command fails."""
    sweeps = sweeps_wanted(os.environ.get(SWEEPS_VARIABLE, ""))
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept) / "year"
        began_s = time.monotonic()
        make(folder, sweeps=sweeps, every=timedelta(hours=8760 / sweeps), seed=1)
        size_mib = sum(path.stat().st_size for path in folder.iterdir()) / 2**20
        yield f"{sweeps} sweeps, {size_mib:.0f} MiB, written in {time.monotonic() - began_s:.0f} s"
        yield from costs_on(folder)


def costs_on(folder: Path) -> Iterator[str]:
    """What the commands cost on the results in `folder`, which are of one stage, the internet."""
    needed = [str(path) for table in ("sweeps", "verdicts") for _, path in months_on_disk(folder, table)]
    observations = [str(path) for _, path in months_on_disk(folder, "observations")]
    place = str(folder)
    kinds = {
        "whole": (["-c", PLAIN, *needed, *observations], True),
        "needed": (["-c", PLAIN, *needed], True),
        "reading frames": (["-c", READING.format(call="results_of"), place], True),
        "reading findings": (["-c", READING.format(call="findings_of"), place], True),
        **{name: (["-m", "agent", name, "--results", place], False) for name in ("review", "compare", "events")},
    }
    tries: dict[str, list[Cost]] = {name: [] for name in kinds}
    for _ in range(RUNS):
        for name, (arguments, own_clock) in kinds.items():
            tries[name].append(cost_of(arguments, own_clock=own_clock))
    costs = {name: min(those, key=lambda cost: cost.seconds) for name, those in tries.items()}
    whole, few = costs.pop("whole"), costs.pop("needed")
    yield f"pandas.read_csv of all files: {whole.seconds:.2f} s, {whole.resident_mib:.0f} MiB resident"
    yield f"pandas.read_csv of the sweeps and verdicts alone: {few.seconds:.2f} s"
    for name, cost in costs.items():
        yield f"{name}: {cost.seconds:.2f} s, {bounded(cost.seconds / whole.seconds, RATIO_MAX, unit='x of all files')}"
        yield f"  {bounded(cost.seconds / few.seconds, RATIO_MAX, unit='x of sweeps and verdicts')}"
        yield f"  {cost.processor_s / whole.processor_s:.2f}x the processor time of pandas on all files"
        yield f"  {bounded(cost.resident_mib, RESIDENT_MAX_MIB, unit=' MiB resident')}"
    yield from report(folder)


def report(folder: Path) -> Iterator[str]:
    """The report's seconds, memory and size."""
    page = folder / "bench-report.html"
    cost = cost_of(["-m", "agent", "report", "--results", str(folder), "--output", str(page)], own_clock=False)
    yield f"report: {bounded(cost.seconds, REPORT_MAX_S, unit=' s')}"
    yield f"  {bounded(page.stat().st_size / 2**20, REPORT_MAX_MIB, unit=' MiB')}"
    yield f"  {bounded(cost.resident_mib, RESIDENT_MAX_MIB, unit=' MiB resident')}"


def cost_of(arguments: Sequence[str], *, own_clock: bool) -> Cost:
    """What a Python process takes; with `own_clock` its seconds are those that it prints.

    Raises `RuntimeError` when it fails: its time would say nothing.
    """
    began_s = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([sys.executable, *arguments], stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began_s
        output.seek(0)
        text = output.read()
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)[:120]} ended with {process.returncode}")
    return Cost(
        seconds=float(text) if own_clock else seconds,
        processor_s=usage.ru_utime + usage.ru_stime,
        resident_mib=usage.ru_maxrss / 1024,
    )


def sweeps_wanted(text: str) -> int:
    """From the environment's text; empty is a whole year. Raises `ValueError` naming the variable."""
    if not text:
        return SWEEPS
    if not text.isdecimal() or not 0 < int(text) <= SWEEPS:
        raise ValueError(f"{SWEEPS_VARIABLE} must be a number from 1 to {SWEEPS}, and is {text!r}.")
    return int(text)


def make(folder: Path, *, sweeps: int, every: timedelta, seed: int) -> None:
    """Write so many sweeps that end at the last midnight, UTC, and say on stderr how it goes on."""
    until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    print("recording the lab's sweeps (half a minute)", file=sys.stderr, flush=True)
    recordings = record_all()

    def progress(done: int, total: int) -> None:
        print(f"\r{done} of {total} months written", end="\n" if done == total else "", file=sys.stderr, flush=True)

    write_year(folder, history(sweeps, until=until, every=every, seed=seed), recordings, seed=seed, progress=progress)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.year", description="Write a year of results.")
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new folder")
    parser.add_argument("--sweeps", type=int, default=SWEEPS)
    parser.add_argument("--every-hours", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    if given.folder.exists():
        parser.error(f"{given.folder} is there already; name a new folder.")
    make(given.folder, sweeps=given.sweeps, every=timedelta(hours=given.every_hours), seed=given.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
