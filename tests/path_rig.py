"""A path driven by calls: a client and servers made of a few lines, a clock that jumps, and nothing of the kernel's.

Every packet that leaves the path is checked here: its checksums by adding words, its TCP sequence numbers by the ends.
"""

from __future__ import annotations

import heapq
import ipaddress
import itertools
import random
import ssl
import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from agent.lab.censor import Censor
from agent.lab.namespace.packets import (
    ACK,
    FIN,
    RST,
    SYN,
    TCP,
    UDP,
    Datagram,
    Packet,
    Segment,
    packet_bytes,
    read_packet,
)
from agent.lab.namespace.path import Path, Send
from agent.lab.rules import Rule
from agent.lab.servers.certificates import Certificates
from agent.lab.world import Client, Host, Line, Service, World

CLIENT = {4: "198.51.100.23", 6: "2001:db8:51:100::23"}
SERVER = {4: "44.0.0.9", 6: "2610:44::9"}
RESOLVER = "44.0.0.53"
#: An address without a host.
NOBODY = "44.9.9.9"
#: A line that is not felt.
AT_ONCE = Line()
#: Options of a SYN: most bytes of a segment 1000, selective acknowledgement, timestamps, window scale 2.
SYN_OPTIONS = bytes([2, 4, 3, 232, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 2])
TIMESTAMPS = bytes([1, 1, 8, 10])
#: Packets after which something goes round in circles.
PACKETS_MAX = 20_000
#: What an end says to all that it has heard so far. None: nothing.
Mind = Callable[[bytes], bytes | None]


def world(*rules: Rule, line: Line = AT_ONCE, ipv6: str = "works", seed: int = 0) -> World:
    """A resolver, a host with names, and a censor at the border."""
    services = (Service(kind="https", port=443), Service(kind="http", port=80))
    return World(
        name="path",
        hosts=(
            Host(names=("resolver.example",), addresses=(RESOLVER,), services=(Service(kind="dns", port=53),)),
            Host(names=("site.example",), addresses=tuple(SERVER.values()), services=services, country="US"),
        ),
        client=Client(resolver=RESOLVER, ipv6=ipv6),
        line=line,
        rules=rules,
        seed=seed,
    )


@dataclass
class Rig:
    """A world's path. What comes out of it goes to `receive`, in the order of its moments."""

    world: World
    certificates: Certificates = field(default_factory=Certificates)
    #: What came out, in order.
    sent: list[Send] = field(default_factory=list)
    now_s: float = 100.0
    receivers: dict[str, Callable[[Packet], list[Packet]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.censor = Censor(self.world.rules, seed=self.world.seed, clock=lambda: self.now_s)
        chance = random.Random(self.world.seed)  # noqa: S311 - a line's losses, which must fall alike each time
        self.path = Path(self.world, self.censor, certificates=self.certificates, chance=chance)
        self._planned: list[tuple[float, int, Send]] = []
        self._order = itertools.count()

    def put(self, side: str, *packets: Packet | bytes) -> list[Send]:
        """Packets come from `side` now; what the path makes of them waits for `run`."""
        sends = []
        for packet in packets:
            raw = packet if isinstance(packet, bytes) else packet_bytes(packet)
            sends += self.path.on_packet(side, raw, self.now_s)
        for send in sends:
            heapq.heappush(self._planned, (send.at_s, next(self._order), send))
        return sends

    def run(self) -> None:
        """Until nothing is under way."""
        for _ in range(PACKETS_MAX):
            if not self._planned:
                return
            self.now_s, _, send = heapq.heappop(self._planned)
            self.sent.append(send)
            verify(send.packet)
            receive = self.receivers.get(send.side)
            if receive:
                self.put(send.side, *receive(read_packet(send.packet)))
        raise AssertionError("The packets go round in circles.")

    def to(self, side: str) -> list[Packet]:
        """All that has come out on that side."""
        return [read_packet(send.packet) for send in self.sent if send.side == side]

    @property
    def deeds(self) -> list[str]:
        return [deed.rule_id for deed in self.censor.log]


@dataclass
class Talker:
    """One end of a TCP connection. It takes data in sequence, and nothing else: what does not fit is a failure."""

    own: str
    other: str
    own_port: int
    other_port: int
    answers: Mind = lambda heard: None
    sequence: int = 4_294_967_000
    heard: bytes = b""
    #: How it ended: "reset", "refused", "end" (a FIN), or an ICMP error's type and code.
    ending: str = ""
    expected: int | None = None
    has_closed: bool = False
    #: Closes when the other side does.
    closes: bool = True
    window: int = 500

    def segment(self, *, flags: int = ACK, data: bytes = b"", options: bytes | None = None) -> Packet:
        """A segment with what is said next."""
        segment = Segment(
            source_port=self.own_port,
            destination_port=self.other_port,
            sequence=self.sequence,
            acknowledgement=self.expected or 0,
            flags=flags,
            window=self.window,
            options=TIMESTAMPS + bytes(8) if options is None else options,
            data=data,
        )
        self.sequence = (self.sequence + len(data) + bool(flags & (SYN | FIN))) % 2**32
        return Packet(source=self.own, destination=self.other, protocol=TCP, carried=segment)

    def receive(self, packet: Packet) -> list[Packet]:
        if isinstance(packet.carried, bytes):
            self.ending = f"icmp {packet.carried[0]} {packet.carried[1]}"
            return []
        segment = packet.carried
        assert isinstance(segment, Segment)
        if segment.has(RST):
            self.ending = self._reset_by(segment)
            return []
        if segment.has(SYN):
            self.expected = (segment.sequence + 1) % 2**32
            return [self.segment(flags=SYN | ACK, options=SYN_OPTIONS)] if not segment.has(ACK) else [self.segment()]
        if not segment.data and not segment.has(FIN):
            return []
        assert segment.sequence == self.expected, f"{segment.sequence} came, {self.expected} was due"
        self.heard += segment.data
        self.expected = (self.expected + len(segment.data) + segment.has(FIN)) % 2**32
        replies = [self.segment()]
        if segment.data and (said := self.answers(self.heard)) is not None:
            replies = [self.segment(data=said)]
        if segment.has(FIN):
            self.ending = "end"
            if self.closes and not self.has_closed:
                self.has_closed = True
                replies.append(self.segment(flags=FIN | ACK))
        return replies

    def _reset_by(self, segment: Segment) -> str:
        if self.expected is None:
            assert segment.has(ACK)
            assert segment.acknowledgement == self.sequence
            return "refused"
        assert segment.sequence == self.expected, "The reset is out of sequence."
        return "reset"


@dataclass
class Dialogue:
    """A client and a server that talk TCP over a path."""

    rig: Rig
    #: What the client says once it is connected, one segment after the other.
    pieces: tuple[bytes, ...] = ()
    #: What the server says when it has heard all of them.
    reply: bytes = b"the server's reply"
    port: int = 80
    version: int = 4
    client_port: int = 40_000
    address: str = ""
    #: What the client goes on to say.
    client_mind: Mind = lambda heard: None
    #: In place of `reply`.
    server_mind: Mind | None = None

    def __post_init__(self) -> None:
        server, client = self.address or SERVER[self.version], CLIENT[self.version]
        self.client = Talker(client, server, self.client_port, self.port, self.client_mind)
        said = b"".join(self.pieces)
        mind = self.server_mind or (lambda heard: self.reply if heard == said else None)
        self.server = Talker(server, client, self.port, self.client_port, mind, sequence=77)

    def hold(self) -> Dialogue:
        """All of it: handshake, what the client says, what follows from it, until nothing is under way."""
        self.rig.receivers = {"client": self.client.receive, "servers": self.server.receive}
        self.rig.put("client", self.client.segment(flags=SYN, options=SYN_OPTIONS))
        self.rig.run()
        for piece in self.pieces:
            if self.client.expected is not None and not self.client.ending:
                self.rig.put("client", self.client.segment(data=piece))
                self.rig.run()
        return self


@dataclass
class TlsMind:
    """An end of TLS that shakes hands."""

    tls: ssl.SSLObject
    incoming: ssl.MemoryBIO
    outgoing: ssl.MemoryBIO
    #: The TLS library's reason, once it has failed, and its code for a certificate that it refuses.
    failure: str = ""
    verify_code: int = 0
    is_done: bool = False
    _fed: int = 0

    @classmethod
    def of(cls, context: ssl.SSLContext, *, name: str | None = None) -> TlsMind:
        """A client that asks for `name`, or a server."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        is_server = context.protocol is ssl.PROTOCOL_TLS_SERVER
        tls = context.wrap_bio(incoming, outgoing, server_side=is_server, server_hostname=name)
        return cls(tls, incoming, outgoing)

    def __call__(self, heard: bytes) -> bytes | None:
        self.incoming.write(heard[self._fed :])
        self._fed = len(heard)
        try:
            if not self.is_done:
                self.tls.do_handshake()
                self.is_done = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self.failure = self.failure or error.reason or ""
            self.verify_code = getattr(error, "verify_code", self.verify_code)
        return self.outgoing.read() or None


def datagram(data: bytes, *, address: str = RESOLVER, port: int = 53, client_port: int = 50_000) -> Packet:
    """A UDP packet of the client's."""
    version = ipaddress.ip_address(address).version
    carried = Datagram(source_port=client_port, destination_port=port, data=data)
    return Packet(source=CLIENT[version], destination=address, protocol=UDP, carried=carried)


def reply_to(packet: Packet, data: bytes) -> Packet:
    """A UDP packet back."""
    asked = packet.carried
    assert isinstance(asked, Datagram)
    carried = replace(asked, source_port=asked.destination_port, destination_port=asked.source_port, data=data)
    return Packet(source=packet.destination, destination=packet.source, protocol=UDP, carried=carried)


def verify(raw: bytes) -> None:
    """Fail when a checksum or a length of an IP packet is wrong. Reads the bytes by itself: nothing of the lab's."""
    if raw[0] >> 4 == 4:
        head_bytes, protocol, ends = (raw[0] & 15) * 4, raw[9], raw[12:20]
        assert int.from_bytes(raw[2:4]) == len(raw)
        assert added(raw[:head_bytes]) == 0xFFFF
    else:
        head_bytes, protocol, ends = 40, raw[6], raw[8:40]
        assert int.from_bytes(raw[4:6]) == len(raw) - 40
    payload = raw[head_bytes:]
    if protocol == 1:
        assert added(payload) == 0xFFFF
    elif protocol in (6, 17, 58):
        assert added(ends + struct.pack("!II", len(payload), protocol) + payload) == 0xFFFF


def added(data: bytes) -> int:
    """16-bit words added with end-around carry: 0xffff over what has a sound checksum."""
    total: int = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total
