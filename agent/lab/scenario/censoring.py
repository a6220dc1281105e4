"""From the tables of a scenario's rules to the censor's records."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from agent.catalog.records import Platform
from agent.lab import http_messages
from agent.lab.catalog_hosts import addresses_of
from agent.lab.rules import (
    MOMENTS,
    Action,
    Close,
    Corrupt,
    Drop,
    ForeignCertificate,
    ForgeAnswer,
    Match,
    Pass,
    Reset,
    Residual,
    Rule,
    SendBytes,
    Throttle,
    TlsAlert,
    Unreachable,
)
from agent.lab.scenario.faults import FaultError, KeyPath
from agent.lab.scenario.measured import known_or_refused, names_of
from agent.lab.world import Host

#: The record of each word after `do`. Three words send bytes.
RECORDS: Mapping[str, type[Any]] = {
    "pass": Pass,
    "forge_answer": ForgeAnswer,
    "drop": Drop,
    "reset": Reset,
    "close": Close,
    "unreachable": Unreachable,
    "foreign_certificate": ForeignCertificate,
    "tls_alert": TlsAlert,
    "block_page": SendBytes,
    "redirect": SendBytes,
    "send": SendBytes,
    "throttle": Throttle,
    "corrupt": Corrupt,
}


def rules_of(
    tables: Sequence[Mapping[str, Any]], platforms: Sequence[Platform], hosts: Sequence[Host]
) -> tuple[Rule, ...]:
    """The rules that the file declares, in its order. `platforms` are those that it may name. Raises `FaultError`."""
    known = {platform.key: platform for platform in platforms}
    return tuple(rule_of(table, known, hosts, path=("rule", at)) for at, table in enumerate(tables))


def rule_of(table: Mapping[str, Any], known: Mapping[str, Platform], hosts: Sequence[Host], *, path: KeyPath) -> Rule:
    """One rule."""
    match = match_of(table["match"], known, hosts, path=(*path, "match"))
    word = table["action"]["do"]
    able = [name for name, record in RECORDS.items() if issubclass(record, MOMENTS[match.at])]
    if word not in able:
        raise FaultError((*path, "action", "do"), f"{word} cannot be done at {match.at}; use one of {', '.join(able)}.")
    residual = table.get("residual")
    return Rule(
        id=table["id"],
        match=match,
        action=action_of(table["action"]),
        residual=None if residual is None else residual_of(residual),
        where=table.get("where", "border"),
    )


def match_of(table: Mapping[str, Any], known: Mapping[str, Platform], hosts: Sequence[Host], *, path: KeyPath) -> Match:
    """What one rule looks for, its conveniences spelled out."""
    values = {key: value for key, value in table.items() if key not in {"names_of", "addresses_of"}}
    for key in table.get("names_of", ()):
        known_or_refused(key, known, "platform or site", (*path, "names_of"))
        values["names"] = tuple(dict.fromkeys((*values.get("names", ()), *names_of(known[key]))))
    for key in table.get("addresses_of", ()):
        known_or_refused(key, known, "platform or site", (*path, "addresses_of"))
        found = addresses_of_platform(known[key], hosts)
        if not found:
            raise FaultError((*path, "addresses_of"), f"no host of {key} stands in this world; measure it, or add one.")
        values["addresses"] = tuple(dict.fromkeys((*values.get("addresses", ()), *found)))
    return Match(**values)


def addresses_of_platform(platform: Platform, hosts: Sequence[Host]) -> tuple[str, ...]:
    """The fixed addresses of a platform's endpoints, and those of the hosts that bear its names."""
    endpoints = [endpoint for target in platform.targets for endpoint in target.endpoints]
    fixed = [address for endpoint in endpoints for address in endpoint.addresses]
    named = addresses_of(hosts, (endpoint.hostname for endpoint in endpoints if endpoint.hostname))
    return tuple(dict.fromkeys((*fixed, *named)))


def action_of(table: Mapping[str, Any]) -> Action:
    """What one rule does."""
    values = {key: value for key, value in table.items() if key != "do"}
    match table["do"]:
        case "block_page":
            return block_page(**values)
        case "redirect":
            return redirect(**values)
        case "send":
            return SendBytes(data=values["text"].encode())
    action: Action = RECORDS[table["do"]](**values)
    return action


def redirect(*, location: str, status: int = 302) -> SendBytes:
    """A redirect in the server's place."""
    data = http_messages.answer(status, b"", media_type="text/html", headers={"Location": location})
    return SendBytes(data=data, shows="redirect")


def block_page(
    *,
    page: str = "iran_2016",
    address: str = "10.10.34.34",
    label: str = "M1-6",
    status: int = 403,
    title: str = "",
    body: str = "",
    headers: Sequence[tuple[str, str]] = (),
) -> SendBytes:
    """A block page: one of Iran's forms, which name a box and the address of a page, or one of the scenario's own."""
    shown = f"[{address}]" if ipaddress.ip_address(address).version == 6 else address
    match page:
        case "iran_2016":
            data = http_messages.iranian_page_without_headers(shown, label)
        case "iran_2023":
            data = http_messages.iranian_page_with_headers(shown, label)
        case "iran_redirect":
            data = http_messages.iranian_redirect(shown)
        case _:
            own = http_messages.Response(
                status=status,
                media_type=http_messages.HTML,
                body=body.encode() or http_messages.titled_page(title),
                headers=tuple(headers),
            )
            data = own.head(datetime.now(UTC)) + own.body
    return SendBytes(data=data, shows="redirect" if page == "iran_redirect" else "page")


def residual_of(table: Mapping[str, Any]) -> Residual:
    """How one rule goes on punishing."""
    values = {key: value for key, value in table.items() if key != "do"}
    return Residual(**values, action=Reset() if table.get("do") == "reset" else Drop())
