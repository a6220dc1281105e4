"""Fates that say no, or nothing: silence, resets in a server's name, ICMP errors of a router on the path."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from agent.lab.namespace.flows import Ends
from agent.lab.namespace.packets import ACK, ICMP, ICMP_V6, RST, SYN, Packet, Segment, packet_bytes
from agent.lab.namespace.streams import onward

#: Type and code of an ICMP error, by IP version.
Kind = Mapping[int, tuple[int, int]]
#: The router that the path's ICMP errors come from: addresses of the documentation prefixes, beside the client's.
ROUTERS = {4: "198.51.100.1", 6: "2001:db8:51:100::1"}
#: By the action's word (RFC 792, RFC 1812 5.2.7.1, RFC 4443 3.1).
UNREACHABLE: Mapping[str, Kind] = {
    "net": {4: (3, 0), 6: (1, 0)},
    "host": {4: (3, 1), 6: (1, 3)},
    "port": {4: (3, 3), 6: (1, 4)},
    "admin": {4: (3, 13), 6: (1, 1)},
}
TIME_EXCEEDED: Kind = {4: (11, 0), 6: (3, 0)}
#: Bytes that the original packet may have in an error (RFC 1812 4.3.2.3, RFC 4443 2.4), which has heads of its own.
QUOTED_BYTES = {4: 576 - 28, 6: 1280 - 48}


class Silence:
    """Nothing, whatever the client says."""

    def begin(self) -> list[Packet]:
        return []

    def meet(self, packet: Packet, segment: Segment) -> list[Packet]:
        return []


class Refusal:
    """A reset in sequence, and one more for whatever the client still says, as from a port that is closed."""

    def __init__(self, ends: Ends, first: Segment) -> None:
        self._ends = ends
        self._first = first

    def begin(self) -> list[Packet]:
        return [self._ends.tell_client(self._first)]

    def meet(self, packet: Packet, segment: Segment) -> list[Packet]:
        return [] if segment.has(RST) else [self._ends.tell_client(refusing(segment))]


class NobodyThere:
    """An ICMP error in reply to every packet of the client's."""

    def __init__(self, what: str, first: Packet) -> None:
        self._kind = UNREACHABLE[what]
        self._first = first

    def begin(self) -> list[Packet]:
        return [icmp_error(self._first, self._kind)]

    def meet(self, packet: Packet, segment: Segment) -> list[Packet]:
        return [icmp_error(packet, self._kind)]


def refusing(segment: Segment) -> Segment:
    """The reset that a closed port answers to `segment` (RFC 9293 3.10.7.1)."""
    if segment.has(ACK):
        return Segment(flags=RST, sequence=segment.acknowledgement)
    length = len(segment.data) + segment.has(SYN)
    return Segment(flags=RST | ACK, acknowledgement=onward(segment.sequence, length))


def icmp_error(packet: Packet, kind: Kind) -> Packet:
    """A router's answer to whoever sent `packet`, which it quotes."""
    version = packet.version
    return Packet(
        source=ROUTERS[version],
        destination=packet.source,
        protocol=ICMP if version == 4 else ICMP_V6,
        carried=struct.pack("!BBHI", *kind[version], 0, 0) + packet_bytes(packet)[: QUOTED_BYTES[version]],
    )
