"""The name system: what is answered, what is forged, in which order, and that hostile bytes end in `ValueError`."""

import contextlib
import socket

import dns.message
import dns.rcode
import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.lab.loopback.lab import Lab
from agent.lab.rules import Drop, ForgeAnswer, Match, Rule
from agent.lab.servers.nameserver import Zone, read_question, replies, stub_answer, stub_query, true_answer
from agent.lab.world import Client, Host, Service, World
from tests.lab_client import PATIENCE_S, ask_udp, dial, resolve

ZONE: Zone = {"site.example": ("44.0.0.1", "2610:44::1"), "old.example": ("44.0.0.2",)}
IRAN = ForgeAnswer(addresses=("10.10.34.36",))
FOREIGN_RESOLVER = "44.0.0.54"


def world(*rules: Rule) -> World:
    """Two names, a resolver at home and one abroad."""
    return World(
        name="names",
        hosts=(
            Host(addresses=("44.0.0.53",), services=(Service(kind="dns", port=53),), country="IR"),
            Host(addresses=(FOREIGN_RESOLVER,), services=(Service(kind="dns", port=53),)),
            Host(names=("site.example",), addresses=ZONE["site.example"]),
            Host(names=("old.example",), addresses=ZONE["old.example"]),
        ),
        client=Client(resolver="44.0.0.53"),
        rules=rules,
    )


def on_query(action: ForgeAnswer | Drop, *query_types: str) -> Rule:
    return Rule(id="r", match=Match(at="query", names=("site.example",), query_types=query_types), action=action)


def records(wire: bytes) -> list[str]:
    """Type, seconds to live and value of each answer."""
    answers = dns.message.from_wire(wire).answer
    return [f"{dns.rdatatype.to_text(rrset.rdtype)} {rrset.ttl} {record}" for rrset in answers for record in rrset]


def test_true_answer_holds_the_addresses_of_its_type() -> None:
    assert records(true_answer(ZONE, stub_query("SITE.example", 4))) == ["A 300 44.0.0.1"]
    assert records(true_answer(ZONE, stub_query("site.example", 6))) == ["AAAA 300 2610:44::1"]
    assert records(true_answer(ZONE, stub_query("old.example", 6))) == []


def test_unknown_name_does_not_exist() -> None:
    assert dns.message.from_wire(true_answer(ZONE, stub_query("cloob.com", 4))).rcode() == dns.rcode.NXDOMAIN


def test_forged_answer_to_aaaa_is_an_a_record_living_one_second() -> None:
    """Iran's signature on the wire, kept as it was seen."""
    (reply,) = replies(ZONE, IRAN, stub_query("site.example", 6), rtt_s=0.1)
    assert records(reply.wire) == ["A 1 10.10.34.36"]
    assert reply.after_s == 0.0


def test_forged_answer_prefers_addresses_of_the_questions_type() -> None:
    both = ForgeAnswer(addresses=("10.10.34.36", "d0::11"))
    (reply,) = replies(ZONE, both, stub_query("site.example", 6), rtt_s=0.0)
    assert records(reply.wire) == ["AAAA 1 d0::11"]


def test_truth_follows_forgery_when_asked_for() -> None:
    late = ForgeAnswer(addresses=("10.10.34.36",), order="before", gap_ms=50.0)
    forged, true = replies(ZONE, late, stub_query("site.example", 4), rtt_s=0.1)
    assert records(forged.wire) == ["A 1 10.10.34.36"]
    assert records(true.wire) == ["A 300 44.0.0.1"]
    assert true.after_s == pytest.approx(0.15)


def test_where_no_resolver_stands_only_the_censor_answers() -> None:
    query = stub_query("site.example", 4)
    assert replies(None, None, query, rtt_s=0.0) == ()
    assert [records(reply.wire) for reply in replies(None, IRAN, query, rtt_s=0.0)] == [["A 1 10.10.34.36"]]


def test_stub_passes_over_replies_to_other_queries() -> None:
    other = true_answer(ZONE, stub_query("old.example", 4))
    assert stub_answer(stub_query("site.example", 4), other) is None


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_nothing_but_value_error(data: bytes) -> None:
    try:
        question = read_question(data)
    except ValueError:
        return
    assert question.query_type


@given(st.lists(st.tuples(st.integers(0, 29), st.integers(0, 255)), min_size=1, max_size=5))
def test_damaged_query_raises_nothing_but_value_error(damages: list[tuple[int, int]]) -> None:
    damaged = bytearray(stub_query("site.example", 4))
    for at, value in damages:
        damaged[at] = value
    with contextlib.suppress(ValueError):
        reply = true_answer(ZONE, bytes(damaged))
        assert dns.message.from_wire(reply).question


def test_system_resolver_is_honest_without_rules() -> None:
    with Lab(world()) as lab:
        assert resolve(lab, "site.example") == ("44.0.0.1",)
        assert resolve(lab, "site.example", 6) == ("2610:44::1",)
        assert lab.censor_log == []


@pytest.mark.parametrize(
    ("hostname", "ip_version", "code"),
    [
        ("cloob.com", 4, socket.EAI_NONAME),
        ("not..a.name", 4, socket.EAI_NONAME),
        ("old.example", 6, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)),
    ],
)
def test_system_resolver_fails_as_getaddrinfo_does(hostname: str, ip_version: int, code: int) -> None:
    with Lab(world()) as lab, pytest.raises(socket.gaierror) as failure:
        resolve(lab, hostname, ip_version)
    assert failure.value.errno == code


@pytest.mark.parametrize(
    ("rcode", "code"), [("NXDOMAIN", socket.EAI_NONAME), ("SERVFAIL", socket.EAI_AGAIN), ("REFUSED", socket.EAI_AGAIN)]
)
def test_forged_failures_reach_the_system(rcode: str, code: int) -> None:
    with Lab(world(on_query(ForgeAnswer(rcode=rcode)))) as lab:
        with pytest.raises(socket.gaierror) as failure:
            resolve(lab, "site.example")
        assert failure.value.errno == code
        assert resolve(lab, "old.example") == ("44.0.0.2",)


def test_first_reply_wins_at_the_system_resolver() -> None:
    late = ForgeAnswer(addresses=("10.10.34.36",), order="before")
    with Lab(world(on_query(late))) as lab:
        assert resolve(lab, "site.example") == ("10.10.34.36",)


def test_both_answers_arrive_over_udp_forged_first() -> None:
    late = ForgeAnswer(addresses=("10.10.34.36",), order="before", gap_ms=20.0)
    with Lab(world(on_query(late))) as lab:
        both = ask_udp(lab, FOREIGN_RESOLVER, stub_query("site.example", 4))
        clean = ask_udp(lab, FOREIGN_RESOLVER, stub_query("old.example", 4))
        assert [records(wire) for wire in both] == [["A 1 10.10.34.36"], ["A 300 44.0.0.1"]]
        assert [records(wire) for wire in clean] == [["A 300 44.0.0.2"]]
        assert [deed.event.address for deed in lab.censor_log] == [FOREIGN_RESOLVER]


def test_dropped_query_is_never_answered() -> None:
    with Lab(world(on_query(Drop(), "A"))) as lab:
        assert ask_udp(lab, FOREIGN_RESOLVER, stub_query("site.example", 4)) == []
        assert len(ask_udp(lab, FOREIGN_RESOLVER, stub_query("site.example", 6))) == 1


def test_query_to_an_address_without_resolver_draws_the_forgery_alone() -> None:
    """Injection is on the path: it answers for addresses that nobody answers from."""
    with Lab(world(on_query(IRAN))) as lab:
        forged = ask_udp(lab, "44.9.9.9", stub_query("site.example", 4))
        assert [records(wire) for wire in forged] == [["A 1 10.10.34.36"]]
        assert ask_udp(lab, "44.9.9.9", stub_query("old.example", 4)) == []


def test_forgery_takes_the_answers_place_over_tcp() -> None:
    """In TCP there is one stream, so one answer, even where UDP would show both."""
    late = ForgeAnswer(addresses=("10.10.34.36",), order="before")
    with Lab(world(on_query(late))) as lab, dial(lab, FOREIGN_RESOLVER, 53) as connection:
        answers = []
        for name in ("site.example", "old.example"):
            query = stub_query(name, 4)
            connection.sendall(len(query).to_bytes(2) + query)
            connection.settimeout(PATIENCE_S)
            length = int.from_bytes(connection.recv(2, socket.MSG_WAITALL))
            answers.append(records(connection.recv(length, socket.MSG_WAITALL)))
        assert answers == [["A 1 10.10.34.36"], ["A 300 44.0.0.2"]]


def test_rubbish_does_not_disturb_the_resolver() -> None:
    with Lab(world()) as lab:
        assert ask_udp(lab, FOREIGN_RESOLVER, b"\x00rubbish") == []
        assert resolve(lab, "site.example") == ("44.0.0.1",)
