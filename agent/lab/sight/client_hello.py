"""The name in a ClientHello (RFC 8446 4.1.2, RFC 6066 3), read from raw bytes as a box on the path reads it."""

from __future__ import annotations

from collections.abc import Iterator

HANDSHAKE_RECORD = 22
CLIENT_HELLO = 1
SERVER_NAME_EXTENSION = 0
HOST_NAME = 0
#: Bytes that a record may hold (RFC 8446 5.1): more means that this is not TLS.
RECORD_BYTES = 16384


class IncompleteError(ValueError):
    """So far it is what it should be, and more is needed."""


def server_name(data: bytes) -> str:
    """The SNI of a ClientHello, in lower case; empty when it names nobody.

    Raises `IncompleteError` when `data` is only the beginning of one, and `ValueError` when it is something else.
    """
    return name_in(next(handshake_messages(data)))


def name_in(handshake_message: bytes) -> str:
    """The same of a handshake message that no records surround, as QUIC carries it."""
    message = Cursor(handshake_message)
    if message.number(1) != CLIENT_HELLO:
        raise ValueError("The handshake does not begin with a ClientHello.")
    hello = Cursor(message.vector(3))
    hello.take(2 + 32)  # legacy version, random
    for length_bytes in (1, 2, 1):  # session id, cipher suites, compression methods
        hello.vector(length_bytes)
    if hello.is_empty():
        return ""
    return next((host_name(content) for kind, content in extensions(hello) if kind == SERVER_NAME_EXTENSION), "")


def extensions(hello: Cursor) -> Iterator[tuple[int, bytes]]:
    """Type and content of each extension at the end of a ClientHello or ServerHello."""
    rest = Cursor(hello.vector(2))
    while not rest.is_empty():
        yield rest.number(2), rest.vector(2)


def host_name(extension: bytes) -> str:
    """The first host name of a server_name extension; empty when there is none."""
    names = Cursor(Cursor(extension).vector(2))
    while not names.is_empty():
        name_type, name = names.number(1), names.vector(2)
        if name_type == HOST_NAME:
            return name.decode("ascii").lower()
    return ""


def handshake_messages(data: bytes) -> Iterator[bytes]:
    """Each handshake message with its header of four bytes, joined from the records that carry it.

    Raises `IncompleteError` past the last whole one, and `ValueError` at anything but a handshake record.
    """
    message, at = b"", 0
    while True:
        while len(message) < 4 or len(message) < 4 + int.from_bytes(message[1:4]):
            record, at = handshake_record(data, at)
            message += record
        end = 4 + int.from_bytes(message[1:4])
        yield message[:end]
        message = message[end:]


def handshake_record(data: bytes, at: int) -> tuple[bytes, int]:
    """The content of the record that begins at `at`, and where the next one begins."""
    header = data[at : at + 5]
    if header and header[0] != HANDSHAKE_RECORD:
        raise ValueError("This is no TLS handshake.")
    if len(header) < 2:
        raise IncompleteError("The record's header is not all there.")
    if header[1] != 3:
        raise ValueError("This is no TLS handshake.")
    if len(header) < 5:
        raise IncompleteError("The record's header is not all there.")
    length = int.from_bytes(header[3:5])
    if not 0 < length <= RECORD_BYTES:
        raise ValueError("This is no TLS handshake.")
    record = data[at + 5 : at + 5 + length]
    if len(record) < length:
        raise IncompleteError("The record is not all there.")
    return record, at + 5 + length


class Cursor:
    """Reads numbers and vectors off a byte string, in order. Raises `ValueError` past its end."""

    def __init__(self, data: bytes) -> None:
        self._rest = data

    def is_empty(self) -> bool:
        return not self._rest

    def take(self, size_bytes: int) -> bytes:
        if size_bytes > len(self._rest):
            raise ValueError("A length in the handshake points past its end.")
        taken, self._rest = self._rest[:size_bytes], self._rest[size_bytes:]
        return taken

    def number(self, size_bytes: int) -> int:
        return int.from_bytes(self.take(size_bytes))

    def vector(self, length_bytes: int) -> bytes:
        return self.take(self.number(length_bytes))
