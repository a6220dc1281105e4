"""Every moment and action of a datagram on the path: DNS queries, QUIC, and whatever goes somewhere."""

from dataclasses import replace
from itertools import permutations

import dns.message
import dns.rcode
import pytest
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection

from agent.lab.namespace.packets import Datagram, Packet
from agent.lab.rules import Action, Drop, ForgeAnswer, Match, Pass, Reset, Residual, Rule, Throttle, Unreachable
from agent.lab.servers.nameserver import stub_query, true_answer
from agent.lab.world import Line
from tests.path_rig import NOBODY, RESOLVER, SERVER, Rig, datagram, reply_to, world
from tests.quic_initials import in_two_initials
from tests.test_lab_client_hello import real_hello

QUERY = stub_query("site.example", 4)
FALSE = "10.10.34.36"
LIE = ForgeAnswer(addresses=(FALSE,))
TRUE = true_answer({"site.example": (SERVER[4],)}, QUERY)


def answering(rig: Rig) -> Rig:
    """A resolver stands behind the path, and says the truth."""
    rig.receivers = {"servers": lambda packet: [reply_to(packet, TRUE)]}
    return rig


def asked(*rules: Rule, address: str = RESOLVER, line: Line | None = None) -> Rig:
    rig = answering(Rig(world(*rules, line=line or Line())))
    rig.put("client", datagram(QUERY, address=address))
    rig.run()
    return rig


def on_query(action: Action, **match: object) -> Rule:
    return Rule(id="rule", match=Match(at="query", **match), action=action)  # type: ignore[arg-type] # of the caller


def answers(rig: Rig) -> list[str]:
    """The address of each answer that the client gets, in order; the rcode of one without."""
    told = []
    for packet in rig.to("client"):
        assert isinstance(packet.carried, Datagram)
        assert (packet.carried.source_port, packet.carried.destination_port) == (53, 50_000)
        message = dns.message.from_wire(packet.carried.data)
        told.append(message.answer[0][0].to_text() if message.answer else dns.rcode.to_text(message.rcode()))
    return told


@pytest.mark.parametrize("rules", [(), (on_query(Pass()),), (on_query(LIE, names=("other.example",)),)])
def test_a_query_that_nobody_minds_is_answered_by_the_resolver(rules: tuple[Rule, ...]) -> None:
    rig = asked(*rules)
    assert [packet.carried for packet in rig.to("servers")] == [datagram(QUERY).carried]
    (answer,) = rig.to("client")
    assert answer.carried == Datagram(source_port=53, destination_port=50_000, data=TRUE)


@pytest.mark.parametrize(
    ("order", "told"), [("instead", [FALSE]), ("before", [FALSE, SERVER[4]]), ("after", [SERVER[4], FALSE])]
)
def test_a_false_answer_races_the_true_one_as_the_rule_says(order: str, told: list[str]) -> None:
    rig = asked(on_query(replace(LIE, order=order)))
    assert answers(rig) == told
    assert {packet.source for packet in rig.to("client")} == {RESOLVER}
    assert len(rig.to("servers")) == (order != "instead")


@pytest.mark.parametrize("order", ["before", "after"])
def test_between_the_two_answers_lies_the_gap(order: str) -> None:
    rig = asked(on_query(replace(LIE, order=order, gap_ms=300)), line=Line(rtt_ms=40))
    first, second = (send.at_s for send in rig.sent if send.side == "client")
    assert first == pytest.approx(100.040)
    assert second == pytest.approx(100.340)


def test_the_false_answer_is_there_before_the_true_one_can_be() -> None:
    rig = asked(on_query(replace(LIE, order="before")), line=Line(rtt_ms=0))
    assert answers(rig) == [FALSE, SERVER[4]]


@pytest.mark.parametrize(
    ("action", "told"), [(ForgeAnswer(rcode="NXDOMAIN"), "NXDOMAIN"), (ForgeAnswer(), "NOERROR"), (LIE, FALSE)]
)
@pytest.mark.parametrize("order", ["instead", "before", "after"])
def test_the_censor_answers_where_no_resolver_is(action: ForgeAnswer, told: str, order: str) -> None:
    rig = asked(on_query(replace(action, order=order)), address=NOBODY)
    assert answers(rig) == [told]
    assert rig.to("servers") == []


def test_nobody_answers_where_no_resolver_is_and_no_rule_fits() -> None:
    assert asked(address=NOBODY).sent == []


def test_a_query_that_is_dropped_takes_no_other_with_it() -> None:
    rig = answering(Rig(world(on_query(Drop(), query_types=("AAAA",)))))
    rig.put("client", datagram(stub_query("site.example", 6)), datagram(QUERY))
    rig.run()
    assert answers(rig) == [SERVER[4]]
    assert len(rig.to("servers")) == 1


def test_an_unreachable_resolver_is_an_icmp_error() -> None:
    rig = asked(on_query(Unreachable(what="port")))
    (error,) = rig.to("client")
    assert isinstance(error.carried, bytes)
    assert error.carried[:2] == b"\3\3"
    assert rig.to("servers") == []


@pytest.mark.parametrize(("residual", "told"), [(Residual(seconds=30.0, by="name", action=Reset()), 1), (None, 2)])
def test_a_punishment_by_reset_is_silence_to_a_query(residual: Residual | None, told: int) -> None:
    """UDP has no reset, and the path goes on."""
    rig = asked(replace(on_query(LIE, last_occasion=1), residual=residual))
    rig.put("client", datagram(stub_query("site.example", 4)), datagram(stub_query("other.example", 4)))
    rig.run()
    assert answers(rig) == [FALSE, *[SERVER[4]] * told]


@pytest.mark.parametrize("action", [LIE, Drop(), replace(LIE, order="before"), Pass()])
def test_a_query_sent_again_meets_the_same_fate_and_is_asked_about_once(action: Action) -> None:
    rig = asked(on_query(action, last_occasion=1))
    once = list(rig.to("client"))
    rig.put("client", datagram(QUERY))
    rig.run()
    assert [packet.carried for packet in rig.to("client")] == [packet.carried for packet in once * 2]
    assert rig.deeds == ["rule"]


def test_another_query_from_the_same_port_is_asked_about_by_itself() -> None:
    rig = asked(on_query(Drop(), last_occasion=1))
    rig.put("client", datagram(stub_query("site.example", 4)))
    rig.run()
    assert len(rig.to("servers")) == 1


def test_bytes_to_a_resolver_that_are_no_query_pass() -> None:
    rig = Rig(world(on_query(Drop())))
    rig.put("client", datagram(b"\0\1\2"))
    rig.run()
    assert len(rig.to("servers")) == 1


def initial(name: str | None) -> bytes:
    """The first datagram of a QUIC connection."""
    connection = QuicConnection(configuration=QuicConfiguration(is_client=True, server_name=name))
    connection.connect((SERVER[4], 443), now=0.0)
    return bytes(connection.datagrams_to_send(now=0.0)[0][0])


def quic_over(*rules: Rule, version: int = 4, name: str = "site.example") -> Rig:
    """A QUIC connection that is begun, answered, and goes on."""
    rig = Rig(world(*rules))
    rig.receivers = {"servers": lambda packet: [reply_to(packet, b"an answer")]}
    for data in (initial(name), b"more", b"and more"):
        rig.put("client", datagram(data, address=SERVER[version], port=443))
        rig.run()
    return rig


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize(
    ("at", "action", "passes"),
    [
        ("quic", Pass(), 3),
        ("quic", Drop(), 0),
        ("quic", Unreachable(), 0),
        ("quic", Throttle(rate_kbit_s=64.0), 3),
        ("datagram", Pass(), 3),
        ("datagram", Drop(), 0),
        ("datagram", Unreachable(), 0),
    ],
)
def test_quic_and_datagrams_meet_their_action_for_the_whole_flow(
    version: int, at: str, action: Action, passes: int
) -> None:
    rig = quic_over(Rule(id="rule", match=Match(at=at, ports=(443,)), action=action), version=version)
    assert rig.deeds == ["rule"]
    assert len(rig.to("servers")) == passes
    errors = [packet for packet in rig.to("client") if isinstance(packet.carried, bytes)]
    assert len(errors) == (3 if isinstance(action, Unreachable) else 0)
    assert len(rig.to("client")) == passes + len(errors)
    rates = {send.rate_kbit_s for send in rig.sent if send.side == "client"}
    assert rates <= ({64.0} if isinstance(action, Throttle) else {None})


def test_without_a_rule_quic_passes() -> None:
    rig = quic_over()
    assert [len(rig.to(side)) for side in ("client", "servers")] == [3, 3]


@pytest.mark.parametrize(("name", "passes"), [("site.example", 0), ("other.example", 3)])
def test_quic_is_judged_by_the_name_that_it_names(name: str, passes: int) -> None:
    rule = Rule(id="rule", match=Match(at="quic", names=("site.example",)), action=Drop())
    assert len(quic_over(rule, name=name).to("servers")) == passes


@pytest.mark.parametrize(("name", "passes"), [("site.example", 0), ("other.example", 3)])
def test_a_clienthello_over_two_datagrams_waits_until_its_name_is_known(name: str, passes: int) -> None:
    """Nothing of it passes before, in whichever of the two the name stands."""
    rule = Rule(id="rule", match=Match(at="quic", names=("site.example",)), action=Drop())
    for halves in permutations(in_two_initials(real_hello(name)[5:])):
        rig = Rig(world(rule))
        rig.put("client", datagram(halves[0], address=SERVER[4], port=443))
        rig.run()
        assert rig.sent == []
        rig.put("client", datagram(halves[1], address=SERVER[4], port=443))
        rig.put("client", datagram(b"more", address=SERVER[4], port=443))
        rig.run()
        assert len(rig.to("servers")) == passes


def test_what_is_no_quic_is_not_judged_as_such() -> None:
    rig = Rig(world(Rule(id="rule", match=Match(at="quic"), action=Drop())))
    rig.put("client", datagram(b"\xc0hello", address=SERVER[4], port=443), datagram(b"x", address=SERVER[4], port=443))
    rig.run()
    assert len(rig.to("servers")) == 2


def test_a_dropped_flow_is_silent_the_other_way_too() -> None:
    rig = Rig(world(Rule(id="rule", match=Match(at="datagram"), action=Drop())))
    sent: Packet = datagram(b"x", address=SERVER[4], port=443)
    rig.put("client", sent)
    rig.put("servers", reply_to(sent, b"y"))
    rig.run()
    assert rig.sent == []
