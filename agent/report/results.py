"""What a results folder holds of one stage, as frames and as findings: where every command that reads results begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from agent.report.frames import frame_of
from agent.store.read import rows
from agent.timeline.records import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Rows that are on the disk and count nowhere."""

    #: In words: a sentence's end, such as "of schema version 0".
    why: str
    file: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The rows of one stage."""

    sweeps: pd.DataFrame
    verdicts: pd.DataFrame
    left_out: tuple[LeftOut, ...] = ()


def results_of(
    folder: Path, *, stage: str = "internet", since: datetime | None = None, until: datetime | None = None
) -> Results:
    """The sweeps of a stage, begun from `since` to before `until`, and their verdicts, in order of time."""
    sweeps = frame_of(folder, "sweeps")
    sweeps = sweeps[sweeps["stage"] == stage]
    if since is not None:
        sweeps = sweeps[sweeps["started_at"] >= since]
    if until is not None:
        sweeps = sweeps[sweeps["started_at"] < until]
    verdicts = frame_of(folder, "verdicts")
    return Results(sweeps=sweeps, verdicts=verdicts[verdicts["sweep_id"].isin(sweeps["sweep_id"])])


def findings_of(folder: Path, *, stage: str = "internet") -> list[Finding]:
    """A finding for each platform's verdict of the stage, in order of time."""
    sweeps = {sweep.sweep_id: sweep for sweep in rows(folder, "sweeps") if sweep.stage == stage}
    verdicts = [one for one in rows(folder, "verdicts") if one.level == "platform" and one.sweep_id in sweeps]
    found = [Finding.of(one, sweeps[one.sweep_id]) for one in verdicts]
    return sorted(found, key=lambda one: (one.observed_at, one.verdict_id))
