"""Handshakes with servers that reset, close, stay silent, alert, answer in clear, or show the wrong certificate."""

import asyncio
import socket
import ssl
import struct

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from probes import tcp, tls
from probes.certificate import TrustStore
from probes.channel import TlsChannel
from probes.failures import is_known
from probes.limits import Limits
from probes.observation import Observation
from tests.loopback import HOST, LIMITS, NETWORK, Handler, answering, over_tls, reset, tcp_server

AUTHORITY = trustme.CA()
TRUST = TrustStore(AUTHORITY.cert_pem.bytes())
PAGE = b"HTTP/1.1 403 Forbidden\r\nConnection:close\r\n\r\n<html><head><title>M1-6</title></head></html>"


async def shake(
    handle: Handler,
    *,
    server_name: str = HOST,
    valid_for: str = HOST,
    trust: TrustStore = TRUST,
    limits: Limits = LIMITS,
    recognise: tls.Recognise = tls.no_page,
) -> tuple[Observation, TlsChannel | None, socket.socket]:
    """One handshake with a server that does `handle`; the channel is closed, the socket is given to look at."""
    async with tcp_server(handle) as port:
        _, connection = await tcp.connect(NETWORK, "127.0.0.1", port, limits=limits)
        assert connection is not None
        row, channel = await tls.handshake(
            connection, server_name=server_name, valid_for=valid_for, trust=trust, limits=limits, recognise=recognise
        )
        still_open = connection.fileno() != -1
        if channel is not None:
            channel.close()
    assert still_open == (channel is not None), "the socket is closed exactly when there is no channel"
    assert row.succeeded or is_known(row.failure)
    return row, channel, connection


async def _reset_on_hello(connection: socket.socket) -> None:
    await asyncio.get_running_loop().sock_recv(connection, 65535)
    reset(connection)


def alert(level: int, number: int) -> bytes:
    return struct.pack("!BHHBB", 21, 0x0303, 2, level, number)


@pytest.mark.parametrize(
    ("handle", "failure"),
    [
        (_reset_on_hello, "connection_reset"),
        (answering(), "eof_error"),
        (answering(then="silence"), "generic_timeout_error"),
        (answering(alert(2, 40)), "tls_alert_40"),
        (answering(alert(2, 112)), "tls_alert_112"),
        (answering(alert(2, 200)), "tls_alert_200"),
        (answering(alert(1, 0)), "tls_alert_0"),
        (answering(alert(2, 40)[:3], alert(2, 40)[3:], pause_s=0.02), "tls_alert_40"),
        (answering(PAGE), "tls_plaintext_response"),
        (answering(b"\x00\xff\x01\xfe garbage of no protocol"), "ssl_failed_handshake"),
        (answering(b"\x16\x03\x03\x00\x04\xde\xad\xbe\xef"), "ssl_failed_handshake"),
        (answering(b"\x16\x03\x03\x00\x40cut", then="close"), "eof_error"),
        (answering(b"\x16\x03\x03\x00\x40cut", then="reset"), "connection_reset"),
    ],
    ids=[
        "reset",
        "close",
        "silence",
        "alert",
        "alert with a name",
        "alert without a name",
        "farewell",
        "alert in pieces",
        "page",
        "garbage",
        "garbage in a record",
        "cut record",
        "cut record and reset",
    ],
)
async def test_each_broken_handshake_is_its_own_failure(handle: Handler, failure: str) -> None:
    """What the server does is what the row says; no channel comes, and the socket is closed."""
    row, channel, _ = await shake(handle)
    assert row.failure == failure
    assert channel is None
    assert (row.operation, row.server_name, row.tls_version) == ("tls_handshake", HOST, "")
    assert row.bytes_sent is not None
    assert row.bytes_sent > 200


@pytest.mark.parametrize(
    ("maximum", "version"), [(ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")]
)
async def test_a_valid_certificate(maximum: ssl.TLSVersion, version: str) -> None:
    """The clean case: no failure, the certificate described, and a channel that carries bytes."""
    leaf = AUTHORITY.issue_cert(HOST)
    async with tcp_server(over_tls(leaf, b"hello", maximum=maximum)) as port:
        _, connection = await tcp.connect(NETWORK, "127.0.0.1", port, limits=LIMITS)
        assert connection is not None
        row, channel = await tls.handshake(connection, server_name=HOST, valid_for=HOST, trust=TRUST, limits=LIMITS)
        assert channel is not None
        await channel.write(b"ask")
        assert await channel.read(100) == b"hello"
        assert await channel.read(100) == b""
        channel.close()
        channel.close()
    assert (row.failure, row.tls_version, row.certificate_subject) == ("", version, HOST)
    assert len(row.certificate_sha256) == 64
    assert "trustme" in row.certificate_issuer
    assert row.certificate_expires_at is not None
    assert row.bytes_received is not None
    assert row.bytes_received > 500


@pytest.mark.parametrize(
    ("leaf", "failure"),
    [
        (AUTHORITY.issue_cert("other.example"), "ssl_invalid_hostname"),
        (trustme.CA().issue_cert(HOST), "ssl_unknown_authority"),
        (trustme.CA().issue_cert("other.example"), "ssl_unknown_authority"),
    ],
    ids=["wrong name", "unknown authority", "both"],
)
async def test_a_bad_certificate_is_recorded_and_the_channel_comes(leaf: trustme.LeafCert, failure: str) -> None:
    """The failure says what is wrong, the certificate is described, and the caller decides whether to go on."""
    row, channel, _ = await shake(over_tls(leaf))
    assert row.failure == failure
    assert channel is not None
    assert row.certificate_sha256 != ""


async def test_a_control_name_can_be_sent_to_a_server_that_proves_another() -> None:
    """The name in the ClientHello and the name that the certificate must have are two things."""
    row, _, _ = await shake(over_tls(AUTHORITY.issue_cert(HOST)), server_name="innocent.example")
    assert (row.failure, row.server_name) == ("", "innocent.example")


async def test_the_hello_carries_the_name_or_none() -> None:
    """With a server name the raw ClientHello holds it in clear; with none there is no such extension."""
    heard: list[bytes] = []

    async def listen(connection: socket.socket) -> None:
        heard.append(await asyncio.get_running_loop().sock_recv(connection, 65535))

    await shake(listen)
    await shake(listen, server_name="")
    assert HOST.encode() in heard[0]
    assert HOST.encode() not in heard[1]
    for hello in heard:
        assert b"http/1.1" in hello
        assert b"h2" not in hello.replace(b"http", b"")


@pytest.mark.parametrize("pieces", [(PAGE,), (PAGE[:9], PAGE[9:60], PAGE[60:])], ids=["whole", "in pieces"])
async def test_a_page_inside_tls_is_recognised(pieces: tuple[bytes, ...]) -> None:
    """The whole page is shown to the fingerprints, also when its first segment was one line."""
    shown: list[tuple[int | None, str, bytes]] = []

    def recognise(status: int | None, location: str, body: bytes) -> str:
        shown.append((status, location, body))
        return "known_page"

    row, _, _ = await shake(answering(*pieces, pause_s=0.02), recognise=recognise)
    assert (row.failure, row.fingerprint) == ("tls_plaintext_response", "known_page")
    assert shown == [(403, "", PAGE)]


@pytest.mark.parametrize(
    ("said", "status", "title"),
    [
        (b"HTTP/1.1 451 No\r\nServer: box\r\n\r\n<html><title>Not to be seen</title>", 451, "Not to be seen"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://box.example/\r\n\r\n", 302, ""),
        (b"<html><title>Not to be seen</title></html>", None, ""),
        (b"no such service\r\n", None, ""),
    ],
)
async def test_an_answer_of_http_in_the_place_of_tls_is_known_by_status_and_title(
    said: bytes, status: int | None, title: str
) -> None:
    """Text that is no answer of HTTP has neither."""
    row, _, _ = await shake(answering(said))
    assert (row.failure, row.status_code, row.title) == ("tls_plaintext_response", status, title)


async def test_an_endless_page_inside_tls_ends() -> None:
    """A server that never stops talking is cut off at a few KiB."""

    async def talk(connection: socket.socket) -> None:
        await asyncio.get_running_loop().sock_sendall(connection, b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await asyncio.get_running_loop().sock_sendall(connection, b"x" * 4096)

    row, _, _ = await shake(talk)
    assert row.failure == "tls_plaintext_response"
    assert row.bytes_received is not None
    assert row.bytes_received < 65536


async def test_too_long_a_handshake_is_cut_off() -> None:
    """More bytes than the bound end it with a failure of their own."""
    short = Limits(handshake_bytes=400, tls_timeout_s=1.0)
    row, channel, _ = await shake(over_tls(AUTHORITY.issue_cert(HOST)), limits=short)
    assert row.failure == "tls_handshake_too_long"
    assert channel is None


@pytest.mark.parametrize("name", ["x" * 64 + ".example", ".example", "a..example"])
async def test_a_name_that_tls_cannot_carry_is_a_failure(name: str) -> None:
    """Nothing is sent for a name from a redirect that is none."""
    row, channel, _ = await shake(answering(), server_name=name)
    assert (row.failure, row.bytes_sent) == ("hostname_invalid", None)
    assert channel is None


async def test_a_cancelled_handshake_closes_its_socket() -> None:
    """Whoever ends a sweep in the middle of a handshake loses no socket."""
    async with tcp_server(answering(then="silence")) as port:
        _, connection = await tcp.connect(NETWORK, "127.0.0.1", port, limits=LIMITS)
        assert connection is not None
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await tls.handshake(connection, server_name=HOST, valid_for=HOST, trust=TRUST, limits=LIMITS)
        assert connection.fileno() == -1


@given(st.binary(max_size=200))
def test_no_raw_bytes_break_the_reading_of_records(raw: bytes) -> None:
    """Whatever came first, the answer is a known failure or nothing."""
    failure = tls.failure_of_records(raw)
    assert failure == "" or is_known(failure)
