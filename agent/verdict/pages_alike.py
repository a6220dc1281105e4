"""Whether two answers in the clear can be of one site: by length, by title, by the headers of its server.

OONI calls pages alike that share one of these (ts-017). Here the two questions are kept apart: what shares one is
alike, and only what shares nothing at all is another page.
"""

from __future__ import annotations

from probes.observation import Observation

#: Shorter length over longer, from which on two pages are of a length (OONI ts-017).
LENGTH_RATIO = 0.7
#: Letters that a word of a title has to have to say something.
WORD_LETTERS = 4
#: Headers that any server sends. The rest tell one server from another (OONI ts-017 has a list like it).
COMMON_HEADERS = frozenset(
    "accept-ranges age alt-svc cache-control connection content-encoding content-language content-length content-type "
    "date etag expires keep-alive last-modified location p3p pragma server set-cookie strict-transport-security "
    "transfer-encoding upgrade vary via x-cache x-content-type-options x-frame-options x-powered-by "
    "x-xss-protection".split()
)
#: All that a box on the way sends in a server's name. Content networks and applications add headers of their own.
BARE_HEADERS = frozenset(
    "accept-ranges cache-control connection content-length content-type date etag expires keep-alive last-modified "
    "pragma server transfer-encoding vary".split()
)


def are_one(own: Observation, theirs: Observation) -> bool:
    """Whether both are one page: of one status, one title, and of a length."""
    same = own.status_code == theirs.status_code and bool(own.title) and own.title == theirs.title
    return same and _are_as_long(own, theirs) is True


def are_alike(own: Observation, theirs: Observation) -> bool:
    """Whether anything says that one site sent both: a status of the same kind beside length, title or headers; or
    headers that only one server has, whatever the status."""
    if _own_headers(own) & _own_headers(theirs):
        return True
    same_status = (own.status_code or 0) // 100 == (theirs.status_code or 0) // 100
    return same_status and (_are_as_long(own, theirs) is True or bool(_words(own) & _words(theirs)))


def share_nothing(own: Observation, theirs: Observation) -> bool:
    """Whether two whole pages that both say success have nothing in common, and enough is known of both to say so."""
    if {own.status_code, theirs.status_code} != {200} or _are_as_long(own, theirs) is not False:
        return False
    return not are_alike(own, theirs) and bool(_words(theirs) or _own_headers(theirs) or _words(own))


def _are_as_long(own: Observation, theirs: Observation) -> bool | None:
    """None where the length of one is not known, or nothing was sent."""
    if not own.body_bytes or not theirs.body_bytes:
        return None
    shorter, longer = sorted((own.body_bytes, theirs.body_bytes))
    return shorter / longer > LENGTH_RATIO


def _own_headers(row: Observation) -> frozenset[str]:
    return frozenset(row.header_names) - COMMON_HEADERS


def _words(row: Observation) -> frozenset[str]:
    return frozenset(word for word in row.title.casefold().split() if len(word) >= WORD_LETTERS)
