"""The worlds that come with the agent: the document's of 2021, the open one, and two that must condemn nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from agent.catalog.records import Catalog, Endpoint
from agent.config.resolvers import DEFAULT_RESOLVERS
from agent.lab.catalog_hosts import PROVIDER_RESOLVER, addresses_of, hosts_of, invented
from agent.lab.http_messages import iranian_page_without_headers
from agent.lab.rules import Drop, ForgeAnswer, Match, Reset, Rule, SendBytes
from agent.lab.world import Client, Host, Line, Service, World
from agent.verdict.records import State
from probes.resolver import Resolver

#: What Iran's censor answered for Signal's names in 2021 (OONI, "How Signal is blocked around the world").
FORGED_2021 = ForgeAnswer(addresses=("10.10.34.35",))
#: The address of 2020 and of 2022 and later, in the same country (OONI's fingerprint list).
FORGED_LATER = ForgeAnswer(addresses=("10.10.34.36",))
#: The box that answers for Twitter by HTTP calls itself this (or FR1-6, FR1-8 … in other recorded pages).
BLOCK_PAGE = iranian_page_without_headers("10.10.34.34", "M1-6")

#: State and mechanisms of a platform, as its censor makes them.
Expectation = tuple[State, frozenset[str]]


def open_world(
    catalog: Catalog, resolvers: Sequence[Resolver] = DEFAULT_RESOLVERS, *, rtt_ms: float = 0.0, name: str = "open"
) -> World:
    """Everything in the catalog lives, but the retired, and nobody stands on the path."""
    return World(
        name=name,
        hosts=hosts_of(catalog, resolvers),
        client=Client(resolver=invented(PROVIDER_RESOLVER)[0]),
        line=Line(rtt_ms=rtt_ms),
    )


def world_2021(catalog: Catalog, resolvers: Sequence[Resolver] = DEFAULT_RESOLVERS, *, rtt_ms: float = 0.0) -> World:
    """The document's world as a censor would have made it in 2021. Platforms that the catalog lacks have no rules.

    WhatsApp, Instagram, Gmail, Yahoo, Tabnak and the controls are open; Cloob is gone.
    """
    world = open_world(catalog, resolvers, rtt_ms=rtt_ms, name="2021")
    names = {platform.key: suffixes_of(catalog, platform.key) for platform in catalog.platforms}
    data_centres = tuple(address for endpoint in endpoints_of(catalog, "telegram") for address in endpoint.addresses)
    rules = [
        forge("signal", names, FORGED_2021),
        forge("telegram", names, FORGED_LATER),
        forge("flickr", names, replace(FORGED_LATER, order="before")),
        by_name("twitter", names, "request", SendBytes(data=BLOCK_PAGE)),
        by_name("twitter", names, "client_hello", Reset()),
        *(by_name(key, names, at, Drop()) for key in ("facebook", "youtube") for at in ("client_hello", "request")),
    ]
    if data_centres:
        match = Match(at="syn", addresses=data_centres)
        rules.append(Rule(id="telegram_syn", match=match, action=Drop()))
    return replace(world, rules=tuple(rule for rule in rules if rule.match.names or rule.match.addresses))


def hung_facebook(catalog: Catalog, resolvers: Sequence[Resolver] = DEFAULT_RESOLVERS, *, rtt_ms: float = 0.0) -> World:
    """No censor. Facebook's servers take every connection and never say a word, whatever name is asked for."""
    world = open_world(catalog, resolvers, rtt_ms=rtt_ms, name="hung_facebook")
    names = {endpoint.hostname for endpoint in endpoints_of(catalog, "facebook")}
    return replace(world, hosts=tuple(hung(host) if names & set(host.names) else host for host in world.hosts))


def dropped_world(catalog: Catalog, resolvers: Sequence[Resolver] = DEFAULT_RESOLVERS, *, rtt_ms: float = 0.0) -> World:
    """Every address of every platform drops each SYN, Iran's own platforms too; controls and name system are open."""
    world = open_world(catalog, resolvers, rtt_ms=rtt_ms, name="dropped")
    wanted = [
        name
        for platform in catalog.platforms
        for endpoint in endpoints_of(catalog, platform.key)
        for name in (endpoint.hostname, *endpoint.addresses)
    ]
    addresses = addresses_of(world.hosts, wanted)
    # A black hole in the country itself: these hosts are put abroad, since the censor stands at the border.
    hosts = tuple(replace(host, country="") if set(host.addresses) & set(addresses) else host for host in world.hosts)
    rule = Rule(id="platforms_syn", match=Match(at="syn", addresses=addresses), action=Drop())
    return replace(world, hosts=hosts, rules=(rule,))


def forge(key: str, names: dict[str, tuple[str, ...]], action: ForgeAnswer) -> Rule:
    """Answer every query for a platform's names with `action`."""
    return Rule(id=f"{key}_query", match=Match(at="query", names=names.get(key, ())), action=action)


def by_name(key: str, names: dict[str, tuple[str, ...]], at: str, action: Drop | Reset | SendBytes) -> Rule:
    """Act on a platform's names where they pass in clear: in the ClientHello, or in the request."""
    return Rule(id=f"{key}_{at}", match=Match(at=at, names=names.get(key, ())), action=action)


def suffixes_of(catalog: Catalog, key: str) -> tuple[str, ...]:
    """A platform's domains, and its names that lie under none of them."""
    names = [endpoint.hostname for endpoint in endpoints_of(catalog, key) if endpoint.hostname]
    return tuple(dict.fromkeys((*catalog.platform(key).domains, *names)))


def endpoints_of(catalog: Catalog, key: str) -> list[Endpoint]:
    """Every endpoint of a platform; none when the catalog has no such platform."""
    return [endpoint for platform, target in catalog.targets() if platform.key == key for endpoint in target.endpoints]


def hung(host: Host) -> Host:
    """The host with the same open ports and nobody behind them."""
    return replace(host, services=tuple(Service(kind="silent", port=service.port) for service in host.services))


#: What each world does to a platform, by the way it can be seen: dns (any name), https and http (endpoints of that
#: protocol), addresses (endpoints at fixed ones). Written from the rules above by hand; unlisted platforms are open.
EFFECTS: dict[str, dict[str, dict[str, str]]] = {
    "open": {},
    "2021": {
        "signal": {"dns": "dns.injection.blockpage"},
        "telegram": {"dns": "dns.injection.blockpage", "addresses": "tcp.timeout"},
        "flickr": {"dns": "dns.injection.blockpage"},
        "twitter": {"https": "tls.reset.sni", "http": "http.blockpage"},
        "facebook": {"https": "tls.timeout.sni", "http": "http.timeout.host"},
        "youtube": {"https": "tls.timeout.sni", "http": "http.timeout.host"},
    },
    # Nothing here proves a censor: a hung server is an outage, and so may be an address that swallows every SYN.
    "hung_facebook": {"facebook": {}},
    "dropped": {},
}


def expected(world: World, catalog: Catalog) -> dict[str, Expectation]:
    """For each platform of the catalog: its state in this world, and the mechanisms that its endpoints can show.

    Derived from what the censor does. Raises `KeyError` for a world that is not one of this file's.
    """
    return {platform.key: expectation(world.name, catalog, platform.key) for platform in catalog.platforms}


def expectation(world: str, catalog: Catalog, key: str) -> Expectation:
    """State and mechanisms of one platform in one world."""
    if catalog.platform(key).retired_at is not None:
        return State.RETIRED, frozenset()
    if world == "dropped":
        return State.IMPAIRED, frozenset()
    effects = EFFECTS[world]
    if key not in effects:
        return State.OK, frozenset()
    ways = ways_of(endpoints_of(catalog, key))
    mechanisms = frozenset(mechanism for way, mechanism in effects[key].items() if way in ways)
    return State.BLOCKED if mechanisms else State.IMPAIRED, mechanisms


def ways_of(endpoints: Iterable[Endpoint]) -> set[str]:
    """How a platform can be seen: by its names, by the protocols of its named endpoints, by fixed addresses."""
    named = [endpoint for endpoint in endpoints if endpoint.hostname]
    fixed = [endpoint for endpoint in endpoints if endpoint.addresses]
    return (
        {endpoint.protocol for endpoint in named} | ({"dns"} if named else set()) | ({"addresses"} if fixed else set())
    )
