"""What in a scenario's hosts and client contradicts itself: two computers in one place, a certificate for nobody.

Rules that can never match are in never.py, expectations that cannot come true in expectations.py.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from agent.lab.scenario.faults import FaultError, KeyPath
from agent.lab.world import TLS_KINDS, UDP_KINDS, Host, Service, listed

#: Kinds that show the pages they are given.
PAGE_KINDS = ("http", "https", "doh", "quic")
#: Kinds that answer questions for names.
DNS_KINDS = ("dns", "dot", "doh")
#: Which kinds of service know a key; the others would ignore it.
KINDS_OF_KEYS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("trust", "certificate", "certificate_names", "tls", "turns_strangers_away"), tuple(sorted(TLS_KINDS))
    ),
    **dict.fromkeys(("answers", "rcode", "nxdomain_address"), DNS_KINDS),
    "page": PAGE_KINDS,
}


def refuse_hosts(tables: Sequence[Mapping[str, Any]], hosts: Sequence[Host]) -> None:
    """Raise `FaultError` for the first thing in the scenario's own hosts that cannot be. `tables`: as in the file."""
    standing: dict[str, int] = {}
    for at, (table, host) in enumerate(zip(tables, hosts, strict=True)):
        path = ("host", at)
        for key in ("addresses", "names"):
            for word in getattr(host, key):
                if word in standing:
                    sentence = f"{word} is host {standing[word] + 1}'s already; give each host its own."
                    raise FaultError((*path, key), sentence)
                standing[word] = at
        for address in host.addresses:
            refuse_place(address, (*path, "addresses"))
        if host.published is not None and not host.names:
            raise FaultError((*path, "published"), "the host has no name to publish them of; add names.")
        refuse_ports(host, path)
        for number, service in enumerate(table.get("service", ())):
            refuse_service(service, host, (*path, "service", number))


def refuse_place(address: str, path: KeyPath) -> None:
    """Raise `FaultError` for an address where no computer of a network can stand."""
    parsed = ipaddress.ip_address(address)
    kinds = {
        "a loopback address": parsed.is_loopback,
        "a link-local address": parsed.is_link_local,
        "a multicast address": parsed.is_multicast,
        "an IPv4 address in the notation of IPv6": getattr(parsed, "ipv4_mapped", None) is not None,
        "no computer's address": parsed.is_unspecified or address == "255.255.255.255",
    }
    for kind, holds in kinds.items():
        if holds:
            raise FaultError(path, f"{address} is {kind}, where no host can stand; take another.")


def refuse_ports(host: Host, path: KeyPath) -> None:
    """Raise `FaultError` when two services of a host stand on one port. TCP and UDP have ports of their own."""
    taken: dict[tuple[str, int], int] = {}
    for at, service in enumerate(host.services):
        for transport in transports_of(service):
            door = (transport, service.port)
            if door in taken:
                first = host.services[taken[door]].kind
                sentence = f"{transport.upper()} port {service.port} is taken by service {taken[door] + 1} ({first})"
                raise FaultError((*path, "service", at, "port"), f"{sentence}; take another port.")
            taken[door] = at


def transports_of(service: Service) -> tuple[str, ...]:
    """The transports that a service listens on."""
    if service.kind not in UDP_KINDS:
        return ("tcp",)
    return ("udp", "tcp") if service.kind == "dns" else ("udp",)


def refuse_service(table: Mapping[str, Any], host: Host, path: KeyPath) -> None:
    """Raise `FaultError` for a key that a service of this kind would ignore, or that another key makes void."""
    kind = table["kind"]
    for key, kinds in KINDS_OF_KEYS.items():
        if key in table and kind not in kinds:
            raise FaultError((*path, key), f"a service of kind {kind} has none; take it out, or use {listed(kinds)}.")
    if kind == "quic" and table.get("tls") == "1.2":
        raise FaultError((*path, "tls"), "QUIC has TLS 1.3 inside (RFC 9001); take it out.")
    if "rcode" in table and (void := [key for key in ("answers", "nxdomain_address") if key in table]):
        raise FaultError((*path, void[0]), "with an rcode every question is answered by it; take one of them out.")
    if table.get("certificate") == "wrong_name" and set(table.get("certificate_names", ())) & set(host.names):
        raise FaultError((*path, "certificate_names"), "one of them is the host's own, so it is not wrong; change it.")
    refuse_pages(table.get("page", ()), path)


def refuse_pages(tables: Sequence[Mapping[str, Any]], path: KeyPath) -> None:
    """Raise `FaultError` for a page that cannot be shown as it says."""
    paths: dict[str, int] = {}
    for at, page in enumerate(tables):
        here = (*path, "page", at)
        under = page.get("path", "/")
        if under in paths:
            raise FaultError((*here, "path"), f"page {paths[under] + 1} is shown under {under} too; change one.")
        paths[under] = at
        if "location" in page and not 300 <= page.get("status", 200) <= 399:
            raise FaultError((*here, "location"), "only an answer of status 3xx leads elsewhere; set status, say 302.")
        size_bytes, body_bytes = page.get("size_bytes"), len(page.get("body", "").encode())
        if size_bytes is not None and size_bytes < body_bytes:
            raise FaultError((*here, "size_bytes"), f"the body has {body_bytes} bytes already; raise it to more.")
        cut, whole = page.get("cut_after_bytes"), size_bytes if size_bytes is not None else body_bytes
        if cut is not None and whole and cut >= whole:
            raise FaultError((*here, "cut_after_bytes"), f"the body ends after {whole} bytes anyway; take fewer.")


def refuse_client(addresses: Sequence[str], country: str, hosts: Sequence[Host]) -> None:
    """Raise `FaultError` when the client stands where it cannot."""
    path = ("client", "addresses")
    for address in addresses:
        refuse_place(address, path)
        if host := next((host for host in hosts if address in host.addresses), None):
            raise FaultError(path, f"{address} is the address of {listed(host.names) or 'a host'} too; take another.")
    for version, mark in ((4, "."), (6, ":")):
        if sum(mark in address for address in addresses) > 1:
            raise FaultError(path, f"there are two of IPv{version}; leave one.")
    if not country:
        raise FaultError(("client", "country"), "without a country no border is anywhere; write its two letters.")
