"""The path's hands: what comes off one wire goes onto the other in its moment. The wires are pairs of sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

import pytest

from agent.lab.namespace.forward import Forwarder, Wire, shaping_of
from agent.lab.namespace.path import Send
from agent.lab.namespace.processes import Channel
from agent.lab.rules import Match, Pass, Rule, Throttle
from agent.lab.world import Line
from tests.small_world import WORLD

#: Seconds that a test waits for what must come, and those after which silence is taken for silence.
PATIENCE_S, SILENCE_S = 10.0, 0.2

#: The first bytes of an IPv4 packet from 198.51.100.23 to 44.0.0.1, and of an IPv6 one.
IPV4 = bytes.fromhex("45000014000040004006000 0c63364172c000001".replace(" ", ""))
IPV6 = bytes.fromhex("60000000000006 40".replace(" ", "")) + bytes(16) + bytes.fromhex("2610004400000000") + bytes(8)
ETHERNET = {4: bytes(12) + b"\x08\x00", 6: bytes(12) + b"\x86\xdd"}


@dataclass
class Plan:
    """A path that does with each packet as the test says."""

    do: Callable[[str, bytes, float], list[Send]]
    seen: list[tuple[str, bytes]] = field(default_factory=list)

    def on_packet(self, side: str, packet: bytes, now_s: float) -> list[Send]:
        self.seen.append((side, packet))
        return self.do(side, packet, now_s)


@dataclass
class Ends:
    """The far ends of the wires, and the line of the forwarder's owner."""

    client: socket.socket
    servers: socket.socket
    owner: Channel


@contextmanager
def forwarding(plan: Plan) -> Iterator[Ends]:
    """A forwarder at work between two ends."""
    with ExitStack() as sockets:
        pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2)]
        line = socket.socketpair()
        for one in (*pairs[0], *pairs[1], *line):
            sockets.enter_context(one)
            one.settimeout(PATIENCE_S)
        wires = {}
        for side, (near, _) in zip(("client", "servers"), pairs, strict=True):
            near.setblocking(False)
            wires[side] = Wire(side=side, shaping=None, frames=near)
        forwarder = Forwarder(plan, wires)
        work = (Channel(line[0]), lambda asked: {"heard": asked["what"]})
        working = threading.Thread(target=forwarder.run, args=work)
        working.start()
        try:
            yield Ends(client=pairs[0][1], servers=pairs[1][1], owner=Channel(line[1]))
        finally:
            line[1].close()
            working.join(PATIENCE_S)
        assert not working.is_alive()


def onward(side: str, packet: bytes, now_s: float) -> list[Send]:
    """To the other side, at once."""
    return [Send(side="servers" if side == "client" else "client", packet=packet, at_s=now_s)]


def received(end: socket.socket, count: int) -> list[bytes]:
    return [end.recv(65535) for _ in range(count)]


@pytest.mark.parametrize(("version", "packet"), [(4, IPV4), (6, IPV6)])
def test_a_packet_goes_from_wire_to_wire_with_an_ethernet_header_of_its_own(version: int, packet: bytes) -> None:
    with forwarding(Plan(onward)) as ends:
        ends.client.send(ETHERNET[version] + packet)
        there = ends.servers.recv(65535)
        ends.servers.send(ETHERNET[version] + packet)
        back = ends.client.recv(65535)
    assert there == bytes.fromhex("020000000102 020000000101") + ETHERNET[version][12:] + packet
    assert back == bytes.fromhex("020000000002 020000000001") + ETHERNET[version][12:] + packet


def test_packets_of_one_moment_keep_their_order_and_earlier_moments_come_first() -> None:
    """Three packets are planned at once, the last of them for the earliest moment."""

    def three(side: str, packet: bytes, now_s: float) -> list[Send]:
        return [
            Send(side="servers", packet=IPV4 + b"first of the later", at_s=now_s + 0.05),
            Send(side="servers", packet=IPV4 + b"second of the later", at_s=now_s + 0.05),
            Send(side="servers", packet=IPV4 + b"earlier", at_s=now_s),
        ]

    with forwarding(Plan(three)) as ends:
        ends.client.send(ETHERNET[4] + IPV4)
        said = [frame[14 + len(IPV4) :] for frame in received(ends.servers, 3)]
    assert said == [b"earlier", b"first of the later", b"second of the later"]


def test_no_packet_is_sent_before_its_moment() -> None:
    moments = []

    def later(side: str, packet: bytes, now_s: float) -> list[Send]:
        moments.append(now_s + 0.2)
        return [Send(side="servers", packet=packet, at_s=now_s + 0.2)]

    with forwarding(Plan(later)) as ends:
        ends.client.send(ETHERNET[4] + IPV4)
        ends.servers.recv(65535)
        assert time.monotonic() >= moments[0]


def test_what_the_path_swallows_arrives_nowhere() -> None:
    with forwarding(Plan(lambda side, packet, now_s: [])) as ends:
        ends.client.send(ETHERNET[4] + IPV4)
        ends.servers.settimeout(SILENCE_S)
        with pytest.raises(TimeoutError):
            ends.servers.recv(65535)


@pytest.mark.parametrize(
    "frame",
    [
        bytes(12) + b"\x08\x06" + bytes(28),
        ETHERNET[4] + IPV4[:16] + bytes((224, 0, 0, 22)),
        ETHERNET[6] + IPV6[:24] + bytes.fromhex("ff020000000000000000000000000016"),
    ],
    ids=["ARP", "IPv4 multicast", "IPv6 multicast"],
)
def test_what_is_no_affair_of_a_path_is_never_asked_about(frame: bytes) -> None:
    """The packet behind it is, which shows that the frame was taken."""
    plan = Plan(onward)
    with forwarding(plan) as ends:
        ends.client.send(frame)
        ends.client.send(ETHERNET[4] + IPV4)
        ends.servers.recv(65535)
    assert plan.seen == [("client", IPV4)]


def test_the_owner_is_answered_while_packets_wait() -> None:
    with forwarding(Plan(lambda side, packet, now_s: [Send(side="servers", packet=packet, at_s=now_s + 3600)])) as ends:
        ends.client.send(ETHERNET[4] + IPV4)
        ends.owner.say(what="deeds")
        assert ends.owner.hear() == {"heard": "deeds"}


# Rates ------------------------------------------------------------------------------------------------------------


def test_a_wire_has_rates_only_where_something_needs_them() -> None:
    """The line's own on both; a throttle slows what comes to the client."""
    slow = replace(WORLD, line=Line(rate_kbit_s=56.0))
    throttled = replace(WORLD, rules=(Rule(id="slow", match=Match(at="syn"), action=Throttle(rate_kbit_s=8.0)),))
    passing = replace(WORLD, rules=(Rule(id="seen", match=Match(at="syn"), action=Pass()),))
    shaped = {
        name: {side for side in ("client", "servers") if shaping_of(world, side) is not None}
        for name, world in {"slow": slow, "throttled": throttled, "open": WORLD, "passing": passing}.items()
    }
    assert shaped == {"slow": {"client", "servers"}, "throttled": {"client"}, "open": set(), "passing": set()}


def test_each_throttled_flow_has_a_class_of_its_own() -> None:
    """One flow's packets share a class whatever they carry, and `tc` is told of it once; another flow has another."""
    shaping = shaping_of(replace(WORLD, line=Line(rate_kbit_s=1000.0)), "client")
    assert shaping is not None
    ports, others = bytes.fromhex("01bb8000"), bytes.fromhex("01bb8001")
    first, told = shaping.class_of(IPV4 + ports + b"a", 64.0)
    again, told_again = shaping.class_of(IPV4 + ports + b"b", 64.0)
    other, told_of_other = shaping.class_of(IPV4 + others + b"a", 64.0)
    assert first == again != other
    assert told_again == ()
    for priority, lines in ((first, told), (other, told_of_other)):
        assert f"classid 1:{priority & 0xFFFF:x} " in lines[0]
        assert "ceil 64000bit" in lines[0]
    assert first >> 16 == 1
