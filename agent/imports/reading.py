"""Reads files of measurements as a stream of JSON documents: plain, one a line, gzip, tar. Nothing is unpacked to disk.

What cannot be read is refused with its place and the reason, and the rest goes on. Every bound is here, with its
reason: a file may come from anybody.
"""

from __future__ import annotations

import io
import json
import tarfile
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from agent.imports.unpacking import CHUNK_BYTES, Inflated, UnreadableError

#: Bytes of one measurement. OONI's own collector takes no more than 10 MB; a longer one is none.
MEASUREMENT_BYTES_MAX = 16 * 2**20
#: Documents of one list, which is read whole: of measurements so many are longer than any document that is read.
ITEMS_MAX = 20_000
#: Lines without one measurement among them after which a file is taken for something else.
STRANGE_LINES_MAX = 100
#: How files begin that are often given by mistake, and what to do with them.
STRANGERS = {
    b"PK\x03\x04": "it is a zip archive; unpack it first",
    b"\xff\xfe": "it is UTF-16; save it as UTF-8",
    b"\xfe\xff": "it is UTF-16; save it as UTF-8",
}
#: Members of one archive. OONI's hold some thousand; an archive of empty members would otherwise never end.
MEMBERS_MAX = 1_000_000
BLOCK_BYTES = tarfile.BLOCKSIZE
#: Kinds of members that only carry names and other properties of the member behind them.
PROPERTIES = frozenset({tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE, b"X"})


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON document and where it stands."""

    place: str
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """What was not taken, where it stands, and why."""

    place: str
    reason: str


def documents(path: Path) -> Iterator[Document | Refused]:
    """Every document of the file in its order, and a refusal for whatever is none. Raises nothing for bad input."""
    try:
        with path.open("rb") as file:
            if not path.is_file():  # a device or a pipe may never end
                yield Refused(str(path), "it is no regular file")
                return
            is_empty = True
            for found in _of_stream(file, str(path), depth=0):
                is_empty = False
                yield found
            if is_empty:
                yield Refused(str(path), "there is no measurement in it")
    except OSError as error:
        yield Refused(str(path), f"it cannot be read ({error.strerror or type(error).__name__})")


def _of_stream(raw: Any, place: str, *, depth: int) -> Iterator[Document | Refused]:
    """The documents of one file or member, whatever it is packed in. An archive in an archive is refused."""
    stream = io.BufferedReader(raw, CHUNK_BYTES)
    try:
        start = stream.peek(BLOCK_BYTES)[:BLOCK_BYTES]
        if start[:2] == b"\x1f\x8b":
            stream = io.BufferedReader(Inflated(stream), CHUNK_BYTES)
            start = stream.peek(BLOCK_BYTES)[:BLOCK_BYTES]
            if start[:2] == b"\x1f\x8b":
                raise UnreadableError("it is compressed twice")
        for mark, advice in STRANGERS.items():
            if start.startswith(mark):
                raise UnreadableError(advice)
        if start[257:262] != b"ustar":
            yield from _lines(stream, place)
        elif depth:
            raise UnreadableError("it is an archive within an archive")
        else:
            yield from _members(stream, place)
    except UnreadableError as fault:
        yield Refused(place, str(fault))


class _Part(io.RawIOBase):
    """The next bytes of a stream, as many as a member has."""

    def __init__(self, stream: io.BufferedReader, size: int) -> None:
        self._stream = stream
        self.left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._stream.read(min(len(buffer), self.left))
        if not piece and self.left:
            raise UnreadableError("the archive is cut off within it")
        self.left -= len(piece)
        buffer[: len(piece)] = piece
        return len(piece)


def _members(stream: io.BufferedReader, place: str) -> Iterator[Document | Refused]:
    """The documents of a tar file's members. Names are only shown, and links and devices are refused.

    Only headers are read by `tarfile`: it takes a property of any length into memory.
    """
    for number in range(1, MEMBERS_MAX + 1):
        block = stream.read(BLOCK_BYTES)
        if not block.strip(b"\0"):
            return  # the end is a block of zeros; some writers leave it out
        if len(block) < BLOCK_BYTES:
            raise UnreadableError("the archive is cut off")
        try:
            member = tarfile.TarInfo.frombuf(block, "utf-8", "replace")
        except (tarfile.HeaderError, ValueError) as error:
            raise UnreadableError(f"the header of its member {number} is broken") from error
        if member.size < 0:
            raise UnreadableError(f"the header of its member {number} is broken")
        part = _Part(stream, member.size)
        where = f"{place} member {number} ({member.name[:120]})"
        if member.isreg() and not member.issparse():
            yield from _of_stream(part, where, depth=1)
        elif not member.isdir() and member.type not in PROPERTIES:
            yield Refused(where, "it is a link, a device or another thing that is no file")
        if part.left and not stream.peek(1):
            return  # cut off within it, as was said
        _skip(stream, part.left + -member.size % BLOCK_BYTES)
    raise UnreadableError(f"it has more than {MEMBERS_MAX} members")


def _skip(stream: io.BufferedReader, size: int) -> None:
    while size > 0:
        piece = stream.read(min(size, CHUNK_BYTES))
        if not piece:
            raise UnreadableError("the archive is cut off")
        size -= len(piece)


def _lines(stream: io.BufferedReader, place: str) -> Iterator[Document | Refused]:
    """Documents of which each is a line; or one over many lines, which then is all that is there."""
    number, is_strange = 0, True
    while line := stream.readline(MEASUREMENT_BYTES_MAX + 1):
        number += 1
        if is_strange and number > STRANGE_LINES_MAX:
            raise UnreadableError(f"none of its first {STRANGE_LINES_MAX} lines is a measurement, and the rest is left")
        where = f"{place} line {number}"
        if len(line) > MEASUREMENT_BYTES_MAX:
            yield Refused(where, f"it is longer than {MEASUREMENT_BYTES_MAX} bytes")
            while line and not line.endswith(b"\n"):
                line = stream.readline(CHUNK_BYTES)
            continue
        if not line.strip():
            continue
        try:
            value = parsed(line)
        except UnreadableError as fault:
            if number == 1 and line.removeprefix(BOM_UTF8).strip() in (b"{", b"[", b"[{"):
                yield from _whole(line, stream, place)
                return
            yield Refused(where, str(fault))
            continue
        is_strange = False
        yield from _each(value, where)


def _whole(start: bytes, stream: io.BufferedReader, place: str) -> Iterator[Document | Refused]:
    """The one document that a file written for human eyes is."""
    text = start + stream.read(MEASUREMENT_BYTES_MAX)
    if stream.peek(1):
        raise UnreadableError(f"it is one document of more than {MEASUREMENT_BYTES_MAX} bytes; write one on each line")
    yield from _each(parsed(text), place)


def _each(value: Any, place: str) -> Iterator[Document | Refused]:
    """A document; or those of a list."""
    if isinstance(value, list):
        if len(value) > ITEMS_MAX:
            yield Refused(place, f"it is a list of more than {ITEMS_MAX} entries")
            return
        for number, item in enumerate(value, start=1):
            yield from _each(item if not isinstance(item, list) else None, f"{place} item {number}")
    elif isinstance(value, dict):
        yield Document(place, value)
    else:
        yield Refused(place, "it is JSON, and no object")


def parsed(text: bytes) -> Any:
    """The JSON of `text`. Raises `UnreadableError` for what is none: NaN and nesting without end are not."""
    try:
        return _DECODER.decode(text.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableError("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise UnreadableError(f"it is no JSON ({error.msg}, character {error.pos + 1})") from None
    except RecursionError:
        raise UnreadableError("its JSON is nested too deep") from None
    except ValueError:  # numbers of more digits than Python reads
        raise UnreadableError("it holds a number that is none, or too long") from None


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


_DECODER = json.JSONDecoder(parse_constant=_no_number)
