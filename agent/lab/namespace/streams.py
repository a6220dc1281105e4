"""One direction of a TCP connection as a box on the path sees it: put in order, whatever came late, twice or in pieces.

Memory is bounded: only what lies behind a gap is kept, and no more of it than a first flight has.
"""

from __future__ import annotations

#: Bytes, and pieces, behind a gap that are kept. More means that what follows is seen only as it is sent again.
KEPT_BYTES = 65536
KEPT_PIECES = 64
SEQUENCE_NUMBERS = 1 << 32


def later(sequence: int, other: int) -> int:
    """By how much `sequence` comes after `other`; negative: before. Sequence numbers turn over (RFC 9293 3.4)."""
    half = SEQUENCE_NUMBERS // 2
    return (sequence - other + half) % SEQUENCE_NUMBERS - half


def onward(sequence: int, length: int) -> int:
    """The sequence number `length` later."""
    return (sequence + length) % SEQUENCE_NUMBERS


class Stream:
    """What one side has said. `first` is the sequence number of its first byte."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._waiting: dict[int, bytes] = {}
        self._end: int | None = None
        #: Bytes without a gap from the first on; the FIN behind them counts as one.
        self.length = 0

    @property
    def next(self) -> int:
        """The sequence number after the last byte without a gap: what the other side waits for."""
        return onward(self._first, self.length)

    def place_of(self, sequence: int) -> int:
        """How many bytes stand before this sequence number; negative before the first."""
        return self.length + later(sequence, self.next)

    def take(self, sequence: int, data: bytes, *, ends: bool = False) -> bytes:
        """Put a segment in its place; what can now be read beyond all that could before. `ends`: it carries FIN.

        Where two segments contradict each other, what could be read first stands.
        """
        begin = self.place_of(sequence)
        if ends:
            self._end = begin + len(data)
        if data and begin + len(data) > self.length:
            self._wait(begin, data)
        fresh = b"".join(iter(self._readable, b""))
        if self._end == self.length:
            self.length += 1
        return fresh

    def _wait(self, begin: int, data: bytes) -> None:
        is_next = begin <= self.length
        if is_next or (begin + len(data) <= self.length + KEPT_BYTES and len(self._waiting) < KEPT_PIECES):
            self._waiting[begin] = max(self._waiting.get(begin, b""), data, key=len)

    def _readable(self) -> bytes:
        """The next bytes without a gap, taken out of what waits; empty when there are none."""
        for begin in sorted(self._waiting):
            if begin > self.length:
                break
            data = self._waiting.pop(begin)[self.length - begin :]
            if data:
                self.length += len(data)
                return data
        return b""
