"""When a TCP connection comes to one of the censor's moments, and what can be seen then; what is sent twice, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

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
    #: What it has said beyond a query.
    behind: bytes = b""


def moments(world: World, flow: Connection, side: str, segment: Segment) -> Iterator[Moment]:
    """The moments that a segment from `side` brings about, in order; it is read on only when the next is asked for."""
    for moment in _of_client(flow, segment) if side == "client" else _of_server(flow, segment):
        seen = {"said": moment.said, **moment.words}
        event = event_of(world, moment.at, address=flow.ends.server, port=flow.ends.server_port, **seen)
        yield Moment(event=event, said=moment.said, behind=moment.behind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A moment before it is an event."""

    #: A key of MOMENTS.
    at: str
    said: bytes = b""
    behind: bytes = b""
    #: Further words of the event: name, other_names, path, query_type.
    words: Mapping[str, object] = field(default_factory=dict)


def _of_client(flow: Connection, segment: Segment) -> Iterator[Seen]:
    if segment.has(SYN):
        if not flow.was_opened:
            flow.was_opened = True
            yield Seen(at="syn")
        return
    if not flow.was_accepted and flow.is_accepted_by(segment):
        flow.was_accepted = True
        yield Seen(at="accept")
    fresh = flow.client_says(segment)
    if not fresh or not flow.was_accepted:
        return
    pieces = list(flow.shows.feed(fresh))
    for number, piece in enumerate(pieces, 1):
        behind = b"".join(later.data for later in pieces[number:]) + flow.shows.rest()
        for seen in piece.seen:
            sight = seen.sight
            if sight.at == "client_hello":
                flow.server_hello = b""
            words = {"name": sight.name, "path": sight.path, "query_type": sight.query_type}
            yield Seen(at=sight.at, said=seen.said, behind=behind, words=words)


def _of_server(flow: Connection, segment: Segment) -> Iterator[Seen]:
    """Its certificate in clear, or nothing."""
    if not flow.server_says(segment) or flow.server_hello is None:
        return
    try:
        name, *others = certificate_names(flow.server_hello) or ("",)
    except IncompleteError:
        if flow.server_hello_is_too_long:
            flow.server_hello = None
        return
    except ValueError:
        flow.server_hello = None
        return
    yield Seen(at="certificate", words={"name": name, "other_names": tuple(others)})
    flow.server_hello = None
