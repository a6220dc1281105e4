"""What a rule can ask of one endpoint: its lookups, its tries, what they prove, and the line around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from agent.catalog.records import Endpoint
from agent.records import VantageState
from agent.verdict.fingerprints import is_bogon
from agent.verdict.seen import PLAIN, Lookup, Outside, Surroundings, Try, union
from probes.observation import Observation


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything that one sweep knows of one endpoint, or of one hop of its redirects."""

    #: Of a hop what its rows tell: name, protocol and port. No row holds its path.
    endpoint: Endpoint
    #: Redirects followed from the catalog's endpoint to this one.
    hop: int = 0
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
    #: What helpers elsewhere saw of the endpoint. Empty where none was asked, or none answered.
    outside: Outside = field(default_factory=Outside)

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
