"""The name system: what is answered, what is forged, in which order, and that hostile bytes end in `ValueError`."""

import contextlib
import socket
from collections import Counter
from dataclasses import replace

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.lab.loopback.lab import Lab
from agent.lab.rules import Drop, ForgeAnswer, Match, Rule
from agent.lab.servers.nameserver import (
    Question,
    Resolver,
    Zone,
    forged_answer,
    read_question,
    stub_answer,
    stub_query,
    true_answer,
    zone_of,
)
from agent.lab.world import Client, Host, Service, World
from tests.lab_client import PATIENCE_S, ask_udp, dial, resolve
from tests.lab_served import RESOLVER, Served, is_silent, world_of

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


def rcode_of(wire: bytes) -> str:
    return dns.rcode.to_text(dns.message.from_wire(wire).rcode())


def asked(name: str, query_type: str = "A", *, edns: bool = False, query_class: str = "IN") -> bytes:
    return dns.message.make_query(
        name, query_type, query_class, use_edns=edns, payload=1232 if edns else None
    ).to_wire()


def test_true_answer_holds_the_addresses_of_its_type() -> None:
    assert records(true_answer(ZONE, stub_query("SITE.example", 4))) == ["A 300 44.0.0.1"]
    assert records(true_answer(ZONE, stub_query("site.example", 6))) == ["AAAA 300 2610:44::1"]
    assert records(true_answer(ZONE, stub_query("old.example", 6))) == []


def test_unknown_name_does_not_exist() -> None:
    assert rcode_of(true_answer(ZONE, stub_query("cloob.com", 4))) == "NXDOMAIN"
    assert rcode_of(true_answer(ZONE, stub_query("below.site.example", 4))) == "NXDOMAIN"


@pytest.mark.parametrize(("name", "query_type"), [("site.example", "TXT"), ("site.example", "HTTPS"), ("example", "A")])
def test_name_without_records_of_the_type_exists_all_the_same(name: str, query_type: str) -> None:
    """So does a name that others stand below (RFC 8020 2)."""
    answer = true_answer(ZONE, asked(name, query_type))
    assert (rcode_of(answer), records(answer)) == ("NOERROR", [])


def test_question_comes_back_in_the_letters_it_was_asked_in() -> None:
    """Resolvers that mix upper and lower case to know true answers take no other."""
    answer = dns.message.from_wire(true_answer(ZONE, asked("sItE.eXAMple")))
    assert answer.question[0].name.to_text() == "sItE.eXAMple."
    assert answer.answer[0].name.to_text() == "sItE.eXAMple."


@pytest.mark.parametrize("edns", [False, True])
def test_answer_speaks_edns_where_the_query_does(edns: bool) -> None:
    assert dns.message.from_wire(true_answer(ZONE, asked("site.example", edns=edns))).edns == (0 if edns else -1)


def test_other_classes_and_operations_are_refused() -> None:
    update = bytearray(asked("site.example"))
    update[2] |= 2 << 3  # the operation STATUS (RFC 1035 4.1.1)
    assert rcode_of(true_answer(ZONE, asked("version.bind", "TXT", query_class="CH"))) == "REFUSED"
    assert rcode_of(true_answer(ZONE, bytes(update))) == "NOTIMP"


def test_addresses_move_round_with_every_answer() -> None:
    several: Zone = {"many.example": ("44.0.0.1", "44.0.0.2", "44.0.0.3", "2610:44::1")}
    resolver = Resolver(zone=several)
    query = asked("many.example")
    orders = [[record.split(".")[-1] for record in records(resolver.answer(query))] for _ in range(4)]
    assert orders == [["1", "2", "3"], ["2", "3", "1"], ["3", "1", "2"], ["1", "2", "3"]]
    assert records(true_answer(several, query, turn=2)) == records(
        Resolver(zone=several, turns=one_after(2)).answer(query)
    )


def one_after(turns: int) -> Counter[Question]:
    return Counter({Question(name="many.example", query_type="A"): turns})


def test_published_addresses_are_told_instead_of_the_true_ones() -> None:
    hosts = (
        Host(names=("Moved.example",), addresses=("44.0.0.1",), published=("10.0.0.1",)),
        Host(names=("hidden.example",), addresses=("44.0.0.2",), published=()),
        Host(names=("plain.example",), addresses=("44.0.0.3",)),
    )
    assert zone_of(hosts) == {"moved.example": ("10.0.0.1",), "hidden.example": (), "plain.example": ("44.0.0.3",)}


def test_resolver_may_know_better_than_the_world() -> None:
    service = Service(
        kind="dns",
        port=53,
        answers=(("Site.example", ("216.239.38.120",)), ("old.example", ()), ("new.example", ("1.1.1.1",))),
    )
    resolver = Resolver.of(ZONE, service)
    assert records(resolver.answer(asked("site.example"))) == ["A 300 216.239.38.120"]
    assert records(resolver.answer(asked("site.example", "AAAA"))) == []
    assert records(resolver.answer(asked("new.example"))) == ["A 300 1.1.1.1"]
    nothing = resolver.answer(asked("old.example"))
    assert (rcode_of(nothing), records(nothing)) == ("NOERROR", [])


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED", "NXDOMAIN"])
def test_resolver_may_fail_for_every_name(rcode: str) -> None:
    resolver = Resolver.of(ZONE, Service(kind="dns", port=53, rcode=rcode))
    for name in ("site.example", "nobody.example"):
        answer = resolver.answer(asked(name))
        assert (rcode_of(answer), records(answer)) == (rcode, [])


def test_resolver_may_lead_unknown_names_to_a_page_of_its_own() -> None:
    resolver = Resolver.of(ZONE, Service(kind="dns", port=53, nxdomain_address="44.0.0.99"))
    assert records(resolver.answer(asked("nobody.example"))) == ["A 300 44.0.0.99"]
    assert records(resolver.answer(asked("nobody.example", "AAAA"))) == []
    assert records(resolver.answer(asked("site.example"))) == ["A 300 44.0.0.1"]


def many_addresses() -> World:
    crowd = Host(names=("crowd.example",), addresses=tuple(f"44.1.0.{number}" for number in range(1, 61)))
    return world_of(hosts=(crowd,))


@pytest.mark.parametrize(("edns", "limit_bytes", "is_cut"), [(False, 512, True), (True, 1232, False)])
def test_answer_too_long_for_a_datagram_says_so(edns: bool, limit_bytes: int, is_cut: bool) -> None:
    """Sixty addresses take 990 bytes: over TCP, and for who takes as much in a datagram, they come whole."""
    query = asked("crowd.example", edns=edns)
    with Served(many_addresses()) as served:
        answer = served.ask(query)
        assert len(answer) <= limit_bytes
        assert bool(dns.message.from_wire(answer).flags & dns.flags.TC) is is_cut
        assert (len(records(answer)) == 60) is not is_cut
        with served.dial(53, address=RESOLVER) as connection:
            connection.sendall(len(query).to_bytes(2) + query)
            length = int.from_bytes(connection.recv(2, socket.MSG_WAITALL))
            assert len(records(connection.recv(length, socket.MSG_WAITALL))) == 60


def test_rubbish_draws_no_answer_and_does_not_disturb_the_servers() -> None:
    with Served(many_addresses()) as served:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.connect(served.end_of(RESOLVER, 53, "udp"))
            for rubbish in (b"", b"\0rubbish", bytes(12), bytes(600)):
                datagrams.send(rubbish)
            assert is_silent(datagrams)
        assert records(served.ask(asked("site.example"))) == ["A 300 44.0.0.1"]


def test_forged_answer_to_aaaa_is_an_a_record_living_one_second() -> None:
    """Iran's signature on the wire, kept as it was seen."""
    assert records(forged_answer(IRAN, stub_query("site.example", 6))) == ["A 1 10.10.34.36"]


def test_forged_answer_prefers_addresses_of_the_questions_type() -> None:
    both = ForgeAnswer(addresses=("10.10.34.36", "d0::11"))
    assert records(forged_answer(both, stub_query("site.example", 6))) == ["AAAA 1 d0::11"]


@pytest.mark.parametrize("addresses", [("10.10.34.36",), ()])
def test_malformed_forgery_has_the_querys_number_and_cannot_be_read(addresses: tuple[str, ...]) -> None:
    query = asked("site.example", edns=True)
    whole = ForgeAnswer(addresses=addresses)
    assert len(records(forged_answer(whole, query))) == len(addresses)
    broken = forged_answer(replace(whole, malformed=True), query)
    assert broken[:2] == query[:2]
    assert broken[2] & 0x80  # it says that it is an answer
    with pytest.raises(dns.exception.DNSException):
        dns.message.from_wire(broken)


def test_stub_passes_over_replies_to_other_queries() -> None:
    other = true_answer(ZONE, stub_query("old.example", 4))
    assert stub_answer(stub_query("site.example", 4), other) is None


def test_stub_passes_over_replies_that_break_the_protocol() -> None:
    query = stub_query("site.example", 4)
    assert stub_answer(query, forged_answer(ForgeAnswer(malformed=True), query)) is None


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
        both = ask_udp(lab, FOREIGN_RESOLVER, stub_query("site.example", 4), at_least=2)
        clean = ask_udp(lab, FOREIGN_RESOLVER, stub_query("old.example", 4), at_least=1)
        assert [records(wire) for wire in both] == [["A 1 10.10.34.36"], ["A 300 44.0.0.1"]]
        assert [records(wire) for wire in clean] == [["A 300 44.0.0.2"]]
        assert [deed.event.address for deed in lab.censor_log] == [FOREIGN_RESOLVER]


def test_dropped_query_is_never_answered() -> None:
    with Lab(world(on_query(Drop(), "A"))) as lab:
        assert ask_udp(lab, FOREIGN_RESOLVER, stub_query("site.example", 4)) == []
        assert len(ask_udp(lab, FOREIGN_RESOLVER, stub_query("site.example", 6), at_least=1)) == 1


def test_query_to_an_address_without_resolver_draws_the_forgery_alone() -> None:
    """Injection is on the path: it answers for addresses that nobody answers from."""
    with Lab(world(on_query(IRAN))) as lab:
        forged = ask_udp(lab, "44.9.9.9", stub_query("site.example", 4), at_least=1)
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
