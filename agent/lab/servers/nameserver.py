"""The world's name system: true answers from its hosts, forged ones from its censor, and the client's stub resolver.

Messages in, messages out; the sockets are elsewhere. The only file of the lab that knows dnspython.
"""

from __future__ import annotations

import ipaddress
import socket
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from agent.lab.rules import ForgeAnswer
from agent.lab.world import Host, Service

#: Seconds to live of true answers: what large sites use.
TRUE_TTL_S = 300
#: Bytes of the longest message (RFC 1035 4.2.2), and of the longest datagram for who says nothing of EDNS.
WHOLE_BYTES = 65535
PLAIN_DATAGRAM_BYTES = 512
#: Bytes of the longest datagram.
DATAGRAM_BYTES = 65535
#: Bytes of a message's header (RFC 1035 4.1.1).
HEADER_BYTES = 12
#: Record types that hold an address, by IP version.
ADDRESS_TYPES = {4: "A", 6: "AAAA"}

#: Addresses of each name of the world, names in lower case.
Zone = Mapping[str, tuple[str, ...]]


class NoQueryError(ValueError):
    """These bytes are nothing that a resolver answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a query asks. The name is in lower case, without the last dot."""

    name: str
    query_type: str


def zone_of(hosts: Iterable[Host]) -> Zone:
    """What the name system knows of `hosts`."""
    return {
        name.lower(): host.addresses if host.published is None else host.published
        for host in hosts
        for name in host.names
    }


def read_question(wire: bytes) -> Question:
    """The question of a query. Raises `NoQueryError` when `wire` is no query with one question."""
    query = parsed(wire)
    if query.flags & dns.flags.QR or len(query.question) != 1:
        raise NoQueryError("This DNS message is no query with one question.")
    asked = query.question[0]
    name = asked.name.to_text(omit_final_dot=True).lower()
    return Question(name=name, query_type=dns.rdatatype.to_text(asked.rdtype))


def true_answer(zone: Zone, wire: bytes, *, turn: int = 0, limit_bytes: int = WHOLE_BYTES) -> bytes:
    """What an honest resolver says: addresses, an empty answer, or NXDOMAIN.

    `turn`: by how many places the addresses have moved round. Over `limit_bytes` the answer is cut short and says so.
    Raises `NoQueryError` when `wire` is no query with one question.
    """
    return Resolver(zone=zone, turns=Counter({read_question(wire): turn})).answer(wire, limit_bytes=limit_bytes)


@dataclass(frozen=True, kw_only=True)
class Resolver:
    """One resolver: what it knows, what it says of what it does not, and how often it was asked what."""

    zone: Zone
    #: The rcode of every answer. Empty: it resolves.
    rcode: str = ""
    #: What it says of names that do not exist. Empty: that they do not.
    nxdomain_address: str = ""
    turns: Counter[Question] = field(default_factory=Counter)

    @classmethod
    def of(cls, zone: Zone, service: Service) -> Self:
        """The resolver that `service` is, in a world whose names are `zone`."""
        own = {name.lower(): addresses for name, addresses in service.answers}
        return cls(zone={**zone, **own}, rcode=service.rcode, nxdomain_address=service.nxdomain_address)

    def answer(self, wire: bytes, *, limit_bytes: int = WHOLE_BYTES) -> bytes:
        """The next answer to a query. Each moves the addresses round by one place, as large sites' do.

        Over `limit_bytes` it is cut short and says so (RFC 2181 9). Raises `NoQueryError` when `wire` is no query
        with one question.
        """
        question, query = read_question(wire), parsed(wire)
        response = dns.message.make_response(query, recursion_available=True)
        rcode, addresses = self._found(question, query)
        response.set_rcode(rcode)
        turn = self.turns[question] % max(len(addresses), 1)
        self.turns[question] += 1
        add_addresses(response, addresses[turn:] + addresses[:turn], ttl_s=TRUE_TTL_S)
        return response.to_wire(max_size=limit_bytes, prefer_truncation=True)

    def _found(self, question: Question, query: dns.message.Message) -> tuple[dns.rcode.Rcode, tuple[str, ...]]:
        if query.opcode() != dns.opcode.QUERY:
            return dns.rcode.NOTIMP, ()
        if self.rcode:
            return dns.rcode.from_text(self.rcode), ()
        if query.question[0].rdclass != dns.rdataclass.IN:
            return dns.rcode.REFUSED, ()
        known = self.zone.get(question.name, ())
        if not self.knows(question.name):
            if not self.nxdomain_address:
                return dns.rcode.NXDOMAIN, ()
            known = (self.nxdomain_address,)
        return dns.rcode.NOERROR, tuple(one for one in known if type_of(one) == question.query_type)

    def knows(self, name: str) -> bool:
        """Whether a name in lower case exists: one below which others do exists too (RFC 8020 2)."""
        return name in self.zone or any(other.endswith(f".{name}") for other in self.zone)


def datagram_limit_bytes(wire: bytes) -> int:
    """Bytes that the sender of this query takes in one datagram (RFC 1035 4.2.1, RFC 6891 6.2.3)."""
    query = parsed(wire)
    return max(query.payload, PLAIN_DATAGRAM_BYTES) if query.edns >= 0 else PLAIN_DATAGRAM_BYTES


def forged_answer(forge: ForgeAnswer, wire: bytes) -> bytes:
    """What the censor says to the same question."""
    question = read_question(wire)
    response = dns.message.make_response(parsed(wire), recursion_available=True)
    response.set_rcode(dns.rcode.from_text(forge.rcode))
    fitting = [address for address in forge.addresses if type_of(address) == question.query_type]
    add_addresses(response, fitting or forge.addresses, ttl_s=forge.ttl_s)
    wire = response.to_wire()
    return cut_short(response, wire) if forge.malformed else wire


def cut_short(response: dns.message.Message, wire: bytes) -> bytes:
    """The message broken off in its first record, or in the question where it has none: its header alone is whole."""
    question_ends = HEADER_BYTES + len(response.question[0].name.to_wire() or b"") + 4  # type and class
    return wire[: question_ends + 5 if response.answer else question_ends - 3]


def add_addresses(response: dns.message.Message, addresses: Iterable[str], *, ttl_s: int) -> None:
    """Put one record for each address under the name that was asked for."""
    owner = response.question[0].name
    for address in addresses:
        response.answer.append(dns.rrset.from_text(owner, ttl_s, "IN", type_of(address), address))


def type_of(address: str) -> str:
    """The record type that holds this address."""
    return ADDRESS_TYPES[ipaddress.ip_address(address).version]


def parsed(wire: bytes) -> dns.message.Message:
    """The message in `wire`. Raises `NoQueryError` when there is none."""
    try:
        return dns.message.from_wire(wire)
    except dns.exception.DNSException as error:
        raise NoQueryError("These bytes are no DNS message.") from error


def stub_query(hostname: str, ip_version: int) -> bytes:
    """The query that a system's stub resolver sends. Raises `socket.gaierror` for what can be no name."""
    try:
        return dns.message.make_query(hostname, ADDRESS_TYPES[ip_version], use_edns=False).to_wire()
    except dns.exception.DNSException as error:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from error


def stub_answer(query_wire: bytes, wire: bytes) -> tuple[str, ...] | None:
    """The addresses a stub resolver takes from a reply, which may be forged.

    None when it answers another query or breaks the protocol: glibc's waits on then. Raises `socket.gaierror` as
    getaddrinfo does: no such name, no address of this kind, or try again.
    """
    query = parsed(query_wire)
    try:
        response = parsed(wire)
    except NoQueryError:
        return None
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
