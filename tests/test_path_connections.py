"""Every moment and action of a TCP connection on the path: what client and server get, in sequence, beside the clean
case."""

import ssl

import pytest

from agent.lab.namespace.packets import ACK, FIN, RST, SYN, Segment
from agent.lab.rules import (
    Action,
    Close,
    Corrupt,
    Drop,
    Match,
    Pass,
    Reset,
    Residual,
    Rule,
    SendBytes,
    Throttle,
    Unreachable,
)
from tests.path_rig import CLIENT, NOBODY, SYN_OPTIONS, Dialogue, Rig, TlsMind, world

REQUEST = b"GET /page HTTP/1.1\r\nHost: site.example\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\nabcdefghijklmnopqrstuvwxyz"
GREETING = b"\0\0lab/1 hello"
VERSIONS = pytest.mark.parametrize("version", [4, 6])


def client_hello(name: str = "site.example") -> bytes:
    return TlsMind.of(ssl.create_default_context(), name=name)(b"") or b""


#: What brings each moment about, and at which port.
SAID = {
    "syn": ((REQUEST,), 80),
    "accept": ((REQUEST,), 80),
    "client_hello": ((client_hello(),), 443),
    "request": ((REQUEST,), 80),
    "unrecognised": ((GREETING,), 80),
}
EVERY = pytest.mark.parametrize("at", SAID)
AFTER_SYN = pytest.mark.parametrize("at", [at for at in SAID if at != "syn"])
SPOKEN = pytest.mark.parametrize("at", [at for at in SAID if at not in ("syn", "accept")])


def held(at: str, action: Action | None, *, version: int = 4, reply: bytes = ANSWER) -> Dialogue:
    """A dialogue whose censor does `action` at that moment."""
    rules = () if action is None else (Rule(id="rule", match=Match(at=at), action=action),)
    pieces, port = SAID[at]
    return Dialogue(Rig(world(*rules)), pieces, reply=reply, port=port, version=version).hold()


@EVERY
@VERSIONS
@pytest.mark.parametrize("action", [None, Pass()])
def test_without_a_deed_every_byte_passes(at: str, version: int, action: Action | None) -> None:
    dialogue = held(at, action, version=version)
    assert dialogue.server.heard == b"".join(dialogue.pieces)
    assert dialogue.client.heard == ANSWER
    assert dialogue.client.ending == ""
    assert dialogue.rig.deeds == (["rule"] if action else [])


@EVERY
@VERSIONS
def test_what_is_dropped_is_dropped_both_ways_for_good(at: str, version: int) -> None:
    dialogue = held(at, Drop(), version=version)
    assert (dialogue.client.heard, dialogue.client.ending) == (b"", "")
    assert (dialogue.server.heard, dialogue.server.ending) == (b"", "")
    before = len(dialogue.rig.sent)
    dialogue.rig.put("client", dialogue.client.segment(data=REQUEST), dialogue.client.segment(flags=FIN | ACK))
    dialogue.rig.put("servers", dialogue.server.segment(data=ANSWER))
    dialogue.rig.run()
    assert len(dialogue.rig.sent) == before


@AFTER_SYN
@VERSIONS
@pytest.mark.parametrize(("to", "server_ends"), [("both", "reset"), ("client", "")])
def test_a_reset_is_in_sequence_for_whom_it_is_for(at: str, version: int, to: str, server_ends: str) -> None:
    dialogue = held(at, Reset(to=to), version=version)
    assert (dialogue.client.heard, dialogue.client.ending) == (b"", "reset")
    assert (dialogue.server.heard, dialogue.server.ending) == (b"", server_ends)
    dialogue.rig.put("servers", dialogue.server.segment(data=ANSWER))
    dialogue.rig.run()
    assert dialogue.client.heard == b""


@VERSIONS
def test_a_reset_at_the_syn_refuses_the_connection(version: int) -> None:
    dialogue = held("syn", Reset(), version=version)
    assert dialogue.client.ending == "refused"
    assert dialogue.rig.to("servers") == []


@pytest.mark.parametrize(
    ("what", "version", "kind"),
    [
        ("net", 4, "icmp 3 0"),
        ("host", 4, "icmp 3 1"),
        ("port", 4, "icmp 3 3"),
        ("admin", 4, "icmp 3 13"),
        ("net", 6, "icmp 1 0"),
        ("host", 6, "icmp 1 3"),
        ("port", 6, "icmp 1 4"),
        ("admin", 6, "icmp 1 1"),
    ],
)
def test_nobody_there_is_an_icmp_error_that_quotes_the_packet(what: str, version: int, kind: str) -> None:
    dialogue = held("syn", Unreachable(what=what), version=version)
    assert dialogue.client.ending == kind
    assert dialogue.rig.to("servers") == []
    (error,) = dialogue.rig.to("client")
    assert isinstance(error.carried, bytes)
    quoted = error.carried[8:]
    assert error.destination == CLIENT[version]
    ports = (20 if version == 4 else 40) + 4
    assert int.from_bytes(quoted[ports : ports + 4]) == dialogue.client.sequence - 1


@AFTER_SYN
@VERSIONS
def test_a_close_is_an_end_in_good_order(at: str, version: int) -> None:
    dialogue = held(at, Close(), version=version)
    assert (dialogue.client.heard, dialogue.client.ending) == (b"", "end")
    assert dialogue.client.has_closed
    assert all_acknowledged(dialogue)
    assert (dialogue.server.heard, dialogue.server.ending) == (b"", "")


@pytest.mark.parametrize("at", ["accept", "client_hello", "request"])
@VERSIONS
def test_the_censors_bytes_come_whole_and_then_the_end(at: str, version: int) -> None:
    page = b"HTTP/1.1 403 Forbidden\r\n\r\n" + bytes(range(256)) * 40
    dialogue = held(at, SendBytes(data=page), version=version)
    assert dialogue.client.heard == page
    assert dialogue.client.ending == "end"
    assert all_acknowledged(dialogue)
    assert dialogue.server.heard == b""


@SPOKEN
@VERSIONS
def test_throttled_is_what_the_server_says_from_then_on(at: str, version: int) -> None:
    dialogue = held(at, Throttle(rate_kbit_s=56.0), version=version)
    assert (dialogue.server.heard, dialogue.client.heard) == (b"".join(dialogue.pieces), ANSWER)
    rates = [send.rate_kbit_s for send in dialogue.rig.sent if send.side == "client"]
    assert rates[0] is None  # the SYN's acknowledgement
    assert set(rates[1:]) == {56.0}
    assert {send.rate_kbit_s for send in dialogue.rig.sent if send.side == "servers"} == {None}


def test_throttled_at_the_syn_is_the_whole_connection() -> None:
    dialogue = held("syn", Throttle(rate_kbit_s=56.0))
    assert dialogue.client.heard == ANSWER
    assert {send.rate_kbit_s for send in dialogue.rig.sent if send.side == "client"} == {56.0}


@pytest.mark.parametrize("at", ["client_hello", "unrecognised"])
def test_corrupt_is_what_the_server_says_with_sound_checksums(at: str) -> None:
    dialogue = held(at, Corrupt(), reply=ANSWER * 60)
    assert dialogue.server.heard == b"".join(dialogue.pieces)
    assert len(dialogue.client.heard) == len(ANSWER * 60)
    differing = [place for place, byte in enumerate(ANSWER * 60) if dialogue.client.heard[place] != byte]
    assert differing == list(range(15, len(ANSWER * 60), 16))


def test_corrupt_spares_the_head_of_a_page_and_spoils_its_body() -> None:
    dialogue = held("request", Corrupt())
    head, _, body = dialogue.client.heard.partition(b"\r\n\r\n")
    assert ANSWER.startswith(head + b"\r\n\r\n")
    assert len(body) == 26
    assert body != ANSWER[-26:]


def test_what_the_server_sends_again_is_damaged_again_alike() -> None:
    dialogue = held("request", Corrupt())
    first = dialogue.rig.to("client")[-1]
    dialogue.server.sequence -= len(ANSWER)
    dialogue.rig.receivers = {}
    dialogue.rig.put("servers", dialogue.server.segment(data=ANSWER))
    dialogue.rig.run()
    again = dialogue.rig.to("client")[-1]
    assert isinstance(first.carried, Segment)
    assert isinstance(again.carried, Segment)
    assert again.carried.data == first.carried.data


@pytest.mark.parametrize("at", ["client_hello", "request"])
@pytest.mark.parametrize("cut", [1, 7, 20])
def test_pieces_are_judged_once_they_are_whole_and_only_the_last_is_withheld(at: str, cut: int) -> None:
    (whole,), port = SAID[at]
    rig = Rig(world(Rule(id="rule", match=Match(at=at), action=Reset())))
    dialogue = Dialogue(rig, (whole[:cut], whole[cut:]), port=port).hold()
    assert dialogue.client.ending == dialogue.server.ending == "reset"
    assert dialogue.server.heard == whole[:cut]
    assert rig.deeds == ["rule"]


def test_pieces_that_come_the_wrong_way_round_are_judged_when_the_gap_is_closed() -> None:
    rig = Rig(world(Rule(id="rule", match=Match(at="request", names=("site.example",)), action=Reset())))
    dialogue = Dialogue(rig).hold()
    first, second = dialogue.client.segment(data=REQUEST[:9]), dialogue.client.segment(data=REQUEST[9:])
    rig.receivers["servers"] = lambda packet: []
    rig.put("client", second)
    rig.run()
    assert rig.deeds == []
    rig.put("client", first)
    rig.run()
    assert rig.deeds == ["rule"]
    assert dialogue.client.ending == "reset"
    to_server = rig.to("servers")[-1].carried
    assert isinstance(to_server, Segment)
    assert to_server.has(RST)
    assert isinstance(first.carried, Segment)
    assert to_server.sequence == first.carried.sequence  # the server has heard nothing in sequence


def test_a_syn_sent_again_meets_the_same_fate_and_is_not_asked_about_again() -> None:
    rig = Rig(world(Rule(id="rule", match=Match(at="syn", last_occasion=1), action=Drop())))
    dialogue = Dialogue(rig)
    syn = dialogue.client.segment(flags=SYN, options=SYN_OPTIONS)
    rig.put("client", syn, syn, syn)
    rig.run()
    assert rig.sent == []
    assert rig.deeds == ["rule"]


def test_a_new_connection_from_the_same_port_is_asked_about_again() -> None:
    rig = Rig(world(Rule(id="rule", match=Match(at="syn", last_occasion=1), action=Drop())))
    Dialogue(rig, (REQUEST,)).hold()
    second = Dialogue(rig, (REQUEST,))
    second.client.sequence = 12345
    assert second.hold().client.heard == second.reply


def test_data_sent_again_is_judged_once() -> None:
    rig = Rig(world(Rule(id="rule", match=Match(at="request"), action=Pass())))
    dialogue = Dialogue(rig, (REQUEST,)).hold()
    dialogue.client.sequence -= len(REQUEST)
    rig.receivers = {}
    rig.put("client", dialogue.client.segment(data=REQUEST))
    assert rig.deeds == ["rule"]


def test_what_a_refused_client_still_says_is_refused_in_its_own_sequence() -> None:
    dialogue = held("request", Reset())
    dialogue.client.ending = ""
    dialogue.rig.put("client", dialogue.client.segment(data=b"are you there?"))
    dialogue.rig.run()
    assert dialogue.client.ending == "reset"


def test_a_second_request_on_a_connection_is_judged_too() -> None:
    rig = Rig(world(Rule(id="rule", match=Match(at="request", path="/forbidden"), action=Reset())))
    forbidden = REQUEST.replace(b"/page", b"/forbidden")
    dialogue = Dialogue(rig, (REQUEST, forbidden), server_mind=lambda heard: ANSWER if heard == REQUEST else None)
    dialogue.hold()
    assert dialogue.client.heard == ANSWER
    assert dialogue.client.ending == "reset"
    assert dialogue.server.ending == "reset"
    assert dialogue.server.heard == REQUEST


def test_two_deeds_on_one_connection_both_hold() -> None:
    slow = Rule(id="slow", match=Match(at="syn"), action=Throttle(rate_kbit_s=8.0))
    shut = Rule(id="shut", match=Match(at="request"), action=SendBytes(data=b"a page"))
    dialogue = Dialogue(Rig(world(slow, shut)), (REQUEST,)).hold()
    assert dialogue.client.heard == b"a page"
    assert {send.rate_kbit_s for send in dialogue.rig.sent if send.side == "client"} == {8.0}


@pytest.mark.parametrize(("residual", "second_ends"), [(Residual(seconds=30.0), "dropped"), (None, "reset")])
def test_residual_punishment_meets_the_next_syn(residual: Residual | None, second_ends: str) -> None:
    rule = Rule(id="rule", match=Match(at="request"), action=Reset(), residual=residual)
    rig = Rig(world(rule))
    Dialogue(rig, (REQUEST,)).hold()
    second = Dialogue(rig, (REQUEST,), client_port=40_001).hold()
    assert (second.client.ending or "dropped") == second_ends


@pytest.mark.parametrize(("action", "ending"), [(Reset(), "refused"), (Unreachable(), "icmp 3 1"), (Drop(), "")])
def test_the_censor_answers_for_an_address_where_nobody_is(action: Action, ending: str) -> None:
    rig = Rig(world(Rule(id="rule", match=Match(at="syn", addresses=(NOBODY,)), action=action)))
    assert Dialogue(rig, (REQUEST,), address=NOBODY).hold().client.ending == ending
    assert rig.deeds == ["rule"]
    assert rig.to("servers") == []


def test_a_connection_that_began_unseen_passes() -> None:
    rig = Rig(world(Rule(id="rule", match=Match(at="request"), action=Drop())))
    packet = Dialogue(rig).client.segment(data=REQUEST)
    rig.put("client", packet)
    rig.run()
    assert [passed.carried for passed in rig.to("servers")] == [packet.carried]


def all_acknowledged(dialogue: Dialogue) -> bool:
    """Whether all that the client has said was acknowledged, its end too."""
    last = dialogue.rig.to("client")[-1].carried
    return isinstance(last, Segment) and last.acknowledgement == dialogue.client.sequence
