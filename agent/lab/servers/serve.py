"""The world's servers at their doors: every connection and every datagram is met, and what a client does wrong ends
quietly.

They know nothing of the censor, the line or the stage: whatever lies between them and the client is elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from typing import Any

from agent.lab.servers.certificates import Certificates
from agent.lab.servers.conversations import CONVERSATIONS
from agent.lab.servers.doors import Door
from agent.lab.servers.nameserver import true_answer, zone_of
from agent.lab.servers.responses import Setting
from agent.lab.world import World

#: Seconds to rest when the system can accept no more connections for the moment.
ACCEPT_PAUSE_S = 0.05
#: Bytes of the longest datagram.
DATAGRAM_BYTES = 65535


class Servers:
    """Everything that answers in one world."""

    def __init__(self, world: World, certificates: Certificates) -> None:
        self._world = world
        self._zone = zone_of(world.hosts)
        self._certificates = certificates

    async def serve(self, doors: Sequence[Door]) -> None:
        """Answer at every door until cancelled. A fault of the servers' own, never of a client, is raised."""
        async with asyncio.TaskGroup() as tasks:
            for door in doors:
                setting = Setting(world=self._world, zone=self._zone, place=door.place, certificates=self._certificates)
                attending = attend_streams if door.transport == "tcp" else attend_datagrams
                tasks.create_task(attending(setting, door.socket, tasks))


async def attend_streams(setting: Setting, listener: socket.socket, tasks: asyncio.TaskGroup) -> None:
    """Accept connections for ever, each one a task of its own."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            connection, _ = await loop.sock_accept(listener)
        except OSError:  # the client has left again, or there are no file descriptors for the moment
            await asyncio.sleep(ACCEPT_PAUSE_S)
            continue
        connection.setblocking(False)
        attending = tasks.create_task(attend(setting, connection))
        # Not in the task itself: one that is cancelled before its first step runs no line of its own.
        attending.add_done_callback(closes(connection))


async def attend(setting: Setting, connection: socket.socket) -> None:
    """One connection. What a client does wrong, or not at all, ends it quietly."""
    with contextlib.suppress(OSError):  # TLS errors too
        await CONVERSATIONS[setting.place.service.kind](setting, connection)


def closes(connection: socket.socket) -> Callable[[asyncio.Task[None]], None]:
    """A task's last call, which closes its connection however the task ended."""
    return lambda _: connection.close()


async def attend_datagrams(setting: Setting, datagrams: socket.socket, tasks: asyncio.TaskGroup) -> None:
    """Answer queries for ever, one after the other; what is none is not answered."""
    loop = asyncio.get_running_loop()
    while True:
        with contextlib.suppress(OSError, ValueError):  # Windows tells here that an earlier reply found nobody
            wire, client = await loop.sock_recvfrom(datagrams, DATAGRAM_BYTES)
            await answer_datagram(setting, datagrams, client, wire)


async def answer_datagram(setting: Setting, datagrams: socket.socket, client: Any, wire: bytes) -> None:
    """Raises `ValueError` when `wire` is no query, and `OSError` when the client has gone."""
    await asyncio.get_running_loop().sock_sendto(datagrams, true_answer(setting.zone, wire), client)
