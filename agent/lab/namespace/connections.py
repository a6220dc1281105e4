"""The censor on TCP: at each moment of a connection it is asked, and what it wants is done in packets."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.lab.censor import Censor, event_of
from agent.lab.damage import Damage
from agent.lab.namespace.connection import Connection, Fate
from agent.lab.namespace.flows import Ends, Parcel, Table
from agent.lab.namespace.impersonation import Impostor
from agent.lab.namespace.moments import Moment, moments
from agent.lab.namespace.packets import ACK, RST, SYN, Packet, Segment
from agent.lab.namespace.refusals import NobodyThere, Refusal, Silence, refusing
from agent.lab.namespace.speakers import NameSpeaker, Speaker, TlsSpeaker, Words
from agent.lab.namespace.streams import later
from agent.lab.rules import (
    Action,
    Close,
    Corrupt,
    Drop,
    ForeignCertificate,
    ForgeAnswer,
    Reset,
    SendBytes,
    Throttle,
    TlsAlert,
    Unreachable,
)
from agent.lab.servers.certificates import Certificates
from agent.lab.servers.nameserver import forged_answer
from agent.lab.sight.first_flight import query_sight
from agent.lab.tls_alert import alert_record
from agent.lab.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """The packet that brings a moment about. It is withheld when the connection ends there."""

    packet: Packet
    segment: Segment
    #: How far each side was heard by the other before it: the sequence numbers that they wait for.
    heard_by_server: int
    heard_by_client: int


class Connections:
    """Every TCP connection of the world's client."""

    def __init__(self, world: World, censor: Censor, certificates: Certificates) -> None:
        self._world = world
        self._censor = censor
        self._certificates = certificates
        self._flows: Table[Connection] = Table()

    def meet(self, side: str, packet: Packet, segment: Segment) -> list[Parcel]:
        """What is to be sent in reply to this packet from `side`, itself included if it passes."""
        ends = Ends.of(side, packet, segment)
        flow = self._flows.get(ends)
        if side == "client" and opens(segment) and (flow is None or flow.begins_again(segment)):
            flow = self._flows.put(ends, Connection(ends, segment))
        if flow is None:  # it began before our eyes were open, or so long ago that it is forgotten
            return [Parcel(to="client" if side == "servers" else "servers", packet=packet)]
        flow.sees(side, segment)
        if flow.fate is not None:
            return forged(flow, flow.fate.meet(packet, segment) if side == "client" else [])
        return self._judge(flow, side, packet, segment)

    def _judge(self, flow: Connection, side: str, packet: Packet, segment: Segment) -> list[Parcel]:
        trigger = Trigger(
            packet=packet,
            segment=segment,
            heard_by_server=flow.client.next,
            heard_by_client=flow.server.next if flow.server else 0,
        )
        for moment in moments(self._world, flow, side, segment):
            match self._censor.act_on(moment.event):
                case None:
                    pass
                case Throttle(rate_kbit_s=rate_kbit_s):
                    flow.rate_kbit_s = rate_kbit_s
                case Corrupt():
                    flow.damage = damage_from_here(flow, moment)
                case action:
                    return self._end(flow, action, moment, trigger)
        return [passing(flow, side, packet, segment)]

    def _end(self, flow: Connection, action: Action, moment: Moment, trigger: Trigger) -> list[Parcel]:
        """The connection is the censor's from here on."""
        flow.fate = self._fate(flow, action, moment, trigger)
        parcels = forged(flow, flow.fate.begin())
        if isinstance(action, Reset) and action.to == "both" and moment.event.at != "syn":
            told = flow.ends.tell_server(Segment(flags=RST, sequence=trigger.heard_by_server))
            parcels.append(Parcel(to="servers", packet=told, forged=True, order=flow.order))
        return parcels

    def _fate(self, flow: Connection, action: Action, moment: Moment, trigger: Trigger) -> Fate:
        match action:
            case Reset() if moment.event.at == "syn":
                return Refusal(flow.ends, refusing(trigger.segment))
            case Reset():
                flags, sequence = RST | ACK, trigger.heard_by_client
                return Refusal(flow.ends, Segment(flags=flags, sequence=sequence, acknowledgement=flow.client.next))
            case Unreachable(what=what):
                return NobodyThere(what, trigger.packet)
            case Drop():
                return Silence()
        return Impostor(flow, self._speaker(flow, action, moment, trigger), sequence=trigger.heard_by_client)

    def _speaker(self, flow: Connection, action: Action, moment: Moment, trigger: Trigger) -> Speaker:
        match action:
            case SendBytes(data=data):
                return Words(data)
            case TlsAlert(description=description):
                return Words(rest_of_record(flow, trigger) + alert_record(description))
            case ForeignCertificate(kind=kind):
                context = self._certificates.foreign_context(kind, moment.event.name or flow.ends.server)
                return TlsSpeaker(context, moment.said)
            case ForgeAnswer():
                answer = forged_answer(action, moment.said)
                return NameSpeaker(answer, lambda wire: self._lie(flow.ends, wire), heard=moment.behind)
            case Close():
                return Words()
        raise TypeError(f"The path knows no way to do {type(action).__name__} to a connection.")

    def _lie(self, ends: Ends, wire: bytes) -> bytes | None:
        """The censor's answer to one more query on a connection that it holds. None: the server would have to answer,
        and no way leads to it any more."""
        try:
            sight = query_sight(wire)
        except ValueError:
            return None
        event = event_of(
            self._world,
            "query",
            address=ends.server,
            port=ends.server_port,
            name=sight.name,
            query_type=sight.query_type,
            said=wire,
        )
        match self._censor.act_on(event):
            case ForgeAnswer() as forge:
                return forged_answer(forge, wire)
            case Drop():
                return b""
        return None


def opens(segment: Segment) -> bool:
    """Whether it is the first of a connection."""
    return segment.has(SYN) and not segment.has(ACK)


def damage_from_here(flow: Connection, moment: Moment) -> Damage:
    """What the server says from here on arrives damaged."""
    begins_at = flow.server.length if flow.server else 0
    return Damage(begins_at=begins_at, spares_head=moment.event.at == "request")


def rest_of_record(flow: Connection, trigger: Trigger) -> bytes:
    """What of the server's TLS must still pass, so that the record that the client is reading becomes whole: an alert
    in the middle of one would not be seen."""
    said = flow.server_hello or b""
    withheld = later(flow.server.next, trigger.heard_by_client) if flow.server else 0
    passed, end = len(said) - withheld, 0
    while end < passed and end + 5 <= len(said):
        end += 5 + int.from_bytes(said[end + 3 : end + 5])
    return said[passed:end] if end <= len(said) else b""


def forged(flow: Connection, packets: list[Packet]) -> list[Parcel]:
    """Packets in the server's name."""
    return [
        Parcel(to="client", packet=packet, forged=True, order=flow.order, rate_kbit_s=flow.rate_kbit_s)
        for packet in packets
    ]


def passing(flow: Connection, side: str, packet: Packet, segment: Segment) -> Parcel:
    """A packet that goes on, as the censor lets it: of a server's perhaps damaged, or slow."""
    if side == "client":
        return Parcel(to="servers", packet=packet, order=flow.order)
    if flow.damage and flow.server and segment.data:
        data = flow.damage.done_to(segment.data, place=flow.server.place_of(segment.sequence))
        packet = replace(packet, carried=replace(segment, data=data))
    return Parcel(to="client", packet=packet, order=flow.order, rate_kbit_s=flow.rate_kbit_s)
