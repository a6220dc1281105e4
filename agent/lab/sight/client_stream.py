"""All that a client says on one connection, cut where a box on the path looks: its first flight, then every further
HTTP request and DNS message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agent.lab.sight.client_hello import IncompleteError
from agent.lab.sight.first_flight import (
    DNS_PORT,
    FIRST_FLIGHT_BYTES,
    LENGTH_BYTES,
    Sight,
    first_message,
    query_sight,
    sighting,
)
from agent.lab.sight.http_head import Head, read_head


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One thing that could be seen, and the bytes that showed it: of a query its message without the length."""

    sight: Sight
    said: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Bytes that pass together, and what can be seen once they have come: mostly nothing."""

    data: bytes
    seen: tuple[Seen, ...] = ()


class ClientStream:
    """Reads what the client says and never alters it: the pieces together are what it was fed.

    A DNS message is a piece of its own, and on port 53 nothing passes before it is known to be one or none. Everywhere
    else the bytes pass as they come, and a thing is seen in the piece that makes it whole. Nothing more is seen after
    a ClientHello, nor after a request whose length cannot be known.
    """

    def __init__(self, *, port: int) -> None:
        self._port = port
        #: What is being read: "first", "queries", "requests", or "nothing" more.
        self._reads = "first"
        #: What came of the thing that is being read.
        self._said = b""
        #: Bytes of the present request that are still to pass.
        self._passing_bytes = 0

    def feed(self, data: bytes) -> list[Piece]:
        """The pieces that these bytes make whole."""
        if self._reads == "nothing":
            return [Piece(data=data)]
        if self._reads == "requests":
            return [Piece(data=data, seen=tuple(self._requests(data)))]
        self._said += data
        if self._reads == "queries":
            return list(self._queries())
        return self._first(data)

    def rest(self) -> bytes:
        """What was held back, and will never become whole. Asked for when the client has ended."""
        return self._said if self._holds_back else b""

    @property
    def _holds_back(self) -> bool:
        return self._port == DNS_PORT and self._reads in ("first", "queries")

    def _first(self, data: bytes) -> list[Piece]:
        passes = self._said if self._holds_back else data
        try:
            sight = sighting(self._said, port=self._port)
        except IncompleteError:
            if len(self._said) >= FIRST_FLIGHT_BYTES:
                self._read_nothing()
                return [Piece(data=passes)]
            return [] if self._holds_back else [Piece(data=passes)]
        if sight.at == "query":
            self._reads = "queries"
            return list(self._queries())
        if sight.at == "request":
            said, self._said, self._reads = self._said, b"", "requests"
            return [Piece(data=passes, seen=tuple(self._requests(said)))]
        seen = Seen(sight=sight, said=self._said)
        self._read_nothing()
        return [Piece(data=passes, seen=(seen,))]

    def _read_nothing(self) -> None:
        self._reads, self._said = "nothing", b""

    def _queries(self) -> Iterator[Piece]:
        """Each whole message; all the rest as one piece when something else comes."""
        while self._said:
            try:
                wire = first_message(self._said)
                seen = Seen(sight=query_sight(wire), said=wire)
            except IncompleteError:
                return
            except ValueError:
                yield Piece(data=self._said)
                self._read_nothing()
                return
            end = LENGTH_BYTES + len(wire)
            yield Piece(data=self._said[:end], seen=(seen,))
            self._said = self._said[end:]

    def _requests(self, data: bytes) -> Iterator[Seen]:
        """Each request whose head is whole now."""
        self._said += data
        while True:
            passed = min(self._passing_bytes, len(self._said))
            self._said, self._passing_bytes = self._said[passed:], self._passing_bytes - passed
            if not self._said:
                return
            try:
                head = read_head(self._said)
            except IncompleteError:
                if len(self._said) >= FIRST_FLIGHT_BYTES:
                    self._read_nothing()
                return
            except ValueError:
                self._read_nothing()
                return
            yield Seen(sight=sight_of(head), said=self._said)
            if head.body_bytes is None:
                self._read_nothing()
                return
            self._passing_bytes = head.head_bytes + head.body_bytes


def sight_of(head: Head) -> Sight:
    """What a request's head shows."""
    return Sight(at="request", name=head.host, path=head.path)
