"""What starting costs: `dideban --help`, and importing what a sweep needs, against a bare Python in the same run."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

#: Runs of each command; the median of an odd number is one of them.
RUNS = 11
COMMANDS = {
    "bare python": ["-c", "pass"],
    "dideban --help": ["-m", "agent", "--help"],
    "import of what a sweep needs": ["-c", "import agent.cli, agent.sweep, agent.schedule"],
}
#: The bound that --help is to keep.
HELP_RATIO_MAX = 6.0


def measure() -> Iterator[str]:
    """The median wall time of each command, and its ratio to a bare Python. Compiled files are there: each ran once."""
    for arguments in COMMANDS.values():
        run(arguments)
    spans_ms: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):  # in turns, so that a busy moment falls on all of them
        for name, arguments in COMMANDS.items():
            spans_ms[name].append(run(arguments))
    bare_ms = statistics.median(spans_ms["bare python"])
    for name, spans in spans_ms.items():
        median_ms = statistics.median(spans)
        yield f"{name}: {median_ms:.0f} ms, {median_ms / bare_ms:.1f}x bare Python"
    yield f"(--help may cost {HELP_RATIO_MAX:.0f}x)"
    largest_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    yield f"largest of these processes: {largest_kib / 1024:.0f} MiB resident"


def run(arguments: list[str]) -> float:
    """Milliseconds that one run takes. Raises `CalledProcessError` when it fails: its time would say nothing."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begun) * 1000
