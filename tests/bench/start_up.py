"""What starting costs: `dideban --help`, and importing what a sweep needs, against a bare Python in the same run."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench._figures import bounded

#: Runs of each command; the median of an odd number is one of them.
RUNS = 11
#: The script that an installation puts beside its Python.
SCRIPT = Path(sys.executable).with_name("dideban")
COMMANDS = {
    "bare python": ["-c", "pass"],
    "python -m agent --help": ["-m", "agent", "--help"],
    "dideban --help": [str(SCRIPT), "--help"],
    "import of what a sweep needs": ["-c", "import agent.cli, agent.sweep, agent.schedule"],
}
#: The bound that --help is to keep.
HELP_RATIO_MAX = 6.0


def measure() -> Iterator[str]:
    """The median wall time of each command, and its ratio to a bare Python. Compiled files are there: each ran once."""
    commands = {
        name: arguments for name, arguments in COMMANDS.items() if SCRIPT.exists() or str(SCRIPT) not in arguments
    }
    if commands != COMMANDS:
        yield "the script is not installed beside this Python, and not measured: use `make bench`"
    for arguments in commands.values():
        run(arguments)
    spans_ms: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(RUNS):  # in turns, so that a busy moment falls on all of them
        for name, arguments in commands.items():
            spans_ms[name].append(run(arguments))
    bare_ms = statistics.median(spans_ms["bare python"])
    for name, spans in spans_ms.items():
        median_ms = statistics.median(spans)
        ratio = median_ms / bare_ms
        said = bounded(ratio, HELP_RATIO_MAX, unit="x bare Python") if "--help" in name else f"{ratio:.2f}x bare Python"
        yield f"{name}: {median_ms:.0f} ms, {said}"
    largest_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    yield f"largest of these processes: {largest_kib / 1024:.0f} MiB resident"


def run(arguments: list[str]) -> float:
    """Milliseconds that one run takes. Raises `CalledProcessError` when it fails: its time would say nothing."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begun) * 1000
