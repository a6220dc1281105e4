"""The page in the clear of somebody else's measurement beside the one that its control was given.

Every sign returns the observations that show it, or None.
"""

from __future__ import annotations

from collections.abc import Callable

from agent.verdict.evidence import Evidence
from agent.verdict.fingerprints import UNKNOWN
from agent.verdict.pages_alike import BARE_HEADERS, are_alike, are_one, share_nothing
from agent.verdict.signs import Witnesses
from probes.observation import Observation


def other_page(evidence: Evidence) -> Witnesses:
    """Another page in the clear than the control's, alike in nothing: both are whole, and neither is an error.

    A notice is short and comes out of a box, without a header of a site's own. What is as long as the control's page,
    or comes from more than a box, is a site's: in another language, for another place, for who may be a robot.
    """
    return _compared(evidence, _is_a_notice_instead)


def page_put_in(evidence: Evidence) -> Witnesses:
    """Such a page at the address asked for, from who is no origin server: those say the date (RFC 9110 6.6.1).

    Where a redirect led the control may never have been, and its page is of somewhere else.
    """
    pages = other_page(evidence)
    dated = any("date" in row.header_names for row in pages or () if not row.observer)
    return None if evidence.hop or dated else pages


def page_of_its_own(evidence: Evidence) -> bool:
    """Whether the control had the very page, by length and title, be it like a filter's: then the site says so to all.

    A helper of one's own choice may stand behind the same filter, and is not asked.
    """
    if not evidence.imported:
        return False
    answers = [one.http for one in evidence.plain_tries if one.http and one.tls is None and one.http.succeeded]
    return any(are_one(row, page) for row in answers for page in page_at_end(evidence))


def same_page(evidence: Evidence) -> Witnesses:
    """The page in the clear is the control's, or the same server answers both."""
    return _compared(evidence, are_alike)


def unlike_page(evidence: Evidence) -> Witnesses:
    """An error here and a page for the control, by servers that have nothing in common."""
    return _compared(
        evidence,
        lambda own, theirs: (own.status_code or 0) >= 400 > (theirs.status_code or 0) and not are_alike(own, theirs),
    )


def _is_a_notice_instead(own: Observation, theirs: Observation) -> bool:
    is_short = (own.body_bytes or 0) < (theirs.body_bytes or 0)
    return is_short and BARE_HEADERS.issuperset(own.header_names) and share_nothing(own, theirs)


def _compared(evidence: Evidence, judged: Callable[[Observation, Observation], bool]) -> Witnesses:
    """The last page here and the control's, where `judged` holds of them. What is a known page is left to its rule."""
    answers = [one.http for one in evidence.plain_tries if one.http and one.http.succeeded and one.tls is None]
    pages = page_at_end(evidence)
    if evidence.endpoint.protocol != "http" or not answers or not pages:
        return None
    known = any(row.fingerprint not in ("", UNKNOWN) or row.location for row in answers)
    if known or not all(judged(row, pages[0]) for row in answers):
        return None
    return (*answers, *pages)


def page_at_end(evidence: Evidence) -> tuple[Observation, ...]:
    """The page that the control came to in the end, through all redirects."""
    return tuple(row for row in evidence.outside.pages if got(row))


def got(row: Observation) -> bool:
    return row.succeeded and row.status_code is not None
