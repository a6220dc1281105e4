"""What a lab's world is made of: hosts with services, the client's line, and a censor's rules. Records only."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agent.lab.rules import Rule

#: What can stand on a port. Each kind is one row of the servers' table.
SERVICE_KINDS: Mapping[str, str] = {
    "dns": "A resolver, over UDP and TCP, that knows every name of the world.",
    "dot": "The same resolver behind TLS (RFC 7858).",
    "doh": "A web server behind TLS that also answers DNS queries at /dns-query (RFC 8484, POST and GET).",
    "http": "A web server without TLS that shows its pages.",
    "redirect": "A web server without TLS that sends everybody to https:// of the name they asked for.",
    "https": "A web server behind TLS that shows its pages.",
    "quic": "The same web server over QUIC (HTTP/3); its port is a UDP port.",
    "telegram": "A data centre: a POST draws a few bytes, anything else the status 501.",
    "test_helper": "OONI's web connectivity helper over TLS: it tells what the world looks like without a censor.",
    "proxy": "Stands for every web server of the world: serves the page of whatever name is asked for (Host or SNI), "
    "behind TLS on port 443, without it elsewhere.",
    "silent": "Accepts connections and never says a word.",
    "closing": "Accepts connections and closes each when the client has spoken.",
    "resetting": "Accepts connections and resets each when the client has spoken: a broken server, no censor.",
}
#: Kinds that listen for datagrams. `dns` listens for both.
UDP_KINDS = frozenset({"dns", "quic"})
#: Kinds that show a certificate.
TLS_KINDS = frozenset({"https", "doh", "dot", "quic", "test_helper", "proxy"})
#: Lab authorities that the world's client trusts. Signal has its own, as its apps do.
TRUSTED = ("web", "signal")
#: What a service's certificate can be.
CERTIFICATES: Mapping[str, str] = {
    "valid": "Of its authority, for the host's names, in date.",
    "expired": "Ended a week ago.",
    "not_yet_valid": "Begins in a week.",
    "self_signed": "Signed by itself.",
    "wrong_name": "For other names than the host's.",
    "unknown_authority": "Of an authority that nobody trusts.",
}
#: How far a client of the world gets with IPv6.
IPV6_STATES: Mapping[str, str] = {
    "works": "Every IPv6 address of the world can be reached.",
    "dead": "There is a route, and nothing that is sent over it ever arrives.",
    "none": "There is no route for IPv6.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a web server shows under a path."""

    #: The page is shown under every path that begins so; of several that do, the longest wins.
    path: str = "/"
    status: int = 200
    title: str = ""
    media_type: str = "text/html; charset=utf-8"
    #: The whole body. Empty: a short one is made of the title.
    body: str = ""
    #: The body is filled up with harmless text to this many bytes. None: it is as long as it is.
    size_bytes: int | None = None
    #: Further header lines, name and value.
    headers: tuple[tuple[str, str], ...] = ()
    #: Where a redirect leads, sent as it stands, broken ones too. Needs a 3xx status.
    location: str = ""
    #: The server breaks off after this many bytes of the body, without a word. None: it does not.
    cut_after_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One open port of a host."""

    #: A key of SERVICE_KINDS.
    kind: str
    port: int
    #: Which authority signs a valid certificate: one of TRUSTED.
    trust: str = "web"
    #: A key of CERTIFICATES.
    certificate: str = "valid"
    #: Names for the certificate. Empty: the host's own.
    certificate_names: tuple[str, ...] = ()
    #: The newest TLS that the server speaks: "1.2", whose certificate passes in clear, or "1.3".
    tls: str = "1.3"
    #: Whether a ClientHello that names somebody else is turned away with the alert unrecognized_name.
    turns_strangers_away: bool = False
    #: Empty: the usual page, which greets the visitor by name and address, as real pages may.
    pages: tuple[Page, ...] = ()
    #: dns, dot, doh: what this resolver says of a name, whatever is true elsewhere (geo-DNS, SafeSearch, a hosts
    #: file). Name, then its addresses; without any, it answers that the name exists and has none.
    answers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    #: dns, dot, doh: the rcode it gives to every question (SERVFAIL, REFUSED …). Empty: it resolves.
    rcode: str = ""
    #: dns, dot, doh: the address it gives for names that do not exist. Empty: it says NXDOMAIN.
    nxdomain_address: str = ""

    def __post_init__(self) -> None:
        for what, value, known in (
            ("kind", self.kind, SERVICE_KINDS),
            ("authority", self.trust, TRUSTED),
            ("certificate", self.certificate, CERTIFICATES),
            ("tls", self.tls, ("1.2", "1.3")),
        ):
            if value not in known:
                raise ValueError(f"Service on port {self.port}: no {what} '{value}'; use one of {listed(known)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A computer of the world. One without services refuses every connection."""

    #: Names that the name system knows it by, and that its certificates are for. Empty: only addresses.
    names: tuple[str, ...] = ()
    #: Logical addresses, IPv4 and IPv6: where it stands. An address without a host swallows everything.
    addresses: tuple[str, ...]
    #: What the name system tells of its names, in an order that turns with every answer. None: `addresses`.
    published: tuple[str, ...] | None = None
    services: tuple[Service, ...] = ()
    #: ISO 3166 code. Traffic to a host of the client's own country does not pass the border, but DNS queries do.
    country: str = ""
    #: Number of its network. None: not stated.
    asn: int | None = None
    #: Milliseconds there and back, beside the line's own.
    rtt_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Where the measurement stands."""

    country: str = "IR"
    asn: int | None = None
    #: Its own addresses, which servers see and pages may repeat. Documentation prefixes: RFC 5737, RFC 3849.
    addresses: tuple[str, ...] = ("198.51.100.23", "2001:db8:51:100::23")
    #: Address of the host that its system asks: the resolver of its internet provider. IPv4.
    resolver: str
    #: A key of IPV6_STATES.
    ipv6: str = "works"
    #: Whether there is any route at all.
    route: bool = True
    #: Seconds by which its clock is ahead of the world's (behind, when negative).
    clock_error_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The client's own line, before any border. The same both ways."""

    #: Milliseconds from a question to its answer, added to every connect, handshake and reply.
    rtt_ms: float = 0.0
    #: Share of packets that get lost each way, 0 to 0.9; chance is the world's seed's.
    loss: float = 0.0
    #: Kilobits a second, each way. None: as fast as it goes.
    rate_kbit_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything the lab serves. Raises `ValueError` when it contradicts itself."""

    name: str
    hosts: tuple[Host, ...]
    client: Client
    line: Line = Line()
    rules: tuple[Rule, ...] = ()
    #: The country whose border the censor stands at. Empty: the client's own.
    border_of: str = ""
    #: What chance is drawn from: losses, rules with a probability.
    seed: int = 0

    def __post_init__(self) -> None:
        for what, values in (
            ("address", (address for host in self.hosts for address in host.addresses)),
            ("name", (name.lower() for host in self.hosts for name in host.names)),
            ("rule id", (rule.id for rule in self.rules)),
        ):
            if twice := [value for value, count in Counter(values).items() if count > 1]:
                raise ValueError(f"World {self.name}: the {what} {twice[0]} stands twice; give each its own.")
        resolver = self.host_at(self.client.resolver)
        if resolver is None or not any(service.kind == "dns" for service in resolver.services):
            raise ValueError(
                f"World {self.name}: no host with a dns service has the system resolver's address "
                f"'{self.client.resolver}'; add one."
            )

    def host_at(self, address: str) -> Host | None:
        """The host that stands at an address in normal form."""
        return next((host for host in self.hosts if address in host.addresses), None)

    def crosses_border(self, address: str) -> bool:
        """Whether traffic between the client and `address` passes the censor. One without a host lies abroad."""
        censored = self.border_of or self.client.country
        host = self.host_at(address)
        return (self.client.country == censored) != (host is not None and host.country == censored)

    @property
    def outward(self) -> bool:
        """Whether the client stands behind the border, so that what it sends goes out of the censor's country."""
        return self.client.country == (self.border_of or self.client.country)


def normal(address: str) -> str:
    """The address in its one normal form. Raises `ValueError` when it is none."""
    return str(ipaddress.ip_address(address))


def is_address(text: str) -> bool:
    """Whether the text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def listed(words: Iterable[str]) -> str:
    """The words in one line, for a message."""
    return ", ".join(words)
