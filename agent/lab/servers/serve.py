"""The world's servers at their doors: every connection and every datagram is met, and what a client does wrong ends
quietly.

They know nothing of the censor, the line or the stage: whatever lies between them and the client is elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Coroutine, Mapping, Sequence

from agent.lab.servers.certificates import Certificates
from agent.lab.servers.conversations import CONVERSATIONS
from agent.lab.servers.doors import Door
from agent.lab.servers.http3 import attend_quic
from agent.lab.servers.nameserver import DATAGRAM_BYTES, NoQueryError, datagram_limit_bytes, zone_of
from agent.lab.servers.settings import Setting
from agent.lab.world import World

#: Seconds to rest when the system can accept no more connections for the moment.
ACCEPT_PAUSE_S = 0.05


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
                attending = ATTENDING[door.transport if door.place.service.kind != "quic" else "quic"]
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


async def attend_queries(setting: Setting, datagrams: socket.socket, tasks: asyncio.TaskGroup) -> None:
    """Answer DNS queries for ever, one after the other; what is none is not answered."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            wire, client = await loop.sock_recvfrom(datagrams, DATAGRAM_BYTES)
        except OSError:  # Windows tells here that an earlier reply found nobody
            continue
        try:
            answer = setting.resolver.answer(wire, limit_bytes=datagram_limit_bytes(wire))
        except NoQueryError:
            continue
        with contextlib.suppress(OSError):  # the client has closed its socket
            await loop.sock_sendto(datagrams, answer, client)


#: How each kind of door is attended to.
ATTENDING: Mapping[str, Callable[[Setting, socket.socket, asyncio.TaskGroup], Coroutine[None, None, None]]] = {
    "tcp": attend_streams,
    "udp": attend_queries,
    "quic": attend_quic,
}
