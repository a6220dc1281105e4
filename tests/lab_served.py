"""A world's servers on loopback with nothing in front of them, and a plain client: no lab, no censor, no line."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from types import TracebackType
from typing import Self

from agent.lab.servers.certificates import Certificates
from agent.lab.servers.doors import Place, open_doors
from agent.lab.servers.serve import Servers
from agent.lab.world import Client, Host, Service, World
from tests.lab_client import PATIENCE_S, SILENCE_S, read_all

RESOLVER = "44.0.0.53"
SITE = "44.0.0.1"


def world_of(*services: Service, hosts: tuple[Host, ...] = (), client: Client | None = None) -> World:
    """A world of site.example with these services, a resolver, and `hosts`."""
    site = Host(names=("site.example", "www.site.example"), addresses=(SITE, "2610:44::1"), services=services)
    resolver = Host(addresses=(RESOLVER,), services=(Service(kind="dns", port=53),))
    return World(name="served", hosts=(site, resolver, *hosts), client=client or Client(resolver=RESOLVER))


class Served:
    """`with Served(world) as served:` - the servers in a thread of their own. Their fault is raised on leaving."""

    def __init__(self, world: World) -> None:
        self.certificates = Certificates()
        self._servers = Servers(world, self.certificates)
        self._doors = open_doors(world, bind_to_loopback)
        self._loop = asyncio.new_event_loop()
        self._fault: BaseException | None = None
        self._serving = self._loop.create_task(self._servers.serve(self._doors))
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._serving.cancel)
        self._thread.join()
        self._loop.close()
        for door in self._doors:
            door.socket.close()
        if self._fault is not None:
            raise self._fault

    def _run(self) -> None:
        async def until_cancelled() -> None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._serving

        try:
            self._loop.run_until_complete(until_cancelled())
        except BaseException as fault:  # noqa: BLE001 - raised in the thread that leaves
            self._fault = fault
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())

    def end_of(self, address: str, port: int, transport: str = "tcp") -> tuple[str, int]:
        """Where the door of a logical address and port really is."""
        for door in self._doors:
            if (door.place.address, door.place.service.port, door.transport) == (address, port, transport):
                host, end = door.socket.getsockname()
                return str(host), int(end)
        raise LookupError(f"No door at {address}, port {port}.")

    def dial(self, port: int, *, address: str = SITE) -> socket.socket:
        return socket.create_connection(self.end_of(address, port), timeout=PATIENCE_S)

    def dial_tls(
        self, port: int = 443, name: str | None = "site.example", *, address: str = SITE, trust: str = "web"
    ) -> ssl.SSLSocket:
        """A TLS connection whose certificate was found good for `name`; for None, good for whatever it says."""
        context = ssl.create_default_context(cadata=self.certificates.trust_pem()[trust].decode())
        context.check_hostname = name is not None
        connection = self.dial(port, address=address)
        try:
            return context.wrap_socket(connection, server_hostname=name)
        except OSError:
            connection.close()
            raise

    def get(self, path: str = "/", *, host: str = "site.example", secure: bool = False, method: str = "GET") -> bytes:
        """The whole answer of port 80 or, `secure`, of port 443."""
        with self.dial_tls() if secure else self.dial(80) as connection:
            connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            return read_all(connection)

    def ask(self, query: bytes, *, address: str = RESOLVER) -> bytes:
        """The one answer to a datagram."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.settimeout(PATIENCE_S)
            datagrams.sendto(query, self.end_of(address, 53, "udp"))
            return datagrams.recv(65535)


def bind_to_loopback(place: Place, transport: str) -> socket.socket:
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    door = socket.socket(socket.AF_INET, kind)
    door.bind(("127.0.0.1", 0))
    if transport == "tcp":
        door.listen()
    return door


def body_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


def is_silent(connection: socket.socket) -> bool:
    """Whether nothing comes for a while."""
    connection.settimeout(SILENCE_S)
    try:
        connection.recv(1)
    except TimeoutError:
        return True
    return False
