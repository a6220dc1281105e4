"""Which known page of a filter an answer is. Pure, and fast enough to ask it of every answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from agent.verdict.fingerprints import asia, choices, europe, gulf, indonesia, iran, russia
from agent.verdict.fingerprints.app import DATA_CENTRE, is_data_centre
from agent.verdict.fingerprints.reading import Reading, read
from agent.verdict.fingerprints.record import ORDERED, Page, Place, Scope
from agent.verdict.fingerprints.unknown import UNKNOWN, speaks_of_an_order
from probes.page import status_and_location

_TABLES = (russia, indonesia, asia, gulf, europe, choices)
PLACES: tuple[Place, ...] = tuple(place for table in _TABLES for place in table.PLACES)
#: In this order the first that fits is named: what speaks for a country before what speaks for a product.
PAGES: tuple[Page, ...] = tuple(
    page for scope in Scope for table in _TABLES for page in table.PAGES if page.scope is scope
)
#: Pieces of an address that a product puts behind any host: a redirect there is the product's, whoever runs it.
#: UrlRedir is what the SKAT of VAS Experts, a product for providers in Russia, adds to where it sends a visitor.
PIECES: tuple[tuple[str, Scope, tuple[str, ...]], ...] = (
    ("ru_to_skat_block", Scope.PROVIDER, ("urlredir=http", "block")),
    ("ru_to_skat_zapret", Scope.PROVIDER, ("urlredir=http", "zapret")),
    ("ru_to_skat_forbidden", Scope.PROVIDER, ("urlredir=http", "forbid")),
    ("ru_to_skat_deny", Scope.PROVIDER, ("urlredir=http", "deny")),
    ("ru_to_skat_register", Scope.PROVIDER, ("urlredir=http", "rkn")),
    ("any_to_checkpoint", Scope.PRODUCT, ("/usercheck/portalmain",)),
    ("any_to_websense", Scope.PRODUCT, (":15871/cgi-bin/block",)),
    ("any_to_netsweeper", Scope.PRODUCT, ("/webadmin/deny",)),
    ("any_to_netsweeper_rule", Scope.PRODUCT, ("dpid=", "dpruleid=")),
    ("any_to_access_url", Scope.PRODUCT, ("/?accessurl=", "urlclassname=")),
    ("any_to_iboss", Scope.PRODUCT, ("/ibreports/ibp/",)),
    ("any_to_iboss_page", Scope.PRODUCT, ("/block/restricted.html?fn=",)),
    ("any_to_palo_alto", Scope.PRODUCT, ("/php/urlblock.php?args=",)),
    ("any_to_squid_guard", Scope.PRODUCT, ("squidguard.cgi?clientaddr=",)),
    ("any_to_squid", Scope.PRODUCT, ("/sgerror.php?url=",)),
    ("any_to_untangle", Scope.PRODUCT, ("/web-filter/blockpage?nonce=",)),
    ("any_to_iserv", Scope.CHOICE, ("/idesk/inet/block.php?",)),
)


def _shown(page_id: str) -> str:
    """The id of a page that shows in a frame what a redirect of this id leads to."""
    return page_id.replace("_to_", "_at_", 1)


def _kinds() -> Iterator[tuple[str, Scope, str]]:
    """Id, scope and mechanism of everything that can be recognised."""
    for page in PAGES:
        yield page.id, page.scope, "http.blockpage"
    for place in PLACES:
        yield place.redirect_id, place.scope, "http.redirect"
        yield place.shown_id, place.scope, "http.blockpage"
    for page_id, scope, _ in PIECES:
        yield page_id, scope, "http.redirect"
        yield _shown(page_id), scope, "http.blockpage"
    for frame in iran.FRAMES:
        yield frame.id, Scope.NATION, frame.mechanism


#: Who runs the filter of a known page, by the page's id.
SCOPE_OF_PAGE: Mapping[str, Scope] = MappingProxyType({page_id: scope for page_id, scope, _ in _kinds()})
#: Mechanisms of the pages that settle a verdict alone: a filter serves them that was ordered to.
MECHANISM_OF_PAGE: Mapping[str, str] = MappingProxyType(
    {page_id: mechanism for page_id, scope, mechanism in _kinds() if scope in ORDERED}
)


def recognise(status_code: int | None, location: str, body: bytes) -> str:
    """The id of the known page that an answer is, or empty. A redirect is looked at only with a 3xx status.

    A body that holds a whole answer, as some recordings do, is taken for that answer.
    """
    if body.startswith(b"HTTP/1."):
        status_code, location = status_and_location(body)
        body = body.partition(b"\r\n\r\n")[2]
    redirect = location if status_code is not None and 300 <= status_code < 400 else ""
    if found := iran.frame_of(redirect.encode(), body) or redirected_to(redirect):
        return found
    if not body.strip():
        return ""
    if is_data_centre(body):
        return DATA_CENTRE
    page = read(body)
    return shown_by(page) if page is not None else ""


def redirected_to(location: str) -> str:
    """The id of the filter's place that a redirect leads to, or of the product whose page it is."""
    target = location.strip().lower().partition("//")[2] or location.strip().lower()
    place = _place_of(target)
    return place.redirect_id if place is not None else _piece_of(target)


def shown_by(page: Reading) -> str:
    """The id of the known page that a page is, or of one that leads to a filter's place by itself."""
    found = [place for target in page.leads_to if (place := _place_of(target)) is not None]
    if ordered := next((place for place in found if place.scope in ORDERED), None):
        return ordered.shown_id
    known = next((one for one in PAGES if _is(one, page)), None)
    if known is not None and (known.code or page.is_notice):
        return known.id
    if found:
        return found[0].shown_id
    if piece := next((piece for target in page.leads_to if (piece := _piece_of(target))), ""):
        return _shown(piece)
    return UNKNOWN if speaks_of_an_order(page) else ""


def _is(known: Page, page: Reading) -> bool:
    """Loops, where `all` would read better: every page of an import is held against every known one."""
    for fact in known.title:
        if (page.title != fact[1:]) if fact.startswith("=") else (fact not in page.title):
            return False
    if len(known.text) == 1 and not page.says(known.text[0]):
        return False
    for fact in known.text:
        if not page.holds(fact):
            return False
    return all(fact in page.code for fact in known.code)


def _by_host(places: Iterable[Place]) -> Mapping[str, tuple[tuple[str, Place], ...]]:
    """Paths by host; of those of one host the longest first."""
    found: dict[str, list[tuple[str, Place]]] = defaultdict(list)
    for place in places:
        host, slash, path = place.at.partition("/")
        found[host].append((slash + path, place))
    return {host: tuple(sorted(paths, key=lambda one: -len(one[0]))) for host, paths in found.items()}


_BY_HOST = _by_host(PLACES)


def _place_of(target: str) -> Place | None:
    """The filter's place that `target`, host and path without the scheme, lies in."""
    host, path = _split(target)
    named = _BY_HOST.get(host) or _BY_HOST.get(host.partition(":")[0]) or ()
    return next((place for start, place in named if path.startswith(start)), None)


def _split(target: str) -> tuple[str, str]:
    for at, letter in enumerate(target):
        if letter in "/?":
            return target[:at].rstrip("."), (target[at:] if letter == "/" else "/" + target[at:])
    return target.rstrip("."), "/"


def _piece_of(target: str) -> str:
    return next((page_id for page_id, _, pieces in PIECES if all(piece in target for piece in pieces)), "")
