"""What `Corrupt` does to a stream, the same on every stage: single bits are turned, by place and not by chance."""

from __future__ import annotations

#: One byte of so many is damaged. In TLS the first is the eleventh of ServerHello's random bytes or stands deep in an
#: encrypted record, so that the record's own header stays sound and the handshake fails inside it.
STREAM_STRIDE = 16
#: The same in the body of an HTTP answer, whose head is spared: a page that anybody sees is broken.
BODY_STRIDE = 2


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


def body_begins(data: bytes) -> int | None:
    """Where the body of the HTTP answer at the beginning of `data` begins; None when its head is not all there."""
    head_bytes = data.find(b"\r\n\r\n")
    return None if head_bytes < 0 else head_bytes + 4
