"""The hosts of a lab's world, made from the catalog and the resolvers: each name gets a computer of its own."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from agent.catalog.records import Catalog, Endpoint
from agent.lab.world import Host, Page, Service
from probes.resolver import Resolver

#: Where invented addresses come from: ordinary unicast space, so that an agent which takes private and reserved
#: addresses for forgeries sees none here. 44.0.0.0/9 was amateur radio's and is mostly unused; 2610:44::/32 lies in
#: the block that ARIN gives out. No packet goes there: the lab's seam takes them as names for loopback sockets.
INVENTED_IPV4 = ipaddress.ip_network("44.0.0.0/9")
INVENTED_IPV6 = ipaddress.ip_network("2610:44::/32")
#: Name of the resolver that the client's internet provider runs.
PROVIDER_RESOLVER = "resolver.provider.ir"
#: Platforms that stand in Iran: the border's censor does not see traffic to them.
DOMESTIC_PLATFORMS = frozenset({"tabnak", "cloob"})
HOME = "IR"
#: Controls that speak QUIC too and say so: one abroad and one at home, by which what is done to QUIC as such is seen.
CONTROLS_WITH_QUIC = frozenset({"foreign/example", "domestic/divar"})


@dataclass
class Sketch:
    """A host while its endpoints are being gathered."""

    names: tuple[str, ...]
    addresses: tuple[str, ...]
    country: str
    #: By port, and by whether it is one of datagrams alone: a web server over QUIC stands beside the one over TCP.
    services: dict[tuple[int, bool], Service] = field(default_factory=dict)


def hosts_of(catalog: Catalog, resolvers: Sequence[Resolver]) -> tuple[Host, ...]:
    """A host for each name and each bare address of the catalog, and for each resolver. The retired have none."""
    sketches: dict[str, Sketch] = {}
    for endpoint, country, page in endpoints_of(catalog):
        for key, addresses in places_of(endpoint):
            names = (endpoint.hostname,) if endpoint.hostname else ()
            sketch = sketches.setdefault(key, Sketch(names=names, addresses=addresses, country=country))
            for service in services_of(endpoint, page):
                stand(sketch, service)
    for resolver in resolvers:
        if resolver.address:
            stand_resolver(sketches, resolver)
    provider = sketches[PROVIDER_RESOLVER] = Sketch((PROVIDER_RESOLVER,), invented(PROVIDER_RESOLVER), HOME)
    stand(provider, Service(kind="dns", port=53))
    return tuple(
        Host(
            names=sketch.names,
            addresses=sketch.addresses,
            services=tuple(sketch.services.values()),
            country=sketch.country,
        )
        for sketch in sketches.values()
    )


def endpoints_of(catalog: Catalog) -> Iterator[tuple[Endpoint, str, Page | None]]:
    """Every endpoint that lives, with the country it stands in and, for a portal's, the page with the known words."""
    for platform, target in catalog.targets():
        if platform.retired_at is None:
            for endpoint in target.endpoints:
                yield endpoint, HOME if platform.key in DOMESTIC_PLATFORMS else "", None
    for control in catalog.controls:
        page = Page(media_type="text/plain", body=control.expected_body) if control.expected_body else None
        endpoint = replace(control.endpoint, http3=control.name in CONTROLS_WITH_QUIC)
        yield endpoint, HOME if control.scope == "domestic" else "", page


def places_of(endpoint: Endpoint) -> list[tuple[str, tuple[str, ...]]]:
    """The hosts that serve an endpoint, each with its key and addresses: one for a name, one for each bare address."""
    if endpoint.hostname:
        return [(endpoint.hostname, endpoint.addresses or invented(endpoint.hostname))]
    return [(address, (address,)) for address in endpoint.addresses]


def services_of(endpoint: Endpoint, page: Page | None) -> tuple[Service, ...]:
    """What must stand where for an endpoint. A web site has both doors: the plain one sends on to the secure one."""
    plain = Service(kind="redirect", port=80)
    pages = () if page is None else (page,)
    match (endpoint.protocol, endpoint.method):
        case ("https", _):
            secure = Service(kind="https", port=endpoint.port, trust=endpoint.trust, pages=pages)
            return secure, plain, *([replace(secure, kind="quic")] if endpoint.http3 else [])
        case ("http", "POST"):
            return (Service(kind="telegram", port=endpoint.port),)
        case ("http", _) if page:
            return (Service(kind="http", port=endpoint.port, pages=pages),)
        case ("http", _):
            return Service(kind="redirect", port=endpoint.port), Service(kind="https", port=443, trust=endpoint.trust)
        case ("tcp", _):
            return (Service(kind="silent", port=endpoint.port),)
        case ("dns", _):
            return ()
    raise ValueError(f"Endpoint {endpoint.id}: the lab serves no protocol '{endpoint.protocol}'.")


def stand(sketch: Sketch, service: Service) -> None:
    """Put a service on its port. The first stays, but for a silent one, which any other replaces."""
    key = service.port, service.kind == "quic"
    standing = sketch.services.get(key)
    if standing is None or standing.kind == "silent":
        sketch.services[key] = service


def stand_resolver(sketches: dict[str, Sketch], resolver: Resolver) -> None:
    """Put an explicit resolver at its own address: port 53 for UDP and TCP, one behind TLS for DoT and DoH."""
    sketch = sketches.setdefault(resolver.address, Sketch(names=(), addresses=(resolver.address,), country=""))
    if resolver.transport in {"udp", "tcp"}:
        stand(sketch, Service(kind="dns", port=resolver.port))
        return
    name = resolver.host or urlsplit(resolver.url).hostname or ""
    sketch.names = tuple(dict.fromkeys((*sketch.names, name)))
    stand(sketch, Service(kind=resolver.transport, port=resolver.port))


def invented(name: str) -> tuple[str, ...]:
    """One IPv4 and one IPv6 address for a name: always the same, and as good as never another name's.

    Should two names of one world meet at an address all the same, `World` refuses to be built.
    """
    digest = hashlib.sha256(name.encode()).digest()
    # 23 bits of host part, and the last octet kept off 0 and 255, which look like a network and a broadcast.
    ipv4 = INVENTED_IPV4[(int.from_bytes(digest[:2]) % 2**15) * 256 + 1 + digest[2] % 254]
    ipv6 = INVENTED_IPV6[int.from_bytes(digest[8:16])]
    return str(ipv4), str(ipv6)


def addresses_of(hosts: Iterable[Host], names: Iterable[str]) -> tuple[str, ...]:
    """All addresses of the hosts that carry one of `names`, or that are one of them, being bare addresses."""
    wanted = set(names)
    return tuple(
        address for host in hosts if wanted.intersection((*host.names, *host.addresses)) for address in host.addresses
    )
