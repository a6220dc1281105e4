"""Scenarios of one web site, for the tests of trials and scores: with a censor, and without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.catalog import load_catalog
from agent.catalog.records import Endpoint, Platform, Target
from agent.config.resolvers import DEFAULT_RESOLVERS
from agent.lab.catalog_hosts import hosts_of
from agent.lab.rules import Match, Reset, Rule
from agent.lab.scenario.records import Expectation, Scenario
from agent.lab.world import Client, World
from agent.verdict.records import State

NAME = "www.example.org"
SITE = Platform(
    key="site",
    title="A web site",
    domains=("example.org",),
    targets=(
        Target(
            name="site/web",
            role="The site",
            endpoints=(Endpoint(id=f"https://{NAME}/", protocol="https", hostname=NAME, port=443, source="test"),),
        ),
    ),
)
CATALOG = replace(load_catalog(), platforms=(SITE,))
HOSTS = hosts_of(CATALOG, DEFAULT_RESOLVERS)
RESOLVER = next(host.addresses[0] for host in HOSTS if "resolver.provider.ir" in host.names)
#: A censor who resets every handshake that names the site.
RESET_BY_NAME = Rule(id="site_sni", match=Match(at="client_hello", names=(NAME,)), action=Reset())


def scenario(*rules: Rule, state: State = State.OK, rule: str = "", because: str = "", **changes: Any) -> Scenario:
    """The site behind a censor with these rules, and what must come out for it."""
    made = Scenario(
        name="site",
        path=Path("site.toml"),
        about="One web site.",
        family="action" if rules else "clean",
        source="",
        world=World(name="site", hosts=HOSTS, client=Client(resolver=RESOLVER), rules=rules),
        catalog=CATALOG,
        expected={"site": Expectation(state=state, rule=rule, because=because)},
    )
    return replace(made, **changes)


def reset(**changes: Any) -> Scenario:
    """The site behind a censor who resets its name; it must come out blocked."""
    return scenario(RESET_BY_NAME, state=State.BLOCKED, **changes)
