"""What helpers elsewhere add to what was seen here. Every sign returns the observations that show it, or None.

A helper's word is never enough. It counts beside failures of our own that repeat, where it gets through to the very
addresses that fail here; and not at all from a helper that errs about what is known. What it cannot tell is a server
that shuts this country out at its door (docs/method.md 5).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from agent.verdict import outside_views
from agent.verdict.deeds import deed, mechanism_of
from agent.verdict.evidence import Evidence
from agent.verdict.seen import SHORT, SILENCE, Try
from agent.verdict.signs import CONNECT_FAILURES, Witnesses, failed_connects
from agent.verdict.swap_signs import spared
from probes.failures import CERTIFICATE_FAILURES
from probes.observation import Observation

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
#: Tries of one address that must fail before its silence counts.
TRIES_NEEDED = 2
#: A resolver that could not be asked, and so says nothing of the name.
UNASKED = frozenset(
    {"generic_timeout_error", "connection_refused", "connection_reset", "eof_error", "host_unreachable"}
)
#: How likely it may be that a line which loses packets has lost all of an endpoint's tries.
CHANCE_MAX = 0.001


def connects_outside(evidence: Evidence) -> Witnesses:
    """No connection comes about here, again and again, and helpers get through to all of the addresses."""
    own = failed_connects(evidence)
    if own is None or any(row.failure not in KINDS_OF_CONNECT_FAILURE for row in own):
        return None
    if evidence.endpoint.protocol in LAYER_OF and any(row.failure in RESET_AT_ONCE for row in own):
        return None  # those came about, and it is for the layer above to tell
    if all(":" in row.address for row in own):
        return None  # networks that do not reach each other over IPv6 for years are no censors
    return _with_proof(evidence, own) if outside_views.passes_port(evidence) else None


def kind_of_connect_failure(evidence: Evidence) -> Iterable[str]:
    return {KINDS_OF_CONNECT_FAILURE[one.connect.failure] for one in evidence.plain_tries}


def shut_over_ipv4(evidence: Evidence) -> Witnesses:
    """A site that proves itself over IPv6, and no connection to an address of it over IPv4 comes about, twice or more;
    helpers are shown its certificate at each of those, and this line takes IPv4 elsewhere.

    Not the other way round: networks do not reach each other over IPv6 for years, and are no censors.
    """
    own = outside_views.failures_of_ipv4(evidence.endpoint, evidence.plain_tries)
    kinds = KINDS_OF_CONNECT_FAILURE.keys() - RESET_AT_ONCE
    if not own or any(one.connect.failure not in kinds for one in own) or not _has_ipv4(evidence):
        return None
    if min(Counter(one.address for one in own).values()) < TRIES_NEEDED or outside_views.is_unwelcome(evidence):
        return None
    seen = [outside_views.views(evidence, one.address) for one in own]
    if not all(seen) or not all(outside_views.serves(evidence.endpoint, view) for views in seen for view in views):
        return None
    return (*(one.connect for one in own), *outside_views.last_steps(view for views in seen for view in views))


def kind_of_shut_ipv4(evidence: Evidence) -> Iterable[str]:
    own = outside_views.failures_of_ipv4(evidence.endpoint, evidence.plain_tries)
    return _kinds_of([one.connect.failure for one in own])


def _kinds_of(failures: Sequence[str]) -> Iterable[str]:
    """How connections do not come about. Silence counts only twice: once is a packet that got lost."""
    for failure in set(failures):
        if failure not in SILENCE or sum(one in SILENCE for one in failures) > 1:
            yield KINDS_OF_CONNECT_FAILURE[failure]


def _has_ipv4(evidence: Evidence) -> bool:
    """Whether something took a connection over IPv4: a line of IPv6 alone has no way to any."""
    return any(":" not in address for address, _ in evidence.surroundings.open_ports)


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
    short = evidence.varied(SHORT)
    if any(_deed(one, layer) == "timeout" for one in broken) and (not short or any(one.answered for one in short)):
        return None  # the path from here may lose long packets: of this server's, since others send shorter ones
    return _with_proof(evidence, own) if layer == "tls" or outside_views.pages(evidence) else None


def kind_without_trigger(evidence: Evidence, layer: str) -> Iterable[str]:
    """The mechanism of each deed, where it is not known what sets it off: `tls.reset.other` is the taxonomy's word
    where it is known not to be the name. Beside it, how further connections do not come about.
    """
    other = "other" if _is_not_the_name(evidence, layer) else ""
    for one in evidence.plain_tries:
        if done := _deed(one, layer):
            yield mechanism_of(layer, done, other if (layer, done) == ("tls", "reset") else "")
    shut = [one.connect.failure for one in evidence.plain_tries if one.connect.failure in KINDS_OF_CONNECT_FAILURE]
    yield from _kinds_of([failure for failure in shut if failure not in RESET_AT_ONCE])


def _is_not_the_name(evidence: Evidence, layer: str) -> bool:
    """Whether the name passes at an unrelated server, or connections are reset before it is said."""
    at_once = any(one.connect.failure in RESET_AT_ONCE for one in evidence.plain_tries)
    return at_once or spared(evidence, layer, "this_name_elsewhere")


def fails_outside(evidence: Evidence, layer: str) -> Witnesses:
    """The endpoint fails at `layer` here, again and again, and for every helper at the same addresses too.

    Not where an address may be forged: that a helper fails there as well says nothing of the platform.
    """
    tries = evidence.plain_tries
    if (
        evidence.works
        or not evidence.repeated
        or outside_views.pages(evidence)
        or not outside_views.are_vouched_for(evidence)
    ):
        return None
    own = [one.connect if layer == "tcp" else one.at(layer) for one in tries]
    failed = [step for step in own if step is not None and step.failure]
    if len(failed) < len(tries) or (layer == "http" and evidence.endpoint.protocol != "http"):
        return None
    views = [outside_views.views(evidence, one.address) for one in tries]
    if not all(views) or not all(_fails_alike(evidence, view, layer, failed) for seen in views for view in seen):
        return None
    return (*failed, *outside_views.last_steps(view for seen in views for view in seen))


def no_such_name_outside(evidence: Evidence) -> Witnesses:
    """Nobody here has an address for the name, nor has a helper's resolver, which fails in the same way."""
    first = [lookup.replies[0] for lookup in evidence.lookups if lookup.query_type == "A"]
    own = [row for row in first if row.resolver == "system" or row.failure not in UNASKED]
    theirs = [
        one.replies[0]
        for one in evidence.outside.lookups
        if outside_views.is_believed(evidence, one.replies[0].observer)
    ]
    failures = {row.failure for row in (*own, *theirs) if row.query_type == "A"}
    if not own or not theirs or any(row.answers for row in theirs) or evidence.told or evidence.told_by_controls:
        return None
    return (*own, *theirs) if failures in ({"dns_nxdomain_error"}, {"dns_no_answer"}) else None


def _deed(one: Try, layer: str) -> str:
    """What was done at `layer`. A connection that was reset had come about: a reset in its place is a refusal."""
    return "reset" if one.connect.failure in RESET_AT_ONCE else deed(one, layer)


def _with_proof(evidence: Evidence, own: Sequence[Observation]) -> Witnesses:
    """`own` and what helpers saw, where it repeats and they get through to every address that fails here."""
    tries = evidence.plain_tries
    views = [outside_views.views(evidence, one.address) for one in tries]
    if not evidence.repeated or not all(views) or outside_views.is_unwelcome(evidence):
        return None
    if all(row.failure in SILENCE for row in own) and evidence.surroundings.silent_share ** len(own) > CHANCE_MAX:
        return None
    if not all(outside_views.serves(evidence.endpoint, view) for seen in views for view in seen):
        return None  # a helper that fails there speaks for an outage, whatever another says
    proven_there = evidence.endpoint.protocol == "https" and evidence.endpoint.trust == "web"
    if not proven_there and not outside_views.are_vouched_for(evidence):
        return None
    return (*own, *outside_views.last_steps(view for seen in views for view in seen))


def _fails_alike(evidence: Evidence, view: Try, layer: str, own: Sequence[Observation]) -> bool:
    """Whether a helper's try ended at the same layer; of a wrong certificate, at the same fault of it."""
    if layer == "tcp":
        return not view.connected
    if layer == "http":
        return view.connected and any(
            outside_views.is_believed(evidence, row.observer) for row in evidence.outside.pages
        )
    if outside_views.serves(evidence.endpoint, view) or not view.connected or view.tls is None:
        return False
    faults = {row.failure for row in own} & CERTIFICATE_FAILURES
    return not faults or faults == {view.tls.failure}
