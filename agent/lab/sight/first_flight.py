"""What a client says first on a connection, read as a box on the path reads it: before any server does."""

from __future__ import annotations

from dataclasses import dataclass

from agent.lab.servers.nameserver import read_question
from agent.lab.sight.client_hello import HANDSHAKE_RECORD, IncompleteError, server_name
from agent.lab.sight.http_head import read_head

#: Bytes that are looked at; of a longer first flight nothing is seen.
FIRST_FLIGHT_BYTES = 65536
#: Where alone DNS over TCP is recognised.
DNS_PORT = 53
#: Bytes before a DNS message over TCP (RFC 1035 4.2.2), of its header (4.1.1), and of header and shortest question.
LENGTH_BYTES, HEADER_BYTES, QUERY_BYTES = 2, 12, 12 + 1 + 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What can be seen in one thing that the client said: the words of an `Event`."""

    #: client_hello, request, query or unrecognised.
    at: str
    #: SNI, Host or name asked for. Empty: none was sent.
    name: str = ""
    #: Of a request, with its query string.
    path: str = ""
    #: A, AAAA …; of a query only.
    query_type: str = ""


UNRECOGNISED = Sight(at="unrecognised")


def sighting(data: bytes, *, port: int) -> Sight:
    """What the client's bytes show, from the connection's first one on.

    A ClientHello and a DNS message must be whole, of a request its head. Raises `IncompleteError` while it may still
    become one of them: a byte that is neither 0x16 nor a capital letter settles on most ports that it does not, and a
    client that says nothing is never unrecognised. On port 53 it takes two bytes at least.
    """
    try:
        if data[:1] == bytes([HANDSHAKE_RECORD]):
            return Sight(at="client_hello", name=server_name(data))
        head = read_head(data)
        return Sight(at="request", name=head.host, path=head.path)
    except IncompleteError:
        raise
    except ValueError:
        return _query(data) if port == DNS_PORT else UNRECOGNISED


def _query(data: bytes) -> Sight:
    try:
        return query_sight(first_message(data))
    except IncompleteError:
        raise
    except ValueError:
        return UNRECOGNISED


def first_message(data: bytes) -> bytes:
    """The DNS message at the beginning of a TCP stream, without its length.

    Raises `IncompleteError` when more is needed, and `ValueError` when its length or header is no query's.
    """
    if len(data) < LENGTH_BYTES:
        raise IncompleteError("The message's length is not all there.")
    end = LENGTH_BYTES + int.from_bytes(data[:LENGTH_BYTES])
    if end < LENGTH_BYTES + QUERY_BYTES:
        raise ValueError("This is too short for a DNS query.")
    header = data[LENGTH_BYTES : LENGTH_BYTES + HEADER_BYTES]
    if len(header) == HEADER_BYTES and (header[2] & 0x80 or header[4:6] != b"\0\1"):
        raise ValueError("This is an answer, or it asks for more or less than one thing.")
    if len(data) < end:
        raise IncompleteError("The message is not all there.")
    return data[LENGTH_BYTES:end]


def query_sight(wire: bytes) -> Sight:
    """What a DNS message shows. Raises `ValueError` when it is no query with one question."""
    question = read_question(wire)
    return Sight(at="query", name=question.name, query_type=question.query_type)
