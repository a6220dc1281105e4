"""How fast the answer to a try flowed, and whether that is slow. Whose doing it is, is not asked here."""

from __future__ import annotations

from collections.abc import Iterable

from agent.verdict.seen import PLAIN, Try

#: An answer is slow that flows for so long at less than 512 kbit/s. Our choice: well above what throttling has been
#: measured at (130 to 150 kbit/s, Russia and Twitter: Xue et al. IMC 2021), well below what pages of today need.
SLOW_MS, SLOW_BYTES_PER_MS = 500.0, 64.0


def was_slow(tries: Iterable[Try]) -> Try | None:
    """The first try of an endpoint as it is that trickled."""
    return next((one for one in tries if one.variation in PLAIN and is_slow(one)), None)


def is_slow(one: Try) -> bool:
    """Whether the answer trickled, as far as it came."""
    flowed = rate(one)
    lasted_ms = one.http.flow_ms if one.http else None
    return flowed is not None and flowed < SLOW_BYTES_PER_MS and (lasted_ms or 0.0) >= SLOW_MS


def rate(one: Try) -> float | None:
    """Bytes in a millisecond of the answer's flow. None: nothing flowed. No clock is trusted below one millisecond."""
    if one.http is None or not flowed_bytes(one):
        return None
    return flowed_bytes(one) / max(one.http.flow_ms or 0.0, 1.0)


def flowed_bytes(one: Try) -> int:
    """Bytes of the answer after its beginning (probes/flow.py); none where none came."""
    return (one.http.flow_bytes if one.http else None) or 0
