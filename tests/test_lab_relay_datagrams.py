"""The censor on datagrams and QUIC through the relay; beside each rule, what it does not mean goes well."""

import asyncio
import socket
from contextlib import AsyncExitStack

import pytest
from aioquic.asyncio.client import connect
from aioquic.h3.connection import H3_ALPN
from aioquic.quic.configuration import QuicConfiguration

from agent.lab.loopback.lab import Lab
from agent.lab.rules import MOMENTS, Action, Drop, Match, Pass, Rule, Throttle, Unreachable
from agent.lab.servers.nameserver import stub_query
from agent.lab.world import Client, Host, Page, Service, World
from tests.lab_client import PATIENCE_S, SILENCE_S, ask_udp, dial
from tests.test_lab_servers_quic import Browser

SITE, OTHER, RESOLVER, NOBODY = "44.0.0.1", "44.0.0.2", "44.0.0.53", "44.9.9.9"
PAGE = Page(size_bytes=20_000)
SERVICES = (Service(kind="quic", port=443, pages=(PAGE,)), Service(kind="http", port=80))
#: Seconds of silence that a QUIC client is left in: it knocks again several times in them.
QUIC_SILENCE_S = 1.5


def world(*rules: Rule) -> World:
    return World(
        name="datagrams",
        hosts=(
            Host(addresses=(RESOLVER,), services=(Service(kind="dns", port=53),)),
            Host(names=("site.example",), addresses=(SITE,), services=SERVICES),
            Host(names=("other.example",), addresses=(OTHER,), services=SERVICES),
        ),
        client=Client(resolver=RESOLVER),
        rules=rules,
    )


def rule(at: str, action: Action, **match: object) -> Rule:
    return Rule(id="r", match=Match(at=at, **match), action=action)  # type: ignore[arg-type] # fields of Match


async def visit(lab: Lab, address: str, name: str, *, met: str = "", at_length: bool = False) -> str:
    """A request over QUIC, and in a word how it went. `met`: what is expected; `at_length`: it fills two datagrams."""
    patience_s = QUIC_SILENCE_S if met == "silence" else 4 * PATIENCE_S
    configuration = QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN, server_name=name)
    configuration.quantum_readiness_test = at_length
    configuration.load_verify_locations(cadata=lab.trust_pem["web"])
    try:
        async with asyncio.timeout(patience_s), AsyncExitStack() as stack:
            way = "127.0.0.1", lab.doors[address, 443, "udp"]  # type: ignore[index] # a Way is such a tuple
            connecting = connect(*way, configuration=configuration, create_protocol=Browser)
            client = await stack.enter_async_context(connecting)
            assert isinstance(client, Browser)
            client.ask("GET", "/")
            await client.done.wait()
            return f"{client.headers[':status']} {len(client.body)}"
    except TimeoutError:
        return "silence"


@pytest.mark.parametrize(
    ("action", "met"),
    [
        (Pass(), "200 20000"),
        (Drop(), "silence"),
        (Unreachable(), "silence"),  # loopback has no ICMP to tell it with
        (Throttle(rate_kbit_s=4000.0), "200 20000"),
    ],
)
async def test_quic_is_judged_by_the_name_in_its_first_datagram(action: Action, met: str) -> None:
    with Lab(world(rule("quic", action, names=("site.example",)))) as lab:
        assert await visit(lab, SITE, "site.example", met=met) == met
        assert [(deed.event.name, deed.event.transport) for deed in lab.censor_log] == [("site.example", "udp")]
        assert await visit(lab, OTHER, "other.example") == "200 20000"
        assert len(lab.censor_log) == 1


@pytest.mark.parametrize(("action", "met"), [(Pass(), "200 20000"), (Drop(), "silence")])
async def test_name_is_read_from_a_clienthello_that_fills_two_datagrams(action: Action, met: str) -> None:
    """As a browser's does. What comes first waits, so that nothing of what is dropped has passed."""
    with Lab(world(rule("quic", action, names=("site.example",)))) as lab:
        assert await visit(lab, SITE, "site.example", met=met, at_length=True) == met
        assert [deed.event.name for deed in lab.censor_log] == ["site.example"]
        assert await visit(lab, OTHER, "other.example", at_length=True) == "200 20000"
        assert len(lab.censor_log) == 1


async def test_throttled_quic_comes_no_faster_than_its_rate() -> None:
    """At least the time that the page takes at that rate; a third is left for what its queue and clocks round off."""
    began_s = asyncio.get_running_loop().time()
    with Lab(world(rule("quic", Throttle(rate_kbit_s=400.0)))) as lab:
        assert await visit(lab, SITE, "site.example") == "200 20000"
    assert asyncio.get_running_loop().time() - began_s > 20_000 * 8 / 400_000 * 2 / 3


@pytest.mark.parametrize(("action", "met"), [(Pass(), 1), (Drop(), 0)])
def test_datagrams_are_judged_by_where_they_go(action: Action, met: int) -> None:
    query = stub_query("site.example", 4)
    with Lab(world(rule("datagram", action, addresses=("44.0.0.53",)))) as lab:
        assert len(ask_udp(lab, RESOLVER, query, at_least=met)) == met
        assert [deed.event.address for deed in lab.censor_log] == [RESOLVER]
        dial(lab, SITE, 80).close()  # no datagram
    with Lab(world(rule("datagram", action, addresses=("44.0.0.54",)))) as lab:
        assert len(ask_udp(lab, RESOLVER, query, at_least=1)) == 1


async def test_dropped_datagrams_take_quic_along() -> None:
    with Lab(world(rule("datagram", Drop(), ports=(443,)))) as lab:
        assert await visit(lab, SITE, "site.example", met="silence") == "silence"
        assert len(ask_udp(lab, RESOLVER, stub_query("site.example", 4), at_least=1)) == 1


def test_unreachable_by_address_is_told_by_the_system_itself() -> None:
    with Lab(world(rule("datagram", Unreachable(), addresses=(NOBODY,)))) as lab:
        with pytest.raises(ConnectionRefusedError):
            ask_udp(lab, NOBODY, stub_query("site.example", 4))
        assert [deed.rule_id for deed in lab.censor_log] == ["r"]
        assert len(ask_udp(lab, RESOLVER, stub_query("site.example", 4), at_least=1)) == 1


def test_closed_port_of_a_host_refuses_datagrams_and_an_address_without_one_is_silent() -> None:
    with Lab(world()) as lab:
        with pytest.raises(ConnectionRefusedError):
            ask_udp(lab, SITE, stub_query("site.example", 4))
        assert ask_udp(lab, NOBODY, stub_query("site.example", 4)) == []


def test_flow_is_asked_about_once() -> None:
    with Lab(world(rule("datagram", Pass()))) as lab, lab.network.open_udp(RESOLVER, 53) as datagrams:
        datagrams.settimeout(PATIENCE_S)
        for _ in range(3):
            datagrams.send(stub_query("site.example", 4))
            assert datagrams.recv(512)
        assert len(lab.censor_log) == 1


def test_what_is_no_query_and_no_quic_is_no_matter_to_the_censor() -> None:
    rules = (rule("quic", Drop()), Rule(id="q", match=Match(at="query"), action=Drop()))
    with Lab(world(*rules)) as lab:
        for address, port in ((SITE, 443), (RESOLVER, 53)):
            with lab.network.open_udp(address, port) as datagrams:
                datagrams.settimeout(SILENCE_S)
                datagrams.send(b"rubbish")
                with pytest.raises(TimeoutError):
                    datagrams.recv(1)
        assert lab.censor_log == []


def test_every_action_on_quic_and_datagrams_is_tried() -> None:
    assert set(MOMENTS["quic"]) == {Pass, Drop, Unreachable, Throttle}
    assert set(MOMENTS["datagram"]) == {Pass, Drop, Unreachable}


def test_relay_is_left_open_for_datagrams_until_the_lab_ends() -> None:
    with Lab(world()) as lab:
        kept = lab.network
        held = kept.open_udp(NOBODY, 53)
    with held, pytest.raises(OSError, match=r"^The lab has ended"):
        kept.open_udp("44.9.9.8", 53)
    assert isinstance(held, socket.socket)
