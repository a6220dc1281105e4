"""The test helpers that are asked to look from elsewhere: their rules in config.toml. By default there is none.

A helper learns which of the catalog's endpoints fail here, and from which address it is asked. So it is the user who
chooses it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from agent.config.resolvers import DOH_URL, NAME
from agent.config.rules import ConfigError, Rule, Text, check_keys, kind_of, quoted
from agent.language import N_, _

#: Two that agree are worth more than one; more would only tell more people.
HELPERS_MAX = 3
HTTPS_PORT = 443

_RULES: Mapping[str, Rule] = {
    "name": Text(characters_max=32, remedy=N_('write a short name, such as "berlin"')),
    "url": Text(characters_max=200, remedy=N_('write a URL, such as "https://helper.example.org/"')),
    "address": Text(characters_max=60, remedy=N_('write an address, such as "9.9.9.9", or leave it out')),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Helper:
    """A server that speaks OONI's helper protocol."""

    #: Stands in the rows, as helper/name.
    name: str
    #: https alone: in the clear anybody on the way could answer in its place, and see what is asked.
    url: str
    #: Where it is. Empty: the system's resolver is asked.
    address: str = ""

    @property
    def observer(self) -> str:
        """What its rows bear."""
        return f"helper/{self.name}"

    @property
    def hostname(self) -> str:
        """The name that its certificate is for."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.url).port or HTTPS_PORT


def helpers_of(entries: object) -> tuple[Helper, ...]:
    """The helpers of the `[[helper]]` sections. Raises `ConfigError` for the first thing that is wrong."""
    if not isinstance(entries, list):
        raise ConfigError(
            _("helper is {kind}, and must be a list; write [[helper]] with two brackets.").format(kind=kind_of(entries))
        )
    if len(entries) > HELPERS_MAX:
        raise ConfigError(
            _("there are {count} [[helper]] sections; leave {most} at most.").format(
                count=len(entries), most=HELPERS_MAX
            )
        )
    found: dict[str, Helper] = {}
    for number, entry in enumerate(entries, start=1):
        helper = _helper_of(entry, where=f"[[helper]] {number}")
        if helper.name in found:
            raise ConfigError(
                _("two [[helper]] sections are called {name}; rename one.").format(name=quoted(helper.name))
            )
        found[helper.name] = helper
    return tuple(found.values())


def _helper_of(entry: object, *, where: str) -> Helper:
    if not isinstance(entry, dict):
        raise ConfigError(
            _("{where} is {kind}, and must be a section; write [[helper]] above its keys.").format(
                where=where, kind=kind_of(entry)
            )
        )
    values: dict[str, Any] = entry
    check_keys(where, values, _RULES)
    for key in ("name", "url"):
        if key not in values:
            raise ConfigError(_("{where} has no {key}; add it.").format(where=where, key=key))
    if not NAME.fullmatch(values["name"]):
        remedy = _("take lower-case letters, digits and hyphens")
        raise ConfigError(
            _("{where} name = {value} cannot be a name here; {remedy}.").format(
                where=where, value=quoted(values["name"]), remedy=remedy
            )
        )
    match = DOH_URL.fullmatch(values["url"])
    if not match or not 1 <= int(match["port"] or HTTPS_PORT) <= 65535:
        remedy = _('write https, a host name and a path, such as "https://helper.example.org/"')
        raise ConfigError(
            _("{where} url = {value} cannot be asked; {remedy}.").format(
                where=where, value=quoted(values["url"]), remedy=remedy
            )
        )
    _check_address(values.get("address", ""), where)
    return Helper(**values)


def _check_address(text: str, where: str) -> None:
    """Refuse what is no address, and one inside the user's own network: it must never be written."""
    try:
        parsed = ipaddress.ip_address(text) if text else None
    except ValueError:
        remedy = _('write an IPv4 or IPv6 address, such as "9.9.9.9", or leave it out')
        raise ConfigError(
            _("{where} address = {text} is not an address; {remedy}.").format(
                where=where, text=quoted(text), remedy=remedy
            )
        ) from None
    if parsed is not None and (not parsed.is_global or parsed.is_multicast):
        raise ConfigError(
            _(
                "{where} address = {text} is not a public one, and a helper behind the same line sees nothing else "
                "than this computer does; name one that stands elsewhere, or take the section out."
            ).format(where=where, text=quoted(text))
        )
