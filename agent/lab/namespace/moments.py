"""When a TCP connection comes to one of the censor's moments, and what can be seen then. Each moment comes once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agent.lab.censor import Event, event_of
from agent.lab.namespace.connection import Connection
from agent.lab.namespace.packets import SYN, Segment
from agent.lab.sight.certificate import certificate_names
from agent.lab.sight.client_hello import IncompleteError
from agent.lab.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment of a connection."""

    event: Event
    #: What the client said; of a query its DNS message.
    said: bytes = b""


def moments(world: World, flow: Connection, side: str, segment: Segment) -> Iterator[Moment]:
    """The moments that a segment from `side` brings about, in order; it is read on only when the next is asked for."""
    seen = _of_client(flow, segment) if side == "client" else _of_server(flow, segment)
    for at, said, words in seen:
        event = event_of(world, at, address=flow.ends.server, port=flow.ends.server_port, said=said, **words)
        yield Moment(event=event, said=said)


#: A key of MOMENTS, what the client said, and the further words of an `Event`.
Seen = tuple[str, bytes, dict[str, str]]


def _of_client(flow: Connection, segment: Segment) -> Iterator[Seen]:
    if segment.has(SYN):
        if not flow.was_opened:
            flow.was_opened = True
            yield "syn", b"", {}
        return
    if not flow.was_accepted and flow.is_accepted_by(segment):
        flow.was_accepted = True
        yield "accept", b"", {}
    fresh = flow.client_says(segment)
    if not fresh or not flow.was_accepted:
        return
    for piece in flow.shows.feed(fresh):
        for sight in piece.sights:
            if sight.at == "client_hello":
                flow.server_hello = b""
            yield sight.at, piece.said, {"name": sight.name, "path": sight.path, "query_type": sight.query_type}


def _of_server(flow: Connection, segment: Segment) -> Iterator[Seen]:
    """Its certificate in clear, or nothing."""
    if not flow.server_says(segment) or flow.server_hello is None:
        return
    try:
        names = certificate_names(flow.server_hello)
    except IncompleteError:
        if flow.server_hello_is_too_long:
            flow.server_hello = None
        return
    except ValueError:
        flow.server_hello = None
        return
    yield "certificate", b"", {"name": names[0] if names else ""}
    flow.server_hello = None
