"""What a key of a scenario may hold, beside what config.toml knows already: addresses, lists, texts of many lines."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Any

from agent.catalog.address import is_hostname
from agent.config.rules import Number, Rule, kind_of, quoted, shown
from agent.lab.world import normal


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    def complaint(self, value: object) -> str:
        return "" if isinstance(value, bool) else f"is {kind_of(value)}; write true or false"


@dataclass(frozen=True, slots=True)
class Address:
    """One IP address."""

    def complaint(self, value: object) -> str:
        remedy = 'write an IPv4 or IPv6 address, such as "93.184.216.34"'
        if not isinstance(value, str):
            return f"is {kind_of(value)}; {remedy}"
        try:
            scoped = "%" in value or not normal(value)
        except ValueError:
            scoped = True
        return f"is not an address; {remedy}" if scoped else ""


@dataclass(frozen=True, slots=True)
class Network:
    """One IP address, or a prefix in CIDR notation."""

    def complaint(self, value: object) -> str:
        remedy = 'write an address or a prefix, such as "10.10.34.0/24"'
        if not isinstance(value, str):
            return f"is {kind_of(value)}; {remedy}"
        try:
            ipaddress.ip_network(value)
        except ValueError as error:
            if "host bits" in str(error):
                return f"is no prefix; write {ipaddress.ip_network(value, strict=False)}"
            return f"is not an address; {remedy}"
        return ""


@dataclass(frozen=True, slots=True)
class IpVersion:
    """4 or 6."""

    def complaint(self, value: object) -> str:
        return "" if type(value) is int and value in (4, 6) else "is no version of IP; write 4 or 6"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostName:
    """A host's name in lower case."""

    #: Whether it may be of the form *.example.com, as certificates may.
    wildcard: bool = False

    def complaint(self, value: object) -> str:
        name = value.removeprefix("*.") if self.wildcard and isinstance(value, str) else value
        if isinstance(name, str) and is_hostname(name):
            return ""
        return 'is not a host name in lower case; write one such as "www.example.com", other letters as xn--'


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A text of a given form."""

    form: re.Pattern[str]
    #: What to write.
    remedy: str
    #: What it is called in the documentation.
    what: str = "a text of one line"

    def complaint(self, value: object) -> str:
        if isinstance(value, str) and self.form.fullmatch(value):
            return ""
        return f"cannot stand here; {self.remedy}"


@dataclass(frozen=True, slots=True)
class AnyText:
    """A text of any length, of several lines too."""

    def complaint(self, value: object) -> str:
        return "" if isinstance(value, str) else f"is {kind_of(value)}; write a text in quotes"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf:
    """A list of different values of one kind."""

    one: Rule
    #: A list to write, as it would stand in the file.
    example: str
    #: Whether it may be empty.
    empty: bool = True

    def complaint(self, value: object) -> str:
        if not isinstance(value, list):
            return f"is {kind_of(value)}; write a list such as {self.example}"
        if not value and not self.empty:
            return f"is empty; write at least one, such as {self.example}"
        for at, entry in enumerate(value):
            if complaint := self.one.complaint(entry):
                return f"holds {shown(entry)}, which {complaint}"
            if entry in value[:at]:
                return f"names {shown(entry)} twice; name it once"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOf:
    """A table of the writer's own keys, each with a value of one kind."""

    one: Rule
    #: A table to write, as it would stand in the file.
    example: str
    key: Rule = AnyText()

    def complaint(self, value: object) -> str:
        if not isinstance(value, dict):
            return f"is {kind_of(value)}; write a table such as {self.example}"
        for key, entry in value.items():
            if complaint := self.key.complaint(key):
                return f"has the key {quoted(key)}, which {complaint}"
            if complaint := self.one.complaint(entry):
                return f"has {quoted(key)} = {shown(entry)}, which {complaint}"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A table, or several, with keys of its own: a name of `TABLES`."""

    table: str
    #: one: [table]. list: [[table]], any number. named: [table.NAME], any number, under the writer's own names.
    stands: str = "one"

    def complaint(self, value: object) -> str:
        wanted, remedy = {
            "one": (dict, f"write [{self.table}] on a line of its own"),
            "list": (list, f"write [[{self.table}]] with two brackets"),
            "named": (dict, f"write [{self.table}.NAME] on a line of its own"),
        }[self.stands]
        parts = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
        if self.stands == "one":
            parts = []
        if isinstance(value, wanted) and all(isinstance(one, dict) for one in parts):
            return ""
        return f"is {kind_of(value)}; {remedy}"


def taken(rule: Rule, value: Any) -> Any:
    """A value that its rule allows, as records hold it: tuples for lists and tables, addresses in normal form."""
    match rule:
        case Address():
            return normal(value)
        case Network():
            return str(ipaddress.ip_network(value)) if "/" in value else normal(value)
        case Number(whole=False):
            return float(value)
        case ListOf(one=one):
            return tuple(taken(one, entry) for entry in value)
        case TableOf(one=one):
            return tuple((key, taken(one, entry)) for key, entry in value.items())
    return value
