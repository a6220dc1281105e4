"""Where traffic of the lab's client goes to, and who is on the way there."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import NamedTuple

LOOPBACK = "127.0.0.1"


class Way(NamedTuple):
    """A logical destination."""

    #: In normal form.
    address: str
    port: int
    #: tcp or udp.
    transport: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A connection that the censor has let pass at its SYN."""

    #: None: as fast as the line goes.
    rate_kbit_s: float | None


class Arrivals:
    """Connections that are about to arrive at the relay, by their loopback port on the client's side.

    By it the relay tells the agent's connections, whose SYN the seam has judged, from those of other programs, which
    come without one. May be used from several threads.
    """

    def __init__(self) -> None:
        self._expected: dict[int, Arrival] = {}
        self._lock = threading.Lock()

    def announce(self, client_port: int, arrival: Arrival) -> None:
        with self._lock:
            self._expected[client_port] = arrival

    def withdraw(self, client_port: int) -> Arrival | None:
        """The connection has come, or will not. None: it was not announced."""
        with self._lock:
            return self._expected.pop(client_port, None)
