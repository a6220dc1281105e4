"""How fast connections may follow each other. A gentle sweep makes a few a minute; a fast one is not held back."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

Wanted = Callable[[], bool]


@dataclass
class Pacer:
    """Hands out turns, `per_min` of them a minute at the most, the lowest rank first.

    Ranks keep the order of the plan: an endpoint that was begun is finished before a later one begins. None means
    that nobody waits.
    """

    per_min: int | None
    _waiting: list[tuple[int, int, Wanted, asyncio.Future[bool]]] = field(default_factory=list)
    _arrivals: int = 0
    _next_at: float = 0.0
    _server: asyncio.Task[None] | None = None

    async def turn(self, rank: int, *, wanted: Wanted = lambda: True) -> bool:
        """Return when the caller may make its next connection, with True.

        With False when it is the caller's turn and it is no longer `wanted`: then the turn goes to the next at once.
        """
        if self.per_min is None:
            return wanted()
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[bool] = loop.create_future()
        self._arrivals += 1
        heapq.heappush(self._waiting, (rank, self._arrivals, wanted, turn))
        if self._server is None or self._server.done():
            self._server = loop.create_task(self._serve(60.0 / self.per_min))
        return await turn

    async def close(self) -> None:
        """Hand out no more turns."""
        if self._server is not None:
            self._server.cancel()
            await asyncio.gather(self._server, return_exceptions=True)

    async def _serve(self, gap_s: float) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            await asyncio.sleep(max(0.0, self._next_at - loop.time()))
            while self._waiting:
                _, _, wanted, turn = heapq.heappop(self._waiting)
                if turn.done():  # a cancelled caller must not use up a turn
                    continue
                try:
                    still = wanted()
                except Exception as fault:  # noqa: BLE001 -- the caller's own: it is raised there, and the others go on
                    turn.set_exception(fault)
                    continue
                turn.set_result(still)
                if still:
                    self._next_at = loop.time() + gap_s
                    break
