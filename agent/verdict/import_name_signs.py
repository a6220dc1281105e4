"""What the rules ask of the names in somebody else's measurement, of which a control looked up the same.

Where the control saw nothing, none of these signs speaks. Every sign returns the observations that show it, or None.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.verdict.evidence import Evidence
from agent.verdict.fingerprints import is_bogon
from agent.verdict.import_pages import other_page, page_at_end
from agent.verdict.name_signs import DNS_FAILURES, STRANGER, points_home
from agent.verdict.seen import SILENCE, Lookup, Try, union
from agent.verdict.signs import Witnesses, some
from probes.observation import Observation

#: A resolver says outright that there is nothing. One that is silent, failed to find out, or refuses (as it does all
#: names to who is no customer of its owner's) may be having a bad day.
DENIALS = frozenset({"dns_nxdomain_error", "dns_no_answer"})


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
    denied = [one for one in evidence.system if one.failure in DENIALS and not _is_honestly_empty(one, evidence)]
    return _beside(denied, evidence) if denied and len(denied) == len(evidence.system) else None


def _is_honestly_empty(lookup: Lookup, evidence: Evidence) -> bool:
    """An empty answer, of a name that has no address abroad either of the version of IP that was asked for: a computer
    without IPv6 is told nothing of a site that has nothing else."""
    told = told_outside(evidence)
    is_of_version = _is_ipv6 if lookup.query_type == "AAAA" else _is_ipv4
    return lookup.failure == "dns_no_answer" and bool(told) and not any(map(is_of_version, told))


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
    if not leads_astray(evidence) or not _serves_elsewhere(evidence):
        return None
    shown = [one.tls for one in _tries_at_told(evidence) if one.tls is not None]
    return some(shown) if shown and all(tls.failure in STRANGER for tls in shown) else None


def same_forgery_twice(evidence: Evidence) -> Witnesses:
    """Two resolvers of unlike networks give one and the same address, which neither DoH nor the control is given.

    A resolver's own old or local answer would not come from the other. Nothing works there, or the name does not exist
    abroad. Silence alone is not enough: a content network's machine nearby, which is told to all who ask from here, may
    be dead.
    """
    over_udp = [one for one in evidence.controls if one.transport == "udp" and one.answers & evidence.told]
    if not over_udp or not leads_astray(evidence):
        return None
    tries = _tries_at_told(evidence)
    is_dead = any(not is_bogon(one.address) and one.connect.failure in SILENCE for one in tries)
    idle = all(one.failure for one in tries) and not is_dead and _serves_elsewhere(evidence)
    return _beside([*evidence.system, *over_udp], evidence) if idle or _is_unknown_abroad(evidence) else None


def page_of_another(evidence: Evidence) -> Witnesses:
    """The system's resolver leads astray, to a page that has nothing in common with the control's."""
    if not leads_astray(evidence) or (pages := other_page(evidence)) is None:
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


def leads_astray(evidence: Evidence) -> bool:
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
    return bool(told_outside(evidence) or (evidence.hop and page_at_end(evidence)))


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
