"""A scenario's file becomes the records that both stages stand on."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from agent.catalog.load import load_catalog
from agent.config import DEFAULT_RESOLVERS
from agent.lab.catalog_hosts import PROVIDER_RESOLVER, invented
from agent.lab.rules import (
    MOMENTS,
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
from agent.lab.scenario.censoring import RECORDS
from agent.lab.scenario.keys_of_rules import ACTIONS, TABLES
from agent.lab.scenario.load import ScenarioError, load_scenarios, shipped_scenarios_folder
from agent.lab.scenario.records import Expectation, Scenario
from agent.lab.truth import platforms_done_to
from agent.lab.world import Client, Host, Line, Page, Service
from agent.verdict.records import State
from tests.scenario_texts import ROOM, SITE, loaded, rule

CATALOG = load_catalog()
#: Keys of a table that become something else than the record's field of that name, or no field at all.
CONVENIENCES = {
    "client": {"captive_portal", "national_only"},
    "match": {"names_of", "addresses_of"},
    "host": {"service"},
    "service": {"page"},
    "residual": {"do"},
    "rule": set(),
    "line": set(),
    "page": set(),
    "expect": set(),
}
RECORDS_OF_TABLES = {
    "client": Client,
    "line": Line,
    "host": Host,
    "service": Service,
    "page": Page,
    "rule": Rule,
    "match": Match,
    "residual": Residual,
    "expect": Expectation,
}
#: Fields whose key has another name.
RENAMED = {"host": {"services"}, "service": {"pages"}, "residual": {"action"}}


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


#: How each action is written, where it can be done, and what it becomes.
WRITTEN = {
    'do = "pass"': ("syn", Pass()),
    'do = "forge_answer", addresses = ["D0::11"], ttl_s = 60, order = "before", gap_ms = 5': (
        "query",
        ForgeAnswer(addresses=("d0::11",), ttl_s=60, order="before", gap_ms=5.0),
    ),
    'do = "forge_answer", rcode = "NXDOMAIN"': ("query", ForgeAnswer(rcode="NXDOMAIN")),
    'do = "forge_answer", malformed = true': ("query", ForgeAnswer(malformed=True)),
    'do = "drop"': ("datagram", Drop()),
    'do = "reset", to = "client"': ("client_hello", Reset(to="client")),
    'do = "close"': ("unrecognised", Close()),
    'do = "unreachable", what = "admin"': ("syn", Unreachable(what="admin")),
    'do = "foreign_certificate", kind = "self_signed"': ("client_hello", ForeignCertificate(kind="self_signed")),
    'do = "tls_alert", description = 112': ("client_hello", TlsAlert(description=112)),
    'do = "send", text = "go away"': ("client_hello", SendBytes(data=b"go away")),
    'do = "throttle", rate_kbit_s = 64': ("request", Throttle(rate_kbit_s=64.0)),
    'do = "corrupt"': ("request", Corrupt()),
}


@pytest.mark.parametrize("action", WRITTEN)
def test_an_action_is_what_its_words_say(tmp_path: Path, action: str) -> None:
    at, record = WRITTEN[action]
    assert loaded(tmp_path, SITE + rule(f'at = "{at}"', action)).world.rules[0].action == record


@pytest.mark.parametrize(
    ("page", "holds"),
    [
        ('page = "iran_2016", label = "FR1-6"', [b"HTTP/1.1 403", b"<title>FR1-6<", b'src="http://10.10.34.34?type']),
        ('page = "iran_2023", address = "10.10.34.36"', [b"Content-Length", b'src="http://10.10.34.36/?type']),
        ('page = "iran_2016", address = "d0::11"', [b'src="http://[d0::11]?type']),
        ('page = "iran_redirect"', [b"HTTP/1.1 301", b"Location: http://10.10.34.34\r\n"]),
        ('page = "own", status = 451, title = "No <b>"', [b"HTTP/1.1 451", b"text/html", b"<title>No &lt;b&gt;<"]),
        ('page = "own", body = "away", headers = { X = "y" }', [b"X: y\r\n", b"\r\n\r\naway"]),
    ],
)
def test_a_block_page_is_the_one_that_is_named(tmp_path: Path, page: str, holds: list[bytes]) -> None:
    action = loaded(tmp_path, SITE + rule('at = "request"', f'do = "block_page", {page}')).world.rules[0].action
    assert isinstance(action, SendBytes)
    assert action.shows == ("redirect" if "iran_redirect" in page else "page")
    for part in holds:
        assert part in action.data


def test_a_redirect_leads_where_it_says(tmp_path: Path) -> None:
    text = SITE + rule('at = "request"', 'do = "redirect", location = "http://10.10.34.34", status = 307')
    action = loaded(tmp_path, text).world.rules[0].action
    assert isinstance(action, SendBytes)
    assert action.shows == "redirect"
    assert action.data.startswith(b"HTTP/1.1 307 ")
    assert b"Location: http://10.10.34.34\r\n" in action.data


def test_a_rule_can_go_on_punishing(tmp_path: Path) -> None:
    residual = '[rule.residual]\nseconds = 60\nby = "name"\ndo = "reset"\n'
    found = loaded(tmp_path, SITE + rule('at = "client_hello", names = ["x.org"]', more=residual)).world.rules[0]
    assert found.residual == Residual(seconds=60.0, by="name", action=Reset())


PORTAL = SITE.replace(
    "[measure]", 'vantage_state = "captive_portal"\n\n[client]\ncaptive_portal = "room.example"\n[measure]'
)
NATIONAL = SITE.replace("[measure]", 'vantage_state = "national_only"\n\n[client]\nnational_only = true\n[measure]')


def test_a_captive_portal_is_rules_of_the_line(tmp_path: Path) -> None:
    """It leads questions to itself, never answers AAAA with an A record, and is no censor."""
    scenario = loaded(tmp_path, PORTAL + ROOM)
    assert {one.where for one in scenario.world.rules} == {"line"}
    forged = {
        one.match.query_types: one.action.addresses
        for one in scenario.world.rules
        if isinstance(one.action, ForgeAnswer)
    }
    assert forged == {("A",): ("44.1.1.1",), ("AAAA",): (), (): ()}
    assert platforms_done_to(scenario.world, scenario.catalog) == {"shop": frozenset()}


def test_on_a_national_line_only_hosts_of_the_country_are_spared(tmp_path: Path) -> None:
    world = loaded(tmp_path, NATIONAL).world
    spared = [one.match for one in world.rules if isinstance(one.action, Pass)]
    home = {address for host in world.hosts if host.country == "IR" for address in host.addresses}
    assert all(set(match.addresses) == home for match in spared)
    assert {match.at for match in spared} == {"query", "syn", "quic"}
    assert {one.match.at for one in world.rules if isinstance(one.action, Drop)} == {"query", "syn", "quic"}
    assert not any("www.shop.example" in match.names for match in spared)


def test_the_lines_rules_are_asked_before_the_censors(tmp_path: Path) -> None:
    rules = loaded(tmp_path, NATIONAL + rule('at = "request"')).world.rules
    assert rules[-1].id == "one"
    assert all(one.where == "line" for one in rules[:-1])


@pytest.mark.parametrize("table", RECORDS_OF_TABLES)
def test_every_field_has_its_key_with_the_same_default(table: str) -> None:
    """No field of a record is out of a file's reach, and no default is told wrong."""
    record = {field.name: field.default for field in fields(RECORDS_OF_TABLES[table])}
    keys = {name: key for name, key in TABLES[table].items() if name not in CONVENIENCES[table]}
    assert set(keys) == set(record) - RENAMED.get(table, set())
    for name, key in keys.items():
        if name != "resolver" and not key.required:  # the provider's address is not known beforehand
            assert record[name] == key.default, name
        assert key.required == (record[name] is MISSING) or name == "resolver", name


@pytest.mark.parametrize("word", [word for word, record in RECORDS.items() if record is not SendBytes])
def test_every_field_of_an_action_has_its_key_with_the_same_default(word: str) -> None:
    record = {field.name: field.default for field in fields(RECORDS[word])}
    assert set(ACTIONS[word]) == set(record)
    for name, key in ACTIONS[word].items():
        assert key.required or record[name] == key.default, name


def test_every_action_of_a_moment_can_be_written() -> None:
    assert set(RECORDS.values()) == {record for able in MOMENTS.values() for record in able}
    assert set(RECORDS) == set(ACTIONS)


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
