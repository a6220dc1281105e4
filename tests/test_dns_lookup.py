"""Lookups over every transport, against resolvers that lie, stay silent, answer twice or break the protocol.

The replies are put together here by hand and not with the library that the probe reads them with.
"""

import asyncio
import ipaddress
import socket
import struct
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any, cast

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from probes.certificate import TrustStore
from probes.dns_lookup import Resolver, look_up
from probes.dns_messages import parse, query
from probes.failures import is_known
from probes.network import Network
from probes.observation import Observation
from tests.loopback import LIMITS, NETWORK, answering, closed_port, over_tls, tcp_server, udp_server

NAME = "blocked.example"
TRUE, FORGED = "198.51.100.7", "10.10.34.36"
TYPES = {"A": 1, "CNAME": 5, "AAAA": 28}
AUTHORITY = trustme.CA()
TRUST = TrustStore(AUTHORITY.cert_pem.bytes())


def reply(
    question: bytes, *records: tuple[str, int, str], rcode: int = 0, message_id: int | None = None, flags: int = 0x8180
) -> bytes:
    """A reply to `question`: records are (type, ttl, address), named by a pointer to the question's name."""
    body = b""
    for record_type, ttl_s, address in records:
        rdata = ipaddress.ip_address(address).packed
        body += struct.pack("!HHHIH", 0xC00C, TYPES[record_type], 1, ttl_s, len(rdata)) + rdata
    own_id = struct.unpack("!H", question[:2])[0] if message_id is None else message_id
    return struct.pack("!HHHHHH", own_id, flags | rcode, 1, len(records), 0, 0) + question[12:] + body


async def ask(
    resolver: Resolver, query_type: str = "A", *, hostname: str = NAME, network: Network = NETWORK
) -> list[Observation]:
    """Every observation of one lookup; none holds a failure that the table does not explain."""
    rows = [row async for row in look_up(network, resolver, hostname, query_type, limits=LIMITS, trust=TRUST)]
    assert all(row.succeeded or is_known(row.failure) for row in rows)
    return rows


def udp(port: int) -> Resolver:
    return Resolver(name="here", transport="udp", address="127.0.0.1", port=port)


async def ask_udp(*answers: Any, query_type: str = "A") -> list[Observation]:
    """Ask a server that gives these answers: each a function of the question, or a pair of a pause and one."""

    def serve(question: bytes) -> Sequence[tuple[float, bytes]]:
        pairs = [answer if isinstance(answer, tuple) else (0.0, answer) for answer in answers]
        return [(pause_s, make(question)) for pause_s, make in pairs]

    async with udp_server(serve) as port:
        return await ask(udp(port), query_type)


async def test_one_true_answer() -> None:
    """A clean lookup is one row, with everything that the reply says."""
    (row,) = await ask_udp(lambda q: reply(q, ("A", 300, TRUE), ("A", 60, "198.51.100.8")))
    assert row.failure == ""
    assert (row.operation, row.hostname, row.resolver, row.transport, row.query_type) == (
        "resolve",
        NAME,
        "here",
        "udp",
        "A",
    )
    assert row.answers == (TRUE, "198.51.100.8")
    assert row.answer_types == ("A", "A")
    assert (row.reply_index, row.ttl_s, row.dns_rcode, row.dns_flags) == (0, 60, "NOERROR", 0x8180)
    assert row.address == "127.0.0.1"
    assert row.bytes_sent == len(query(NAME, "A")[1])
    assert row.bytes_received == row.bytes_sent + 32


async def test_the_forged_answer_does_not_hide_the_true_one() -> None:
    """Two answers to one question are two rows, in the order in which they came, with the later at a later time."""
    forged, true = await ask_udp(lambda q: reply(q, ("A", 1, FORGED)), (0.1, lambda q: reply(q, ("A", 300, TRUE))))
    assert (forged.answers, forged.reply_index) == ((FORGED,), 0)
    assert (true.answers, true.reply_index) == ((TRUE,), 1)
    assert forged.duration_ms is not None
    assert true.duration_ms is not None
    assert true.duration_ms > forged.duration_ms
    assert (forged.observed_at, true.bytes_sent) == (true.observed_at, 0)


async def test_the_first_reply_is_there_before_the_window_closes() -> None:
    """Whoever needs one answer has it when it comes and may leave."""
    async with udp_server(lambda q: [(0, reply(q, ("A", 1, TRUE)))]) as port:
        generator = look_up(NETWORK, udp(port), NAME, "A", limits=LIMITS, trust=TRUST)
        async with aclosing(cast(Any, generator)) as rows:
            first = await anext(rows)
    assert first.answers == (TRUE,)


async def test_a_wrong_id_is_kept_and_does_not_end_the_wait() -> None:
    """A reply with another id is a row with its failure, and the true one is still waited for."""
    wrong, true = await ask_udp(
        lambda q: reply(q, ("A", 1, FORGED), message_id=struct.unpack("!H", q[:2])[0] ^ 1),
        (0.05, lambda q: reply(q, ("A", 300, TRUE))),
    )
    assert (wrong.failure, wrong.answers) == ("dns_reply_with_wrong_query_id", (FORGED,))
    assert (true.failure, true.answers) == ("", (TRUE,))


async def test_an_answer_to_another_question_is_malformed() -> None:
    """The right id with another name does not answer what was asked."""
    other = query("other.example", "A")[1]
    (row,) = await ask_udp(lambda q: reply(q[:2] + other[2:], ("A", 1, FORGED)))
    assert (row.failure, row.answers) == ("dns_reply_malformed", (FORGED,))


async def test_a_reply_whose_question_lacks_its_class_is_kept() -> None:
    """The injected form seen in Iran: the question is two bytes short, so that nothing after it can be read."""
    (row,) = await ask_udp(lambda q: reply(q[:-2], ("A", 418, FORGED), flags=0x81A0))
    assert row.failure == "dns_reply_malformed"
    assert (row.dns_flags, row.reply_index) == (0x81A0, 0)


@pytest.mark.parametrize("cut", [0, 1, 3, 11])
async def test_a_cut_header_is_kept(cut: int) -> None:
    """A datagram of any length, none included, is a reply that came."""
    (row,) = await ask_udp(lambda q: reply(q)[:cut])
    assert row.failure == "dns_reply_malformed"
    assert (row.reply_index, row.bytes_received) == (0, cut)


async def test_an_echoed_question_is_no_reply() -> None:
    """A server that sends back what it gets has answered nothing."""
    (row,) = await ask_udp(lambda q: q)
    assert row.failure == "dns_reply_malformed"


async def test_an_a_record_in_reply_to_an_aaaa_question_is_told() -> None:
    """The Iranian injector answers AAAA with an A record: the row shows both the question's type and the record's."""
    (row,) = await ask_udp(lambda q: reply(q, ("A", 1, FORGED)), query_type="AAAA")
    assert (row.query_type, row.answer_types, row.answers, row.ttl_s) == ("AAAA", ("A",), (FORGED,), 1)


async def test_an_aaaa_answer() -> None:
    """IPv6 addresses are read, in their shortest form."""
    (row,) = await ask_udp(lambda q: reply(q, ("AAAA", 30, "2001:db8:0:0::11")), query_type="AAAA")
    assert (row.failure, row.answers) == ("", ("2001:db8::11",))


@pytest.mark.parametrize(
    ("rcode", "name", "failure"),
    [
        (3, "NXDOMAIN", "dns_nxdomain_error"),
        (5, "REFUSED", "dns_refused_error"),
        (2, "SERVFAIL", "dns_servfail_error"),
        (4, "NOTIMP", "dns_server_misbehaving"),
        (0, "NOERROR", "dns_no_answer"),
    ],
)
async def test_each_response_code_is_its_own_failure(rcode: int, name: str, failure: str) -> None:
    """The code is in its column and its failure beside it; no error and no record is `dns_no_answer`."""
    (row,) = await ask_udp(lambda q: reply(q, rcode=rcode))
    assert (row.dns_rcode, row.failure, row.reply_index) == (name, failure, 0)


async def test_half_an_answer_is_not_no_answer() -> None:
    """A reply cut by the server (TC) without a record does not say that there is none."""
    (row,) = await ask_udp(lambda q: reply(q, flags=0x8380))
    assert row.failure == "dns_server_misbehaving"


async def test_silence_is_one_row_without_a_reply() -> None:
    """After the time-out there is one row, and the question went out twice, with the same bytes."""
    heard: list[bytes] = []

    def note(question: bytes) -> Sequence[tuple[float, bytes]]:
        heard.append(question)
        return []

    async with udp_server(note) as port:
        (row,) = await ask(udp(port))
    assert (row.failure, row.reply_index) == ("generic_timeout_error", None)
    assert len(heard) == 2
    assert heard[0] == heard[1]
    assert row.bytes_sent == 2 * len(heard[0])


async def test_a_closed_udp_port_is_refused() -> None:
    """The port's refusal comes back over ICMP and is the failure."""
    (row,) = await ask(udp(closed_port(socket.SOCK_DGRAM)))
    assert (row.failure, row.reply_index) == ("connection_refused", None)


async def test_a_flood_is_bounded() -> None:
    """However many replies are sent, no more than the bound are kept."""
    rows = await ask_udp(*[lambda q: reply(q, ("A", 1, FORGED))] * (LIMITS.dns_replies_max + 5))
    assert len(rows) == LIMITS.dns_replies_max


@pytest.mark.parametrize("hostname", ["a..example", "x" * 64 + ".example", ".".join(["x" * 60] * 5)])
@pytest.mark.parametrize("transport", ["udp", "tcp", "doh"])
async def test_a_name_that_cannot_be_asked_is_a_failure(hostname: str, transport: str) -> None:
    """A name from a redirect may be anything; nothing is sent for one that no message can carry."""
    resolver = Resolver(name="here", transport=transport, address="127.0.0.1", port=closed_port())
    (row,) = await ask(resolver, hostname=hostname)
    assert (row.failure, row.bytes_sent) == ("hostname_invalid", None)


async def ask_tcp(*pieces: Any, then: str = "close") -> list[Observation]:
    """Ask a TCP resolver that sends these pieces, each a function of the question."""

    async def serve(connection: socket.socket) -> None:
        question = (await asyncio.get_running_loop().sock_recv(connection, 65535))[2:]
        for piece in pieces:
            await asyncio.get_running_loop().sock_sendall(connection, piece(question))
            await asyncio.sleep(0.02)
        if then == "silence":
            await asyncio.sleep(60)

    async with tcp_server(serve) as port:
        return await ask(Resolver(name="here", transport="tcp", address="127.0.0.1", port=port))


def framed(message: bytes) -> bytes:
    return struct.pack("!H", len(message)) + message


async def test_tcp_answers_even_in_pieces() -> None:
    """A reply over TCP is read whole, however it is cut into segments."""
    (row,) = await ask_tcp(
        lambda q: framed(reply(q, ("A", 9, TRUE)))[:1],
        lambda q: framed(reply(q, ("A", 9, TRUE)))[1:20],
        lambda q: framed(reply(q, ("A", 9, TRUE)))[20:],
    )
    assert (row.failure, row.answers, row.transport, row.reply_index) == ("", (TRUE,), "tcp", 0)


async def test_tcp_failures_are_told_apart() -> None:
    """Closed before the end, silence, garbage and a closed port are four failures."""
    (cut,) = await ask_tcp(lambda q: framed(reply(q))[:8])
    assert (cut.failure, cut.reply_index) == ("eof_error", None)
    (silent,) = await ask_tcp(then="silence")
    assert silent.failure == "generic_timeout_error"
    (garbage,) = await ask_tcp(lambda q: framed(b"not DNS"))
    assert garbage.failure in ("dns_reply_malformed", "dns_reply_with_wrong_query_id")
    (refused,) = await ask(Resolver(name="here", transport="tcp", address="127.0.0.1", port=closed_port()))
    assert refused.failure == "connection_refused"


class _System:
    """A network whose system resolver says what the test wants."""

    def __init__(self, outcome: tuple[str, ...] | OSError | None) -> None:
        self.outcome = outcome

    async def resolve(self, hostname: str, ip_version: int) -> tuple[str, ...]:
        if self.outcome is None:
            await asyncio.sleep(60)
        if isinstance(self.outcome, OSError):
            raise self.outcome
        return self.outcome or ()

    async def open_tcp(self, address: str, port: int, *, segment_bytes: int | None = None) -> socket.socket:
        raise AssertionError("The system's resolver opens no connection here.")

    def open_udp(self, address: str, port: int) -> socket.socket:
        raise AssertionError("The system's resolver opens no socket here.")

    def own_addresses(self) -> frozenset[str]:
        return frozenset()


@pytest.mark.parametrize(
    ("outcome", "failure", "answers", "index"),
    [
        ((TRUE,), "", (TRUE,), 0),
        ((), "dns_no_answer", (), 0),
        (socket.gaierror(socket.EAI_NONAME, ""), "dns_nxdomain_error", (), None),
        (None, "generic_timeout_error", (), None),
    ],
)
async def test_the_systems_resolver(
    outcome: tuple[str, ...] | OSError | None, failure: str, answers: tuple[str, ...], index: int | None
) -> None:
    """Its row has addresses or a failure, and empty columns for what it does not tell."""
    (row,) = await ask(Resolver(name="system", transport="system"), network=_System(outcome))
    assert (row.failure, row.answers, row.reply_index) == (failure, answers, index)
    assert (row.resolver, row.transport, row.address, row.port) == ("system", "system", "", None)
    assert (row.dns_rcode, row.ttl_s, row.dns_flags) == ("", None, None)


async def ask_doh(
    certificate: trustme.LeafCert, *, status: bytes = b"200 OK", message: Any = None, query_type: str = "A"
) -> list[Observation]:
    """Ask a DoH server with that certificate and status; `message` is the body, a true answer if not given."""
    body = reply(b"\0\0" + query(NAME, query_type)[1][2:], ("A", 77, TRUE)) if message is None else message
    answer = b"HTTP/1.1 %s\r\nContent-Type: application/dns-message\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
    async with tcp_server(over_tls(certificate, answer + body)) as port:
        url = f"https://doh.example:{port}/dns-query"
        rows = await ask(Resolver(name="private", transport="doh", address="127.0.0.1", url=url), query_type)
    assert all(row.port == port for row in rows)
    return rows


async def test_doh_answers() -> None:
    """A reply over HTTPS is read like any other; the bytes are those of the connection."""
    (row,) = await ask_doh(AUTHORITY.issue_cert("doh.example"))
    assert (row.failure, row.answers, row.ttl_s, row.transport) == ("", (TRUE,), 77, "doh")
    assert row.bytes_sent is not None
    assert row.bytes_sent > 300


async def test_a_doh_server_that_does_not_prove_its_name_is_not_believed() -> None:
    """A wrong name and an unknown authority are the failure, and the answer stays unread."""
    (other,) = await ask_doh(AUTHORITY.issue_cert("other.example"))
    assert (other.failure, other.answers) == ("ssl_invalid_hostname", ())
    (foreign,) = await ask_doh(trustme.CA().issue_cert("doh.example"))
    assert (foreign.failure, foreign.answers) == ("ssl_unknown_authority", ())


async def test_doh_failures_are_told_apart() -> None:
    """An HTTP error, a body that is no DNS message, and a closed port."""
    certificate = AUTHORITY.issue_cert("doh.example")
    (error,) = await ask_doh(certificate, status=b"503 Busy")
    assert (error.failure, error.reply_index) == ("http_request_failed", None)
    (garbage,) = await ask_doh(certificate, message=b"\0\0<html>")
    assert garbage.failure == "dns_reply_malformed"
    url = f"https://doh.example:{closed_port()}/dns-query"
    (refused,) = await ask(Resolver(name="private", transport="doh", address="127.0.0.1", url=url))
    assert refused.failure == "connection_refused"


async def test_a_silent_doh_server_is_a_timeout() -> None:
    """A server that accepts and says nothing ends with our deadline."""
    async with tcp_server(answering(then="silence")) as port:
        url = f"https://doh.example:{port}/dns-query"
        (row,) = await ask(Resolver(name="private", transport="doh", address="127.0.0.1", url=url))
    assert row.failure == "generic_timeout_error"


QUESTION = query(NAME, "A")[1]
GENUINE = reply(QUESTION, ("A", 300, TRUE), ("A", 60, FORGED))


@given(st.binary(max_size=600))
def test_no_bytes_break_the_reader(wire: bytes) -> None:
    """Random bytes give a record, and what has no whole header is malformed."""
    assert parse(wire).malformed or len(wire) > 12


@given(st.integers(0, len(GENUINE) - 1), st.binary(min_size=1, max_size=6), st.integers(0, len(GENUINE)))
def test_no_mutation_of_a_reply_breaks_the_reader(position: int, change: bytes, length: int) -> None:
    """A true reply, changed anywhere and cut anywhere, gives a record whose texts and addresses are sound."""
    mutated = (GENUINE[:position] + change + GENUINE[position + len(change) :])[:length]
    result = parse(mutated)
    assert all(ipaddress.ip_address(address) for address in result.answers)
    assert len(result.answers) <= len(result.answer_types)
    assert result.malformed or length > 12
    if len(mutated) >= 2:
        assert result.id == struct.unpack("!H", mutated[:2])[0]


def test_the_question_is_an_ordinary_stubs() -> None:
    """Recursion wanted, one question, no EDNS, a lower-case name; and ids are not all the same."""
    (message_id, wire), others = query("MiXed.Example", "AAAA"), {query(NAME, "A")[0] for _ in range(20)}
    assert struct.unpack("!HHHHHH", wire[:12]) == (message_id, 0x0100, 1, 0, 0, 0)
    assert wire[12:] == b"\x05mixed\x07example\x00" + struct.pack("!HH", 28, 1)
    assert len(others) > 10


def test_addresses_behind_an_alias_are_collected() -> None:
    """A CNAME and the address that it leads to are both in the types; the address is an answer."""
    alias = b"\x03cdn\xc0\x14"
    cname = struct.pack("!HHHIH", 0xC00C, TYPES["CNAME"], 1, 5, len(alias)) + alias
    address = b"\x03cdn\xc0\x14" + struct.pack("!HHIH", 1, 1, 9, 4) + ipaddress.ip_address(TRUE).packed
    result = parse(struct.pack("!HHHHHH", 7, 0x8180, 1, 2, 0, 0) + QUESTION[12:] + cname + address)
    assert (result.answer_types, result.answers, result.ttl_s) == (("CNAME", "A"), (TRUE,), 5)
    assert not result.malformed
