"""What helpers elsewhere saw, as far as they are believed; and what speaks against making anything of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.catalog.records import Endpoint
from agent.verdict.evidence import Evidence
from agent.verdict.fingerprints import is_bogon
from agent.verdict.seen import PLAIN, Lookup, Outside, Try, union
from agent.verdict.signs import some
from probes.observation import Observation

#: Variations of what a helper is asked besides, to know it by: an address that answers (a control, which proved itself
#: here a moment ago) and one where nobody can be. Who cannot reach the one is itself cut off; who reaches the other
#: says yes to everything.
KNOWN_TO_ANSWER, KNOWN_TO_BE_EMPTY = "known_to_answer", "known_to_be_empty"
#: Ports of the web, which every line lets pass. Others an office may have closed.
WEB_PORTS = frozenset({80, 443})


def believed(outside: Outside) -> frozenset[str]:
    """The helpers that do not err about what is known."""
    observers = {row.observer for one in outside.tries for row in one.steps}
    observers |= {row.observer for row in outside.pages}
    observers |= {lookup.replies[0].observer for lookup in outside.lookups}
    erring = {
        one.connect.observer
        for one in outside.tries
        if (one.variation == KNOWN_TO_BE_EMPTY and one.connected)
        or (one.variation == KNOWN_TO_ANSWER and not one.connected)
    }
    return frozenset(observers - erring)


def serves(endpoint: Endpoint, view: Try) -> bool:
    """Whether a helper got through to a server of the endpoint's: its connection, and a certificate for the name.

    A service whose clients trust its own authority alone shows a helper a certificate that it knows nobody of.
    """
    if endpoint.protocol != "https" or not view.connected:
        return view.connected
    own_authority = endpoint.trust != "web" and view.tls is not None and view.tls.failure == "ssl_unknown_authority"
    return view.tls is not None and (view.tls.succeeded or own_authority)


def views(evidence: Evidence, address: str) -> list[Try]:
    """What believed helpers saw at an address that was tried here, at the endpoint's own port."""
    return [
        one
        for one in evidence.outside.tries
        if one.variation in PLAIN and (one.address, one.connect.port) == (address, evidence.endpoint.port)
        if is_believed(evidence, one.connect.observer)
    ]


def lookups(evidence: Evidence) -> list[Lookup]:
    """What the resolvers of believed helpers say of the name."""
    return [one for one in evidence.outside.lookups if is_believed(evidence, one.replies[0].observer)]


def pages(evidence: Evidence) -> list[Observation]:
    """Answers of any status that believed helpers got in the end."""
    return [row for row in evidence.outside.pages if row.succeeded and is_believed(evidence, row.observer)]


def is_believed(evidence: Evidence, observer: str) -> bool:
    return observer in believed(evidence.outside)


def are_vouched_for(evidence: Evidence) -> bool:
    """Whether the addresses tried are the endpoint's own, as far as one can know; a helper's resolver counts."""
    theirs = union(one.answers for one in lookups(evidence))
    own = evidence.genuine | (evidence.told & theirs)
    return all(one.address in own and not is_bogon(one.address) for one in evidence.plain_tries)


def passes_port(evidence: Evidence) -> bool:
    """Whether this line lets connections to the port pass at all, be it elsewhere."""
    port = evidence.endpoint.port
    return port in WEB_PORTS or any(port == other for _, other in evidence.surroundings.open_ports)


def is_unwelcome(evidence: Evidence) -> bool:
    """Whether a server of the platform that proves itself refuses this place: then others may shut it out unsaid."""
    return any(one.connect.platform in evidence.surroundings.refusing for one in evidence.plain_tries)


def last_steps(views: Iterable[Try]) -> Sequence[Observation]:
    return some(view.steps[-1] for view in dict.fromkeys(views)) or ()


def failures_of_ipv4(endpoint: Endpoint, tries: Sequence[Try]) -> Sequence[Try]:
    """Tries over IPv4 of a site that proves itself over IPv6, where none of them connects. Empty: it is otherwise."""
    over_ipv4 = [one for one in tries if ":" not in one.address]
    if endpoint.protocol != "https" or any(one.connected for one in over_ipv4):
        return ()
    return over_ipv4 if any(one.went_well for one in tries) else ()
