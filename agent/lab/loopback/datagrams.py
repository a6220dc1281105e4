"""UDP through the relay: each client's socket is a flow of its own, judged as a whole and, on port 53, by query.

An ICMP error cannot be made here, so that `Unreachable` is silence to a datagram that has come so far.
"""

from __future__ import annotations

import asyncio
import socket
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from agent.lab.loopback.crossing import Crossing, Destination
from agent.lab.loopback.ways import LOOPBACK
from agent.lab.rules import Action, ForgeAnswer, Throttle
from agent.lab.servers.nameserver import DATAGRAM_BYTES, forged_answer
from agent.lab.servers.serve import closes
from agent.lab.sight.client_hello import IncompleteError
from agent.lab.sight.first_flight import DNS_PORT, query_sight
from agent.lab.sight.quic_hello import QuicHello

#: Seconds of silence after which a flow is forgotten when a new one comes: longer than any client repeats itself.
IDLE_S = 60.0


@dataclass(slots=True, kw_only=True)
class Query:
    """One DNS query, however often it is sent, and what becomes of it."""

    wire: bytes
    #: None: it passes.
    action: Action | None
    #: When the last answer to it, true or forged, arrives at the client.
    answered_s: float = 0.0


class Front:
    """A loopback socket that stands for one logical UDP destination. Whoever opened it closes it."""

    def __init__(self, crossing: Crossing, destination: Destination, datagrams: socket.socket) -> None:
        self._crossing = crossing
        self._destination = destination
        self._socket = datagrams
        self._flows: OrderedDict[Any, Flow] = OrderedDict()

    async def serve(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                try:
                    data, client = await loop.sock_recvfrom(self._socket, DATAGRAM_BYTES)
                except OSError:  # Windows tells here that an earlier reply found nobody
                    continue
                self._flow_of(client, loop.time()).take(data, loop.time())
        finally:
            for flow in self._flows.values():
                flow.close()

    def _flow_of(self, client: Any, now_s: float) -> Flow:
        """The client's flow, the last of all to be forgotten."""
        if (flow := self._flows.get(client)) is None:
            while self._flows and next(iter(self._flows.values())).heard_s < now_s - IDLE_S:
                self._flows.popitem(last=False)[1].close()
            flow = self._flows[client] = Flow(self._crossing, self._destination, self._socket, client)
        self._flows.move_to_end(client)
        return flow


class Flow:
    """The datagrams of one client's socket to one destination, and back."""

    def __init__(self, crossing: Crossing, destination: Destination, front: socket.socket, client: Any) -> None:
        self._crossing = crossing
        self._way = destination.way
        self._server_port = destination.server_port
        self._front = front
        self._client = client
        self._up, self._down = crossing.line.passages(self._way, destination.host)
        self._server: socket.socket | None = None
        self._listening: asyncio.Task[None] | None = None
        #: What ended it: a Drop, or an Unreachable. None: it goes on.
        self._fate: Action | None = None
        self._was_seen = False
        self._was_quic = False
        #: What is known of a ClientHello over QUIC, and the datagrams that wait until it is whole, with their arrival.
        self._hello = QuicHello()
        self._held: list[tuple[bytes, float]] = []
        self._queries: dict[bytes, Query] = {}
        #: When the client was last heard, on the loop's clock.
        self.heard_s = 0.0

    def take(self, data: bytes, now_s: float) -> None:
        """A datagram from the client: it is lost on the line, or the censor sees it."""
        self.heard_s = now_s
        arrives_s = self._up.datagram(len(data), now_s)
        if arrives_s is None:
            return
        if self._fate is None and not self._judge(data):
            self._held.append((data, arrives_s))
            return
        if self._fate is not None:
            return
        while self._held:
            self._pass_on(*self._held.pop(0))
        query = self._query(data) if self._way.port == DNS_PORT else None
        match query.action if query else None:
            case None:
                self._pass_on(data, arrives_s)
            case ForgeAnswer(order=order) as forge:
                # Where no server is, nothing true will ever come that could be waited for.
                if query and (order != "after" or self._server_port is None):
                    self._forge(query, forge, now_s + self._crossing.line.own_rtt_s)
                if order != "instead":
                    self._pass_on(data, arrives_s)
            case _:
                pass  # silence

    def close(self) -> None:
        """Forget the flow."""
        if self._listening is not None:
            self._listening.cancel()

    def _judge(self, data: bytes) -> bool:
        """Ask about the flow as a whole, once: where it goes, and whom its QUIC names. False: that is not known yet."""
        if not self._was_seen:
            self._was_seen = True
            self._settle(self._crossing.asked(self._way, "datagram"))
        if self._fate is None and not self._was_quic:
            try:
                name = self._hello.server_name(data)
            except IncompleteError:
                return False
            if name is not None:
                self._was_quic = True
                self._settle(self._crossing.asked(self._way, "quic", name=name))
        return True

    def _settle(self, action: Action | None) -> None:
        if isinstance(action, Throttle):
            self._down.slow_to(action.rate_kbit_s)
        else:
            self._fate = action

    def _query(self, wire: bytes) -> Query | None:
        """The query, judged if it is new: the same one sent again meets the same fate. None: it is no query."""
        if (known := self._queries.get(wire)) is not None:
            return known
        try:
            sight = query_sight(wire)
        except ValueError:
            return None
        action = self._crossing.asked(self._way, "query", name=sight.name, query_type=sight.query_type, said=wire)
        query = self._queries[wire] = Query(wire=wire, action=action)
        return query

    def _pass_on(self, data: bytes, arrives_s: float) -> None:
        if self._server_port is None:
            return
        if self._server is None:
            self._server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._server.setblocking(False)
            self._server.connect((LOOPBACK, self._server_port))
            self._listening = self._crossing.spawn(self._listen(self._server))
            self._listening.add_done_callback(closes(self._server))
        asyncio.get_running_loop().call_at(arrives_s, send_if_open, self._server, data, None)

    async def _listen(self, server: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                data = await loop.sock_recv(server, DATAGRAM_BYTES)
            except ConnectionError:  # nobody was at the server's port for a moment
                continue
            self._answer(data, loop.time())

    def _answer(self, data: bytes, now_s: float) -> None:
        """A datagram from the server: it passes, late or with a forged one behind it where the censor wants that."""
        if self._fate is not None:
            return
        query = self._query_answered_by(data) if self._way.port == DNS_PORT else None
        forge = query.action if query and isinstance(query.action, ForgeAnswer) else None
        arrives_s = self._down.datagram(len(data), now_s)
        if query and forge and forge.order == "before" and arrives_s is not None:
            arrives_s = max(arrives_s, query.answered_s + forge.gap_ms / 1000)
        self._tell_client(data, arrives_s)
        if query and forge and forge.order == "after":
            self._forge(query, forge, (arrives_s or now_s) + forge.gap_ms / 1000)

    def _query_answered_by(self, wire: bytes) -> Query | None:
        """The last query with the id of an answer."""
        return next((query for query in reversed(self._queries.values()) if query.wire[:2] == wire[:2]), None)

    def _forge(self, query: Query, forge: ForgeAnswer, arrives_s: float) -> None:
        """The censor's answer, which may be lost on the line like any other."""
        answer, loop = forged_answer(forge, query.wire), asyncio.get_running_loop()
        if self._down.datagram(len(answer), loop.time()) is not None:
            query.answered_s = arrives_s
            self._tell_client(answer, arrives_s)

    def _tell_client(self, data: bytes, arrives_s: float | None) -> None:
        if arrives_s is not None:
            asyncio.get_running_loop().call_at(arrives_s, send_if_open, self._front, data, self._client)


def send_if_open(datagrams: socket.socket, data: bytes, to: Any) -> None:
    """Send a datagram; where nobody takes it, it is lost, as datagrams are. `to` None: to the socket's own peer."""
    try:
        if to is None:
            datagrams.send(data)
        else:
            datagrams.sendto(data, to)
    except OSError:
        pass
