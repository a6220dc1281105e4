"""What would come of a visit to a place of the world that nobody stands in the way of, without making one."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from urllib.parse import SplitResult, urlsplit

from agent.lab.http_messages import Request, Response
from agent.lab.servers.doors import Place, transports_of
from agent.lab.servers.settings import TLS_PORT, Setting, covers
from agent.lab.servers.sites import SITES
from agent.lab.world import TLS_KINDS, is_address

DEFAULT_PORTS = {"http": 80, "https": 443}
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


class VisitError(Exception):
    """A step of a visit failed; its text is OONI's word for it."""


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


def addresses_of(setting: Setting, name: str) -> tuple[str, ...]:
    """What the world's own name system says of a name; an address stands for itself."""
    return (name,) if is_address(name) else setting.zone.get(name.lower(), ())


def address_and_port(endpoint: str) -> tuple[str, int]:
    """Raises `ValueError` when the text is no endpoint."""
    address, _, port = endpoint.rpartition(":")
    return str(ipaddress.ip_address(address.strip("[]"))), int(port)


def port_of(parts: SplitResult) -> int:
    """Raises `ValueError` when the URL leads to no web server."""
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError("This is no URL of a web server.")
    return parts.port or DEFAULT_PORTS[parts.scheme]
