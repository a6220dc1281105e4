"""One question to one resolver, and every reply to it: by the system, over UDP or TCP, by DoT or DoH.

Over UDP the first answer does not win: the socket keeps listening, and what comes is kept, forged or true.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from probes import dns_stream, doh
from probes.certificate import TrustStore
from probes.dns_datagrams import Conversation
from probes.dns_messages import Reply, parse, query
from probes.failures import failure_of
from probes.limits import Limits
from probes.network import Network
from probes.observation import Observation
from probes.resolver import Resolver
from probes.secure_post import Outcome
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
    #: Whether the question is spelt with letters of either case, by chance.
    mixed: bool
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

    def question(self) -> bytes:
        """The message to send. Raises `UnicodeError` for a name that none can carry."""
        return query(self.hostname, self.query_type, mixed=self.mixed)[1]

    def outcome_row(self, outcome: Outcome, *, question: bytes) -> Observation:
        """The observation of the one message, or failure, that a connection for `question` brought."""
        row = self.row(outcome.failure) if outcome.failure else self.reply_row(outcome.reply, 0, question=question)
        return replace(row, bytes_sent=outcome.bytes_sent, bytes_received=outcome.bytes_received)

    def reply_row(self, wire: bytes, index: int, *, question: bytes) -> Observation:
        """The observation of one message that came after `question` was sent."""
        reply, asked = parse(wire), parse(question)
        told_apart = self.mixed and reply.question_name == asked.question_name
        return self.row(
            _failure_of_reply(reply, asked),
            case_echoed=reply.question_spelling == asked.question_spelling if told_apart else None,
            reply_index=index,
            dns_rcode=reply.rcode,
            dns_flags=reply.flags,
            ttl_s=reply.ttl_s,
            answers=reply.answers,
            answer_types=reply.answer_types,
            bytes_received=len(wire),
        )


async def look_up(
    network: Network,
    resolver: Resolver,
    hostname: str,
    query_type: str,
    *,
    limits: Limits,
    trust: TrustStore,
    mixed: bool = True,
) -> AsyncIterator[Observation]:
    """Ask `resolver` for the A or AAAA records of `hostname`: one observation per reply, as it arrives.

    `mixed`: over UDP, TCP and DoT the name is spelt in letters of either case, by chance, and the row says whether the
    reply spells it so too (0x20, draft-vixie-dnsext-dns0x20). Over DoH it never is, so that a cache may answer.

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
        mixed=mixed and resolver.transport != "doh",
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
    try:
        wire = lookup.question()
    except UnicodeError as error:
        yield lookup.row(failure_of(error))
        return
    resolver = lookup.resolver
    outcome = await dns_stream.exchange(
        lookup.network, wire, address=resolver.address, port=resolver.port, limits=lookup.limits
    )
    yield lookup.outcome_row(outcome, question=wire)


async def _ask_dot(lookup: _Lookup) -> AsyncIterator[Observation]:
    """The same in TLS (RFC 7858), of a server that proves its name."""
    try:
        wire = lookup.question()
    except UnicodeError as error:
        yield lookup.row(failure_of(error))
        return
    resolver = lookup.resolver
    outcome = await dns_stream.exchange_over_tls(
        lookup.network,
        wire,
        host=resolver.host,
        address=resolver.address,
        port=resolver.port,
        limits=lookup.limits,
        trust=lookup.trust,
    )
    yield lookup.outcome_row(outcome, question=wire)


async def _ask_udp(lookup: _Lookup) -> AsyncIterator[Observation]:
    """One question, sent again with the same id when half the time-out brought nothing; every datagram is kept."""
    try:
        wire = lookup.question()
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
        wire = lookup.question()
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
    yield lookup.outcome_row(outcome, question=question)


#: How each transport asks; a new one is a function and a row.
TRANSPORTS: Mapping[str, Callable[[_Lookup], AsyncIterator[Observation]]] = MappingProxyType(
    {"system": _ask_system, "udp": _ask_udp, "tcp": _ask_tcp, "dot": _ask_dot, "doh": _ask_doh}
)
