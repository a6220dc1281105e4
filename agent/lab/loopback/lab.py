"""The lab itself: opens a world's sockets on loopback, serves them from a thread of its own, and closes every one."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from agent.lab.censor import Censor, Deed
from agent.lab.loopback.network import LOOPBACK, Doors, LabNetwork, Way, dig_black_hole, normal
from agent.lab.servers.certificates import Certificates
from agent.lab.servers.nameserver import zone_of
from agent.lab.servers.responses import Place
from agent.lab.servers.serve import Servers
from agent.lab.world import World
from agent.open_files import allow_open_files

#: Connections that may wait to be accepted: a fast sweep opens everything at once.
BACKLOG = 256


class Lab:
    """A world that stands while it is entered: `with Lab(world) as lab:`. Each lab has ports of its own.

    A fault of the lab itself, never of a client, is raised on leaving.
    """

    def __init__(self, world: World) -> None:
        certificates = Certificates()
        self.world = world
        self.censor = Censor(world.rules)
        #: Root certificate (PEM) of each authority that the world's client trusts: web and signal.
        self.trust_pem: dict[str, bytes] = certificates.trust_pem()
        self.network: LabNetwork
        self._servers = Servers(world, self.censor, zone_of(world.hosts), certificates)
        self._sockets = ExitStack()
        self._listeners: list[tuple[socket.socket, Place]] = []
        self._datagrams: list[tuple[socket.socket, str]] = []
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._ended: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name=f"lab {world.name}", daemon=True)

    @property
    def censor_log(self) -> list[Deed]:
        """What the censor has done so far, in order."""
        return self.censor.log

    def __enter__(self) -> Self:
        allow_open_files()
        with ExitStack() as sockets:
            self.network = self._open(sockets)
            self._sockets = sockets.pop_all()
        self._thread.start()
        self._started.result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        loop, stop = self._started.result()
        with contextlib.suppress(RuntimeError):  # the loop is closed: a fault has ended it, and is raised below
            loop.call_soon_threadsafe(stop.set)
        self._thread.join()
        self._sockets.close()
        self._ended.result()

    def _open(self, sockets: ExitStack) -> LabNetwork:
        """Every socket of the world, bound to an ephemeral loopback port and, for TCP, listening."""
        ports: dict[Way, int] = {}
        for place in places_of(self.world):
            port = place.service.port
            listener = bound(sockets, socket.SOCK_STREAM)
            listener.listen(BACKLOG)
            self._listeners.append((listener, place))
            ports[Way(address=place.address, port=port, transport="tcp")] = port_of(listener)
            if place.service.kind == "dns":
                datagrams = bound(sockets, socket.SOCK_DGRAM)
                self._datagrams.append((datagrams, place.address))
                ports[Way(address=place.address, port=port, transport="udp")] = port_of(datagrams)
        nobody = bound(sockets, socket.SOCK_DGRAM)
        self._datagrams.append((nobody, ""))
        doors = Doors(
            refused_port=port_of(bound(sockets, socket.SOCK_STREAM)),
            black_hole_port=dig_black_hole(sockets),
            no_resolver_port=port_of(nobody),
        )
        return LabNetwork(world=self.world, censor=self.censor, ports=ports, doors=doors)

    def _run(self) -> None:
        """The thread's whole life."""
        try:
            asyncio.run(self._serve())
        except BaseException as fault:  # noqa: BLE001 - handed over to the thread that leaves the lab
            self._ended.set_exception(fault)
            if not self._started.done():
                self._started.set_exception(fault)
        else:
            self._ended.set_result(None)

    async def _serve(self) -> None:
        """Serve until told to stop; then every task is cancelled, and each closes its own connection."""
        stop = asyncio.Event()
        serving = asyncio.create_task(self._serve_all())
        self._started.set_result((asyncio.get_running_loop(), stop))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving

    async def _serve_all(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for listener, place in self._listeners:
                tasks.create_task(self._servers.serve_tcp(listener, place, tasks))
            for datagrams, address in self._datagrams:
                tasks.create_task(self._servers.serve_udp(datagrams, address, tasks))


def places_of(world: World) -> Iterator[Place]:
    """Every open door of the world."""
    for host in world.hosts:
        for address in host.addresses:
            for service in host.services:
                yield Place(host=host, service=service, address=normal(address))


def bound(sockets: ExitStack, kind: socket.SocketKind) -> socket.socket:
    """A non-blocking socket on an ephemeral port of loopback."""
    door = sockets.enter_context(socket.socket(socket.AF_INET, kind))
    door.setblocking(False)
    door.bind((LOOPBACK, 0))
    return door


def port_of(door: socket.socket) -> int:
    return int(door.getsockname()[1])
