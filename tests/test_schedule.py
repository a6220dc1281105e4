"""The cadence: one sweep at a time, the first at once, none lost from sight."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from agent.schedule import Schedule, Soon, missed_sweeps

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
#: A cadence that a test does not wait for.
NEVER_S = 3600.0
#: One that a test waits for, a few times.
SHORT_S = 0.05


class Diary:
    """What a schedule did, in order. `sweep` is what a sweep does, given its number."""

    def __init__(
        self,
        sweep: Callable[[int], Awaitable[None]] | None = None,
        *,
        stops_after_s: float | None = None,
        soon_s: float | None = None,
        times: int = 1,
    ) -> None:
        """With `stops_after_s`, whatever waits for a sweep on the cadence is stopped so soon.

        With `soon_s`, a sweep on the cadence asks for another one so soon, which asks for one, `times` in all.
        """
        self.entries: list[str] = []
        self.missed: list[int] = []
        self.next_at: list[datetime] = []
        self.stop = asyncio.Event()
        self._sweep = sweep
        self._stops_after_s = stops_after_s
        self._soon_s = soon_s
        self._times = times

    async def keep(self, *, every_s: float, jitter_s: float = 0.0) -> None:
        await Schedule(self._make_sweep, self._waiting, every_s=every_s, jitter_s=jitter_s).run(self.stop)

    async def _make_sweep(self, missed: int) -> Soon | None:
        self.entries.append("begin")
        self.missed.append(missed)
        if self._sweep is not None:
            await self._sweep(len(self.missed))
        self.entries.append("end")
        return self._soon(self._times)

    def _soon(self, left: int) -> Soon | None:
        async def again() -> Soon | None:
            self.entries.append("again")
            return self._soon(left - 1)

        return Soon(after_s=self._soon_s, make_sweep=again) if self._soon_s is not None and left else None

    def _waiting(self, next_at: datetime) -> None:
        self.entries.append("wait")
        self.next_at.append(next_at)
        if self._stops_after_s is not None and self.entries.count("again") == (self._times if self._soon_s else 0):
            asyncio.get_running_loop().call_later(self._stops_after_s, self.stop.set)


async def test_the_first_sweep_is_made_at_once_and_the_next_is_announced() -> None:
    """Not after a cadence: whoever starts the agent wants to see it work."""
    diary = Diary(stops_after_s=0)
    begun_at = datetime.now(UTC)
    await diary.keep(every_s=NEVER_S)
    assert (diary.entries, diary.missed) == (["begin", "end", "wait"], [0])
    assert begun_at + timedelta(seconds=NEVER_S) <= diary.next_at[0] <= datetime.now(UTC) + timedelta(seconds=NEVER_S)


async def test_jitter_only_makes_later() -> None:
    """A sweep comes between one cadence and one cadence plus the jitter after the last."""
    diary = Diary(stops_after_s=0)
    begun_at = datetime.now(UTC)
    await diary.keep(every_s=NEVER_S, jitter_s=NEVER_S / 2)
    latest_at = datetime.now(UTC) + timedelta(seconds=1.5 * NEVER_S)
    assert begun_at + timedelta(seconds=NEVER_S) <= diary.next_at[0] <= latest_at


async def test_a_sweep_that_outlasts_the_cadence_is_never_joined_by_another() -> None:
    """The next is made when it has ended, and told how many it stands for."""

    async def sweep(number: int) -> None:
        if number == 1:
            await asyncio.sleep(5 * SHORT_S)
        if number == 3:
            diary.stop.set()

    diary = Diary(sweep)
    await diary.keep(every_s=SHORT_S)
    assert diary.entries == ["begin", "end", "wait"] * 2 + ["begin", "end"]
    assert diary.missed[0] == 0
    assert diary.missed[1] >= 3


async def test_stopping_in_mid_sweep_waits_for_it_and_announces_no_other() -> None:
    """What the sweep does about the stop is its own affair: its rows are written when `run` returns."""

    async def sweep(number: int) -> None:
        diary.stop.set()
        await asyncio.sleep(3 * SHORT_S)

    diary = Diary(sweep)
    await diary.keep(every_s=SHORT_S)
    assert diary.entries == ["begin", "end"]


async def test_stopping_while_it_waits_ends_at_once() -> None:
    """Nobody waits for the cadence to come round."""
    diary = Diary(stops_after_s=SHORT_S)
    await asyncio.wait_for(diary.keep(every_s=NEVER_S), timeout=30)
    assert diary.entries == ["begin", "end", "wait"]


async def test_an_error_ends_the_run_and_is_raised() -> None:
    """A full disk at the second sweep must not become an agent that measures into nothing."""

    async def sweep(number: int) -> None:
        if number == 2:
            raise OSError("the disk is full")

    diary = Diary(sweep)
    with pytest.raises(OSError, match="the disk is full"):
        await diary.keep(every_s=SHORT_S)
    assert diary.entries == ["begin", "end", "wait", "begin"]


async def test_a_sweep_may_ask_for_others_soon_and_the_cadence_stays() -> None:
    """Each is made in its turn, and announced; the next on the cadence comes when it would have come anyway."""
    diary = Diary(stops_after_s=0, soon_s=SHORT_S, times=2)
    begun_at = datetime.now(UTC)
    await asyncio.wait_for(diary.keep(every_s=NEVER_S), timeout=30)
    assert diary.entries == ["begin", "end", "wait", "again", "wait", "again", "wait"]
    assert diary.next_at[0] < begun_at + timedelta(seconds=NEVER_S) <= diary.next_at[-1]


async def test_where_the_cadence_comes_first_it_does_as_well() -> None:
    """Nobody looks a moment before everything is measured anyway."""
    diary = Diary(soon_s=NEVER_S, times=1)

    async def sweep(number: int) -> None:
        if number == 3:
            diary.stop.set()

    diary._sweep = sweep
    await asyncio.wait_for(diary.keep(every_s=SHORT_S), timeout=30)
    assert "again" not in diary.entries
    assert diary.entries.count("begin") == 3


async def test_stopping_while_a_sweep_soon_is_planned_ends_at_once() -> None:
    diary = Diary(soon_s=NEVER_S / 2, times=1)
    asyncio.get_running_loop().call_later(SHORT_S, diary.stop.set)
    await asyncio.wait_for(diary.keep(every_s=NEVER_S), timeout=30)
    assert diary.entries == ["begin", "end", "wait"]


@pytest.mark.parametrize(
    ("gap_min", "missed"),
    [
        pytest.param(None, 0, id="first sweep"),
        pytest.param(180, 0, id="on time"),
        pytest.param(210, 0, id="as late as jitter makes it"),
        pytest.param(359, 0, id="late, and still before the one after"),
        pytest.param(360, 1, id="one was due in between"),
        pytest.param(365, 1, id="one, and a little late"),
        pytest.param(8 * 180, 7, id="a night's sleep"),
        pytest.param(-60, 0, id="the clock was put back"),
    ],
)
def test_missed_sweeps_are_those_due_between_two_that_were_made(gap_min: int | None, missed: int) -> None:
    """A cadence of three hours: neither the last sweep nor this one is counted."""
    last = None if gap_min is None else NOON - timedelta(minutes=gap_min)
    assert missed_sweeps(last, NOON, every_s=180 * 60) == missed
