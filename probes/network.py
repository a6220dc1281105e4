"""The one seam to the network: resolve with the system, open TCP, open UDP. Everything real goes through it.

The operating system is one implementation, the loopback lab another. A fence around either refuses every
destination outside a set of prefixes, before a socket is made.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")

#: Environment variable that fences the operating system's network: prefixes separated by commas.
FENCE_VARIABLE = "DIDEBAN_FENCE"
#: Stands among a fence's prefixes where the system's resolver lies inside: in a network that has no way out.
RESOLVER_INSIDE = "resolver"
#: Address and port of the route check: TEST-NET-1 and the documentation prefix (RFC 5737, RFC 3849). Connecting a
#: UDP socket asks the kernel for a route and sends nothing.
ROUTE_CHECK = {4: ("192.0.2.1", 53), 6: ("2001:db8::1", 53)}


class FenceError(PermissionError):
    """A destination outside the fence was asked for. It is a fault of the caller, and no packet was sent."""


class Network(Protocol):
    """How probes reach the world. Every method raises `OSError` (or `TimeoutError`, which is one) on failure."""

    async def resolve(self, hostname: str, ip_version: int) -> tuple[str, ...]:
        """Addresses of `hostname` as the system's resolver tells them, of one IP version (4 or 6)."""

    async def open_tcp(self, address: str, port: int, *, segment_bytes: int | None = None) -> socket.socket:
        """A connected, non-blocking TCP socket. Never times out by itself: the probe bounds it.

        `segment_bytes`: the longest segment that the other side is told to send; an `OSError` where this system cannot.
        """

    def open_udp(self, address: str, port: int) -> socket.socket:
        """A connected, non-blocking UDP socket; nothing is sent."""

    def own_addresses(self) -> frozenset[str]:
        """Addresses of this computer, which must never be written anywhere."""


@dataclass(frozen=True)
class OperatingSystem:
    """The network as the operating system gives it."""

    async def resolve(self, hostname: str, ip_version: int) -> tuple[str, ...]:
        family = socket.AF_INET if ip_version == 4 else socket.AF_INET6
        found = await _in_daemon_thread(lambda: socket.getaddrinfo(hostname, None, family, socket.SOCK_STREAM))
        return tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))

    async def open_tcp(self, address: str, port: int, *, segment_bytes: int | None = None) -> socket.socket:
        connection = socket.socket(family_of(address), socket.SOCK_STREAM)
        connection.setblocking(False)
        try:
            if segment_bytes is not None:
                _tell_segments(connection, segment_bytes)
            await asyncio.get_running_loop().sock_connect(connection, (address, port))
        except BaseException:  # cancellation too: a socket that nobody holds must not stay open
            connection.close()
            raise
        return connection

    def open_udp(self, address: str, port: int) -> socket.socket:
        datagrams = socket.socket(family_of(address), socket.SOCK_DGRAM)
        datagrams.setblocking(False)
        try:
            datagrams.connect((address, port))
        except OSError:
            datagrams.close()
            raise
        return datagrams

    def own_addresses(self) -> frozenset[str]:
        own = set()
        for address, port in ROUTE_CHECK.values():
            try:
                with self.open_udp(address, port) as datagrams:
                    own.add(str(datagrams.getsockname()[0]))
            except OSError:
                continue  # no route for this IP version, so no address to hide either
        return frozenset(own)


@dataclass(frozen=True)
class Fenced:
    """A network that goes nowhere but to `prefixes`. The system's resolver is outside, unless the fence says so."""

    inner: Network
    prefixes: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    resolver_inside: bool = False

    async def resolve(self, hostname: str, ip_version: int) -> tuple[str, ...]:
        if self.resolver_inside:
            return await self.inner.resolve(hostname, ip_version)
        raise FenceError(
            f"The fence ({FENCE_VARIABLE}) lets nobody ask the system's resolver; {hostname} was not asked."
        )

    async def open_tcp(self, address: str, port: int, *, segment_bytes: int | None = None) -> socket.socket:
        self._check(address, port)
        return await self.inner.open_tcp(address, port, segment_bytes=segment_bytes)

    def open_udp(self, address: str, port: int) -> socket.socket:
        self._check(address, port)
        return self.inner.open_udp(address, port)

    def own_addresses(self) -> frozenset[str]:
        return self.inner.own_addresses()

    def _check(self, address: str, port: int) -> None:
        destination = ipaddress.ip_address(address)
        if not any(destination in prefix for prefix in self.prefixes):
            raise FenceError(f"{address} port {port} is outside the fence ({FENCE_VARIABLE}); widen or unset it.")


def fence(inner: Network, prefixes: Iterable[str]) -> Fenced:
    """`inner`, fenced to `prefixes` (CIDR, or `RESOLVER_INSIDE`). Raises `ValueError` on one that is neither."""
    wanted = [prefix.strip() for prefix in prefixes if prefix.strip()]
    networks = tuple(ipaddress.ip_network(prefix) for prefix in wanted if prefix != RESOLVER_INSIDE)
    return Fenced(inner, networks, resolver_inside=RESOLVER_INSIDE in wanted)


def operating_system() -> Network:
    """The operating system's network, fenced when the environment says so. Raises `ValueError` on a bad fence."""
    wanted = os.environ.get(FENCE_VARIABLE)
    return OperatingSystem() if wanted is None else fence(OperatingSystem(), wanted.split(","))


def _tell_segments(connection: socket.socket, length_bytes: int) -> None:
    """Have the SYN say how long a segment may be (RFC 9293 3.7.1)."""
    option = getattr(socket, "TCP_MAXSEG", None)
    if option is None:  # Windows
        raise OSError(errno.ENOPROTOOPT, "This system sets no segment length.")
    connection.setsockopt(socket.IPPROTO_TCP, option, length_bytes)


def _in_daemon_thread(call: Callable[[], T]) -> asyncio.Future[T]:
    """What `call` returns or raises, from a thread that keeps nobody from ending.

    getaddrinfo cannot be cancelled, and the threads of an executor are waited for when the program ends: a resolver
    that hangs would hold a stopped agent for half a minute.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def deliver(result: T | None, error: Exception | None) -> None:
        if future.done():  # cancelled: nobody waits any more
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type] # without an error there is a result

    def work() -> None:
        result, error = None, None
        try:
            result = call()
        except Exception as raised:  # noqa: BLE001 -- carried over to whoever waits, whatever it is
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(deliver, result, error)

    threading.Thread(target=work, name="lookup", daemon=True).start()
    return future


def family_of(address: str) -> socket.AddressFamily:
    """The socket family of a literal address. Raises `ValueError` when it is not one."""
    return socket.AF_INET if ipaddress.ip_address(address).version == 4 else socket.AF_INET6
