"""What a world's censor does to an endpoint, as mechanisms: read off its rules, never off the agent's.

It is what verdicts are held against. The names are the taxonomy's (docs/rules.md); a name may be one that the agent
cannot tell yet, which then counts against its recall.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from urllib.parse import urljoin, urlsplit

from agent.catalog.records import Catalog, Endpoint
from agent.lab.censor import Event, decide, event_of
from agent.lab.rules import (
    Action,
    Close,
    Corrupt,
    Drop,
    ForeignCertificate,
    ForgeAnswer,
    Pass,
    Reset,
    Rule,
    SendBytes,
    Throttle,
    TlsAlert,
    Unreachable,
)
from agent.lab.world import World

#: Addresses that Iran's filter answers with, as its documents have them (UPB-SysSec IranconsistenciesData 2025; OONI
#: 2021 on Signal; Chocolate4U/Iran-v2ray-rules issue 63). Kept apart from the agent's own list on purpose.
DOCUMENTED_BLOCK_ADDRESSES = ("10.10.34.0/24", "d0::11/128", "2001:4188:2:600:10:10:34:34/126")
#: Where the frame of Iran's block page, or its redirect, leads to (OONI blocking-fingerprints; net4people/bbs 241).
DOCUMENTED_PAGE = "http://10.10.34.3"

#: How far a client follows pages that send it on (design: ten redirects at most).
REDIRECTS_MAX = 10
DEFAULT_PORTS = {"http": 80, "https": 443}


def platforms_done_to(world: World, catalog: Catalog) -> dict[str, frozenset[str]]:
    """Mechanisms by platform key: all that the border's censor would do to any endpoint of the platform."""
    return {
        platform.key: frozenset(
            mechanism
            for target in platform.targets
            for endpoint in target.endpoints
            for mechanism in mechanisms_done_to(world, endpoint)
        )
        if platform.retired_at is None
        else frozenset()
        for platform in catalog.platforms
    }


def mechanisms_done_to(world: World, endpoint: Endpoint) -> frozenset[str]:
    """All that the border's censor would do to a client that visits `endpoint` in the ordinary way.

    The traffic is followed moment by moment, and from page to page where one sends on; a rule that ends it hides what
    comes after, but not for who knows the address otherwise: what is done to the connection is told even where the
    name is forged.
    """
    found: set[str] = set()
    for hop in _hops(world, endpoint):
        _, asked = _done_on(world, _asking(world, hop))
        visits = [_done_on(world, _connecting(world, hop, address)) for address in _addresses_of(world, hop)]
        found |= asked.union(*(connected for _, connected in visits))
        if visits and all(ended for ended, _ in visits):
            break
    return frozenset(found)


def _done_on(world: World, journey: Iterable[Event]) -> tuple[bool, set[str]]:
    """Whether the censor ends a journey, and all that it does on it until then."""
    found: set[str] = set()
    for event in journey:
        rule = decide(world.rules, event)
        if rule is None:
            continue
        found |= set(mechanisms_of(world, rule, event))
        if not isinstance(rule.action, Pass | Throttle | Corrupt):
            return True, found
    return False, found


def mechanisms_of(world: World, rule: Rule, event: Event) -> tuple[str, ...]:
    """The taxonomy's words for one rule that acts on one event: the deepest that its own wording bears out."""
    if isinstance(rule.action, Pass):
        return ()
    named = bool(rule.match.names)
    match event.at:
        case "query":
            return (_of_query(world, rule.action),)
        case "quic":
            return ("ip.unreachable",) if isinstance(rule.action, Unreachable) else ("quic.timeout",)
        case "syn":
            return _of_address(rule.action, event)
        case "accept":
            return _of_stream(rule.action, layer="tls" if event.port == 443 else "http", ending="")
        case "client_hello":
            return _of_stream(rule.action, layer="tls", ending="sni" if named else "")
        case "certificate":
            return _of_stream(rule.action, layer="tls", ending="certificate" if named else "")
        case "request":
            return _of_stream(rule.action, layer="http", ending="host" if named else "")
    return ()


def _of_query(world: World, action: Action) -> str:
    match action:
        case ForgeAnswer(malformed=True):
            return "dns.injection.other"
        case ForgeAnswer(rcode="NOERROR", addresses=()):
            return "dns.empty"
        case ForgeAnswer(rcode="NOERROR", addresses=addresses):
            return f"dns.injection.{_where_led(world, addresses)}"
        case ForgeAnswer(rcode=rcode):
            return f"dns.{rcode.lower()}"
        case Unreachable():
            return "ip.unreachable"
    return "dns.timeout"


def _where_led(world: World, addresses: tuple[str, ...]) -> str:
    """blockpage: to a documented filter, or to a host with its page. bogon: to where no public server can be."""
    parsed = [ipaddress.ip_address(address) for address in addresses]
    documented = [ipaddress.ip_network(prefix) for prefix in DOCUMENTED_BLOCK_ADDRESSES]
    if all(any(one in prefix for prefix in documented) or _shows_block_page(world, str(one)) for one in parsed):
        return "blockpage"
    return "other" if all(one.is_global for one in parsed) else "bogon"


def _shows_block_page(world: World, address: str) -> bool:
    """Whether the host at an address has a page that sends its visitor, or a frame, to a documented filter."""
    host = world.host_at(address)
    pages = [page for service in host.services for page in service.pages] if host else []
    return any(DOCUMENTED_PAGE in page.location or DOCUMENTED_PAGE in page.body for page in pages)


def _of_address(action: Action, event: Event) -> tuple[str, ...]:
    layer = "tls" if event.port == 443 else "http"
    match action:
        case Drop():
            return ("tcp.timeout",)
        case Reset():
            return ("tcp.refused",)
        case Unreachable():
            return ("ip.unreachable",)
        case Throttle():
            return (f"{layer}.throttle",)
    return ()


def _of_stream(action: Action, *, layer: str, ending: str) -> tuple[str, ...]:
    """`ending`: what in the stream set it off: sni, host or certificate; empty when it was nothing in particular."""
    tail = f".{ending}" if ending else ""
    match action:
        case Drop():
            return (f"{layer}.timeout{tail}",)
        case Reset():
            return (f"{layer}.reset{tail or '.other'}" if layer == "tls" else f"{layer}.reset{tail}",)
        case Close():
            return (f"{layer}.close{tail}",)
        case ForeignCertificate(kind="self_signed"):
            return ("tls.mitm.self_signed",)
        case ForeignCertificate():
            return ("tls.mitm.ca_signed",)
        case TlsAlert():
            return ("tls.alert",)
        case SendBytes(shows=shows):
            page = {"page": ("http.blockpage",), "redirect": ("http.redirect",)}.get(shows, ())
            return ("tls.plaintext", *page) if layer == "tls" else page or ("http.diff",)
        case Throttle():
            return (f"{layer}.throttle{tail}",)
        case Corrupt():
            return ("http.diff",) if layer == "http" else ("tls",)
    return ()


def _hops(world: World, endpoint: Endpoint) -> Iterator[Endpoint]:
    """The endpoint, and where its pages send a client on to, one after the other; none twice."""
    seen: list[str] = []
    hop: Endpoint | None = endpoint
    while hop is not None and hop.id not in seen and len(seen) <= REDIRECTS_MAX:
        seen.append(hop.id)
        yield hop
        hop = _sent_on(world, hop)


def _sent_on(world: World, endpoint: Endpoint) -> Endpoint | None:
    """Where the page of an endpoint leads. None: nowhere, or to what is no web address."""
    host = next(filter(None, map(world.host_at, _addresses_of(world, endpoint))), None)
    served = [service for service in host.services if service.port == endpoint.port] if host else []
    pages = [page for service in served for page in service.pages if endpoint.path.startswith(page.path)]
    here = f"{endpoint.protocol}://{endpoint.hostname}:{endpoint.port}{endpoint.path}"
    location = max(pages, key=lambda page: len(page.path)).location if pages else ""
    if any(service.kind == "redirect" for service in served):
        location = f"https://{endpoint.hostname}{endpoint.path}"
    try:
        url = urlsplit(urljoin(here, location))
        name, port = (url.hostname or "").rstrip("."), url.port
    except ValueError:
        return None
    if not location or not name or url.scheme not in DEFAULT_PORTS:
        return None
    addresses = (name,) if _is_address(name) else ()
    return Endpoint(
        id=url.geturl(),
        protocol=url.scheme,
        hostname="" if addresses else name,
        addresses=addresses,
        port=port or DEFAULT_PORTS[url.scheme],
        path=url.path or "/",
        source="a page of the world",
    )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _asking(world: World, endpoint: Endpoint) -> Iterator[Event]:
    """The questions for the endpoint's name at the system's resolver."""
    if not endpoint.hostname:
        return
    for query_type in ("A", "AAAA"):
        yield event_of(
            world,
            "query",
            name=endpoint.hostname.lower(),
            address=world.client.resolver,
            port=53,
            query_type=query_type,
            transport="udp",
        )


def _connecting(world: World, endpoint: Endpoint, address: str) -> Iterator[Event]:
    """The connection to one address of the endpoint, moment by moment."""
    if endpoint.protocol == "dns":
        return
    port, name = endpoint.port, endpoint.hostname.lower()
    yield event_of(world, "syn", address=address, port=port)
    yield event_of(world, "accept", address=address, port=port)
    if endpoint.protocol == "https":
        yield event_of(world, "client_hello", address=address, port=port, name=name)
        host = world.host_at(address)
        served = [service for service in host.services if service.port == port] if host else []
        if any(service.tls == "1.2" for service in served):
            yield event_of(world, "certificate", address=address, port=port, name=name)
    if endpoint.protocol == "http":
        said = f"{endpoint.method} {endpoint.path} HTTP/1.1\r\nHost: {name or address}\r\n".encode()
        yield event_of(
            world, "request", address=address, port=port, name=name or address, path=endpoint.path, said=said
        )


def _addresses_of(world: World, endpoint: Endpoint) -> tuple[str, ...]:
    """What a client connects to: the first address of each version of IP that it has, fixed or published."""
    host = next((host for host in world.hosts if endpoint.hostname.lower() in map(str.lower, host.names)), None)
    published = () if host is None else host.addresses if host.published is None else host.published
    known = endpoint.addresses or published
    ipv4 = [address for address in known if ":" not in address]
    ipv6 = [address for address in known if ":" in address and world.client.ipv6 == "works"]
    return (*ipv4[:1], *ipv6[:1])
