"""Takes questions over HTTP, bounded in every way, and answers them. It keeps no record of who asked what."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

import h11

from agent.helper.look import Lookout
from agent.helper.question import QuestionError, read_question
from agent.helper.turnstile import Turnstile

#: Bytes of a request's head, and of what is read at a time.
HEAD_BYTES, PIECE_BYTES = 8_192, 8_192
FORWARDED = b"x-forwarded-for"


class RefusedError(Exception):
    """A request that is not answered with a look: the status, and a sentence that says why."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client sent."""

    client: str
    body: bytes


@dataclass(kw_only=True)
class HelperServer:
    """The helper as a server: one question and one answer for each connection."""

    lookout: Lookout
    #: Whether a proxy on the way says whom it speaks for; without one anybody could say anything.
    behind_proxy: bool = False
    now_s: Callable[[], float] = time.monotonic
    _turnstile: Turnstile = field(init=False)
    _connections: int = 0
    _tests: int = 0

    def __post_init__(self) -> None:
        self._turnstile = Turnstile(bounds=self.lookout.bounds)

    async def listen(self, address: str, port: int, *, tls: ssl.SSLContext | None = None) -> asyncio.Server:
        """Begin to serve. Raises `OSError` where the address or port cannot be had."""
        bounds = self.lookout.bounds
        waiting = {} if tls is None else {"ssl_handshake_timeout": bounds.question_s}
        return await asyncio.start_server(self._attend, address, port, ssl=tls, limit=PIECE_BYTES, **waiting)

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        try:
            status, answer = await self._answer(reader, writer)
            await self._send(writer, status, answer)
        except (OSError, ssl.SSLError, TimeoutError, h11.RemoteProtocolError):
            pass  # whoever asked has gone, or speaks no HTTP
        except Exception as fault:  # noqa: BLE001 -- a fault of ours ends one answer, and is told without who asked
            print(f"dideban: an answer failed ({type(fault).__name__}).", file=sys.stderr)
        finally:
            self._connections -= 1
            with contextlib.suppress(OSError, ssl.SSLError):
                writer.close()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[HTTPStatus, dict[str, object]]:
        """The status and the body of the answer."""
        bounds = self.lookout.bounds
        try:
            if self._connections > bounds.connections:
                raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections are open; come again later.")
            peer = str((writer.get_extra_info("peername") or ("",))[0])
            async with asyncio.timeout(bounds.question_s):
                request = await self._read(reader, peer)
            if not self._turnstile.admits(request.client, self.now_s()):
                raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, "Too many questions this minute; come again later.")
            try:
                asked = read_question(request.body, bounds)
            except QuestionError as error:
                raise RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from None
            if self._tests >= bounds.tests_at_once:
                raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "Too many questions at once; come again later.")
            self._tests += 1
            try:
                return HTTPStatus.OK, await self.lookout.look(asked)
            finally:
                self._tests -= 1
        except RefusedError as refusal:
            return refusal.status, {"error": str(refusal)}

    async def _read(self, reader: asyncio.StreamReader, peer: str) -> Request:
        """One request. Raises `RefusedError`, and `h11.RemoteProtocolError` for what is no HTTP."""
        conversation = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)
        client, body = peer, bytearray()
        while True:
            event = conversation.next_event()
            if event is h11.NEED_DATA:
                conversation.receive_data(await reader.read(PIECE_BYTES))
            elif isinstance(event, h11.Request):
                if event.method != b"POST":
                    raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "This is a test helper; it is asked by POST.")
                client = self._client_of(event, peer)
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > self.lookout.bounds.question_bytes:
                    raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The question is too long.")
            elif isinstance(event, h11.EndOfMessage):
                return Request(client=client, body=bytes(body))
            else:
                raise h11.RemoteProtocolError("The request broke off.")

    def _client_of(self, request: h11.Request, peer: str) -> str:
        """Whom the request counts for. A proxy adds whom it heard at the end; what stands before is hearsay."""
        said = [value for name, value in request.headers if name == FORWARDED]
        return said[-1].decode("latin-1").rpartition(",")[2].strip() if self.behind_proxy and said else peer

    async def _send(self, writer: asyncio.StreamWriter, status: HTTPStatus, answer: dict[str, object]) -> None:
        body = json.dumps(answer).encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        async with asyncio.timeout(self.lookout.bounds.question_s):
            writer.write(head.encode() + body)
            await writer.drain()
