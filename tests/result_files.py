"""Results folders for the tests of the commands: months of sweeps as the agent writes them, and rows nobody wrote."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from agent.records import Sweep
from agent.store.journal import Journal
from agent.store.lines import first_link, format_line, month_of, next_link, parse_line
from agent.store.schema import encode_row, header
from agent.store.scrub import Private
from agent.verdict.records import State
from tests.store_rows import NOON, sweep, verdict

#: What a platform was found to be: its state, and how it was blocked.
Found = tuple[State, tuple[str, ...]]


def write_sweep(
    folder: Path, at: datetime = NOON, /, found: Mapping[str, Found] | None = None, **changes: object
) -> Sweep:
    """A complete sweep of a normal line at a moment, with one verdict for each platform, and one for its web target.

    It has no observations, and its row says so.
    """
    sweep_id = f"{at:%Y%m%dT%H%M%SZ}-abcdef"
    times = {"started_at": at, "ended_at": at + timedelta(minutes=5)}
    row = {"outcome": "complete", "because": "All answer.", "platforms": tuple(found or {})}
    made = sweep(**{"sweep_id": sweep_id, **row, **times, **changes})
    verdicts = [
        verdict(
            sweep_id=sweep_id, verdict_id=f"{sweep_id}-v-{platform}{part}", observed_at=at, platform=platform,
            level="target" if part else "platform", target=f"{platform}{part}", state=state, mechanisms=mechanisms,
            stage=made.stage,
        )
        for platform, (state, mechanisms) in (found or {}).items()
        for part in ("", "/web")
    ]  # fmt: skip
    journal = Journal(folder, Private())
    journal.append([made])
    journal.append(verdicts)
    return made


def ok() -> Found:
    return State.OK, ()


def blocked(*mechanisms: str) -> Found:
    return State.BLOCKED, mechanisms


def plant_verdict(folder: Path, of: Sweep, cells: Mapping[str, str]) -> None:
    """A verdict whose cells hold `cells` as they are, escaped by nobody, and which is chained like any other row."""
    row = verdict(sweep_id=of.sweep_id, level="platform", observed_at=of.started_at)
    path = folder / f"verdicts-{month_of(of.started_at)}.csv"
    names = header("verdicts")[:-1]
    written = [cells.get(name, cell) for name, cell in zip(names, encode_row(row), strict=True)]
    rows = path.read_bytes().splitlines(keepends=True)[1:]
    link = parse_line(rows[-1], "verdicts")[-1] if rows else first_link(path.name, "verdicts")
    with path.open("ab") as file:
        file.write(format_line((*written, next_link(link, written))).encode())
