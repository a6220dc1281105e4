"""The lab's side of the seam: logical addresses and ports on the outside, loopback sockets behind."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

from agent.lab.censor import Censor, Event
from agent.lab.rules import Drop
from agent.lab.servers.nameserver import stub_answer, stub_query
from agent.lab.world import World
from probes.network import Network, OperatingSystem, fence

LOOPBACK = "127.0.0.1"
#: Seconds after which a stub resolver gives up: two tries of five, as glibc's (resolv.conf(5)).
STUB_TIMEOUT_S = 10.0
#: Connections that may fill a black hole's queue until it swallows. Linux needs one, others a few.
HELD_CONNECTIONS_MAX = 32
#: Seconds without an answer that prove a black hole: loopback needs a thousandth of it.
SILENCE_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A logical destination: its address in normal form, its port, and tcp or udp."""

    address: str
    port: int
    transport: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Loopback ports that belong to no host."""

    #: TCP: bound and not listening, so that every connection is refused.
    refused_port: int
    #: TCP: every SYN is swallowed. None: this system has no such thing, and the seam waits instead.
    black_hole_port: int | None
    #: UDP: no resolver stands here; a query that crosses the border may still draw a forged answer.
    no_resolver_port: int


@dataclass(frozen=True, kw_only=True)
class LabNetwork:
    """The lab's world as a `Network`. Usable from any event loop while the lab is open."""

    world: World
    censor: Censor
    #: Loopback port of each open door of the world.
    ports: Mapping[Way, int]
    doors: Doors
    _inner: Network = field(default_factory=lambda: fence(OperatingSystem(), ["127.0.0.0/8"]))

    async def resolve(self, hostname: str, ip_version: int) -> tuple[str, ...]:
        """Ask the provider's resolver over UDP; the first reply wins, as in every stub resolver.

        Raises `socket.gaierror` as getaddrinfo does.
        """
        query = stub_query(hostname, ip_version)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(STUB_TIMEOUT_S):
                with self.open_udp(self.world.client.resolver, 53) as datagrams:
                    await loop.sock_sendall(datagrams, query)
                    while (found := stub_answer(query, await loop.sock_recv(datagrams, 65535))) is None:
                        pass
                    return found
        except TimeoutError:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution") from None

    async def open_tcp(self, address: str, port: int) -> socket.socket:
        loopback_port = self._port_behind(address, port)
        if loopback_port is None:
            # Windows answers a full queue with a reset, so a real black hole cannot be had there: wait for ever.
            await asyncio.get_running_loop().create_future()
            raise AssertionError("a future that nobody sets has come")
        connection = await self._inner.open_tcp(LOOPBACK, loopback_port)
        try:
            await asyncio.sleep(self.world.line.rtt_ms / 1000)
        except BaseException:  # cancelled: a socket that nobody holds must not stay open
            connection.close()
            raise
        return connection

    def open_udp(self, address: str, port: int) -> socket.socket:
        way = Way(address=normal(address), port=port, transport="udp")
        return self._inner.open_udp(LOOPBACK, self.ports.get(way, self.doors.no_resolver_port))

    def own_addresses(self) -> frozenset[str]:
        return frozenset(self.world.client.addresses)

    def _port_behind(self, address: str, port: int) -> int | None:
        """The loopback port that a SYN to this destination goes to; None: it must be swallowed without one."""
        way = Way(address=normal(address), port=port, transport="tcp")
        host = next((host for host in self.world.hosts if way.address in host.addresses), None)
        crosses_border = self.world.crosses_border(way.address)
        event = Event(at="syn", address=way.address, port=port, crosses_border=crosses_border)
        action = self.censor.act_on(event)
        if host is None or isinstance(action, Drop):
            return self.doors.black_hole_port
        if action is not None:
            return self.doors.refused_port
        return self.ports.get(way, self.doors.refused_port)


def normal(address: str) -> str:
    """The address in its one normal form. Raises `ValueError` when it is none."""
    return str(ipaddress.ip_address(address))


def dig_black_hole(stack: ExitStack) -> int | None:
    """A loopback port that swallows every SYN: its queue is full, and nobody accepts. `stack` keeps it open.

    None on Windows, which refuses instead. Raises `RuntimeError` when the system fills up without ever swallowing.
    """
    if sys.platform == "win32":
        return None
    hole = stack.enter_context(socket.socket())
    hole.bind((LOOPBACK, 0))
    hole.listen(0)
    for _ in range(HELD_CONNECTIONS_MAX):
        held = stack.enter_context(socket.socket())
        held.settimeout(SILENCE_S)
        try:
            held.connect(hole.getsockname())
        except TimeoutError:
            return int(hole.getsockname()[1])
    raise RuntimeError(f"A loopback socket took {HELD_CONNECTIONS_MAX} connections that it had no room for.")
