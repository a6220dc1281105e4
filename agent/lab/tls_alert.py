"""A TLS alert as a censor sends it: in clear, in the server's name."""

from __future__ import annotations


def alert_record(description: int) -> bytes:
    """A fatal alert in clear (RFC 8446 6), in a record of TLS 1.2's version."""
    return bytes([21, 3, 3, 0, 2, 2, description])
