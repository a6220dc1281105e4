"""The catalog's records. A platform has targets, a target is a role and has endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Something one can connect to: a URL, or a host or address with a port."""

    #: Unique in the catalog and readable: https://chat.signal.org/, tcp://e1.whatsapp.net:5222,
    #: post://149.154.175.50:443, dns://stun.fbsbx.com. It is the `endpoint` column of the observations.
    id: str
    #: https, http, tcp (connect only) or dns (resolve only).
    protocol: str
    #: The name to resolve and to send as SNI and Host. Empty: a bare address.
    hostname: str = ""
    #: Fixed addresses, where the app has them built in. Empty: ask the name system.
    addresses: tuple[str, ...] = ()
    #: 0 for dns.
    port: int
    path: str = "/"
    method: str = "GET"
    #: Whose certificates it shows: web (the public authorities) or signal (Signal's own root).
    trust: str = "web"
    #: Whether its server is known to speak HTTP/3, which is QUIC, on the same port.
    http3: bool = False
    #: Where the endpoint is documented. Never empty.
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One stable, named role of a platform."""

    #: platform/role, e.g. signal/chat. Never an address or a host name.
    name: str
    #: What it does for the platform's user, in a few words.
    role: str
    #: all_of or any_of: how its endpoints combine.
    combine: str = "all_of"
    #: Whether the platform needs it. One that is not needed is measured and judged, and never decides the platform.
    needed: bool = True
    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A service of the document."""

    key: str
    title: str
    #: mass: a service that ordinary people open every day. No other tier is in the default catalog.
    risk_tier: str = "mass"
    #: The day from which the service is known to be gone. None: it lives.
    retired_at: date | None = None
    #: Why and by which source it is retired; empty when it lives.
    retired_source: str = ""
    #: The platform's own domains: every host of its targets is in one. Redirects, once followed, stay in them.
    domains: tuple[str, ...] = ()
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A host that nobody is known to block, to tell a broken line from a censored one."""

    #: E.g. foreign/example or domestic/isna or portal/firefox.
    name: str
    #: domestic, foreign or portal (a page with known words, to find captive portals).
    scope: str
    endpoint: Endpoint
    #: The network it stands in, in words: unrelated controls must not share one.
    network: str
    #: portal only: the body that the true page has.
    expected_body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Everything that can be measured."""

    #: Date of the last change, with a letter when there were several: 2026-11-24a.
    version: str
    platforms: tuple[Platform, ...]
    controls: tuple[Control, ...]

    def platform(self, key: str) -> Platform:
        """The platform of that key. Raises `KeyError` when there is none."""
        return {platform.key: platform for platform in self.platforms}[key]

    def targets(self) -> Iterator[tuple[Platform, Target]]:
        """Every target with its platform, in the catalog's order."""
        for platform in self.platforms:
            for target in platform.targets:
                yield platform, target

    def controls_of(self, scope: str) -> tuple[Control, ...]:
        """The controls of one scope, in the catalog's order."""
        return tuple(control for control in self.controls if control.scope == scope)
