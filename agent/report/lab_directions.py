"""How programs that are not ours reach a scenario on loopback: where each address is, and lines to paste."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from agent.catalog.records import Catalog, Endpoint
from agent.lab.loopback.ways import LOOPBACK, Way
from agent.lab.servers.doors import places_of, transports_of
from agent.lab.world import Host, World, normal
from agent.report.output import Output

#: Endpoints that get lines of their own; a messenger has dozens, which are reached alike.
ENDPOINTS_MAX = 6


@dataclass(frozen=True, kw_only=True)
class Reach:
    """A scenario's world, and by what it is reached."""

    world: World
    catalog: Catalog
    #: The loopback port of each logical destination.
    ports: Mapping[Way, int]
    #: Where a program can read the root certificate of each authority that the world's client trusts.
    roots: Mapping[str, str]
    #: What Chromium is to trust instead of a root: the keys of the certificates that are valid (see its
    #: --ignore-certificate-errors-spki-list).
    keys: tuple[str, ...] = ()
    #: Whether Chromium would be root, which it refuses to be inside its sandbox.
    as_root: bool = False


def show_directions(out: Output, reach: Reach) -> None:
    """All of it on standard output. Lines to paste are not broken."""
    out.say("Where each address of the scenario is:")
    for line in table_lines(reach):
        out.print(line, soft_wrap=True)
    out.print()
    out.say("Lines to paste. Names are not asked for but by dig: the others go to the site's own first address.")
    for line in program_lines(reach):
        out.print(f"  {line}", soft_wrap=True)


def table_lines(reach: Reach) -> Iterator[str]:
    """Each host, and each of its doors: the logical one, then the one on loopback."""
    shown: Host | None = None
    for place in places_of(reach.world):
        if place.host is not shown:
            shown = place.host
            yield ", ".join(place.host.names) or "(no name)"
        for transport in transports_of(place.service.kind):
            port = reach.ports.get(Way(place.address, place.service.port, transport))
            if port is not None:
                kind = place.service.kind
                yield f"  {place.address} port {place.service.port} ({kind}, {transport})  {LOOPBACK}:{port}"


def program_lines(reach: Reach) -> Iterator[str]:
    """Commands for dig, curl, openssl and Chromium that show the endpoints of the scenario's platforms."""
    endpoints = [endpoint for _, target in reach.catalog.targets() for endpoint in target.endpoints]
    resolver = reach.ports.get(Way(normal(reach.world.client.resolver), 53, "udp"))
    for name in first_of(endpoint.hostname for endpoint in endpoints if endpoint.hostname):
        for query_type in ("A", "AAAA") if resolver is not None else ():
            yield f"dig @{LOOPBACK} -p {resolver} {name} {query_type}"
    sites = [(endpoint, port) for endpoint in endpoints if (port := port_of(reach, endpoint)) is not None]
    for endpoint, port in sites[:ENDPOINTS_MAX]:
        yield curl_line(reach, endpoint, port)
    secure = [(endpoint, port) for endpoint, port in sites if endpoint.protocol == "https"]
    for endpoint, port in secure[:ENDPOINTS_MAX]:
        yield (
            f"openssl s_client -connect {LOOPBACK}:{port} -servername {endpoint.hostname} "
            f"-CAfile {reach.roots[endpoint.trust]} -verify_return_error </dev/null"
        )
    if named := [(endpoint, port) for endpoint, port in sites if endpoint.hostname]:
        yield chromium_line(reach, named)


def curl_line(reach: Reach, endpoint: Endpoint, port: int) -> str:
    """Fetches the endpoint, of which nothing but the address is changed. A proxy would be asked outside."""
    root = f"--cacert {reach.roots[endpoint.trust]} " if endpoint.protocol == "https" else ""
    method = "" if endpoint.method == "GET" else f"--request {endpoint.method} "
    place = f"{authority_of(endpoint)}:{endpoint.port}"
    return (
        f"curl --include --max-time 10 --noproxy '*' {root}{method}--connect-to {place}:{LOOPBACK}:{port} "
        f"{shlex.quote(url_of(endpoint))}"
    )


def chromium_line(reach: Reach, sites: list[tuple[Endpoint, int]]) -> str:
    """Opens the first site. All names lead into the lab, or nowhere."""
    maps = dict.fromkeys(f"MAP {endpoint.hostname}:{endpoint.port} {LOOPBACK}:{port}" for endpoint, port in sites)
    rules = ", ".join([*maps, "MAP * ~NOTFOUND", f"EXCLUDE {LOOPBACK}"])
    keys = f" --ignore-certificate-errors-spki-list={','.join(reach.keys)}" if reach.keys else ""
    sandbox = " --no-sandbox" if reach.as_root else ""
    return (
        f'chromium --headless --dump-dom{sandbox} --user-data-dir="$(mktemp -d)" --no-first-run --disable-sync '
        "--disable-background-networking --disable-component-update --no-proxy-server "
        f"--host-resolver-rules={shlex.quote(rules)}{keys} "
        f"{shlex.quote(url_of(sites[0][0]))}"
    )


def port_of(reach: Reach, endpoint: Endpoint) -> int | None:
    """The loopback port of the web site that an endpoint is, at its first address. None: there is none."""
    if endpoint.protocol not in {"http", "https"}:
        return None
    doors = (reach.ports.get(Way(normal(address), endpoint.port, "tcp")) for address in addresses_of(reach, endpoint))
    return next((port for port in doors if port is not None), None)


def addresses_of(reach: Reach, endpoint: Endpoint) -> tuple[str, ...]:
    if endpoint.addresses:
        return endpoint.addresses
    name = endpoint.hostname.lower()
    hosts = (host for host in reach.world.hosts if name in (one.lower() for one in host.names))
    return next((host.addresses for host in hosts), ())


def url_of(endpoint: Endpoint) -> str:
    usual = {"http": 80, "https": 443}[endpoint.protocol]
    port = "" if endpoint.port == usual else f":{endpoint.port}"
    return f"{endpoint.protocol}://{authority_of(endpoint)}{port}{endpoint.path}"


def authority_of(endpoint: Endpoint) -> str:
    """The host as a URL has it."""
    if endpoint.hostname:
        return endpoint.hostname
    return f"[{endpoint.addresses[0]}]" if ":" in endpoint.addresses[0] else endpoint.addresses[0]


def first_of(values: Iterable[str]) -> list[str]:
    """The first few, each once."""
    return list(dict.fromkeys(values))[:ENDPOINTS_MAX]
