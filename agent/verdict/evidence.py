"""What a rule can ask of one endpoint: its lookups, its tries, what they prove, and the line around them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from agent.catalog.records import Endpoint
from agent.records import VantageState
from agent.verdict.fingerprints import MECHANISM_OF_PAGE, is_bogon
from probes.failures import CERTIFICATE_FAILURES
from probes.observation import Observation

#: Nothing came back before the deadline: ours, or the kernel's.
SILENCE = frozenset({"generic_timeout_error", "timed_out"})
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
        """Whether two replies to the one question cannot both be honest: an impossible address beside a public one.

        Two sets of public addresses can: a packet that the network doubled, or a question sent again, may draw two
        members of a pool from an honest resolver.
        """
        return {"impossible", "public"} <= self._kinds

    @property
    def denies_itself(self) -> bool:
        """Whether one reply gives an address and another says that there is none.

        A doubled question may draw that from an honest resolver too, once: its machines need not have heard the same
        while a zone is being repaired.
        """
        return bool(self._kinds & {"impossible", "public"}) and "denial" in self._kinds

    @property
    def differs_from_itself(self) -> bool:
        """Whether two replies to the one question give public addresses and share none: one may be forged."""
        told = [public for reply in self.replies if (public := {one for one in reply.answers if not is_bogon(one)})]
        return any(one.isdisjoint(other) for one in told for other in told)

    @property
    def _kinds(self) -> set[str]:
        return {kind for reply in self.replies if (kind := _kind(reply))}


def _kind(reply: Observation) -> str:
    """What sort of content a reply has; empty for one that says nothing, or is not to this question."""
    if reply.failure == "dns_reply_with_wrong_query_id":
        return ""
    if reply.answers:
        return "impossible" if any(is_bogon(address) for address in reply.answers) else "public"
    return "denial" if reply.failure in {"dns_nxdomain_error", "dns_no_answer"} else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One connection and what was done over it. A step that was not reached is None."""

    variation: str
    address: str
    connect: Observation
    tls: Observation | None = None
    http: Observation | None = None

    @classmethod
    def of(cls, steps: Iterable[Observation]) -> Try | None:
        """The try that the rows of one connection make; None without the row of its connect."""
        by_operation = {step.operation: step for step in steps}
        if (connect := by_operation.get("connect")) is None:
            return None
        return cls(
            variation=connect.variation,
            address=connect.address,
            connect=connect,
            tls=by_operation.get("tls_handshake"),
            http=by_operation.get("http_round_trip"),
        )

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What one sweep says of the line as a whole: against it a single endpoint's failure is weighed."""

    #: Resolvers that gave a control's name, or any other, an address in this sweep.
    working_resolvers: frozenset[str] = frozenset()
    #: Whether the system's resolver also left a question unanswered about a name that works: then packets get lost,
    #: and its silence about another name means nothing.
    loses_questions: bool = False
    #: Addresses and ports that took a connection: such an address is not out of reach as such.
    open_ports: frozenset[tuple[str, int | None]] = frozenset()
    #: Addresses that the system's resolver gave for names of several platforms, and that are proven for none: a pool
    #: of one platform is not shared with another, the server of a filter is.
    shared_strangers: frozenset[str] = frozenset()


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
    #: Whether another target of the platform is `blocked` in this sweep, by an artefact.
    corroborated: bool = False
    #: What the rest of the sweep says of the line and of the addresses on it.
    surroundings: Surroundings = field(default_factory=Surroundings)

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

    @property
    def name_serves(self) -> bool:
        """Whether what the system's resolver gives is good for use.

        It is when an address proves itself. Where nothing of this name can (no TLS is spoken), an address that works
        will do, if no differing reply gave it.
        """
        if self.name_works or self.proven:
            return self.name_works
        return any(one.went_well and one.address in self.told for one in self.plain_tries)

    @cached_property
    def told_securely(self) -> frozenset[str]:
        """Addresses by DoH, where a certificate says who answers: nobody on the path can have put them there."""
        return union(lookup.answers for lookup in self.controls if lookup.transport == "doh")

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
        known = frozenset(self.endpoint.addresses) | self.proven | agreed | self.told_securely
        return frozenset(address for address in known if not is_bogon(address))

    @cached_property
    def disowned(self) -> frozenset[str]:
        """Addresses of the system's resolver that nothing vouches for, where another resolver's address is proven.

        That others over the line say the same is no voucher: one forger answers for all of them.
        """
        proven_elsewhere = (self.told_by_controls - self.told) & self.proven
        return self.told - self.proven - self.told_securely if proven_elsewhere else frozenset()

    # Connections -------------------------------------------------------------------------------------------------

    @cached_property
    def plain_tries(self) -> tuple[Try, ...]:
        """Tries of the endpoint as it is, at addresses that no forged reply is known to have given.

        What came from a poisoned address says nothing of the platform. IPv6 counts only when it works, or where IPv4
        was not tried: a dead IPv6 says nothing either (docs/method.md 6).
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
    def open_beside(self) -> bool:
        """Whether one of the addresses tried took a connection on another port than this endpoint's."""
        tried = {one.address for one in self.plain_tries}
        return any(address in tried and port != self.endpoint.port for address, port in self.surroundings.open_ports)

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
