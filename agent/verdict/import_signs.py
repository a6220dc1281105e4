"""What the rules ask of somebody else's measurement, in which everything was tried once and a control looked too.

What the control saw at the same time, of the very address or of the page, stands in place of a second try. Where it
saw nothing, none of these signs speaks. Every sign returns the observations that show it, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from agent.verdict.deeds import deed, mechanism_of
from agent.verdict.evidence import Evidence
from agent.verdict.fingerprints import is_bogon
from agent.verdict.name_signs import DNS_FAILURES, STRANGER, points_home
from agent.verdict.outside_signs import BROKEN, KINDS_OF_CONNECT_FAILURE
from agent.verdict.pages_alike import are_alike, share_nothing
from agent.verdict.seen import Lookup, Try, union
from agent.verdict.signs import Witnesses, failed_connects, failed_steps, some
from probes.observation import Observation

#: A resolver says outright that there is nothing. One that is silent, or failed to find out, may be having a bad day.
DENIALS = frozenset({"dns_nxdomain_error", "dns_no_answer", "dns_refused_error"})
#: No route from here: the probe's own line, and not the way to one server.
UNROUTED = frozenset({"network_unreachable", "host_unreachable", "network_down"})


# Names ---------------------------------------------------------------------------------------------------------------


def told_outside(evidence: Evidence) -> frozenset[str]:
    """Public addresses that the control's resolver, or one asked by DoH from here, gives."""
    said = union(frozenset(one.replies[0].answers) for one in evidence.outside.lookups) | evidence.told_securely
    return frozenset(address for address in said if not is_bogon(address))


def impossible_answers(evidence: Evidence) -> Witnesses:
    """Addresses where no public server can be, of a name that has others of that version of IP abroad."""
    bogus = [one for one in evidence.system if one.failure == "dns_bogon_error" and told_outside(evidence)]
    for is_of_version in (_is_ipv4, _is_ipv6):
        told = set(filter(is_of_version, evidence.told))
        if told and all(map(is_bogon, told)) and any(map(is_of_version, told_outside(evidence))):
            bogus += [one for one in evidence.system if one.answers & told]
    return _beside(bogus, evidence) if bogus and not points_home(evidence) else None


def denied_name(evidence: Evidence) -> Witnesses:
    """The system's resolver says that there is no such name, or no address, and the control has one."""
    if evidence.told or not _is_known_abroad(evidence):
        return None
    denied = [one for one in evidence.system if one.failure in DENIALS]
    return _beside(denied, evidence) if denied and len(denied) == len(evidence.system) else None


def unanswered_name(evidence: Evidence) -> Witnesses:
    """The system's resolver and another asked from here both get nowhere with it, and the control does."""
    others = [one for one in evidence.controls if one.transport == "udp"]
    failed = [one for one in (*evidence.system, *others) if one.failure in DNS_FAILURES]
    if evidence.told or not others or any(one.answers for one in others) or not _is_known_abroad(evidence):
        return None
    asked = {one.resolver for one in failed}
    return _beside(failed, evidence) if "system" in asked and len(asked) > 1 else None


def kind_of_failure(evidence: Evidence) -> Iterable[str]:
    return {DNS_FAILURES[one.failure] for one in evidence.system if one.failure in DNS_FAILURES}


def foreign_server(evidence: Evidence) -> Witnesses:
    """The system's resolver leads to a server that proves to be somebody else's, in a network that is not the name's.

    The control is given other addresses, and what is there does work: for the control, or from here.
    """
    if not _leads_astray(evidence) or not _serves_elsewhere(evidence):
        return None
    shown = [one.tls for one in _tries_at_told(evidence) if one.tls is not None]
    return some(shown) if shown and all(tls.failure in STRANGER for tls in shown) else None


def same_forgery_twice(evidence: Evidence) -> Witnesses:
    """Two resolvers of unlike networks give one and the same address, which neither DoH nor the control is given, and
    nothing works there. A resolver's own old or local answer would not come from the other."""
    over_udp = [one for one in evidence.controls if one.transport == "udp" and one.answers & evidence.told]
    if not over_udp or not _leads_astray(evidence) or any(one.failure == "" for one in _tries_at_told(evidence)):
        return None
    unknown = _is_unknown_abroad(evidence)
    return _beside([*evidence.system, *over_udp], evidence) if unknown or _serves_elsewhere(evidence) else None


def page_of_another(evidence: Evidence) -> Witnesses:
    """The system's resolver leads astray, to a page that has nothing in common with the control's."""
    if not _leads_astray(evidence) or (pages := other_page(evidence)) is None:
        return None
    return (*_beside(evidence.system, evidence), *pages)


def unknown_everywhere(evidence: Evidence) -> Witnesses:
    """Nobody has an address for the name: neither here nor abroad. Or only one where no server can be."""
    abroad = [one.replies[0] for one in evidence.outside.lookups]
    sound = any(not is_bogon(address) for address in evidence.told | evidence.told_by_controls)
    if sound or told_outside(evidence) or not abroad or not evidence.system:
        return None
    same = evidence.told <= union(frozenset(row.answers) for row in abroad)
    known = all(row.answers or row.failure in DENIALS for row in abroad)
    return (*(one.replies[0] for one in evidence.system), *abroad) if same and known else None


def invented_here(evidence: Evidence) -> Witnesses:
    """A name that does not exist abroad has an address at the resolver here: a search page of the provider's, or a
    forgery for a site that is gone."""
    if not evidence.told or not _is_unknown_abroad(evidence) or evidence.name_works:
        return None
    return _beside(evidence.system, evidence)


def _is_ipv4(address: str) -> bool:
    return ":" not in address


def _is_ipv6(address: str) -> bool:
    return ":" in address


def _leads_astray(evidence: Evidence) -> bool:
    """Whether the system's resolver gives public addresses that share neither themselves nor their networks with those
    abroad, and of which none proves itself."""
    abroad = [one for one in evidence.outside.lookups if one.replies] + [
        one for one in evidence.controls if one.transport == "doh"
    ]
    if not evidence.told or not abroad or evidence.told & (evidence.proven | told_outside(evidence)):
        return False
    here, there = (
        {asn for one in lookups for row in one.replies for asn in row.answer_asns}
        for lookups in (evidence.system, abroad)
    )
    return not here & there


def _is_known_abroad(evidence: Evidence) -> bool:
    """Whether the control has an address of the name, or went through it on its way: it names no host of a redirect."""
    return bool(told_outside(evidence) or (evidence.hop and _page_at_end(evidence)))


def _is_unknown_abroad(evidence: Evidence) -> bool:
    lookups = evidence.outside.lookups
    return bool(lookups) and not told_outside(evidence) and all(one.failure in DENIALS for one in lookups)


def _serves_elsewhere(evidence: Evidence) -> bool:
    """Whether an address that the control is given does its work."""
    there = told_outside(evidence)
    return bool(there & evidence.proven) or any(
        one.address in there and not one.failure for one in evidence.outside.tries
    )


def _beside(lookups: Sequence[Lookup], evidence: Evidence) -> tuple[Observation, ...]:
    """The replies, and what the control was told."""
    return tuple(one.replies[0] for one in (*lookups, *evidence.outside.lookups))


def _tries_at_told(evidence: Evidence) -> list[Try]:
    return [one for one in evidence.plain_tries if one.address in evidence.told]


# Connections ---------------------------------------------------------------------------------------------------------


def connects_for_control(evidence: Evidence) -> Witnesses:
    """No connection comes about here, and the control gets through to each of the addresses."""
    own = failed_connects(evidence)
    if own is None or _is_astray(evidence) or any(row.failure in UNROUTED for row in own):
        return None
    if any(row.failure not in KINDS_OF_CONNECT_FAILURE for row in own):
        return None
    seen = _seen_at([row.address for row in own], evidence)
    if seen is not None:
        return (*own, *(one.connect for one in seen)) if all(one.connected for one in seen) else None
    return (*own, *pages) if (pages := _page_at_end(evidence)) else None


def kinds_of_connect(evidence: Evidence) -> Iterable[str]:
    return {KINDS_OF_CONNECT_FAILURE[one.connect.failure] for one in evidence.plain_tries}


def fails_for_control(evidence: Evidence, layer: str) -> Witnesses:
    """It fails here at `layer`, at addresses that the control is given too, and for the control it fails as well."""
    own = failed_connects(evidence) if layer == "tcp" else failed_steps(evidence, layer)
    if own is None or _is_astray(evidence) or evidence.hop or any(_got(row) for row in evidence.outside.pages):
        return None
    failed = [one for one in evidence.outside.tries if one.failure and one.address in {row.address for row in own}]
    if layer == "http":
        return (*own, *evidence.outside.pages) if evidence.outside.pages else None
    return (*own, *(one.steps[-1] for one in failed)) if failed else None


def shaken_by_control(evidence: Evidence) -> Witnesses:
    """The handshake is broken off here, and the control completes it with the very address, or has the page of it."""
    broken = [
        one
        for one in evidence.plain_tries
        if deed(one, "tls") in BROKEN["tls"] or (one.tls and one.tls.failure == "ssl_unknown_authority")
    ]
    failed = [one for one in evidence.plain_tries if one.connected]
    if not broken or len(broken) < len(failed) or _is_astray(evidence) or evidence.works:
        return None
    own = tuple(one.tls for one in broken if one.tls is not None)
    seen = _seen_at([one.address for one in broken], evidence)
    if seen is not None and all(one.tls is not None for one in seen):
        return (*own, *(one.steps[-1] for one in seen)) if not any(one.failure for one in seen) else None
    return (*own, *pages) if (pages := _page_at_end(evidence)) else None


def kind_of_handshake(evidence: Evidence) -> Iterable[str]:
    """What was done, and no more: a single name was tried, so that what sets it off is not known."""
    for one in evidence.plain_tries:
        done = deed(one, "tls")
        if one.tls is not None and one.tls.failure == "ssl_unknown_authority":
            signed = one.tls.certificate_subject == one.tls.certificate_issuer
            yield "tls.mitm.self_signed" if signed else "tls.mitm.ca_signed"
        elif done in BROKEN["tls"]:
            yield mechanism_of("tls", done, "other" if done == "reset" else "")


def name_alone(evidence: Evidence) -> Witnesses:
    """One server was asked by two names: by this one it always breaks off, and by an innocent one it answers.

    The server is neither's, so that it has no reason of its own to tell them apart.
    """
    innocent = [one for one in evidence.varied("control_name_here") if one.http is not None and one.http.succeeded]
    broken = [one.http for one in evidence.plain_tries if _by_name(one)]
    if not innocent or not broken or len(broken) < len(evidence.plain_tries):
        return None
    return some(row for row in (*broken, *(one.http for one in innocent)) if row is not None)


def kind_by_name(evidence: Evidence) -> Iterable[str]:
    return {mechanism_of("http", done, "host") for one in evidence.plain_tries if (done := _by_name(one))}


def _by_name(one: Try) -> str:
    done = deed(one, "http")
    return done if done in BROKEN["http"] else ""


def page_for_control(evidence: Evidence) -> Witnesses:
    """A plain request is broken off here, and the control has the page."""
    broken = [one.http for one in evidence.plain_tries if deed(one, "http") in BROKEN["http"] | {"stall"}]
    if evidence.endpoint.protocol != "http" or evidence.works or _is_astray(evidence) or not broken:
        return None
    own = tuple(row for row in broken if row is not None)
    return (*own, *pages) if (pages := _page_at_end(evidence)) else None


def kind_of_request(evidence: Evidence) -> Iterable[str]:
    done = {deed(one, "http") for one in evidence.plain_tries}
    return {mechanism_of("http", one, "") for one in done & (BROKEN["http"] | {"stall"})}


def other_page(evidence: Evidence) -> Witnesses:
    """Another page in the clear than the control's, alike in nothing: both are whole, and neither is an error."""
    return _compared(evidence, share_nothing)


def same_page(evidence: Evidence) -> Witnesses:
    """The page in the clear is the control's, or the same server answers both."""
    return _compared(evidence, are_alike)


def unlike_page(evidence: Evidence) -> Witnesses:
    """An error here and a page for the control, by servers that have nothing in common."""
    return _compared(
        evidence,
        lambda own, theirs: (own.status_code or 0) >= 400 > (theirs.status_code or 0) and not are_alike(own, theirs),
    )


def _compared(evidence: Evidence, judged: Callable[[Observation, Observation], bool]) -> Witnesses:
    """The last page here and the control's, where `judged` holds of them. What is a known page is left to its rule."""
    answers = [one.http for one in evidence.plain_tries if one.http and one.http.succeeded and one.tls is None]
    pages = _page_at_end(evidence)
    if evidence.endpoint.protocol != "http" or not answers or not pages:
        return None
    if any(row.fingerprint or row.location for row in answers) or not all(judged(row, pages[0]) for row in answers):
        return None
    return (*answers, *pages)


def _is_astray(evidence: Evidence) -> bool:
    """Whether the way led where the name is not: what happens there says nothing of the site."""
    tried = {one.address for one in evidence.plain_tries}
    return any(is_bogon(address) for address in tried if address) or _leads_astray(evidence)


def _seen_at(addresses: Iterable[str], evidence: Evidence) -> list[Try] | None:
    """What the control saw at each of them, at this port; None where it did not look at one of them."""
    port = evidence.endpoint.port
    found = {one.address: one for one in evidence.outside.tries if one.connect.port == port}
    wanted = set(addresses)
    return [found[address] for address in sorted(wanted)] if wanted <= found.keys() else None


def _page_at_end(evidence: Evidence) -> tuple[Observation, ...]:
    """The page that the control came to in the end, through all redirects."""
    return tuple(row for row in evidence.outside.pages if _got(row))


def _got(row: Observation) -> bool:
    return row.succeeded and row.status_code is not None
