"""The censor on DNS queries through the relay: over UDP and over TCP, to resolvers and to where there is none."""

import socket
import time
from itertools import pairwise

import dns.exception
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from agent.lab.loopback.lab import Lab
from agent.lab.rules import Action, Drop, ForgeAnswer, Match, Pass, Reset, Residual, Rule, Unreachable
from agent.lab.servers.nameserver import stub_query
from agent.lab.world import Client, Host, Service, World
from tests.lab_client import PATIENCE_S, SILENCE_S, ask_udp, dial, resolve

RESOLVER, NOBODY, WEB_SERVER = "44.0.0.54", "44.9.9.9", "44.0.0.1"
TRUE, FORGED = "A 44.0.0.1", "A 10.10.34.36"
LIE = ForgeAnswer(addresses=("10.10.34.36",))
DNS = (Service(kind="dns", port=53),)
LONG_NAME = "many.example"


def world(*rules: Rule, asked: str = "44.0.0.53") -> World:
    return World(
        name="names",
        hosts=(
            Host(addresses=("44.0.0.53",), services=DNS, country="IR"),
            Host(addresses=(RESOLVER,), services=DNS, rtt_ms=20.0),
            Host(names=("site.example",), addresses=(WEB_SERVER,), services=(Service(kind="http", port=80),)),
            Host(names=("open.example",), addresses=("44.0.0.2",)),
            Host(names=(LONG_NAME,), addresses=tuple(f"44.1.0.{number}" for number in range(60))),
        ),
        client=Client(resolver=asked),
        rules=rules,
    )


def on_query(action: Action, residual: Residual | None = None, **match: object) -> Rule:
    match = {"names": ("site.example",), **match}
    return Rule(id="r", match=Match(at="query", **match), action=action, residual=residual)  # type: ignore[arg-type]


def told(wire: bytes) -> str:
    """What an answer says, in a word or two."""
    try:
        answer = dns.message.from_wire(wire)
    except dns.exception.DNSException:
        return "malformed"
    records = [f"{dns.rdatatype.to_text(one.rdtype)} {record}" for one in answer.answer for record in one]
    return " ".join(records) or dns.rcode.to_text(answer.rcode())


def over_udp(lab: Lab, name: str, *, address: str = RESOLVER, at_least: int = 1) -> list[str]:
    return [told(wire) for wire in ask_udp(lab, address, stub_query(name, 4), at_least=at_least)]


def over_tcp(lab: Lab, *names: str, at_least: int | None = None) -> list[str]:
    """Several questions on one connection, all asked at once; what is told until nothing more comes.

    `at_least`: how many answers must come, and are waited for. None: one for each.
    """
    must_come = len(names) if at_least is None else at_least
    answers: list[str] = []
    queries = [stub_query(name, 4) for name in names]
    with dial(lab, RESOLVER, 53) as connection:
        connection.sendall(b"".join(len(query).to_bytes(2) + query for query in queries))
        try:
            while True:
                connection.settimeout(PATIENCE_S if len(answers) < must_come else SILENCE_S)
                length = connection.recv(2, socket.MSG_WAITALL)
                if not length:
                    return [*answers, "closed"]
                answers.append(told(connection.recv(int.from_bytes(length), socket.MSG_WAITALL)))
        except TimeoutError:
            return answers
        except ConnectionResetError:
            return [*answers, "reset"]


CASES = [
    (Pass(), [TRUE], [TRUE]),
    (Drop(), [], []),
    (Unreachable(), [], []),  # loopback has no ICMP to tell it with
    (LIE, [FORGED], [FORGED]),
    (ForgeAnswer(addresses=("10.10.34.36",), order="before"), [FORGED, TRUE], [FORGED]),
    (ForgeAnswer(addresses=("10.10.34.36",), order="after"), [TRUE, FORGED], [FORGED]),
    (ForgeAnswer(), ["NOERROR"], ["NOERROR"]),
    (ForgeAnswer(rcode="NXDOMAIN"), ["NXDOMAIN"], ["NXDOMAIN"]),
    (ForgeAnswer(rcode="SERVFAIL"), ["SERVFAIL"], ["SERVFAIL"]),
    (ForgeAnswer(rcode="REFUSED"), ["REFUSED"], ["REFUSED"]),
    (ForgeAnswer(addresses=("10.10.34.36",), malformed=True), ["malformed"], ["malformed"]),
]


@pytest.mark.parametrize(("action", "udp", "tcp"), CASES)
def test_query_meets_the_rule_and_another_name_does_not(action: Action, udp: list[str], tcp: list[str]) -> None:
    with Lab(world(on_query(action))) as lab:
        assert over_udp(lab, "site.example", at_least=len(udp)) == udp
        assert over_tcp(lab, "site.example", at_least=len(tcp)) == tcp
        assert [deed.event.transport for deed in lab.censor_log] == ["udp", "tcp"]
        assert over_udp(lab, "open.example") == over_tcp(lab, "open.example") == ["A 44.0.0.2"]
        assert len(lab.censor_log) == 2


def test_every_message_of_a_connection_is_judged() -> None:
    with Lab(world(on_query(LIE))) as lab:
        told_all = over_tcp(lab, "open.example", "site.example", "open.example", "site.example")
    assert sorted(told_all) == [FORGED, FORGED, "A 44.0.0.2", "A 44.0.0.2"]


@pytest.mark.parametrize(("transport", "met"), [("udp", [[FORGED], [TRUE]]), ("tcp", [[TRUE], [FORGED]])])
def test_rule_may_look_at_one_transport_alone(transport: str, met: list[list[str]]) -> None:
    with Lab(world(on_query(LIE, transport=transport))) as lab:
        assert [over_udp(lab, "site.example"), over_tcp(lab, "site.example")] == met


@pytest.mark.parametrize("order", ["instead", "before", "after"])
@pytest.mark.parametrize("address", [NOBODY, WEB_SERVER])
def test_where_no_resolver_is_the_censor_answers_alone(order: str, address: str) -> None:
    with Lab(world(on_query(ForgeAnswer(addresses=("10.10.34.36",), order=order)))) as lab:
        assert over_udp(lab, "site.example", address=address) == [FORGED]
        assert over_udp(lab, "open.example", address=address, at_least=0) == []
        assert [deed.event.address for deed in lab.censor_log] == [address]


def test_resolver_without_a_host_can_be_what_a_rule_looks_for() -> None:
    with Lab(world(on_query(LIE, addresses=("44.9.0.0/16",)))) as lab:
        assert over_udp(lab, "site.example", address=NOBODY) == [FORGED]
        assert over_udp(lab, "site.example", address="44.8.8.8", at_least=0) == []


@pytest.mark.parametrize("order", ["before", "after"])
def test_gap_lies_between_the_two_answers(order: str) -> None:
    """At least: how much later the second comes is the machine's affair. A tenth is left to coarse clocks."""
    lie = ForgeAnswer(addresses=("10.10.34.36",), order=order, gap_ms=100.0)
    with Lab(world(on_query(lie))) as lab, lab.network.open_udp(RESOLVER, 53) as datagrams:
        datagrams.settimeout(PATIENCE_S)
        began_s = time.monotonic()
        datagrams.send(stub_query("site.example", 4))
        assert {told(datagrams.recv(512)), told(datagrams.recv(512))} == {TRUE, FORGED}
        assert time.monotonic() - began_s > 0.09


def test_same_query_sent_again_is_one_query() -> None:
    """Its fate is settled: the rule for the first occasion alone still swallows it. Another question is another."""
    query, again = stub_query("site.example", 4), stub_query("site.example", 4)
    with Lab(world(on_query(Drop(), last_occasion=1))) as lab, lab.network.open_udp(RESOLVER, 53) as datagrams:
        for _ in range(2):
            datagrams.settimeout(SILENCE_S)
            datagrams.send(query)
            with pytest.raises(TimeoutError):
                datagrams.recv(512)
        datagrams.settimeout(PATIENCE_S)
        datagrams.send(again)
        assert told(datagrams.recv(512)) == TRUE
        assert len(lab.censor_log) == 1


def test_punished_name_is_met_with_silence_over_udp_and_with_a_reset_over_tcp() -> None:
    punishing = on_query(LIE, Residual(seconds=60.0, by="name", action=Reset()))
    with Lab(world(punishing)) as lab:
        assert over_udp(lab, "site.example") == [FORGED]
        assert over_udp(lab, "site.example", at_least=0) == []
        assert over_tcp(lab, "site.example") == ["reset"]
        assert over_udp(lab, "open.example") == ["A 44.0.0.2"]


def test_systems_resolver_takes_a_long_answer_over_tcp() -> None:
    with Lab(world()) as lab:
        assert len(resolve(lab, LONG_NAME)) == 60


def test_many_flows_at_once_are_told_apart() -> None:
    """Each client's socket hears its own answer, and no other's."""
    names = ("site.example", "open.example")
    with Lab(world(on_query(LIE))) as lab:
        sockets = [lab.network.open_udp(RESOLVER, 53) for _ in range(100)]
        try:
            queries = [stub_query(names[number % 2], 4) for number in range(100)]
            for datagrams, query in zip(sockets, queries, strict=True):
                datagrams.settimeout(PATIENCE_S)
                datagrams.send(query)
            answers = [datagrams.recv(512) for datagrams in sockets]
        finally:
            for datagrams in sockets:
                datagrams.close()
    assert [answer[:2] for answer in answers] == [query[:2] for query in queries]
    assert all(told(first) == FORGED and told(second) == "A 44.0.0.2" for first, second in list(pairwise(answers))[::2])
