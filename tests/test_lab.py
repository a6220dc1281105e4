"""The lab's life: what it opens it closes, two do not collide, many clients are served, its own faults are raised."""

import asyncio
import gc
import os
import socket
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from agent.lab.loopback.lab import Lab
from agent.lab.rules import Drop, Match, Rule
from agent.lab.world import Client, Host, Line, Service, World
from tests.lab_client import SILENCE_S, dial, dial_tls, get, resolve

WORLD = World(
    name="life",
    hosts=(
        Host(addresses=("44.0.0.53",), services=(Service(kind="dns", port=53),), country="IR"),
        Host(
            names=("site.example",),
            addresses=("44.0.0.1", "2610:44::1"),
            services=(Service(kind="redirect", port=80), Service(kind="https", port=443)),
        ),
    ),
    client=Client(resolver="44.0.0.53"),
)


def open_files() -> int:
    """How many file descriptors this process holds."""
    return len(os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd"))


def test_nothing_is_left_open_whatever_clients_were_doing() -> None:
    """Clients in mid-connection, mid-handshake and mid-silence: no thread, no socket, no warning remains."""
    hushed = replace(WORLD, rules=(Rule(id="r", match=Match(at="client_hello"), action=Drop()),))
    files, threads = open_files(), set(threading.enumerate())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Lab(hushed) as lab:
            left = [dial(lab, "44.0.0.1", 443) for _ in range(5)]
            for client in left[1:]:
                client.sendall(b"\x16\x03\x01")
            with pytest.raises(TimeoutError):
                dial_tls(lab, "44.0.0.1", "site.example", timeout_s=SILENCE_S)
            resolve(lab, "site.example")
        for client in left:
            client.close()
        del lab
        gc.collect()
    assert open_files() == files
    assert set(threading.enumerate()) == threads


def test_clients_see_the_end_of_the_lab() -> None:
    with Lab(WORLD) as lab:
        client = dial(lab, "44.0.0.1", 443)
    with client:
        assert client.recv(1) == b""


def test_error_inside_is_not_hidden_by_leaving() -> None:
    with pytest.raises(ZeroDivisionError), Lab(WORLD):
        raise ZeroDivisionError


def test_fault_of_a_server_is_raised_on_leaving() -> None:
    """A lab with a bug must not look like a network that fails: here, a page that cannot greet its visitor."""
    broken = replace(WORLD, client=replace(WORLD.client, addresses=("no address",)))
    with pytest.raises(ExceptionGroup) as fault, Lab(broken) as lab, pytest.raises(OSError):  # noqa: PT011 - any end
        get(dial_tls(lab, "44.0.0.1", "site.example", timeout_s=SILENCE_S), "site.example")
    assert fault.group_contains(ValueError, match="no address")


def test_two_labs_at_once_do_not_collide() -> None:
    other = replace(WORLD, rules=(Rule(id="r", match=Match(at="syn"), action=Drop()),))
    with Lab(WORLD) as open_lab, Lab(other) as dropping_lab:
        assert get(dial_tls(open_lab, "44.0.0.1", "site.example"), "site.example").startswith(b"HTTP/1.1 200")
        with pytest.raises(TimeoutError):
            dial(dropping_lab, "44.0.0.1", 443, timeout_s=SILENCE_S)
        assert open_lab.trust_pem["web"] != dropping_lab.trust_pem["web"]
        assert open_lab.censor_log == []


def test_two_hundred_clients_at_once_are_all_served() -> None:
    async def visit(lab: Lab) -> bytes:
        loop = asyncio.get_running_loop()
        with await lab.network.open_tcp("44.0.0.1", 80) as client:
            await loop.sock_sendall(client, b"GET / HTTP/1.1\r\nHost: site.example\r\n\r\n")
            return await loop.sock_recv(client, 12)

    async def visit_all(lab: Lab) -> list[bytes]:
        return await asyncio.gather(*(visit(lab) for _ in range(200)))

    with Lab(WORLD) as lab:
        assert asyncio.run(visit_all(lab)) == [b"HTTP/1.1 301"] * 200


def test_a_hundred_connections_into_the_black_hole_are_all_swallowed() -> None:
    """A real SYN that nobody answers, and not one that got through."""

    async def connect_all(lab: Lab) -> int:
        tries = [asyncio.create_task(lab.network.open_tcp("44.9.9.9", 443)) for _ in range(100)]
        done, waiting = await asyncio.wait(tries, timeout=SILENCE_S)
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return len(done)

    with Lab(WORLD) as lab:
        assert asyncio.run(connect_all(lab)) == 0


def test_round_trip_time_is_added_to_connect_handshake_and_answers() -> None:
    """At least one round trip for each; how much more is the machine's affair. A third is left to coarse clocks."""
    with Lab(replace(WORLD, line=Line(rtt_ms=60.0))) as lab:
        moments = [time.monotonic()]
        resolve(lab, "site.example")
        moments.append(time.monotonic())
        client = dial(lab, "44.0.0.1", 443)
        client.close()
        moments.append(time.monotonic())
        secure = dial_tls(lab, "44.0.0.1", "site.example")  # connect and handshake
        moments.append(time.monotonic())
        get(secure, "site.example")
        moments.append(time.monotonic())
    spans_ms = [1000 * (end - start) for start, end in pairwise(moments)]
    assert [span >= least for span, least in zip(spans_ms, (40, 40, 80, 40), strict=True)] == [True] * 4


def test_seam_reaches_loopback_only() -> None:
    """What the agent calls 149.154.167.51 is a socket on 127.0.0.1."""
    with Lab(WORLD) as lab:
        for address in ("44.0.0.1", "2610:44::1"):
            with dial(lab, address, 443) as client:
                assert client.getpeername()[0] == "127.0.0.1"
        with lab.network.open_udp("8.8.8.8", 53) as datagrams:
            assert datagrams.getpeername()[0] == "127.0.0.1"
        assert lab.network.own_addresses() == {"198.51.100.23", "2001:db8:51:100::23"}


def test_destination_must_be_an_address() -> None:
    with Lab(WORLD) as lab, pytest.raises(ValueError, match=r"site\.example"):
        lab.network.open_udp("site.example", 53)


def test_loopback_alone_is_bound() -> None:
    """Seen by the kernel: every socket of this process that is bound at all is bound to loopback."""
    before = set(bound_sockets())
    with Lab(WORLD) as lab:
        lab.network.open_udp("8.8.8.8", 53).close()
        opened = set(bound_sockets()) - before
    assert len(opened) >= len(lab.doors)
    assert {address for address, _, _ in opened} == {"127.0.0.1"}


def bound_sockets() -> Iterator[tuple[str, int, int]]:
    """Address, port and kind of each socket of this process that has a port."""
    for number in os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd"):
        try:
            held = socket.socket(fileno=os.dup(int(number)))
        except OSError:  # no socket, or the one that this very list was read by
            continue
        with held:
            if held.family in (socket.AF_INET, socket.AF_INET6) and (name := held.getsockname())[1]:
                yield str(name[0]), int(name[1]), int(held.type)
