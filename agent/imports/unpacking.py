"""Compressed data as a stream that never grows without bound."""

from __future__ import annotations

import io
import zlib
from typing import Any, BinaryIO

#: How often compressed data may grow. JSON of measurements grows five- to thirtyfold, zeros a thousandfold.
INFLATION_MAX = 200
#: Bytes that may come out before the ratio counts: a small file's is chance.
INFLATION_FREE_BYTES = 4 * 2**20
#: Bytes read at once.
CHUNK_BYTES = 256 * 1024


class UnreadableError(ValueError):
    """The data cannot be read any further. The message says why, to follow a place and a colon."""


class Inflated(io.RawIOBase):
    """What a gzip file holds, in any number of members. Raises `UnreadableError` when it is broken or a bomb."""

    def __init__(self, packed: BinaryIO | io.BufferedReader) -> None:
        self._packed = packed
        self._inflate = zlib.decompressobj(wbits=31)
        self._rest = b""
        self._read_bytes = self._given_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._next(len(buffer))
        self._given_bytes += len(piece)
        if self._given_bytes > max(INFLATION_FREE_BYTES, INFLATION_MAX * self._read_bytes):
            raise UnreadableError(f"it grows more than {INFLATION_MAX}-fold when it is unpacked")
        buffer[: len(piece)] = piece
        return len(piece)

    def _next(self, size: int) -> bytes:
        while True:
            if not self._rest:
                self._rest = self._packed.read(CHUNK_BYTES)
                self._read_bytes += len(self._rest)
            if self._inflate.eof:
                self._rest = self._rest.lstrip(b"\0")  # padding between members (RFC 1952 has none; gzip allows it)
                if not self._rest:
                    return b""
                self._inflate = zlib.decompressobj(wbits=31)
            elif not self._rest:
                raise UnreadableError("its compressed data is cut off")
            try:
                piece = self._inflate.decompress(self._rest, size)
            except zlib.error as error:
                raise UnreadableError("its compressed data is broken") from error
            self._rest = self._inflate.unconsumed_tail or self._inflate.unused_data
            if piece:
                return piece
