"""Requests to servers that answer well, cut short, drip, never end, or are a censor's page in the place of the site."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import trustme

from probes import tcp, tls
from probes.certificate import TrustStore
from probes.channel import PlainChannel
from probes.failures import is_known
from probes.http_request import request
from probes.limits import Limits
from probes.observation import Observation
from tests.loopback import HOST, LIMITS, NETWORK, Handler, answering, over_tls, tcp_server

OK = b"HTTP/1.1 200 OK\r\n"
#: Where a bound of bytes must end it, and not the time, however busy the machine is.
PATIENT = replace(LIMITS, http_timeout_s=60.0)
#: The legacy Iranian form: no space after the header's colon, no type, no length, one iframe.
IRANIAN_BODY = (
    b'<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1256"><title>M1-6'
    b'</title></head><body><iframe src="http://10.10.34.34?type=Invalid Site&policy=MainPolicy " '
    b'style="width: 100%; height: 100%"></iframe></body></html>'
)
IRANIAN_PAGE = b"HTTP/1.1 403 Forbidden\r\nConnection:close\r\n\r\n" + IRANIAN_BODY


def recognise_iran(status: int | None, location: str, body: bytes) -> str:
    """The test's own fingerprint."""
    return "iran" if b'iframe src="http://10.10' in body or location.startswith("http://10.10.34.3") else ""


async def ask(handle: Handler, **changes: Any) -> Observation:
    """The row of one GET of / over plain TCP from a server that does `handle`."""
    row, _ = await ask_and_follow(handle, **changes)
    return row


async def ask_and_follow(handle: Handler, *, limits: Limits = LIMITS, **changes: Any) -> tuple[Observation, str]:
    """The same, and where it sends on to."""
    async with tcp_server(handle) as port:
        _, connection = await tcp.connect(NETWORK, "127.0.0.1", port, limits=LIMITS)
        assert connection is not None
        how: dict[str, Any] = {"scheme": "http", "host": HOST, "port": port, "path": "/", "method": "GET"} | changes
        row, leads_to = await request(PlainChannel(connection), limits=limits, recognise=recognise_iran, **how)
    assert connection.fileno() == -1
    assert row.succeeded or is_known(row.failure)
    return row, leads_to


async def test_an_ordinary_page() -> None:
    """The clean case: status, title, header names in lower case, body size, no failure."""
    page = b"<title>Home</title>"
    head = OK + b"Content-Type: text/html\r\nX-Odd: 1\r\nContent-Length: %d\r\n\r\n" % len(page)
    row = await ask(answering(head + page, then="silence"))
    assert (row.failure, row.status_code, row.title, row.body_bytes) == ("", 200, "Home", len(page))
    assert row.header_names == ("content-type", "x-odd", "content-length")
    assert (row.operation, row.method, row.fingerprint, row.location) == ("http_round_trip", "GET", "", "")
    assert row.clock_skew_s is None
    assert row.bytes_received == len(head + page)
    assert row.bytes_sent is not None
    assert row.bytes_sent > 100


async def heard(**changes: Any) -> bytes:
    """The raw request that a server sees."""
    seen: list[bytes] = []

    async def listen(connection: socket.socket) -> None:
        seen.append(await asyncio.get_running_loop().sock_recv(connection, 65535))
        await asyncio.get_running_loop().sock_sendall(connection, OK + b"Content-Length: 0\r\n\r\n")

    row = await ask(listen, **changes)
    assert row.failure == ""
    return seen[0]


async def test_the_request_is_plain_and_names_its_host() -> None:
    """The Host header is the name asked for, compression is declined, and nothing tells of this agent or its user."""
    raw = await heard(port=80, path="/path?query=1")
    assert raw.startswith(b"GET /path?query=1 HTTP/1.1\r\nHost: service.example\r\n")
    assert b"\r\nAccept-Encoding: identity\r\n" in raw
    for telltale in (b"httpx", b"python", b"dideban", b"Cookie"):
        assert telltale.lower() not in raw.lower()


async def test_a_post_to_a_bare_address() -> None:
    """Telegram's data centres are asked by an empty POST; an IPv6 address stands in brackets."""
    raw = await heard(method="POST", host="2001:db8::1", port=443)
    assert raw.startswith(b"POST / HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n")
    assert b"\r\nContent-Length: 0\r\n" in raw


@pytest.mark.parametrize(
    "wire",
    [
        IRANIAN_PAGE,
        IRANIAN_PAGE.replace(b"HTTP/1.1", b"HTTP/1.0"),
        b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
        % len(IRANIAN_BODY)
        + IRANIAN_BODY,
    ],
    ids=["legacy", "legacy, HTTP/1.0", "2023"],
)
async def test_the_iranian_page_is_read_and_recognised(wire: bytes) -> None:
    """A block page is an answer like any other to this probe: status, title and fingerprint are in the row."""
    row = await ask(answering(wire))
    assert (row.failure, row.status_code, row.title, row.fingerprint) == ("", 403, "M1-6", "iran")


async def test_the_iranian_redirect_is_recorded_and_not_followed() -> None:
    """The row has where it leads; the fingerprints see all of it."""
    row = await ask(
        answering(b"HTTP/1.1 301 Moved\r\nLocation: http://10.10.34.34/?type=x\r\nContent-Length: 0\r\n\r\n")
    )
    assert (row.failure, row.status_code, row.location, row.fingerprint) == ("", 301, "http://10.10.34.34", "iran")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_leads_on_whole_and_its_row_has_scheme_and_host_only(status: int) -> None:
    """The path may hold the visitor's address: whoever follows is told of it, and nobody who reads the row."""
    wire = b"HTTP/1.1 %d Moved\r\nLocation: /from/203.0.113.9?x=1#top\r\nContent-Length: 0\r\n\r\n" % status
    row, leads_to = await ask_and_follow(answering(wire), port=80)
    assert (row.failure, row.status_code, row.location) == ("", status, "http://service.example")
    assert leads_to == "http://service.example/from/203.0.113.9?x=1"
    assert "203.0.113.9" not in repr(row)


@pytest.mark.parametrize("status", [200, 201, 300, 304])
async def test_other_answers_with_a_location_lead_nowhere(status: int) -> None:
    wire = b"HTTP/1.1 %d Other\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n" % status
    row, leads_to = await ask_and_follow(answering(wire))
    assert (row.failure, row.status_code, leads_to) == ("", status, "")


@pytest.mark.parametrize("location", [b"http://", b"https://", b"//", b"/\x01", b"/" + b"x" * 70_000])
async def test_a_redirect_that_nobody_could_follow_is_a_failure(location: bytes) -> None:
    """It names no host, or holds what no request can carry; the address that it came from is not put in its place."""
    wire = b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % location
    row, leads_to = await ask_and_follow(answering(wire))
    assert (row.failure, row.status_code, row.location) == ("http_invalid_redirect_location_host", 302, "")
    assert leads_to == ""


async def test_a_redirect_to_nowhere_is_a_failure_and_keeps_its_status() -> None:
    """A Location that is no address does not lose the answer that it came in."""
    row = await ask(answering(b"HTTP/1.1 302 Found\r\nLocation: http://[bad\r\nContent-Length: 2\r\n\r\nok"))
    assert (row.failure, row.status_code, row.body_bytes) == ("http_invalid_redirect_location_host", 302, 2)


@pytest.mark.parametrize(
    ("pieces", "status", "fingerprint"),
    [
        ((b"HTTP/1.1 403 Forbidden\r\nConnection close\r\n\r\n" + IRANIAN_BODY,), 403, "iran"),
        ((b"HTTP/1.1 403 Forbidden\r\nConnection close\r\n\r\n", IRANIAN_BODY), 403, "iran"),
        ((IRANIAN_BODY,), None, "iran"),
        ((b"SSH-2.0-server\r\n\r\n",), None, ""),
        ((b"\x15\x03\x03\x00\x02\x02\x28",), None, ""),
    ],
    ids=["bad header", "bad header, page later", "no header", "another protocol", "TLS"],
)
async def test_what_is_not_http_is_kept_as_evidence(
    pieces: tuple[bytes, ...], status: int | None, fingerprint: str
) -> None:
    """The status line and the fingerprint are read from the raw bytes of what no parser takes."""
    row = await ask(answering(*pieces, pause_s=0.02))
    assert (row.failure, row.status_code, row.fingerprint) == ("http_reply_malformed", status, fingerprint)
    assert row.body_bytes is None


@pytest.mark.parametrize(
    ("handle", "failure"),
    [
        (answering(then="reset"), "connection_reset"),
        (answering(), "eof_error"),
        (answering(then="silence"), "generic_timeout_error"),
        (answering(OK + b"Content-Le"), "eof_error"),
        (answering(OK[:-2], then="silence"), "generic_timeout_error"),
    ],
    ids=["reset", "close", "silence", "cut header", "half a header"],
)
async def test_no_answer_is_told_apart(handle: Handler, failure: str) -> None:
    """Reset, close and silence after the request are three failures."""
    assert (await ask(handle)).failure == failure


def half(encoding: bytes, start: bytes) -> bytes:
    return OK + b"X-Kept: yes\r\n" + encoding + b"\r\n\r\n<title>Half</title>" + start


LENGTH = b"Content-Length: 500"


@pytest.mark.parametrize(
    ("handle", "failure"),
    [
        (answering(half(LENGTH, b"")), "eof_error"),
        (answering(half(LENGTH, b""), pause_s=0.05, then="reset"), "connection_reset"),
        (answering(half(LENGTH, b""), then="silence"), "generic_timeout_error"),
    ],
    ids=["cut", "reset", "silence"],
)
async def test_a_failure_in_the_middle_keeps_what_came(handle: Handler, failure: str) -> None:
    """A cut body has its failure, and its status, title, headers and size all the same."""
    row = await ask(handle)
    assert (row.failure, row.status_code, row.title) == (failure, 200, "Half")
    assert row.header_names[0] == "x-kept"
    assert row.body_bytes == len(b"<title>Half</title>")


async def test_a_cut_chunked_body_keeps_what_came() -> None:
    """The same for a body in chunks."""
    chunk = b"<title>Half</title>"
    wire = OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(chunk), chunk)
    row = await ask(answering(wire))
    assert (row.failure, row.status_code, row.title) == ("eof_error", 200, "Half")
    broken = await ask(answering(wire + b"zzz\r\n", then="silence"))
    assert (broken.failure, broken.status_code) == ("http_reply_malformed", 200)


def repeating(start: bytes, again: Callable[[int], bytes], *, pause_s: float = 0.0) -> Handler:
    """Sends `start` and then one piece after another for as long as anybody listens."""

    async def handle(connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_recv(connection, 65535)
        await loop.sock_sendall(connection, start)
        for number in range(10**9):
            await loop.sock_sendall(connection, again(number))
            await asyncio.sleep(pause_s)

    return handle


async def test_an_endless_body_is_read_to_its_bound() -> None:
    """Reading stops at the bound, and that is no failure: the site answered."""
    row = await ask(repeating(OK + b"\r\n", lambda _: b"x" * 4096), limits=PATIENT)
    assert (row.failure, row.status_code, row.body_bytes) == ("", 200, LIMITS.body_bytes)


async def test_endless_headers_end() -> None:
    """A server that sends headers for ever is not HTTP, and is cut off long before memory runs out."""
    row = await ask(repeating(OK, lambda number: b"X-%d: %s\r\n" % (number, b"x" * 1000)), limits=PATIENT)
    assert (row.failure, row.status_code) == ("http_reply_malformed", 200)
    assert row.bytes_received is not None
    assert row.bytes_received < 1_000_000


async def test_endless_promises_end() -> None:
    """The same for a server that says 100 Continue for ever."""
    row = await ask(repeating(b"", lambda _: b"HTTP/1.1 100 Continue\r\n\r\n" * 100), limits=PATIENT)
    assert row.failure == "http_reply_malformed"
    assert row.bytes_received is not None
    assert row.bytes_received < 1_000_000


async def test_a_slow_drip_is_bounded_by_time() -> None:
    """A byte now and then does not keep the probe: the whole exchange has one deadline."""
    row = await ask(repeating(OK + b"Content-Length: 1000\r\n\r\n", lambda _: b"x", pause_s=0.05))
    assert (row.failure, row.status_code) == ("generic_timeout_error", 200)
    assert row.body_bytes is not None
    assert 0 < row.body_bytes < 100


async def test_a_compressed_body_is_not_unpacked() -> None:
    """Compression was declined; a server that compresses all the same cannot make us unpack a bomb."""
    wire = OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00"
    row = await ask(answering(wire))
    assert (row.failure, row.body_bytes) == ("", 4)


async def test_cookies_and_header_values_stay_out_of_the_row() -> None:
    """Only names of headers are kept."""
    row = await ask(answering(OK + b"Set-Cookie: id=203.0.113.9\r\nContent-Length: 0\r\n\r\n"))
    assert row.header_names == ("set-cookie", "content-length")
    assert "203.0.113.9" not in repr(row)


async def test_the_clock_is_read_when_asked_for() -> None:
    """A Date of 1994 is some thirty years behind, and no Date at all is nothing."""
    date = b"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
    row = await ask(answering(OK + date + b"Content-Length: 0\r\n\r\n"), wants_clock=True)
    assert row.clock_skew_s is not None
    assert row.clock_skew_s < -30 * 365 * 86400
    assert (await ask(answering(OK + b"Content-Length: 0\r\n\r\n"), wants_clock=True)).clock_skew_s is None


@pytest.mark.parametrize("host", ["", "a b.example", "x" * 64 + ".example", "ex\x00ample"])
async def test_a_host_that_cannot_be_asked_is_a_failure_or_an_answer(host: str) -> None:
    """A name from a redirect may be anything, and never raises."""
    row = await ask(answering(OK + b"Content-Length: 0\r\n\r\n"), host=host)
    assert row.failure in ("", "hostname_invalid")


async def test_https_over_the_same_connection() -> None:
    """Connect, handshake and request share one socket; a page over TLS reads like one over TCP."""
    authority = trustme.CA()
    trust = TrustStore(authority.cert_pem.bytes())
    page = OK + b"Content-Length: 18\r\n\r\n<title>Tls</title>"
    async with tcp_server(over_tls(authority.issue_cert(HOST), page)) as port:
        _, connection = await tcp.connect(NETWORK, "127.0.0.1", port, limits=LIMITS)
        assert connection is not None
        shaken, channel = await tls.handshake(connection, server_name=HOST, valid_for=HOST, trust=trust, limits=LIMITS)
        assert channel is not None
        row, leads_to = await request(
            channel,
            scheme="https",
            host=HOST,
            port=port,
            path="/",
            method="GET",
            limits=LIMITS,
            recognise=recognise_iran,
        )
    assert (shaken.failure, row.failure, row.title, leads_to) == ("", "", "Tls", "")
    assert row.host_header == f"{HOST}:{port}"
    assert row.bytes_sent is not None
    assert row.bytes_sent < 600, "the handshake's bytes belong to the handshake's row"


async def test_a_cancelled_request_closes_its_channel() -> None:
    """Whoever ends a sweep in the middle of a request loses no socket."""
    async with tcp_server(answering(then="silence")) as port:
        _, connection = await tcp.connect(NETWORK, "127.0.0.1", port, limits=LIMITS)
        assert connection is not None
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await request(
                    PlainChannel(connection),
                    scheme="http",
                    host=HOST,
                    port=port,
                    path="/",
                    method="GET",
                    limits=LIMITS,
                    recognise=tls.no_page,
                )
        assert connection.fileno() == -1
