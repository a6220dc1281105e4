"""The line in front of the censor: its delays and its losses, and where it leads to nobody."""

import random

import pytest

from agent.lab.namespace.flows import FLOWS_MAX, Ends, Table
from agent.lab.namespace.packets import ICMP, ICMP_V6, SYN, Packet, packet_bytes
from agent.lab.namespace.path import Path
from agent.lab.rules import Action, Match, Pass, Reset, Rule, SendBytes, Unreachable
from agent.lab.world import Client, Host, Line, Service, World
from tests.path_rig import CLIENT, NOBODY, RESOLVER, SERVER, Dialogue, Rig, datagram, reply_to, world

REQUEST = b"GET / HTTP/1.1\r\nHost: site.example\r\n\r\n"
FAR = Host(names=("far.example",), addresses=("44.0.0.200",), rtt_ms=200.0)
SLOW = World(
    name="slow",
    hosts=(Host(addresses=(RESOLVER,), services=(Service(kind="dns", port=53),)), FAR),
    client=Client(resolver=RESOLVER),
    line=Line(rtt_ms=100.0),
)


@pytest.mark.parametrize(("address", "there_and_back_s"), [(RESOLVER, 0.1), ("44.0.0.200", 0.3)])
def test_half_of_the_way_there_and_back_is_waited_each_way(address: str, there_and_back_s: float) -> None:
    rig = Rig(SLOW)
    rig.receivers = {"servers": lambda packet: [reply_to(packet, b"y")]}
    rig.put("client", datagram(b"x", address=address, port=9))
    rig.run()
    assert [send.side for send in rig.sent] == ["servers", "client"]
    assert [send.at_s for send in rig.sent] == pytest.approx([100 + there_and_back_s / 2, 100 + there_and_back_s])


def test_what_the_censor_answers_takes_the_lines_time_and_not_the_hosts() -> None:
    rules = (Rule(id="rule", match=Match(at="syn"), action=Reset()),)
    rig = Rig(World(name="slow", hosts=SLOW.hosts, client=SLOW.client, line=SLOW.line, rules=rules))
    dialogue = Dialogue(rig, address="44.0.0.200").hold()
    assert dialogue.client.ending == "refused"
    assert rig.sent[0].at_s == pytest.approx(100.1)


def test_the_censors_words_do_not_overtake_what_the_server_said_before() -> None:
    rule = Rule(id="rule", match=Match(at="request", path="/second"), action=SendBytes(data=b" and a page"))
    rig = Rig(World(name="slow", hosts=SLOW.hosts, client=SLOW.client, line=SLOW.line, rules=(rule,)))
    dialogue = Dialogue(rig, (REQUEST,), address="44.0.0.200").hold()
    rig.put("servers", dialogue.server.segment(data=b" with more"))
    rig.put("client", dialogue.client.segment(data=REQUEST.replace(b"/ ", b"/second ")))
    rig.run()
    assert dialogue.client.heard == dialogue.reply + b" with more and a page"


@pytest.mark.parametrize("side", ["client", "servers"])
def test_packets_of_a_side_leave_in_the_order_in_which_they_came(side: str) -> None:
    rig = Rig(world(line=Line(rtt_ms=30.0)))
    asked = datagram(b"x", address=SERVER[4], port=9)
    for number in range(20):
        packet = datagram(bytes([number]), address=SERVER[4], port=9)
        rig.put(side, packet if side == "client" else reply_to(asked, bytes([number])))
        rig.now_s += 0.001
    rig.run()
    numbers = [packet_bytes(packet)[28] for packet in rig.to("servers" if side == "client" else "client")]
    assert numbers == list(range(20))


@pytest.mark.parametrize(("loss", "least", "most"), [(0.0, 2000, 2000), (0.2, 1500, 1700), (0.9, 150, 250)])
@pytest.mark.parametrize("side", ["client", "servers"])
def test_so_many_packets_are_lost_each_way_and_alike_each_time(side: str, loss: float, least: int, most: int) -> None:
    def arrived() -> list[int]:
        rig = Rig(world(line=Line(loss=loss), seed=7))
        asked = datagram(b"", address=SERVER[4], port=9)
        for number in range(2000):
            data = number.to_bytes(2)
            packet = datagram(data, address=SERVER[4], port=9) if side == "client" else reply_to(asked, data)
            rig.put(side, packet)
        rig.run()
        return [int.from_bytes(send.packet[28:30]) for send in rig.sent]

    first = arrived()
    assert least <= len(first) <= most
    assert arrived() == first


def test_of_what_the_line_loses_on_the_way_out_the_censor_sees_nothing() -> None:
    rig = Rig(world(Rule(id="rule", match=Match(at="datagram"), action=Pass()), line=Line(loss=0.5)))
    for port in range(200):
        rig.put("client", datagram(b"x", address=SERVER[4], port=9, client_port=1000 + port))
    rig.run()
    assert 0 < len(rig.deeds) < 200
    assert len(rig.to("servers")) == len(rig.deeds)


class EveryOther(random.Random):
    """Falls so that the first packet passes, the second is lost, and so on."""

    falls = 0

    def random(self) -> float:
        self.falls += 1
        return 0.99 if self.falls % 2 else 0.0


@pytest.mark.parametrize(("action", "arrive"), [(Reset(), 3), (Unreachable(), 0)])
def test_the_line_loses_no_segment_of_the_censors_own(action: Action, arrive: int) -> None:
    rig = Rig(world(Rule(id="rule", match=Match(at="syn"), action=action), line=Line(loss=0.5)))
    path = Path(rig.world, rig.censor, certificates=rig.certificates, chance=EveryOther())
    syn = packet_bytes(Dialogue(rig).client.segment(flags=SYN))
    took = [len(path.on_packet("client", syn, 0.0)) for _ in range(6 if arrive else 3)]
    assert sum(took) == arrive


def test_what_goes_to_nobody_is_swallowed() -> None:
    rig = Rig(world())
    dialogue = Dialogue(rig, (REQUEST,), address=NOBODY).hold()
    rig.put("client", datagram(b"x", address=NOBODY, port=9))
    rig.run()
    assert rig.sent == []
    assert dialogue.client.ending == ""


def test_what_servers_send_to_anybody_else_is_swallowed() -> None:
    rig = Rig(world())
    packet = reply_to(datagram(b"x", address=SERVER[4], port=9), b"y")
    stray = Packet(source=packet.source, destination="198.51.100.99", protocol=17, carried=packet.carried)
    rig.put("servers", stray)
    rig.run()
    assert rig.sent == []


@pytest.mark.parametrize(("ipv6", "version", "heard"), [("dead", 6, b""), ("dead", 4, REQUEST), ("works", 6, REQUEST)])
def test_over_a_dead_ipv6_nothing_ever_arrives(ipv6: str, version: int, heard: bytes) -> None:
    dialogue = Dialogue(Rig(world(ipv6=ipv6)), (REQUEST,), version=version).hold()
    assert dialogue.server.heard == heard
    assert (dialogue.client.heard == dialogue.reply) == bool(heard)


@pytest.mark.parametrize(("version", "protocol"), [(4, ICMP), (6, ICMP_V6)])
def test_an_echo_passes_and_comes_back(version: int, protocol: int) -> None:
    rig = Rig(world())
    ask = bytes([8 if version == 4 else 128, 0, 0, 0, 0, 1, 0, 1]) + b"echo"
    rig.put("client", Packet(source=CLIENT[version], destination=SERVER[version], protocol=protocol, carried=ask))
    rig.put("servers", Packet(source=SERVER[version], destination=CLIENT[version], protocol=protocol, carried=ask))
    rig.run()
    assert [send.side for send in rig.sent] == ["servers", "client"]


@pytest.mark.parametrize(("version", "kind"), [(4, b"\x0b\0"), (6, b"\3\0")])
def test_a_packet_at_the_end_of_its_hops_is_told_so(version: int, kind: bytes) -> None:
    rig = Rig(world())
    syn = Dialogue(rig, version=version).client.segment(flags=SYN)
    raw = bytearray(packet_bytes(syn))
    raw[8 if version == 4 else 7] = 1
    rig.put("client", bytes(raw))
    rig.run()
    (error,) = rig.to("client")
    assert isinstance(error.carried, bytes)
    assert error.carried[:2] == kind
    assert rig.to("servers") == []


@pytest.mark.parametrize("raw", [b"", b"\x45", b"\x60" + bytes(10), b"\xff" * 60, bytes(64)])
def test_what_is_no_packet_is_swallowed(raw: bytes) -> None:
    rig = Rig(world())
    assert rig.put("client", raw) == []
    assert rig.put("servers", raw) == []


def test_no_more_than_so_many_flows_are_remembered_and_the_longest_silent_goes_first() -> None:
    table: Table[int] = Table()
    ends = [Ends(client="c", client_port=port, server="s", server_port=80) for port in range(FLOWS_MAX + 1)]
    for number, one in enumerate(ends[:-1]):
        table.put(one, number)
    assert table.get(ends[0]) == 0
    table.put(ends[-1], FLOWS_MAX)
    assert len(table) == FLOWS_MAX
    assert table.get(ends[0]) == 0
    assert table.get(ends[1]) is None
