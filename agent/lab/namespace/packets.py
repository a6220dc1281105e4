"""IP packets as records, and back to bytes: IPv4 and IPv6 with TCP, UDP and ICMP. No socket, no dependency.

What is built has sound checksums, whatever those of the packet were that it was read from: a virtual link leaves
them unfinished. Fragments are carried as they are; nobody here joins them.
"""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass, replace
from functools import lru_cache

TCP, UDP, ICMP, ICMP_V6 = 6, 17, 1, 58
#: Flags of a TCP header (RFC 9293 3.1).
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
#: The hop limit that packets start with: what Linux gives them.
HOP_LIMIT = 64
#: IPv6 headers that stand before the one that matters, in the form of RFC 6564: hop-by-hop, routing, destination.
EXTENSION_HEADERS = frozenset({0, 43, 60})
#: Not the first fragment, or not the last: flags and offset of an IPv4 header.
FRAGMENTED = 0x3FFF
#: Where the checksum stands in what an IP packet carries.
CHECKSUM_AT = {TCP: 16, UDP: 6, ICMP: 2, ICMP_V6: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What TCP puts in a packet (RFC 9293 3.1)."""

    source_port: int = 0
    destination_port: int = 0
    sequence: int = 0
    acknowledgement: int = 0
    #: The header's twelve bits: FIN, SYN … and those that are reserved.
    flags: int
    window: int = 0
    urgent: int = 0
    #: As they stand in the header, filled up to a multiple of four bytes.
    options: bytes = b""
    data: bytes = b""

    def has(self, flag: int) -> bool:
        return bool(self.flags & flag)


@dataclass(frozen=True, slots=True, kw_only=True)
class Datagram:
    """What UDP puts in a packet (RFC 768)."""

    source_port: int = 0
    destination_port: int = 0
    data: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One IP packet."""

    #: Addresses in normal form.
    source: str
    destination: str
    #: TCP, UDP, ICMP …: the last header's number.
    protocol: int
    #: Bytes: anything but a whole TCP segment or UDP datagram, as it is.
    carried: Segment | Datagram | bytes
    hop_limit: int = HOP_LIMIT
    #: The IP header that it came with, options and extension headers too. Empty: it has a plain one.
    head: bytes = b""

    @property
    def version(self) -> int:
        return 6 if ":" in self.source else 4

    @property
    def is_fragment(self) -> bool:
        """Whether it is a part of a packet; its last header is then not to be trusted."""
        if self.version == 4:
            return bool(self.head) and bool(int.from_bytes(self.head[6:8]) & FRAGMENTED)
        return self.protocol == 44


def read_packet(raw: bytes) -> Packet:
    """The packet in `raw`, which may have padding behind it. Raises `ValueError` when it is none, or cut short."""
    try:
        return read_v4(raw) if raw[0] >> 4 == 4 else read_v6(raw)
    except (IndexError, struct.error) as error:
        raise ValueError("This IP packet is cut short.") from error


def read_v4(raw: bytes) -> Packet:
    head_bytes, total_bytes = (raw[0] & 15) * 4, int.from_bytes(raw[2:4])
    if not 20 <= head_bytes <= total_bytes <= len(raw):
        raise ValueError("The lengths of this IPv4 packet contradict each other.")
    head, payload, protocol = raw[:head_bytes], raw[head_bytes:total_bytes], raw[9]
    whole = not int.from_bytes(raw[6:8]) & FRAGMENTED
    return Packet(
        source=address_of(raw[12:16]),
        destination=address_of(raw[16:20]),
        protocol=protocol,
        carried=read_carried(protocol, payload) if whole else payload,
        hop_limit=raw[8],
        head=head,
    )


def read_v6(raw: bytes) -> Packet:
    total_bytes = 40 + int.from_bytes(raw[4:6])
    if raw[0] >> 4 != 6 or not 40 <= total_bytes <= len(raw):
        raise ValueError("This is no whole IPv6 packet.")
    protocol, at = raw[6], 40
    while protocol in EXTENSION_HEADERS:
        protocol, at = raw[at], at + 8 + raw[at + 1] * 8
    return Packet(
        source=address_of(raw[8:24]),
        destination=address_of(raw[24:40]),
        protocol=protocol,
        carried=read_carried(protocol, raw[at:total_bytes]),
        hop_limit=raw[7],
        head=raw[:at],
    )


def read_carried(protocol: int, payload: bytes) -> Segment | Datagram | bytes:
    """What the packet carries. Raises `ValueError` when its lengths contradict each other."""
    if protocol == UDP:
        source_port, destination_port, length = struct.unpack_from("!HHH", payload)
        if not 8 <= length <= len(payload):
            raise ValueError("The length of this UDP datagram is wrong.")
        return Datagram(source_port=source_port, destination_port=destination_port, data=payload[8:length])
    if protocol != TCP:
        return payload
    ports_and_numbers = struct.unpack_from("!HHIIHHHH", payload)
    source_port, destination_port, sequence, acknowledgement, flags, window, _, urgent = ports_and_numbers
    head_bytes = (flags >> 12) * 4
    if not 20 <= head_bytes <= len(payload):
        raise ValueError("The header length of this TCP segment is wrong.")
    return Segment(
        source_port=source_port,
        destination_port=destination_port,
        sequence=sequence,
        acknowledgement=acknowledgement,
        flags=flags & 0xFFF,
        window=window,
        urgent=urgent,
        options=payload[20:head_bytes],
        data=payload[head_bytes:],
    )


def packet_bytes(packet: Packet) -> bytes:
    """The packet as it goes over a wire, with sound checksums and lengths."""
    payload = carried_bytes(packet)
    head = bytearray(packet.head or plain_head(packet))
    if packet.version == 4:
        head[2:4] = (len(head) + len(payload)).to_bytes(2)
        head[8] = packet.hop_limit
        head[10:12] = b"\0\0"
        head[10:12] = checksum(bytes(head)).to_bytes(2)
    else:
        head[4:6] = (len(head) - 40 + len(payload)).to_bytes(2)
        head[7] = packet.hop_limit
    return bytes(head) + payload


def carried_bytes(packet: Packet) -> bytes:
    """What stands behind the IP header."""
    match packet.carried:
        case Segment() as segment:
            payload = segment_bytes(segment)
        case Datagram(source_port=source_port, destination_port=destination_port, data=data):
            payload = struct.pack("!HHHH", source_port, destination_port, 8 + len(data), 0) + data
        case bytes() as payload:
            if packet.is_fragment:
                return payload
    return summed(packet, payload)


def segment_bytes(segment: Segment) -> bytes:
    """A TCP segment whose checksum is nought."""
    head_words = 5 + len(segment.options) // 4
    return (
        struct.pack(
            "!HHIIHHHH",
            segment.source_port,
            segment.destination_port,
            segment.sequence,
            segment.acknowledgement,
            head_words << 12 | segment.flags,
            segment.window,
            0,
            segment.urgent,
        )
        + segment.options
        + segment.data
    )


def summed(packet: Packet, payload: bytes) -> bytes:
    """`payload` with the checksum that its protocol wants (RFC 1071; the pseudo-header of RFC 9293 and RFC 8200)."""
    at = CHECKSUM_AT.get(packet.protocol)
    if at is None or len(payload) < at + 2:
        return payload
    blank = payload[:at] + b"\0\0" + payload[at + 2 :]
    pseudo_head = b""
    if packet.protocol != ICMP:
        ends = address_bytes(packet.source) + address_bytes(packet.destination)
        pseudo_head = ends + struct.pack("!II", len(blank), packet.protocol)
    total = checksum(pseudo_head + blank)
    if packet.protocol == UDP and total == 0:
        total = 0xFFFF  # nought says that there is none (RFC 768)
    return blank[:at] + total.to_bytes(2) + blank[at + 2 :]


def plain_head(packet: Packet) -> bytes:
    """An IP header without options; its length and checksum are still to be written. IPv4: not to be fragmented."""
    ends = address_bytes(packet.source) + address_bytes(packet.destination)
    if packet.version == 4:
        return struct.pack("!BBHHHBBH", 0x45, 0, 0, 0, 0x4000, packet.hop_limit, packet.protocol, 0) + ends
    return struct.pack("!IHBB", 6 << 28, 0, packet.protocol, packet.hop_limit) + ends


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071): adding 16-bit words with end-around carry is reckoning modulo 65535."""
    number = int.from_bytes(data if len(data) % 2 == 0 else data + b"\0")
    return (0xFFFF - number % 0xFFFF) % 0xFFFF if number else 0xFFFF


def one_hop_on(packet: Packet) -> Packet:
    """The same packet behind one more router."""
    return replace(packet, hop_limit=packet.hop_limit - 1)


@lru_cache(maxsize=4096)
def address_of(raw: bytes) -> str:
    """The address in normal form."""
    return str(ipaddress.ip_address(raw))


@lru_cache(maxsize=4096)
def address_bytes(address: str) -> bytes:
    return ipaddress.ip_address(address).packed
