"""A scenario's file becomes the records that both stages stand on."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.catalog.load import load_catalog
from agent.config import DEFAULT_RESOLVERS
from agent.lab.catalog_hosts import PROVIDER_RESOLVER, invented
from agent.lab.scenario.load import ScenarioError, load_scenarios, shipped_scenarios_folder
from agent.lab.scenario.records import Expectation, Scenario
from agent.lab.world import Host, Page, Service
from agent.verdict.records import State
from tests.scenario_texts import ROOM, SITE, loaded, rule

CATALOG = load_catalog()


def test_a_file_becomes_a_scenario(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, SITE.replace("[measure]", 'seed = 7\nsource = "nobody"\n\n[measure]\nlimits = "real"'))
    assert (scenario.name, scenario.family, scenario.source, scenario.limits) == ("some", "action", "nobody", "real")
    assert scenario.world.seed == 7
    assert scenario.vantage_state == "normal"
    assert scenario.expected == {"shop": Expectation(state=State.OK, because="The loader does not sweep it.")}
    assert [platform.key for platform in scenario.catalog.platforms] == ["shop"]
    assert scenario.catalog.controls == CATALOG.controls


def test_a_host_is_what_its_tables_say(tmp_path: Path) -> None:
    """Addresses in their normal form, tables as pairs, lists as tuples."""
    text = SITE.replace(
        '[[host.service]]\nkind = "https"',
        'published = ["2606:2800:0220::0001"]\ncountry = "US"\nasn = 15133\nrtt_ms = 80\n'
        '[[host.service]]\nkind = "doh"\nanswers = { "a.example" = ["10.1.1.1"], "b.example" = [] }\n'
        'page = [{ status = 302, location = "https://", headers = { Server = "x" } }]',
    )
    host = loaded(tmp_path, text).world.hosts[0]
    assert host == Host(
        names=("www.shop.example",),
        addresses=("93.184.216.34", "2606:2800:220:1::1"),
        published=("2606:2800:220::1",),
        country="US",
        asn=15133,
        rtt_ms=80.0,
        services=(
            Service(
                kind="doh",
                port=443,
                answers=(("a.example", ("10.1.1.1",)), ("b.example", ())),
                pages=(Page(status=302, location="https://", headers=(("Server", "x"),)),),
            ),
        ),
    )


def test_what_is_measured_stands_by_itself(tmp_path: Path) -> None:
    """The platform's own hosts, every control, every resolver of the agent's, and the provider's; nothing else."""
    text = SITE.replace("[measure]", '[measure]\nplatforms = ["gmail"]') + '\n[expect.gmail]\nstate = "ok"\n'
    names = {name for host in loaded(tmp_path, text).world.hosts for name in host.names}
    platform = CATALOG.platform("gmail")
    wanted = {endpoint.hostname for target in platform.targets for endpoint in target.endpoints}
    wanted |= {control.endpoint.hostname for control in CATALOG.controls}
    assert names == wanted | {"www.shop.example", "dns.quad9.net", PROVIDER_RESOLVER}
    assert {resolver.address for resolver in DEFAULT_RESOLVERS} <= {
        address for host in loaded(tmp_path, SITE).world.hosts for address in host.addresses
    }


def test_only_the_targets_named_are_measured(tmp_path: Path) -> None:
    text = SITE.replace("[measure]", '[measure]\nplatforms = ["gmail", "yahoo"]\ntargets = ["gmail/web"]')
    text += '\n[expect.gmail]\nstate = "ok"\n[expect.yahoo]\nstate = "ok"\n'
    targets = {target.name for _, target in loaded(tmp_path, text).catalog.targets()}
    assert "gmail/web" in targets
    assert sum(name.startswith("gmail/") for name in targets) == 1
    assert sum(name.startswith("yahoo/") for name in targets) == len(CATALOG.platform("yahoo").targets)


@pytest.mark.parametrize(
    ("identity", "lost"),
    [
        ('names = ["example.com"]\naddresses = ["44.1.1.1"]', "example.com"),
        ('names = ["dns.example"]\naddresses = ["9.9.9.9"]', "dns.quad9.net"),
    ],
)
def test_a_host_of_the_scenario_takes_the_place_of_one_that_stands_by_itself(
    tmp_path: Path, identity: str, lost: str
) -> None:
    """By its name, or by its address."""
    before = loaded(tmp_path, SITE).world.hosts
    after = loaded(tmp_path, SITE + f"\n[[host]]\n{identity}\n").world.hosts
    assert len(before) == len(after)
    assert any(lost in host.names and host.services for host in before)
    assert not any(lost in host.names and host.services for host in after)


def test_the_resolver_is_the_providers_or_whom_the_client_names(tmp_path: Path) -> None:
    assert loaded(tmp_path, SITE).world.client.resolver == invented(PROVIDER_RESOLVER)[0]
    served = ROOM + '[[host.service]]\nkind = "dns"\nport = 53\n'
    for asked in ("room.example", "44.1.1.1"):
        client = loaded(tmp_path, SITE + served + f'\n[client]\nresolver = "{asked}"\n').world.client
        assert client.resolver == "44.1.1.1"


def test_the_providers_resolver_stands_where_the_client_does(tmp_path: Path) -> None:
    world = loaded(tmp_path, SITE + '\n[client]\ncountry = "DE"\n').world
    provider = world.host_at(world.client.resolver)
    assert provider is not None
    assert provider.country == "DE"


def test_sites_of_one_key_are_one_platform(tmp_path: Path) -> None:
    """Its domains are their names, and what they add; a name that no host bears stands nowhere."""
    sites = '{ key = "shop", url = "https://www.shop.example/", combine = "any_of", domains = ["pay.example"] }'
    sites += ', { key = "shop", url = "tcp://lost.example:5222" }'
    scenario = loaded(tmp_path, SITE.replace('{ key = "shop", url = "https://www.shop.example/" }', sites))
    (platform,) = scenario.catalog.platforms
    (target,) = platform.targets
    assert platform.domains == ("www.shop.example", "lost.example", "pay.example")
    assert [endpoint.id for endpoint in target.endpoints] == ["https://www.shop.example/", "tcp://lost.example:5222"]
    assert target.combine == "any_of"
    assert not any("lost.example" in host.names for host in scenario.world.hosts)


def test_a_site_can_be_visited_at_fixed_addresses(tmp_path: Path) -> None:
    text = SITE.replace('shop.example/" }', 'shop.example/", addresses = ["44.1.1.1"] }')
    (platform,) = loaded(tmp_path, text).catalog.platforms
    assert platform.targets[0].endpoints[0].addresses == ("44.1.1.1",)


def test_rules_name_platforms_instead_of_their_names_and_addresses(tmp_path: Path) -> None:
    text = SITE + rule('at = "query", names = ["x.org"], names_of = ["twitter", "shop"]')
    text += rule('at = "syn", addresses_of = ["shop", "telegram"]', name="two")
    first, second = loaded(tmp_path, text).world.rules
    assert first.match.names[0] == "x.org"
    assert {"twitter.com", "www.shop.example"} <= set(first.match.names)
    fixed = [a for t in CATALOG.platform("telegram").targets for e in t.endpoints for a in e.addresses]
    assert fixed
    assert set(second.match.addresses) == {"93.184.216.34", "2606:2800:220:1::1", *fixed}


def test_a_folder_is_read_by_name(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.toml").write_text(SITE, encoding="utf-8")
    assert [scenario.name for scenario in load_scenarios(tmp_path)] == ["a", "b"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(ScenarioError, match=r"empty: there is no scenario, .* name another\."):
        load_scenarios(tmp_path / "empty")


def test_the_shipped_scenarios_are_found_and_can_be_used() -> None:
    scenarios = load_scenarios(shipped_scenarios_folder())
    assert all(isinstance(scenario, Scenario) for scenario in scenarios)
    assert len({scenario.about for scenario in scenarios}) == len(scenarios)
