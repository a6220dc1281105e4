"""Where the world's servers stand, and the sockets that they are reached by."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agent.lab.world import UDP_KINDS, Host, Service, World, normal


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a server stands in the world."""

    host: Host
    service: Service
    #: One of the host's, in normal form.
    address: str

    @property
    def name(self) -> str:
        """The host's first name; where it has none, the address."""
        return (*self.host.names, self.address)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A socket that clients reach one place by. Whoever opened it closes it."""

    #: Non-blocking. tcp: listening; udp: bound.
    socket: socket.socket
    place: Place
    #: tcp or udp.
    transport: str


def places_of(world: World) -> list[Place]:
    """Every service of the world, at every address of its host."""
    return [
        Place(host=host, service=service, address=normal(address))
        for host in world.hosts
        for address in host.addresses
        for service in host.services
    ]


def transports_of(kind: str) -> Iterator[str]:
    """What a kind of service is reached by: tcp, udp, or both."""
    if kind != "quic":
        yield "tcp"
    if kind in UDP_KINDS:
        yield "udp"


def open_doors(world: World, bind: Callable[[Place, str], socket.socket]) -> list[Door]:
    """A door for each place and transport. `bind` makes its socket: for tcp a listening one, for udp a bound one.

    When it raises, the doors opened so far are closed again.
    """
    doors: list[Door] = []
    try:
        for place in places_of(world):
            for transport in transports_of(place.service.kind):
                door = bind(place, transport)
                door.setblocking(False)
                doors.append(Door(socket=door, place=place, transport=transport))
    except BaseException:
        for opened in doors:
            opened.socket.close()
        raise
    return doors
