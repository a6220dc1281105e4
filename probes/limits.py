"""Every bound a probe obeys, with its reason. A hostile server meets these numbers first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one operation. All of them are always in force."""

    #: Seconds for a DNS reply. OONI allows 5 over UDP and the platforms' own stubs about as long.
    dns_timeout_s: float = 5.0
    #: Seconds for the system's own resolver: it asks again only after 5 (glibc), so that less would take one lost
    #: packet for silence. OONI allows 15.
    system_dns_timeout_s: float = 12.0
    #: Seconds that a UDP socket keeps listening after the first reply: a forged answer is followed by the true one
    #: within a round trip. OONI waits 0.5 and Centinel 4; two round trips of a bad line are 2.
    dns_window_s: float = 2.0
    #: Seconds for a TCP connection: four SYNs, at 0, 1, 3 and 7 s (Linux), and an answer to the last.
    connect_timeout_s: float = 10.0
    #: Seconds for a TLS handshake (OONI's bound).
    tls_timeout_s: float = 10.0
    #: Seconds for a whole HTTP exchange (OONI's bound).
    http_timeout_s: float = 10.0
    #: Replies kept of one UDP question: enough for a race of several injectors, bounded against a flood.
    dns_replies_max: int = 16
    #: Bytes of a DNS message read from TCP or DoH (the protocol's own maximum, RFC 1035 4.2.2).
    dns_message_bytes: int = 65535
    #: Bytes read in a TLS handshake; long chains are under 20 KiB.
    handshake_bytes: int = 131072
    #: Bytes of a body that are read: a block page is 300 bytes, a title stands in the first few KiB.
    body_bytes: int = 65536
    #: Certificates of a chain that are looked at (real chains have two to five).
    chain_certificates: int = 10
