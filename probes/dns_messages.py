"""DNS messages to bytes and back. Bytes from the network are hostile: reading them always gives a record."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

#: Record types that hold an address.
ADDRESS_TYPES = ("A", "AAAA")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What could be read of one message."""

    #: Message id; None when there was not even that.
    id: int | None = None
    #: Response code as text; empty when the header was cut before it.
    rcode: str = ""
    #: The header's second 16 bits (RFC 1035 4.1.1); None when the header was cut before them.
    flags: int | None = None
    #: The name and type of the question, the name in lower case and without its last dot; empty: no question.
    question_name: str = ""
    question_type: str = ""
    #: The same name as it was spelt.
    question_spelling: str = ""
    #: Addresses of all A and AAAA records of the answer section, in order, whatever name they are for.
    answers: tuple[str, ...] = ()
    #: Types of all records of the answer section, in order.
    answer_types: tuple[str, ...] = ()
    #: Smallest time to live of the answer section; None when it is empty.
    ttl_s: int | None = None
    #: It breaks the protocol: cut, trailing bytes, not exactly one question, or no reply at all (QR is not set).
    malformed: bool = False

    @property
    def truncated(self) -> bool:
        """Whether the server says that this is half an answer (TC)."""
        return bool((self.flags or 0) & dns.flags.TC)


def query(hostname: str, query_type: str, *, mixed: bool = False) -> tuple[int, bytes]:
    """A recursive question as an ordinary stub asks it, without EDNS: its random id and its bytes.

    `mixed`: the name in letters of either case, by chance; else in lower case. Raises `UnicodeError` for a name that no
    DNS message can carry.
    """
    try:
        name = _in_either_case(hostname) if mixed else hostname.lower()
        message = dns.message.make_query(name, query_type, use_edns=False)
        return message.id, message.to_wire()
    except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, dns.name.BadEscape) as error:
        raise UnicodeError(f"{hostname!r} is no host name.") from error
    except dns.exception.DNSException as error:  # dnspython's IDNA errors, of several types
        raise UnicodeError(f"{hostname!r} cannot be encoded as a host name.") from error


def _in_either_case(hostname: str) -> str:
    """The name with each letter large or small by chance, one of them large at least. IDNA's are left alone: their
    encoding needs them as they are."""
    if not hostname.isascii():
        return hostname.lower()
    spelt = "".join(secrets.choice((letter.lower(), letter.upper())) for letter in hostname)
    return spelt if spelt != hostname.lower() else hostname.upper()


def parse(wire: bytes) -> Reply:
    """All that can be read of `wire`; never raises."""
    try:
        message = dns.message.from_wire(wire, one_rr_per_rrset=True, continue_on_error=True)
    except (dns.exception.DNSException, ValueError):
        return _parse_header(wire)
    flags = int(message.flags)
    # Never by its truth: a question is an rrset without data, and so false.
    question = message.question[0] if len(message.question) == 1 else None
    spelt = question.name.to_text(omit_final_dot=True) if question is not None else ""
    records = [rrset for rrset in message.answer if len(rrset) > 0]
    return Reply(
        id=message.id,
        rcode=dns.rcode.to_text(message.rcode()),
        flags=flags,
        question_name=spelt.lower(),
        question_spelling=spelt,
        question_type=dns.rdatatype.to_text(question.rdtype) if question is not None else "",
        answers=tuple(_addresses(records)),
        answer_types=tuple(dns.rdatatype.to_text(record.rdtype) for record in records),
        ttl_s=min((record.ttl for record in records), default=None),
        malformed=bool(message.errors) or question is None or not flags & dns.flags.QR,
    )


def _addresses(records: list[dns.rrset.RRset]) -> Iterator[str]:
    for record in records:
        if record.rdclass == dns.rdataclass.IN and dns.rdatatype.to_text(record.rdtype) in ADDRESS_TYPES:
            yield record[0].address


def _parse_header(wire: bytes) -> Reply:
    """What is left when dnspython gives up: the id and the flags, if they came."""
    if len(wire) < 2:
        return Reply(malformed=True)
    if len(wire) < 4:
        return Reply(id=struct.unpack_from("!H", wire)[0], malformed=True)
    message_id, flags = struct.unpack_from("!HH", wire)
    return Reply(id=message_id, flags=flags, rcode=dns.rcode.to_text(dns.rcode.Rcode(flags & 0xF)), malformed=True)
