"""All that a client says on one connection: what is seen of it, however it is cut, and that it passes unaltered."""

from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.lab.servers.nameserver import stub_query
from agent.lab.sight.client_stream import ClientStream
from tests.test_lab_client_hello import HELLO


@cache
def message(name: str) -> bytes:
    query = b"id" + stub_query(name, 4)[2:]  # every worker must collect the same tests
    return len(query).to_bytes(2) + query


def request(host: str, *, body: bytes = b"", length: str = "") -> bytes:
    return f"POST / HTTP/1.1\r\nHost: {host}\r\n{length or f'Content-Length: {len(body)}'}\r\n\r\n".encode() + body


CONNECTIONS = [
    (HELLO + HELLO, 443, ["client_hello chat.signal.org"]),
    (message("a.example") + message("b.example"), 53, ["query a.example", "query b.example"]),
    (message("a.example") + b"\x00\x01?" + message("b.example"), 53, ["query a.example"]),
    (message("a.example")[:-1], 53, []),
    (
        request("a.example", body=request("no.example")) + request("b.example"),
        80,
        ["request a.example", "request b.example"],
    ),
    (request("a.example", length="Transfer-Encoding: chunked") + request("b.example"), 80, ["request a.example"]),
    (request("a.example") + b"something else" + request("b.example"), 80, ["request a.example"]),
    (b"\xee\xee\xee\xee" + request("a.example"), 80, ["unrecognised "]),
    (b"GET / and never an end", 80, []),
    (b"", 80, []),
]


def read(pieces: list[bytes], port: int) -> tuple[bytes, list[str]]:
    """What passed, and what was seen."""
    stream, passed, seen = ClientStream(port=port), b"", []
    for given_bytes in pieces:
        for piece in stream.feed(given_bytes):
            passed += piece.data
            seen += [f"{one.sight.at} {one.sight.name}" for one in piece.seen]
    return passed + stream.rest(), seen


@pytest.mark.parametrize(("said", "port", "seen"), CONNECTIONS)
def test_every_request_and_query_of_a_connection_is_seen_once(said: bytes, port: int, seen: list[str]) -> None:
    assert read([said], port) == (said, seen)
    assert read([said[at : at + 1] for at in range(len(said))], port) == (said, seen)


@given(st.sampled_from(CONNECTIONS), st.lists(st.integers(1, 700), max_size=8))
def test_cuts_alter_nothing(connection: tuple[bytes, int, list[str]], cuts: list[int]) -> None:
    said, port, seen = connection
    places = [0, *sorted(cuts), len(said)]
    assert read([said[begin:end] for begin, end in pairwise(places)], port) == (said, seen)


@given(st.binary(max_size=300), st.sampled_from([53, 80, 443]))
def test_whatever_is_said_passes(said: bytes, port: int) -> None:
    assert read([said], port)[0] == said


def test_query_is_a_piece_of_its_own() -> None:
    """So that its answer can be forged while the one behind it goes on to the resolver."""
    pieces = ClientStream(port=53).feed(message("a.example") + message("b.example"))
    assert [piece.data for piece in pieces] == [message("a.example"), message("b.example")]


def test_each_request_carries_its_own_words() -> None:
    (piece,) = ClientStream(port=80).feed(request("a.example", body=b"first") + request("b.example"))
    assert [b"first" in one.said for one in piece.seen] == [True, False]


def test_head_without_end_is_given_up() -> None:
    said = [b"GET / HTTP/1.1\r\n", b"a: b\r\n" * 20000, b"\r\n"]
    assert read(said, 80) == (b"".join(said), [])
