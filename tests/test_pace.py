"""The pacer: how many turns a minute, to whom first, and what becomes of a turn that nobody wants any more.

These tests run on a loop whose clock jumps to the next timer in place of waiting for it, so that minutes cost nothing
and every moment is exact.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any

import pytest

from agent.pace import Pacer

#: What adding up floating-point seconds may cost.
ROUNDING_S = 1e-6


class JumpingSelector(selectors.DefaultSelector):
    """Where a selector would wait, this one moves the clock on."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise AssertionError("everybody waits, and nothing will ever happen")
        if not ready:
            self.now_s += timeout or 0.0
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.clock = JumpingSelector()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now_s


def jump_through(test: Coroutine[Any, Any, None]) -> None:
    """Run `test` on a jumping loop, and see that it leaves no task behind."""

    async def whole() -> None:
        await test
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(whole())


async def take(pacer: Pacer, rank: int, moments: list[tuple[int, float]], *, wanted: bool = True) -> None:
    """Take one turn, and write down when it came."""
    if await pacer.turn(rank, wanted=lambda: wanted):
        moments.append((rank, asyncio.get_running_loop().time()))


def test_six_a_minute_are_ten_seconds_apart() -> None:
    """The first at once."""

    async def test() -> None:
        moments: list[tuple[int, float]] = []
        pacer = Pacer(6)
        await asyncio.gather(*(take(pacer, rank, moments) for rank in range(13)))
        assert [moment for _, moment in moments] == pytest.approx([10.0 * rank for rank in range(13)], abs=ROUNDING_S)
        await pacer.close()

    jump_through(test())


def test_a_pause_saves_no_turns_up() -> None:
    """After five quiet minutes the next two connections are still ten seconds apart."""

    async def test() -> None:
        moments: list[tuple[int, float]] = []
        pacer = Pacer(6)
        await take(pacer, 0, moments)
        await asyncio.sleep(300)
        await asyncio.gather(take(pacer, 1, moments), take(pacer, 2, moments))
        assert [moment for _, moment in moments] == pytest.approx([0, 300, 310], abs=ROUNDING_S)
        await pacer.close()

    jump_through(test())


def test_turns_that_are_asked_for_one_by_one_keep_the_distance_too() -> None:
    """Whoever comes three seconds after a turn waits for the other seven."""

    async def test() -> None:
        moments: list[tuple[int, float]] = []
        pacer = Pacer(6)
        await take(pacer, 0, moments)
        await asyncio.sleep(3)
        await take(pacer, 1, moments)
        assert moments[1][1] == pytest.approx(10, abs=ROUNDING_S)
        await pacer.close()

    jump_through(test())


def test_the_lowest_rank_goes_first_and_equals_in_order_of_arrival() -> None:
    async def test() -> None:
        order: list[str] = []
        pacer = Pacer(60)

        async def named(name: str, rank: int) -> None:
            await pacer.turn(rank)
            order.append(name)

        people = [("c", 3), ("a", 1), ("b2", 2), ("d", 4), ("b1", 2)]
        await asyncio.gather(*(named(name, rank) for name, rank in people))
        assert order == ["a", "b2", "b1", "c", "d"]
        await pacer.close()

    jump_through(test())


def test_what_was_begun_is_finished_before_a_later_rank_begins() -> None:
    """An endpoint that needs three connections gets them in a row, though others asked before its second."""

    async def test() -> None:
        order: list[int] = []
        pacer = Pacer(60)

        async def endpoint(rank: int) -> None:
            for _ in range(3):
                await pacer.turn(rank)
                order.append(rank)

        await asyncio.gather(*(endpoint(rank) for rank in (2, 0, 1)))
        assert order == [0, 0, 0, 1, 1, 1, 2, 2, 2]
        await pacer.close()

    jump_through(test())


def test_an_unwanted_turn_goes_to_the_next_at_once() -> None:
    async def test() -> None:
        moments: list[tuple[int, float]] = []
        pacer = Pacer(6)
        wishes = [True, False, False, True, False, True]
        await asyncio.gather(*(take(pacer, rank, moments, wanted=wish) for rank, wish in enumerate(wishes)))
        assert [rank for rank, _ in moments] == [0, 3, 5]
        assert [moment for _, moment in moments] == pytest.approx([0, 10, 20], abs=ROUNDING_S)
        await pacer.close()

    jump_through(test())


def test_whether_it_is_wanted_is_asked_when_the_turn_comes() -> None:
    """The pool may have answered since."""

    async def test() -> None:
        pool_answered = asyncio.Event()
        pacer = Pacer(6)

        async def member(rank: int) -> bool:
            went = await pacer.turn(rank, wanted=lambda: not pool_answered.is_set())
            pool_answered.set()
            return went

        assert await asyncio.gather(*(member(rank) for rank in range(4))) == [True, False, False, False]
        await pacer.close()

    jump_through(test())


def test_a_cancelled_caller_uses_no_turn_up() -> None:
    async def test() -> None:
        moments: list[tuple[int, float]] = []
        pacer = Pacer(6)
        tasks = [asyncio.ensure_future(take(pacer, rank, moments)) for rank in range(4)]
        await asyncio.sleep(1)
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert [rank for rank, _ in moments] == [0, 2, 3]
        assert [moment for _, moment in moments] == pytest.approx([0, 10, 20], abs=ROUNDING_S)
        await pacer.close()

    jump_through(test())


def test_a_fault_in_the_question_is_its_askers_and_stops_nobody_else() -> None:
    """It once ended the handing out of turns, and everybody behind waited for ever."""

    async def test() -> None:
        moments: list[tuple[int, float]] = []
        pacer = Pacer(6)

        def broken() -> bool:
            raise ZeroDivisionError

        faulty = pacer.turn(0, wanted=broken)
        outcome, *_ = await asyncio.gather(
            faulty, take(pacer, 1, moments), take(pacer, 2, moments), return_exceptions=True
        )
        assert isinstance(outcome, ZeroDivisionError)
        assert [rank for rank, _ in moments] == [1, 2]
        await pacer.close()

    jump_through(test())


def test_closing_leaves_no_task_behind() -> None:
    """Not even in the middle of a gap, with somebody waiting."""

    async def test() -> None:
        pacer = Pacer(6)
        await pacer.turn(0)
        waiting = asyncio.ensure_future(pacer.turn(1))
        await asyncio.sleep(1)
        await pacer.close()
        assert asyncio.all_tasks() - {waiting} == {asyncio.current_task()}
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    jump_through(test())


def test_without_a_rate_nobody_waits() -> None:
    async def test() -> None:
        moments: list[tuple[int, float]] = []
        pacer = Pacer(None)
        await asyncio.gather(*(take(pacer, rank, moments, wanted=rank != 1) for rank in (2, 1, 0)))
        assert moments == [(2, 0.0), (0, 0.0)]
        await pacer.close()

    jump_through(test())
