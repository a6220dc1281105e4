"""The seam: real sockets on loopback, and a fence that nothing passes."""

import asyncio
import socket
import subprocess
import sys

import pytest

from probes import tcp
from probes.certificate import TrustStore
from probes.dns_lookup import Resolver, look_up
from probes.network import FENCE_VARIABLE, RESOLVER_INSIDE, FenceError, OperatingSystem, fence, operating_system
from tests.loopback import LIMITS, NETWORK, answering, closed_port, tcp_server, udp_server

#: Documentation addresses (RFC 5737, RFC 3849): were the fence broken, they would still lead nowhere.
OUTSIDE = ["192.0.2.1", "2001:db8::1", "::1"]


async def test_a_connection_carries_bytes_both_ways() -> None:
    """`open_tcp` gives a connected socket that does not block."""
    async with tcp_server(answering(b"pong")) as port:
        with await NETWORK.open_tcp("127.0.0.1", port) as connection:
            assert not connection.getblocking()
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(connection, b"ping")
            assert await loop.sock_recv(connection, 10) == b"pong"


async def test_the_other_side_is_told_how_long_its_segments_may_be() -> None:
    """Or, where the system cannot tell it, nothing is connected to."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        if not hasattr(socket, "TCP_MAXSEG"):
            with pytest.raises(OSError, match="segment"):
                await NETWORK.open_tcp("127.0.0.1", port, segment_bytes=512)
            return
        with await NETWORK.open_tcp("127.0.0.1", port, segment_bytes=512):
            accepted, _ = listener.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) <= 512


async def test_datagrams_go_and_come() -> None:
    """`open_udp` gives a connected socket that does not block."""
    async with udp_server(lambda question: [(0, question[::-1])]) as port:
        with NETWORK.open_udp("127.0.0.1", port) as datagrams:
            assert not datagrams.getblocking()
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(datagrams, b"ping")
            assert await loop.sock_recv(datagrams, 10) == b"gnip"


@pytest.mark.parametrize("address", OUTSIDE)
async def test_the_fence_stops_every_way_out(address: str) -> None:
    """Neither TCP nor UDP nor the system's resolver reaches what is outside the prefixes."""
    with pytest.raises(FenceError, match="outside the fence"):
        await NETWORK.open_tcp(address, 443)
    with pytest.raises(FenceError, match="outside the fence"):
        NETWORK.open_udp(address, 53)
    with pytest.raises(FenceError, match=r"name\.example"):
        await NETWORK.resolve("name.example", 4)


@pytest.mark.parametrize("transport", ["system", "udp", "tcp", "doh"])
async def test_no_lookup_turns_the_fence_into_a_failure(transport: str) -> None:
    """A fence hit comes out of every transport as the error it is, and no row says otherwise."""
    resolver = Resolver(name="outside", transport=transport, address="192.0.2.1", url="https://doh.example/dns-query")
    with pytest.raises(FenceError):
        async for _ in look_up(NETWORK, resolver, "name.example", "A", limits=LIMITS, trust=TrustStore.web()):
            pass


async def test_no_connect_turns_the_fence_into_a_failure() -> None:
    """A fence hit comes out of the TCP probe as the error it is."""
    with pytest.raises(FenceError):
        await tcp.connect(NETWORK, "192.0.2.1", 443, limits=LIMITS)


async def test_a_connect_says_that_it_succeeded() -> None:
    """The row names address and port, has a time and no failure; the socket comes along."""
    async with tcp_server(answering()) as port:
        row, connection = await tcp.connect(NETWORK, "127.0.0.1", port, limits=LIMITS)
        assert connection is not None
        connection.close()
    assert (row.operation, row.transport, row.address, row.port) == ("connect", "tcp", "127.0.0.1", port)
    assert row.failure == ""
    assert row.duration_ms is not None


async def test_a_closed_port_is_refused() -> None:
    """Refusal is a failure, and no socket comes along."""
    row, connection = await tcp.connect(NETWORK, "127.0.0.1", closed_port(), limits=LIMITS)
    assert row.failure == "connection_refused"
    assert connection is None


def test_the_environment_can_fence_the_operating_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable's prefixes are the fence; a bad prefix is an error, and without the variable there is no fence."""
    monkeypatch.setenv(FENCE_VARIABLE, "127.0.0.0/8, ::1/128")
    with pytest.raises(FenceError):
        operating_system().open_udp("192.0.2.1", 53)
    monkeypatch.setenv(FENCE_VARIABLE, "127.0.0.0/40")
    with pytest.raises(ValueError, match="127"):
        operating_system()
    monkeypatch.delenv(FENCE_VARIABLE)
    assert isinstance(operating_system(), OperatingSystem)


def test_an_empty_fence_lets_nothing_out() -> None:
    """No prefix means nowhere, and not everywhere."""
    with pytest.raises(FenceError):
        fence(OperatingSystem(), [""]).open_udp("127.0.0.1", 53)


async def test_a_fence_can_have_the_systems_resolver_inside() -> None:
    """It lets through what it names, and no address with it. A literal address asks nobody."""
    fenced = fence(OperatingSystem(), [RESOLVER_INSIDE, "127.0.0.0/8"])
    assert await fenced.resolve("192.0.2.1", 4) == ("192.0.2.1",)
    with pytest.raises(FenceError, match="outside the fence"):
        await fenced.open_tcp("192.0.2.1", 443)
    with pytest.raises(FenceError, match=r"192\.0\.2\.1 was not asked"):
        await fence(OperatingSystem(), ["127.0.0.0/8"]).resolve("192.0.2.1", 4)


async def test_a_cancelled_connect_leaves_no_socket_open(recwarn: pytest.WarningsRecorder) -> None:
    """Whoever gives up waiting for a connection loses no file descriptor: the full queue below never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        held = [socket.socket() for _ in range(2)]
        for filler in held:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await NETWORK.open_tcp("127.0.0.1", port)
        for filler in held:
            filler.close()
    assert [warning for warning in recwarn if warning.category is ResourceWarning] == []


async def test_the_systems_resolver_answers_and_fails_as_getaddrinfo_does() -> None:
    """A literal address asks nobody: it comes back for its own IP version and is an error for the other."""
    assert await OperatingSystem().resolve("127.0.0.1", 4) == ("127.0.0.1",)
    with pytest.raises(socket.gaierror):
        await OperatingSystem().resolve("127.0.0.1", 6)


def test_a_lookup_that_hangs_keeps_no_process_from_ending() -> None:
    """Whoever stops the agent does not wait for a resolver that never answers."""
    program = (
        "import asyncio, time; from probes.network import _in_daemon_thread as lookup\n"
        "async def main():\n"
        "    async with asyncio.timeout(0.1): await lookup(lambda: time.sleep(3600))\n"
        "asyncio.run(main())"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert "TimeoutError" in ended.stderr
    assert ended.returncode == 1
