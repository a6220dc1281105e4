"""OONI's tests of Signal, Telegram, WhatsApp and Facebook Messenger as observations of our catalog's endpoints.

None of them has a control. A host that our catalog does not know stands under a target of its own name.
Sources: OONI ts-018, ts-019, ts-020, ts-029.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from agent.imports.address import Url, address_of
from agent.imports.joining import Hop, joined
from agent.imports.ledger import Ledger
from agent.imports.traffic import Connect, Handshake, Traffic

#: Test, and the platform of the catalog that it is of.
PLATFORMS: Mapping[str, str] = MappingProxyType(
    {"signal": "signal", "telegram": "telegram", "whatsapp": "whatsapp", "facebook_messenger": "facebook"}
)
#: Hosts that are only looked up.
LOOKED_UP = frozenset({"uptime.signal.org", "stun.fbsbx.com"})
#: Hosts that are only connected to, and the ports.
CONNECTED_TO = (
    (re.compile(r"e\d{1,2}\.whatsapp\.net"), (443, 5222)),
    (re.compile(r"(?:[a-z0-9-]+\.)*(?:facebook\.com|fbcdn\.net)"), (443,)),
)


def write_messenger(ledger: Ledger, traffic: Traffic, targets: Mapping[str, str]) -> None:
    """All rows of the test. `targets` tells the target of each endpoint that the catalog knows."""
    free = list(traffic.connects)
    for endpoint, url in endpoints_of(traffic):
        target = targets.get(endpoint) or f"{ledger.platform}/{re.sub('[^a-z0-9]+', '_', url.host)}"
        hop = _visit(traffic, url, free)
        place = {"target": target, "endpoint": endpoint, "hostname": "" if url.is_address else url.host}
        for query in hop.queries:
            ledger.ask(query, **place)
        for connect, handshake, request in joined(hop):
            ledger.connection_of(connect, handshake, request, **place)


def endpoints_of(traffic: Traffic) -> Iterator[tuple[str, Url]]:
    """The endpoints that a test tried, as the catalog writes them, each once, with host and port."""
    seen: dict[str, Url] = {}
    for request in traffic.requests:
        url = request.url
        if url.is_address:
            seen.setdefault(f"post://{_bracketed(url.host)}:{url.port}", url)
        else:
            seen.setdefault(f"{url.scheme}://{url.host}{_path(url)}", url)
    asked = {url.host for url in seen.values()}
    for query in traffic.queries:
        for endpoint, url in _of_name(query.hostname):
            if query.hostname not in asked:
                seen.setdefault(endpoint, url)
    yield from seen.items()


def _of_name(host: str) -> Iterator[tuple[str, Url]]:
    """What is tried of a host to which no request is made."""
    if host in LOOKED_UP:
        yield f"dns://{host}", Url(scheme="dns", host=host, port=0, whole="")
        return
    ports = next((ports for hosts, ports in CONNECTED_TO if hosts.fullmatch(host)), ())
    for port in ports:
        yield f"tcp://{host}:{port}", Url(scheme="tcp", host=host, port=port, whole="")


def _path(url: Url) -> str:
    return "/" + url.whole.partition("://")[2].partition("/")[2].partition("?")[0].partition("#")[0]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _visit(traffic: Traffic, url: Url, free: list[Connect]) -> Hop:
    """What belongs to one endpoint. Hosts share addresses: a connection is given to one of them, and out of `free`."""
    queries = tuple(query for query in traffic.queries if query.hostname == url.host)
    handshakes = tuple(step for step in traffic.handshakes if (step.server_name, step.port) == (url.host, url.port))
    return Hop(
        number=0,
        url=url,
        requests=tuple(step for step in traffic.requests if step.url.whole == url.whole and url.whole),
        connects=tuple(_connects(url, free, handshakes, [address for one in queries for address in one.answers])),
        handshakes=handshakes,
        queries=queries,
    )


def _connects(
    url: Url, free: list[Connect], handshakes: tuple[Handshake, ...], answers: list[str]
) -> Iterator[Connect]:
    own = address_of(url.host)
    addresses = [step.address for step in handshakes] or ([own] if own else answers)
    for address in dict.fromkeys(addresses):
        found = next((step for step in free if (step.address, step.port) == (address, url.port)), None)
        if found is not None:
            free.remove(found)
            yield found
            if not found.failure and not handshakes:
                return
