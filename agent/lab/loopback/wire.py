"""One direction of one connection: bytes go in at once, and come out at the socket at its end in due time."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any

from agent.lab.loopback.line import Passage

#: Pieces on their way at a time, at most: who sends more waits.
PIECES_MAX = 256
#: Starts a task of whoever has it ended when the lab ends.
Spawn = Callable[[Coroutine[Any, Any, Any]], "asyncio.Task[Any]"]


class Wire:
    """Brings bytes to a connected, non-blocking socket. Whoever opened the socket closes it."""

    def __init__(self, to: socket.socket, passage: Passage, spawn: Spawn) -> None:
        self.passage = passage
        self._to = to
        self._spawn = spawn
        self._underway: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(PIECES_MAX)
        self._delivering: asyncio.Task[None] | None = None
        self._fault: OSError | None = None
        self._sending = asyncio.Lock()

    async def send(self, data: bytes) -> None:
        """Returns when more may be sent. Raises `OSError` when the socket's peer has gone."""
        async with self._sending:
            if self.passage.is_instant:
                await asyncio.get_running_loop().sock_sendall(self._to, data)
                return
            portion_bytes = self.passage.portion_bytes or len(data)
            for at in range(0, len(data), portion_bytes):
                await self._send_portion(data[at : at + portion_bytes])

    async def settle(self) -> None:
        """Wait until all that was sent has come out, and what is sent now would."""
        async with self._sending:
            if not self.passage.is_instant:
                await self._send_portion(b"")
            await self._underway.join()

    async def cut(self) -> None:
        """Nothing more comes out, and the socket is left alone."""
        if self._delivering is not None:
            self._delivering.cancel()
            await asyncio.wait([self._delivering])

    async def _send_portion(self, data: bytes) -> None:
        if self._fault is not None:
            raise self._fault
        loop = asyncio.get_running_loop()
        passing = self.passage.stream(len(data), loop.time())
        if self._delivering is None:
            self._delivering = self._spawn(self._deliver())
        await self._underway.put((passing.arrives_s, data))
        await asyncio.sleep(passing.leaves_s - loop.time())  # so that others have their turn at the bottleneck

    async def _deliver(self) -> None:
        """For ever. After a fault it swallows, so that nobody waits for it in vain."""
        loop = asyncio.get_running_loop()
        while True:
            arrives_s, data = await self._underway.get()
            await asyncio.sleep(arrives_s - loop.time())
            try:
                if data and self._fault is None:
                    await loop.sock_sendall(self._to, data)
            except OSError as fault:
                self._fault = fault
            self._underway.task_done()
