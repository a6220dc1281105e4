"""A stream of bytes over one connected socket, plain or through TLS: the same on the client's and the server's side.

Nothing here is bounded in time: whoever uses a channel bounds it. Every `OSError` of the socket passes through.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Protocol, Self, TypeVar

from probes.flow import Flow
from probes.limits import FIRST_BYTES, READ_BYTES, REST_GRACE_S

T = TypeVar("T")


class Channel(Protocol):
    """What an HTTP exchange runs over."""

    @property
    def bytes_sent(self) -> int:
        """Bytes given to the socket, TLS's own included."""

    @property
    def bytes_received(self) -> int:
        """Bytes taken from the socket, TLS's own included."""

    @property
    def flow(self) -> Flow:
        """How fast bytes have come from the socket since `measure_flow`, or ever."""

    def measure_flow(self) -> None:
        """Begin `flow` anew."""

    async def read(self, max_bytes: int) -> bytes:
        """At least one byte and at most `max_bytes`; empty when the peer has closed."""

    async def write(self, data: bytes) -> None:
        """All of `data`."""

    def close(self) -> None:
        """Close the socket. May be called twice."""


class HandshakeTooLongError(Exception):
    """The peer sent more bytes than a handshake may have."""


class PlainChannel:
    """The socket itself. `connection` is connected and non-blocking, and the channel's from here on."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.bytes_sent = 0
        self.bytes_received = 0
        self.flow = Flow()

    def measure_flow(self) -> None:
        self.flow = Flow()

    async def read(self, max_bytes: int) -> bytes:
        data = await asyncio.get_running_loop().sock_recv(self._connection, max_bytes)
        self.bytes_received += len(data)
        self.flow.took(len(data))
        return data

    async def write(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._connection, data)
        self.bytes_sent += len(data)

    def close(self) -> None:
        self._connection.close()


class TlsChannel:
    """TLS over a socket, pumped by hand through two memory buffers, so that the raw bytes stay in sight.

    `TlsChannel.over` makes one; `handshake` must have succeeded before `read` and `write`.
    """

    def __init__(
        self, connection: socket.socket, tls: ssl.SSLObject, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO
    ) -> None:
        self.tls = tls
        #: The first raw bytes that the peer sent, at most `FIRST_BYTES`.
        self.first_bytes = b""
        self._connection = connection
        self._plain = PlainChannel(connection)
        self._incoming = incoming
        self._outgoing = outgoing
        self._receive_max: int | None = None

    @classmethod
    def over(
        cls,
        connection: socket.socket,
        context: ssl.SSLContext,
        *,
        server_side: bool = False,
        server_hostname: str | None = None,
        already_read: bytes = b"",
    ) -> Self:
        """A channel that has not yet shaken hands. `already_read`: bytes taken from the socket before, e.g. the
        ClientHello that a server looked at. Raises `ValueError` for a name that TLS cannot carry."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=server_side, server_hostname=server_hostname)
        channel = cls(connection, tls, incoming, outgoing)
        channel._plain.bytes_received += len(already_read)
        channel._take(already_read)
        return channel

    @property
    def bytes_sent(self) -> int:
        return self._plain.bytes_sent

    @property
    def bytes_received(self) -> int:
        return self._plain.bytes_received

    @property
    def flow(self) -> Flow:
        return self._plain.flow

    def measure_flow(self) -> None:
        self._plain.measure_flow()

    async def handshake(self, *, receive_max_bytes: int | None = None) -> None:
        """Shake hands. Raises `ssl.SSLError` (`SSLEOFError` when the peer closed), `OSError`, and
        `HandshakeTooLongError` when the peer sends more than `receive_max_bytes`."""
        self._receive_max = receive_max_bytes
        await self._pump(self.tls.do_handshake)
        self._receive_max = None

    async def read(self, max_bytes: int) -> bytes:
        try:
            return await self._pump(lambda: self.tls.read(max_bytes))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""  # many servers close without TLS's own farewell; HTTP knows whether something is missing

    async def write(self, data: bytes) -> None:
        await self._pump(lambda: self.tls.write(data))

    async def read_raw(self) -> bytes:
        """What comes next on the socket, past TLS: for a peer that turned out not to speak it."""
        return await self._plain.read(READ_BYTES)

    def close(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # a farewell is courtesy: the socket closes all the same
            with contextlib.suppress(ssl.SSLError):
                self.tls.unwrap()
            self._connection.send(self._outgoing.read())
        self._plain.close()

    async def _pump(self, step: Callable[[], T]) -> T:
        """Repeat `step` until it needs no more bytes of the peer, carrying what it writes to the socket."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            except ssl.SSLError:
                with contextlib.suppress(OSError):  # the peer may be gone already
                    await self._flush()  # the alert that tells the peer why
                raise
            else:
                await self._flush()
                return result

    async def _flush(self) -> None:
        if data := self._outgoing.read():
            await self._plain.write(data)

    async def _fill(self) -> None:
        data = await self._plain.read(READ_BYTES)
        if not data:
            self._incoming.write_eof()
            return
        self._take(data)
        if self._receive_max is not None and self.bytes_received > self._receive_max:
            raise HandshakeTooLongError(f"More than {self._receive_max} bytes came in a TLS handshake.")

    def _take(self, data: bytes) -> None:
        self._incoming.write(data)
        self.first_bytes += data[: FIRST_BYTES - len(self.first_bytes)]


async def first_bytes_of(read: Callable[[], Awaitable[bytes]], *, seen: bytes) -> bytes:
    """`seen` and what follows it, until `FIRST_BYTES`, the peer's close or error, or `REST_GRACE_S` of waiting."""
    with contextlib.suppress(OSError, ssl.SSLError):  # whatever ends it, the bytes so far are the evidence
        async with asyncio.timeout(REST_GRACE_S):
            while len(seen) < FIRST_BYTES and (more := await read()):
                seen += more
    return seen[:FIRST_BYTES]
