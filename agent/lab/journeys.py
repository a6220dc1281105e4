"""The visit of a client to an endpoint, as the moments that a box on the path sees of it.

Where a page sends on, the visit goes on there. Nothing here knows what a censor does.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from agent.catalog.records import Endpoint
from agent.lab.censor import Event, event_of
from agent.lab.world import World, is_address

#: How far a client follows pages that send it on (design: ten redirects at most).
REDIRECTS_MAX = 10
DEFAULT_PORTS = {"http": 80, "https": 443}


def hops(world: World, endpoint: Endpoint) -> Iterator[Endpoint]:
    """The endpoint, and where its pages send a client on to, one after the other; none twice."""
    seen: list[str] = []
    hop: Endpoint | None = endpoint
    while hop is not None and hop.id not in seen and len(seen) <= REDIRECTS_MAX:
        seen.append(hop.id)
        yield hop
        hop = sent_on(world, hop)


def sent_on(world: World, endpoint: Endpoint) -> Endpoint | None:
    """Where the page of an endpoint leads. None: nowhere, or to what is no web address."""
    host = next(filter(None, map(world.host_at, addresses_of(world, endpoint))), None)
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
    addresses = (name,) if is_address(name) else ()
    return Endpoint(
        id=url.geturl(),
        protocol=url.scheme,
        hostname="" if addresses else name,
        addresses=addresses,
        port=port or DEFAULT_PORTS[url.scheme],
        path=url.path or "/",
        source="a page of the world",
    )


def asking(world: World, endpoint: Endpoint) -> Iterator[Event]:
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


def connecting(world: World, endpoint: Endpoint, address: str) -> Iterator[Event]:
    """The connection to one address of the endpoint, moment by moment."""
    if endpoint.protocol == "dns":
        return
    port, name = endpoint.port, endpoint.hostname.lower()
    yield event_of(world, "syn", address=address, port=port)
    yield event_of(world, "accept", address=address, port=port)
    if endpoint.protocol == "https":
        yield event_of(world, "client_hello", address=address, port=port, name=name)
        host = world.host_at(address)
        services = host.services if host else ()
        in_clear = next((one for one in services if one.port == port and one.tls == "1.2"), None)
        if host and in_clear:
            first, *others = in_clear.certificate_names or host.names or (address,)
            yield event_of(world, "certificate", address=address, port=port, name=first, other_names=tuple(others))
    if endpoint.protocol == "http":
        said = f"{endpoint.method} {endpoint.path} HTTP/1.1\r\nHost: {name or address}\r\n".encode()
        yield event_of(
            world, "request", address=address, port=port, name=name or address, path=endpoint.path, said=said
        )


def over_quic(world: World, endpoint: Endpoint, address: str) -> Iterator[Event]:
    """What a browser that comes again does beside that: it has been told of QUIC, where the host speaks it."""
    host = world.host_at(address)
    services = {(service.kind, service.port) for service in host.services} if host else set()
    if endpoint.protocol == "https" and ("quic", endpoint.port) in services:
        for at, name in (("datagram", ""), ("quic", endpoint.hostname.lower())):
            yield event_of(world, at, address=address, port=endpoint.port, name=name, transport="udp")


def addresses_of(world: World, endpoint: Endpoint) -> tuple[str, ...]:
    """What a client connects to: the first address of each version of IP that it has, fixed or published."""
    host = next((host for host in world.hosts if endpoint.hostname.lower() in map(str.lower, host.names)), None)
    published = () if host is None else host.addresses if host.published is None else host.published
    known = endpoint.addresses or published
    ipv4 = [address for address in known if ":" not in address]
    ipv6 = [address for address in known if ":" in address and world.client.ipv6 == "works"]
    return (*ipv4[:1], *ipv6[:1])
