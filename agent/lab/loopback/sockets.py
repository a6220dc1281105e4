"""Sockets of loopback, those too that refuse or swallow whatever comes to them."""

from __future__ import annotations

import socket
import sys
from contextlib import ExitStack
from dataclasses import dataclass

from agent.lab.loopback.ways import LOOPBACK

#: Connections that may wait to be accepted: a fast sweep opens everything at once.
BACKLOG = 256
#: Connections that may fill a black hole's queue until it swallows. Linux needs one, others a few.
HELD_CONNECTIONS_MAX = 32
#: Seconds without an answer that prove a black hole: loopback needs a thousandth of it.
SILENCE_S = 0.1
KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadEnds:
    """Loopback ports where nobody is."""

    #: TCP: every connection is refused.
    tcp_refused: int
    #: TCP: every SYN is swallowed. None: this system has no such thing, and the seam waits instead.
    tcp_swallowed: int | None
    #: UDP: whoever sends a datagram is told that the port is closed.
    udp_refused: int
    #: UDP: every datagram is swallowed.
    udp_swallowed: int


def dead_ends(stack: ExitStack) -> DeadEnds:
    """Fresh ones, which `stack` keeps. Raises `RuntimeError` when the system has no black hole where it should."""
    refused = stack.enter_context(socket.socket())
    refused.bind((LOOPBACK, 0))  # and it does not listen
    return DeadEnds(
        tcp_refused=port_of(refused),
        tcp_swallowed=dig_black_hole(stack),
        udp_refused=port_of(deaf_datagrams(stack)),
        udp_swallowed=port_of(bound(stack, "udp")),
    )


def bound(stack: ExitStack, transport: str) -> socket.socket:
    """A non-blocking socket on an ephemeral port; for tcp it listens. `stack` keeps it open."""
    door = stack.enter_context(socket.socket(socket.AF_INET, KINDS[transport]))
    door.setblocking(False)
    door.bind((LOOPBACK, 0))
    if transport == "tcp":
        door.listen(BACKLOG)
    return door


def port_of(door: socket.socket) -> int:
    return int(door.getsockname()[1])


def deaf_datagrams(stack: ExitStack) -> socket.socket:
    """A UDP socket whose port is closed to everybody, and that nobody else can have meanwhile.

    A connected socket takes datagrams of its peer alone, and this one is its own peer.
    """
    deaf = bound(stack, "udp")
    deaf.connect(deaf.getsockname())
    return deaf


def dig_black_hole(stack: ExitStack) -> int | None:
    """A loopback port that swallows every SYN: its queue is full, and nobody accepts. `stack` keeps it open.

    None on Windows, which refuses instead. Raises `RuntimeError` when the system fills up without ever swallowing.
    """
    if sys.platform == "win32":
        return None
    hole = stack.enter_context(socket.socket())
    hole.bind((LOOPBACK, 0))
    hole.listen(0)
    for _ in range(HELD_CONNECTIONS_MAX):
        held = stack.enter_context(socket.socket())
        held.settimeout(SILENCE_S)
        try:
            held.connect(hole.getsockname())
        except TimeoutError:
            return int(hole.getsockname()[1])
    raise RuntimeError(f"A loopback socket took {HELD_CONNECTIONS_MAX} connections that it had no room for.")
