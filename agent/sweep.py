"""One sweep: ladder, endpoints, ladder, judgement. The lab, the demo and the real thing all come through here."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import agent
from agent.course import BUDGET, INTERRUPTED, Course
from agent.course import Progress as Progress
from agent.course import Setting as Setting
from agent.recorder import Observed, Recorder
from agent.records import Sweep, VantageState
from agent.store.journal import Journal, NoJournal
from agent.store.scrub import Private
from agent.vantage import worse
from agent.verdict.classify import classify
from agent.verdict.records import Verdict
from probes.stopwatch import Stopwatch

#: How a sweep ended that was cut, as its row says it.
OUTCOMES = {INTERRUPTED: "interrupted", BUDGET: "over_budget"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """A sweep that has ended, with its verdicts."""

    sweep: Sweep
    verdicts: Sequence[Verdict]
    #: Observations that were made of each platform, by its key.
    observations: Mapping[str, int] = field(default_factory=dict)
    #: What had to be repaired in the files before anything was written, a sentence each.
    repairs: Sequence[str] = ()


async def run_sweep(
    setting: Setting,
    *,
    trigger: str,
    missed_sweeps: int = 0,
    stop: asyncio.Event | None = None,
    progress: Progress = lambda platform, done, total: None,
    observed: Observed = lambda row: None,
    kept: bool = True,
) -> SweepResult:
    """Make one sweep, write its rows, and return its verdicts.

    When `stop` is set the sweep is cut short: what was measured is written and judged, the rest is
    `not_run_interrupted`. Raises `StoreError` when a row cannot be written. The caller holds the folder's lock.
    Unless `kept`, no row is written and no file touched.
    """
    watch = Stopwatch()
    # Anew for each sweep: a laptop that was carried elsewhere has other addresses to hide.
    private = Private.of_this_computer(setting.network.own_addresses())
    journal = Journal(setting.config.results, private) if kept else NoJournal()
    sweep_id = f"{watch.started_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    async with Recorder(sweep_id, journal, private, observed=observed) as recorder:
        course = Course(setting=setting, recorder=recorder, stop=stop or asyncio.Event(), progress=progress)
        await course.run()
    sweep = Sweep(
        sweep_id=sweep_id,
        started_at=watch.started_at,
        ended_at=datetime.now(UTC),
        duration_ms=watch.elapsed_ms(),
        trigger=trigger,
        missed_sweeps=missed_sweeps,
        **_of_setting(setting),
        **_of_course(course),
    )
    verdicts = classify(sweep, recorder.rows, setting.catalog)
    await asyncio.to_thread(journal.append, [sweep])
    await asyncio.to_thread(journal.append, verdicts)
    made = Counter(row.platform for row in recorder.rows if row.purpose == "target" and row.was_run)
    return SweepResult(sweep=sweep, verdicts=verdicts, observations=made, repairs=journal.repairs)


def _of_setting(setting: Setting) -> dict[str, Any]:
    """The sweep row's columns that are the same for every sweep of the process."""
    config, catalog = setting.config, setting.catalog
    return {
        "stage": setting.stage,
        "vantage_id": setting.vantage_id,
        "vantage_country": config.vantage.country,
        "vantage_asn": config.vantage.asn,
        "vantage_label": config.vantage.label,
        "pace": config.pace.name,
        "platforms": config.platforms or tuple(platform.key for platform in catalog.platforms),
        "catalog_version": catalog.version,
        "agent_version": agent.__version__,
    }


def _of_course(course: Course) -> dict[str, Any]:
    """The sweep row's columns that tell how this one went."""
    recorder, opening, closing = course.recorder, course.opening, course.closing
    state = worse(opening.state, closing.state)
    offline = opening.state is VantageState.OFFLINE
    return {
        "outcome": OUTCOMES.get(course.cut) or ("not_measured" if offline else "complete"),
        "vantage_state": state,
        "opening_state": opening.state,
        "closing_state": closing.state,
        "because": opening.because if state is opening.state else closing.because,
        "endpoints_planned": len(course.tasks),
        "endpoints_measured": course.measured,
        "observations": len(recorder.rows),
        "rows_withheld": recorder.withheld,
        "bytes_sent": recorder.bytes_sent,
        "bytes_received": recorder.bytes_received,
    }
