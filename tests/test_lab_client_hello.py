"""The ClientHello parser: finds the name in real ones, and meets everything else with `ValueError`."""

import contextlib
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.lab.sight.client_hello import IncompleteError, server_name


def real_hello(name: str | None) -> bytes:
    """What Python's own TLS sends first."""
    context = ssl.create_default_context()
    context.check_hostname = False
    outgoing = ssl.MemoryBIO()
    tls = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


HELLO = real_hello("Chat.Signal.org")


def in_two_records(hello: bytes, at: int) -> bytes:
    """The same handshake message, cut into two records."""
    header, message = hello[:3], hello[5:]
    parts = (message[:at], message[at:])
    return b"".join(header + len(part).to_bytes(2) + part for part in parts)


def test_name_is_found_in_lower_case() -> None:
    assert server_name(HELLO) == "chat.signal.org"


def test_hello_without_name_gives_the_empty_name() -> None:
    assert server_name(real_hello(None)) == ""


def test_every_beginning_is_incomplete() -> None:
    """Whoever reads byte by byte is told to read on, and never that it is something else."""
    for length in range(len(HELLO)):
        with pytest.raises(IncompleteError):
            server_name(HELLO[:length])


@given(st.integers(min_value=1, max_value=len(HELLO) - 6))
def test_records_may_cut_the_message_anywhere(at: int) -> None:
    assert server_name(in_two_records(HELLO, at)) == "chat.signal.org"


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\n\r\n", b"\x15\x03\x03\x00\x02\x02\x28", b"\x16\x02\x00\x00\x05hello"]
)
def test_other_protocols_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no TLS handshake"):
        server_name(data)


@given(st.binary(max_size=600), st.booleans())
def test_arbitrary_bytes_raise_nothing_but_value_error(data: bytes, looks_like_tls: bool) -> None:
    if looks_like_tls:
        data = b"\x16\x03\x01" + len(data).to_bytes(2) + data
    try:
        name = server_name(data)
    except ValueError:
        return
    assert name.isascii()


@given(st.lists(st.tuples(st.integers(0, len(HELLO) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_damaged_hello_raises_nothing_but_value_error(damages: list[tuple[int, int]]) -> None:
    damaged = bytearray(HELLO)
    for at, value in damages:
        damaged[at] = value
    try:
        name = server_name(bytes(damaged))
    except ValueError:
        return
    assert name.isascii()
