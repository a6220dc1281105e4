"""Holds the three files against each other: what each sweep's row says that it wrote, and what stands on the disk.

The chain cannot show rows that were cut from a file's end, nor a file that is gone; this can.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.calendars import digits
from agent.language import _
from agent.records import Sweep
from agent.store.lines import months_on_disk, parse_line
from agent.store.read import rows, whole_lines
from agent.store.schema import header


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What does not add up, a sentence each."""

    #: Rows that are missing, or too many.
    problems: tuple[str, ...] = ()
    #: What a crash leaves behind, and no edit.
    notes: tuple[str, ...] = ()


def account(folder: Path) -> Account:
    """The rows of a folder, counted by sweep. Raises `StoreError` for a row that cannot be read.

    A sweep that was taken out of all three files leaves no trace here.
    """
    sweeps = {sweep.sweep_id: sweep for sweep in rows(folder, "sweeps")}
    counts = observations_by_sweep(folder)
    judged: dict[str, set[str]] = defaultdict(set)
    for verdict in rows(folder, "verdicts"):
        judged[verdict.sweep_id].update({verdict.platform} if verdict.level == "platform" else ())
    problems = [problem for sweep in sweeps.values() for problem in _of_sweep(sweep, counts, judged[sweep.sweep_id])]
    problems += [
        _("Sweep {sweep_id} has verdicts and no row in the sweeps files: it was cut off, or a file is gone.").format(
            sweep_id=sweep_id
        )
        for sweep_id in judged
        if sweep_id not in sweeps
    ]
    notes = [
        _(
            "Sweep {sweep_id} is unfinished (under way now, or killed): {count} observations stand without its row, "
            "and nothing is concluded from them."
        ).format(sweep_id=sweep_id, count=digits(count))
        for sweep_id, count in counts.items()
        if sweep_id not in sweeps and sweep_id not in judged
    ]
    return Account(problems=tuple(problems), notes=tuple(notes))


def observations_by_sweep(folder: Path) -> Counter[str]:
    """How many observations of each sweep stand on the disk. Lines that are no rows are not counted."""
    place = header("observations").index("sweep_id")
    return Counter(cells[place] for cells in _observations(folder))


def shortage(sweep: Sweep, count: int) -> str:
    """Which of a sweep's observations are missing, or too many, in words; empty when all are there."""
    if count == sweep.observations:
        return ""
    return _("Sweep {sweep_id} wrote {observations} observations, and the disk has {count}").format(
        sweep_id=sweep.sweep_id, observations=digits(sweep.observations), count=digits(count)
    )


def _of_sweep(sweep: Sweep, counts: Counter[str], judged: set[str]) -> Iterator[str]:
    if wrong := shortage(sweep, counts[sweep.sweep_id]):
        fewer = counts[sweep.sweep_id] < sweep.observations
        why = _("rows were cut off, or a file is gone") if fewer else _("rows were added")
        yield _("{wrong}: {why}.").format(wrong=wrong, why=why)
    if missing := [platform for platform in sweep.platforms if platform not in judged]:
        yield (
            _(
                "Sweep {sweep_id} lacks the verdicts on {missing}: they were cut off, or never written; `dideban "
                "classify` makes them."
            ).format(sweep_id=sweep.sweep_id, missing=", ".join(missing))
        )


def _observations(folder: Path) -> Iterator[list[str]]:
    for _month, path in months_on_disk(folder, "observations"):
        for _number, line in whole_lines(path, "observations", on_torn=lambda sentence: None):
            try:
                yield parse_line(line, "observations")
            except ValueError:  # `agent.store.read.verify` names it
                continue
