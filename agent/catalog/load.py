"""Loads the catalog from its TOML file, strictly: what is wrong is refused with one sentence that says what to change.

It reads files and nothing else; that an endpoint lives is for the measurement to say.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from agent.catalog.address import expand, is_hostname, is_within
from agent.catalog.records import Catalog, Control, Endpoint, Platform, Target
from agent.catalog.table import Table, read_document, read_sources, unique

FOLDER = Path(__file__).parent
COMBINES = ("all_of", "any_of")
TRUSTS = ("web", "signal")
SCOPES = ("domestic", "foreign", "portal")
#: The default catalog holds no other tier: who runs this must not meet anything that is not everyday traffic.
RISK_TIERS = ("mass",)
VERSION = re.compile(r"\d{4}-\d{2}-\d{2}[a-z]?")
KEY = re.compile(r"[a-z][a-z0-9_]*")


class CatalogError(ValueError):
    """The catalog is wrong; the message is one sentence with file, entry and remedy."""


def load_catalog(path: Path | None = None) -> Catalog:
    """The catalog of that file; without a path, the one that comes with the agent.

    Raises `CatalogError` when the file cannot be read or anything in it is wrong.
    """
    document = read_document(path or FOLDER / "catalog.toml", CatalogError)
    document.only("version", "sources", "platform", "control")
    sources = read_sources(document)
    version = document.text("version")
    if not VERSION.fullmatch(version):
        raise document.refuse(f"version is {version!r}; write the day of the change, such as 2026-11-24a.")
    catalog = Catalog(
        version=version,
        platforms=tuple(_platform(table, sources) for table in document.tables("platform")),
        controls=tuple(_control(table, sources) for table in document.tables("control")),
    )
    _check_unique(document, catalog)
    _check_controls(document, catalog)
    return catalog


def signal_root_pem() -> bytes:
    """Signal's own root certificate (PEM), which no public list of authorities holds.

    SHA-256 DDB0F92B…F65A, valid from 2022-01-26 to 2032-01-24 (github.com/ooni/probe-cli, experiment signal).
    """
    return (FOLDER / "signal-root.pem").read_bytes()


def _platform(table: Table, sources: dict[str, str]) -> Platform:
    key = table.text("key")
    table = table.named("platform", key)
    table.only("key", "title", "risk_tier", "retired_at", "retired_source", "domains", "target")
    if not KEY.fullmatch(key):
        raise table.refuse("the key must be a word in lower case, such as signal.")
    domains = table.texts("domains")
    for domain in domains:
        if not is_hostname(domain):
            raise table.refuse(f"domain {domain!r} is no host name in lower case; write it as signal.org.")
    targets = tuple(_target(target, key, domains, sources) for target in table.tables("target"))
    if not any(target.needed for target in targets):
        raise table.refuse("no target is needed, so nothing decides it; let one target be needed.")
    retired_at = table.day("retired_at")
    if (retired_at is None) != ("retired_source" not in table.values):
        raise table.refuse("retired_at and retired_source go together; give both, or neither.")
    return Platform(
        key=key,
        title=table.text("title"),
        risk_tier=table.choice("risk_tier", RISK_TIERS, "mass"),
        retired_at=retired_at,
        retired_source="" if retired_at is None else _cite(table.sources("retired_source", sources), sources),
        domains=domains,
        targets=targets,
    )


def _target(table: Table, platform: str, domains: tuple[str, ...], sources: dict[str, str]) -> Target:
    name = table.text("name")
    table = table.named("target", name)
    table.only("name", "role", "combine", "needed", "trust", "source", "http3", "endpoints")
    owner, _, role = name.partition("/")
    if owner != platform or not KEY.fullmatch(role):
        raise table.refuse(f"the name must be {platform}/role, the role a word in lower case and never a host.")
    trust = table.choice("trust", TRUSTS, "web")
    source = _cite(table.sources("source", sources), sources)
    http3 = "http3" in table.values
    if http3:
        source = f"{source}; {_cite(table.sources('http3', sources), sources)}"
    endpoints = tuple(
        replace(endpoint, http3=http3 and endpoint.protocol == "https")
        for endpoint in (_endpoint(table, address, trust, source) for address in table.texts("endpoints"))
    )
    if http3 and not any(endpoint.http3 for endpoint in endpoints):
        raise table.refuse("http3 belongs to https:// endpoints, and there is none; take it out.")
    for endpoint in endpoints:
        if endpoint.hostname and not is_within(endpoint.hostname, domains):
            raise table.refuse(f"{endpoint.hostname} is in none of the platform's domains; add its domain there.")
    combine = table.choice("combine", COMBINES, "all_of")
    if combine == "any_of" and len(endpoints) == 1:
        raise table.refuse("any_of has a single endpoint; write all_of, or add the others.")
    return Target(
        name=name,
        role=table.text("role"),
        combine=combine,
        needed=table.flag("needed", default=True),
        endpoints=endpoints,
    )


def _control(table: Table, sources: dict[str, str]) -> Control:
    name = table.text("name")
    table = table.named("control", name)
    table.only("name", "scope", "endpoint", "network", "expected_body", "source")
    scope = table.choice("scope", SCOPES)
    prefix, _, word = name.partition("/")
    if prefix != scope or not KEY.fullmatch(word):
        raise table.refuse(f"the name must be {scope}/word, the word in lower case.")
    source = _cite(table.sources("source", sources), sources)
    expected_body = table.text("expected_body", "")
    if (scope == "portal") != bool(expected_body):
        raise table.refuse("expected_body belongs to portal controls, and each of them needs it.")
    return Control(
        name=name,
        scope=scope,
        endpoint=_endpoint(table, table.text("endpoint"), "web", source),
        network=table.text("network"),
        expected_body=expected_body,
    )


def _endpoint(table: Table, address: str, trust: str, source: str) -> Endpoint:
    try:
        return expand(address, trust=trust, source=source)
    except ValueError as fault:
        raise table.refuse(f"endpoint {address} {fault}") from fault


def _cite(keys: tuple[str, ...], sources: dict[str, str]) -> str:
    return "; ".join(f"{key}: {sources[key]}" for key in keys)


def _check_unique(document: Table, catalog: Catalog) -> None:
    targets = [target for _, target in catalog.targets()]
    endpoints = [endpoint.id for target in targets for endpoint in target.endpoints]
    unique(document, "platform", (platform.key for platform in catalog.platforms))
    unique(document, "target", (target.name for target in targets))
    unique(document, "control", (control.name for control in catalog.controls))
    unique(document, "endpoint", endpoints + [control.endpoint.id for control in catalog.controls])


def _check_controls(document: Table, catalog: Catalog) -> None:
    for scope in SCOPES:
        controls = catalog.controls_of(scope)
        if not controls:
            raise document.refuse(f"has no {scope} control; without one a broken line looks like blocking: add one.")
        if len({control.network for control in controls}) != len(controls):
            raise document.refuse(f"two {scope} controls share a network and would fail together; replace one.")
