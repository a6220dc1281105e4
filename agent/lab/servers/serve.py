"""The world's servers, and the censor in front of each: what is done with every connection and every datagram.

The censor sees a connection's opening and its first bytes, as a box on the path does, whatever server stands behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agent.lab import http_messages
from agent.lab.censor import Censor, Event
from agent.lab.http_messages import read_request
from agent.lab.rules import Action, Close, Drop, ForeignCertificate, Reset, SendBytes
from agent.lab.servers.certificates import FOREIGN, Certificates
from agent.lab.servers.nameserver import Zone, read_question, replies
from agent.lab.servers.responses import RESPONSES, Place, Setting
from agent.lab.sight.client_hello import IncompleteError
from agent.lab.sight.first_flight import first_flight, swallow
from agent.lab.world import World
from probes.channel import READ_BYTES, Channel, PlainChannel, TlsChannel

#: SO_LINGER on, with 0 s: closing sends a reset. Two ints in POSIX, two shorts on Windows.
RESET_ON_CLOSE = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
#: Seconds to rest when the system can accept no more connections for the moment.
ACCEPT_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A connection, with the bytes that were read to judge it."""

    place: Place
    connection: socket.socket
    first_flight: bytes = b""


@dataclass(frozen=True)
class Servers:
    """Everything that answers in one world."""

    world: World
    censor: Censor
    zone: Zone
    certificates: Certificates

    async def serve_tcp(self, listener: socket.socket, place: Place, tasks: asyncio.TaskGroup) -> None:
        """Accept connections for ever, each one a task of its own."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(listener)
            except OSError:  # the client has left again, or there are no file descriptors for the moment
                await asyncio.sleep(ACCEPT_PAUSE_S)
                continue
            connection.setblocking(False)
            attending = tasks.create_task(self._attend(Visit(place=place, connection=connection)))
            # Not in the task itself: one that is cancelled before its first step runs no line of its own.
            attending.add_done_callback(closes(connection))

    async def serve_udp(self, datagrams: socket.socket, address: str, tasks: asyncio.TaskGroup) -> None:
        """Answer queries for ever. `address` empty: no resolver stands here, and only the censor answers."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                wire, client = await loop.sock_recvfrom(datagrams, 65535)
            except OSError:  # Windows tells here that an earlier reply found nobody
                continue
            tasks.create_task(self._answer_datagram(datagrams, client, wire, address))

    async def _answer_datagram(self, datagrams: socket.socket, client: Any, wire: bytes, address: str) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            action = self._censor_query(wire, address)
        except ValueError:
            return  # no query: nobody answers
        for reply in replies(self.zone if address else None, action, wire, rtt_s=self._rtt_s):
            await asyncio.sleep(began + reply.after_s - loop.time())
            with contextlib.suppress(OSError):  # the client may have closed its socket
                await loop.sock_sendto(datagrams, reply.wire, client)

    async def _attend(self, visit: Visit) -> None:
        """One connection after accept. What a client does wrong, or not at all, ends it quietly."""
        with contextlib.suppress(OSError):  # TLS errors too
            if action := self._censor_flow(visit.place, "accept"):
                await self._interfere(action, visit, name="")
                return
            data, seen = await first_flight(visit.connection)
            visit = Visit(place=visit.place, connection=visit.connection, first_flight=data)
            if seen and (action := self._censor_flow(visit.place, *seen)):
                await self._interfere(action, visit, name=seen[1])
            elif data:
                await SERVICES[visit.place.service.kind](self, visit)

    async def _interfere(self, action: Action, visit: Visit, *, name: str) -> None:
        """Do to a connection what the censor wants. It is closed afterwards in any case, which is all of `Close`."""
        match action:
            case Drop():
                await swallow(visit.connection)
            case Reset():
                visit.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            case SendBytes(data=data):
                await PlainChannel(visit.connection).write(data)
            case ForeignCertificate():
                await self._shake_hands(visit, FOREIGN, (name or visit.place.address,))
                await swallow(visit.connection)
            case Close():
                pass

    def _censor_flow(self, place: Place, at: str, name: str = "") -> Action | None:
        crosses_border = self.world.crosses_border(place.address)
        port = place.service.port
        return self.censor.act_on(
            Event(at=at, name=name, address=place.address, port=port, crosses_border=crosses_border)
        )

    def _censor_query(self, wire: bytes, address: str) -> Action | None:
        """Raises `ValueError` when `wire` is no query."""
        question = read_question(wire)
        return self.censor.act_on(
            Event(at="query", name=question.name, query_type=question.query_type, address=address, port=53)
        )

    async def _shake_hands(self, visit: Visit, authority: str, names: tuple[str, ...]) -> TlsChannel:
        await asyncio.sleep(self._rtt_s)
        context = self.certificates.server_context(authority, names)
        channel = TlsChannel.over(visit.connection, context, server_side=True, already_read=visit.first_flight)
        await channel.handshake()
        return channel

    async def serve_plain(self, visit: Visit) -> None:
        """HTTP in the clear."""
        await self._converse(PlainChannel(visit.connection), visit.place, visit.first_flight)

    async def serve_secure(self, visit: Visit) -> None:
        """Whatever name is asked for, and if none is, the host shows its own certificate, as most servers do."""
        place = visit.place
        channel = await self._shake_hands(visit, place.service.trust, place.host.names or (place.address,))
        await self._converse(channel, place, b"")
        channel.close()

    async def _converse(self, channel: Channel, place: Place, data: bytes) -> None:
        """Read one request and answer it."""
        while True:
            try:
                request = read_request(data)
            except IncompleteError:
                more = await channel.read(READ_BYTES)
                if not more:
                    return
                data += more
                continue
            except ValueError:
                response = http_messages.answer(400, b"", media_type="text/plain")
            else:
                setting = Setting(world=self.world, zone=self.zone, place=place)
                response = RESPONSES[place.service.kind](setting, request)
            await asyncio.sleep(self._rtt_s)
            await channel.write(response)
            return

    async def serve_names(self, visit: Visit) -> None:
        """DNS over TCP: each message behind its length (RFC 1035 4.2.2)."""
        channel, data = PlainChannel(visit.connection), visit.first_flight
        while True:
            end = 2 + int.from_bytes(data[:2])
            if len(data) < 2 or len(data) < end:
                more = await channel.read(READ_BYTES)
                if not more:
                    return
                data += more
                continue
            wire, data = data[2:end], data[end:]
            try:
                action = self._censor_query(wire, visit.place.address)
            except ValueError:
                return
            planned = replies(self.zone, action, wire, rtt_s=self._rtt_s)
            if not planned:
                await swallow(visit.connection)
                return
            await asyncio.sleep(planned[0].after_s)
            await channel.write(len(planned[0].wire).to_bytes(2) + planned[0].wire)

    async def serve_silence(self, visit: Visit) -> None:
        """Take everything, say nothing."""
        await swallow(visit.connection)

    @property
    def _rtt_s(self) -> float:
        return self.world.line.rtt_ms / 1000


#: How each kind of service meets a connection.
SERVICES: Mapping[str, Callable[[Servers, Visit], Awaitable[None]]] = {
    "dns": Servers.serve_names,
    "http": Servers.serve_plain,
    "redirect": Servers.serve_plain,
    "telegram": Servers.serve_plain,
    "https": Servers.serve_secure,
    "doh": Servers.serve_secure,
    "silent": Servers.serve_silence,
}


def closes(connection: socket.socket) -> Callable[[asyncio.Task[None]], None]:
    """A task's last call, which closes its connection however the task ended."""
    return lambda _: connection.close()
