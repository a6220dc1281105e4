"""The censor on UDP: DNS queries, QUIC connections, and datagrams judged by where they go."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from agent.lab.censor import Censor, event_of
from agent.lab.namespace.flows import Ends, Order, Parcel, Table
from agent.lab.namespace.packets import Datagram, Packet
from agent.lab.namespace.refusals import UNREACHABLE, icmp_error
from agent.lab.rules import Action, Drop, ForgeAnswer, Reset, Throttle, Unreachable
from agent.lab.servers.nameserver import forged_answer
from agent.lab.sight.client_hello import IncompleteError
from agent.lab.sight.first_flight import DNS_PORT, query_sight
from agent.lab.sight.quic_hello import QuicHello
from agent.lab.world import World

#: Seconds of silence after which the same ends are another flow, and the same query is another one: longer than any
#: client repeats itself, shorter than a port is left alone before it is used again.
IDLE_S = 60.0
#: Queries of a flow that are remembered: a resolver may ask many names from one port.
QUERIES_MAX = 512


@dataclass(slots=True, kw_only=True)
class Query:
    """One DNS query, however often it is sent, and what becomes of it."""

    wire: bytes
    #: None: it passes.
    action: Action | None
    asked_s: float
    #: Its answers, true and forged.
    order: Order = field(default_factory=Order)


@dataclass(slots=True)
class Flow:
    """Datagrams between the same ends."""

    ends: Ends
    heard_s: float
    #: What ended it: a Drop or an Unreachable. None: it goes on.
    fate: Action | None = None
    rate_kbit_s: float | None = None
    #: Which moments are past.
    was_seen: bool = False
    was_quic: bool = False
    #: What is known of a ClientHello over QUIC, and the packets that wait until it is whole.
    hello: QuicHello = field(default_factory=QuicHello)
    held: list[Packet] = field(default_factory=list)
    queries: OrderedDict[bytes, Query] = field(default_factory=OrderedDict)

    def query_answered_by(self, wire: bytes) -> Query | None:
        """The last query with the id of an answer."""
        return next((query for query in reversed(self.queries.values()) if query.wire[:2] == wire[:2]), None)


class Datagrams:
    """Every UDP flow of the world's client."""

    def __init__(self, world: World, censor: Censor) -> None:
        self._world = world
        self._censor = censor
        self._flows: Table[Flow] = Table()

    def meet(self, side: str, packet: Packet, datagram: Datagram, now_s: float) -> list[Parcel]:
        """What is to be sent in reply to this packet from `side`, itself included if it passes."""
        ends = Ends.of(side, packet, datagram)
        flow = self._flows.get(ends)
        if flow is None or now_s - flow.heard_s > IDLE_S:
            flow = self._flows.put(ends, Flow(ends, now_s))
        flow.heard_s = now_s
        if side == "servers":
            return self._from_server(flow, packet, datagram)
        if flow.fate is None and not self._judge_flow(flow, datagram):
            flow.held.append(packet)
            return []
        if flow.fate is not None:
            return refusal(packet, flow.fate)
        if ends.server_port == DNS_PORT:
            return self._ask(flow, packet, datagram, now_s)
        waited, flow.held = flow.held, []
        return [Parcel(to="servers", packet=one) for one in (*waited, packet)]

    def _judge_flow(self, flow: Flow, datagram: Datagram) -> bool:
        """Ask about the flow as a whole: where it goes, and whom its QUIC names. False: that is not known yet."""
        if not flow.was_seen:
            flow.was_seen = True
            self._settle(flow, self._asked_of(flow.ends, "datagram"))
        if flow.fate is None and not flow.was_quic:
            try:
                name = flow.hello.server_name(datagram.data)
            except IncompleteError:
                return False
            if name is not None:
                flow.was_quic = True
                self._settle(flow, self._asked_of(flow.ends, "quic", name=name))
        return True

    def _settle(self, flow: Flow, action: Action | None) -> None:
        if isinstance(action, Throttle):
            flow.rate_kbit_s = action.rate_kbit_s
        elif action is not None:
            flow.fate = action

    def _asked_of(self, ends: Ends, at: str, **seen: str) -> Action | None:
        event = event_of(self._world, at, address=ends.server, port=ends.server_port, transport="udp", **seen)
        return self._censor.act_on(event)

    def _ask(self, flow: Flow, packet: Packet, datagram: Datagram, now_s: float) -> list[Parcel]:
        """What becomes of a query. The same one sent again meets the same fate, and the censor is not asked again."""
        query = self._query(flow, datagram.data, now_s)
        passes = Parcel(to="servers", packet=packet)
        if query is None or query.action is None:
            return [passes]
        if not isinstance(query.action, ForgeAnswer):
            return refusal(packet, query.action)
        order, lie = query.action.order, forged_parcel(flow.ends, query, query.action)
        if order == "instead" or self._world.host_at(flow.ends.server) is None:
            return [lie]  # where no host is, nothing true will ever come
        return [lie, passes] if order == "before" else [passes]

    def _query(self, flow: Flow, wire: bytes, now_s: float) -> Query | None:
        """The query, judged if it is new. None: these bytes are no query."""
        known = flow.queries.get(wire)
        if known is not None and now_s - known.asked_s <= IDLE_S:
            return known
        try:
            sight = query_sight(wire)
        except ValueError:
            return None
        action = self._asked_of(flow.ends, "query", name=sight.name, query_type=sight.query_type)
        flow.queries[wire] = query = Query(wire=wire, action=action, asked_s=now_s)
        flow.queries.move_to_end(wire)
        if len(flow.queries) > QUERIES_MAX:
            flow.queries.popitem(last=False)
        return query

    def _from_server(self, flow: Flow, packet: Packet, datagram: Datagram) -> list[Parcel]:
        """An answer passes, late or with a forged one behind it where that is what the censor wants."""
        if flow.fate is not None:
            return []
        query = flow.query_answered_by(datagram.data) if flow.ends.server_port == DNS_PORT else None
        if query is None or not isinstance(query.action, ForgeAnswer):
            return [Parcel(to="client", packet=packet, rate_kbit_s=flow.rate_kbit_s)]
        gap_s = query.action.gap_ms / 1000 if query.action.order == "before" else 0.0
        true = Parcel(to="client", packet=packet, order=query.order, gap_s=gap_s)
        return [true, forged_parcel(flow.ends, query, query.action)] if query.action.order == "after" else [true]


def forged_parcel(ends: Ends, query: Query, forge: ForgeAnswer) -> Parcel:
    """The censor's answer to a query, in the resolver's name. After the true one it comes with its gap."""
    gap_s = forge.gap_ms / 1000 if forge.order == "after" else 0.0
    packet = ends.answer_client(forged_answer(forge, query.wire))
    return Parcel(to="client", packet=packet, forged=True, order=query.order, gap_s=gap_s)


def refusal(packet: Packet, action: Action) -> list[Parcel]:
    """What the client meets where its datagram does not pass.

    A reset is silence: UDP has none. Only a residual punishment that looks for a name comes to do one.
    """
    if not isinstance(action, Drop | Reset | Unreachable):
        raise TypeError(f"The path knows no way to do {type(action).__name__} to a datagram.")
    if isinstance(action, Drop | Reset):
        return []
    return [Parcel(to="client", packet=icmp_error(packet, UNREACHABLE[action.what]), forged=True)]
