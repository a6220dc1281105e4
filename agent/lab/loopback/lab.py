"""The lab itself: opens a world's sockets on loopback, serves them from a thread of its own, and closes every one."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from agent.lab.censor import Censor, Deed
from agent.lab.loopback.line import LineModel
from agent.lab.loopback.network import LabNetwork
from agent.lab.loopback.programs import programs_doors
from agent.lab.loopback.relay import Relay
from agent.lab.loopback.sockets import bound, dead_ends
from agent.lab.loopback.ways import Way
from agent.lab.servers.certificates import Certificates
from agent.lab.servers.doors import Door, Place, open_doors
from agent.lab.servers.nameserver import zone_of
from agent.lab.servers.serve import Servers
from agent.lab.servers.settings import Setting
from agent.lab.world import TLS_KINDS, World
from agent.open_files import allow_open_files


class Lab:
    """A world that stands while it is entered: `with Lab(world) as lab:`. Each lab has ports of its own.

    A fault of the lab itself, never of a client, is raised on leaving.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.censor = Censor(world.rules, seed=world.seed)
        self._certificates = Certificates()
        #: Root certificate (PEM) of each authority that the world's client trusts: web and signal.
        self.trust_pem: dict[str, bytes] = self._certificates.trust_pem()
        self.network: LabNetwork
        self._line = LineModel(world)
        self._servers = Servers(world, self._certificates)
        self._relay = Relay(world, self.censor, self._certificates, self._line)
        self._sockets = ExitStack()
        self._doors: list[Door] = []
        self._ports: dict[Way, int] = {}
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._ended: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name=f"lab {world.name}", daemon=True)

    @property
    def censor_log(self) -> list[Deed]:
        """What the censor has done so far, in order."""
        return self.censor.log

    @property
    def doors(self) -> Mapping[Way, int]:
        """For programs that are not ours: the loopback port of each logical address, port and transport."""
        return programs_doors(self.world, self._ports, self.network.dead_ends)

    def valid_keys(self, at: datetime) -> tuple[str, ...]:
        """The keys of the certificates that are valid, as Chromium's --ignore-certificate-errors-spki-list takes them.

        `at`: the client's present.
        """
        present = at - timedelta(seconds=self.world.client.clock_error_s)
        shown = [
            Setting(world=self.world, zone=zone, place=door.place, certificates=self._certificates).shown
            for zone in [zone_of(self.world.hosts)]
            for door in self._doors
            if door.place.service.kind in TLS_KINDS and door.place.service.certificate == "valid"
        ]
        return tuple(dict.fromkeys(self._certificates.spki_hash(one, at=present) for one in shown))

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

        def bind(place: Place, transport: str) -> socket.socket:
            return bound(sockets, transport)

        self._doors = open_doors(self.world, bind)
        sockets.callback(self._relay.close)
        self._ports = self._relay.open(self._doors)
        return LabNetwork(
            world=self.world,
            censor=self.censor,
            line=self._line,
            ports=self._ports,
            dead_ends=dead_ends(sockets),
            relay=self._relay,
        )

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
        serving = asyncio.create_task(self._serve_all(stop))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving

    async def _serve_all(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._servers.serve(self._doors))
            self._relay.begin(tasks.create_task)
            self._started.set_result((asyncio.get_running_loop(), stop))
