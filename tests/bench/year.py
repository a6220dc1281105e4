"""A year of results: what `review`, `compare`, `events` and `report` cost on it, beside pandas reading the same files.

`python -m tests.bench.year DIR [--sweeps N] [--every-hours N] [--seed N]` writes such a year. Its sweeps are real ones,
made in the lab with and without a censor; ids, times and vantage point are put in their place, and observations that
no verdict rests on are thinned out. The files are as the store writes them, and `dideban verify` finds nothing.

"The same files" are those that a command has to read, the sweeps and the verdicts; the observations, which hold most
of a year, stay closed unless somebody asks for them. Beside the whole folder the ratios are far smaller. What pandas
takes is its `read_csv` alone, without its import; of a command it is the whole process.
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
import sys, time, pandas
began_s = time.perf_counter()
for path in sys.argv[1:]:
    pandas.read_csv(path, low_memory=False)
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
    resident_mib: float
    output: str


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
    plain_s = best(["-c", PLAIN, *needed], own_clock=True).seconds
    whole = best(["-c", PLAIN, *needed, *observations], runs=1, own_clock=True)
    yield (
        f"pandas.read_csv: {plain_s:.2f} s of what the commands need; {whole.seconds:.1f} s and "
        f"{whole.resident_mib:.0f} MiB of the whole folder"
    )
    for call in ("results_of", "findings_of"):
        cost = best(["-c", READING.format(call=call), str(folder)], own_clock=True)
        yield f"{call} alone: {said(cost, plain_s, whole.seconds)}"
    for command in ("review", "compare", "events"):
        cost = best(["-m", "agent", command, "--results", str(folder)])
        yield f"{command}: {said(cost, plain_s, whole.seconds)}"
    yield from report(folder)


def report(folder: Path) -> Iterator[str]:
    """The report's seconds, memory and size."""
    page = folder / "bench-report.html"
    cost = best(["-m", "agent", "report", "--results", str(folder), "--output", str(page)], runs=1)
    yield f"report: {bounded(cost.seconds, REPORT_MAX_S, unit=' s')}"
    yield f"  {bounded(page.stat().st_size / 2**20, REPORT_MAX_MIB, unit=' MiB')}"
    yield f"  {bounded(cost.resident_mib, RESIDENT_MAX_MIB, unit=' MiB resident')}"


def said(cost: Cost, plain_s: float, whole_s: float) -> str:
    """A cost beside pandas's, and its memory."""
    return (
        f"{cost.seconds:.2f} s, {bounded(cost.seconds / plain_s, RATIO_MAX, unit='x pandas')} "
        f"({cost.seconds / whole_s:.2f}x of the whole folder); "
        f"{bounded(cost.resident_mib, RESIDENT_MAX_MIB, unit=' MiB resident')}"
    )


def best(arguments: Sequence[str], *, runs: int = RUNS, own_clock: bool = False) -> Cost:
    """The quickest of some runs of a Python process; its seconds are those it prints, with `own_clock`."""
    return min((cost_of(arguments, own_clock=own_clock) for _ in range(runs)), key=lambda cost: cost.seconds)


def cost_of(arguments: Sequence[str], *, own_clock: bool) -> Cost:
    """What a Python process takes. Raises `RuntimeError` when it fails: its time would say nothing."""
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
    return Cost(seconds=float(text) if own_clock else seconds, resident_mib=usage.ru_maxrss / 1024, output=text)


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
