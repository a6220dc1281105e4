"""Every rule of imports decides what it is for and spares what only comes near: by what the network did, in words."""

from __future__ import annotations

import pytest

from agent.verdict.records import State
from agent.verdict.rules import IMPORTED
from tests.import_rig import (
    ELSEWHERE,
    HOST,
    NXDOMAIN,
    OTHER_PAGE,
    OWN,
    PAGE,
    PRIVATE,
    REFUSED,
    RESET,
    SILENCE,
    Table,
    connection,
    control,
    judged,
    measurement,
    query,
    showing,
)

PLAIN = f"http://{HOST}/"
PRODUCT = "http://44.7.7.7/UserCheck/PortalMain?IID=1"
ORDER = (
    "<title>Access denied</title><p>Access to this website has been blocked by order of the Ministry under the law.</p>"
)
#: A page of a filter speaks for itself.
SPEAK_FOR_THEMSELVES = {"import_http_filter_product", "import_http_order_said"}
UNKNOWN, STRANGER = "ssl_unknown_authority", "ssl_invalid_hostname"
BLOCKED, LIKELY, DOWN, OK, IMPAIRED = State.BLOCKED, State.LIKELY_BLOCKED, State.DOWN, State.OK, State.IMPAIRED
#: The names as a resolver on the way gives them, and the network that they are in.
LIES = [query(ELSEWHERE, asn=64999), query(ELSEWHERE, engine="udp", asn=64999)]
NOWHERE = control(dns=NXDOMAIN, at=())
AT_BOTH = control(at=(OWN, ELSEWHERE))

DENIED, OWN_V6 = "dns_refused_error", "2610:44::1"

#: Rule: (what happened, measurement, state, mechanisms).
Case = tuple[str, Table, State, tuple[str, ...]]
DECIDES: dict[str, list[Case]] = {
    "import_dns_bogon": [
        (
            "private address here",
            measurement(connection(PRIVATE, connect=SILENCE), queries=[query(PRIVATE)]),
            LIKELY,
            ("dns.injection.bogon",),
        ),
    ],
    "import_dns_denied": [
        (
            "no such name here alone",
            measurement(([], [], []), queries=[query(failure=NXDOMAIN)]),
            LIKELY,
            ("dns.nxdomain",),
        ),
        (
            "denied behind a redirect",
            measurement(
                connection(http=302, headers={"Location": "https://next.example/"}),
                queries=[query(OWN), query(failure=NXDOMAIN, host="next.example", hop=1)],
            ),
            LIKELY,
            ("dns.nxdomain",),
        ),
    ],
    "import_dns_unanswered": [
        (
            "two resolvers silent",
            measurement(([], [], []), queries=[query(failure=SILENCE), query(failure=SILENCE, engine="udp")]),
            LIKELY,
            ("dns.timeout",),
        ),
    ],
    "import_dns_foreign_server": [
        (
            "led to a stranger",
            measurement(connection(ELSEWHERE, tls=UNKNOWN), queries=LIES[:1]),
            LIKELY,
            ("dns.injection.other",),
        ),
    ],
    "import_dns_page_of_another": [
        (
            "led to another page",
            measurement(
                connection(ELSEWHERE, port=80, page=OTHER_PAGE, headers={"Server": "x"}), queries=LIES[:1], url=PLAIN
            ),
            LIKELY,
            ("dns.injection.other", "http.diff"),
        ),
    ],
    "import_dns_same_forgery": [
        (
            "both resolvers lead to a closed door",
            measurement(connection(ELSEWHERE, connect=REFUSED), queries=LIES),
            LIKELY,
            ("dns.injection.other",),
        ),
        (
            "a site that is gone",
            measurement(connection(ELSEWHERE, connect=REFUSED), queries=LIES, helper=NOWHERE),
            LIKELY,
            ("dns.injection.other",),
        ),
    ],
    "import_dns_unknown_everywhere": [
        ("nobody knows it", measurement(([], [], []), queries=[query(failure=NXDOMAIN)], helper=NOWHERE), DOWN, ()),
        (
            "it points home for all",
            measurement(([], [], []), queries=[query("127.0.0.1")], helper=control("127.0.0.1", http="unknown_error")),
            DOWN,
            (),
        ),
    ],
    "import_dns_invented_here": [
        (
            "this resolver alone knows it",
            measurement(connection(ELSEWHERE, connect=REFUSED), queries=LIES[:1], helper=NOWHERE),
            IMPAIRED,
            (),
        ),
    ],
    "import_tcp_connects_abroad": [
        ("packets dropped", measurement(connection(connect=SILENCE)), LIKELY, ("tcp.timeout",)),
        ("refused", measurement(connection(connect=REFUSED)), LIKELY, ("tcp.refused",)),
    ],
    "import_tcp_fails_everywhere": [
        ("the server is off", measurement(connection(connect=SILENCE), helper=control(connect=SILENCE)), DOWN, ()),
    ],
    "import_tls_works_abroad": [
        ("reset in the handshake", measurement(connection(tls=RESET)), LIKELY, ("tls.reset.other",)),
        ("silence in the handshake", measurement(connection(tls=SILENCE)), LIKELY, ("tls.timeout",)),
        (
            "another's certificate at its own address",
            measurement(connection(tls=UNKNOWN)),
            LIKELY,
            ("tls",),
        ),
    ],
    "import_tls_fails_everywhere": [
        (
            "a wrong certificate for all",
            measurement(connection(tls=STRANGER), helper=control(tls=STRANGER, http=STRANGER)),
            DOWN,
            (),
        ),
    ],
    "import_http_works_abroad": [
        ("reset after the request", measurement(connection(port=80, http=RESET), url=PLAIN), LIKELY, ("http.reset",)),
    ],
    "import_http_fails_everywhere": [
        (
            "no answer for anybody",
            measurement(connection(port=80, http=SILENCE), url=PLAIN, helper=control(http=SILENCE)),
            DOWN,
            (),
        ),
    ],
    "import_http_other_page": [
        (
            "another page at its own address",
            measurement(connection(port=80, page=OTHER_PAGE, headers={"Server": "x"}), url=PLAIN),
            LIKELY,
            ("http.diff",),
        ),
    ],
    "import_http_filter_product": [
        (
            "sent to the page of a filter product",
            measurement(connection(port=80, http=302, page="", headers={"Location": PRODUCT}), url=PLAIN),
            LIKELY,
            ("http.blockpage",),
        ),
    ],
    "import_http_order_said": [
        (
            "a page on no list that speaks of an order",
            measurement(connection(port=80, page=ORDER, headers={"Server": "x"}), url=PLAIN),
            LIKELY,
            ("http.blockpage",),
        ),
    ],
    "import_http_same_page": [("the same page", measurement(connection(port=80), url=PLAIN), OK, ())],
    "import_http_error_here_alone": [
        (
            "an error here alone",
            measurement(connection(port=80, http=503, page=OTHER_PAGE, headers={"Server": "x"}), url=PLAIN),
            IMPAIRED,
            (),
        ),
    ],
}
SPARES: dict[str, list[Case]] = {
    "import_dns_bogon": [
        (
            "the address is private abroad too",
            measurement(([], [], []), queries=[query(PRIVATE)], helper=control(PRIVATE, http="unknown_error")),
            DOWN,
            (),
        ),
        ("a hosts file points home", measurement(([], [], []), queries=[query("127.0.0.1")]), IMPAIRED, ()),
    ],
    "import_dns_denied": [
        ("one lookup was lost", measurement(([], [], []), queries=[query(failure=SILENCE)]), IMPAIRED, ()),
        ("a resolver that refuses", measurement(([], [], []), queries=[query(failure=DENIED)]), IMPAIRED, ()),
        (
            "the site has IPv6 alone",
            measurement(([], [], []), queries=[query(failure="dns_no_answer")], helper=control(OWN_V6, at=(OWN_V6,))),
            IMPAIRED,
            (),
        ),
    ],
    "import_dns_unanswered": [
        (
            "another resolver answers",
            measurement(queries=[query(failure=SILENCE), query(OWN, engine="udp")]),
            IMPAIRED,
            (),
        ),
    ],
    "import_dns_foreign_server": [
        (
            "a machine of the same network with a wrong setting",
            measurement(connection(ELSEWHERE, tls=STRANGER), queries=[query(ELSEWHERE)]),
            IMPAIRED,
            (),
        ),
    ],
    "import_dns_page_of_another": [
        (
            "another machine of the same site",
            measurement(connection(ELSEWHERE, port=80), queries=LIES[:1], url=PLAIN),
            OK,
            (),
        ),
    ],
    "import_dns_same_forgery": [
        ("a content network gives another of its machines", measurement(connection(ELSEWHERE), queries=LIES), OK, ()),
        ("its machine nearby is dead", measurement(connection(ELSEWHERE, connect=SILENCE), queries=LIES), IMPAIRED, ()),
    ],
    "import_dns_unknown_everywhere": [
        ("it is known abroad", measurement(([], [], []), queries=[query(failure=NXDOMAIN)]), LIKELY, ("dns.nxdomain",)),
    ],
    "import_dns_invented_here": [
        (
            "what it leads to proves itself",
            measurement(connection(ELSEWHERE), queries=LIES[:1], helper=NOWHERE),
            OK,
            (),
        ),
    ],
    "import_tcp_connects_abroad": [
        (
            "there is no IPv6 here",
            measurement(
                connection(),
                connection("2610:44::1", connect="network_unreachable", number=2),
                queries=[query(OWN, "2610:44::1")],
                helper=control(OWN, "2610:44::1", at=(OWN, "2610:44::1")),
            ),
            OK,
            (),
        ),
        ("no route from here", measurement(connection(connect="network_unreachable")), IMPAIRED, ()),
        (
            "IPv6 goes nowhere, and there is nothing else",
            measurement(
                connection(OWN_V6, connect=SILENCE), queries=[query(OWN_V6)], helper=control(OWN_V6, at=(OWN_V6,))
            ),
            IMPAIRED,
            (),
        ),
        (
            "a dead machine of the site's network, at which the control did not look",
            measurement(connection(ELSEWHERE, connect=SILENCE), queries=[query(ELSEWHERE)]),
            IMPAIRED,
            (),
        ),
    ],
    "import_tcp_fails_everywhere": [
        (
            "a forged address fails for the control too",
            measurement(
                connection(ELSEWHERE, connect=REFUSED),
                queries=LIES,
                helper=control(at=(OWN,))
                | {
                    "tcp_connect": {
                        f"{OWN}:443": {"status": True, "failure": None},
                        f"{ELSEWHERE}:443": {"status": False, "failure": REFUSED},
                    }
                },
            ),
            LIKELY,
            ("dns.injection.other",),
        ),
    ],
    "import_tls_works_abroad": [
        (
            "an expired certificate: the clock may be wrong",
            measurement(connection(tls="ssl_invalid_certificate")),
            IMPAIRED,
            (),
        ),
        *(
            (f"a certificate by {issuer}", showing(measurement(connection(tls=UNKNOWN)), issuer), IMPAIRED, ())
            for issuer in ("Kaspersky Anti-Virus Personal Root", "FGT60FTK20012345", "ISRG Root X2")
        ),
    ],
    "import_tls_fails_everywhere": [
        ("the control shakes hands", measurement(connection(tls=RESET)), LIKELY, ("tls.reset.other",)),
    ],
    "import_http_works_abroad": [
        ("silence within TLS: a slow server", measurement(connection(http=SILENCE)), IMPAIRED, ()),
        (
            "a broken machine of the site's network, at which the control did not look",
            measurement(connection(ELSEWHERE, port=80, http=RESET), queries=[query(ELSEWHERE)], url=PLAIN),
            IMPAIRED,
            (),
        ),
    ],
    "import_http_fails_everywhere": [
        ("the control has the page", measurement(connection(port=80, http=RESET), url=PLAIN), LIKELY, ("http.reset",)),
    ],
    "import_http_other_page": [
        (
            "another language, of the same server",
            measurement(connection(port=80, page="<title>Wetter</title>heiter"), url=PLAIN),
            OK,
            (),
        ),
        (
            "another language, of another server, and longer",
            measurement(connection(port=80, page=OTHER_PAGE + "x" * 2000, headers={"Server": "x"}), url=PLAIN),
            OK,
            (),
        ),
        (
            "a short page of an origin server's, which says the date",
            measurement(connection(port=80, page=OTHER_PAGE, headers={"Server": "x", "Date": "now"}), url=PLAIN),
            OK,
            (),
        ),
        (
            "a challenge of a content network",
            measurement(connection(port=80, http=503, page=OTHER_PAGE), url=PLAIN),
            OK,
            (),
        ),
    ],
    "import_http_filter_product": [
        (
            "sent to a page of its own",
            measurement(
                connection(port=80, http=302, page="", headers={"Location": f"https://{HOST}/usercheck"}), url=PLAIN
            ),
            OK,
            (),
        ),
    ],
    "import_http_order_said": [
        (
            "the site itself says so, to all",
            measurement(connection(port=80, page=ORDER), url=PLAIN, helper=control(page=ORDER)),
            OK,
            (),
        ),
    ],
    "import_http_same_page": [
        (
            "an error by another server",
            measurement(connection(port=80, http=404, page=OTHER_PAGE, headers={"Server": "x"}), url=PLAIN),
            IMPAIRED,
            (),
        ),
    ],
    "import_http_error_here_alone": [
        ("the same server's error", measurement(connection(port=80, http=403, page=OTHER_PAGE), url=PLAIN), OK, ()),
    ],
}
#: What other tools than OONI's show has its cases with them (tests/test_import_others.py).
ELSEWHERE_TRIED = {"import_http_name_alone"}


def table(cases: dict[str, list[Case]]) -> list[object]:
    return [pytest.param(rule, *case[1:], id=f"{rule}: {case[0]}") for rule, each in cases.items() for case in each]


@pytest.mark.parametrize(("rule", "said", "state", "mechanisms"), table(DECIDES))
def test_it_decides(rule: str, said: Table, state: State, mechanisms: tuple[str, ...]) -> None:
    verdict = judged(said)
    assert (verdict.state, verdict.mechanisms) == (state, mechanisms), verdict.because
    assert rule in verdict.rule_ids


@pytest.mark.parametrize(("rule", "said", "state", "mechanisms"), table(SPARES))
def test_it_spares(rule: str, said: Table, state: State, mechanisms: tuple[str, ...]) -> None:
    verdict = judged(said)
    assert (verdict.state, verdict.mechanisms) == (state, mechanisms), verdict.because
    assert rule not in verdict.rule_ids


def test_every_rule_of_imports_has_a_case_and_a_near_miss() -> None:
    ids = {rule.id for rule in IMPORTED} - ELSEWHERE_TRIED
    assert ids == set(DECIDES) == set(SPARES)


@pytest.mark.parametrize("rule", [rule.id for rule in IMPORTED if rule.id not in SPEAK_FOR_THEMSELVES])
def test_none_speaks_where_no_control_looked(rule: str) -> None:
    """Without the helper's answer there is nothing to hold a failure against, so that nobody is accused."""
    for cases in (DECIDES, SPARES):
        for _, said, *_ in cases.get(rule, []):
            said = {**said, "test_keys": {**said["test_keys"], "control": None, "control_failure": SILENCE}}
            assert judged(said).state not in {BLOCKED, LIKELY, DOWN}


def test_a_page_like_a_filters_that_the_control_is_shown_too_is_the_sites_own() -> None:
    frame = '<iframe src="http://10.10.34.34?type=Invalid Site&policy=MainPolicy "></iframe>'
    page = f"<html><head><title>An archive of pages</title></head><body>{frame}</body></html>"
    said = measurement(connection(port=80, page=page), url=PLAIN, helper=control(page=page))
    assert judged(said).state is not BLOCKED
    assert judged({**said, "test_keys": {**said["test_keys"], "control": control()}}).state is BLOCKED


def test_the_page_of_the_rig_is_open() -> None:
    """What the cases change is what they are of."""
    assert (judged(measurement()).state, PAGE != OTHER_PAGE) == (OK, True)
