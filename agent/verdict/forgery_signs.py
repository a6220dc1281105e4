"""What shows that replies about a name are forged. Every sign returns the observations that show it, or None."""

from __future__ import annotations

from collections.abc import Iterable

from agent.verdict.evidence import Evidence
from agent.verdict.fingerprints import FORGED_ADDRESSES, IRAN_BLOCK_ADDRESSES, Scope, is_bogon
from agent.verdict.name_signs import is_home
from agent.verdict.signs import Witnesses, some

#: What a reply forged on the way says, where it gives no address.
INJECTED_FAILURES = {
    "dns_nxdomain_error": "dns.nxdomain",
    "dns_refused_error": "dns.refused",
    "dns_servfail_error": "dns.servfail",
}


def iran_answers(evidence: Evidence) -> Witnesses:
    """Replies that the system's resolver gave with one of Iran's block addresses; those of other resolvers join."""
    rows = tuple(
        row for lookup in evidence.lookups for row in lookup.replies if not IRAN_BLOCK_ADDRESSES.isdisjoint(row.answers)
    )
    return rows if any(row.resolver == "system" for row in rows) else None


def disagreeing_replies(evidence: Evidence) -> Witnesses:
    """Replies to one question over UDP that contradict each other; that deny each other, to two questions or more."""
    over_udp = [lookup for lookup in evidence.lookups if lookup.transport == "udp"]
    contradicting = [lookup for lookup in over_udp if lookup.contradicts_itself]
    denying = [lookup for lookup in over_udp if lookup.denies_itself]
    telling = contradicting or (denying if len(denying) > 1 else [])
    return some(row for lookup in telling for row in lookup.replies)


def answers_without_resolver(evidence: Evidence) -> Witnesses:
    """Replies from where no resolver is, unless all lead home, or to where a filter leads that its owner chose: one in
    a router at home, or an office's, may look into passing questions."""
    addresses = evidence.forged
    return None if addresses and all(is_home(one) or _is_chosen(one) for one in addresses) else some(evidence.injected)


def _is_chosen(address: str) -> bool:
    listed = FORGED_ADDRESSES.get(address)
    return listed is not None and listed.scope is Scope.CHOICE


def tampered_answers(evidence: Evidence) -> Witnesses:
    """Whatever shows that replies are forged, one way or the other."""
    return disagreeing_replies(evidence) or iran_answers(evidence) or some(evidence.injected)


def kind_of_injection(evidence: Evidence) -> Iterable[str]:
    """What the replies say that came from where no resolver is.

    An empty one counts for a type of address that DoH knows: a forger of one type may leave the other empty.
    """
    versions = {4, *(6 for address in evidence.told_securely if ":" in address)}
    for row in evidence.injected:
        if not IRAN_BLOCK_ADDRESSES.isdisjoint(row.answers) or not evidence.surroundings.filters.isdisjoint(
            row.answers
        ):
            yield "dns.injection.blockpage"
        elif any(map(is_bogon, row.answers)):
            yield "dns.injection.bogon"
        elif row.failure == "dns_no_answer":
            yield from ("dns.empty",) if (6 if row.query_type == "AAAA" else 4) in versions else ()
        else:
            yield INJECTED_FAILURES.get(row.failure, "dns.injection.other")


def kind_of_forgery(evidence: Evidence) -> Iterable[str]:
    """Which injections the forged replies are, by all that shows them."""
    return {*_kind_of_contradiction(evidence), *kind_of_injection(evidence)}


def _kind_of_contradiction(evidence: Evidence) -> Iterable[str]:
    """The listed address, another impossible one, or something else."""
    rows = [*(iran_answers(evidence) or ()), *(disagreeing_replies(evidence) or ())]
    if not rows:
        return ()
    addresses = {address for row in rows for address in row.answers}
    if addresses & IRAN_BLOCK_ADDRESSES:
        return ("dns.injection.blockpage",)
    if any(is_bogon(address) for address in addresses):
        return ("dns.injection.bogon",)
    if any(row.failure == "dns_nxdomain_error" for row in rows):
        return ("dns.nxdomain",)
    return ("dns.injection.other",)
