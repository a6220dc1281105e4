"""The worlds that come with the agent: what their censor does to the catalog, and what is open beside it."""

import asyncio
import ipaddress

import pytest

from agent.catalog.load import load_catalog
from agent.catalog.records import Catalog, Endpoint, Platform, Target
from agent.lab.censor import Event, may_decide
from agent.lab.embedded import dropped_world, expected, hung_facebook, open_world, suffixes_of, world_2021
from agent.lab.loopback.lab import Lab
from agent.lab.rules import Drop, ForgeAnswer, Reset, SendBytes
from agent.lab.servers.nameserver import stub_answer, stub_query
from agent.lab.world import World
from agent.verdict.records import State
from probes.dns_lookup import Resolver
from tests.lab_client import SILENCE_S, ask_udp, dial, dial_tls, get, resolve

CATALOG = load_catalog()
WORLD = world_2021(CATALOG)
#: What an action means where it is taken: written down here from the glossary of mechanisms, once more.
MEANING = {
    ("query", ForgeAnswer): "dns.injection.blockpage",
    ("syn", Drop): "tcp.timeout",
    ("client_hello", Reset): "tls.reset.sni",
    ("client_hello", Drop): "tls.timeout.sni",
    ("request", SendBytes): "http.blockpage",
    ("request", Drop): "http.timeout.host",
}
OPEN = ("whatsapp", "instagram", "gmail", "yahoo", "tabnak")


def events_of(endpoint: Endpoint) -> list[Event]:
    """What passes the censor when an endpoint is visited, whatever comes of it."""
    events = [Event(at="syn", address=address, port=endpoint.port) for address in endpoint.addresses]
    if endpoint.hostname:
        events.append(Event(at="query", name=endpoint.hostname, query_type="A"))
    if endpoint.protocol in ("https", "http"):
        at = "client_hello" if endpoint.protocol == "https" else "request"
        events.append(Event(at=at, name=endpoint.hostname, port=endpoint.port))
    return events


def mechanisms_of(world: World, platform: Platform) -> set[str]:
    """What the rules do to a platform, rule by rule."""
    found = set()
    for target in platform.targets:
        for endpoint in target.endpoints:
            for event in events_of(endpoint):
                if rule := next(may_decide(world.rules, event), None):
                    found.add(MEANING[event.at, type(rule.action)])
    return found


@pytest.mark.parametrize("platform", CATALOG.platforms, ids=lambda platform: platform.key)
def test_expectation_of_2021_is_what_the_rules_do(platform: Platform) -> None:
    state, mechanisms = expected(WORLD, CATALOG)[platform.key]
    assert mechanisms == mechanisms_of(WORLD, platform)
    assert state == (State.RETIRED if platform.retired_at else State.BLOCKED if mechanisms else State.OK)


def test_states_of_2021_are_those_of_the_document() -> None:
    states = {key: state.value for key, (state, _) in expected(WORLD, CATALOG).items()}
    blocked = dict.fromkeys(("signal", "telegram", "twitter", "facebook", "youtube", "flickr"), "blocked")
    assert states == {**blocked, **dict.fromkeys(OPEN, "ok"), "cloob": "retired"}


def test_no_rule_of_2021_touches_an_open_platform_or_a_control() -> None:
    """Suffixes overlap easily: google.com is Gmail's, googlevideo.com YouTube's."""
    endpoints = [endpoint for key in OPEN for target in CATALOG.platform(key).targets for endpoint in target.endpoints]
    endpoints += [control.endpoint for control in CATALOG.controls]
    events = [event for endpoint in endpoints for event in events_of(endpoint)]
    assert [rule.id for event in events for rule in may_decide(WORLD.rules, event)] == []


def test_every_living_name_has_public_addresses_of_its_own() -> None:
    """Private or reserved ones would look like forgeries to the agent."""
    names = {endpoint.hostname for _, target in CATALOG.targets() for endpoint in target.endpoints if endpoint.hostname}
    served = {name: host.addresses for host in WORLD.hosts for name in host.names}
    assert names - set(served) == {"cloob.com"}
    for name in names & set(served):
        versions = [ipaddress.ip_address(address).version for address in served[name]]
        assert versions == [4, 6]
    assert all(ipaddress.ip_address(address).is_global for host in WORLD.hosts for address in host.addresses)


def test_addresses_are_the_same_in_every_world() -> None:
    assert open_world(CATALOG).hosts == world_2021(CATALOG).hosts == open_world(CATALOG).hosts


def test_fixed_addresses_are_kept() -> None:
    pool = CATALOG.platform("telegram").targets[0]
    fixed = {address for endpoint in pool.endpoints for address in endpoint.addresses}
    served = {host.addresses for host in WORLD.hosts}
    assert {(address,) for address in fixed} <= served


def test_open_world_has_no_rules_and_expects_no_block() -> None:
    world = open_world(CATALOG)
    assert world.rules == ()
    assert {state for state, _ in expected(world, CATALOG).values()} == {State.OK, State.RETIRED}


def test_names_of_signal_are_forged_at_every_resolver_but_doh() -> None:
    """The censor of 2021 lies to the system and over UDP; the same question inside TLS is answered truly."""
    query = stub_query("chat.signal.org", 4)
    (true,) = [host.addresses[0] for host in WORLD.hosts if "chat.signal.org" in host.names]
    with Lab(WORLD) as lab:
        assert resolve(lab, "chat.signal.org") == ("10.10.34.35",)
        assert [stub_answer(query, wire) for wire in ask_udp(lab, "9.9.9.9", query, at_least=1)] == [("10.10.34.35",)]
        secure = dial_tls(lab, "9.9.9.9", "dns.quad9.net")
        reply = get(secure, "dns.quad9.net", "/dns-query", method="POST", body=query)
        assert stub_answer(query, reply.partition(b"\r\n\r\n")[2]) == (true,)
        assert resolve(lab, "www.yahoo.com") != ("10.10.34.35",)
        assert {deed.rule_id for deed in lab.censor_log} == {"signal_query"}


def test_flickrs_forged_answer_is_followed_by_the_true_one() -> None:
    query = stub_query("www.flickr.com", 4)
    (true,) = [host.addresses[0] for host in WORLD.hosts if "www.flickr.com" in host.names]
    with Lab(WORLD) as lab:
        answers = [stub_answer(query, wire) for wire in ask_udp(lab, "8.8.8.8", query, at_least=2)]
    assert answers == [("10.10.34.36",), (true,)]


def test_data_centres_are_dropped_in_2021_and_open_without_a_censor() -> None:
    with Lab(WORLD) as lab, pytest.raises(TimeoutError):
        dial(lab, "149.154.167.51", 443, timeout_s=SILENCE_S)
    with Lab(open_world(CATALOG)) as lab:
        assert get(dial(lab, "149.154.167.51", 443), "149.154.167.51", method="POST").startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("name", ["www.facebook.com", "example.com", ""])
def test_hung_facebook_says_nothing_to_any_name(name: str) -> None:
    """An outage that looks like a filter by name until another name is tried at the same address."""
    world = hung_facebook(CATALOG)
    with Lab(world) as lab:
        (address,) = resolve(lab, "www.facebook.com")
        with pytest.raises(TimeoutError):
            dial_tls(lab, address, name or address, timeout_s=SILENCE_S)
        with pytest.raises(TimeoutError):
            get(dial(lab, address, 80, timeout_s=SILENCE_S), name)
        (control,) = resolve(lab, "example.com")
        assert get(dial_tls(lab, control, "example.com"), "example.com").startswith(b"HTTP/1.1 200")
        assert lab.censor_log == []
    assert expected(world, CATALOG)["facebook"] == (State.IMPAIRED, frozenset())
    assert expected(world, CATALOG)["youtube"] == (State.OK, frozenset())


def test_dropped_world_swallows_platforms_and_leaves_controls() -> None:
    async def reaches(lab: Lab, address: str, port: int) -> bool:
        try:
            async with asyncio.timeout(SILENCE_S):
                (await lab.network.open_tcp(address, port)).close()
        except TimeoutError:
            return False
        return True

    async def sweep(lab: Lab, endpoints: list[Endpoint]) -> list[bool]:
        places = [
            (address, endpoint.port)
            for endpoint in endpoints
            for address in endpoint.addresses or await lab.network.resolve(endpoint.hostname, 4)
        ]
        return await asyncio.gather(*(reaches(lab, address, port) for address, port in places))

    living = [target for platform, target in CATALOG.targets() if platform.retired_at is None]
    endpoints = [endpoint for target in living for endpoint in target.endpoints if endpoint.port]
    controls = [control.endpoint for control in CATALOG.controls]
    with Lab(dropped_world(CATALOG)) as lab:
        assert asyncio.run(sweep(lab, endpoints)) == [False] * len(endpoints)
        assert asyncio.run(sweep(lab, controls)) == [True] * len(controls)
    with Lab(open_world(CATALOG)) as lab:
        assert asyncio.run(sweep(lab, endpoints)) == [True] * len(endpoints)


def test_catalog_without_the_blocked_platforms_has_no_rules_for_them() -> None:
    small = Catalog(version="2026-01-01", platforms=(CATALOG.platform("yahoo"),), controls=CATALOG.controls)
    assert world_2021(small).rules == ()
    assert expected(world_2021(small), small) == {"yahoo": (State.OK, frozenset())}


def test_protocol_that_the_lab_does_not_serve_is_refused() -> None:
    ftp = Endpoint(id="ftp://a.example/", protocol="ftp", hostname="a.example", port=21, source="none")
    target = Target(name="odd/files", role="files", endpoints=(ftp,))
    odd = Catalog(version="1", platforms=(Platform(key="odd", title="Odd", targets=(target,)),), controls=())
    with pytest.raises(ValueError, match=r"^Endpoint ftp://a\.example/: the lab serves no protocol 'ftp'\.$"):
        open_world(odd)


def test_resolvers_of_one_address_share_a_host() -> None:
    resolvers = (
        Resolver(name="udp", transport="udp", address="9.9.9.9"),
        Resolver(name="doh", transport="doh", address="9.9.9.9", port=443, url="https://dns.quad9.net/dns-query"),
    )
    (host,) = [host for host in open_world(CATALOG, resolvers).hosts if host.addresses == ("9.9.9.9",)]
    assert host.names == ("dns.quad9.net",)
    assert {(service.kind, service.port) for service in host.services} == {("dns", 53), ("doh", 443)}


def test_suffixes_hold_every_name_of_the_platform() -> None:
    for platform in CATALOG.platforms:
        names = {endpoint.hostname for target in platform.targets for endpoint in target.endpoints}
        assert names - {""} <= set(suffixes_of(CATALOG, platform.key))
