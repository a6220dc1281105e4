"""What is settled before a connection is made: routes, IPv6, dead ends, and the doors of programs not ours."""

import asyncio
import errno
import multiprocessing
import pickle
import socket

import pytest

from agent.lab.loopback.lab import Lab
from agent.lab.loopback.network import LabNetwork
from agent.lab.loopback.ways import Way
from agent.lab.rules import Drop, Match, Reset, Rule, Throttle, Unreachable
from agent.lab.servers.nameserver import stub_query
from agent.lab.world import Client, Host, Service, World
from tests.lab_client import PATIENCE_S, SILENCE_S, ask_udp, dial, read_all, resolve
from tests.lab_visits import patience_for, visit

SITE, SITE_6, RESOLVER = "44.0.0.1", "2610:44::1", "44.0.0.53"
GET = b"GET / HTTP/1.1\r\nHost: site.example\r\n\r\n"


def world(*rules: Rule, **client: object) -> World:
    return World(
        name="seam",
        hosts=(
            Host(addresses=(RESOLVER,), services=(Service(kind="dns", port=53),)),
            Host(names=("site.example",), addresses=(SITE, SITE_6), services=(Service(kind="http", port=80),)),
        ),
        client=Client(resolver=RESOLVER, **client),  # type: ignore[arg-type] # fields of Client
        rules=rules,
    )


def at_syn(action: Drop | Reset | Unreachable | Throttle, **match: object) -> Rule:
    return Rule(id="r", match=Match(at="syn", **match), action=action)  # type: ignore[arg-type] # fields of Match


def test_without_a_route_nothing_goes_out() -> None:
    with Lab(world(at_syn(Drop()), route=False)) as lab:
        for address in (SITE, SITE_6, "44.9.9.9"):
            with pytest.raises(OSError) as failure:  # noqa: PT011 - told apart by its number
                dial(lab, address, 80)
            assert failure.value.errno == errno.ENETUNREACH
            with pytest.raises(OSError) as failure:  # noqa: PT011
                lab.network.open_udp(address, 53)
            assert failure.value.errno == errno.ENETUNREACH
        with pytest.raises(socket.gaierror) as no_answer:
            resolve(lab, "site.example")
        assert no_answer.value.errno == socket.EAI_AGAIN
        assert lab.censor_log == []


@pytest.mark.parametrize(
    ("ipv6", "met"), [("works", "200 whole"), ("dead", "silence"), ("none", "network is unreachable")]
)
def test_ipv6_works_or_swallows_or_has_no_route(ipv6: str, met: str) -> None:
    with Lab(world(ipv6=ipv6)) as lab:
        assert visit(lab, SITE_6, "site.example", met=met) == met
        assert visit(lab, SITE, "site.example") == "200 whole"
        assert resolve(lab, "site.example", 6) == (SITE_6,)


def test_dead_ipv6_swallows_datagrams_before_any_censor_sees_them() -> None:
    dropping = Rule(id="r", match=Match(at="datagram"), action=Drop())
    with Lab(world(dropping, ipv6="dead")) as lab:
        assert ask_udp(lab, "2610:44::9", stub_query("site.example", 4)) == []
        assert lab.censor_log == []


def test_icmpv6_has_an_error_of_its_own_for_what_is_prohibited() -> None:
    with Lab(world(at_syn(Unreachable(what="admin")))) as lab:
        assert visit(lab, SITE, "site.example") == "no route to host"
        assert visit(lab, SITE_6, "site.example") == "permission denied"


def test_syn_to_where_nobody_is_is_seen_by_the_censor() -> None:
    with Lab(world(at_syn(Reset(), addresses=("44.9.0.0/16",)))) as lab:
        with pytest.raises(ConnectionRefusedError):
            dial(lab, "44.9.9.9", 80)
        with pytest.raises(TimeoutError):
            dial(lab, "44.8.8.8", 80, timeout_s=SILENCE_S)


def test_connection_throttled_at_its_syn_is_slow_and_another_is_not() -> None:
    """At least the time that its answer takes at that rate; a third is left to coarse clocks."""
    slow = at_syn(Throttle(rate_kbit_s=20.0), last_occasion=1)
    with Lab(world(slow)) as lab:
        loop = asyncio.new_event_loop()
        for is_slow in (True, False):
            with dial(lab, SITE, 80) as connection:
                began_s = loop.time()
                connection.sendall(GET)
                least_s = len(read_all(connection)) * 8 / 20_000 * 2 / 3
                assert not is_slow or loop.time() - began_s > least_s
        loop.close()
        assert len(lab.censor_log) == 1


# Doors for programs that are not ours.


def come_by_door(lab: Lab, address: str, port: int, *, met: str = "") -> str:
    """What a program meets that knows nothing of the seam. `met`: what is expected."""
    try:
        with socket.create_connection(
            ("127.0.0.1", lab.doors[Way(address, port, "tcp")]), timeout=patience_for(met)
        ) as door:
            door.sendall(GET)
            return read_all(door)[:12].decode() or "closed"
    except TimeoutError:
        return "silence"
    except ConnectionRefusedError:
        return "refused"
    except ConnectionResetError:
        return "reset"


@pytest.mark.parametrize(
    ("rule", "met"),
    [
        (at_syn(Drop()), "silence"),
        (at_syn(Reset()), "refused"),
        (at_syn(Unreachable()), "refused"),
        (at_syn(Drop(), addresses=("44.0.0.2",)), "HTTP/1.1 200"),
        (at_syn(Drop(), last_occasion=1), "silence"),
        (at_syn(Reset(), last_occasion=1), "reset"),
        (at_syn(Unreachable(), last_occasion=1), "reset"),
        (at_syn(Throttle(rate_kbit_s=8000.0)), "HTTP/1.1 200"),
        (Rule(id="r", match=Match(at="request"), action=Reset()), "reset"),
    ],
)
def test_program_by_a_door_meets_the_censor_too(rule: Rule, met: str) -> None:
    with Lab(world(rule)) as lab:
        assert come_by_door(lab, SITE, 80, met=met) == met
        if rule.match.last_occasion == 1:
            assert come_by_door(lab, SITE, 80) == "HTTP/1.1 200"


@pytest.mark.parametrize(
    ("client", "met"),
    [
        ({"route": False}, ["refused", "refused"]),
        ({"ipv6": "none"}, ["HTTP/1.1 200", "refused"]),
        ({"ipv6": "dead"}, ["HTTP/1.1 200", "silence"]),
        ({}, ["HTTP/1.1 200", "HTTP/1.1 200"]),
    ],
)
def test_door_leads_nowhere_where_the_client_has_no_way(client: dict[str, object], met: list[str]) -> None:
    with Lab(world(**client)) as lab:
        assert [come_by_door(lab, place, 80, met=word) for place, word in zip((SITE, SITE_6), met, strict=True)] == met


def test_doors_are_those_of_the_world_by_address_port_and_transport() -> None:
    with Lab(world()) as lab:
        assert set(lab.doors) == {
            (RESOLVER, 53, "tcp"),
            (RESOLVER, 53, "udp"),
            (SITE, 80, "tcp"),
            (SITE_6, 80, "tcp"),
        }
        assert len(set(lab.doors.values())) == 4
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.settimeout(PATIENCE_S)
            datagrams.sendto(stub_query("site.example", 4), ("127.0.0.1", lab.doors[Way(RESOLVER, 53, "udp")]))
            assert datagrams.recv(512)


# The seam in another process.


def answer_elsewhere(pickled: bytes, answers: "multiprocessing.Queue[bytes]") -> None:
    """What a client in a process of its own is answered."""
    network: LabNetwork = pickle.loads(pickled)  # noqa: S301 - our own

    async def visit_site() -> bytes:
        loop = asyncio.get_running_loop()
        with await network.open_tcp(SITE, 80) as connection:
            await loop.sock_sendall(connection, GET)
            return await loop.sock_recv(connection, 12)

    answers.put(asyncio.run(visit_site()))


def test_seam_may_be_handed_to_another_process() -> None:
    spawning = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[bytes] = spawning.Queue()
    with Lab(world()) as lab:
        process = spawning.Process(target=answer_elsewhere, args=(pickle.dumps(lab.network), answers))
        process.start()
        assert answers.get(timeout=60.0) == b"HTTP/1.1 200"
        process.join()
