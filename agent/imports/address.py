"""Addresses as strangers write them: of the web, and of servers."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Url:
    """An address on the web. A host is in lower case and in the letters that DNS has."""

    scheme: str
    host: str
    port: int
    whole: str

    @property
    def is_address(self) -> bool:
        return address_of(self.host) != ""


def url_of(said: str) -> Url | None:
    """The address that a text is; None when it is none of the web's."""
    try:
        parts = urlsplit(said.strip())
        port = parts.port
    except ValueError:
        return None
    host = host_of(parts)
    if parts.scheme not in ("http", "https") or not host:
        return None
    return Url(
        scheme=parts.scheme, host=host, port=port or {"http": 80, "https": 443}[parts.scheme], whole=said.strip()
    )


def host_of(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


@lru_cache(maxsize=4096)
def address_of(said: str) -> str:
    """The address in its plain form; empty for what is none."""
    try:
        return str(ipaddress.ip_address(said.strip("[]")))
    except ValueError:
        return ""


def place_of(endpoint: str) -> tuple[str, int] | None:
    """Address and port of `192.0.2.1:443` or `[2001:db8::1]:443`."""
    host, _, port = endpoint.rpartition(":")
    address = address_of(host)
    return (address, int(port)) if address and port.isascii() and port.isdigit() and 0 < int(port) < 65536 else None
