"""Whether a plain page is another one than is served elsewhere. Every sign returns the observations, or None.

Pages differ for many innocent reasons: by place, by language, by whoever asks. So one that a helper does not know is
held against this too: whether an unrelated server shows the very same to whoever names the site, and only then.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.catalog.records import Endpoint
from agent.verdict.evidence import Evidence
from agent.verdict.outside_signs import believed
from agent.verdict.seen import PLAIN, Outside, Try
from agent.verdict.signs import Witnesses
from probes.limits import Limits
from probes.observation import Observation

#: Headers that every server sends and that tell nothing of whose page it is. Content networks and applications always
#: add some of their own; what a box on the way sends in a server's name seldom has any.
COMMON_HEADERS = frozenset(
    "accept-ranges cache-control connection content-length content-type date etag expires keep-alive last-modified "
    "pragma server transfer-encoding vary".split()
)
#: Bodies whose lengths are in this proportion, or nearer, may be one page (OONI's bound, http-diff).
PROPORTION = 0.7
#: The same page twice, with the hour or the visitor in it.
PROPORTION_OF_SAME = 0.9
#: A title's words that tell something.
WORD = re.compile(r"\w{3,}")


def replaced_page(evidence: Evidence) -> Witnesses:
    """A page that comes here twice is nothing like the helpers'; and an unrelated server answers this Host with it.

    It is not the site's own then, wherever that looks different: the site is not there.
    """
    ours = [one for one in evidence.plain_tries if one.http is not None]
    unlike = unlike_outside(evidence.endpoint, ours, evidence.outside)
    elsewhere, innocent = evidence.varied("this_name_elsewhere"), evidence.varied("other_name_elsewhere")
    if evidence.hop or len(ours) < 2 or not unlike or len(elsewhere) < 2 or not innocent:
        return None
    page = ours[0].http
    if page is None or not all(_same(page, one.http) for one in (*ours, *elsewhere)):
        return None
    strangers = [one.http for one in innocent]
    if any(row is None or row.failure or _same(page, row) for row in strangers):
        return None
    shown = [one.http for one in (*ours, *elsewhere, *innocent)]
    return (*(row for row in shown if row is not None), *unlike)


def unlike_outside(endpoint: Endpoint, ours: Sequence[Try], outside: Outside) -> tuple[Observation, ...]:
    """The pages that helpers saw, where each is nothing like each of ours; none where that cannot be told."""
    own = [one.http for one in ours if one.variation in PLAIN and one.http is not None and one.tls is None]
    if endpoint.protocol != "http" or endpoint.method != "GET" or not own or not all(map(_may_be_forged, own)):
        return ()
    trusted = believed(outside)
    theirs = tuple(row for row in outside.pages if row.observer in trusted)
    if not theirs or not all(_is_whole(row) and row.status_code == 200 for row in theirs):
        return ()
    return () if any(_alike(mine, their) for mine in own for their in theirs) else theirs


def _may_be_forged(row: Observation) -> bool:
    """Whether nothing in the answer speaks for a real server: a whole page, no redirect, and no header of its own."""
    redirects = row.status_code is not None and 300 <= row.status_code < 400
    return _is_whole(row) and not redirects and COMMON_HEADERS.issuperset(row.header_names)


def _is_whole(row: Observation) -> bool:
    """Whether a page came to its end: it can be compared."""
    return row.succeeded and row.status_code is not None and row.body_bytes is not None and bool(row.body_bytes)


def _alike(mine: Observation, their: Observation) -> bool:
    """Whether two answers have anything in common, or nothing to know either by."""
    if not their.title and COMMON_HEADERS.issuperset(their.header_names):
        return True
    own_headers = (set(mine.header_names) & set(their.header_names)) - COMMON_HEADERS
    return bool(own_headers or _words(mine) & _words(their) or _in_proportion(mine, their, PROPORTION))


def _words(row: Observation) -> set[str]:
    return set(WORD.findall(row.title.casefold()))


def _in_proportion(one: Observation, other: Observation, least: float) -> bool:
    """Whether two bodies are about as long. One that was read to our bound may be any length beyond."""
    shorter, longer = sorted((one.body_bytes or 0, other.body_bytes or 0))
    return longer == 0 or shorter >= Limits().body_bytes or shorter / longer > least


def _same(page: Observation, other: Observation | None) -> bool:
    """Whether it is the same page over again."""
    if other is None or other.failure or (page.status_code, page.title) != (other.status_code, other.title):
        return False
    return set(page.header_names) == set(other.header_names) and _in_proportion(page, other, PROPORTION_OF_SAME)
