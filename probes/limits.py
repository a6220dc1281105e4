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
    #: Seconds for a TLS handshake (OONI's bound), and for a QUIC handshake, which is one.
    tls_timeout_s: float = 10.0
    #: Seconds for a whole HTTP exchange (OONI's bound).
    http_timeout_s: float = 10.0
    #: Seconds for a test helper to look and to answer: it waits itself for what does not answer (OONI's allows 30).
    helper_timeout_s: float = 30.0
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


# What no user sets: the same in every operation, and in force before anything is understood of what came.

#: Bytes asked of a socket at a time: a TLS record at its longest (RFC 8446 5.1), rounded up.
READ_BYTES = 16640
#: Bytes of the longest datagram that UDP carries.
DATAGRAM_BYTES = 65535
#: Datagrams read in a QUIC handshake: twice what `handshake_bytes` fill, since some are short. A flood of empty ones
#: would cost time and no bytes.
QUIC_DATAGRAMS_MAX = 256
#: First raw bytes of the peer that are kept as evidence: what an injected page needs to be recognised, many times.
FIRST_BYTES = 4096
#: Seconds to wait for the rest of an answer that is no protocol of ours: a block page comes in one or two segments.
REST_GRACE_S = 0.5
#: Bytes that may come beside the body of an answer: headers (h11 bounds them at 100 KiB) and the framing of chunks.
WIRE_OVERHEAD_BYTES = 524288
#: Bytes of an answer after which its speed is looked at: tickets and headers, which a server sends when it likes, are
#: 2 KiB; and an answer of 4 KiB tells nothing of speed.
FLOW_BEGINS_BYTES = 4096
#: Header names kept of an answer: a browser's page has some thirty.
HEADER_NAMES_MAX = 64
#: Characters kept of a title: enough to know a page by, and a cell of a table stays readable.
TITLE_CHARACTERS = 120
#: Bytes looked at for a title: entities and four-byte characters included, 120 characters fit well.
TITLE_BYTES = 2048
#: Characters kept of a name in a certificate; for the same reasons as of a title.
NAME_CHARACTERS = 120
#: Letters of the longest host name (RFC 1035 2.3.4).
HOST_CHARACTERS = 253
#: Bytes read of a test helper's answer: headers of a page and some twenty endpoints are under 64 KiB.
HELPER_ANSWER_BYTES = 262144
