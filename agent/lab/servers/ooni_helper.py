"""OONI's web connectivity helper: what the world looks like to a computer that no censor stands in front of.

Its protocol is the one of OONI's `oohelperd` (2022 and later), without QUIC and without what it knows of addresses. It
opens no connection: it reads in the world's declaration what would come out, as its clients are to find the truth.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from agent.lab.http_messages import Request, Response
from agent.lab.servers.doors import Place, transports_of
from agent.lab.servers.settings import TLS_PORT, Setting, covers
from agent.lab.servers.sites import SITES
from agent.lab.world import TLS_KINDS

DEFAULT_PORTS = {"http": 80, "https": 443}
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
#: What a certificate makes of a handshake, in OONI's words.
CERTIFICATE_FAILURES = {
    "expired": "ssl_invalid_certificate",
    "not_yet_valid": "ssl_invalid_certificate",
    "self_signed": "ssl_unknown_authority",
    "unknown_authority": "ssl_unknown_authority",
    "wrong_name": "ssl_invalid_hostname",
}
#: What the kinds without a word of their own make of whatever one says to them.
MUTE_FAILURES = {"silent": "generic_timeout_error", "closing": "eof_error", "resetting": "connection_reset"}
#: The helper has kept the words that its first version had for these.
TCP_WORDS = {"connection_refused": "connection_refused_error"}
HTTP_WORDS = {
    "dns_nxdomain_error": "dns_lookup_error",
    "dns_no_answer": "dns_lookup_error",
    "generic_timeout_error": "generic_timeout_error",
    "connection_refused": "connection_refused_error",
}
TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


class VisitError(Exception):
    """A step of a visit failed; its text is OONI's word for it."""


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
    except ValueError:
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
    except VisitError as failure:
        word = HTTP_WORDS.get(str(failure), "unknown_error")
        return {"body_length": -1, "failure": word, "title": "", "headers": {}, "status_code": -1}


def visited(setting: Setting, url: str) -> Response:
    """One response, without redirects. Raises `VisitError`."""
    try:
        parts = urlsplit(url)
        name, port = parts.hostname or "", port_of(parts)
    except ValueError as error:
        raise VisitError("http_invalid_redirect_location_host") from error
    site = reached(setting, name, port)
    if parts.scheme == "https":
        shaken(site, name)
    kind = site.place.service.kind
    if kind not in SITES or (kind in TLS_KINDS and parts.scheme == "http" and port != TLS_PORT):
        raise VisitError(MUTE_FAILURES.get(kind, "eof_error"))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return SITES[kind](site, Request(method="GET", path=path, host=name))


def reached(setting: Setting, name: str, port: int) -> Setting:
    """The first server of a name that takes the connection. Raises `VisitError` with what the last one did."""
    addresses = addresses_of(setting, name)
    failure = VisitError("dns_no_answer" if setting.resolver.knows(name.lower()) else "dns_nxdomain_error")
    for address in addresses:
        try:
            return connected(setting, address, port)
        except VisitError as error:
            failure = error
    raise failure


def connected(setting: Setting, address: str, port: int) -> Setting:
    """The server that takes a connection there. Raises `VisitError`."""
    host = setting.world.host_at(address)
    if host is None:
        raise VisitError("generic_timeout_error")
    for service in host.services:
        if service.port == port and "tcp" in transports_of(service.kind):
            return replace(setting, place=Place(host=host, service=service, address=address))
    raise VisitError("connection_refused")


def shaken(site: Setting, name: str) -> None:
    """Whether TLS with that server comes about. Raises `VisitError` when it does not."""
    service = site.place.service
    if service.kind == "proxy" and service.certificate == "valid" and (end := site.site_of(name, secure=True)):
        return shaken(end, name)
    if service.kind not in TLS_KINDS:
        raise VisitError(MUTE_FAILURES.get(service.kind, "ssl_failed_handshake"))
    if service.certificate != "valid":
        raise VisitError(CERTIFICATE_FAILURES[service.certificate])
    if service.trust != "web":
        raise VisitError("ssl_unknown_authority")
    if not any(covers(one, name) for one in site.shown.names):
        raise VisitError("ssl_invalid_hostname")
    return None


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


def addresses_of(setting: Setting, name: str) -> tuple[str, ...]:
    """What the world's own name system says of a name; an address stands for itself."""
    return (name,) if is_address(name) else setting.zone.get(name.lower(), ())


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def address_and_port(endpoint: str) -> tuple[str, int]:
    """Raises `ValueError` when the text is no endpoint."""
    address, _, port = endpoint.rpartition(":")
    return str(ipaddress.ip_address(address.strip("[]"))), int(port)


def port_of(parts: SplitResult) -> int:
    """Raises `ValueError` when the URL leads to no web server."""
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError("This is no URL of a web server.")
    return parts.port or DEFAULT_PORTS[parts.scheme]
