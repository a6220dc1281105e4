"""What a box on the path sees: in a client's first bytes, a TLS 1.2 certificate, a QUIC Initial. Fed byte by byte."""

import contextlib
import ssl
from collections.abc import Callable
from itertools import pairwise, permutations

import pytest
import trustme
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from hypothesis import example, given
from hypothesis import strategies as st

from agent.lab.servers.nameserver import stub_query
from agent.lab.sight.certificate import certificate_names
from agent.lab.sight.client_hello import IncompleteError
from agent.lab.sight.first_flight import Sight, sighting
from agent.lab.sight.quic_hello import DATAGRAMS_MAX, QuicHello
from tests.quic_initials import ACK, PING, crypto_frame, initial_of
from tests.test_lab_client_hello import real_hello

#: With an id of its own, since every worker must collect the same tests.
QUERY = b"id" + stub_query("Chat.Signal.org", 6)[2:]
DNS = len(QUERY).to_bytes(2) + QUERY
HTTP = b"POST /a?b=c HTTP/1.1\r\nContent-Length: 4\r\nHost: X.com:8080\r\nHost: other.example\r\n\r\n"
AUTHORITY = trustme.CA()


def first_answer(feed: bytes, read: Callable[[bytes], object]) -> tuple[int, object]:
    """How many bytes `read` needed, and what it then said."""
    for length in range(len(feed) + 1):
        try:
            return length, read(feed[:length])
        except IncompleteError:
            continue
    raise AssertionError("It never had enough.")


@pytest.mark.parametrize(
    ("feed", "port", "needed", "seen"),
    [
        (real_hello("X.com"), 443, None, Sight(at="client_hello", name="x.com")),
        (real_hello(None), 53, None, Sight(at="client_hello")),
        (HTTP, 80, None, Sight(at="request", name="x.com", path="/a?b=c")),
        (HTTP, 53, None, Sight(at="request", name="x.com", path="/a?b=c")),
        (b"GET / HTTP/1.0\r\n\r\n", 80, None, Sight(at="request", path="/")),
        (DNS, 53, None, Sight(at="query", name="chat.signal.org", query_type="AAAA")),
        (DNS, 443, 1, Sight(at="unrecognised")),
        (b"\xee\xee\xee\xee and what Telegram says", 443, 1, Sight(at="unrecognised")),
        (b"SSH-2.0-OpenSSH", 22, 4, Sight(at="unrecognised")),
        (b"GET / of something else\r\n\r\n", 80, 27, Sight(at="unrecognised")),
        (b"\x16\x02 no TLS", 443, 2, Sight(at="unrecognised")),
        (b"\x00\x05 too short for a query", 53, 2, Sight(at="unrecognised")),
        (b"\x05\x01\x00\x03 long, and no header of a query", 53, 14, Sight(at="unrecognised")),
    ],
)
def test_first_bytes_are_told_apart_as_soon_as_they_can_be(
    feed: bytes, port: int, needed: int | None, seen: Sight
) -> None:
    """`needed` None: all of them, as long as they are headers or a whole message."""
    assert first_answer(feed, lambda data: sighting(data, port=port)) == (needed or len(feed), seen)


@given(st.binary(min_size=1, max_size=300), st.sampled_from([53, 80, 443]))
def test_whatever_a_client_says_is_a_sight_or_incomplete(data: bytes, port: int) -> None:
    with contextlib.suppress(IncompleteError):
        assert sighting(data, port=port).at in {"client_hello", "request", "query", "unrecognised"}


def server_flight(version: ssl.TLSVersion, *names: str) -> bytes:
    """What Python's own TLS server says to a ClientHello."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = version
    AUTHORITY.issue_cert(*names, common_name="First.example").configure_cert(context)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(real_hello("x.com"))
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


FLIGHT = server_flight(ssl.TLSVersion.TLSv1_2, "www.first.example", "44.0.0.1", "*.second.example")


def test_certificates_names_are_read_from_tls_1_2() -> None:
    needed, names = first_answer(FLIGHT, certificate_names)
    assert names == ("first.example", "www.first.example", "*.second.example", "44.0.0.1")
    assert needed <= len(FLIGHT)


@pytest.mark.parametrize(
    ("flight", "sentence"),
    [
        (server_flight(ssl.TLSVersion.TLSv1_3, "first.example"), "hides|no certificate in clear"),
        (b"\x15\x03\x03\x00\x02\x02\x28", "no TLS handshake"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "no TLS handshake"),
        (b"\x16\x03\x03\x00\x04\x0e\x00\x00\x00", "shows no certificate"),
    ],
)
def test_flight_without_a_certificate_in_clear_is_given_up(flight: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as refusal:
        certificate_names(flight)
    assert not isinstance(refusal.value, IncompleteError)


@given(st.lists(st.tuples(st.integers(0, len(FLIGHT) - 1), st.integers(0, 255)), min_size=1, max_size=8))
@example([(97, 1)])  # a certificate of a version that there is not
def test_damaged_flight_raises_nothing_but_value_error(damages: list[tuple[int, int]]) -> None:
    damaged = bytearray(FLIGHT)
    for at, value in damages:
        damaged[at] = value
    with contextlib.suppress(ValueError):
        assert all(isinstance(name, str) for name in certificate_names(bytes(damaged)))


def quic_initial(name: str | None) -> bytes:
    """What aioquic's client sends first."""
    client = QuicConnection(configuration=QuicConfiguration(is_client=True, server_name=name, alpn_protocols=["h3"]))
    client.connect(("127.0.0.1", 443), now=0.0)
    return client.datagrams_to_send(now=0.0)[0][0]


INITIAL = quic_initial("X.com")


def test_name_is_found_in_a_quic_initial() -> None:
    assert QuicHello().server_name(INITIAL) == "x.com"


def test_quic_initial_that_names_nobody_gives_the_empty_name() -> None:
    assert QuicHello().server_name(quic_initial(None)) == ""


HELLO = real_hello("split.example")[5:]
NAME_BEGINS = HELLO.index(b"split.example")
CUTS = (0, 40, NAME_BEGINS + 3, len(HELLO))
PIECES = [crypto_frame(HELLO, begins, ends) for begins, ends in pairwise(CUTS)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_pieces_of_a_clienthello_may_come_in_any_order(order: tuple[int, ...]) -> None:
    """In one datagram, between frames of other kinds, or in a datagram each, the last of which gives the name."""
    first, second, third = (PIECES[at] for at in order)
    assert QuicHello().server_name(initial_of(first, PING, second, ACK, third)) == "split.example"
    hello = QuicHello()
    for piece in (first, second, first, PING):
        with pytest.raises(IncompleteError):
            hello.server_name(initial_of(piece))
    assert hello.server_name(initial_of(third)) == "split.example"


def test_what_is_no_quic_between_the_datagrams_of_a_clienthello_is_none() -> None:
    hello = QuicHello()
    with pytest.raises(IncompleteError):
        hello.server_name(initial_of(PIECES[0], PIECES[2]))
    assert hello.server_name(b"rubbish") is None
    assert hello.server_name(initial_of(PIECES[1])) == "split.example"


def test_a_clienthello_that_is_never_whole_or_too_long_names_nobody() -> None:
    """The box keeps no more than its bound, and judges what it has."""
    hello = QuicHello()
    for _ in range(DATAGRAMS_MAX - 1):
        with pytest.raises(IncompleteError):
            hello.server_name(initial_of(PIECES[1]))
    assert hello.server_name(initial_of(PIECES[1])) == ""
    assert QuicHello().server_name(initial_of(crypto_frame(b"\x01\x00\xff\xff", 0, 4))) == ""


def test_a_handshake_message_that_is_no_clienthello_names_nobody() -> None:
    assert QuicHello().server_name(initial_of(crypto_frame(b"\x02\x00\x00\x01x", 0, 5))) == ""


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\x00rubbish",
        QUERY,
        b"\xc0" + bytes(1199),
        INITIAL[:300],
        INITIAL[:1] + b"\x6b\x33\x43\xcf" + INITIAL[5:],
        b"\x40" + INITIAL[1:],
        INITIAL[:300] + bytes([INITIAL[300] ^ 1]) + INITIAL[301:],
    ],
)
def test_what_is_no_quic_initial_is_none(datagram: bytes) -> None:
    assert QuicHello().server_name(datagram) is None


@given(st.lists(st.binary(max_size=200), max_size=4), st.booleans())
def test_arbitrary_frames_and_datagrams_are_read_or_incomplete(payloads: list[bytes], is_protected: bool) -> None:
    hello = QuicHello()
    for payload in payloads:
        with contextlib.suppress(IncompleteError):
            hello.server_name(initial_of(payload) if is_protected else b"\xc3\x00\x00\x00\x01" + payload)
