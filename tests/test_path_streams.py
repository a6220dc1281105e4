"""One direction of a connection, put in order."""

from hypothesis import given
from hypothesis import strategies as st

from agent.lab.namespace.streams import KEPT_BYTES, KEPT_PIECES, Stream

FIRST = 2**32 - 5  # sequence numbers turn over in the middle of what is said


@given(said=st.binary(min_size=1, max_size=40), data=st.data())
def test_pieces_in_any_order_and_more_than_once_are_read_as_what_was_said(said: bytes, data: st.DataObject) -> None:
    places = st.integers(0, len(said) - 1)
    extra = data.draw(st.lists(st.tuples(places, st.integers(1, 40)), max_size=10))
    cuts = sorted({0, *data.draw(st.lists(places, max_size=6))})
    exact = [(begin, end - begin) for begin, end in zip(cuts, [*cuts[1:], len(said)], strict=True)]
    stream, read = Stream(FIRST), b""
    for begin, length in data.draw(st.permutations(exact + extra)):
        read += stream.take((FIRST + begin) % 2**32, said[begin : begin + length])
        assert said.startswith(read)
        assert stream.length == len(read)
    assert read == said
    assert stream.next == (FIRST + len(said)) % 2**32


def test_the_end_counts_as_one_and_only_once_all_is_there() -> None:
    stream = Stream(FIRST)
    assert stream.take(FIRST + 3, b"de", ends=True) == b""
    assert stream.length == 0
    assert stream.take(FIRST, b"abc") == b"abcde"
    assert stream.length == 6
    assert stream.take(FIRST, b"abc") == b""
    assert stream.length == 6


def test_what_was_read_stands_against_what_contradicts_it() -> None:
    stream = Stream(FIRST)
    assert stream.take(FIRST, b"true") == b"true"
    assert stream.take(FIRST, b"false") == b"e"


def test_no_more_than_so_much_waits_behind_a_gap() -> None:
    stream = Stream(FIRST)
    for place in range(KEPT_PIECES + 10):
        stream.take(FIRST + 10 + place, b"x")
    assert len(stream.take(FIRST, b"0123456789")) == 10 + KEPT_PIECES
    assert stream.take(stream.next + KEPT_BYTES, b"too far") == b""
    assert stream.take(stream.next, bytes(KEPT_BYTES)) == bytes(KEPT_BYTES)
