"""Keeps measuring: a sweep at every cadence, one at a time, and only one after the laptop slept through several.

A sweep may ask for another one soon after it, off the cadence.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

#: Seconds between looks at the clock. Timers stand still while a laptop sleeps, so somebody must look after it woke:
#: each look lets the scheduler see that a sweep is due. One a minute costs nothing that could be measured.
LOOK_S = 60.0

#: Seconds after its moment at which a sweep off the cadence is given up: who slept until then has changed too much.
TOO_LATE_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Soon:
    """A sweep off the cadence: how soon, and what makes it. It too may ask for another."""

    after_s: float
    make_sweep: Callable[[], Awaitable[Soon | None]]


#: Makes one sweep, told how many were missed since the last. May ask for another one soon.
MakeSweep = Callable[[int], Awaitable[Soon | None]]
#: Told when the agent begins to wait, and until when.
Waiting = Callable[[datetime], None]


class Schedule:
    """A cadence of sweeps. `every_s` seconds lie between the beginnings of two, and up to `jitter_s` more by chance."""

    def __init__(self, make_sweep: MakeSweep, waiting: Waiting, *, every_s: float, jitter_s: float) -> None:
        self._make_sweep = make_sweep
        self._waiting = waiting
        self._every_s = every_s
        self._jitter_s = jitter_s
        self._one_at_a_time = asyncio.Lock()
        self._last_begun_at: datetime | None = None
        self._error: Exception | None = None
        self._ended = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep at once and then on the cadence, until `stop` is set; the sweep in hand is waited for.

        Whoever sets `stop` also tells the sweep to cut itself short. What a sweep raises ends the run and is raised.
        """
        # It warns of a sweep that outlasts the cadence; the next sweep says so in our words, with the number missed.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        scheduler = AsyncIOScheduler(timezone=UTC)
        job = scheduler.add_job(
            self._sweep,
            self._cadence(self._every_s, self._jitter_s),
            next_run_time=datetime.now(UTC),
            coalesce=True,  # however many sweeps were slept through, one is made
            max_instances=1,
            misfire_grace_time=None,  # late is never too late: the default of 1 s skips in silence
        )
        scheduler.add_job(self._look, self._cadence(min(LOOK_S, self._every_s)), coalesce=True, misfire_grace_time=None)
        self._scheduler, self._stop = scheduler, stop
        self._next_at: Callable[[], datetime] = lambda: job.next_run_time
        scheduler.start()
        signals = [asyncio.ensure_future(event.wait()) for event in (stop, self._ended)]
        try:
            await asyncio.wait(signals, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for signal in signals:
                signal.cancel()
            scheduler.remove_all_jobs()
            async with self._one_at_a_time:
                scheduler.shutdown(wait=False)
        if self._error is not None:
            raise self._error

    async def _sweep(self) -> None:
        async with self._one_at_a_time:
            now = datetime.now(UTC)
            missed = missed_sweeps(self._last_begun_at, now, every_s=self._every_s)
            self._last_begun_at = now
            await self._make(lambda: self._make_sweep(missed))

    async def _sweep_soon(self, soon: Soon) -> None:
        async with self._one_at_a_time:
            await self._make(soon.make_sweep)

    async def _make(self, make: Callable[[], Awaitable[Soon | None]]) -> None:
        """Make a sweep, say until when there is nothing to do, and plan what it asks for. Keeps what it raises."""
        if self._stop.is_set():  # it was set while this one waited for another to end
            return
        try:
            soon = await make()
            if not self._stop.is_set():
                self._waiting(self._planned(soon) or self._next_at())
        except Exception as error:  # noqa: BLE001 -- whatever ended a sweep is carried out of the scheduler and raised there
            self._error = error
            self._ended.set()

    def _planned(self, soon: Soon | None) -> datetime | None:
        """When the sweep that was asked for will be made. None: the cadence comes before it, and does as well."""
        at = datetime.now(UTC) + timedelta(seconds=soon.after_s) if soon else None
        if at is None or at >= self._next_at():
            return None
        self._scheduler.add_job(
            self._sweep_soon, DateTrigger(at, timezone=UTC), args=[soon], misfire_grace_time=TOO_LATE_S
        )
        return at

    async def _look(self) -> None:
        """Nothing to do: to be woken is what it is for."""

    def _cadence(self, seconds: float, jitter_s: float = 0.0) -> IntervalTrigger:
        return IntervalTrigger(seconds=seconds, jitter=jitter_s or None, timezone=UTC)


def missed_sweeps(last_begun_at: datetime | None, now: datetime, *, every_s: float) -> int:
    """Sweeps that the cadence asked for between the last one and now, and that were not made."""
    if last_begun_at is None:
        return 0
    return max(0, int((now - last_begun_at).total_seconds() / every_s) - 1)
