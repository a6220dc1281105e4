"""The path at work: takes every IP packet off both wires, asks what becomes of it, and sends what is to be sent.

One process, one loop, no thread: it waits for a packet, for the moment to send one, or for a question by its owner.
"""

from __future__ import annotations

import contextlib
import errno
import heapq
import itertools
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from agent.lab.namespace import shell
from agent.lab.namespace.path import Send
from agent.lab.namespace.processes import Channel, Message
from agent.lab.namespace.shaping import Shaping
from agent.lab.namespace.spaces import SIDES, hardware_address
from agent.lab.rules import Throttle
from agent.lab.world import World

#: linux/if_packet.h and asm/socket.h: what Python has no names for.
SOL_PACKET = 263
PACKET_IGNORE_OUTGOING = 23
#: The size of a socket's buffer, and beyond the system's bound (SO_SNDBUFFORCE, SO_RCVBUFFORCE).
BUFFERS = {socket.SO_SNDBUF: 32, socket.SO_RCVBUF: 33}
#: linux/if_ether.h.
ETH_P_ALL = 0x0003
ETHERNET_BYTES = 14
IP_TYPES = {b"\x08\x00": 4, b"\x86\xdd": 6}
TYPES_OF_IP = {version: kind for kind, version in IP_TYPES.items()}
#: Bytes that wait to be taken off a wire: a fast sweep begins with hundreds of packets at once.
WAITING_BYTES = 16 * 1024 * 1024
#: No packet waits; or the wire is gone with the process at its far end, which is for others to tell.
NOTHING_THERE = {errno.EAGAIN, errno.ENETDOWN, errno.ENXIO, errno.ENODEV}
QUEUE_FULL = {errno.EAGAIN, errno.ENOBUFS}
#: Packets that are taken off one wire before the other has its turn.
TURN = 32


class Decider(Protocol):
    """What decides about packets: a `Path`, which touches no socket and waits for nothing."""

    def on_packet(self, side: str, packet: bytes, now_s: float) -> list[Send]:
        """What is to be sent now that this packet has come from `side`."""


@dataclass
class Wire:
    """The path's end of a wire, open for whole frames."""

    side: str
    shaping: Shaping | None
    frames: socket.socket
    #: One for each class of throttled flows: what one of them has in its queue keeps no other from sending.
    _throttled: dict[int, socket.socket] = field(default_factory=dict)

    def take(self) -> bytes | None:
        """The next packet, from its IP header on; empty for a frame that is nobody's business. None: there is none."""
        try:
            frame = self.frames.recv(65535)
        except OSError as error:
            if error.errno in NOTHING_THERE:
                return None
            raise
        packet = frame[ETHERNET_BYTES:]
        return packet if frame[12:14] in IP_TYPES and not _is_multicast(packet) else b""

    def send(self, packet: bytes, rate_kbit_s: float | None) -> None:
        """Send a packet at once, or into the queue of its rate. One that finds its queue full is lost, as everywhere.

        Raises `OSError`.
        """
        to, by = (hardware_address(self.side, end) for end in ("lab", "path"))
        try:
            self._socket_for(packet, rate_kbit_s).send(to + by + TYPES_OF_IP[packet[0] >> 4] + packet)
        except OSError as error:
            if error.errno not in QUEUE_FULL | NOTHING_THERE:
                raise

    def _socket_for(self, packet: bytes, rate_kbit_s: float | None) -> socket.socket:
        """The one whose packets have the priority that names their class."""
        if rate_kbit_s is None or self.shaping is None:
            return self.frames
        priority, lines = self.shaping.class_of(packet, rate_kbit_s)
        if lines:
            shell.run_tc(lines)
            self._throttled[priority] = open_socket(self.side, protocol=0)
            self._throttled[priority].setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, priority)
        return self._throttled[priority]


@dataclass
class Forwarder:
    """Moves packets until its owner ends, or asks it to end."""

    path: Decider
    wires: Mapping[str, Wire]
    clock: Callable[[], float] = time.monotonic
    _planned: list[tuple[float, int, Send]] = field(default_factory=list)
    _order: itertools.count[int] = field(default_factory=itertools.count)

    def run(self, owner: Channel, answer: Callable[[Message], Message]) -> None:
        """Until the owner's end of its line is closed. Each message of the owner's is answered."""
        with selectors.DefaultSelector() as selector:
            selector.register(owner.socket, selectors.EVENT_READ)
            for wire in self.wires.values():
                selector.register(wire.frames, selectors.EVENT_READ, wire)
            while True:
                for key, _ in selector.select(self._patience_s()):
                    if key.data is not None:
                        self._take(key.data)
                    elif (message := owner.hear()) is None:
                        return
                    else:
                        owner.say(**answer(message))
                self._send_due()

    def _patience_s(self) -> float | None:
        """Seconds until the next packet is to be sent. None: none is."""
        return max(0.0, self._planned[0][0] - self.clock()) if self._planned else None

    def _take(self, wire: Wire) -> None:
        for _ in range(TURN):
            packet = wire.take()
            if packet is None:
                return
            if packet:
                for send in self.path.on_packet(wire.side, packet, self.clock()):
                    heapq.heappush(self._planned, (send.at_s, next(self._order), send))

    def _send_due(self) -> None:
        """Send what is due, in the order of its moments, and what has the same moment in that of its planning."""
        now_s = self.clock()
        while self._planned and self._planned[0][0] <= now_s:
            _, _, send = heapq.heappop(self._planned)
            self.wires[send.side].send(send.packet, send.rate_kbit_s)


def open_wires(world: World) -> dict[str, Wire]:
    """Both wires, in the path's network, with their rates set. Raises `OSError`, `StageError`."""
    return {side: _open_wire(side, shaping_of(world, side)) for side in SIDES}


def shaping_of(world: World, side: str) -> Shaping | None:
    """The rates on the wire of that side. None: it needs none. Only what comes to the client is ever throttled."""
    throttles = side == "client" and any(isinstance(rule.action, Throttle) for rule in world.rules)
    if world.line.rate_kbit_s is None and not throttles:
        return None
    return Shaping(device=side, line_kbit_s=world.line.rate_kbit_s)


def _open_wire(side: str, shaping: Shaping | None) -> Wire:
    if shaping is not None:
        shell.run_tc(shaping.beginning())
    return Wire(side=side, shaping=shaping, frames=open_socket(side, protocol=ETH_P_ALL))


def open_socket(device: str, *, protocol: int) -> socket.socket:
    """A socket for the frames of a device. `protocol`: which it receives; 0 for none. Raises `OSError`."""
    # Bound in the end: with a protocol from the beginning it would receive whatever comes to any device.
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    opened.setblocking(False)
    opened.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    for option, by_root in BUFFERS.items():
        opened.setsockopt(socket.SOL_SOCKET, option, WAITING_BYTES)
        with contextlib.suppress(PermissionError):  # no root but that of a user namespace: the system's bound holds
            opened.setsockopt(socket.SOL_SOCKET, by_root, WAITING_BYTES)
    opened.bind((device, protocol))
    return opened


def _is_multicast(packet: bytes) -> bool:
    """Whether it is for a group, such as what IPv6 reports of itself: no path carries that."""
    return packet[24:25] == b"\xff" if packet[0] >> 4 == 6 else packet[16] >= 224
