"""The lab's side of the seam: logical addresses and ports on the outside, loopback sockets behind.

What is settled before a connection is made is settled here: whether there is a route, what the line does to a SYN, and
what the censor does to it.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from agent.lab.censor import Censor, always, event_of, version_of
from agent.lab.loopback.line import LineModel
from agent.lab.loopback.sockets import DeadEnds
from agent.lab.loopback.stub import ask_stub
from agent.lab.loopback.ways import LOOPBACK, Arrival, Way
from agent.lab.rules import Drop, Reset, Throttle, Unreachable
from agent.lab.sight.first_flight import DNS_PORT
from agent.lab.world import World, normal
from probes.network import Network, OperatingSystem, fence

if TYPE_CHECKING:
    from agent.lab.loopback.relay import Relay  # the seam alone needs none of the servers behind it

#: What a connection fails with at an ICMP error, by the action's word: Linux's own table (icmp_err_convert).
UNREACHABLE_ERRNO: Mapping[str, int] = {
    "net": errno.ENETUNREACH,
    "host": errno.EHOSTUNREACH,
    "port": errno.ECONNREFUSED,
    "admin": errno.EHOSTUNREACH,
}


@dataclass(frozen=True, kw_only=True)
class LabNetwork:
    """The lab's world as a `Network`. Usable from any event loop while the lab is open.

    In another process, to which it may be handed on, it reaches what has a server; its censor goes on by itself there.
    """

    world: World
    censor: Censor
    line: LineModel
    #: Loopback port of each door of the world.
    ports: Mapping[Way, int]
    dead_ends: DeadEnds
    #: None: it stands in another process.
    relay: Relay | None
    _inner: Network = field(default_factory=lambda: fence(OperatingSystem(), ["127.0.0.0/8"]))

    async def resolve(self, hostname: str, ip_version: int) -> tuple[str, ...]:
        """Ask the provider's resolver as a stub resolver does. Raises `socket.gaierror` as getaddrinfo does."""
        return await ask_stub(self, self.world.client.resolver, hostname, ip_version)

    async def open_tcp(self, address: str, port: int, *, segment_bytes: int | None = None) -> socket.socket:
        """Segments are of no length here: the stage has streams alone."""
        way = Way(normal(address), port, "tcp")
        if not self._has_way_out(way):
            return await self._swallowed()
        action = self.censor.act_on(event_of(self.world, "syn", address=way.address, port=port))
        host = self.world.host_at(way.address)
        if isinstance(action, Drop) or (host is None and action is None):
            return await self._swallowed()
        late_s = self.line.opening_s(self.line.chance_of(("syn", way)))
        if late_s is None:
            return await self._swallowed()
        rtt_s = self.line.own_rtt_s if isinstance(action, Reset | Unreachable) else self.line.rtt_s(host)
        await asyncio.sleep(late_s + rtt_s)
        match action:
            case Unreachable(what=what):
                raise unreachable(what, way.address)
            case Reset():
                return await self._inner.open_tcp(LOOPBACK, self.dead_ends.tcp_refused)
            case Throttle(rate_kbit_s=rate_kbit_s):
                return await self._arrive(way, Arrival(rate_kbit_s=rate_kbit_s))
        return await self._arrive(way, Arrival(rate_kbit_s=None))

    def open_udp(self, address: str, port: int) -> socket.socket:
        way = Way(normal(address), port, "udp")
        return self._inner.open_udp(LOOPBACK, self._udp_port(way))

    def own_addresses(self) -> frozenset[str]:
        return frozenset(self.world.client.addresses)

    def __getstate__(self) -> dict[str, Any]:
        return vars(replace(self, relay=None))

    def _has_way_out(self, way: Way) -> bool:
        """Whether anything of the client's gets as far as the line's end. Raises `OSError` when there is no route."""
        client, is_ipv6 = self.world.client, version_of(way.address) == 6
        if not client.route or (is_ipv6 and client.ipv6 == "none"):
            raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))
        return not (is_ipv6 and client.ipv6 == "dead")

    async def _swallowed(self) -> socket.socket:
        """Never returns: nobody answers the SYN."""
        if self.dead_ends.tcp_swallowed is not None:
            return await self._inner.open_tcp(LOOPBACK, self.dead_ends.tcp_swallowed)
        # Windows answers a full queue with a reset, so a real black hole cannot be had there: wait for ever.
        await asyncio.get_running_loop().create_future()
        raise AssertionError("a future that nobody sets has come")

    async def _arrive(self, way: Way, arrival: Arrival) -> socket.socket:
        """A connection to the relay, which knows that the censor has seen its SYN."""
        port = self.ports.get(way)
        if port is None or self.relay is None:
            return await self._inner.open_tcp(LOOPBACK, self.dead_ends.tcp_refused if port is None else port)
        connection = socket.socket()
        try:
            connection.setblocking(False)
            connection.bind((LOOPBACK, 0))
            client_port = int(connection.getsockname()[1])
            self.relay.arrivals.announce(client_port, arrival)
            try:
                await asyncio.get_running_loop().sock_connect(connection, (LOOPBACK, port))
            except BaseException:
                self.relay.arrivals.withdraw(client_port)
                raise
        except BaseException:  # cancelled: a socket that nobody holds must not stay open
            connection.close()
            raise
        return connection

    def _udp_port(self, way: Way) -> int:
        """The loopback port that datagrams to this destination go to."""
        if not self._has_way_out(way):
            return self.dead_ends.udp_swallowed
        event = event_of(self.world, "datagram", address=way.address, port=way.port, transport="udp")
        if isinstance(always(self.world.rules, event), Unreachable):
            # Whoever has the datagram can make no ICMP error of it: it must go where the system does.
            self.censor.act_on(event)
            return self.dead_ends.udp_refused
        if way in self.ports:
            return self.ports[way]
        if self.world.host_at(way.address) is not None and not self._may_forge(way):
            return self.dead_ends.udp_refused
        return self.relay.udp_port(way) if self.relay else self.dead_ends.udp_swallowed

    def _may_forge(self, way: Way) -> bool:
        """Whether the censor may answer where no server does."""
        return way.port == DNS_PORT and any(rule.match.at == "query" for rule in self.world.rules)


def unreachable(what: str, address: str) -> OSError:
    """What a connection fails with when a router answers its SYN with that ICMP error."""
    number = UNREACHABLE_ERRNO[what]
    if what == "admin" and version_of(address) == 6:
        number = errno.EACCES  # ICMPv6 has a code of its own for it, and Linux another error (icmpv6_err_convert)
    return OSError(number, os.strerror(number))
