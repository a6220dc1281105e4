"""From flat observations to what a rule can ask of one endpoint: lookups, tries, and what they prove."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from agent.catalog.records import Endpoint
from agent.records import VantageState
from agent.verdict.fingerprints import MECHANISM_OF_PAGE, is_bogon
from probes.failures import CERTIFICATE_FAILURES
from probes.observation import Observation

#: Variations that repeat the endpoint as it is. The others change one thing.
PLAIN = frozenset({"first", "fresh_port"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """One question to one resolver and every reply to it, in order of arrival."""

    resolver: str
    transport: str
    query_type: str
    replies: tuple[Observation, ...]

    @property
    def answers(self) -> frozenset[str]:
        """Addresses of the first reply: the one that a program would have used."""
        return frozenset(self.replies[0].answers)

    @property
    def failure(self) -> str:
        return self.replies[0].failure

    @property
    def contradicts_itself(self) -> bool:
        """Whether two replies to the one question cannot both be honest.

        Two sets of public addresses can: a packet that the network doubled, or a question sent again, may draw two
        members of a pool from an honest resolver. An address where nothing can stand beside a public one cannot, nor
        can "no such name" beside an address.
        """
        kinds = {kind for reply in self.replies if (kind := _kind(reply))}
        return len(kinds) > 1

    @property
    def differs_from_itself(self) -> bool:
        """Whether replies to the one question share no address: one of them may be forged."""
        told = [frozenset(reply.answers) for reply in self.replies if reply.answers]
        return self.contradicts_itself or any(one.isdisjoint(other) for one in told for other in told)


def _kind(reply: Observation) -> str:
    """What sort of content a reply has; empty for one that says nothing, or is not to this question."""
    if reply.failure == "dns_reply_with_wrong_query_id":
        return ""
    if reply.answers:
        return "impossible" if any(is_bogon(address) for address in reply.answers) else "public"
    return {"dns_nxdomain_error": "no such name", "dns_no_answer": "no address"}.get(reply.failure, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One connection and what was done over it. A step that was not reached is None."""

    variation: str
    address: str
    connect: Observation
    tls: Observation | None = None
    http: Observation | None = None

    @property
    def steps(self) -> tuple[Observation, ...]:
        return tuple(step for step in (self.connect, self.tls, self.http) if step is not None)

    @property
    def failure(self) -> str:
        """The first failure on the way; empty when every step went well."""
        return next((step.failure for step in self.steps if step.failure), "")

    @property
    def went_well(self) -> bool:
        """Whether every step succeeded and the answer is not a known block page."""
        return self.failure == "" and not any(step.fingerprint in MECHANISM_OF_PAGE for step in self.steps)

    @property
    def connected(self) -> bool:
        return self.connect.succeeded

    @property
    def shook_hands(self) -> bool:
        """Whether a server completed the handshake, whatever certificate it showed."""
        return self.tls is not None and (self.tls.succeeded or self.tls.failure in CERTIFICATE_FAILURES)

    @property
    def answered(self) -> bool:
        """Whether a server answered at the layer that the endpoint is made of (handshake, or plain HTTP).

        An alert is an answer: a server that does not know a name may say so.
        """
        if self.tls is not None:
            return self.shook_hands or self.tls.failure.startswith("tls_alert_")
        return self.http.status_code is not None if self.http is not None else self.connected


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything that one sweep knows of one endpoint."""

    endpoint: Endpoint
    retired: bool = False
    vantage: VantageState = VantageState.NORMAL
    #: All lookups of the endpoint's name in this sweep, whichever target asked.
    lookups: tuple[Lookup, ...] = ()
    #: All tries of this endpoint in this sweep.
    tries: tuple[Try, ...] = ()
    #: Why the endpoint, or a part of it, was left out; empty when nothing was.
    not_run: tuple[Observation, ...] = ()
    #: Addresses that showed a valid certificate for the endpoint's name in this sweep, on any port.
    proven: frozenset[str] = frozenset()
    #: Resolvers that gave a control's name an address in this sweep.
    working_resolvers: frozenset[str] = frozenset()
    #: Whether another target of the platform is `blocked` in this sweep, by an artefact.
    corroborated: bool = False

    # Names -------------------------------------------------------------------------------------------------------

    @cached_property
    def system(self) -> tuple[Lookup, ...]:
        return tuple(lookup for lookup in self.lookups if lookup.resolver == "system")

    @cached_property
    def controls(self) -> tuple[Lookup, ...]:
        """Lookups by resolvers that are not the system's."""
        return tuple(lookup for lookup in self.lookups if lookup.resolver != "system")

    @cached_property
    def told(self) -> frozenset[str]:
        """Addresses that the system's resolver gives: what an ordinary program here would use."""
        return union(lookup.answers for lookup in self.system)

    @cached_property
    def told_by_controls(self) -> frozenset[str]:
        return union(lookup.answers for lookup in self.controls)

    @property
    def name_works(self) -> bool:
        """Whether the system's resolver gives an address that proves itself."""
        return bool(self.told & self.proven)

    @cached_property
    def suspect(self) -> frozenset[str]:
        """Addresses out of replies that differ from each other: one of them may be forged, and nobody knows which."""
        return union(
            frozenset(reply.answers)
            for lookup in self.lookups
            if lookup.transport == "udp" and lookup.differs_from_itself
            for reply in lookup.replies
        )

    @cached_property
    def genuine(self) -> frozenset[str]:
        """Addresses that are the endpoint's own, as far as one can know: built in, proven, or told by two parties."""
        agreed = (self.told & self.told_by_controls) - self.suspect
        by_doh = union(lookup.answers for lookup in self.controls if lookup.transport == "doh")
        known = frozenset(self.endpoint.addresses) | self.proven | agreed | by_doh
        return frozenset(address for address in known if not is_bogon(address))

    # Connections -------------------------------------------------------------------------------------------------

    @cached_property
    def plain_tries(self) -> tuple[Try, ...]:
        """Tries of the endpoint as it is, at addresses that no forged reply is known to have given.

        What came from a poisoned address says nothing of the platform (design 5). IPv6 counts only when it works, or
        where IPv4 was not tried: a dead IPv6 says nothing either (design 4.1).
        """
        tries = [
            one
            for one in self.tries
            if one.variation in PLAIN and (one.address in self.genuine or one.address not in self.suspect)
        ]
        over_ipv4 = [one for one in tries if ":" not in one.address]
        return tuple(tries if not over_ipv4 or any(one.went_well for one in tries) else over_ipv4)

    def varied(self, variation: str) -> tuple[Try, ...]:
        return tuple(one for one in self.tries if one.variation == variation)

    @property
    def repeated(self) -> bool:
        """Whether the endpoint failed on at least two connections of its own."""
        return sum(one.failure != "" for one in self.plain_tries) >= 2

    @property
    def works(self) -> bool:
        """Whether the endpoint answered as it should, by whatever way its address was found."""
        return any(one.went_well for one in self.plain_tries)

    @property
    def reachable(self) -> bool:
        """Whether it works at an address that the system's resolver gives and that proves itself by a certificate.

        On a line that is not normal nothing less will do: what a bare address answers may be a log-in page's.
        """
        return self.works and self.name_works


def union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    """All members of all `sets`."""
    return frozenset().union(*sets)


def lookups_of(observations: Iterable[Observation]) -> dict[str, tuple[Lookup, ...]]:
    """Lookups by name asked. A question is the rows that share a connection id."""
    questions: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for row in observations:
        if row.operation == "resolve" and row.was_run:
            questions[row.hostname, row.connection_id].append(row)
    found: dict[str, list[Lookup]] = defaultdict(list)
    for (hostname, _), replies in questions.items():
        replies.sort(key=lambda reply: -1 if reply.reply_index is None else reply.reply_index)
        first = replies[0]
        found[hostname].append(
            Lookup(
                resolver=first.resolver,
                transport=first.transport,
                query_type=first.query_type,
                replies=tuple(replies),
            )
        )
    return {hostname: tuple(lookups) for hostname, lookups in found.items()}


def tries_of(observations: Iterable[Observation]) -> dict[tuple[str, str], tuple[Try, ...]]:
    """Tries by (target, endpoint id), redirects left out: they are endpoints of their own."""
    connections: dict[tuple[str, str, str], dict[str, Observation]] = defaultdict(dict)
    for row in observations:
        if row.operation in {"connect", "tls_handshake", "http_round_trip"} and row.was_run and row.hop == 0:
            connections[row.target, row.endpoint, row.connection_id][row.operation] = row
    found: dict[tuple[str, str], list[Try]] = defaultdict(list)
    for (target, endpoint, _), steps in connections.items():
        if connect := steps.get("connect"):
            found[target, endpoint].append(
                Try(
                    variation=connect.variation,
                    address=connect.address,
                    connect=connect,
                    tls=steps.get("tls_handshake"),
                    http=steps.get("http_round_trip"),
                )
            )
    return {key: tuple(tries) for key, tries in found.items()}


def proofs_of(observations: Iterable[Observation]) -> Mapping[str, frozenset[str]]:
    """Addresses by name that showed a valid certificate for it, when it was asked for by that name."""
    proofs: dict[str, set[str]] = defaultdict(set)
    for row in observations:
        if row.operation == "tls_handshake" and row.succeeded and row.server_name == row.hostname != "":
            proofs[row.hostname].add(row.address)
    return {hostname: frozenset(addresses) for hostname, addresses in proofs.items()}


def working_resolvers_of(observations: Sequence[Observation]) -> frozenset[str]:
    """Resolvers that gave any name an honest-looking address: they are alive, so their silence means something."""
    return frozenset(
        row.resolver
        for row in observations
        if row.operation == "resolve" and row.succeeded and any(not is_bogon(address) for address in row.answers)
    )
