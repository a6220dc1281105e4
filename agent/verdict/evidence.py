"""What a rule can ask of one endpoint: its lookups, its tries, what they prove, and the line around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from agent.catalog.records import Endpoint
from agent.records import VantageState
from agent.verdict.fingerprints import is_bogon
from agent.verdict.seen import PLAIN, Lookup, Outside, Surroundings, Try, union
from probes.observation import Observation
from probes.resolver import SECURE


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
    #: Questions about the name that were sent to an address where no resolver is.
    at_no_resolver: tuple[Lookup, ...] = ()
    #: All tries of this endpoint in this sweep.
    tries: tuple[Try, ...] = ()
    #: All tries of it over QUIC in this sweep, of whatever variation.
    quic: tuple[Observation, ...] = ()
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
    #: Whether it is somebody else's measurement: then nothing was tried twice, and what a control abroad saw at the
    #: same time stands in place of a second try.
    imported: bool = False

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
        serving = {one.address for one in self.tries if one.variation in PLAIN and one.went_well}
        if serving & self.told & self.forged and self._pages(self.told_securely):
            return bool(self.told & self.alike)
        return bool(serving & self.told - (self.suspect - self.genuine - self.forged))

    @cached_property
    def told_securely(self) -> frozenset[str]:
        """Addresses by DoT or DoH, where a certificate says who answers: nobody on the path can have put them there."""
        return union(lookup.answers for lookup in self.controls if lookup.transport in SECURE)

    def shares_network(self, addresses: frozenset[str]) -> bool:
        """Whether answers with one of `addresses` are of a network that answers with a proven one are of too.

        Without a table of networks none is known to be.
        """
        theirs, own = self._networks_of(addresses), self._networks_of(self.proven - addresses)
        return not theirs.isdisjoint(own)

    def _networks_of(self, addresses: frozenset[str]) -> frozenset[str]:
        replies = (reply for lookup in self.lookups for reply in lookup.replies)
        return union(frozenset(row.answer_asns) for row in replies if not addresses.isdisjoint(row.answers))

    @cached_property
    def injected(self) -> tuple[Observation, ...]:
        """Replies to questions about the name from where no resolver is: two questions or more were answered there.

        An innocent name's questions are not answered there, so it is no proxy that answers for all. Replies with true
        addresses are none, DoH's or proven ones to which nobody is led: those may be out of a cache on the way.
        """
        answered = [
            lookup
            for lookup in self.at_no_resolver
            if lookup.answered and lookup.replies[0].address in self.surroundings.unanswering
        ]
        replies = tuple(reply for lookup in answered for reply in lookup.replies if reply.reply_index is not None)
        told = union(frozenset(reply.answers) for reply in replies)
        true = self.told_securely | (self.proven - self.told)
        return replies if len(answered) > 1 and not (told and told <= true) else ()

    @cached_property
    def forged(self) -> frozenset[str]:
        """Addresses that injected replies give."""
        return union(frozenset(reply.answers) for reply in self.injected)

    @cached_property
    def suspect(self) -> frozenset[str]:
        """Addresses that may be forged: of replies that differ from each other, of injected ones, of search pages."""
        differing = union(
            frozenset(reply.answers)
            for lookup in self.lookups
            if lookup.transport == "udp" and lookup.differs_from_itself
            for reply in lookup.replies
        )
        return differing | self.forged | self.surroundings.search_pages

    @cached_property
    def genuine(self) -> frozenset[str]:
        """Addresses that are the endpoint's own, as far as one can know: built in, proven, or told by two parties."""
        agreed = (self.told & self.told_by_controls) - self.suspect
        known = frozenset(self.endpoint.addresses) | self.proven | agreed | self.told_securely | self.alike
        return frozenset(address for address in known if not is_bogon(address))

    @cached_property
    def alike(self) -> frozenset[str]:
        """Forged addresses whose plain page is the one that stands where DoH leads: a proxy that fetches it."""
        true = self._pages(self.told_securely)
        return frozenset(address for address in self.forged if not true.isdisjoint(self._pages(frozenset({address}))))

    def _pages(self, addresses: frozenset[str]) -> frozenset[tuple[int | None, str, str]]:
        """Status, title and redirect of each page that was had in the clear at these addresses."""
        answers = (one.http for one in self.tries if one.variation in PLAIN and one.address in addresses)
        had = (http for http in answers if http is not None and http.succeeded)
        return frozenset((http.status_code, http.title, http.location) for http in had)

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

    @cached_property
    def works(self) -> bool:
        """Whether the endpoint answered as it should, by whatever way its address was found."""
        return any(one.went_well for one in self.plain_tries)

    @property
    def reachable(self) -> bool:
        """Whether it works at an address that the system's resolver gives and that proves itself by a certificate.

        On a line that is not normal nothing less will do: what a bare address answers may be a log-in page's.
        """
        return self.works and self.name_works
