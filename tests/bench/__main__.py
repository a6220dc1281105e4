"""`python -m tests.bench [NAME …]`: run every measurement of this folder, or those named, one after the other.

A measurement is a module here with a function `measure() -> Iterable[str]` that yields lines as they are known. One
that cannot be made ends the run with its error: a number that is missing must not go unseen.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from probes.network import FENCE_VARIABLE


def main(names: list[str]) -> int:
    """Print each measurement under its module's name. 2: there is none of that name."""
    os.environ[FENCE_VARIABLE] = "127.0.0.0/8,::1/128"  # a measurement reaches nobody, like a test
    known = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
    strangers = [name for name in names if name not in known]
    if strangers:
        print(f"There is no measurement {strangers[0]}; there are {', '.join(known)}.", file=sys.stderr)
        return 2
    for name in names or known:
        module = importlib.import_module(f"tests.bench.{name}")
        print(f"{name}: {(module.__doc__ or '').splitlines()[0]}")
        for line in module.measure():
            print(f"  {line}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
