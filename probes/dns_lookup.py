"""One question to one resolver, and every reply to it: by the system, over UDP, over TCP, or by DoH.

Over UDP the first answer does not win: the socket keeps listening, and what comes is kept, forged or true.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from probes import doh
from probes.certificate import TrustStore
from probes.dns_datagrams import Conversation
from probes.dns_messages import Reply, parse, query
from probes.failures import failure_of
from probes.limits import Limits
from probes.network import Network
from probes.observation import Observation
from probes.resolver import Resolver
from probes.stopwatch import Stopwatch

__all__ = ["TRANSPORTS", "Resolver", "look_up"]

#: Response codes that have a failure of their own; every other one but NOERROR is `dns_server_misbehaving`.
RCODE_FAILURES = MappingProxyType(
    {"NXDOMAIN": "dns_nxdomain_error", "REFUSED": "dns_refused_error", "SERVFAIL": "dns_servfail_error"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lookup:
    """One lookup in hand: what to ask, whom, within which bounds, and since when."""

    network: Network
    resolver: Resolver
    hostname: str
    query_type: str
    limits: Limits
    trust: TrustStore
    watch: Stopwatch

    def row(self, failure: str = "", **more: object) -> Observation:
        """An observation of this lookup, ended now."""
        explicit = self.resolver.transport != "system"
        row = Observation(
            observed_at=self.watch.started_at,
            operation="resolve",
            failure=failure,
            duration_ms=self.watch.elapsed_ms(),
            hostname=self.hostname,
            resolver=self.resolver.name,
            transport=self.resolver.transport,
            query_type=self.query_type,
            address=self.resolver.address if explicit else "",
            port=self.resolver.own_port if explicit else None,
        )
        return replace(row, **more)  # type: ignore[arg-type] # the callers are below, each with columns of the record

    def reply_row(self, wire: bytes, index: int, *, question: bytes) -> Observation:
        """The observation of one message that came after `question` was sent."""
        reply = parse(wire)
        return self.row(
            _failure_of_reply(reply, parse(question)),
            reply_index=index,
            dns_rcode=reply.rcode,
            dns_flags=reply.flags,
            ttl_s=reply.ttl_s,
            answers=reply.answers,
            answer_types=reply.answer_types,
            bytes_received=len(wire),
        )


async def look_up(
    network: Network, resolver: Resolver, hostname: str, query_type: str, *, limits: Limits, trust: TrustStore
) -> AsyncIterator[Observation]:
    """Ask `resolver` for the A or AAAA records of `hostname`: one observation per reply, as it arrives.

    When nothing arrives there is one observation, with the failure and no reply index. Whoever leaves the
    loop early closes the generator (`contextlib.aclosing`), or a socket stays open until it is collected.
    Raises `FenceError`, `KeyError` for an unknown transport, `ValueError` for a resolver's bad address.
    """
    lookup = _Lookup(
        network=network,
        resolver=resolver,
        hostname=hostname,
        query_type=query_type,
        limits=limits,
        trust=trust,
        watch=Stopwatch(),
    )
    async for observation in TRANSPORTS[resolver.transport](lookup):
        yield observation


def _failure_of_reply(reply: Reply, question: Reply) -> str:
    """What a reply says went wrong, the reply's own form first."""
    if reply.id is not None and reply.id != question.id:
        return "dns_reply_with_wrong_query_id"
    same_question = (reply.question_name, reply.question_type) == (question.question_name, question.question_type)
    if reply.malformed or not same_question:
        return "dns_reply_malformed"
    if reply.rcode != "NOERROR":
        return RCODE_FAILURES.get(reply.rcode, "dns_server_misbehaving")
    if reply.answers:
        return ""
    return "dns_server_misbehaving" if reply.truncated else "dns_no_answer"


async def _ask_system(lookup: _Lookup) -> AsyncIterator[Observation]:
    """The system tells addresses and nothing of the messages: no response code, no time to live."""
    ip_version = 4 if lookup.query_type == "A" else 6
    try:
        async with asyncio.timeout(lookup.limits.system_dns_timeout_s):
            answers = await lookup.network.resolve(lookup.hostname, ip_version)
    except (OSError, UnicodeError) as error:
        yield lookup.row(failure_of(error))
        return
    failure = "" if answers else "dns_no_answer"
    yield lookup.row(failure, reply_index=0, answers=answers, answer_types=(lookup.query_type,) * len(answers))


async def _ask_tcp(lookup: _Lookup) -> AsyncIterator[Observation]:
    """One question and one reply, each after its length (RFC 1035 4.2.2)."""
    connection: socket.socket | None = None
    try:
        _, wire = query(lookup.hostname, lookup.query_type)
        async with asyncio.timeout(lookup.limits.dns_timeout_s):
            connection = await lookup.network.open_tcp(lookup.resolver.address, lookup.resolver.port)
            await asyncio.get_running_loop().sock_sendall(connection, struct.pack("!H", len(wire)) + wire)
            (length,) = struct.unpack("!H", await _read_exactly(connection, 2))
            reply = await _read_exactly(connection, min(length, lookup.limits.dns_message_bytes))
    except (OSError, EOFError, UnicodeError) as error:
        yield lookup.row("eof_error" if isinstance(error, EOFError) else failure_of(error))
        return
    finally:
        if connection is not None:
            connection.close()
    row = lookup.reply_row(reply, 0, question=wire)
    yield replace(row, bytes_sent=2 + len(wire), bytes_received=2 + len(reply))


async def _read_exactly(connection: socket.socket, count: int) -> bytes:
    """`count` bytes. Raises `EOFError` when the peer closes before."""
    data = b""
    while len(data) < count:
        more = await asyncio.get_running_loop().sock_recv(connection, count - len(data))
        if not more:
            raise EOFError(f"The resolver closed after {len(data)} of {count} bytes.")
        data += more
    return data


async def _ask_udp(lookup: _Lookup) -> AsyncIterator[Observation]:
    """One question, sent again with the same id when half the time-out brought nothing; every datagram is kept."""
    try:
        _, wire = query(lookup.hostname, lookup.query_type)
        datagrams = lookup.network.open_udp(lookup.resolver.address, lookup.resolver.port)
    except (OSError, UnicodeError) as error:
        yield lookup.row(failure_of(error))
        return
    conversation = Conversation(datagrams, wire, lookup.limits)
    index = 0
    with datagrams:
        async for datagram in conversation.replies():
            # The bytes of the question are counted once, with its first reply.
            sent = conversation.bytes_sent if index == 0 else 0
            yield replace(lookup.reply_row(datagram, index, question=wire), bytes_sent=sent)
            index += 1
    if index == 0:
        yield lookup.row(conversation.failure, bytes_sent=conversation.bytes_sent, bytes_received=0)


async def _ask_doh(lookup: _Lookup) -> AsyncIterator[Observation]:
    """Over HTTPS (RFC 8484) the id is 0, so that a cache may answer; TLS says whose reply it is."""
    try:
        _, wire = query(lookup.hostname, lookup.query_type)
    except UnicodeError as error:
        yield lookup.row(failure_of(error))
        return
    question = b"\0\0" + wire[2:]
    outcome = await doh.exchange(
        lookup.network,
        question,
        url=lookup.resolver.url,
        address=lookup.resolver.address,
        limits=lookup.limits,
        trust=lookup.trust,
    )
    row = lookup.row(outcome.failure) if outcome.failure else lookup.reply_row(outcome.reply, 0, question=question)
    yield replace(row, bytes_sent=outcome.bytes_sent, bytes_received=outcome.bytes_received)


#: How each transport asks; a new one is a function and a row.
TRANSPORTS: Mapping[str, Callable[[_Lookup], AsyncIterator[Observation]]] = MappingProxyType(
    {"system": _ask_system, "udp": _ask_udp, "tcp": _ask_tcp, "doh": _ask_doh}
)
