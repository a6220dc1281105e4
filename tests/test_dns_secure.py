"""Lookups by DoT: a resolver behind TLS that proves its name, or does not; and how replies spell what was asked."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable

import pytest
import trustme

from probes.channel import TlsChannel
from probes.dns_messages import parse, query
from probes.dns_stream import SPOKEN
from probes.observation import Observation
from probes.resolver import Resolver
from tests.loopback import answering, closed_port, tcp_server, udp_server
from tests.test_dns_lookup import AUTHORITY, TRUE, ask, framed, reply

HOST = "dot.example"
OWN = AUTHORITY.issue_cert(HOST)


def true_answer(question: bytes) -> bytes:
    return framed(reply(question, ("A", 77, TRUE)))


async def ask_dot(
    certificate: trustme.LeafCert = OWN, *, answer: Callable[[bytes], bytes] = true_answer, alpn: str = SPOKEN
) -> Observation:
    """Ask a resolver behind TLS with that certificate, which speaks only `alpn`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols([alpn])
    certificate.configure_cert(context)

    async def serve(connection: socket.socket) -> None:
        channel = TlsChannel.over(connection, context, server_side=True)
        await channel.handshake()
        question = (await channel.read(65535))[2:]
        await channel.write(answer(question))
        channel.close()

    async with tcp_server(serve) as port:
        (row,) = await ask(Resolver(name="private", transport="dot", address="127.0.0.1", port=port, host=HOST))
        assert row.port == port
    return row


async def test_dot_answers() -> None:
    """A reply in TLS is read like any other; the bytes are those of the connection, TLS's own included."""
    row = await ask_dot()
    assert (row.failure, row.answers, row.ttl_s, row.transport, row.case_echoed) == ("", (TRUE,), 77, "dot", True)
    assert row.bytes_sent is not None
    assert row.bytes_sent > 300


@pytest.mark.parametrize(
    ("certificate", "failure"),
    [
        (AUTHORITY.issue_cert("other.example"), "ssl_invalid_hostname"),
        (trustme.CA().issue_cert(HOST), "ssl_unknown_authority"),
    ],
)
async def test_a_dot_server_that_does_not_prove_its_name_is_not_asked(
    certificate: trustme.LeafCert, failure: str
) -> None:
    row = await ask_dot(certificate)
    assert (row.failure, row.answers, row.reply_index) == (failure, (), None)


async def test_dot_failures_are_told_apart() -> None:
    """A close before the reply, bytes that are no message, a server that speaks something else, and a closed port."""
    assert (await ask_dot(answer=lambda question: b"")).failure == "eof_error"
    assert (await ask_dot(answer=lambda question: framed(question[:2] + b"<html>"))).failure == "dns_reply_malformed"
    closed = Resolver(name="private", transport="dot", address="127.0.0.1", port=closed_port(), host=HOST)
    (row,) = await ask(closed)
    assert row.failure == "connection_refused"


async def test_a_silent_dot_server_is_a_timeout() -> None:
    async with tcp_server(answering(then="silence")) as port:
        (row,) = await ask(Resolver(name="private", transport="dot", address="127.0.0.1", port=port, host=HOST))
    assert row.failure == "generic_timeout_error"


# How the name is spelt ---------------------------------------------------------------------------------------------


def respelt(question: bytes) -> bytes:
    """The question as a resolver repeats it that knows lower case only."""
    return question[:12] + question[12:].lower()


@pytest.mark.parametrize(("repeats", "echoed"), [(lambda question: question, True), (respelt, False)])
async def test_whether_a_reply_spells_the_name_as_the_question_did_stands_in_its_row(
    repeats: Callable[[bytes], bytes], echoed: bool
) -> None:
    """Either way it is an answer: many an honest resolver does not repeat the letters."""
    async with udp_server(lambda question: [(0, reply(repeats(question), ("A", 60, TRUE)))]) as port:
        (row,) = await ask(Resolver(name="here", transport="udp", address="127.0.0.1", port=port))
    assert (row.failure, row.answers, row.case_echoed) == ("", (TRUE,), echoed)


async def test_of_a_reply_without_the_question_nothing_is_said_of_its_letters() -> None:
    async with udp_server(lambda question: [(0, question[:2] + struct.pack("!HHHHH", 0x8180, 0, 0, 0, 0))]) as port:
        (row,) = await ask(Resolver(name="here", transport="udp", address="127.0.0.1", port=port))
    assert (row.failure, row.case_echoed) == ("dns_reply_malformed", None)


def test_a_name_is_spelt_by_chance_and_stays_the_same_name() -> None:
    """Never wholly in lower case, which would tell nothing; a name in other letters than ASCII's is left alone."""
    spellings = {parse(query("www.example.org", "A", mixed=True)[1]).question_spelling for _ in range(40)}
    assert len(spellings) > 20
    assert {one.lower() for one in spellings} == {"www.example.org"}
    assert "www.example.org" not in spellings
    assert parse(query("WWW.example.org", "A")[1]).question_spelling == "www.example.org"
    plain, mixed = (parse(query("پیام.ایران", "A", mixed=mixed)[1]) for mixed in (False, True))
    assert plain.question_spelling == mixed.question_spelling


async def test_two_questions_at_once_are_spelt_each_in_its_own_way() -> None:
    seen: list[bytes] = []

    def keep(question: bytes) -> list[tuple[float, bytes]]:
        seen.append(question[12:])
        return [(0, reply(question, ("A", 60, TRUE)))]

    async with udp_server(keep) as port:
        here = Resolver(name="here", transport="udp", address="127.0.0.1", port=port)
        await asyncio.gather(*(ask(here) for _ in range(8)))
    assert len(set(seen)) > 1
