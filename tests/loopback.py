"""Small servers on this computer's loopback, each doing one thing to whoever connects, for the tests of the probes."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import trustme

from probes.channel import TlsChannel
from probes.limits import Limits
from probes.network import OperatingSystem, fence

NETWORK = fence(OperatingSystem(), ["127.0.0.0/8"])
#: Bounds so short that silence costs a test little; loopback answers in well under a hundredth of any.
LIMITS = Limits(
    dns_timeout_s=0.6, dns_window_s=0.3, connect_timeout_s=2.0, tls_timeout_s=0.6, http_timeout_s=0.8, body_bytes=4096
)
#: The name that good certificates are for.
HOST = "service.example"

Handler = Callable[[socket.socket], Awaitable[None]]


@asynccontextmanager
async def tcp_server(handle: Handler) -> AsyncIterator[int]:
    """Accepts connections and hands each to `handle`; yields the port. Sockets are closed when their handler ends."""
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    async def attend(connection: socket.socket) -> None:
        with connection:
            try:
                await handle(connection)
            except (OSError, ssl.SSLError):
                return  # the probe left in the middle, as it may

    async def accept() -> None:
        while True:
            connection, _ = await loop.sock_accept(listener)
            connection.setblocking(False)
            tasks.add(loop.create_task(attend(connection)))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        tasks.add(loop.create_task(accept()))
        try:
            yield listener.getsockname()[1]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def udp_server(answers: Callable[[bytes], Sequence[tuple[float, bytes]]]) -> AsyncIterator[int]:
    """Answers each datagram with `answers(it)`: seconds to wait before each, and its bytes; yields the port."""
    loop = asyncio.get_running_loop()

    async def serve() -> None:
        while True:
            question, client = await loop.sock_recvfrom(server, 65535)
            for delay_s, answer in answers(question):
                await asyncio.sleep(delay_s)
                await loop.sock_sendto(server, answer, client)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        task = loop.create_task(serve())
        try:
            yield server.getsockname()[1]
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def closed_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of the loopback where nothing listens."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def reset(connection: socket.socket) -> None:
    """Close with a reset in place of an orderly end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def answering(*pieces: bytes, pause_s: float = 0.0, then: str = "close") -> Handler:
    """Reads once, sends the pieces, and then closes, resets or stays silent."""

    async def handle(connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_recv(connection, 65535)
        for piece in pieces:
            await loop.sock_sendall(connection, piece)
            await asyncio.sleep(pause_s)
        if then == "reset":
            reset(connection)
        elif then == "silence":
            await asyncio.sleep(60)

    return handle


def over_tls(
    certificate: trustme.LeafCert, *pieces: bytes, maximum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> Handler:
    """Shakes hands with `certificate`, reads once, sends the pieces, and closes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = maximum
    certificate.configure_cert(context)

    async def handle(connection: socket.socket) -> None:
        channel = TlsChannel.over(connection, context, server_side=True)
        await channel.handshake()
        await channel.read(65535)
        for piece in pieces:
            await channel.write(piece)
        channel.close()

    return handle
