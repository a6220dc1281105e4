"""The name servers that are asked beside the system's own: their rules in config.toml, and the default ones."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from agent.config.rules import Choice, ConfigError, Number, Rule, Text, check_keys, kind_of, quoted
from agent.language import N_, _
from probes.resolver import Resolver

#: Three unlike ways to two unrelated operators: UDP is what a censor forges, TCP what it seldom does, DoH what it
#: cannot without a certificate. Anycast addresses as their operators publish them.
DEFAULT_RESOLVERS = (
    Resolver(name="quad9-udp", transport="udp", address="9.9.9.9"),
    Resolver(name="google-udp", transport="udp", address="8.8.8.8"),
    Resolver(name="quad9-tcp", transport="tcp", address="9.9.9.9"),
    Resolver(name="quad9-doh", transport="doh", address="9.9.9.9", port=443, url="https://dns.quad9.net/dns-query"),
)
#: Each one is asked for every name twice (A and AAAA): more would make a sweep conspicuous. Our choice.
RESOLVERS_MAX = 8
#: A name stands in the results and on the command line.
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
#: Names that mean something else in the results: the system's own resolver, and an address where no resolver is.
RESERVED = ("system", "none")
#: A host name in ASCII. No address: a certificate is checked for a name.
HOST = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])")
#: https, a host name in ASCII, perhaps a port, and a path. No address: a certificate is checked for a name.
DOH_URL = re.compile(
    r"https://([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])(:(?P<port>[0-9]{1,5}))?/[!-\"$-~]*"
)
TRANSPORTS = ("udp", "tcp", "dot", "doh")
#: Where DNS is served (RFC 1035), in TLS too (RFC 7858), and HTTPS, and so DoH (RFC 8484).
DNS_PORT, DOT_PORT, DOH_PORT = 53, 853, 443

_RULES: Mapping[str, Rule] = {
    "name": Text(characters_max=32, remedy=N_('write a short name, such as "quad9-udp"')),
    "transport": Choice(words=TRANSPORTS),
    "address": Text(characters_max=60, remedy=N_('write an address, such as "9.9.9.9"')),
    "port": Number(low=1, high=65535, whole=True),
    "host": Text(characters_max=253, remedy=N_('write a host name, such as "dns.quad9.net"')),
    "url": Text(characters_max=200, remedy=N_('write a URL, such as "https://dns.quad9.net/dns-query"')),
}
_NEEDED = ("name", "transport", "address")


def resolvers_of(entries: object) -> tuple[Resolver, ...]:
    """The resolvers of the `[[resolver]]` sections. Raises `ConfigError` for the first thing that is wrong."""
    if not isinstance(entries, list):
        raise ConfigError(
            _("resolver is {kind}, and must be a list; write [[resolver]] with two brackets.").format(
                kind=kind_of(entries)
            )
        )
    if len(entries) > RESOLVERS_MAX:
        raise ConfigError(
            _("there are {count} [[resolver]] sections; leave {most} at most.").format(
                count=len(entries), most=RESOLVERS_MAX
            )
        )
    found: dict[str, Resolver] = {}
    for number, entry in enumerate(entries, start=1):
        resolver = _resolver_of(entry, where=f"[[resolver]] {number}")
        if resolver.name in found:
            raise ConfigError(
                _("two [[resolver]] sections are called {name}; rename one.").format(name=quoted(resolver.name))
            )
        found[resolver.name] = resolver
    return tuple(found.values())


def _resolver_of(entry: object, *, where: str) -> Resolver:
    if not isinstance(entry, dict):
        raise ConfigError(
            _("{where} is {kind}, and must be a section; write [[resolver]] above its keys.").format(
                where=where, kind=kind_of(entry)
            )
        )
    values: dict[str, Any] = entry
    if values.get("transport") == "system":
        raise ConfigError(
            _("{where} is the system's resolver, which is always asked; take the section out.").format(where=where)
        )
    check_keys(where, values, _RULES)
    for key in _NEEDED:
        if key not in values:
            raise ConfigError(_("{where} has no {key}; add it.").format(where=where, key=key))
    _check_name(values["name"], where)
    _check_address(values["address"], where)
    _check_own_keys(values, where)
    match values["transport"]:
        case "doh":
            return Resolver(**values, port=_port_of_url(values, where))
        case "dot":
            _check_host(values, where)
            return Resolver(**{"port": DOT_PORT, **values})
    return Resolver(**{"port": DNS_PORT, **values})


def _check_own_keys(values: Mapping[str, Any], where: str) -> None:
    """Refuse a key that only another transport has."""
    for key, transport in (("url", "doh"), ("host", "dot")):
        if key in values and values["transport"] != transport:
            raise ConfigError(
                _('{where} has a {key}, which only transport "{transport}" has; take the {key} out.').format(
                    where=where, key=key, transport=transport
                )
            )


def _check_host(values: Mapping[str, Any], where: str) -> None:
    """Refuse a DoT resolver without a name for its certificate: nobody would know who answers."""
    if "host" not in values:
        raise ConfigError(_('{where} has no host, which transport "dot" needs; add it.').format(where=where))
    if not HOST.fullmatch(values["host"]):
        remedy = _('write a host name, such as "dns.quad9.net"')
        raise ConfigError(
            _("{where} host = {value} is no host name; {remedy}.").format(
                where=where, value=quoted(values["host"]), remedy=remedy
            )
        )


def _check_name(name: str, where: str) -> None:
    if name in RESERVED or not NAME.fullmatch(name):
        remedy = _("take lower-case letters, digits and hyphens, and not the word {words}")
        remedy = remedy.format(words=_(" or ").join(RESERVED))
        raise ConfigError(
            _("{where} name = {name} cannot be a name here; {remedy}.").format(
                where=where, name=quoted(name), remedy=remedy
            )
        )


def _check_address(text: str, where: str) -> None:
    """Refuse what is no address, and a resolver inside the user's own network: its address must never be written."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        remedy = _('write an IPv4 or IPv6 address, such as "9.9.9.9"')
        raise ConfigError(
            _("{where} address = {text} is not an address; {remedy}.").format(
                where=where, text=quoted(text), remedy=remedy
            )
        ) from None
    if not address.is_global or address.is_multicast:
        raise ConfigError(
            _(
                "{where} address = {text} is not a public one, and the address of a resolver in your own network must "
                "never reach the results; take the section out: the system's resolver is asked anyway."
            ).format(where=where, text=quoted(text))
        )


def _port_of_url(values: Mapping[str, Any], where: str) -> int:
    """The port that a DoH resolver is asked at, which its URL alone says. Refuses a section without a fit URL."""
    if "port" in values:
        raise ConfigError(
            _('{where} has a port, which transport "doh" has in its url; take the port out.').format(where=where)
        )
    if "url" not in values:
        raise ConfigError(_('{where} has no url, which transport "doh" needs; add it.').format(where=where))
    match = DOH_URL.fullmatch(values["url"])
    port = int(match["port"] or DOH_PORT) if match else 0
    if not 1 <= port <= 65535:
        remedy = _('write https, a host name and a path, such as "https://dns.quad9.net/dns-query"')
        raise ConfigError(
            _("{where} url = {value} cannot be asked; {remedy}.").format(
                where=where, value=quoted(values["url"]), remedy=remedy
            )
        )
    return port
