"""Joins the steps of an import that belong to one connection, and fills in what only a request shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from agent.imports.address import Url
from agent.imports.traffic import Connect, Handshake, Query, Request
from probes.failures import CERTIFICATE_FAILURES

#: What stands for the address of a server that no row tells: the request alone shows that there was one.
UNTOLD_ADDRESS = ""
#: Failures before any connection, which the lookups tell.
OF_NAMES = "dns_"
#: Failures of a connection that is not there yet.
OF_CONNECTS = frozenset({"connection_refused", "host_unreachable", "network_unreachable", "timed_out"})

Joined = tuple[Connect, Handshake | None, Request | None]
Step = TypeVar("Step", Handshake, Request)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One page on the way: what was asked for, and what a probe did for it."""

    number: int
    url: Url
    requests: tuple[Request, ...]
    connects: tuple[Connect, ...]
    handshakes: tuple[Handshake, ...]
    queries: tuple[Query, ...]


def joined(hop: Hop) -> Iterator[Joined]:
    """The connections of a hop, each with what went over it."""
    handshakes, requests = list(hop.handshakes), list(hop.requests)
    tried = [step for step in hop.connects if step.port == hop.url.port]
    for connect in hop.connects:
        handshake = _take(handshakes, partial(_are_joined, connect=connect))
        sound = not connect.failure and not (handshake and handshake.failure)
        request = _take(requests, partial(_went_over, connect=connect)) if sound and connect in tried else None
        yield _completed(hop, connect, handshake, request)
    explained = any(step.failure for step in tried) or any(step.failure for step in hop.handshakes)
    for request in requests:
        if not request.failure or not (explained or request.failure.startswith(OF_NAMES)):
            yield _implied(hop, request)


def _went_over(step: Request, connect: Connect) -> bool:
    return not step.transaction or step.transaction == connect.transaction


def _completed(hop: Hop, connect: Connect, handshake: Handshake | None, request: Request | None) -> Joined:
    """A try whose handshake no row tells: what came of a secure request tells it.

    A secure request that failed is taken for a handshake that failed: a name is in clear there and nowhere later.
    """
    if hop.url.scheme != "https" or handshake is not None or request is None:
        return connect, handshake, request
    shown = Handshake(
        address=connect.address,
        port=connect.port,
        server_name=hop.url.host,
        failure="" if request.status is not None else request.failure,
        tls_version="",
        leaf=b"",
        depth=connect.depth,
        transaction=connect.transaction,
        at_s=request.at_s,
    )
    return connect, shown, request if request.status is not None else None


def _implied(hop: Hop, request: Request) -> Joined:
    """A request whose connection no row tells."""
    answers = [address for query in hop.queries if query.resolver == "system" for address in query.answers]
    connect = Connect(
        address=hop.url.host if hop.url.is_address else next(iter(answers), UNTOLD_ADDRESS),
        port=hop.url.port,
        failure=request.failure if request.failure in OF_CONNECTS else "",
        depth=request.depth,
        transaction=request.transaction,
        at_s=request.at_s,
    )
    if connect.failure:
        return connect, None, None
    shaken = request.failure not in CERTIFICATE_FAILURES
    return _completed(hop, connect, None, request if shaken else replace(request, status=None))


def _are_joined(step: Handshake, connect: Connect) -> bool:
    if step.transaction or connect.transaction:
        return step.transaction == connect.transaction
    return (step.address, step.port) == (connect.address, connect.port)


def _take(steps: list[Step], fits: Callable[[Step], bool]) -> Step | None:
    """The first of `steps` that fits, taken out."""
    for step in steps:
        if fits(step):
            steps.remove(step)
            return step
    return None
