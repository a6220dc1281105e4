"""Whether a plain page is another one than is served elsewhere. Every sign returns the observations, or None.

Pages differ for many innocent reasons: by place, by language, by whoever asks. So one that a helper does not know is
held against this too: whether an unrelated server shows the very same to whoever names the site, and only then.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.catalog.records import Endpoint
from agent.verdict.evidence import Evidence
from agent.verdict.outside_views import believed
from agent.verdict.pages_alike import BARE_HEADERS, COMMON_HEADERS, are_alike
from agent.verdict.seen import PLAIN, Outside, Try
from agent.verdict.signs import Witnesses
from probes.limits import Limits
from probes.observation import Observation

#: The same page twice, with the hour or the visitor in it.
PROPORTION_OF_SAME = 0.9


def replaced_page(evidence: Evidence) -> Witnesses:
    """A page that comes here twice is nothing like the helpers'; and an unrelated server answers this Host with it.

    It is not the site's own then, wherever that looks different: the site is not there. Unless a proxy on the way goes
    where the Host says: so another name, asked for at the site's address, must draw a page of that server's, and
    no redirect such as its own site sends.
    """
    ours = [one for one in evidence.plain_tries if one.http is not None]
    unlike = unlike_outside(evidence.endpoint, ours, evidence.outside)
    elsewhere, innocent = evidence.varied("this_name_elsewhere"), evidence.varied("other_name_elsewhere")
    here = evidence.varied("control_name_here")
    if evidence.hop or len(ours) < 2 or not unlike or len(elsewhere) < 2 or not innocent or not here:
        return None
    page = ours[0].http
    if page is None or not all(_same(page, one.http) for one in (*ours, *elsewhere)):
        return None
    strangers = [one.http for one in (*innocent, *here)]
    if any(row is None or row.failure or _same(page, row) for row in strangers):
        return None
    if any(one.http is not None and _redirects(one.http) for one in here):
        return None
    shown = [one.http for one in (*ours, *elsewhere, *innocent, *here)]
    return (*(row for row in shown if row is not None), *unlike)


def unlike_outside(endpoint: Endpoint, ours: Sequence[Try], outside: Outside) -> tuple[Observation, ...]:
    """The pages that helpers saw, where each is nothing like each of ours; none where that cannot be told."""
    own = [one.http for one in ours if one.variation in PLAIN and one.http is not None and one.tls is None]
    if endpoint.protocol != "http" or endpoint.method != "GET" or not own or not all(map(_may_be_forged, own)):
        return ()
    trusted = believed(outside)
    theirs = tuple(row for row in outside.pages if row.observer in trusted)
    if not theirs or not all(_is_whole(row) and _is_known(row) and row.status_code == 200 for row in theirs):
        return ()
    return () if any(are_alike(mine, their) for mine in own for their in theirs) else theirs


def _may_be_forged(row: Observation) -> bool:
    """Whether nothing in the answer speaks for a real server: a page read to its end, no redirect, bare headers."""
    is_read = (row.body_bytes or 0) < Limits().body_bytes
    return _is_whole(row) and is_read and not _redirects(row) and BARE_HEADERS.issuperset(row.header_names)


def _redirects(row: Observation) -> bool:
    return row.status_code is not None and 300 <= row.status_code < 400


def _is_whole(row: Observation) -> bool:
    """Whether a page came, and to its end, so that it can be compared."""
    return row.succeeded and row.status_code is not None and bool(row.body_bytes)


def _is_known(row: Observation) -> bool:
    """Whether there is anything that the page could be known by."""
    return bool(row.title) or not COMMON_HEADERS.issuperset(row.header_names)


def _same(page: Observation, other: Observation | None) -> bool:
    """Whether it is the same page over again."""
    if other is None or other.failure or (page.status_code, page.title) != (other.status_code, other.title):
        return False
    shorter, longer = sorted((page.body_bytes or 0, other.body_bytes or 0))
    return set(page.header_names) == set(other.header_names) and shorter >= PROPORTION_OF_SAME * longer
