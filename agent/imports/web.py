"""Web connectivity 0.1 to 0.5 as observations: the page asked for, and each page that redirects led to.

Versions before 0.5 tell the connections of the first page only, and no version tells which request went over which of
them before 0.5: they are joined by host, port and address. What a request shows and no row tells (that a connection
came about) is written as the step it was. Sources: OONI ts-017, df-001, df-002, df-005, df-006.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urljoin

from agent.imports.address import Url, url_of
from agent.imports.control import write_control
from agent.imports.fields import Table
from agent.imports.joining import Hop, joined
from agent.imports.ledger import Ledger
from agent.imports.traffic import Traffic


def write_web(ledger: Ledger, traffic: Traffic, control: Table, *, url: Url, target: str) -> None:
    """All rows of a web measurement of `url`: our own and, under their observer, the test helper's."""
    hops = list(hops_of(traffic, url))
    for hop in hops:
        _write_hop(ledger, hop, target=target, endpoint=url.whole)
        write_control(ledger, control, url=hop.url, target=target, endpoint=url.whole, hop=hop.number)


def hops_of(traffic: Traffic, url: Url) -> Iterator[Hop]:
    """The pages in the order in which they were visited, the one asked for first."""
    urls = _way(traffic, url)
    for number, place in enumerate(urls):
        before = {one.host for one in urls[:number]}
        yield Hop(
            number=number,
            url=place,
            requests=tuple(step for index, step in enumerate(traffic.requests) if _is_of(step.depth, number, index)),
            connects=tuple(step for step in traffic.connects if _is_of(step.depth, number)),
            handshakes=tuple(step for step in traffic.handshakes if _is_of(step.depth, number)),
            queries=tuple(one for one in traffic.queries if one.hostname == place.host and place.host not in before),
        )


def _way(traffic: Traffic, url: Url) -> list[Url]:
    """The addresses of the pages. The last may have been asked for in vain, without a request's own entry."""
    told = [step.depth for step in traffic.requests]
    if any(depth is not None for depth in told):
        urls = {0: url} | {step.depth: step.url for step in traffic.requests if step.depth is not None}
    else:
        urls = dict(enumerate(step.url for step in traffic.requests))
        urls[0] = url
    way = [urls[number] for number in range(len(urls)) if number in urls]
    return way + ([lost] if (lost := _lost_hop(traffic, way)) else [])


def _lost_hop(traffic: Traffic, way: Sequence[Url]) -> Url | None:
    """Where the last answer sends to, when it was tried and died before its request: its name, at least, was asked."""
    last = traffic.requests[-1] if traffic.requests else None
    if last is None or last.url.whole != way[-1].whole or not 300 <= (last.status or 0) < 400:
        return None
    try:
        leads_to = url_of(urljoin(last.url.whole, last.headers.get("location", "")))
    except ValueError:
        return None
    if leads_to is None or leads_to.whole == last.url.whole:
        return None
    asked = [query for query in traffic.queries if query.hostname == leads_to.host]
    tried = any(step.depth == len(way) for step in traffic.connects)
    # A name that was found, and nothing done with it: the measurement ended there.
    return leads_to if tried or (asked and all(query.failure for query in asked)) else None


def _is_of(depth: int | None, number: int, untold: int = 0) -> bool:
    """`untold`: of which page a step is whose version tells no depth. Connections are told of the first page only."""
    return number == (untold if depth is None else depth)


def _write_hop(ledger: Ledger, hop: Hop, *, target: str, endpoint: str) -> None:
    name = "" if hop.url.is_address and not hop.number else hop.url.host
    place = {"target": target, "endpoint": endpoint, "hop": hop.number, "hostname": name}
    for query in hop.queries:
        ledger.ask(query, **place)
    tries = list(joined(hop))
    for connect, handshake, request in tries:
        # Of a plain page 0.5 also tries the secure port, to prove the address: it is another endpoint's.
        aside = {} if connect.port == hop.url.port else {"endpoint": f"https://{hop.url.host}/"}
        ledger.connection_of(connect, handshake, request, **{**place, **aside})
    if all(connect.port != hop.url.port for connect, _, _ in tries):
        unmade: dict[str, Any] = {"failure": "not_run_no_address", "port": hop.url.port, **place}
        ledger.add("connect", connection_id=ledger.connection(), **unmade)
