"""What the rules ask of the evidence. Every sign returns the observations that show it, or None."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from agent.verdict.evidence import Evidence, Try, union
from agent.verdict.fingerprints import IRAN_BLOCK_ADDRESSES, MECHANISM_OF_PAGE, is_bogon
from probes.failures import CERTIFICATE_FAILURES
from probes.observation import Observation

Witnesses = tuple[Observation, ...] | None

#: How a handshake or request fails when somebody on the path makes it fail. Refusals a server would choose itself
#: (an alert, a certificate for another name) are not here: a server that does not know a name may send them.
INTERFERENCE = {
    "connection_reset": "reset",
    "connection_aborted": "reset",
    "generic_timeout_error": "timeout",
    "timed_out": "timeout",
    "eof_error": "close",
}
DNS_FAILURES = {
    "dns_nxdomain_error": "dns.nxdomain",
    "dns_refused_error": "dns.refused",
    "dns_servfail_error": "dns.servfail",
    "dns_no_answer": "dns.empty",
    "generic_timeout_error": "dns.timeout",
    "timed_out": "dns.timeout",
}
CONNECT_FAILURES = {
    "generic_timeout_error": "tcp.timeout",
    "timed_out": "tcp.timeout",
    "connection_refused": "tcp.refused",
    "connection_reset": "tcp.reset",
    "connection_aborted": "tcp.reset",
}


#: What a hosts file or a filter of one's own answers for a name that it blocks.
HOME = frozenset({"0.0.0.0", "127.0.0.1", "::", "::1"})  # noqa: S104 -- answers to look for; nothing is bound


def cut_short(evidence: Evidence) -> Witnesses:
    """The endpoint was left in the middle, and what was seen until then shows no failure that could be judged."""
    stopped = _some(row for row in evidence.not_run if row.failure in {"not_run_interrupted", "not_run_budget"})
    return None if evidence.works else stopped


# DNS --------------------------------------------------------------------------------------------------------------


def iran_answers(evidence: Evidence) -> Witnesses:
    """Replies that the system's resolver gave with one of Iran's block addresses; those of other resolvers join."""
    rows = tuple(
        row for lookup in evidence.lookups for row in lookup.replies if not IRAN_BLOCK_ADDRESSES.isdisjoint(row.answers)
    )
    return rows if any(row.resolver == "system" for row in rows) else None


def disagreeing_replies(evidence: Evidence) -> Witnesses:
    """Replies to one question over UDP that contradict each other."""
    return _some(
        row
        for lookup in evidence.lookups
        if lookup.transport == "udp" and lookup.contradicts_itself
        for row in lookup.replies
    )


def kind_of_forgery(evidence: Evidence) -> Iterable[str]:
    """Which injection the forged replies are: the listed address, another impossible one, or something else."""
    rows = [*(iran_answers(evidence) or ()), *(disagreeing_replies(evidence) or ())]
    addresses = {address for row in rows for address in row.answers}
    if addresses & IRAN_BLOCK_ADDRESSES:
        return ("dns.injection.blockpage",)
    if any(is_bogon(address) for address in addresses):
        return ("dns.injection.bogon",)
    if any(row.dns_rcode == "NXDOMAIN" for row in rows):
        return ("dns.nxdomain",)
    return ("dns.injection.other",)


def control_proven(evidence: Evidence) -> bool:
    """Whether another resolver gave an address, unknown to the system's, that proves itself."""
    return bool((evidence.told_by_controls - evidence.told) & evidence.proven)


def bogon_answers(evidence: Evidence) -> Witnesses:
    """The system's resolver gives addresses, and none where a public server can be."""
    if not evidence.told or any(not is_bogon(address) for address in evidence.told):
        return None
    return tuple(lookup.replies[0] for lookup in evidence.system if lookup.answers)


def points_home(evidence: Evidence) -> Witnesses:
    """The system's resolver alone points the name at this computer itself; resolvers asked over the line do not."""
    rows = bogon_answers(evidence)
    over_the_line = union(lookup.answers for lookup in evidence.controls if lookup.transport == "udp")
    if rows is None or not over_the_line or any(map(is_bogon, over_the_line)):
        return None
    return rows if all(address in HOME for address in evidence.told) else None


def dns_failures(evidence: Evidence) -> Witnesses:
    """The system's resolver gives no address at all."""
    if evidence.told or not evidence.system:
        return None
    return tuple(lookup.replies[0] for lookup in evidence.system)


def repeated_dns_failure(evidence: Evidence) -> Witnesses:
    """The system's resolver, alive for other names, fails for this one in at least two separate questions for A."""
    failures = [lookup for lookup in evidence.system if lookup.query_type == "A" and lookup.failure in DNS_FAILURES]
    if evidence.told or len(failures) < 2 or "system" not in evidence.working_resolvers:
        return None
    return tuple(lookup.replies[0] for lookup in failures)


def kind_of_dns_failure(evidence: Evidence) -> Iterable[str]:
    failures = {lookup.failure for lookup in evidence.system if lookup.query_type == "A"}
    return {DNS_FAILURES[failure] for failure in failures if failure in DNS_FAILURES}


def foreign_servers(evidence: Evidence) -> Witnesses:
    """Where the system's resolver points, somebody else's certificate is shown, in two tries or more."""
    shown = [one.tls for one in evidence.tries if one.address in evidence.told and one.tls is not None]
    if len(shown) < 2 or any(tls.failure not in CERTIFICATE_FAILURES for tls in shown):
        return None
    return tuple(shown)


def absent_everywhere(evidence: Evidence) -> Witnesses:
    """Every resolver asked says that the name does not exist, and one of them cannot be forged (DoH)."""
    asked = [lookup for lookup in evidence.lookups if lookup.query_type == "A"]
    doh = [lookup for lookup in asked if lookup.transport == "doh"]
    if not doh or any(lookup.failure != "dns_nxdomain_error" for lookup in asked):
        return None
    return tuple(lookup.replies[0] for lookup in asked)


# Connections ------------------------------------------------------------------------------------------------------


def failed_connects(evidence: Evidence) -> Witnesses:
    """No connection to the endpoint's own addresses came about."""
    if not evidence.plain_tries or any(one.connected for one in evidence.plain_tries):
        return None
    return tuple(one.connect for one in evidence.plain_tries)


def at_home(evidence: Evidence) -> bool:
    """Whether the failed connections went to addresses that are the endpoint's own as far as one can know."""
    return all(one.address in evidence.genuine for one in evidence.plain_tries)


def kind_of_connect_failure(evidence: Evidence) -> Iterable[str]:
    failures = {one.connect.failure for one in evidence.plain_tries}
    return {CONNECT_FAILURES[failure] for failure in failures if failure in CONNECT_FAILURES}


def failed_steps(evidence: Evidence, layer: str) -> Witnesses:
    """The endpoint connects and then fails at `layer` ('tls' or 'http'), and never works."""
    if evidence.works:
        return None
    return _some(step for one in evidence.plain_tries if (step := _step(one, layer)) is not None and step.failure)


def name_is_trigger(evidence: Evidence, layer: str) -> Witnesses:
    """The full swap: this name fails here twice and at an unrelated server; another innocent name there is answered."""
    return _isolated(evidence, layer, here=False)


def only_this_name_fails_here(evidence: Evidence, layer: str) -> Witnesses:
    """The half swap: this name fails here twice, an innocent name here is answered, and elsewhere told nothing.

    When this name was answered elsewhere the half swap is no sign: then a fault of this server explains as much.
    """
    elsewhere = evidence.varied("this_name_elsewhere")
    if any(one.answered for one in elsewhere):
        return None
    return _isolated(evidence, layer, here=True)


def _isolated(evidence: Evidence, layer: str, *, here: bool) -> Witnesses:
    own = [one for one in evidence.plain_tries if _interferes(one, layer)]
    if evidence.works or len(own) < 2 or len(own) != len([one for one in evidence.plain_tries if one.connected]):
        return None
    innocent = evidence.varied("control_name_here" if here else "other_name_elsewhere")
    suspect = [] if here else evidence.varied("this_name_elsewhere")
    if not innocent or not all(one.answered and not _interferes(one, layer) for one in innocent):
        return None
    if not here and not (suspect and all(_interferes(one, layer) for one in suspect)):
        return None
    return _some(step for one in chain(own, suspect, innocent) if (step := _step(one, layer)) is not None)


def kind_of_interference(evidence: Evidence, layer: str) -> Iterable[str]:
    """tls.<action>.sni or http.<action>.host for every action seen on the endpoint's own tries."""
    field = "sni" if layer == "tls" else "host"
    for one in evidence.plain_tries:
        step = _step(one, layer)
        if step is None:
            continue
        if step.failure in INTERFERENCE:
            yield f"{layer}.{INTERFERENCE[step.failure]}.{field}"
        elif step.failure == "ssl_unknown_authority":
            self_signed = step.certificate_subject == step.certificate_issuer
            yield "tls.mitm.self_signed" if self_signed else "tls.mitm.ca_signed"


def block_pages(evidence: Evidence, layer: str) -> Witnesses:
    """Known block pages, in answer to the endpoint as it is, over a channel that no certificate vouches for."""
    steps = (_step(one, layer) for one in evidence.plain_tries if layer == "tls" or one.tls is None)
    return _some(step for step in steps if step is not None and step.fingerprint in MECHANISM_OF_PAGE)


def kind_of_block_page(evidence: Evidence) -> Iterable[str]:
    return {MECHANISM_OF_PAGE[row.fingerprint] for row in block_pages(evidence, "http") or ()}


def refusals(evidence: Evidence, *, authenticated: bool) -> Witnesses:
    """Answers 403 or 451, from a server that proved to be the endpoint's (`authenticated`) or over plain HTTP."""
    rows = (one.http for one in evidence.plain_tries if (one.tls is not None and one.tls.succeeded) == authenticated)
    return _some(row for row in rows if row is not None and row.succeeded and row.status_code in {403, 451})


def successes(evidence: Evidence) -> Witnesses:
    """What shows that the endpoint works: a try that went well, or, where only the name matters, a sound answer."""
    if evidence.endpoint.protocol != "dns":
        return _some(one.steps[-1] for one in evidence.plain_tries if one.went_well)
    sound = [lookup for lookup in evidence.system if lookup.answers and not any(map(is_bogon, lookup.answers))]
    return _some(lookup.replies[0] for lookup in sound)


def _step(one: Try, layer: str) -> Observation | None:
    return one.tls if layer == "tls" else one.http


def _interferes(one: Try, layer: str) -> bool:
    """Whether somebody broke this try at `layer`. A forged authority counts: only the path can show one elsewhere."""
    step = _step(one, layer)
    if step is None or (layer == "http" and one.tls is not None):
        return False
    return step.failure in INTERFERENCE or step.failure == "ssl_unknown_authority"


def _some(rows: Iterable[Observation]) -> Witnesses:
    """`rows` as witnesses; no rows at all is no sign."""
    return tuple(rows) or None


def wants_isolation(one: Try) -> str:
    """'tls' or 'http' when `one` failed at that layer in a way that swapping names can explain; else empty."""
    return next((layer for layer in ("tls", "http") if _interferes(one, layer)), "")
