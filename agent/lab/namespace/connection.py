"""One TCP connection as the path sees it: how far each side has spoken, and what becomes of it. It decides nothing."""

from __future__ import annotations

from typing import Protocol

from agent.lab.damage import Damage
from agent.lab.namespace.flows import Ends, Order
from agent.lab.namespace.packets import ACK, FIN, SYN, Packet, Segment
from agent.lab.namespace.streams import KEPT_BYTES, Stream, later, onward
from agent.lab.sight.client_stream import ClientStream

#: TCP options that matter here (RFC 9293 3.1, RFC 7323 2 and 3).
SEGMENT_SIZE, WINDOW_SCALE, TIMESTAMPS = 2, 3, 8
#: Bytes of data in a segment when the other side has not said what it takes (RFC 9293 3.7.1), by IP version.
SEGMENT_BYTES = {4: 536, 6: 1220}
#: The least that is believed of what it has said: Linux' own bound (tcp_min_snd_mss).
SEGMENT_BYTES_MIN = 48


class Fate(Protocol):
    """What the client meets once the censor has ended a connection. The server's packets are swallowed from then on."""

    def begin(self) -> list[Packet]:
        """What the client is told at once, in place of the packet that set it off."""

    def meet(self, packet: Packet, segment: Segment) -> list[Packet]:
        """What the client is told when it says more."""


class Connection:
    """A connection that began with a SYN before our eyes."""

    def __init__(self, ends: Ends, opening: Segment) -> None:
        self.ends = ends
        self.opening = opening
        self.order = Order()
        self.client = Stream(onward(opening.sequence, 1))
        #: None: it has not answered yet.
        self.server: Stream | None = None
        self.fate: Fate | None = None
        self.rate_kbit_s: float | None = None
        #: What the client's bytes show.
        self.shows = ClientStream(port=ends.server_port)
        #: Which moments are past.
        self.was_opened = False
        self.was_accepted = False
        #: The server's bytes since TLS was begun, until its certificate has passed. None: nobody wants them.
        self.server_hello: bytes | None = None
        self.damage: Damage | None = None
        self._reply_options = b""
        self._last_options = {"client": opening.options, "servers": b""}
        self._last_window = opening.window

    def sees(self, side: str, segment: Segment) -> None:
        """Note what a segment tells beside its data."""
        if segment.options:
            self._last_options[side] = segment.options
        if side == "client" and not segment.has(SYN):
            self._last_window = segment.window
        if side == "servers" and segment.has(SYN) and self.server is None:
            self.server = Stream(onward(segment.sequence, 1))
            self._reply_options = segment.options

    def begins_again(self, segment: Segment) -> bool:
        """Whether a SYN opens another connection between the same ends, and is not this one's come twice."""
        return segment.sequence != self.opening.sequence

    def is_accepted_by(self, segment: Segment) -> bool:
        """Whether this segment of the client's completes the handshake."""
        return self.server is not None and segment.has(ACK) and later(segment.acknowledgement, self.server.next) >= 0

    def client_says(self, segment: Segment) -> bytes:
        """Put a segment's data in its place; what can now be read."""
        return self.client.take(segment.sequence, segment.data, ends=segment.has(FIN))

    def server_says(self, segment: Segment) -> bytes:
        """The same of the server."""
        if self.server is None or segment.has(SYN):
            return b""
        fresh = self.server.take(segment.sequence, segment.data, ends=segment.has(FIN))
        if self.server_hello is not None:
            self.server_hello += fresh
        if self.damage is not None:
            self.damage.read(fresh)
        return fresh

    @property
    def server_hello_is_too_long(self) -> bool:
        return self.server_hello is not None and len(self.server_hello) > KEPT_BYTES

    @property
    def segment_bytes_max(self) -> int:
        """Bytes of data that the client takes in a segment, options counted in."""
        told = options_of(self.opening.options).get(SEGMENT_SIZE)
        if not told:
            return SEGMENT_BYTES[6 if ":" in self.ends.client else 4]
        return max(int.from_bytes(told), SEGMENT_BYTES_MIN)

    @property
    def window_scale(self) -> int:
        """Bits that the client's windows are to be shifted by: none unless both sides offered it."""
        offered = options_of(self.opening.options).get(WINDOW_SCALE)
        return offered[0] if offered and WINDOW_SCALE in options_of(self._reply_options) else 0

    @property
    def window_bytes(self) -> int:
        """Bytes that the client is ready to take."""
        return self._last_window << self.window_scale

    @property
    def clocks(self) -> tuple[bytes, bytes] | None:
        """The last timestamps of server and client. None: not both have offered them (RFC 7323 3.2)."""
        if not all(TIMESTAMPS in options_of(offer) for offer in (self.opening.options, self._reply_options)):
            return None
        clocks = [options_of(self._last_options[side]).get(TIMESTAMPS, b"")[:4] for side in ("servers", "client")]
        return (clocks[0], clocks[1]) if all(clocks) else None


def options_of(raw: bytes) -> dict[int, bytes]:
    """The options of a TCP header by their kind; what is cut short is left out."""
    options, at = {}, 0
    while at < len(raw) and raw[at] != 0:
        if raw[at] == 1:  # padding
            at += 1
            continue
        length = raw[at + 1] if at + 1 < len(raw) else 0
        if length < 2:
            break
        options[raw[at]] = raw[at + 2 : at + length]
        at += length
    return options
