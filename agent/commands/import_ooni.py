"""`dideban import ooni`: other people's measurements, judged by our rules, beside what their own probe concluded."""

from __future__ import annotations

import argparse
import csv
import gc
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from agent.catalog import load_catalog
from agent.commands import IMPORTS, config_of
from agent.commands.stages import check_for_import
from agent.exits import BAD_INPUT, DONE
from agent.imports.filing import Taken, Tally, take_in
from agent.imports.reading import Refused
from agent.report.visible import visible
from agent.store.cells import encode_moment, encode_text
from agent.store.journal import Journal
from agent.store.lock import ResultsLock
from agent.store.scrub import Private

#: Disagreements that are named one by one; the files have them all.
SHOWN = 20
COLUMNS = ("sweep_id", "observed_at", "country", "asn", "source", "input", "theirs", "state", "mechanisms", "because")


def run(options: argparse.Namespace) -> int:
    folder = options.results or config_of(options).results / IMPORTS
    check_for_import(folder)
    # Rows make no circles: a collector that looks for them after every few hundred finds none, and takes a tenth.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    tally = Tally()
    with ResultsLock(folder, doing="dideban import"):
        # What was published was scrubbed by who published it, and nothing in it is of this computer.
        found = take_in(options.files, Journal(folder, Private()), load_catalog())
        with printing(options.form, folder, tally) as show:
            for one in found:
                tally.count(one)
                if isinstance(one, Refused):
                    print(visible(f"dideban: {one.place}: {one.reason}."), file=sys.stderr)
                else:
                    with suppress(BrokenPipeError):  # whoever read has left; the rest is taken in all the same
                        show(one)
    return BAD_INPUT if tally.refused else DONE


@contextmanager
def printing(form: str, folder: Path, tally: Tally) -> Iterator[Callable[[Taken], None]]:
    """What shows each measurement as it is taken in, in the form that was asked for."""
    if form == "csv":
        rows = csv.writer(sys.stdout, lineterminator="\n")
        with suppress(BrokenPipeError):
            rows.writerow(COLUMNS)
        yield lambda one: rows.writerow([encode_text(cell) for cell in cells_of(one)])
    elif form == "json":
        yield lambda one: print(json.dumps(dict(zip(COLUMNS, cells_of(one), strict=True)), ensure_ascii=True))
    else:
        told: list[Taken] = []
        yield lambda one: told.append(one) if disagrees(one) and len(told) < SHOWN else None
        from agent.report.imported import show_import

        show_import(tally, told, folder)


def disagrees(one: Taken) -> bool:
    """Whether the two say unlike things: one that it is blocked, the other that it is not."""
    accuses = one.verdict.state in {"blocked", "likely_blocked"}
    return one.theirs in {"accessible", "down", "blocked"} and accuses != (one.theirs == "blocked")


def cells_of(one: Taken) -> list[str]:
    """The columns of one measurement."""
    sweep, verdict = one.sweep, one.verdict
    return [
        sweep.sweep_id,
        encode_moment(sweep.started_at),
        sweep.vantage_country,
        "" if sweep.vantage_asn is None else str(sweep.vantage_asn),
        sweep.source,
        sweep.source_input,
        sweep.source_verdict,
        str(verdict.state),
        " ".join(verdict.mechanisms),
        verdict.because,
    ]
