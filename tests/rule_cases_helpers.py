"""When each rule about what helpers saw decides, and when it must not: what happened, and what it means."""

from __future__ import annotations

from typing import Any

from agent.verdict.records import State
from tests.observations import ANCHOR, OWN, OWN_TWO, OWN_V6, STRANGER, Rows, honest_names
from tests.rule_cases_connections import (
    CLOSE,
    HTTP,
    REFUSED,
    RESET,
    SILENCE,
    failing,
    failing_plain,
    pool,
)
from tests.rule_cases_names import EXPIRED, NXDOMAIN, PLAIN, POOL, Case, RuleCases

CHAT = "tcp://chat.site.example:5222"
POSTS = ("post://44.1.2.1:443", "post://44.1.2.2:443")
#: The site's own page as a helper gets it, and a notice that stands in its place here.
OWN_PAGE: dict[str, Any] = {"title": "The news of the day", "body_bytes": 20_000, "header_names": ("x-own", "date")}
NOTICE: dict[str, Any] = {"title": "Access denied", "body_bytes": 300, "header_names": ("date", "content-type")}


def unreached(failure: str = SILENCE, *, times: int = 2) -> Rows:
    return honest_names().tried(connect=failure, times=times)


def over_ipv6(*failures: str, elsewhere: bool = True) -> Rows:
    """The site works over IPv6; over IPv4 it fails in these ways, and something `elsewhere` takes connections."""
    rows = honest_names().asked((OWN_V6,), query_type="AAAA").tried(OWN_V6)
    for failure in failures:
        rows.tried(connect=failure)
    if elsewhere:
        rows.add(operation="connect", address=STRANGER, port=443, platform="other", target="other/web", endpoint="x")
    return rows


def silent_pool(rows: Rows | None = None) -> Rows:
    rows = pool(SILENCE, SILENCE, rows=rows)
    for address, at in zip(("44.1.2.1", "44.1.2.2"), POSTS, strict=True):
        rows.helped(address, at=at, page=501)
    return rows


def chat(*, elsewhere: bool) -> Rows:
    rows = honest_names(name="chat.site.example").tried(at=CHAT, connect=SILENCE, times=2).helped(at=CHAT, page=SILENCE)
    if elsewhere:
        rows.add(operation="connect", address=STRANGER, port=5222, platform="other", target="other/web", endpoint="x")
    return rows


def shown(
    *,
    here: dict[str, Any] = NOTICE,
    elsewhere: dict[str, Any] = NOTICE,
    stranger: dict[str, Any] | None = None,
    control: dict[str, Any] | None = None,
) -> Rows:
    """A plain page that came twice; what the anchor shows to who names the site, and to who names a control; and what
    the site's address shows to who names a control."""
    rows = honest_names()
    page(rows, OWN, "first", here)
    page(rows, OWN, "fresh_port", here)
    page(rows, ANCHOR, "this_name_elsewhere", elsewhere)
    page(rows, ANCHOR, "this_name_elsewhere", elsewhere)
    page(rows, OWN, "control_name_here", control or {"title": "Nobody of that name", "body_bytes": 900})
    page(rows, ANCHOR, "other_name_elsewhere", stranger or {"title": "", "body_bytes": 90, "header_names": ("date",)})
    return rows


def page(rows: Rows, address: str, variation: str, columns: dict[str, Any]) -> None:
    mark: dict[str, Any] = {
        "platform": "site",
        "target": "site/plain",
        "endpoint": HTTP,
        "address": address,
        "port": 80,
    }
    mark |= {"variation": variation, "connection_id": f"c{len(rows.rows) + 1:05d}", "hostname": "site.example"}
    rows.add(operation="connect", **mark)
    rows.add(operation="http_round_trip", **{"status_code": 200, "method": "GET", **mark, **columns})


HELPERS = {
    "tcp_helper_connects": RuleCases(
        decides=(
            Case(
                what="silence here, and a helper connects and is shown the certificate",
                rows=lambda: unreached().helped(),
                state=State.LIKELY_BLOCKED,
                mechanisms=("tcp.timeout",),
            ),
            Case(
                what="the port is said to be closed here, and is not",
                rows=lambda: unreached(REFUSED).helped(),
                state=State.LIKELY_BLOCKED,
                mechanisms=("tcp.refused",),
            ),
            Case(
                what="a router says that nobody is there, and somebody is",
                rows=lambda: unreached("host_unreachable").helped(),
                state=State.LIKELY_BLOCKED,
                mechanisms=("ip.unreachable",),
            ),
            Case(
                what="data centres that an app has built in",
                target=POOL,
                rows=silent_pool,
                state=State.LIKELY_BLOCKED,
                mechanisms=("tcp.timeout",),
            ),
            Case(
                what="an app's port, which passes elsewhere",
                target="site/chat",
                rows=lambda: chat(elsewhere=True),
                state=State.LIKELY_BLOCKED,
                mechanisms=("tcp.timeout",),
            ),
        ),
        spares=(
            Case(what="it was tried once", rows=lambda: unreached(times=1).helped(), state=State.IMPAIRED),
            Case(
                what="silence on a line that loses each third connection",
                rows=lambda: (
                    unreached(times=3)
                    .helped()
                    .tried(STRANGER, at="https://other.example/", connect=SILENCE)
                    .tried(STRANGER, at="https://other.example/", times=2)
                ),
                state=State.IMPAIRED,
            ),
            Case(
                what="a site of IPv6 alone",
                rows=lambda: honest_names().tried(OWN_V6, connect=SILENCE, times=2).helped(OWN_V6),
                state=State.IMPAIRED,
            ),
            Case(
                what="the helper's handshake is not with the site",
                rows=lambda: unreached().helped(tls="ssl_invalid_hostname"),
                state=State.IMPAIRED,
            ),
            Case(
                what="the helper says yes to what cannot be",
                rows=lambda: unreached().helped(empty=""),
                state=State.IMPAIRED,
            ),
            Case(
                what="one helper connects and another does not",
                rows=lambda: unreached().helped().helped(helper="oslo", connect=SILENCE, page=SILENCE),
                state=State.IMPAIRED,
            ),
            Case(
                what="the helper connects to another of the site's addresses",
                rows=lambda: unreached().helped(OWN_TWO),
                state=State.IMPAIRED,
            ),
            Case(
                what="another of the platform's servers refuses this place",
                rows=lambda: (
                    unreached()
                    .helped()
                    .asked((OWN,), name="api.site.example")
                    .tried(at="https://api.site.example/", http=403)
                ),
                state=State.IMPAIRED,
            ),
            Case(
                what="an app's port, which passes nowhere on this line",
                target="site/chat",
                rows=lambda: chat(elsewhere=False),
                state=State.IMPAIRED,
            ),
            Case(
                what="this computer's own firewall forbids it",
                rows=lambda: unreached("permission_denied").helped(),
                state=State.IMPAIRED,
            ),
            Case(
                what="a helper that could not be asked",
                rows=lambda: unreached().add(
                    operation="ask_helper",
                    failure="json_parse_error",
                    observer="helper/berlin",
                    platform="site",
                    target="site/web",
                    endpoint="https://site.example/",
                ),
                state=State.IMPAIRED,
            ),
        ),
    ),
    "tcp_helper_fails_too": RuleCases(
        decides=(
            Case(
                what="silence here and there",
                rows=lambda: unreached().helped(connect=SILENCE, page=SILENCE),
                state=State.DOWN,
            ),
        ),
        spares=(
            Case(
                what="the helper gets the page at another address: this one is dead",
                rows=lambda: unreached().helped(connect=SILENCE),
                state=State.IMPAIRED,
            ),
            Case(
                what="the helper cannot reach a control either",
                rows=lambda: unreached().helped(connect=SILENCE, page=SILENCE, known=SILENCE),
                state=State.IMPAIRED,
            ),
            Case(
                what="the address is the system's resolver's alone, which may have been lied to",
                rows=lambda: (
                    Rows()
                    .asked((STRANGER,))
                    .tried(STRANGER, connect=SILENCE, times=2)
                    .helped(STRANGER, connect=SILENCE, page=SILENCE)
                ),
                state=State.IMPAIRED,
            ),
        ),
    ),
    "tcp_shut_over_ipv4": RuleCases(
        decides=(
            Case(
                what="silence over IPv4, twice, and the site over IPv6; a helper is shown its certificate over both",
                rows=lambda: over_ipv6(SILENCE, SILENCE).helped(),
                state=State.OK,
                mechanisms=("tcp.timeout",),
            ),
            Case(
                what="closed over IPv4, and then silent once, which may be a lost packet",
                rows=lambda: over_ipv6(REFUSED, SILENCE).helped(),
                state=State.OK,
                mechanisms=("tcp.refused",),
            ),
        ),
        spares=(
            Case(what="once only", rows=lambda: over_ipv6(SILENCE).helped(), state=State.OK),
            Case(what="nobody outside was asked", rows=lambda: over_ipv6(SILENCE, SILENCE), state=State.OK),
            Case(
                what="dead over IPv4, for the helper too",
                rows=lambda: over_ipv6(SILENCE, SILENCE).helped(connect=SILENCE),
                state=State.OK,
            ),
            Case(
                what="at that address the helper meets somebody else",
                rows=lambda: over_ipv6(SILENCE, SILENCE).helped(tls="ssl_invalid_hostname"),
                state=State.OK,
            ),
            Case(
                what="a line that has no IPv4 at all",
                rows=lambda: over_ipv6("network_unreachable", "network_unreachable", elsewhere=False).helped(),
                state=State.OK,
            ),
            Case(
                what="it is IPv6 that is silent",
                rows=lambda: honest_names().tried().tried(OWN_V6, connect=SILENCE, times=2).helped(OWN_V6),
                state=State.OK,
            ),
            Case(
                what="another of the platform's servers refuses this place",
                rows=lambda: (
                    over_ipv6(SILENCE, SILENCE)
                    .helped()
                    .asked((OWN,), name="api.site.example")
                    .tried(STRANGER, at="https://api.site.example/", http=403)
                ),
                state=State.OK,
            ),
        ),
    ),
    "tls_helper_shakes_hands": RuleCases(
        decides=(
            Case(
                what="reset here whatever is sent, and a helper completes the handshake",
                rows=lambda: failing(RESET).swapped(here=RESET).helped(),
                state=State.LIKELY_BLOCKED,
                mechanisms=("tls.reset.other",),
            ),
            Case(
                what="reset here, and whether for its name was not tried",
                rows=lambda: failing(RESET).helped(),
                state=State.LIKELY_BLOCKED,
                mechanisms=("tls.reset",),
            ),
            Case(
                what="reset here as soon as it is connected, now and then before this computer can say so",
                rows=lambda: failing(RESET).tried(connect=RESET).helped(),
                state=State.LIKELY_BLOCKED,
                mechanisms=("tls.reset.other",),
            ),
            Case(
                what="reset here before this computer can say that it is connected, every time",
                rows=lambda: unreached(RESET).helped(),
                state=State.LIKELY_BLOCKED,
                mechanisms=("tls.reset.other",),
            ),
            Case(
                what="reset here, and then no connection comes about, twice",
                rows=lambda: failing(RESET, times=1).tried(connect=SILENCE, times=2).helped(),
                state=State.LIKELY_BLOCKED,
                mechanisms=("tcp.timeout", "tls.reset"),
            ),
            Case(
                what="reset here, and once no connection comes about: that may be a lost packet",
                rows=lambda: failing(RESET).tried(connect=SILENCE).helped(),
                state=State.LIKELY_BLOCKED,
                mechanisms=("tls.reset",),
            ),
            Case(
                what="reset here, and then the port is said to be closed",
                rows=lambda: failing(RESET, times=1).tried(connect=REFUSED).helped(),
                state=State.LIKELY_BLOCKED,
                mechanisms=("tcp.refused", "tls.reset"),
            ),
            Case(
                what="silence in the handshake here alone, in short packets too",
                rows=lambda: failing(SILENCE).helped().tried(tls=SILENCE, variation="short_segments_here"),
                state=State.LIKELY_BLOCKED,
                mechanisms=("tls.timeout",),
            ),
            Case(
                what="closed here alone",
                rows=lambda: failing(CLOSE).helped(),
                state=State.LIKELY_BLOCKED,
                mechanisms=("tls.close",),
            ),
        ),
        spares=(
            Case(what="it failed once", rows=lambda: failing(RESET, times=1).helped(), state=State.IMPAIRED),
            Case(
                what="silence here alone, and whether in short packets too was not tried",
                rows=lambda: failing(SILENCE, times=3).helped(),
                state=State.IMPAIRED,
            ),
            Case(
                what="silence, until the answer is to come in short packets: the path from here loses long ones",
                rows=lambda: failing(SILENCE, times=3).helped().tried(variation="short_segments_here"),
                state=State.IMPAIRED,
            ),
            Case(
                what="an alert: a server may choose whom it sends one",
                rows=lambda: failing("tls_alert_40").helped(),
                state=State.IMPAIRED,
            ),
            Case(
                what="an office looks into TLS",
                rows=lambda: failing("ssl_unknown_authority", issuer="Fortinet").helped(),
                state=State.IMPAIRED,
            ),
            Case(what="the helper says yes to all", rows=lambda: failing(RESET).helped(empty=""), state=State.IMPAIRED),
            Case(
                what="a server that breaks off and is gone then, for the helper too",
                rows=lambda: failing(RESET, times=1).tried(connect=SILENCE, times=2).helped(connect=SILENCE),
                state=State.IMPAIRED,
            ),
            Case(
                what="this computer's own firewall forbids the second connection",
                rows=lambda: failing(RESET, times=1).tried(connect="permission_denied").helped(),
                state=State.IMPAIRED,
            ),
        ),
    ),
    "tls_helper_fails_too": RuleCases(
        decides=(
            Case(
                what="reset here and there",
                rows=lambda: failing(RESET).helped(tls=RESET, page="unknown_failure: unknown_error"),
                state=State.DOWN,
            ),
            Case(
                what="its certificate has expired, for everybody",
                rows=lambda: failing(EXPIRED).helped(tls=EXPIRED, page="unknown_failure: unknown_error"),
                state=State.DOWN,
            ),
        ),
        spares=(
            Case(
                what="another fault of the certificate is seen there",
                rows=lambda: failing("ssl_unknown_authority", issuer="Zscaler").helped(
                    tls=EXPIRED, page="unknown_failure: unknown_error"
                ),
                state=State.IMPAIRED,
            ),
            Case(
                what="the helper is cut off itself",
                rows=lambda: failing(RESET).helped(tls=RESET, page=RESET, known=SILENCE),
                state=State.IMPAIRED,
            ),
        ),
    ),
    "http_helper_is_answered": RuleCases(
        decides=(
            Case(
                what="silence after any request here, in short packets too, and a helper is answered",
                target=PLAIN,
                rows=lambda: (
                    failing_plain(SILENCE).helped(at=HTTP).tried(http=SILENCE, at=HTTP, variation="short_segments_here")
                ),
                state=State.LIKELY_BLOCKED,
                mechanisms=("http.timeout",),
            ),
            Case(
                what="reset here, and then no connection comes about, twice",
                target=PLAIN,
                rows=lambda: failing_plain(RESET, times=1).tried(connect=SILENCE, at=HTTP, times=2).helped(at=HTTP),
                state=State.LIKELY_BLOCKED,
                mechanisms=("tcp.timeout", "http.reset"),
            ),
            Case(
                what="reset here alone",
                target=PLAIN,
                rows=lambda: failing_plain(RESET).helped(at=HTTP),
                state=State.LIKELY_BLOCKED,
                mechanisms=("http.reset",),
            ),
        ),
        spares=(
            Case(
                what="the helper connects, and gets no page",
                target=PLAIN,
                rows=lambda: failing_plain(SILENCE).helped(at=HTTP, page=None),
                state=State.IMPAIRED,
            ),
            Case(
                what="it failed once",
                target=PLAIN,
                rows=lambda: failing_plain(SILENCE, times=1).helped(at=HTTP),
                state=State.IMPAIRED,
            ),
        ),
    ),
    "http_helper_fails_too": RuleCases(
        decides=(
            Case(
                what="silence after the request here and there",
                target=PLAIN,
                rows=lambda: failing_plain(SILENCE).helped(at=HTTP, page=SILENCE),
                state=State.DOWN,
            ),
        ),
        spares=(
            Case(
                what="the helper cannot reach a control either",
                target=PLAIN,
                rows=lambda: failing_plain(SILENCE).helped(at=HTTP, page=SILENCE, known=SILENCE),
                state=State.IMPAIRED,
            ),
        ),
    ),
    "http_page_replaced": RuleCases(
        decides=(
            Case(
                what="a notice in place of the page, shown by an unrelated server too to who names the site",
                target=PLAIN,
                rows=lambda: shown().helped(at=HTTP, **OWN_PAGE),
                state=State.LIKELY_BLOCKED,
                mechanisms=("http.diff",),
            ),
        ),
        spares=(
            Case(
                what="the site's own page for visitors from here: an unrelated server does not show it",
                target=PLAIN,
                rows=lambda: shown(elsewhere={"title": "", "body_bytes": 90}).helped(at=HTTP, **OWN_PAGE),
                state=State.OK,
            ),
            Case(
                what="a box that shows everybody the same",
                target=PLAIN,
                rows=lambda: shown(stranger=NOTICE).helped(at=HTTP, **OWN_PAGE),
                state=State.OK,
            ),
            Case(
                what="the same title in another length",
                target=PLAIN,
                rows=lambda: shown().helped(at=HTTP, **{**OWN_PAGE, "title": "Access to the news"}),
                state=State.OK,
            ),
            Case(
                what="a content network's riddle",
                target=PLAIN,
                rows=lambda: shown(
                    here={**NOTICE, "header_names": ("date", "cf-ray")},
                    elsewhere={**NOTICE, "header_names": ("date", "cf-ray")},
                ).helped(at=HTTP, **OWN_PAGE),
                state=State.OK,
            ),
            Case(
                what="the helper gets an error",
                target=PLAIN,
                rows=lambda: shown().helped(at=HTTP, page=503, **OWN_PAGE),
                state=State.OK,
            ),
            Case(what="no helper was asked", target=PLAIN, rows=shown, state=State.OK),
            Case(
                what="a proxy on the way, which goes where the Host says",
                target=PLAIN,
                rows=lambda: shown(control={"status_code": 301, "body_bytes": 0}).helped(at=HTTP, **OWN_PAGE),
                state=State.OK,
            ),
        ),
    ),
    "dns_helper_has_no_such_name": RuleCases(
        decides=(
            Case(
                what="no such name here, nor there",
                rows=lambda: Rows().asked(NXDOMAIN).helped(connect=SILENCE, page=NXDOMAIN, told=NXDOMAIN),
                state=State.DOWN,
            ),
        ),
        spares=(
            Case(
                what="no such name here, and there is one there",
                rows=lambda: Rows().asked(NXDOMAIN).helped(connect=SILENCE, page=NXDOMAIN),
                state=State.IMPAIRED,
            ),
            Case(
                what="the helper is cut off from a control too",
                rows=lambda: Rows().asked(NXDOMAIN).helped(page=NXDOMAIN, told=NXDOMAIN, known=SILENCE),
                state=State.IMPAIRED,
            ),
        ),
    ),
}
