"""The world's name system: true answers from its hosts, forged ones from its censor, and the client's stub resolver.

Messages in, messages out; the sockets are elsewhere. The only file of the lab that knows dnspython.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from agent.lab.rules import Action, Drop, ForgeAnswer
from agent.lab.world import Host

#: Seconds to live of true answers: what large sites use.
TRUE_TTL_S = 300
#: Record types that hold an address, by IP version.
ADDRESS_TYPES = {4: "A", 6: "AAAA"}

#: Addresses of each name of the world, names in lower case.
Zone = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a query asks. The name is in lower case, without the last dot."""

    name: str
    query_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A message to send, and how many seconds after the query came."""

    after_s: float
    wire: bytes


def zone_of(hosts: Iterable[Host]) -> Zone:
    """What the name system knows of `hosts`."""
    return {name.lower(): host.addresses for host in hosts for name in host.names}


def read_question(wire: bytes) -> Question:
    """The question of a query. Raises `ValueError` when `wire` is no query with one question."""
    query = parsed(wire)
    if query.flags & dns.flags.QR or len(query.question) != 1:
        raise ValueError("This DNS message is no query with one question.")
    asked = query.question[0]
    name = asked.name.to_text(omit_final_dot=True).lower()
    return Question(name=name, query_type=dns.rdatatype.to_text(asked.rdtype))


def replies(zone: Zone | None, action: Action | None, wire: bytes, *, rtt_s: float) -> tuple[Reply, ...]:
    """All replies to a query, in the order of their sending.

    `zone` is None where no resolver stands. A forged answer is sent at once: the censor is nearer than any
    resolver abroad (3 to 8 ms against 240 to 400 in OONI's data of March 2022).
    """
    true = () if zone is None else (Reply(after_s=rtt_s, wire=true_answer(zone, wire)),)
    if isinstance(action, Drop):
        return ()
    if not isinstance(action, ForgeAnswer):
        return true
    forged = Reply(after_s=0.0, wire=forged_answer(action, wire))
    if action.order == "instead":
        return (forged,)
    late_s = action.gap_ms / 1000
    return forged, *(Reply(after_s=reply.after_s + late_s, wire=reply.wire) for reply in true)


def true_answer(zone: Zone, wire: bytes) -> bytes:
    """What an honest resolver says: addresses, an empty answer, or NXDOMAIN."""
    question = read_question(wire)
    response = dns.message.make_response(parsed(wire), recursion_available=True)
    if question.name not in zone:
        response.set_rcode(dns.rcode.NXDOMAIN)
    fitting = [address for address in zone.get(question.name, ()) if type_of(address) == question.query_type]
    add_addresses(response, fitting, ttl_s=TRUE_TTL_S)
    return response.to_wire()


def forged_answer(forge: ForgeAnswer, wire: bytes) -> bytes:
    """What the censor says to the same question."""
    question = read_question(wire)
    response = dns.message.make_response(parsed(wire), recursion_available=True)
    response.set_rcode(dns.rcode.from_text(forge.rcode))
    fitting = [address for address in forge.addresses if type_of(address) == question.query_type]
    add_addresses(response, fitting or forge.addresses, ttl_s=forge.ttl_s)
    return response.to_wire()


def add_addresses(response: dns.message.Message, addresses: Iterable[str], *, ttl_s: int) -> None:
    """Put one record for each address under the name that was asked for."""
    owner = response.question[0].name
    for address in addresses:
        response.answer.append(dns.rrset.from_text(owner, ttl_s, "IN", type_of(address), address))


def type_of(address: str) -> str:
    """The record type that holds this address."""
    return ADDRESS_TYPES[ipaddress.ip_address(address).version]


def parsed(wire: bytes) -> dns.message.Message:
    """The message in `wire`. Raises `ValueError` when there is none."""
    try:
        return dns.message.from_wire(wire)
    except dns.exception.DNSException as error:
        raise ValueError("These bytes are no DNS message.") from error


def stub_query(hostname: str, ip_version: int) -> bytes:
    """The query that a system's stub resolver sends. Raises `socket.gaierror` for what can be no name."""
    try:
        return dns.message.make_query(hostname, ADDRESS_TYPES[ip_version], use_edns=False).to_wire()
    except dns.exception.DNSException as error:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from error


def stub_answer(query_wire: bytes, wire: bytes) -> tuple[str, ...] | None:
    """The addresses a stub resolver takes from a reply, which may be forged; None when it answers another query.

    Raises `socket.gaierror` as getaddrinfo does: no such name, no address of this kind, or try again.
    """
    query, response = parsed(query_wire), parsed(wire)
    if not query.is_response(response):
        return None
    if response.rcode() == dns.rcode.NXDOMAIN:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if response.rcode() != dns.rcode.NOERROR:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    wanted = query.question[0].rdtype
    found = tuple(record.to_text() for rrset in response.answer if rrset.rdtype == wanted for record in rrset)
    if not found:
        no_data = getattr(socket, "EAI_NODATA", socket.EAI_NONAME)  # Windows has one code for both
        raise socket.gaierror(no_data, "No address associated with hostname")
    return found
