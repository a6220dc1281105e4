"""What belongs together on the path: the ends of a flow, what is to be sent of it, and a table that stays small."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from agent.lab.namespace.packets import TCP, UDP, Datagram, Packet, Segment

F = TypeVar("F")

#: Flows of a kind that are remembered; the one not heard of for longest is forgotten first, and then passes unseen.
FLOWS_MAX = 16384


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Who talks to whom: addresses in normal form, and ports."""

    client: str
    client_port: int
    server: str
    server_port: int

    @classmethod
    def of(cls, side: str, packet: Packet, carried: Segment | Datagram) -> Ends:
        """The ends of a packet that came from `side`."""
        if side == "client":
            return cls(
                client=packet.source,
                client_port=carried.source_port,
                server=packet.destination,
                server_port=carried.destination_port,
            )
        return cls(
            client=packet.destination,
            client_port=carried.destination_port,
            server=packet.source,
            server_port=carried.source_port,
        )

    def tell_client(self, segment: Segment) -> Packet:
        """A packet in the server's name. The segment's ports are filled in."""
        addressed = replace(segment, source_port=self.server_port, destination_port=self.client_port)
        return Packet(source=self.server, destination=self.client, protocol=TCP, carried=addressed)

    def tell_server(self, segment: Segment) -> Packet:
        """A packet in the client's name."""
        addressed = replace(segment, source_port=self.client_port, destination_port=self.server_port)
        return Packet(source=self.client, destination=self.server, protocol=TCP, carried=addressed)

    def answer_client(self, data: bytes) -> Packet:
        """A UDP datagram in the server's name."""
        datagram = Datagram(source_port=self.server_port, destination_port=self.client_port, data=data)
        return Packet(source=self.server, destination=self.client, protocol=UDP, carried=datagram)


@dataclass(slots=True)
class Order:
    """When the last packet of a flow was sent to each side. None may overtake it: a reset that came before the bytes
    that it follows would be out of sequence."""

    last_s: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A packet that is to leave the path."""

    #: Where to: "client" or "servers".
    to: str
    packet: Packet
    #: Whether the censor made it.
    forged: bool = False
    #: What it must not overtake. None: it belongs to nothing.
    order: Order | None = None
    #: Seconds that it must come after the last packet of `order`.
    gap_s: float = 0.0
    #: A throttled flow's rate. None: as fast as it goes.
    rate_kbit_s: float | None = None


class Table(Generic[F]):
    """Flows by their ends, at most `FLOWS_MAX`."""

    def __init__(self) -> None:
        self._flows: OrderedDict[Ends, F] = OrderedDict()

    def get(self, ends: Ends) -> F | None:
        flow = self._flows.get(ends)
        if flow is not None:
            self._flows.move_to_end(ends)
        return flow

    def put(self, ends: Ends, flow: F) -> F:
        """Remember `flow`, in place of any other with these ends."""
        self._flows[ends] = flow
        self._flows.move_to_end(ends)
        if len(self._flows) > FLOWS_MAX:
            self._flows.popitem(last=False)
        return flow

    def __len__(self) -> int:
        return len(self._flows)
