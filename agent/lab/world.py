"""What a lab's world is made of: hosts with services, and a censor's rules. Records only; nothing here acts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: What can stand on a port. Each kind is one row of the servers' table.
SERVICE_KINDS: Mapping[str, str] = {
    "dns": "A resolver, over UDP and TCP, that knows every name of the world.",
    "http": "A web server without TLS that shows its page.",
    "redirect": "A web server without TLS that sends everybody to https:// of the name they asked for.",
    "https": "A web server behind TLS that shows its page.",
    "doh": "A web server behind TLS that also answers DNS queries at /dns-query (RFC 8484, POST).",
    "telegram": "A data centre: a POST draws a few bytes, anything else the status 501.",
    "silent": "Accepts connections and never says a word.",
}
#: Lab authorities that the world's client trusts. Signal has its own, as its apps do.
TRUSTED = ("web", "signal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a web server shows to every name and path."""

    status: int = 200
    media_type: str = "text/html; charset=utf-8"
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One open port of a host."""

    #: A key of SERVICE_KINDS.
    kind: str
    port: int
    #: Which authority signs the certificate of https and doh: one of TRUSTED.
    trust: str = "web"
    #: None: the usual page, which greets the visitor by name and address, as real pages may.
    page: Page | None = None

    def __post_init__(self) -> None:
        if self.kind not in SERVICE_KINDS:
            raise ValueError(f"Service on port {self.port}: no kind '{self.kind}'; use one of {listed(SERVICE_KINDS)}.")
        if self.trust not in TRUSTED:
            raise ValueError(f"Service on port {self.port}: no authority '{self.trust}'; use one of {listed(TRUSTED)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A computer of the world."""

    #: Names that the name system knows it by, and that its certificate is for. Empty: only addresses.
    names: tuple[str, ...] = ()
    #: Logical addresses, IPv4 and IPv6. They are names on the seam: the sockets are on loopback.
    addresses: tuple[str, ...]
    services: tuple[Service, ...] = ()
    #: ISO 3166 code. Traffic to a host of the client's own country does not pass the censor, but for DNS queries.
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a rule looks for. Every condition must hold; an empty one always does."""

    #: Where in the traffic: a key of ACTIONS_AT.
    at: str
    #: Name asked for (query), SNI (client_hello) or Host (request): this name and all names below it.
    names: tuple[str, ...] = ()
    #: Where the traffic goes to: addresses, or prefixes in CIDR notation.
    addresses: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    #: A, AAAA …; queries only.
    query_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeAnswer:
    """The censor answers a DNS query itself."""

    #: Those of the question's kind if there are any, else all: an A record in reply to AAAA is Iran's own signature.
    addresses: tuple[str, ...] = ()
    rcode: str = "NOERROR"
    #: Seconds to live; 1 was seen in Iran's replies to AAAA questions (OONI data of March 2022).
    ttl_s: int = 1
    #: None: the true answer never comes. A number: it follows, this long after it would have come. UDP only: in TCP
    #: the forged bytes take the true ones' place in the stream, and there is no second answer.
    truth_delay_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """What the client sent never arrives, nor does anything after it: silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """A TCP reset. In reply to a SYN it is what a closed port says: connection refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """The connection ends in good order, without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignCertificate:
    """TLS is answered in the server's place, with a certificate for the name from an authority nobody trusts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendBytes:
    """These bytes, then the end: a block page or a redirect; in reply to a ClientHello, plaintext in TLS."""

    data: bytes


Action = ForgeAnswer | Drop | Reset | Close | ForeignCertificate | SendBytes

#: Where a censor can act, and what it can do there.
ACTIONS_AT: Mapping[str, tuple[type, ...]] = {
    "query": (ForgeAnswer, Drop),
    "syn": (Drop, Reset),
    "accept": (Drop, Reset, Close),
    "client_hello": (Drop, Reset, Close, ForeignCertificate, SendBytes),
    "request": (Drop, Reset, Close, SendBytes),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that the censor does. The first rule that matches decides."""

    id: str
    match: Match
    action: Action

    def __post_init__(self) -> None:
        if self.match.at not in ACTIONS_AT:
            raise ValueError(f"Rule {self.id}: cannot act at '{self.match.at}'; use one of {listed(ACTIONS_AT)}.")
        able = ACTIONS_AT[self.match.at]
        if not isinstance(self.action, able):
            wanted = listed(kind.__name__ for kind in able)
            raise ValueError(
                f"Rule {self.id}: {type(self.action).__name__} is no action at '{self.match.at}'; use one of {wanted}."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything the lab serves. Raises `ValueError` when it contradicts itself."""

    name: str
    hosts: tuple[Host, ...]
    #: Address of the host that the client's system asks: the resolver of its internet provider.
    system_resolver: str
    rules: tuple[Rule, ...] = ()
    #: The client's country: its border is where the censor stands.
    country: str = "IR"
    #: The client's own addresses, which servers see and pages may repeat. Documentation prefixes: RFC 5737, RFC 3849.
    client_addresses: tuple[str, ...] = ("198.51.100.23", "2001:db8:51:100::23")
    #: Milliseconds from a question to its answer, added to every connect, handshake and reply.
    rtt_ms: float = 0.0

    def __post_init__(self) -> None:
        for what, values in (
            ("address", (address for host in self.hosts for address in host.addresses)),
            ("name", (name for host in self.hosts for name in host.names)),
            ("rule id", (rule.id for rule in self.rules)),
        ):
            if twice := [value for value, count in Counter(values).items() if count > 1]:
                raise ValueError(f"World {self.name}: the {what} {twice[0]} stands twice; give each its own.")
        if not any(
            self.system_resolver in host.addresses and any(service.kind == "dns" for service in host.services)
            for host in self.hosts
        ):
            raise ValueError(
                f"World {self.name}: no host with a dns service has the system resolver's address "
                f"'{self.system_resolver}'; add one."
            )


def listed(words: Iterable[str]) -> str:
    """The words in one line, for a message."""
    return ", ".join(words)
