"""The decoders, one row each: what reads the bytes, what must hold of the result, and true inputs to begin from.

The same rows serve two: `python -m tests.fuzz` guides by coverage for as long as one likes, and the tests try each
with a few hundred inputs by chance (tests/test_hostile_input.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gzip
import ipaddress
import json
import socket
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import dns.flags
import dns.message
import dns.rrset
import httpx
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from agent.helper.bounds import PORTS as HELPED_PORTS
from agent.helper.bounds import Bounds
from agent.helper.question import QuestionError, is_public, read_question
from agent.imports.fields import MalformedError
from agent.imports.reading import Document, documents
from agent.inquiries.helper_rows import Place, rows_of
from agent.store.cells import kind_of
from agent.store.schema import encode_row
from agent.verdict.fingerprints import recognise
from probes.alternatives import PROTOCOLS_MAX, alternatives_in
from probes.certificate import TrustStore, describe
from probes.channel import PlainChannel
from probes.dns_messages import parse, query
from probes.failures import is_known
from probes.helper_question import object_in
from probes.http_request import request
from probes.limits import FIRST_BYTES, HEADER_NAMES_MAX, NAME_CHARACTERS, TITLE_CHARACTERS, Limits
from probes.observation import UNSTAMPED, Observation
from probes.page import skew_of, status_and_location, title_of, url_of
from probes.quic import quic_handshake
from probes.tls import failure_of_records
from tests.import_rig import judged, measurement
from tests.loopback import NETWORK, udp_server
from tests.quic_initials import ACK, PING, answer_of, close_frame, crypto_frame

PAGE = (
    b"HTTP/1.1 301 Moved\r\nLocation: //www.site.example/x?y\r\nContent-Type: text/html; charset=utf-8\r\n"
    b"Date: Tue, 24 Nov 2026 10:00:00 GMT\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"24\r\n<html><title>A page</title></html>\r\n\r\n0\r\n\r\n"
)
#: Bytes that a client's first datagram is filled up to (RFC 9000 14.1).
FIRST_DATAGRAM_BYTES = 1200
#: What a helper is asked about.
PLACES = (Place(address="93.184.216.34", port=443), Place(address="2606:2800:220:1::1", port=443))
LIMITS = Limits(body_bytes=1024, http_timeout_s=2.0, tls_timeout_s=2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One decoder."""

    #: Reads the bytes and asserts what must hold. Whatever it raises is a find.
    read: Callable[[bytes], None]
    #: True inputs, from which others are made by changing them.
    seeds: Callable[[], tuple[bytes, ...]]


def read_dns_message(wire: bytes) -> None:
    reply = parse(wire)
    assert all(ipaddress.ip_address(address) for address in reply.answers)
    assert len(reply.answers) <= len(reply.answer_types)
    assert reply.malformed or len(wire) >= 12


@functools.cache
def dns_messages() -> tuple[bytes, ...]:
    asked = query("www.site.example", "A")[1]
    answer = dns.message.make_response(dns.message.from_wire(asked))
    answer.flags |= dns.flags.RA
    answer.answer.append(dns.rrset.from_text("www.site.example.", 300, "IN", "CNAME", "edge.site.example."))
    answer.answer.append(dns.rrset.from_text("edge.site.example.", 60, "IN", "A", "93.184.216.34"))
    pointing_at_itself = asked[:12] + b"\xc0\x0c\x00\x01\x00\x01"
    return asked, answer.to_wire(), pointing_at_itself


def read_certificate(der: bytes) -> None:
    leaf = describe(der)
    assert len(leaf.subject) <= NAME_CHARACTERS
    assert leaf.subject.isprintable()
    assert len(leaf.issuer) <= NAME_CHARACTERS
    assert leaf.issuer.isprintable()
    assert trusting().check([der], "www.site.example", at=UNSTAMPED).startswith("ssl_"), "nobody signed that"


@functools.cache
def trusting() -> TrustStore:
    return TrustStore.web()


@functools.cache
def certificates() -> tuple[bytes, ...]:
    leaf = trustme.CA().issue_cert("www.site.example", "*.site.example", "93.184.216.34")
    return tuple(x509.load_pem_x509_certificate(pem.bytes()).public_bytes(Encoding.DER) for pem in leaf.cert_chain_pems)


def read_tls_records(raw: bytes) -> None:
    failure = failure_of_records(raw)
    assert failure == "" or is_known(failure)


def read_page(raw: bytes) -> None:
    status, location = status_and_location(raw[:FIRST_BYTES])
    title = title_of(raw, content_type=location)
    assert len(title) <= TITLE_CHARACTERS
    assert title.isprintable()
    assert status is None or 100 <= status <= 599
    recognise(status, location, raw)
    skew_of(location, now=UNSTAMPED)
    with contextlib.suppress(ValueError, httpx.InvalidURL):  # that is how it says: this leads to no web address
        assert httpx.URL(url_of(location, base="http://site.example/")).host != ""


def read_http_answer(raw: bytes) -> None:
    row, leads_to = asyncio.run(answered_with(raw))
    assert row.failure == "" or is_known(row.failure), row.failure
    assert (row.body_bytes or 0) <= LIMITS.body_bytes
    assert len(row.header_names) <= HEADER_NAMES_MAX
    assert leads_to == "" or leads_to.startswith(("http://", "https://"))


async def answered_with(raw: bytes) -> tuple[Observation, str]:
    """A request over a pair of sockets, whose other end has said all it will ever say."""
    ours, theirs = socket.socketpair()
    with theirs:
        ours.setblocking(False)
        theirs.sendall(raw)
        theirs.shutdown(socket.SHUT_WR)
        return await request(
            PlainChannel(ours),
            scheme="http",
            host="site.example",
            port=80,
            path="/",
            method="GET",
            limits=LIMITS,
            recognise=recognise,
            wants_clock=True,
        )


def read_quic_answer(frames: bytes) -> None:
    row = asyncio.run(shaken_with(frames))
    assert row.failure != "", "no handshake can come of that"
    assert is_known(row.failure), row.failure


async def shaken_with(frames: bytes) -> Observation:
    """A QUIC handshake with a server whose first packet holds these frames, and whose second closes."""

    def answers(asked: bytes) -> list[tuple[float, bytes]]:
        if len(asked) < FIRST_DATAGRAM_BYTES:  # the client's own close
            return []
        return [(0.0, answer_of(asked, frames)), (0.0, answer_of(asked, close_frame(1), number=1))]

    async with udp_server(answers) as port:
        return await quic_handshake(
            NETWORK, "127.0.0.1", port, server_name="site.example", trust=trusting(), limits=LIMITS
        )


@functools.cache
def quic_frames() -> tuple[bytes, ...]:
    hello = b"\x02\x00\x00\x26\x03\x03" + bytes(36)
    return ACK + PING + crypto_frame(hello, 0, 42), crypto_frame(hello, 8, 42), close_frame(0x128), b"\x1e"


def read_alternatives(raw: bytes) -> None:
    assert len(alternatives_in(raw.decode("latin-1"), port=443)) <= PROTOCOLS_MAX


def read_measurements(raw: bytes) -> None:
    """A file of other people's measurements, whatever it is packed in: each is taken in, or refused with a reason."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(raw)
        file.flush()
        for found in documents(Path(file.name)):
            if isinstance(found, Document):
                with contextlib.suppress(MalformedError):
                    judged(found.value)
            else:
                assert found.reason


def measurements() -> tuple[bytes, ...]:
    line = json.dumps(measurement()).encode() + b"\n"
    return (line, gzip.compress(line), line + b"\n[]\n" + line)


def read_helper_answer(raw: bytes) -> None:
    """What a helper says, as observations: of a stranger's word nothing is kept that cannot be written."""
    for row in (one for rows in rows_of(object_in(raw), PLACES, "www.site.example", UNSTAMPED) for one in rows):
        assert row.failure == "" or is_known(row.failure), row.failure
        assert row.title.isprintable()
        assert encode_row(row)


def helper_answers() -> tuple[bytes, ...]:
    told = {
        "tcp_connect": {place.text: {"status": True, "failure": None} for place in PLACES},
        "tls_handshake": {PLACES[0].text: {"status": False, "failure": "ssl_invalid_hostname"}},
        "dns": {"failure": None, "addrs": ["93.184.216.34", "2606:2800:220:1::1"]},
        "http_request": {"failure": None, "status_code": 200, "body_length": 9, "title": "A", "headers": {"Via": ""}},
    }
    return (json.dumps(told).encode(),)


def read_helper_question(raw: bytes) -> None:
    """What anybody asks our helper: nobody is sent to where no public server can be."""
    try:
        asked = read_question(raw, Bounds())
    except QuestionError:
        return
    assert asked.port in HELPED_PORTS
    assert all(is_public(place.address) and place.port in HELPED_PORTS for place in asked.places)


def helper_questions() -> tuple[bytes, ...]:
    wanted = [place.text for place in PLACES]
    return (json.dumps({"http_request": "https://www.site.example/", "tcp_connect": wanted}).encode(),)


def read_cells(raw: bytes) -> None:
    """Whatever stands in a cell of a file, it is read as a value or refused with a sentence."""
    text = raw.decode("utf-8", "replace")
    for of in (int, float, str, type(UNSTAMPED), tuple[str, ...]):
        try:
            kind_of(of).decode(text)
        except ValueError:
            continue


TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "dns_message": Target(read=read_dns_message, seeds=dns_messages),
        "certificate": Target(read=read_certificate, seeds=certificates),
        "tls_records": Target(
            read=read_tls_records, seeds=lambda: (b"\x15\x03\x03\x00\x02\x02\x28", b"\x16\x03\x03\x00\x01\x02", PAGE)
        ),
        "page": Target(read=read_page, seeds=lambda: (PAGE,)),
        "http_answer": Target(read=read_http_answer, seeds=lambda: (PAGE, PAGE.replace(b"301", b"200"))),
        "quic_answer": Target(read=read_quic_answer, seeds=quic_frames),
        "alternatives": Target(read=read_alternatives, seeds=lambda: (b'h3=":443"; ma=86400, h2="a.example:443"',)),
        "measurements": Target(read=read_measurements, seeds=measurements),
        "helper_answer": Target(read=read_helper_answer, seeds=helper_answers),
        "helper_question": Target(read=read_helper_question, seeds=helper_questions),
        "cells": Target(read=read_cells, seeds=lambda: (b"2026-11-24T10:00:00.000Z", b"'=1+1", b"a b c", b"1e999")),
    }
)
