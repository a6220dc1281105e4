"""How fast an answer flows once it flows: what a network's speed makes of it, and not the server's time to think."""

from __future__ import annotations

import time

from probes.limits import FLOW_BEGINS_BYTES


class Flow:
    """Counts what a socket gave from its first `FLOW_BEGINS_BYTES` on, and how long that took.

    The beginning is left out: a server sends tickets of its TLS and headers when it likes, and thinks in between.
    """

    def __init__(self) -> None:
        #: Bytes after the beginning.
        self.bytes = 0
        #: Milliseconds from the beginning's last byte to the last byte of all.
        self.ms = 0.0
        self._before_bytes = 0
        self._began_s: float | None = None

    def took(self, size_bytes: int) -> None:
        """So many bytes have just come."""
        now_s = time.monotonic()
        if self._began_s is not None:
            self.bytes += size_bytes
            self.ms = round((now_s - self._began_s) * 1000, 3)
            return
        self._before_bytes += size_bytes
        if self._before_bytes >= FLOW_BEGINS_BYTES:
            self._began_s = now_s
            self.bytes = self._before_bytes - FLOW_BEGINS_BYTES
