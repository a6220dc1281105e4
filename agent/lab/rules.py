"""What a censor can be told to do: an ordered list of rules, each a match and an action. Records only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: How the names of a match are compared.
NAME_TESTS: Mapping[str, str] = {
    "suffix": "The name itself and every name below it; whole labels count.",
    "exact": "The name itself.",
    "substring": "Any name that holds these letters.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a rule looks for. Every condition must hold; an empty one always does."""

    #: The moment in the traffic: a key of MOMENTS.
    at: str
    #: Name asked for (query), SNI (client_hello, quic), Host (request), or a name of the certificate (certificate).
    names: tuple[str, ...] = ()
    #: A key of NAME_TESTS.
    names_test: str = "suffix"
    #: Where the traffic goes to: addresses, or prefixes in CIDR notation. Of a query: the resolver.
    addresses: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    #: 4 or 6. None: both.
    ip_version: int | None = None
    #: "out": from inside the censor's country; "in": from abroad. Empty: both.
    direction: str = ""
    #: A, AAAA …; queries only.
    query_types: tuple[str, ...] = ()
    #: udp or tcp; queries only. Empty: both.
    transport: str = ""
    #: Beginning of the path; requests only. Empty: any.
    path: str = ""
    #: Words anywhere in what the client said first (its request, its unrecognised bytes), in any case. One suffices.
    keywords: tuple[str, ...] = ()
    #: Only the traffic from this to that occasion on which all the conditions above held, counted from 1.
    first_occasion: int = 1
    last_occasion: int | None = None
    #: Only from this to that second after the lab began.
    from_s: float = 0.0
    until_s: float | None = None
    #: Only after the rule of this id has acted. Empty: always.
    after: str = ""
    #: Share of the occasions, above 0; chance is the world's seed's.
    probability: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Nothing. The traffic goes on, later rules are not asked; it is in the log, and `after` can wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeAnswer:
    """The censor answers a DNS query itself."""

    #: Those of the question's kind if there are any, else all: an A record in reply to AAAA is Iran's own signature.
    #: Without any, and with NOERROR, the answer is empty.
    addresses: tuple[str, ...] = ()
    rcode: str = "NOERROR"
    #: The bytes are cut short, so that nobody can read them.
    malformed: bool = False
    #: Seconds to live; 1 was seen in Iran's replies to AAAA questions (OONI data of March 2022).
    ttl_s: int = 1
    #: "instead": the true answer never comes. "before": it comes after the forged one. "after": it comes first.
    #: Over TCP the forged bytes take the true ones' place in the stream in any case.
    order: str = "instead"
    #: Milliseconds between the two, where there are two.
    gap_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """What the client sent never arrives, nor does anything after it, either way: silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """A TCP reset. In reply to a SYN it is what a closed port says: connection refused."""

    #: "client", or "both": the server is told as well.
    to: str = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """The connection ends in good order, without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """An ICMP error: nobody there."""

    #: net, host, port or admin (administratively prohibited).
    what: str = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignCertificate:
    """TLS is answered in the server's place, with a certificate for the name that the client cannot trust."""

    #: "unknown_authority" or "self_signed".
    kind: str = "unknown_authority"


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsAlert:
    """A fatal alert in the server's name, and the end."""

    #: 40 is handshake_failure, 112 unrecognized_name (RFC 8446 6).
    description: int = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class SendBytes:
    """These bytes, then the end. In reply to a ClientHello: plaintext in TLS."""

    data: bytes
    #: What they are: "page", "redirect", or empty for anything else.
    shows: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """From here on the connection's bytes come at this rate."""

    rate_kbit_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrupt:
    """From here on what the server sends arrives damaged, with sound checksums."""


Action = (
    Pass
    | ForgeAnswer
    | Drop
    | Reset
    | Close
    | Unreachable
    | ForeignCertificate
    | TlsAlert
    | SendBytes
    | Throttle
    | Corrupt
)

_ENDS: tuple[type, ...] = (Pass, Drop, Reset, Close)
#: Where a censor can act, and what it can do there.
MOMENTS: Mapping[str, tuple[type, ...]] = {
    "query": (Pass, Drop, ForgeAnswer, Unreachable),
    "datagram": (Pass, Drop, Unreachable),
    "quic": (Pass, Drop, Unreachable, Throttle),
    "syn": (Pass, Drop, Reset, Unreachable, Throttle),
    "accept": (*_ENDS, SendBytes),
    "client_hello": (*_ENDS, ForeignCertificate, TlsAlert, SendBytes, Throttle, Corrupt),
    "certificate": (*_ENDS, TlsAlert, Throttle, Corrupt),
    "request": (*_ENDS, SendBytes, Throttle, Corrupt),
    "unrecognised": (*_ENDS, Throttle, Corrupt),
}
#: What each moment is.
MOMENT_WORDS: Mapping[str, str] = {
    "query": "A DNS query, over UDP or TCP, to any address, a resolver's or not.",
    "datagram": "Any UDP datagram, judged by where it goes.",
    "quic": "A QUIC connection has begun, with the SNI that its ClientHello names, over however many datagrams.",
    "syn": "The first packet of a TCP connection.",
    "accept": "A TCP connection has come about, and not a byte was said.",
    "client_hello": "The client has begun TLS, with the SNI that it names (none: an empty name).",
    "certificate": "The server has shown its certificate in clear: TLS 1.2 alone.",
    "request": "An HTTP request in clear.",
    "unrecognised": "The client's first bytes are neither TLS, HTTP nor, on port 53, DNS.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """A rule that has acted keeps punishing for a while, whatever passes then."""

    seconds: float
    #: "server": every new connection to the same address and port, at the SYN. "name": every later sight of the same
    #: name, in a query, a ClientHello or a request, whatever server they go to.
    by: str = "server"
    #: What is done then. To a query over UDP, which knows no reset, a reset is silence.
    action: Drop | Reset = Drop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that the censor does. The first rule that matches decides."""

    id: str
    match: Match
    action: Action
    residual: Residual | None = None
    #: "border": the censor, who sees what crosses the border, and every DNS query. "line": something on the client's
    #: own line that sees everything, such as a portal that asks to log in. It is no censor.
    where: str = "border"

    def __post_init__(self) -> None:
        if self.match.at not in MOMENTS:
            raise ValueError(f"Rule {self.id}: cannot act at '{self.match.at}'; use one of {', '.join(MOMENTS)}.")
        able = MOMENTS[self.match.at]
        if not isinstance(self.action, able):
            wanted = ", ".join(kind.__name__ for kind in able)
            raise ValueError(
                f"Rule {self.id}: {type(self.action).__name__} is no action at '{self.match.at}'; use one of {wanted}."
            )
