"""What helpers elsewhere add to what was seen here. Every sign returns the observations that show it, or None.

A helper's word is never enough. It counts beside failures of our own that repeat, where it gets through to the very
addresses that fail here; and not at all from a helper that errs about what is known. What it cannot tell is a server
that shuts this country out at its door (docs/method.md 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.catalog.records import Endpoint
from agent.verdict.deeds import deed, mechanism_of
from agent.verdict.evidence import Evidence
from agent.verdict.fingerprints import is_bogon
from agent.verdict.seen import PLAIN, SILENCE, Outside, Try, union
from agent.verdict.signs import CONNECT_FAILURES, Witnesses, failed_connects, some
from agent.verdict.swap_signs import spared
from probes.failures import CERTIFICATE_FAILURES
from probes.observation import Observation

#: Variations of what a helper is asked besides, to know it by: an address that answers (a control, which proved itself
#: here a moment ago) and one where nobody can be. Who cannot reach the one is itself cut off; who reaches the other
#: says yes to everything.
KNOWN_TO_ANSWER, KNOWN_TO_BE_EMPTY = "known_to_answer", "known_to_be_empty"
#: How a connection fails that a server, or somebody on the way, makes fail. Where a helper gets through at the same
#: time, a server that is switched off no longer explains any of them.
KINDS_OF_CONNECT_FAILURE = CONNECT_FAILURES | {
    "connection_refused": "tcp.refused",
    "host_unreachable": "ip.unreachable",
    "network_unreachable": "ip.unreachable",
}
#: What is done to a stream, where a helper's success rules the server out. Neither alerts and certificates, which a
#: server may choose by who asks, nor an answer that begins and does not end, as on a slow line; nor damage in TLS,
#: which may be a version that only we do not speak.
BROKEN = {
    "tls": frozenset({"reset", "timeout", "close", "plaintext"}),
    "http": frozenset({"reset", "timeout", "close", "garble"}),
}
#: The layer that speaks first over a connection, by the endpoint's protocol. Some are only connected to.
LAYER_OF = {"https": "tls", "http": "http"}
#: A connection that came about and was reset before this computer could say so.
RESET_AT_ONCE = frozenset({"connection_reset", "connection_aborted"})
#: A resolver that could not be asked, and so says nothing of the name.
UNASKED = frozenset(
    {"generic_timeout_error", "connection_refused", "connection_reset", "eof_error", "host_unreachable"}
)
#: Ports of the web, which every line lets pass. Others an office may have closed.
WEB_PORTS = frozenset({80, 443})


def connects_outside(evidence: Evidence) -> Witnesses:
    """No connection comes about here, again and again, and helpers get through to all of the addresses."""
    own = failed_connects(evidence)
    if own is None or any(row.failure not in KINDS_OF_CONNECT_FAILURE for row in own):
        return None
    if evidence.endpoint.protocol in LAYER_OF and any(row.failure in RESET_AT_ONCE for row in own):
        return None  # those came about, and it is for the layer above to tell
    if all(":" in row.address for row in own):
        return None  # networks that do not reach each other over IPv6 for years are no censors
    return _with_proof(evidence, own) if _passes_port(evidence) else None


def kind_of_connect_failure(evidence: Evidence) -> Iterable[str]:
    return {KINDS_OF_CONNECT_FAILURE[one.connect.failure] for one in evidence.plain_tries}


def works_outside(evidence: Evidence, layer: str) -> Witnesses:
    """Connections here are broken at `layer`, or do not come about any more; helpers get what they want of the same
    addresses. Whoever punishes what was said shuts the port after it, so the two may be mixed.

    Of plain HTTP a helper must have seen the page as well: its connection alone says nothing of that.
    """
    tries = evidence.plain_tries
    broken = [one for one in tries if _deed(one, layer) in BROKEN[layer]]
    own = [one.steps[-1] for one in tries if one in broken or one.connect.failure in KINDS_OF_CONNECT_FAILURE]
    if LAYER_OF.get(evidence.endpoint.protocol) != layer or not broken or len(own) < len(tries):
        return None
    return _with_proof(evidence, own) if layer == "tls" or _pages(evidence) else None


def kind_without_trigger(evidence: Evidence, layer: str) -> Iterable[str]:
    """The mechanism of each deed, where it is not known what sets it off: `tls.reset.other` is the taxonomy's word where
    it is known not to be the name.

    Of connections that do not come about beside those that are broken, silence counts only twice: once is a packet.
    """
    other = "other" if _is_not_the_name(evidence, layer) else ""
    for one in evidence.plain_tries:
        if done := _deed(one, layer):
            yield mechanism_of(layer, done, other if (layer, done) == ("tls", "reset") else "")
    shut = [one.connect.failure for one in evidence.plain_tries if one.connect.failure in KINDS_OF_CONNECT_FAILURE]
    for failure in set(shut) - RESET_AT_ONCE:
        if failure not in SILENCE or sum(one in SILENCE for one in shut) > 1:
            yield KINDS_OF_CONNECT_FAILURE[failure]


def _is_not_the_name(evidence: Evidence, layer: str) -> bool:
    """Whether the name passes at an unrelated server, or connections are reset before it is said."""
    at_once = any(one.connect.failure in RESET_AT_ONCE for one in evidence.plain_tries)
    return at_once or spared(evidence, layer, "this_name_elsewhere")


def fails_outside(evidence: Evidence, layer: str) -> Witnesses:
    """The endpoint fails at `layer` here, again and again, and for every helper at the same addresses too.

    Not where an address may be forged: that a helper fails there as well says nothing of the platform.
    """
    tries = evidence.plain_tries
    if evidence.works or not evidence.repeated or _pages(evidence) or not _are_vouched_for(evidence):
        return None
    own = [one.connect if layer == "tcp" else one.at(layer) for one in tries]
    failed = [step for step in own if step is not None and step.failure]
    if len(failed) < len(tries) or (layer == "http" and evidence.endpoint.protocol != "http"):
        return None
    views = [_views(evidence, one.address) for one in tries]
    if not all(views) or not all(_fails_alike(evidence, view, layer, failed) for seen in views for view in seen):
        return None
    return (*failed, *_last_steps(view for seen in views for view in seen))


def no_such_name_outside(evidence: Evidence) -> Witnesses:
    """Nobody here has an address for the name, nor has a helper's resolver, which fails in the same way."""
    first = [lookup.replies[0] for lookup in evidence.lookups if lookup.query_type == "A"]
    own = [row for row in first if row.resolver == "system" or row.failure not in UNASKED]
    theirs = [one.replies[0] for one in evidence.outside.lookups if _is_believed(evidence, one.replies[0].observer)]
    failures = {row.failure for row in (*own, *theirs) if row.query_type == "A"}
    if not own or not theirs or any(row.answers for row in theirs) or evidence.told or evidence.told_by_controls:
        return None
    return (*own, *theirs) if failures in ({"dns_nxdomain_error"}, {"dns_no_answer"}) else None


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


def _deed(one: Try, layer: str) -> str:
    """What was done at `layer`. A connection that was reset had come about: a reset in its place is a refusal."""
    return "reset" if one.connect.failure in RESET_AT_ONCE else deed(one, layer)


def _with_proof(evidence: Evidence, own: Sequence[Observation]) -> Witnesses:
    """`own` and what helpers saw, where it repeats and they get through to every address that fails here."""
    tries = evidence.plain_tries
    views = [_views(evidence, one.address) for one in tries]
    if not evidence.repeated or not all(views) or _is_unwelcome(evidence):
        return None
    if not all(serves(evidence.endpoint, view) for seen in views for view in seen):
        return None  # a helper that fails there speaks for an outage, whatever another says
    proven_there = evidence.endpoint.protocol == "https" and evidence.endpoint.trust == "web"
    if not proven_there and not _are_vouched_for(evidence):
        return None
    return (*own, *_last_steps(view for seen in views for view in seen))


def _views(evidence: Evidence, address: str) -> list[Try]:
    """What believed helpers saw at an address that was tried here, at the endpoint's own port."""
    return [
        one
        for one in evidence.outside.tries
        if one.variation in PLAIN and (one.address, one.connect.port) == (address, evidence.endpoint.port)
        if _is_believed(evidence, one.connect.observer)
    ]


def _pages(evidence: Evidence) -> list[Observation]:
    """Answers of any status that believed helpers got in the end."""
    return [row for row in evidence.outside.pages if row.succeeded and _is_believed(evidence, row.observer)]


def _is_believed(evidence: Evidence, observer: str) -> bool:
    return observer in believed(evidence.outside)


def _are_vouched_for(evidence: Evidence) -> bool:
    """Whether the addresses tried are the endpoint's own, as far as one can know; a helper's resolver counts."""
    theirs = union(
        frozenset(one.replies[0].answers)
        for one in evidence.outside.lookups
        if _is_believed(evidence, one.replies[0].observer)
    )
    own = evidence.genuine | (evidence.told & theirs)
    return all(one.address in own and not is_bogon(one.address) for one in evidence.plain_tries)


def _passes_port(evidence: Evidence) -> bool:
    """Whether this line lets connections to the port pass at all, be it elsewhere."""
    port = evidence.endpoint.port
    return port in WEB_PORTS or any(port == other for _, other in evidence.surroundings.open_ports)


def _is_unwelcome(evidence: Evidence) -> bool:
    """Whether a server of the platform that proves itself refuses this place: then others may shut it out unsaid."""
    return any(one.connect.platform in evidence.surroundings.refusing for one in evidence.plain_tries)


def _fails_alike(evidence: Evidence, view: Try, layer: str, own: Sequence[Observation]) -> bool:
    """Whether a helper's try ended at the same layer; of a wrong certificate, at the same fault of it."""
    if layer == "tcp":
        return not view.connected
    if layer == "http":
        return view.connected and any(_is_believed(evidence, row.observer) for row in evidence.outside.pages)
    if serves(evidence.endpoint, view) or not view.connected or view.tls is None:
        return False
    faults = {row.failure for row in own} & CERTIFICATE_FAILURES
    return not faults or faults == {view.tls.failure}


def _last_steps(views: Iterable[Try]) -> Sequence[Observation]:
    return some(view.steps[-1] for view in dict.fromkeys(views)) or ()
