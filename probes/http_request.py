"""One HTTP request over a channel that is open already, so that connect, handshake and request are of one thing.

httpx builds the request and holds the answer, httpcore speaks the protocol. Redirects are not followed here, cookies
are not kept, and what cannot be parsed is kept as evidence.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import httpcore
import httpx

from probes.alternatives import alternatives_in
from probes.channel import Channel, first_bytes_of
from probes.failures import failure_of
from probes.limits import FIRST_BYTES, HEADER_NAMES_MAX, WIRE_OVERHEAD_BYTES, Limits
from probes.observation import Observation
from probes.page import origin_of, skew_of, title_of, url_of
from probes.stopwatch import Stopwatch
from probes.tls import Recognise

#: What an ordinary browser sends. It hides nothing, as the handshake is Python's; but a tool's own name would be
#: refused by some servers, which reads as blocking, and would mark volunteers to whoever watches plain HTTP.
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
#: Statuses that send a browser on to the Location (RFC 9110 15.4). 300 offers a choice, and 304 sends nowhere.
SENDS_ON = frozenset({301, 302, 303, 307, 308})

_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})")


async def request(
    channel: Channel,
    *,
    scheme: str,
    host: str,
    port: int,
    path: str,
    method: str,
    limits: Limits,
    recognise: Recognise,
    wants_clock: bool = False,
) -> tuple[Observation, str]:
    """Ask `path` of `host` over `channel`, which is closed afterwards: one connection carries one request.

    Returns the row, and the whole URL that the answer sends on to; empty when it sends nowhere. The URL's path may hold
    the visitor's address: it is for asking, never for a row. A failure in the middle of the answer leaves in the row
    what came before it.
    """
    watch = Stopwatch()
    row = Observation(observed_at=watch.started_at, operation="http_round_trip", transport="tcp", method=method)
    sent_before, received_before = channel.bytes_sent, channel.bytes_received
    channel.measure_flow()
    try:
        url = httpx.URL(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}{path}")
        asked = httpx.Request(method, url, headers=_headers(method))
        exchange = Exchange(channel, body_max_bytes=limits.body_bytes)
        await exchange.run(asked, timeout_s=limits.http_timeout_s)
    except (httpx.InvalidURL, httpcore.LocalProtocolError, UnicodeError):
        return replace(row, failure="hostname_invalid", duration_ms=watch.elapsed_ms()), ""
    finally:
        channel.close()
    row = replace(
        row,
        duration_ms=watch.elapsed_ms(),
        host_header=asked.headers["host"],
        bytes_sent=channel.bytes_sent - sent_before,
        bytes_received=channel.bytes_received - received_before,
        flow_bytes=channel.flow.bytes,
        flow_ms=channel.flow.ms,
    )
    row, leads_to = _describe(row, exchange, base=str(url), recognise=recognise)
    row = replace(row, alternatives=alternatives_in(exchange.headers.get("alt-svc", ""), port=port))
    skew = skew_of(exchange.headers.get("date", ""), now=exchange.answered_at) if wants_clock else None
    return replace(row, clock_skew_s=skew), leads_to if row.status_code in SENDS_ON else ""


def _headers(method: str) -> dict[str, str]:
    """Compression is declined, so that a bounded body stays readable and no bomb is unpacked."""
    headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
    return headers | {"Content-Length": "0"} if method == "POST" else headers


def _describe(row: Observation, exchange: Exchange, *, base: str, recognise: Recognise) -> tuple[Observation, str]:
    """`row` with what came: of an answer that was understood, or of the raw bytes of one that was not.

    Beside it the URL that the answer's Location leads to; empty without one.
    """
    location = exchange.headers.get("location", "")
    body = bytes(exchange.body) if exchange.understood else exchange.first_bytes
    failure, origin, leads_to = exchange.failure, "", ""
    if location and httpx.codes.is_redirect(exchange.status_code or 0):
        try:
            leads_to = str(httpx.URL(url_of(location, base=base)))
            origin = origin_of(location, base=base)
        except (ValueError, httpx.InvalidURL):
            failure = failure or "http_invalid_redirect_location_host"
    described = replace(
        row,
        failure=failure,
        status_code=exchange.status_code,
        title=title_of(body, content_type=exchange.headers.get("content-type", "")),
        location=origin,
        header_names=tuple(dict.fromkeys(name.lower() for name in exchange.headers))[:HEADER_NAMES_MAX],
        fingerprint=recognise(exchange.status_code, location, body) if body or exchange.understood else "",
        body_bytes=len(exchange.body) if exchange.understood else None,
    )
    return described, leads_to


class Exchange:
    """One request and whatever answers it; afterwards its attributes hold all that came, however it ended."""

    def __init__(self, channel: Channel, *, body_max_bytes: int) -> None:
        #: Why it did not succeed; empty when it did.
        self.failure = ""
        self.status_code: int | None = None
        self.headers = httpx.Headers()
        self.body = bytearray()
        #: The first raw bytes of the answer.
        self.first_bytes = b""
        #: When the answer's headers were read, UTC.
        self.answered_at = datetime.now(UTC)
        #: Whether the answer's headers could be parsed.
        self.understood = False
        self._channel = channel
        self._body_max_bytes = body_max_bytes

    async def run(self, asked: httpx.Request, *, timeout_s: float) -> None:
        """Send the request and read the answer, up to the bound of the body."""
        stream = _ChannelStream(self._channel, WIRE_OVERHEAD_BYTES + self._body_max_bytes)
        try:
            async with asyncio.timeout(timeout_s):
                try:
                    await self._exchange(asked, stream)
                except httpcore.RemoteProtocolError:
                    self.failure = await self._keep_evidence(stream)
        except (OSError, ssl.SSLError) as error:
            self.failure = failure_of(error)
        finally:
            self.first_bytes = stream.first_bytes
        if not self.understood and (status := _STATUS_LINE.match(self.first_bytes)):
            self.status_code = int(status[1])

    async def _exchange(self, asked: httpx.Request, stream: _ChannelStream) -> None:
        answer = await _ChannelTransport(stream).handle_async_request(asked)
        self.understood, self.answered_at = True, datetime.now(UTC)
        self.status_code, self.headers = answer.status_code, answer.headers
        try:
            async with aclosing(cast(Any, answer.aiter_raw())) as chunks:  # a generator, by another name in httpx
                async for chunk in chunks:
                    self.body += chunk[: self._body_max_bytes - len(self.body)]
                    if len(self.body) >= self._body_max_bytes:
                        break
        finally:
            await answer.aclose()

    async def _keep_evidence(self, stream: _ChannelStream) -> str:
        """The failure of an answer that is cut, or is not HTTP; of the latter, more is read to recognise it by."""
        is_cut = stream.ended and (self.understood or stream.first_bytes[:5] in (b"", b"HTTP/"))
        if not self.understood and not stream.ended:
            await first_bytes_of(lambda: stream.read(FIRST_BYTES), seen=stream.first_bytes)
        return "eof_error" if is_cut else "http_reply_malformed"


class _ChannelTransport(httpx.AsyncBaseTransport):
    """httpx's way to the channel. Used without a client: that would parse cookies and redirects of strangers."""

    def __init__(self, stream: _ChannelStream) -> None:
        self._stream = stream

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        scheme, host = request.url.raw_scheme, request.url.raw_host
        port = request.url.port or {"http": 80, "https": 443}[request.url.scheme]
        connection = httpcore.AsyncHTTP11Connection(httpcore.Origin(scheme, host, port), self._stream)
        answer = await connection.handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=scheme, host=host, port=port, target=request.url.raw_path),
                headers=request.headers.raw,
                content=await request.aread(),
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_AnswerBody(answer))


class _AnswerBody(httpx.AsyncByteStream):
    """The body as httpcore hands it out."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._answer.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        await self._answer.aclose()


class _ChannelStream(httpcore.AsyncNetworkStream):
    """The channel as httpcore wants it. It bounds the bytes, keeps the first ones, and leaves the time to its user."""

    def __init__(self, channel: Channel, receive_max_bytes: int) -> None:
        self.first_bytes = b""
        #: Whether the peer has closed.
        self.ended = False
        self._channel = channel
        self._bytes_left = receive_max_bytes

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._bytes_left <= 0:
            raise httpcore.RemoteProtocolError("The answer is longer than any that is read.")
        data = await self._channel.read(max_bytes)
        self.first_bytes += data[: FIRST_BYTES - len(self.first_bytes)]
        self.ended = not data
        self._bytes_left -= len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._channel.write(buffer)

    async def aclose(self) -> None:
        """Nothing: more may have to be read from an answer that httpcore gave up, and the channel has its owner."""
