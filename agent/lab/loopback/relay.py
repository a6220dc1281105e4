"""The relay: a loopback door for each destination of the world, with the censor and the line behind it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Sequence
from contextlib import ExitStack

from agent.lab.censor import Censor
from agent.lab.loopback.connection import attend
from agent.lab.loopback.crossing import Crossing, Destination
from agent.lab.loopback.datagrams import Front
from agent.lab.loopback.line import LineModel
from agent.lab.loopback.sockets import bound, port_of
from agent.lab.loopback.ways import Arrivals, Way
from agent.lab.loopback.wire import Spawn
from agent.lab.servers.certificates import Certificates
from agent.lab.servers.doors import Door
from agent.lab.servers.serve import ACCEPT_PAUSE_S, closes
from agent.lab.world import World

#: A door of the relay's own: where it stands, and where it leads.
Entrance = tuple[socket.socket, Destination]


class Relay:
    """All that lies between the lab's client and its servers, except what is settled before a connection is made."""

    def __init__(self, world: World, censor: Censor, certificates: Certificates, line: LineModel) -> None:
        self.arrivals = Arrivals()
        self._world = world
        self._censor = censor
        self._certificates = certificates
        self._line = line
        self._sockets = ExitStack()
        self._entrances: list[Entrance] = []
        self._udp_ports: dict[Way, int] = {}
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._crossing: Crossing | None = None

    def open(self, doors: Sequence[Door]) -> dict[Way, int]:
        """A door before each of the servers'. Returns their loopback ports."""
        ports = {}
        for door in doors:
            way = Way(door.place.address, door.place.service.port, door.transport)
            entrance = self._open(Destination(way=way, host=door.place.host, server_port=port_of(door.socket)))
            self._entrances.append(entrance)
            ports[way] = port_of(entrance[0])
        return ports

    def close(self) -> None:
        """Close every door. The relay must have stopped serving."""
        with self._lock:
            self._loop = None
            self._sockets.close()

    def udp_port(self, way: Way) -> int:
        """The loopback port of a UDP destination without a server. May be asked from any thread.

        Raises `OSError` when the lab has ended.
        """
        with self._lock:
            if way not in self._udp_ports:
                if self._loop is None:
                    raise OSError("The lab has ended, and no way leads into it any more.")
                entrance = self._open(Destination(way=way, host=self._world.host_at(way.address), server_port=None))
                self._udp_ports[way] = port_of(entrance[0])
                self._loop.call_soon_threadsafe(self._attend, entrance)
            return self._udp_ports[way]

    def begin(self, spawn: Spawn) -> None:
        """Serve every door in the running loop. Tasks of `spawn` must end before the relay is closed."""
        self._crossing = Crossing(
            world=self._world,
            censor=self._censor,
            certificates=self._certificates,
            line=self._line,
            arrivals=self.arrivals,
            spawn=spawn,
        )
        for entrance in self._entrances:
            self._attend(entrance)
        with self._lock:
            self._loop = asyncio.get_running_loop()

    def _open(self, destination: Destination) -> Entrance:
        return bound(self._sockets, destination.way.transport), destination

    def _attend(self, entrance: Entrance) -> None:
        """Begin to serve a door, in the relay's own loop."""
        if self._crossing is None:
            raise RuntimeError("A door is attended to by a relay that serves.")
        door, destination = entrance
        if destination.way.transport == "tcp":
            self._crossing.spawn(accept_all(self._crossing, destination, door))
        else:
            self._crossing.spawn(Front(self._crossing, destination, door).serve())


async def accept_all(crossing: Crossing, destination: Destination, listener: socket.socket) -> None:
    """Accept connections for ever, each one a task of its own."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            client, _ = await loop.sock_accept(listener)
        except OSError:  # the client has left again, or there are no file descriptors for the moment
            await asyncio.sleep(ACCEPT_PAUSE_S)
            continue
        with contextlib.suppress(OSError):  # it has gone already
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.setblocking(False)
        attending = crossing.spawn(attend(crossing, destination, client))
        # Not in the task itself: one that is cancelled before its first step runs no line of its own.
        attending.add_done_callback(closes(client))
