"""The QUIC probe against real servers and against answers made to break it: what each does is one failure."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.lab.world import Service
from probes.alternatives import PROTOCOLS_MAX, alternatives_in
from probes.certificate import TrustStore
from probes.failures import is_known
from probes.limits import Limits
from probes.observation import Observation
from probes.quic import quic_handshake
from tests.lab_served import SITE, Served, world_of
from tests.loopback import LIMITS, NETWORK, closed_port, udp_server
from tests.quic_initials import answer_of, close_frame, crypto_frame, version_negotiation

NAME = "site.example"
#: A ServerHello that says too little, and one with an extension in pieces, are of these lengths.
NONSENSE = crypto_frame(b"\x02\x00\x00\x02\x03\x03", 0, 6)


async def shake(
    port: int, *, name: str = NAME, trust: TrustStore | None = None, limits: Limits = LIMITS
) -> Observation:
    return await quic_handshake(
        NETWORK, "127.0.0.1", port, server_name=name, trust=trust or TrustStore.web(), limits=limits
    )


async def met(answers: Callable[[bytes], Sequence[bytes]], *, limits: Limits = LIMITS) -> Observation:
    """The row of a handshake with a server that answers each datagram so."""
    async with udp_server(lambda asked: [(0.0, answer) for answer in answers(asked)]) as port:
        return await shake(port, limits=limits)


@pytest.mark.parametrize(
    ("certificate", "failure"),
    [
        ("valid", ""),
        ("expired", "ssl_invalid_certificate"),
        ("wrong_name", "ssl_invalid_hostname"),
        ("self_signed", "ssl_unknown_authority"),
        ("unknown_authority", "ssl_unknown_authority"),
    ],
)
async def test_certificate_is_captured_and_then_judged(certificate: str, failure: str) -> None:
    with Served(world_of(Service(kind="quic", port=443, certificate=certificate))) as served:
        trust = TrustStore(served.certificates.trust_pem()["web"])
        row = await shake(served.end_of(SITE, 443, "udp")[1], trust=trust, limits=Limits())
        nameless = await shake(served.end_of(SITE, 443, "udp")[1], name="", trust=trust, limits=Limits())
    assert (row.operation, row.transport, row.failure) == ("quic_handshake", "udp", failure)
    assert (row.tls_version, row.server_name) == ("TLSv1.3", NAME)
    assert re.fullmatch(r"[0-9a-f]{64}", row.certificate_sha256)
    assert row.certificate_subject
    assert row.certificate_expires_at
    assert row.duration_ms
    assert (row.bytes_sent or 0) >= 1200
    assert (row.bytes_received or 0) >= 500
    assert nameless.failure in {"ssl_invalid_hostname", "ssl_unknown_authority"}


@pytest.mark.parametrize(
    ("answers", "failure"),
    [
        (lambda asked: [], "generic_timeout_error"),
        (lambda asked: [b"", b"rubbish", asked], "generic_timeout_error"),
        (lambda asked: [answer_of(asked, close_frame(0x100 + 112))], "tls_alert_112"),
        (lambda asked: [answer_of(asked, close_frame(0x100 + 120))], "tls_alert_120"),
        (lambda asked: [answer_of(asked, close_frame(0x02))], "connection_refused"),
        (lambda asked: [answer_of(asked, close_frame(0x01))], "eof_error"),
        (lambda asked: [version_negotiation(asked, 0x6B3343CF, 0xFF00001D)], "quic_incompatible_version"),
        (lambda asked: [answer_of(asked, NONSENSE)], "ssl_failed_handshake"),
        (lambda asked: [answer_of(asked, b"\x1e" + bytes(20))], "ssl_failed_handshake"),
        (lambda asked: [bytes(1400)] * 300, "tls_handshake_too_long"),
        (lambda asked: [b""] * 300, "tls_handshake_too_long"),
    ],
    ids=[
        "silence",
        "rubbish",
        "alert",
        "another alert",
        "refusal",
        "close",
        "other versions",
        "broken ServerHello",
        "frame out of place",
        "flood",
        "empty flood",
    ],
)
async def test_what_a_server_does_is_one_failure(answers: Callable[[bytes], Sequence[bytes]], failure: str) -> None:
    row = await met(answers)
    assert row.failure == failure
    assert row.certificate_sha256 == ""
    assert row.duration_ms is not None


async def test_closed_port_is_a_refusal_and_not_a_silence() -> None:
    assert (await shake(closed_port(socket.SOCK_DGRAM))).failure == "connection_refused"


@pytest.mark.parametrize("name", ["ü.example", "a" * 70_000])
async def test_name_that_cannot_be_sent_is_its_own_failure(name: str) -> None:
    assert (await shake(closed_port(socket.SOCK_DGRAM), name=name)).failure == "hostname_invalid"


async def test_no_more_than_the_bounds_is_read() -> None:
    """Of a flood the first bytes only, and the row says how many they were."""
    row = await met(lambda asked: [bytes(1000)] * 200, limits=Limits(handshake_bytes=10_000, tls_timeout_s=5.0))
    assert row.failure == "tls_handshake_too_long"
    assert 10_000 < (row.bytes_received or 0) <= 11_000


async def test_a_network_without_a_way_is_a_failure_and_no_exception() -> None:
    class Unrouted:
        def open_udp(self, address: str, port: int) -> socket.socket:
            raise OSError(101, "unreachable")

    row = await quic_handshake(
        Unrouted(),  # type: ignore[arg-type] # all of a network that it needs
        "192.0.2.1",
        443,
        server_name=NAME,
        trust=TrustStore.web(),
        limits=LIMITS,
    )
    assert row.failure == "network_unreachable"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.binary(max_size=80), min_size=1, max_size=4), st.booleans())
def test_whatever_a_server_sends_is_a_failure_of_the_table(frames: list[bytes], is_protected: bool) -> None:
    """Frames of any kind under the right keys, or bytes without; a close comes last, lest each cost a time-out."""

    def answers(asked: bytes) -> list[bytes]:
        if len(asked) < 1200 or not asked[0] & 0x80:
            return []
        sent = [answer_of(asked, frame, number=at) if is_protected else frame for at, frame in enumerate(frames)]
        return [*sent, answer_of(asked, close_frame(0x01), number=99)]

    row = asyncio.run(met(answers))
    assert row.failure
    assert is_known(row.failure)


@pytest.mark.parametrize(
    ("header", "protocols"),
    [
        ('h3=":443"; ma=2592000,h3-29=":443"; ma=2592000', ("h3", "h3-29")),
        ('h3=":443"', ("h3",)),
        ('h2="alt.example:443", h3=":443";persist=1', ("h3",)),
        ('h3=":8443"', ()),
        ('h3="other.example:443"', ()),
        ("clear", ()),
        ("", ()),
        ("h3=:443", ()),
        ('h3=":443", h3=":443"', ("h3",)),
        ('h3=":99999"', ()),
    ],
)
def test_only_what_is_offered_at_the_same_host_and_port_counts(header: str, protocols: tuple[str, ...]) -> None:
    assert alternatives_in(header, port=443) == protocols


@given(st.text(max_size=3000), st.integers(1, 65535))
def test_any_header_offers_few_protocols_or_none(header: str, port: int) -> None:
    found = alternatives_in(header + f',a=":{port}"' * 40, port=port)
    assert len(found) <= PROTOCOLS_MAX
    assert all(re.fullmatch(r"[!-~]{1,32}", protocol) for protocol in found)
