"""The servers' life: what they open they close, and a fault of their own is raised, whatever door it came by."""

import asyncio
import contextlib
import gc
import os
import socket
import sys
import warnings
from collections.abc import Callable

import pytest

from agent.lab.servers.nameserver import stub_query
from agent.lab.world import Client, Host, Page, Service
from tests.lab_client import get
from tests.lab_served import RESOLVER, SITE, Served, is_silent, world_of
from tests.test_lab_servers_quic import visit

SERVICES = (Service(kind="https", port=443), Service(kind="http", port=80), Service(kind="quic", port=443))


def open_files() -> int:
    return len(os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not list open files.")
async def test_nothing_is_left_open_whatever_clients_were_doing() -> None:
    """Clients before a word, in mid-handshake and in mid-page, and one that spoke QUIC."""
    large = Service(kind="http", port=8080, pages=(Page(size_bytes=20_000_000),))
    world = world_of(*SERVICES, large)
    with Served(world):  # what is imported and opened once for all stays open
        pass
    before = open_files()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Served(world) as served:
            clients = [served.dial(443), served.dial(443), served.dial(8080)]
            clients[1].sendall(b"\x16\x03\x01\x02")
            clients[2].sendall(b"GET / HTTP/1.1\r\nHost: site.example\r\n\r\n")
            assert clients[2].recv(1000)
            await visit(served)
        for client in clients:
            client.close()
        del served
        gc.collect()
    await asyncio.sleep(0)  # the client's own last calls
    assert open_files() == before


def test_clients_see_the_servers_end() -> None:
    with Served(world_of(*SERVICES)) as served:
        client = served.dial(443)
    with client:
        assert client.recv(1) == b""


#: A page that cannot greet its visitor, and a name that cannot be told.
BROKEN = world_of(
    *SERVICES,
    Service(kind="doh", port=8443),
    hosts=(Host(names=("odd.example",), addresses=("44.0.0.9",), published=("no address",)),),
    client=Client(resolver=RESOLVER, addresses=("no address",)),
)
QUERY = stub_query("odd.example", 4)


def get_plain(served: Served) -> None:
    with served.dial(80) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: site.example\r\n\r\n")
        assert connection.recv(1) == b""


def resolve(served: Served) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.sendto(QUERY, served.end_of(RESOLVER, 53, "udp"))
        assert is_silent(datagrams)


def resolve_by_https(served: Served) -> None:
    assert get(served.dial_tls(8443), "site.example", "/dns-query", method="POST", body=QUERY) == b""


def get_over_quic(served: Served) -> None:
    with contextlib.suppress(ConnectionError):
        asyncio.run(visit(served))


@pytest.mark.parametrize("ask", [get_plain, resolve, resolve_by_https, get_over_quic])
def test_fault_of_an_answer_is_raised_whatever_door_it_came_by(ask: Callable[[Served], None]) -> None:
    """A lab with a bug must not look like a network that fails."""
    with pytest.raises(ExceptionGroup) as fault, Served(BROKEN) as served:
        ask(served)
    assert "no address" in str(fault.value.exceptions[0])


def test_two_hundred_clients_at_once_are_all_served() -> None:
    with Served(world_of(*SERVICES)) as served:
        clients = [served.dial(80, address=address) for address in (SITE, "2610:44::1") for _ in range(100)]
        for client in clients:
            client.sendall(b"GET / HTTP/1.1\r\nHost: site.example\r\n\r\n")
        assert [client.recv(12, socket.MSG_WAITALL) for client in clients] == [b"HTTP/1.1 200"] * 200
        for client in clients:
            client.close()
