"""The path between the client and the world: a line with its delays and losses, and the censor at its far end.

One engine without any I/O: packets go in with the moment at which they came, packets come out with the moment at which
they are to be sent. The client's line lies between the client and the censor: a packet that it loses on the way out,
the censor never sees. Its rate, and those of throttled flows, are the driver's to keep.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from agent.lab.censor import Censor
from agent.lab.namespace.connections import Connections
from agent.lab.namespace.datagrams import Datagrams
from agent.lab.namespace.flows import Parcel
from agent.lab.namespace.packets import Datagram, Packet, Segment, one_hop_on, packet_bytes, read_packet
from agent.lab.namespace.refusals import TIME_EXCEEDED, icmp_error
from agent.lab.servers.certificates import Certificates
from agent.lab.world import Host, World, normal


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A packet to send."""

    #: Where to: "client" or "servers".
    side: str
    #: The IP packet.
    packet: bytes
    #: When, on the clock that `on_packet` is told the time of.
    at_s: float
    #: The rate of the throttled flow that it belongs to. None: as fast as the line goes.
    rate_kbit_s: float | None = None


class Path:
    """All that lies between the client of a world and its servers. Not for several threads.

    `chance`: what the line's losses are drawn from.
    """

    def __init__(self, world: World, censor: Censor, *, certificates: Certificates, chance: random.Random) -> None:
        self._world = world
        self._chance = chance
        self._connections = Connections(world, censor, certificates)
        self._datagrams = Datagrams(world, censor)
        self._hosts = {normal(address): host for host in world.hosts for address in host.addresses}
        self._client = frozenset(normal(address) for address in world.client.addresses)

    def on_packet(self, side: str, packet: bytes, now_s: float) -> list[Send]:
        """What is to be sent now that the IP packet has come from `side`, "client" or "servers"; in order.

        What is no packet is swallowed.
        """
        try:
            read = read_packet(packet)
        except ValueError:
            return []
        if read.version == 6 and self._world.client.ipv6 == "dead":
            return []
        if side == "client" and self._is_lost():
            return []
        if read.hop_limit <= 1:
            parcels = [Parcel(to=side, packet=icmp_error(read, TIME_EXCEEDED), forged=True)]
        else:
            parcels = self._parcels(side, one_hop_on(read), now_s)
        return [send for parcel in parcels if (send := self._send(parcel, side, now_s))]

    def _parcels(self, side: str, packet: Packet, now_s: float) -> list[Parcel]:
        match packet.carried:
            case Segment() as segment:
                return self._connections.meet(side, packet, segment)
            case Datagram() as datagram:
                return self._datagrams.meet(side, packet, datagram, now_s)
        return [Parcel(to="servers" if side == "client" else "client", packet=packet)]

    def _send(self, parcel: Parcel, side: str, now_s: float) -> Send | None:
        """A parcel with its moment. None: it goes where nobody is, or the line loses it."""
        packet, line_s = parcel.packet, self._world.line.rtt_ms / 1000
        host = self._hosts.get(packet.destination if parcel.to == "servers" else packet.source)
        if not (packet.destination in self._client if parcel.to == "client" else host):
            return None
        # The line loses no segment of the censor's own: it would need clocks to send it again.
        if parcel.to == "client" and not (parcel.forged and isinstance(packet.carried, Segment)) and self._is_lost():
            return None
        # What the censor answers to the client has been all the way out on the line, and comes all the way back.
        turns_back = parcel.forged and parcel.to == side == "client"
        at_s = now_s + (line_s if turns_back else one_way_s(line_s, host))
        if parcel.order is not None:
            at_s = max(at_s, parcel.order.last_s.get(parcel.to, at_s) + parcel.gap_s)
            parcel.order.last_s[parcel.to] = at_s
        return Send(side=parcel.to, packet=packet_bytes(packet), at_s=at_s, rate_kbit_s=parcel.rate_kbit_s)

    def _is_lost(self) -> bool:
        loss = self._world.line.loss
        return loss > 0 and self._chance.random() < loss


def one_way_s(line_s: float, host: Host | None) -> float:
    """Seconds from one end to the other: half of the line's way there and back, and half of the host's."""
    return (line_s + (host.rtt_ms / 1000 if host else 0.0)) / 2
