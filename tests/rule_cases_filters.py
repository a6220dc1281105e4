"""When each rule about filters' pages and addresses decides, and when it must not: what happened, and what it means."""

from __future__ import annotations

from agent.verdict.fingerprints import DATA_CENTRE, UNKNOWN
from agent.verdict.records import State
from tests.observations import ANCHOR, OWN, STRANGER, Rows, honest_names, told_by_doh
from tests.rule_cases_names import PLAIN, POOL, UNKNOWN_AUTHORITY, WEB, Case, RuleCases, alive

HTTP = "http://site.example/"
POST, POST_TWO = "post://44.1.2.1:443", "post://44.1.2.2:443"
#: Addresses of the lists: of an order's filter with a page, of one that leads to strangers, and of one that is chosen.
ORDERED, LEADING_ASTRAY, CHOSEN = "36.86.63.185", "8.7.198.45", "146.112.61.106"


def shown(page: str, *, status: int = 403, rows: Rows | None = None) -> Rows:
    return (rows or honest_names()).tried(at=HTTP, http=status, page=page, times=2)


def said_by_name(*, here: str = "", other: str = "", elsewhere: str = UNKNOWN, times: int = 2) -> Rows:
    """A page on no list, and what comes for other Hosts, and for the site's at the anchor."""
    return (
        shown(UNKNOWN)
        .tried(ANCHOR, at=HTTP, variation="other_name_elsewhere", name="innocent.example", http=404, page=other)
        .tried(OWN, at=HTTP, variation="control_name_here", name="control.example", http=404, page=here)
        .tried(ANCHOR, at=HTTP, variation="this_name_elsewhere", http=403, page=elsewhere, times=times)
    )


def answered(address: str, *, proven: str = OWN) -> Rows:
    """The system's resolver gives `address`, where nothing answers; DoH gives another that proves itself."""
    return told_by_doh(alive().asked((address,)), proven).tried(address, connect="generic_timeout_error", times=2)


FILTERS = {
    "http_order_said_to_this_name": RuleCases(
        decides=(
            Case(
                what="the Host alone draws the page, here and at the anchor",
                target=PLAIN,
                rows=said_by_name,
                state=State.LIKELY_BLOCKED,
                mechanisms=("http.blockpage",),
            ),
        ),
        spares=(
            Case(
                what="any Host draws it: a log-in page",
                target=PLAIN,
                rows=lambda: said_by_name(here=UNKNOWN, other=UNKNOWN),
                state=State.IMPAIRED,
            ),
            Case(
                what="only its own server shows it",
                target=PLAIN,
                rows=lambda: said_by_name(elsewhere=""),
                state=State.IMPAIRED,
            ),
            Case(
                what="the anchor showed it once", target=PLAIN, rows=lambda: said_by_name(times=1), state=State.IMPAIRED
            ),
        ),
    ),
    "http_filter_of_a_place": RuleCases(
        decides=(
            Case(
                what="a product's page", target=PLAIN, rows=lambda: shown("any_fortinet_policy"), state=State.IMPAIRED
            ),
            Case(what="a bar on adult content", target=PLAIN, rows=lambda: shown("gb_o2"), state=State.IMPAIRED),
        ),
        spares=(
            Case(
                what="the site's own firewall, under its certificate",
                rows=lambda: honest_names().tried(page="any_fortinet_policy"),
                state=State.OK,
            ),
            Case(
                what="a page of an order's",
                target=PLAIN,
                rows=lambda: shown("ru_law_149_access"),
                state=State.BLOCKED,
                mechanisms=("http.blockpage",),
            ),
        ),
    ),
    "http_order_said": RuleCases(
        decides=(
            Case(what="a page on no list", target=PLAIN, rows=lambda: shown(UNKNOWN), state=State.IMPAIRED),
            Case(what="with status 200", target=PLAIN, rows=lambda: shown(UNKNOWN, status=200), state=State.IMPAIRED),
        ),
        spares=(
            Case(
                what="once, and then the site's own page",
                target=PLAIN,
                rows=lambda: honest_names().tried(at=HTTP, http=200, page=UNKNOWN).tried(at=HTTP, http=200),
                state=State.OK,
            ),
            Case(what="the site itself says so", rows=lambda: honest_names().tried(page=UNKNOWN), state=State.OK),
        ),
    ),
    "http_stranger_answers": RuleCases(
        decides=(
            Case(
                what="pages of somebody's at every data centre",
                target=POOL,
                rows=lambda: (
                    Rows()
                    .tried("44.1.2.1", at=POST, page="no_page", times=2)
                    .tried("44.1.2.2", at=POST_TWO, http=404, page="no_page", times=2)
                ),
                state=State.IMPAIRED,
            ),
        ),
        spares=(
            Case(
                what="a data centre's own word",
                target=POOL,
                rows=lambda: Rows().tried("44.1.2.1", at=POST, http=501, page=DATA_CENTRE),
                state=State.OK,
            ),
            Case(
                what="any page of a web site", target=PLAIN, rows=lambda: honest_names().tried(at=HTTP), state=State.OK
            ),
        ),
    ),
    "dns_listed_block_address": RuleCases(
        decides=(
            Case(
                what="the address of a filter's page",
                rows=lambda: answered(ORDERED),
                state=State.BLOCKED,
                mechanisms=("dns.injection.blockpage",),
            ),
            Case(
                what="an address that leads astray",
                rows=lambda: answered(LEADING_ASTRAY),
                state=State.BLOCKED,
                mechanisms=("dns.injection.other",),
            ),
        ),
        spares=(
            Case(what="it proves itself", rows=lambda: answered(ORDERED, proven=ORDERED), state=State.OK),
            Case(
                what="only another resolver gives it",
                rows=lambda: honest_names().asked((ORDERED,), of="other-udp").tried(),
                state=State.OK,
            ),
            Case(what="a neighbour of the address", rows=lambda: answered("36.86.63.186"), state=State.IMPAIRED),
        ),
    ),
    "dns_filter_of_a_place": RuleCases(
        decides=(
            Case(what="an address of a resolver that filters", rows=lambda: answered(CHOSEN), state=State.IMPAIRED),
            Case(
                what="with the filter's own certificate",
                rows=lambda: told_by_doh(alive().asked((CHOSEN,)), OWN).tried(CHOSEN, tls=UNKNOWN_AUTHORITY, times=2),
                state=State.IMPAIRED,
            ),
        ),
        spares=(
            Case(
                what="somebody else's certificate",
                target=WEB,
                rows=lambda: told_by_doh(alive().asked((STRANGER,)), OWN).tried(
                    STRANGER, tls=UNKNOWN_AUTHORITY, times=2
                ),
                state=State.LIKELY_BLOCKED,
                mechanisms=("dns.injection.other",),
            ),
        ),
    ),
}
