"""The world's web servers over QUIC: HTTP/3 on a bound UDP socket. The only file of the servers that knows aioquic.

One certificate stands there for every name, as QUIC's server side knows no other way here.
"""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from typing import Any

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import QuicServer
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ProtocolNegotiated, QuicEvent
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from agent.lab.http_messages import REQUEST_BYTES, Request, Response
from agent.lab.servers.responses import RESPONSES
from agent.lab.servers.settings import Setting
from agent.lab.sight.http_head import without_port


async def attend_quic(setting: Setting, datagrams: socket.socket, tasks: asyncio.TaskGroup) -> None:
    """Answer for ever. When cancelled, every client is told that the connection ends, and `datagrams` is closed."""
    loop = asyncio.get_running_loop()
    create = partial(WebOverQuic, setting=setting, tasks=tasks)
    _, server = await loop.create_datagram_endpoint(
        lambda: QuicServer(configuration=configuration_of(setting), create_protocol=create), sock=datagrams
    )
    try:
        await loop.create_future()
    finally:
        server.close()


def configuration_of(setting: Setting) -> QuicConfiguration:
    """The server's side of QUIC, with the service's certificate."""
    issued = setting.certificates.issued(setting.shown, at=setting.now())
    configuration = QuicConfiguration(is_client=False, alpn_protocols=H3_ALPN)
    configuration.certificate = x509.load_pem_x509_certificate(issued.certificate_pem)
    configuration.private_key = load_pem_private_key(issued.key_pem, None)
    return configuration


class WebOverQuic(QuicConnectionProtocol):
    """One client's connection. Each request is answered when it is whole, by a task of its own, so that a fault of
    the answer's making is a fault of the lab."""

    def __init__(self, quic: QuicConnection, *, setting: Setting, tasks: asyncio.TaskGroup, **rest: Any) -> None:
        super().__init__(quic, **rest)
        self._setting = setting
        self._tasks = tasks
        self._http: H3Connection | None = None
        self._heads: dict[int, dict[str, str]] = {}
        self._bodies: dict[int, bytes] = {}

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, ProtocolNegotiated):
            self._http = H3Connection(self._quic)
        if self._http is not None:
            for seen in self._http.handle_event(event):
                self._hear(seen)

    def _hear(self, event: H3Event) -> None:
        if not isinstance(event, HeadersReceived | DataReceived):
            return
        stream = event.stream_id
        if isinstance(event, HeadersReceived):
            self._heads.setdefault(
                stream, {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
            )
        else:
            self._bodies[stream] = (self._bodies.get(stream, b"") + event.data)[:REQUEST_BYTES]
        if event.stream_ended and (head := self._heads.pop(stream, None)):
            self._tasks.create_task(self._answer(stream, head, self._bodies.pop(stream, b"")))

    async def _answer(self, stream: int, head: dict[str, str], body: bytes) -> None:
        method = head.get(":method", "")
        host = without_port(head.get(":authority", head.get("host", "")))
        request = Request(method=method, path=head.get(":path", ""), host=host, body=body)
        response = RESPONSES[self._setting.place.service.kind](self._setting, request)
        self._say(stream, response, with_body=response.has_body and method != "HEAD")
        self.transmit()

    def _say(self, stream: int, response: Response, *, with_body: bool) -> None:
        """A response that breaks off just ends early, as a stream cannot end without a word."""
        if self._http is None:
            return
        lines = [
            (name.lower().encode(), value.encode())
            for name, value in response.header_lines(self._setting.now())
            if with_body or name != "Content-Length"  # clients of HTTP/3 count what comes against it
        ]
        self._http.send_headers(stream, [(b":status", str(response.status).encode()), *lines])
        for piece in response.pieces() if with_body else ():
            self._http.send_data(stream, piece, end_stream=False)
        self._http.send_data(stream, b"", end_stream=True)
