"""One TCP connection through the relay: asked about at each of the censor's moments, passed on, slowed, damaged, ended.

The box forwards what it sees as it comes, and withholds only the bytes that set it off.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial

from agent.lab.damage import Damage
from agent.lab.loopback.crossing import Crossing, Destination
from agent.lab.loopback.endings import Ending, end
from agent.lab.loopback.ways import LOOPBACK
from agent.lab.loopback.wire import Wire
from agent.lab.rules import Action, Corrupt, ForgeAnswer, Reset, Throttle, Unreachable
from agent.lab.servers.nameserver import forged_answer
from agent.lab.sight.certificate import certificate_names
from agent.lab.sight.client_hello import IncompleteError
from agent.lab.sight.client_stream import ClientStream, Piece, Seen

#: Bytes taken off a socket at a time.
PIECE_BYTES = 65536


async def attend(crossing: Crossing, destination: Destination, client: socket.socket) -> None:
    """A connection that was just accepted, to its end. A client's and a server's faults end it quietly.

    Whoever accepted it closes it afterwards.
    """
    with contextlib.suppress(OSError), ExitStack() as open_sockets:
        connection = Connection(crossing, destination, client)
        ending = connection.opened()
        server = None
        if ending is None:
            server = open_sockets.enter_context(await server_of(destination))
            ending = await connection.passed_on(server)
        if ending is not None:
            # The censor is at the line's other end.
            await asyncio.sleep(0.0 if ending.has_arrived else crossing.line.own_rtt_s)
            await end(ending, client, server, crossing.certificates)


async def server_of(destination: Destination) -> socket.socket:
    """A connection to the destination's own server."""
    server = socket.socket()
    try:
        server.setblocking(False)
        await asyncio.get_running_loop().sock_connect(server, (LOOPBACK, destination.server_port))
    except BaseException:  # cancellation too: a socket that nobody holds must not stay open
        server.close()
        raise
    return server


class Connection:
    """What is known of one."""

    def __init__(self, crossing: Crossing, destination: Destination, client: socket.socket) -> None:
        self._crossing = crossing
        self._way = destination.way
        self._client = client
        self._to_server, self._to_client = crossing.line.passages(self._way, destination.host)
        self._shows = ClientStream(port=self._way.port)
        self._damage: Damage | None = None
        #: Bytes that the server has said.
        self._place = 0
        #: The server's first bytes, while its certificate may be among them. None: nobody looks for one.
        self._server_hello: bytes | None = None

    def opened(self) -> Ending | None:
        """What becomes of it before a word is said. None: it goes on."""
        arrival = self._crossing.arrivals.withdraw(self._client.getpeername()[1])
        if arrival is None:  # another program's, which came without asking
            if action := self._asked("syn"):
                return self._ending(Reset() if isinstance(action, Unreachable) else action)
        elif arrival.rate_kbit_s is not None:
            self._to_client.slow_to(arrival.rate_kbit_s)
        action = self._asked("accept")
        return self._ending(action) if action else None

    async def passed_on(self, server: socket.socket) -> Ending | None:
        """Carry what both sides say until both have ended, or until the censor has had enough."""
        spawn = self._crossing.spawn
        up, down = Wire(server, self._to_server, spawn), Wire(self._client, self._to_client, spawn)
        carrying: set[asyncio.Task[Ending | None]] = {
            spawn(until_fault(partial(self._carry_up, server, up, down))),
            spawn(until_fault(partial(self._carry_down, server, down))),
        }
        try:
            while carrying:
                ended, carrying = await asyncio.wait(carrying, return_when=asyncio.FIRST_COMPLETED)
                if ending := next((one.result() for one in ended if one.result()), None):
                    return ending
            return None
        finally:
            for task in carrying:
                task.cancel()
            if carrying:
                await asyncio.wait(carrying)  # no socket may be closed that somebody still waits for
            await up.cut()
            await down.cut()

    async def _carry_up(self, server: socket.socket, up: Wire, down: Wire) -> Ending | None:
        loop = asyncio.get_running_loop()
        while data := await loop.sock_recv(self._client, PIECE_BYTES):
            for piece in self._shows.feed(data):
                ending = self._judged(piece)
                if ending is None:
                    await up.send(piece.data)
                elif isinstance(ending.action, ForgeAnswer):
                    answer = forged_answer(ending.action, ending.said)
                    await down.send(len(answer).to_bytes(2) + answer)
                else:
                    return ending
        if rest := self._shows.rest():
            await up.send(rest)
        await up.settle()
        server.shutdown(socket.SHUT_WR)
        return None

    async def _carry_down(self, server: socket.socket, down: Wire) -> Ending | None:
        loop = asyncio.get_running_loop()
        try:
            while data := await loop.sock_recv(server, PIECE_BYTES):
                if action := self._certificate_judged(data):
                    return self._ending(action)
                await down.send(self._as_it_arrives(data))
        except OSError:
            await down.settle()  # what came before the server's reset arrives before it
            raise
        await down.settle()
        self._client.shutdown(socket.SHUT_WR)
        return None

    def _judged(self, piece: Piece) -> Ending | None:
        """What becomes of the connection at what a piece shows; of a query, what becomes of that."""
        for seen in piece.seen:
            if seen.sight.at == "client_hello":
                self._server_hello = b""
            if action := self._asked_about(seen):
                return self._ending(action, name=seen.sight.name, said=seen.said)
        return None

    def _asked_about(self, seen: Seen) -> Action | None:
        sight = seen.sight
        return self._asked(sight.at, name=sight.name, path=sight.path, query_type=sight.query_type, said=seen.said)

    def _certificate_judged(self, data: bytes) -> Action | None:
        if self._server_hello is None:
            return None
        self._server_hello += data
        try:
            first, *others = certificate_names(self._server_hello) or ("",)
        except IncompleteError:
            return None
        except ValueError:
            self._server_hello = None
            return None
        self._server_hello = None
        return self._asked("certificate", name=first, other_names=tuple(others))

    def _asked(self, at: str, **seen: object) -> Action | None:
        """What the censor does that ends the connection, or a query's hope of a true answer. What lasts, begins."""
        match self._crossing.asked(self._way, at, **seen):
            case Throttle(rate_kbit_s=rate_kbit_s):
                self._to_client.slow_to(rate_kbit_s)
            case Corrupt():
                self._damage = Damage(begins_at=self._place, spares_head=at == "request")
            case action:
                return action
        return None

    def _as_it_arrives(self, data: bytes) -> bytes:
        place, self._place = self._place, self._place + len(data)
        if self._damage is None:
            return data
        self._damage.read(data)
        return self._damage.done_to(data, place=place)

    def _ending(self, action: Action, *, name: str = "", said: bytes = b"") -> Ending:
        return Ending(action=action, name=name or self._way.address, said=said)


async def until_fault(carry: Callable[[], Awaitable[Ending | None]]) -> Ending | None:
    """Carry one side's words. Its reset is handed on to the other side."""
    try:
        return await carry()
    except OSError:
        return Ending(action=Reset(), name="", has_arrived=True)
