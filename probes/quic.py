"""One QUIC handshake that looks before it judges: verification is off, the chain is captured, then validated.

aioquic reads and writes the packets, and knows no socket: the loop around it is ours, so that silence, an ICMP error,
an alert and another version are four different failures. The only probe that loads aioquic: import it when a try is
made, and not before, for most sweeps make none.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Iterable
from dataclasses import replace

from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import HandshakeCompleted
from aioquic.quic.packet import QuicErrorCode, QuicProtocolVersion
from cryptography.hazmat.primitives.serialization import Encoding

from probes.certificate import TrustStore, describe
from probes.failures import failure_of
from probes.limits import DATAGRAM_BYTES, QUIC_DATAGRAMS_MAX, Limits
from probes.network import Network
from probes.observation import Observation
from probes.stopwatch import Stopwatch

#: What a browser asks for inside QUIC (RFC 9114 3.1).
ALPN = "h3"
#: Seconds until an unanswered first packet is sent again for the first time are twice this (RFC 9002 6.2.2).
INITIAL_RTT_S = 0.333
#: From here on the code of a close is a TLS alert's number (RFC 9001 4.8).
CRYPTO_ERROR, CRYPTO_ERROR_LAST = 0x100, 0x1FF
#: aioquic tells one address of a server from another; ours is a connected socket and has one.
PEER = ("peer", 0)

# It warns of what a peer did wrong, in the peer's words: nothing for a volunteer's terminal.
logging.getLogger("quic").setLevel(logging.CRITICAL)


async def quic_handshake(
    network: Network, address: str, port: int, *, server_name: str, trust: TrustStore, limits: Limits
) -> Observation:
    """Shake hands over UDP, sending `server_name` as SNI (empty: none), and check the chain for that name.

    A certificate that is not right is the failure, as it is over TCP. Never raises for what the network does.
    """
    watch = Stopwatch()
    row = Observation(
        observed_at=watch.started_at, operation="quic_handshake", transport="udp", server_name=server_name
    )
    try:
        datagrams = network.open_udp(address, port)
    except OSError as error:
        return replace(row, failure=failure_of(error), duration_ms=watch.elapsed_ms())
    with datagrams:
        talk = Talk(datagrams, server_name, limits)
        failure = await talk.shake()
        row = replace(
            row,
            failure=failure,
            duration_ms=watch.elapsed_ms(),
            bytes_sent=talk.bytes_sent,
            bytes_received=talk.bytes_received,
        )
    return row if failure else _judge(row, talk.chain_der()[: limits.chain_certificates], trust)


class Talk:
    """One connection over `datagrams`, which is connected, non-blocking, and stays its owner's to close."""

    def __init__(self, datagrams: socket.socket, server_name: str, limits: Limits) -> None:
        self.bytes_sent = 0
        self.bytes_received = 0
        self._datagrams = datagrams
        self._limits = limits
        self._quic = QuicConnection(
            configuration=QuicConfiguration(
                alpn_protocols=[ALPN],
                idle_timeout=limits.tls_timeout_s * 2,  # the time-out is ours
                initial_rtt=INITIAL_RTT_S,
                server_name=server_name or None,
                supported_versions=[QuicProtocolVersion.VERSION_1],
                verify_mode=ssl.CERT_NONE,
            )
        )

    async def shake(self) -> str:
        """The failure of the handshake; empty when it was completed. The peer is told that the connection ends."""
        try:
            async with asyncio.timeout(self._limits.tls_timeout_s):
                return await self._pump()
        except OSError as error:
            return failure_of(error)
        except Exception:  # noqa: BLE001 -- a stranger's bytes in a library: what it cannot digest is no QUIC
            return "ssl_failed_handshake"

    def chain_der(self) -> list[bytes]:
        """The certificates that the server sent, leaf first."""
        tls = self._quic.tls
        chain = (tls._peer_certificate, *tls._peer_certificate_chain)  # aioquic has no other way to them
        return [certificate.public_bytes(Encoding.DER) for certificate in chain if certificate is not None]

    async def _pump(self) -> str:
        now = asyncio.get_running_loop().time
        try:
            self._quic.connect(PEER, now())
        except (UnicodeError, ValueError):
            return "hostname_invalid"
        datagrams_left = QUIC_DATAGRAMS_MAX
        while datagrams_left and self.bytes_received <= self._limits.handshake_bytes:
            self._send(now())
            datagram = await self._receive(self._quic.get_timer())
            if datagram is None:
                self._quic.handle_timer(now())
                continue
            datagrams_left -= 1
            self.bytes_received += len(datagram)
            if (failure := self._take(datagram, now())) is not None:
                return failure
        return "tls_handshake_too_long"

    def _take(self, datagram: bytes, now_s: float) -> str | None:
        """What a datagram ended the handshake with; None: it goes on. The peer is told of an end."""
        self._quic.receive_datagram(datagram, PEER, now_s)
        completed = any(isinstance(event, HandshakeCompleted) for event in iter(self._quic.next_event, None))
        # aioquic tells of an end only when it has long been over, so that it is looked up.
        ended, ours = self._quic._close_event, self._quic._close_pending
        if completed:
            self._quic.close()
        if completed or ended is not None:
            self._send(now_s)
        if completed or ended is None:
            return "" if completed else None
        if lists_versions(datagram):
            return "quic_incompatible_version"
        return "ssl_failed_handshake" if ours else failure_of_close(ended.error_code)

    def _send(self, now_s: float) -> None:
        for data, _ in self._quic.datagrams_to_send(now_s):
            with contextlib.suppress(BlockingIOError):  # a full queue loses datagrams, as every router on the way may
                self._datagrams.send(data)
            self.bytes_sent += len(data)

    async def _receive(self, until_s: float | None) -> bytes | None:
        """The next datagram; None when none came by then, on the loop's clock."""
        try:
            async with asyncio.timeout_at(until_s) as bound:
                return await asyncio.get_running_loop().sock_recv(self._datagrams, DATAGRAM_BYTES)
        except TimeoutError:
            if bound.expired():
                return None
            raise


def lists_versions(datagram: bytes) -> bool:
    """Whether it is a Version Negotiation packet: a long header with 0 for its version (RFC 9000 17.2.1)."""
    return bool(datagram) and datagram[0] & 0x80 != 0 and datagram[1:5] == bytes(4)


def failure_of_close(error_code: int) -> str:
    """The failure that the peer's CONNECTION_CLOSE means (RFC 9000 20.1)."""
    if CRYPTO_ERROR <= error_code <= CRYPTO_ERROR_LAST:
        return f"tls_alert_{error_code - CRYPTO_ERROR}"
    return "connection_refused" if error_code == QuicErrorCode.CONNECTION_REFUSED else "eof_error"


def _judge(row: Observation, chain: Iterable[bytes], trust: TrustStore) -> Observation:
    """`row` with what the certificate is worth."""
    certificates = list(chain)
    leaf = describe(certificates[0]) if certificates else describe(b"")
    return replace(
        row,
        failure=trust.check(certificates, row.server_name, at=row.observed_at),
        tls_version="TLSv1.3",  # QUIC has no other inside (RFC 9001 4.2)
        certificate_sha256=leaf.sha256 if certificates else "",
        certificate_subject=leaf.subject,
        certificate_issuer=leaf.issuer,
        certificate_expires_at=leaf.expires_at,
    )
