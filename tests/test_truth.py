"""What a censor does, as mechanisms: read off its rules and the world's pages alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.catalog.records import Catalog, Endpoint, Platform, Target
from agent.lab.rules import (
    MOMENTS,
    Action,
    Close,
    Drop,
    ForgeAnswer,
    Match,
    Pass,
    Reset,
    Residual,
    Rule,
    SendBytes,
    Throttle,
    Unreachable,
)
from agent.lab.truth import mechanisms_done_to, platforms_done_to
from agent.lab.world import Client, Host, Page, Service, World

RESOLVER = "44.0.0.53"
FIRST, SECOND = "first.example", "second.example"


def endpoint(name: str = FIRST, protocol: str = "https", path: str = "/") -> Endpoint:
    port = {"https": 443, "http": 80}[protocol]
    return Endpoint(
        id=f"{protocol}://{name}{path}", protocol=protocol, hostname=name, port=port, path=path, source="test"
    )


def world(*rules: Rule, page: Page | None = None, tls: str = "1.3") -> World:
    """Two sites; the first has one page, by default the usual one, over HTTPS and plain HTTP."""
    pages = () if page is None else (page,)
    return World(
        name="truth",
        hosts=(
            Host(names=("resolver.example",), addresses=(RESOLVER,), services=(Service(kind="dns", port=53),)),
            Host(
                names=(FIRST,),
                addresses=("44.0.0.1",),
                services=(
                    Service(kind="https", port=443, pages=pages, tls=tls),
                    Service(kind="http", port=80, pages=pages),
                ),
            ),
            Host(
                names=(SECOND,),
                addresses=("44.0.0.2",),
                services=(Service(kind="https", port=443), Service(kind="redirect", port=80)),
            ),
        ),
        client=Client(resolver=RESOLVER),
        rules=rules,
    )


def rule(at: str, action: Action, *, name: str = FIRST, **changes: object) -> Rule:
    names = () if at in {"syn", "accept"} else (name,)
    return Rule(id=f"{at}_{name.partition('.')[0]}", match=Match(at=at, names=names, **changes), action=action)  # type: ignore[arg-type] # fields of Match


@pytest.mark.parametrize(
    ("one", "mechanisms"),
    [
        (rule("query", ForgeAnswer(addresses=("10.10.34.36",))), {"dns.injection.blockpage"}),
        (rule("query", ForgeAnswer(addresses=("127.0.0.1",))), {"dns.injection.bogon"}),
        (rule("query", ForgeAnswer(addresses=("44.9.9.9",))), {"dns.injection.other"}),
        (rule("query", ForgeAnswer(rcode="NXDOMAIN")), {"dns.nxdomain"}),
        (rule("query", ForgeAnswer()), {"dns.empty"}),
        (rule("query", Drop()), {"dns.timeout"}),
        (rule("syn", Drop(), addresses=("44.0.0.1",)), {"tcp.timeout"}),
        (rule("syn", Unreachable(), addresses=("44.0.0.1",)), {"ip.unreachable"}),
        (rule("syn", Unreachable(what="port"), addresses=("44.0.0.1",)), {"tcp.refused"}),
        (rule("client_hello", Reset()), {"tls.reset.sni"}),
        (rule("client_hello", Close()), {"tls.close.sni"}),
        (rule("client_hello", SendBytes(data=b"x", shows="page")), {"tls.plaintext", "http.blockpage"}),
    ],
)
def test_each_rule_has_its_words(one: Rule, mechanisms: set[str]) -> None:
    assert mechanisms_done_to(world(one), endpoint()) == mechanisms
    assert mechanisms_done_to(world(), endpoint()) == frozenset()
    assert mechanisms_done_to(world(one), endpoint(SECOND)) == frozenset()


def test_a_certificate_is_seen_only_where_it_passes_in_clear() -> None:
    one = rule("certificate", Reset())
    assert mechanisms_done_to(world(one, tls="1.2"), endpoint()) == {"tls.reset.certificate"}
    assert mechanisms_done_to(world(one, tls="1.3"), endpoint()) == frozenset()


def test_a_certificate_is_known_by_what_stands_in_it() -> None:
    """Which need not be the name that was asked for."""
    plain = world(rule("certificate", Reset()), tls="1.2")
    old = Service(kind="https", port=443, tls="1.2", certificate_names=("shared.example", "more.example"))
    hosts = tuple(replace(host, services=(old,)) if FIRST in host.names else host for host in plain.hosts)
    assert mechanisms_done_to(replace(plain, hosts=hosts), endpoint()) == frozenset()
    by_another = rule("certificate", Reset(), name="more.example")
    assert mechanisms_done_to(replace(plain, hosts=hosts, rules=(by_another,)), endpoint()) == {"tls.reset.certificate"}


def test_what_ends_the_traffic_hides_what_comes_after_it() -> None:
    """But a forged name is not the end for who knows the address."""
    rules = rule("query", ForgeAnswer(rcode="NXDOMAIN")), rule("client_hello", Reset())
    assert mechanisms_done_to(world(*rules), endpoint()) == {"dns.nxdomain", "tls.reset.sni"}
    dropped = Rule(id="dropped", match=Match(at="syn", addresses=("44.0.0.1",)), action=Drop())
    assert mechanisms_done_to(world(*rules, dropped), endpoint()) == {"dns.nxdomain", "tcp.timeout"}


@pytest.mark.parametrize("at", [at for at in MOMENTS if at not in {"datagram", "quic", "unrecognised"}])
def test_to_let_pass_is_to_do_nothing(at: str) -> None:
    """And what comes after is done all the same."""
    spared = rule(at, Pass())
    reset = rule("client_hello", Reset())
    assert mechanisms_done_to(world(spared, tls="1.2"), endpoint()) == frozenset()
    if at != "client_hello":
        assert mechanisms_done_to(world(spared, reset, tls="1.2"), endpoint()) == {"tls.reset.sni"}


@pytest.mark.parametrize(("from_s", "mechanisms"), [(5.0, {"tls.reset.sni"}), (3600.0, set())])
def test_a_rule_that_begins_when_every_trial_has_ended_does_nothing_in_it(from_s: float, mechanisms: set[str]) -> None:
    assert mechanisms_done_to(world(rule("client_hello", Reset(), from_s=from_s)), endpoint()) == mechanisms


@pytest.mark.parametrize(
    "condition", [{"last_occasion": 1}, {"until_s": 5.0}, {"probability": 0.5}, {"after": "another"}]
)
def test_a_rule_that_acts_now_and_then_leaves_something_to_the_next(condition: dict[str, Any]) -> None:
    """What it does is done at times, and so is what comes after it. One that always acts leaves nothing."""
    at_times = replace(rule("client_hello", Reset(), **condition), id="at_times")
    always, later = rule("client_hello", Drop()), rule("client_hello", Close(), name="example")
    assert mechanisms_done_to(world(at_times, always, later), endpoint()) == {"tls.reset.sni", "tls.timeout.sni"}
    spared = replace(at_times, action=Pass())
    assert mechanisms_done_to(world(spared, always), endpoint()) == {"tls.timeout.sni"}


@pytest.mark.parametrize(
    ("residual", "afterwards"),
    [
        (Residual(seconds=60.0), {"tcp.timeout"}),
        (Residual(seconds=60.0, action=Reset()), {"tcp.refused"}),
        (Residual(seconds=60.0, by="name"), {"dns.timeout", "tls.timeout.sni"}),
    ],
)
def test_what_a_rule_goes_on_punishing_with_is_its_doing_too(residual: Residual, afterwards: set[str]) -> None:
    punishing = replace(rule("client_hello", Reset()), residual=residual)
    assert mechanisms_done_to(world(punishing), endpoint()) == {"tls.reset.sni", *afterwards}
    assert mechanisms_done_to(world(punishing), endpoint(SECOND)) == frozenset()


def test_each_version_of_ip_is_visited_at_what_is_published() -> None:
    dropped = Rule(id="ipv6", match=Match(at="syn", ip_version=6), action=Drop())
    both = world(dropped)
    hosts = tuple(
        replace(host, addresses=(*host.addresses, "2610:44::1")) if FIRST in host.names else host for host in both.hosts
    )
    assert mechanisms_done_to(replace(both, hosts=hosts), endpoint()) == {"tcp.timeout"}
    assert mechanisms_done_to(both, endpoint()) == frozenset()
    ipv4_only = tuple(replace(host, published=host.addresses[:1]) if FIRST in host.names else host for host in hosts)
    assert mechanisms_done_to(replace(both, hosts=ipv4_only), endpoint()) == frozenset()


def test_what_stands_on_the_line_is_no_censor() -> None:
    portal = replace(rule("client_hello", Reset()), where="line")
    assert mechanisms_done_to(world(portal), endpoint()) == frozenset()


@pytest.mark.parametrize("protocol", ["https", "http"])
def test_a_page_that_sends_on_is_followed(protocol: str) -> None:
    """What is done where it leads is done to who visits the first."""
    one = rule("client_hello", Reset(), name=SECOND)
    sends_on = Page(status=302, location=f"https://{SECOND}/")
    assert mechanisms_done_to(world(one, page=sends_on), endpoint(protocol=protocol)) == {"tls.reset.sni"}
    assert mechanisms_done_to(world(one), endpoint(protocol=protocol)) == frozenset()
    elsewhere = replace(sends_on, path="/old")
    assert mechanisms_done_to(world(one, page=elsewhere), endpoint(protocol=protocol)) == frozenset()
    assert mechanisms_done_to(world(one, page=elsewhere), endpoint(protocol=protocol, path="/old/1")) != frozenset()


def test_a_plain_page_that_sends_to_its_secure_one_is_followed() -> None:
    one = rule("client_hello", Reset(), name=SECOND)
    assert mechanisms_done_to(world(one), endpoint(SECOND, "http")) == {"tls.reset.sni"}


def test_nothing_behind_what_is_cut_is_met() -> None:
    rules = rule("client_hello", Drop()), rule("client_hello", Reset(), name=SECOND)
    page = Page(status=302, location=f"https://{SECOND}/")
    assert mechanisms_done_to(world(*rules, page=page), endpoint()) == {"tls.timeout.sni"}


@pytest.mark.parametrize(
    "location", ["", "https://", "https://[::1", f"https://{FIRST}/", "mailto:x@first.example", "/"]
)
def test_what_leads_nowhere_or_in_a_circle_has_an_end(location: str) -> None:
    assert mechanisms_done_to(world(page=Page(status=302, location=location)), endpoint()) == frozenset()


@pytest.mark.parametrize(
    ("at", "action", "mechanisms"),
    [
        ("quic", Drop(), {"quic.timeout"}),
        ("quic", Unreachable(what="port"), {"ip.unreachable"}),
        ("quic", Throttle(rate_kbit_s=64.0), {"quic.throttle"}),
        ("quic", Pass(), set()),
        ("datagram", Drop(), {"quic.timeout"}),
        ("datagram", Unreachable(what="port"), {"ip.unreachable"}),
    ],
)
@pytest.mark.parametrize("further", [(), (Rule(id="over_tcp", match=Match(at="syn"), action=Drop()),)])
def test_what_is_done_to_quic_is_done_beside_what_is_done_to_tcp(
    at: str, action: Action, mechanisms: set[str], further: tuple[Rule, ...]
) -> None:
    """To a host that speaks it, on the port that it speaks it on; to no other."""
    rules = (Rule(id="over_udp", match=Match(at=at, ports=(443,)), action=action), *further)
    over_tcp = {"tcp.timeout"} if further else set()
    speaks = with_quic(world(*rules))
    assert mechanisms_done_to(speaks, endpoint()) == mechanisms | over_tcp
    assert mechanisms_done_to(speaks, endpoint(protocol="http")) == over_tcp
    assert mechanisms_done_to(world(*rules), endpoint()) == over_tcp


def test_quic_is_met_by_the_name_that_it_names() -> None:
    dropped = Rule(id="named", match=Match(at="quic", names=(SECOND,)), action=Drop())
    assert mechanisms_done_to(with_quic(world(dropped)), endpoint()) == frozenset()


def with_quic(plain: World) -> World:
    """The same world, whose first site speaks QUIC beside TCP."""
    resolver, first, *others = plain.hosts
    services = (*first.services, Service(kind="quic", port=443))
    return replace(plain, hosts=(resolver, replace(first, services=services), *others))


def test_what_is_done_to_an_accepted_connection_is_named_for_what_is_said_over_it() -> None:
    """By apps, plain HTTP on the port of HTTPS too."""
    dropped = world(Rule(id="dropped", match=Match(at="accept", addresses=("44.0.0.1",)), action=Drop()))
    in_clear = replace(endpoint(protocol="http"), port=443)
    assert mechanisms_done_to(dropped, in_clear) == {"http.timeout"}
    assert mechanisms_done_to(dropped, endpoint()) == {"tls.timeout"}


@pytest.mark.parametrize(("needed", "mechanisms"), [(True, {"tls.reset.sni"}), (False, set())])
def test_what_is_done_to_a_platform_is_done_to_what_it_needs(needed: bool, mechanisms: set[str]) -> None:
    """Its verdict rests on nothing else."""
    targets = (
        Target(name="shop/front", role="its pages", endpoints=(endpoint(SECOND),)),
        Target(name="shop/media", role="its pictures", needed=needed, endpoints=(endpoint(),)),
    )
    catalog = Catalog(version="test", platforms=(Platform(key="shop", title="Shop", targets=targets),), controls=())
    assert platforms_done_to(world(rule("client_hello", Reset())), catalog) == {"shop": mechanisms}
