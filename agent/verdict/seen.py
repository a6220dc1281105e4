"""What a sweep saw, gathered from its rows: lookups, tries, and the line around them. It is not yet judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from agent.verdict.fingerprints import DATA_CENTRE, SCOPE_OF_PAGE, UNKNOWN, is_bogon
from probes.failures import CERTIFICATE_FAILURES
from probes.observation import Observation

#: Nothing came back before the deadline: ours, or the kernel's.
SILENCE = frozenset({"generic_timeout_error", "timed_out"})
#: Variations that repeat the endpoint as it is. The others change one thing.
PLAIN = frozenset({"first", "fresh_port"})
#: Questions sent to an address where no resolver is: about the endpoint's own name, and about innocent ones.
NO_RESOLVER_HERE, INNOCENT_HERE = "no_resolver_here", "innocent_no_resolver"
#: A question about an innocent name, to a resolver that is silent about the endpoint's own.
INNOCENT_BESIDE = "innocent_beside"
#: A question to the system's resolver about a name that cannot exist.
RANDOM_NAME = "random_name"
#: Variations that try a control under its own name over QUIC: abroad, and in the country.
CONTROL_ABROAD, CONTROL_AT_HOME = "control_abroad", "control_at_home"
#: Variation in which the answer is to come in short packets.
SHORT = "short_segments_here"
#: Variation that connects to another port of the same address: to learn whether anything there is within reach.
OTHER_PORT = "other_port"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """One question to one resolver and every reply to it, in order of arrival."""

    resolver: str
    transport: str
    query_type: str
    replies: tuple[Observation, ...]
    variation: str = "first"

    @property
    def answered(self) -> bool:
        """Whether a DNS message came back to it, readable or not. A port that is said to be closed is no answer."""
        stray = "dns_reply_with_wrong_query_id"
        return any(reply.reply_index is not None and reply.failure != stray for reply in self.replies)

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


@dataclass(frozen=True, kw_only=True)
class Try:
    """One connection and what was done over it. A step that was not reached is None.

    Every rule asks the same of it, so it keeps its answers; that is why it has no slots.
    """

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

    @cached_property
    def steps(self) -> tuple[Observation, ...]:
        return tuple(step for step in (self.connect, self.tls, self.http) if step is not None)

    def at(self, layer: str) -> Observation | None:
        """The step at that layer, tls or http."""
        return self.tls if layer == "tls" else self.http

    @cached_property
    def failure(self) -> str:
        """The first failure on the way; empty when every step went well."""
        return next((step.failure for step in self.steps if step.failure), "")

    @cached_property
    def went_well(self) -> bool:
        """Whether every step succeeded, and the answer is neither a filter's page nor a stranger's to an app's POST.

        Behind a valid certificate it is the server's own, whatever it looks like.
        """
        if self.failure or self.tls is not None or self.http is None:
            return self.failure == ""
        is_filters = self.http.fingerprint in SCOPE_OF_PAGE or self.http.fingerprint == UNKNOWN
        return not is_filters and _is_the_apps(self.http)

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


def _is_the_apps(answer: Observation) -> bool:
    """Whether an answer in clear can be the app's own server's: asked by POST, a data centre answers in its own way.

    Of an answer without a body the status alone is known.
    """
    if answer.method != "POST" or answer.fingerprint == DATA_CENTRE:
        return True
    return not answer.body_bytes and answer.status_code in {404, 501}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What others saw of an endpoint from elsewhere: helpers, each with its name in the rows' `observer`."""

    lookups: tuple[Lookup, ...] = ()
    tries: tuple[Try, ...] = ()
    #: The page that each fetched in the end, at whatever address.
    pages: tuple[Observation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What one sweep says of the line as a whole: against it a single endpoint's failure is weighed."""

    #: Resolvers that gave a control's name, or any other, an address in this sweep.
    working_resolvers: frozenset[str] = frozenset()
    #: Whether the system's resolver also left a question unanswered about a name that works: then packets get lost,
    #: and its silence about another name means nothing.
    loses_questions: bool = False
    #: Share of connections that met silence where the next ones came about: what this line loses.
    silent_share: float = 0.0
    #: Addresses and ports that took a connection: such an address is not out of reach as such.
    open_ports: frozenset[tuple[str, int | None]] = frozenset()
    #: Addresses that the system's resolver gave for names of several platforms, and that are proven for none: a pool
    #: of one platform is not shared with another, the server of a filter is.
    shared_strangers: frozenset[str] = frozenset()
    #: Tries of controls over QUIC, under their own names.
    quic_controls: tuple[Observation, ...] = ()
    #: Addresses without a resolver at which innocent names were asked, often enough, and no message came back: what
    #: answers there for another name was put on the way.
    unanswering: frozenset[str] = frozenset()
    #: Addresses that showed a known block page to whoever asked for any name.
    filters: frozenset[str] = frozenset()
    #: Addresses that the system's resolver gives for a name that cannot exist, and that are proven for none: the
    #: provider's search page.
    search_pages: frozenset[str] = frozenset()
    #: Platforms one of whose servers, with a valid certificate, refuses to serve this place (403, 451).
    refusing: frozenset[str] = frozenset()


def union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    """All members of all `sets`."""
    return frozenset().union(*sets)
