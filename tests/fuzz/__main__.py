"""`python -m tests.fuzz [NAME …] [--seconds N]`: try decoders with bytes made up under the guidance of coverage.

Each runs in a process of its own, since atheris ends it. Needs atheris (Linux, `make fuzz` installs it).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.targets import TARGETS

#: The longest input, in bytes: longer than any message that a decoder is given whole.
INPUT_BYTES = 8192


def main() -> int:
    """Fuzz each decoder in turn; the first find ends it, with the input kept in a file."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(TARGETS)}; all without one")
    parser.add_argument("--seconds", type=int, default=30, help="for each (default 30)")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    for name in options.names:
        if name not in TARGETS:
            parser.error(f"there is no decoder {name}; there are {', '.join(TARGETS)}")
    if options.here:
        fuzz(options.names[0], options.seconds)
    for name in options.names or TARGETS:
        command = [sys.executable, "-m", "tests.fuzz", name, "--here", "--seconds", str(options.seconds)]
        ended = subprocess.run(command, capture_output=True, text=True)
        if ended.returncode:
            print(ended.stdout + ended.stderr)
            print(f"{name}: a find; the input is in the file named above.")
            return 1
        tried = [line for line in ended.stderr.splitlines() if line.startswith("stat::number_of_executed_units")]
        print(f"{name}: nothing found in {tried[0].rpartition(' ')[2] if tried else 'an unknown number of'} inputs.")
    return 0


def fuzz(name: str, seconds: int) -> None:
    """Does not return: atheris ends the process."""
    import atheris

    target = TARGETS[name]
    atheris.instrument_all()
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(target.seeds()):
            (Path(corpus) / str(number)).write_bytes(seed)
        bounds = [f"-max_total_time={seconds}", f"-max_len={INPUT_BYTES}", "-print_final_stats=1", "-timeout=10"]
        atheris.Setup([sys.argv[0], *bounds, corpus], target.read)
        atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
