"""What `Corrupt` does to a stream, the same on every stage: single bits are turned, by place and not by chance."""

from __future__ import annotations

#: One byte of so many is damaged. In TLS the first is among ServerHello's random bytes or stands in an encrypted
#: record, so that the record's own header stays sound and the handshake fails inside it.
STREAM_STRIDE = 16
#: The same in the body of an HTTP answer, whose head is spared: it stays a page, which anybody sees to be broken.
BODY_STRIDE = 2
#: Bytes of an answer's head after which it is taken for none.
HEAD_BYTES = 65536


class Damage:
    """The damage to one server's stream, from one place in it on.

    `begins_at`: bytes of the stream before it. `spares_head`: an HTTP answer begins there, and only its body is hit.
    """

    def __init__(self, *, begins_at: int, spares_head: bool) -> None:
        self._begins_at = begins_at
        self._stride = BODY_STRIDE if spares_head else STREAM_STRIDE
        self._head: bytes | None = b"" if spares_head else None

    def read(self, fresh: bytes) -> None:
        """Look at what follows in the stream, before any of it is damaged: it tells where the head ends."""
        if self._head is None:
            return
        self._head += fresh
        head_bytes = self._head.find(b"\r\n\r\n") + 4
        if head_bytes >= 4 or len(self._head) > HEAD_BYTES:
            self._begins_at += max(head_bytes, 0)
            self._head = None

    def done_to(self, data: bytes, *, place: int) -> bytes:
        """`data`, which stands behind `place` bytes of the stream, as it arrives."""
        return data if self._head is not None else damaged(data, offset=place - self._begins_at, stride=self._stride)


def damaged(data: bytes, *, offset: int, stride: int = STREAM_STRIDE) -> bytes:
    """`data` as it arrives when it begins `offset` bytes after the place where the damage begins.

    What lies before that place (a negative offset) is spared. The same bytes of a stream come out the same, however
    it is cut into pieces.
    """
    spoilt = bytearray(data)
    first = max(0, -offset)
    for at in range(first + (stride - 1 - (offset + first)) % stride, len(spoilt), stride):
        spoilt[at] ^= 1
    return bytes(spoilt)
