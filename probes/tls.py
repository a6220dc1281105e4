"""One TLS handshake that looks before it judges: verification is off, the chain is captured, then validated.

So a bad certificate is recorded and not lost, and a reset, an orderly close, silence, an alert and an answer that is
no TLS at all are five different failures.
"""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from probes.certificate import TrustStore, describe
from probes.channel import HandshakeTooLongError, TlsChannel, first_bytes_of
from probes.failures import failure_of
from probes.limits import Limits
from probes.observation import Observation
from probes.page import status_and_location, title_of
from probes.stopwatch import Stopwatch

#: (status, Location header, body) -> id of a known page, or empty.
Recognise = Callable[[int | None, str, bytes], str]

#: TLS content types (RFC 8446 5.1): the first byte of every record.
ALERT_RECORD, RECORD_TYPES = 21, range(20, 25)
#: Versions of TLS that can be offered alone.
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
#: Bytes before a record's content: type, version, length.
RECORD_HEADER_BYTES = 5
#: Bytes that must all be readable for an answer to be text.
TEXT_BYTES = 8


def no_page(status: int | None, location: str, body: bytes) -> str:
    """Knows no page."""
    return ""


async def handshake(
    connection: socket.socket,
    *,
    server_name: str,
    valid_for: str,
    trust: TrustStore,
    limits: Limits,
    recognise: Recognise = no_page,
    version: str = "",
    alpn: str = "http/1.1",
) -> tuple[Observation, TlsChannel | None]:
    """Shake hands over `connection`, sending `server_name` as SNI (empty: none), and check the chain for `valid_for`.

    `version` is the only one offered: 1.2, where name and certificate travel in clear, or 1.3; empty: both. `alpn` is
    what the client means to speak.

    A certificate that is not right is the failure, and the channel comes all the same: the caller decides. With any
    other failure there is no channel and the socket is closed.
    """
    watch = Stopwatch()
    row = Observation(observed_at=watch.started_at, operation="tls_handshake", transport="tcp", server_name=server_name)
    try:
        channel = TlsChannel.over(connection, _context(version, alpn), server_hostname=server_name or None)
    except ValueError:
        connection.close()
        return replace(row, failure="hostname_invalid", duration_ms=watch.elapsed_ms()), None
    try:
        failure = await _shake(channel, limits)
        row = replace(row, failure=failure, duration_ms=watch.elapsed_ms())
        if failure == "tls_plaintext_response":
            raw = await first_bytes_of(channel.read_raw, seen=channel.first_bytes)
            row = replace(row, **_in_place_of_tls(raw, recognise))
    except BaseException:  # cancellation too: a socket that nobody holds must not stay open
        channel.close()
        raise
    row = replace(row, bytes_sent=channel.bytes_sent, bytes_received=channel.bytes_received)
    if failure:
        channel.close()
        return row, None
    return _judge(row, channel, valid_for=valid_for, trust=trust, limits=limits), channel


def _in_place_of_tls(raw: bytes, recognise: Recognise) -> dict[str, Any]:
    """What a row keeps of text that came in the place of TLS, by column: of an answer of HTTP its status and title."""
    status, location = status_and_location(raw)
    title = "" if status is None else title_of(raw.partition(b"\r\n\r\n")[2], content_type="")
    return {"status_code": status, "title": title, "fingerprint": recognise(status, location, raw)}


async def _shake(channel: TlsChannel, limits: Limits) -> str:
    """The failure of the handshake itself; empty when it was completed."""
    try:
        async with asyncio.timeout(limits.tls_timeout_s):
            await channel.handshake(receive_max_bytes=limits.handshake_bytes)
    except HandshakeTooLongError:
        return "tls_handshake_too_long"
    except ssl.SSLError as error:
        return failure_of_records(channel.first_bytes) or failure_of(error)
    except OSError as error:
        return failure_of(error)
    return ""


def failure_of_records(raw: bytes) -> str:
    """What the first raw bytes of the peer say of a handshake that broke; empty when they say nothing.

    An alert is read here and not from OpenSSL, which has no word for numbers that it does not know.
    """
    if raw and raw[0] not in RECORD_TYPES:
        return "tls_plaintext_response" if _is_text(raw[:TEXT_BYTES]) else "ssl_failed_handshake"
    start = 0
    while len(raw) >= start + RECORD_HEADER_BYTES:
        content = raw[start + RECORD_HEADER_BYTES :][: int.from_bytes(raw[start + 3 : start + RECORD_HEADER_BYTES])]
        if raw[start] == ALERT_RECORD and len(content) == 2:
            return f"tls_alert_{content[1]}"
        start += RECORD_HEADER_BYTES + len(content)
    return ""


def _judge(row: Observation, channel: TlsChannel, *, valid_for: str, trust: TrustStore, limits: Limits) -> Observation:
    """`row` with what the handshake agreed on and what the certificate is worth."""
    chain = _chain_der(channel.tls)[: limits.chain_certificates]
    leaf = describe(chain[0]) if chain else describe(b"")
    return replace(
        row,
        failure=trust.check(chain, valid_for, at=row.observed_at),
        tls_version=channel.tls.version() or "",
        certificate_sha256=leaf.sha256 if chain else "",
        certificate_subject=leaf.subject,
        certificate_issuer=leaf.issuer,
        certificate_expires_at=leaf.expires_at,
    )


def _chain_der(tls: ssl.SSLObject) -> list[bytes]:
    """The certificates that the server sent, leaf first."""
    if hasattr(tls, "get_unverified_chain"):  # from Python 3.13
        return list(tls.get_unverified_chain())
    chain = tls._sslobj.get_unverified_chain()  # type: ignore[attr-defined] # the same call before it was public
    return [ssl.PEM_cert_to_DER_cert(certificate.public_bytes()) for certificate in chain or ()]


@functools.cache
def _context(version: str, alpn: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if version:
        context.minimum_version = context.maximum_version = VERSIONS[version]
    context.check_hostname = False  # checked afterwards, see `_judge`
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols([alpn])
    return context


def _is_text(start: bytes) -> bool:
    return all(byte in b"\t\r\n" or 0x20 <= byte < 0x7F for byte in start)
