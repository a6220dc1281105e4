"""The page in the clear of somebody else's measurement beside the one that its control was given.

Every sign returns the observations that show it, or None.
"""

from __future__ import annotations

from collections.abc import Callable

from agent.verdict.evidence import Evidence
from agent.verdict.fingerprints import UNKNOWN
from agent.verdict.pages_alike import are_alike, share_nothing
from agent.verdict.signs import Witnesses
from probes.observation import Observation


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
