"""Rates by `tc`: the line's on each wire, and for each flow that a censor throttles a class of its own.

Nothing is asked of the kernel here: the words are made, and whoever owns the wires says them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

#: Seconds of its rate that a queue holds before it drops: as deep as the buffers of slow lines are.
QUEUE_S = 3.0
#: Bytes of a packet of full length, and how many of them any queue holds: with fewer, TCP does not get going.
PACKET_BYTES = 1514
QUEUE_PACKETS = 10
#: Seconds of its rate that a class may send at once: a kernel's timer may be no finer.
BURST_S = 0.004
#: Classes on one wire for throttled flows, each with an open socket. Flows beyond them share the last.
MOST_CLASSES = 512
#: The class of the whole line, that of what no rule throttles, and the first of those for flows that one does.
WHOLE, REST, FIRST = 1, 2, 3
#: kbit/s of a line that has no rate: a class must have one.
UNLIMITED_KBIT_S = 10_000_000.0
#: Share of its rate that a class below the line's is assured of; the rest it borrows. Assured rates are given even
#: where they add up to more than the line's.
ASSURED_SHARE = 0.01
BYTES_PER_KBIT = 125


@dataclass
class Shaping:
    """The classes on one wire. A packet's priority, as a socket sets it, names the class that it goes to."""

    device: str
    #: None: as fast as it goes.
    line_kbit_s: float | None
    _classes: dict[tuple[bytes, float], int] = field(default_factory=dict)

    def beginning(self) -> Sequence[str]:
        """What `tc` must be told before the first packet."""
        rate_kbit_s = self.line_kbit_s or UNLIMITED_KBIT_S
        whole = _htb(rate_kbit_s, assured_kbit_s=rate_kbit_s)
        return [
            f"qdisc add dev {self.device} root handle 1: htb default {REST}",
            f"class add dev {self.device} parent 1: classid 1:{WHOLE} {whole}",
            *self._leaf(REST, rate_kbit_s),
        ]

    def class_of(self, packet: bytes, rate_kbit_s: float) -> tuple[int, Sequence[str]]:
        """The priority of a packet of a throttled flow, and what `tc` must be told before it is sent.

        That is nothing unless the flow is new.
        """
        flow = flow_of(packet), rate_kbit_s
        if flow in self._classes:
            return _priority(self._classes[flow]), ()
        self._classes[flow] = minor = FIRST + min(len(self._classes), MOST_CLASSES - 1)
        return _priority(minor), self._leaf(minor, rate_kbit_s) if len(self._classes) <= MOST_CLASSES else ()

    def _leaf(self, minor: int, most_kbit_s: float) -> list[str]:
        limit_bytes = max(QUEUE_PACKETS * PACKET_BYTES, min(int(most_kbit_s * BYTES_PER_KBIT * QUEUE_S), 2**30))
        htb = _htb(most_kbit_s, assured_kbit_s=most_kbit_s * ASSURED_SHARE)
        return [
            f"class add dev {self.device} parent 1:{WHOLE} classid 1:{minor:x} {htb}",
            f"qdisc add dev {self.device} parent 1:{minor:x} bfifo limit {limit_bytes}",
        ]


def flow_of(packet: bytes) -> bytes:
    """Addresses and ports of an IP packet as they stand in it: the same for every packet of a flow one way."""
    if packet[0] >> 4 == 6:
        return packet[8:44]
    header_bytes = (packet[0] & 15) * 4
    return packet[12:20] + packet[header_bytes : header_bytes + 4]


def _htb(most_kbit_s: float, *, assured_kbit_s: float) -> str:
    """A class's two rates in whole bits a second, with a burst of at least one packet."""
    burst_bytes = max(PACKET_BYTES, int(most_kbit_s * BYTES_PER_KBIT * BURST_S))
    rate, ceiling = (max(8, int(kbit_s * 1000)) for kbit_s in (assured_kbit_s, most_kbit_s))
    return f"htb rate {rate}bit ceil {ceiling}bit burst {burst_bytes} cburst {burst_bytes} quantum {PACKET_BYTES}"


def _priority(minor: int) -> int:
    """The handle 1: and a minor number in one, as the kernel compares them with SO_PRIORITY (tc-htb(8))."""
    return 1 << 16 | minor
