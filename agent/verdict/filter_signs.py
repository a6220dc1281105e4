"""What pages of filters tell whose order is not known, and answers that no app's server gives.

Every sign returns the observations that show it, or None. Known pages of an order's are in `signs.block_pages`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.verdict.evidence import Evidence
from agent.verdict.fingerprints import FORGED_ADDRESSES, ORDERED, SCOPE_OF_PAGE, UNKNOWN, Scope, is_bogon
from agent.verdict.seen import Try, union
from agent.verdict.signs import Witnesses, some
from probes.observation import Observation

#: Tries of the name, here and at the anchor, that have to meet the same page.
TRIES_NEEDED = 2

# Pages ---------------------------------------------------------------------------------------------------------------


def pages_of_others(evidence: Evidence, *scopes: Scope) -> Witnesses:
    """Pages of filters that these run, in answer to the endpoint as it is, over a channel that nobody vouches for."""
    rows = (row for row in _plain_answers(evidence) if SCOPE_OF_PAGE.get(row.fingerprint) in scopes)
    return None if evidence.works else some(rows)


def order_said(evidence: Evidence) -> Witnesses:
    """Pages that are on no list, and say that an order keeps their visitor out."""
    rows = (row for row in _plain_answers(evidence) if row.fingerprint == UNKNOWN)
    return None if evidence.works else some(rows)


def order_said_to_this_name(evidence: Evidence) -> Witnesses:
    """Such a page, twice; an unrelated server shows it too to whoever names the site, twice, and nothing of the kind to
    another; and nor does the endpoint's own address.

    So it is not the site that says it, and it is not said to everybody, as a log-in page is.
    """
    own, elsewhere = order_said(evidence) or (), _answers(evidence.varied("this_name_elsewhere"))
    innocent = _answers(evidence.varied("other_name_elsewhere"))
    innocent_here = _answers(evidence.varied("control_name_here"))
    if min(len(own), len(elsewhere)) < TRIES_NEEDED or not innocent or not innocent_here:
        return None
    looks = {(row.status_code, row.title, row.fingerprint) for row in (*own, *elsewhere)}
    if len(looks) > 1 or any(row.fingerprint == UNKNOWN for row in (*innocent, *innocent_here)):
        return None
    return (*own, *elsewhere, *innocent, *innocent_here)


def strangers_in_its_place(evidence: Evidence) -> Witnesses:
    """Answers to an app's POST that its own servers do not give."""
    if evidence.endpoint.method != "POST" or evidence.works:
        return None
    return some(row for row in _plain_answers(evidence) if row.succeeded)


def _plain_answers(evidence: Evidence) -> list[Observation]:
    """Answers in clear to the endpoint as it is. Those from where a forged answer led are the name system's doing."""
    return _answers(one for one in evidence.plain_tries if one.address not in evidence.disowned)


def _answers(tries: Iterable[Try]) -> list[Observation]:
    return [one.http for one in tries if one.tls is None and one.http is not None and one.http.status_code is not None]


# Names ---------------------------------------------------------------------------------------------------------------


def listed_answers(evidence: Evidence) -> Witnesses:
    """Replies of the system's resolver with an address that a filter which was ordered to puts in place of true ones.

    The list may be old: an address that proves itself, that DoH gives too, or a helper elsewhere, is the name's own.
    """
    return _with_address_of(evidence, ORDERED)


def chosen_answers(evidence: Evidence) -> Witnesses:
    """The same of a filter that the subscriber, or the place's owner, chose; or a page of such a one is shown there."""
    shown = [one for one in evidence.tries if one.address in evidence.disowned]
    pages = (row for row in _answers(shown) if SCOPE_OF_PAGE.get(row.fingerprint) is Scope.CHOICE)
    return _with_address_of(evidence, frozenset({Scope.CHOICE})) or some(pages)


def kind_of_listed(evidence: Evidence) -> Iterable[str]:
    """Whether a page of the filter stands at the listed address, or somebody who has nothing to do with it."""
    for address in _listed(evidence, listed_answers(evidence) or (), ORDERED):
        if FORGED_ADDRESSES[address].leads_to == "page":
            yield "dns.injection.blockpage"
        else:
            yield "dns.injection.bogon" if is_bogon(address) else "dns.injection.other"


def _with_address_of(evidence: Evidence, scopes: frozenset[Scope]) -> Witnesses:
    replies = [row for lookup in evidence.lookups for row in lookup.replies]
    rows = tuple(row for row in replies if _listed(evidence, [row], scopes))
    return rows if any(row.resolver == "system" for row in rows) else None


def _listed(evidence: Evidence, rows: Sequence[Observation], scopes: frozenset[Scope]) -> list[str]:
    own = evidence.proven | evidence.told_securely | union(one.answers for one in evidence.outside.lookups)
    answers = (address for row in rows for address in row.answers if address not in own)
    return sorted({one for one in answers if one in FORGED_ADDRESSES and FORGED_ADDRESSES[one].scope in scopes})
