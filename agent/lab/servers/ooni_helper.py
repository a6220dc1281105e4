"""OONI's web connectivity helper: what the world looks like to a computer that no censor stands in front of.

Its protocol is the one of OONI's `oohelperd` (2022 and later), without QUIC and without what it knows of addresses. It
opens no connection: it reads in the world's declaration what would come out, as its clients are to find the truth.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from agent.lab.http_messages import Request, Response
from agent.lab.servers.settings import TLS_PORT, Setting
from agent.lab.servers.visit import (
    VisitError,
    address_and_port,
    addresses_of,
    connected,
    port_of,
    shaken,
    visited,
)
from agent.lab.world import is_address

#: Redirects that are followed.
REDIRECTS_MAX = 10
#: Bytes of a body that the helper reads.
BODY_BYTES_MAX = 1 << 24
REDIRECT_STATUSES = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)
#: The helper has kept the words that its first version had for these.
TCP_WORDS = {"connection_refused": "connection_refused_error"}
HTTP_WORDS = {
    "dns_nxdomain_error": "dns_lookup_error",
    "dns_no_answer": "dns_lookup_error",
    "generic_timeout_error": "generic_timeout_error",
    "connection_refused": "connection_refused_error",
}
TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a client asks the helper."""

    url: str
    #: address:port, IPv6 addresses in brackets.
    endpoints: tuple[str, ...]


def helper_answer(setting: Setting, request: Request) -> Response:
    """The world's truth about a URL and some endpoints, as JSON; 400 to what is no such question."""
    try:
        wanted = read_wanted(request)
        parts = urlsplit(wanted.url)
        port_of(parts)
    except (ValueError, RecursionError):  # the latter from JSON in JSON in JSON …
        return Response(status=400)
    # Pages that greet their visitor greet the helper.
    client = replace(setting.world.client, addresses=(setting.place.address,))
    free = replace(setting, world=replace(setting.world, client=client))
    endpoints = dict.fromkeys((*wanted.endpoints, *own_endpoints(free, parts)))
    answer = {
        "tcp_connect": {endpoint: tcp_result(free, endpoint) for endpoint in endpoints},
        "tls_handshake": {endpoint: result for endpoint in endpoints if (result := tls_result(free, endpoint, parts))},
        "http_request": http_result(free, wanted.url),
        "dns": dns_result(free, parts),
    }
    return Response(media_type="application/json", body=json.dumps(answer).encode())


def read_wanted(request: Request) -> Wanted:
    """Raises `ValueError` when the request is no question to a helper."""
    if request.method != "POST":
        raise ValueError("A helper is asked by POST.")
    asked = json.loads(request.body)
    match asked:
        case {"http_request": str(url), "tcp_connect": [*endpoints]} if all(isinstance(one, str) for one in endpoints):
            return Wanted(url=url, endpoints=tuple(endpoints))
        case {"http_request": str(url)} if asked.get("tcp_connect") is None:
            return Wanted(url=url, endpoints=())
    raise ValueError("A helper is asked for http_request, a URL, and tcp_connect, a list of endpoints.")


def own_endpoints(setting: Setting, parts: SplitResult) -> Iterator[str]:
    """The endpoints of the URL at every address that its name has."""
    for address in addresses_of(setting, parts.hostname or ""):
        for port in dict.fromkeys((port_of(parts), TLS_PORT) if parts.scheme == "http" else (port_of(parts),)):
            yield f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def dns_result(setting: Setting, parts: SplitResult) -> dict[str, Any]:
    name = (parts.hostname or "").lower()
    exists = is_address(name) or setting.resolver.knows(name)
    return {"failure": None if exists else "dns_name_error", "addrs": list(addresses_of(setting, name))}


def tcp_result(setting: Setting, endpoint: str) -> dict[str, Any]:
    try:
        connected(setting, *address_and_port(endpoint))
    except VisitError as failure:
        word = str(failure)
        return {"status": False, "failure": TCP_WORDS.get(word, word)}
    except ValueError:
        return {"status": False, "failure": "connect_error"}
    return {"status": True, "failure": None}


def tls_result(setting: Setting, endpoint: str, parts: SplitResult) -> dict[str, Any] | None:
    """None where no handshake is tried: on other ports, and where there is no connection."""
    try:
        address, port = address_and_port(endpoint)
        site = connected(setting, address, port)
    except (VisitError, ValueError):
        return None
    if port != TLS_PORT and (parts.scheme, port) != ("https", port_of(parts)):
        return None
    name = parts.hostname or ""
    try:
        shaken(site, name)
    except VisitError as failure:
        return {"server_name": name, "status": False, "failure": str(failure)}
    return {"server_name": name, "status": True, "failure": None}


def http_result(setting: Setting, url: str) -> dict[str, Any]:
    """The final response after all redirects."""
    try:
        for _ in range(REDIRECTS_MAX + 1):
            response = visited(setting, url)
            location = dict(response.headers).get("Location", "")
            if response.status not in REDIRECT_STATUSES or not location:
                return told(setting, response)
            url = urljoin(url, location)
        raise VisitError("unknown_failure: too many redirects")
    except (VisitError, ValueError) as failure:  # the latter from a Location that leads nowhere
        word = HTTP_WORDS.get(str(failure), "unknown_error")
        return {"body_length": -1, "failure": word, "title": "", "headers": {}, "status_code": -1}


def told(setting: Setting, response: Response) -> dict[str, Any]:
    """A response as the helper reports it. One that breaks off is a failure, with what came of it."""
    start = next(response.pieces(), b"")
    title = TITLE.search(start)
    cut_bytes = response.cut_after_bytes
    is_cut = cut_bytes is not None and cut_bytes < response.length_bytes
    return {
        "body_length": min(cut_bytes if is_cut and cut_bytes is not None else response.length_bytes, BODY_BYTES_MAX),
        "failure": "unknown_error" if is_cut else None,
        "title": title[1].decode(errors="replace") if title else "",
        "headers": dict(reversed(response.header_lines(setting.now()))),
        "status_code": response.status,
    }
