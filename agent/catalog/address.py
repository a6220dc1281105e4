"""Expands an endpoint's one-line address, as catalog.toml writes it, into an `Endpoint`."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from agent.catalog.records import Endpoint

#: Scheme of the address -> (protocol of the endpoint, its port when none is written; None: it must be written).
SCHEMES: dict[str, tuple[str, int | None]] = {
    "https": ("https", 443),
    "http": ("http", 80),
    "tcp": ("tcp", None),
    "post": ("http", None),
    "dns": ("dns", 0),
}
#: A host name in lower case with at least two labels (RFC 1123 2.1).
HOSTNAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def expand(address: str, *, trust: str, source: str) -> Endpoint:
    """The endpoint that `address` stands for.

    Raises `ValueError` with the fault and its remedy, to follow the address in a sentence.
    """
    parts = _split(address)
    if parts.scheme not in SCHEMES:
        raise ValueError(f"has an unknown protocol; it must be one of {', '.join(SCHEMES)}.")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("has more than protocol, host, port and path; leave the rest out.")
    protocol, default_port = SCHEMES[parts.scheme]
    port = _port(parts, default_port)
    if parts.scheme in ("http", "https"):
        if not parts.path:
            raise ValueError("has no path; end it with '/'.")
        return Endpoint(
            id=address,
            protocol=protocol,
            hostname=_hostname(parts),
            port=port,
            path=parts.path,
            trust=trust,
            source=source,
        )
    if parts.path:
        raise ValueError(f"has a path, which {parts.scheme}:// does not know; leave it out.")
    if parts.scheme == "post":
        return Endpoint(
            id=address,
            protocol=protocol,
            addresses=(_fixed_address(parts),),
            port=port,
            method="POST",
            trust=trust,
            source=source,
        )
    return Endpoint(id=address, protocol=protocol, hostname=_hostname(parts), port=port, trust=trust, source=source)


def is_hostname(text: str) -> bool:
    """Whether it is a host name in lower case, and not an address."""
    return HOSTNAME.fullmatch(text) is not None


def is_within(hostname: str, domains: tuple[str, ...]) -> bool:
    """Whether a host name is one of `domains`, or below one of them."""
    return any(hostname == domain or hostname.endswith("." + domain) for domain in domains)


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
    except ValueError:
        raise ValueError("holds an address that does not parse; write an IPv6 address as [2001:db8::1].") from None
    if parts.geturl() != address:
        # The parser mends capitals and stray characters; two spellings of one endpoint must not live side by side.
        raise ValueError(f"is not in its plain form; write {parts.geturl()}.")
    return parts


def _port(parts: SplitResult, default_port: int | None) -> int:
    try:
        port = parts.port
    except ValueError:
        port = -1
    if port is None and default_port is not None:
        return default_port
    if port is None or not 1 <= port <= 65535 or default_port == 0:
        raise ValueError("has a port that does not parse or does not belong; write it as :443, and none for dns://.")
    return port


def _hostname(parts: SplitResult) -> str:
    host = parts.netloc.partition(":")[0] if "[" not in parts.netloc else parts.netloc
    if not is_hostname(host):
        raise ValueError(
            f"names the host {host!r}, which is no host name in lower case; a fixed address is written post://."
        )
    return host


def _fixed_address(parts: SplitResult) -> str:
    try:
        return str(ipaddress.ip_address(parts.hostname or ""))
    except ValueError:
        raise ValueError("holds an address that does not parse; write post://192.0.2.1:443.") from None
