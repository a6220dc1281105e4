"""Keeps measuring: a sweep at every cadence, one at a time, and only one after the laptop slept through several."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

#: Seconds between looks at the clock. Timers stand still while a laptop sleeps, so somebody must look after it woke:
#: each look lets the scheduler see that a sweep is due. One a minute costs nothing that could be measured.
LOOK_S = 60.0

#: Makes one sweep, told how many were missed since the last.
MakeSweep = Callable[[int], Awaitable[None]]
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
        self._next_at: Callable[[], datetime] = lambda: job.next_run_time
        self._stop = stop
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
            try:
                await self._make_sweep(missed)
                if not self._stop.is_set():
                    self._waiting(self._next_at())
            except Exception as error:  # noqa: BLE001 -- whatever ended a sweep is carried out of the scheduler and raised there
                self._error = error
                self._ended.set()

    async def _look(self) -> None:
        """Nothing to do: to be woken is what it is for."""

    def _cadence(self, seconds: float, jitter_s: float = 0.0) -> IntervalTrigger:
        return IntervalTrigger(seconds=seconds, jitter=jitter_s or None, timezone=UTC)


def missed_sweeps(last_begun_at: datetime | None, now: datetime, *, every_s: float) -> int:
    """Sweeps that the cadence asked for between the last one and now, and that were not made."""
    if last_begun_at is None:
        return 0
    return max(0, int((now - last_begun_at).total_seconds() / every_s) - 1)
