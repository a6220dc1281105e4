"""Counts questions by the minute. Pure but for what it remembers: whom it let in, until the minute is over."""

from __future__ import annotations

import ipaddress
from collections import Counter
from dataclasses import dataclass, field

from agent.helper.bounds import Bounds

WINDOW_S = 60.0
#: What a provider gives one home of IPv6 addresses, at the least (RFC 6177): all of it is one client.
HOME_PREFIX = 64


@dataclass(slots=True, kw_only=True)
class Turnstile:
    """Lets clients in as often as the bounds say. What it knows of them is in memory, and of the last minute alone."""

    bounds: Bounds
    _began_s: float = -WINDOW_S
    _of_client: Counter[str] = field(default_factory=Counter)

    def admits(self, client: str, now_s: float) -> bool:
        """Whether a client may ask now; if so it is counted. `now_s` is of a clock that never goes back."""
        if now_s - self._began_s >= WINDOW_S:
            self._began_s = now_s
            self._of_client.clear()
        key = home_of(client)
        is_full = key not in self._of_client and len(self._of_client) >= self.bounds.clients
        if is_full or self._of_client.total() >= self.bounds.in_all_per_min:
            return False
        if self._of_client[key] >= self.bounds.per_client_per_min:
            return False
        self._of_client[key] += 1
        return True


def home_of(client: str) -> str:
    """Whom an address counts for: itself, or all of its home's. What is no address is one client together."""
    try:
        parsed = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return ""
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, HOME_PREFIX), strict=False))
