"""`python -m tests.corpora.formats FOLDER`: which of a folder's OONI measurements do not fit the schema of our tests.

The schema is what the export is held against, so it must take what probes really write: it was tried on the 47 files
of somebody else's collection. Two do not fit, and rightly: one was written by hand for another project's test, and one
is an example from the specification's text that has `false` where the specification says null.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types

SCHEMA = Path(__file__).parents[1] / "ooni.schema.json"


def faults(measurement: Any) -> Iterator[str]:
    """What of a measurement is not as the formats say, a line each: where it stands, and what is wrong."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    for error in jsonschema.Draft202012Validator(schema).iter_errors(measurement):
        yield f"{'/'.join(map(str, error.path)) or 'it'}: {error.message[:200]}"


def main(folder: str) -> None:
    files = sorted(Path(folder).glob("*.json"))
    odd = 0
    for path in files:
        found = list(faults(json.loads(path.read_text(encoding="utf-8"))))
        odd += bool(found)
        for line in found:
            print(f"{path.name} {line}")
    print(f"{len(files)} measurements, {odd} that do not fit.")


if __name__ == "__main__":
    main(sys.argv[1])
