"""The censor's judgement, as calls: which rule decides, and what a world or a rule may not say."""

import re
from dataclasses import replace

import pytest

from agent.lab.censor import Censor, Event, may_decide
from agent.lab.rules import (
    MOMENTS,
    Close,
    Drop,
    ForeignCertificate,
    ForgeAnswer,
    Match,
    Reset,
    Residual,
    Rule,
    Throttle,
)
from agent.lab.world import Client, Host, Service, World

RULES = (
    Rule(id="names", match=Match(at="client_hello", names=("x.com",)), action=Reset()),
    Rule(id="prefix", match=Match(at="syn", addresses=("149.154.160.0/20", "2001:b28:f23d::/48")), action=Drop()),
    Rule(id="door", match=Match(at="syn", addresses=("44.0.0.1",), ports=(443,)), action=Reset()),
    Rule(
        id="aaaa",
        match=Match(at="query", names=("signal.org",), query_types=("AAAA",)),
        action=ForgeAnswer(rcode="NXDOMAIN"),
    ),
    Rule(id="all_signal", match=Match(at="query", names=("signal.org",)), action=Drop()),
)


@pytest.mark.parametrize(
    ("event", "rule_id"),
    [
        (Event(at="client_hello", name="x.com"), "names"),
        (Event(at="client_hello", name="API.X.com."), "names"),
        (Event(at="client_hello", name="netflix.com"), None),
        (Event(at="client_hello", name="x.com.example"), None),
        (Event(at="client_hello", name=""), None),
        (Event(at="request", name="x.com"), None),
        (Event(at="client_hello", name="x.com", crosses_border=False), None),
        (Event(at="syn", address="149.154.167.51", port=80), "prefix"),
        (Event(at="syn", address="2001:b28:f23d:f001::a", port=80), "prefix"),
        (Event(at="syn", address="149.154.1.1", port=80), None),
        (Event(at="syn", address="44.0.0.1", port=443), "door"),
        (Event(at="syn", address="44.0.0.1", port=80), None),
        (Event(at="query", name="chat.signal.org", query_type="AAAA"), "aaaa"),
        (Event(at="query", name="chat.signal.org", query_type="A"), "all_signal"),
    ],
)
def test_first_rule_whose_every_condition_holds_decides(event: Event, rule_id: str | None) -> None:
    rule = next(may_decide(RULES, event), None)
    assert (rule.id if rule else None) == rule_id


def test_only_deeds_are_logged() -> None:
    censor = Censor(RULES)
    assert censor.act_on(Event(at="client_hello", name="example.com")) is None
    assert censor.act_on(Event(at="client_hello", name="x.com")) == Reset()
    assert [(deed.rule_id, deed.event.name) for deed in censor.log] == [("names", "x.com")]


@pytest.mark.parametrize("by", ["name", "server"])
def test_a_punishment_reaches_no_further_than_its_rule_sees(by: str) -> None:
    """What stays inside the country passes no border, whatever was done there before."""
    seen = {"name": "x.com", "address": "44.0.0.1", "port": 443}
    punishing = Rule(id="r", match=Match(at="client_hello"), action=Reset(), residual=Residual(seconds=60.0, by=by))
    censor = Censor((punishing,))
    again = Event(at="request" if by == "name" else "syn", **seen)  # type: ignore[arg-type] # fields of Event
    assert censor.act_on(again) is None
    assert censor.act_on(Event(at="client_hello", **seen)) == Reset()  # type: ignore[arg-type] # fields of Event
    assert censor.act_on(replace(again, crosses_border=False)) is None
    assert censor.act_on(again) == Drop()


@pytest.mark.parametrize(
    ("at", "action", "sentence"),
    [
        ("hello", Drop(), f"Rule r: cannot act at 'hello'; use one of {', '.join(MOMENTS)}."),
        ("query", Reset(), "Rule r: Reset is no action at 'query'; use one of Pass, Drop, ForgeAnswer, Unreachable."),
        (
            "syn",
            Close(),
            "Rule r: Close is no action at 'syn'; use one of Pass, Drop, Reset, Unreachable, Throttle.",
        ),
        (
            "request",
            ForeignCertificate(),
            "Rule r: ForeignCertificate is no action at 'request'; use one of Pass, Drop, Reset, Close, SendBytes, "
            "Throttle, Corrupt.",
        ),
        (
            "accept",
            Throttle(rate_kbit_s=8.0),
            "Rule r: Throttle is no action at 'accept'; use one of Pass, Drop, Reset, Close, SendBytes.",
        ),
    ],
)
def test_impossible_rule_is_refused_with_the_remedy(at: str, action: Drop, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        Rule(id="r", match=Match(at=at), action=action)


RESOLVER = Host(addresses=("44.0.0.53",), services=(Service(kind="dns", port=53),))
SITE = Host(names=("site.example",), addresses=("44.0.0.1",))


@pytest.mark.parametrize(
    ("hosts", "rules", "sentence"),
    [
        (
            (RESOLVER, SITE, Host(addresses=("44.0.0.1",))),
            (),
            "World w: the address 44.0.0.1 stands twice; give each its own.",
        ),
        (
            (RESOLVER, SITE, Host(names=("site.example",), addresses=("44.0.0.2",))),
            (),
            "World w: the name site.example stands twice; give each its own.",
        ),
        ((RESOLVER,), (RULES[0], RULES[0]), "World w: the rule id names stands twice; give each its own."),
        (
            (SITE,),
            (),
            "World w: no host with a dns service has the system resolver's address '44.0.0.53'; add one.",
        ),
    ],
)
def test_world_that_contradicts_itself_is_refused(
    hosts: tuple[Host, ...], rules: tuple[Rule, ...], sentence: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        World(name="w", hosts=hosts, rules=rules, client=Client(resolver="44.0.0.53"))


def test_unknown_service_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Service on port 21: no kind 'ftp'; use one of dns, dot, doh, http, .*\.$"):
        Service(kind="ftp", port=21)


def test_unknown_authority_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Service on port 443: no authority 'root'; use one of web, signal\.$"):
        Service(kind="https", port=443, trust="root")
