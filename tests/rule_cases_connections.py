"""When each rule about connections decides, and when it must not: what happened, and what it means."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from agent.verdict.records import State
from tests.observations import ANCHOR, IRAN, OWN, OWN_TWO, OWN_V6, STRANGER, Rows, honest_names
from tests.rule_cases_names import EXPIRED, PLAIN, POOL, UNKNOWN_AUTHORITY, WEB, Case, RuleCases, forged, works

RESET, SILENCE, CLOSE, REFUSED = "connection_reset", "generic_timeout_error", "eof_error", "connection_refused"
NOWHERE = "http_invalid_redirect_location_host"
HTTP = "http://site.example/"
DATA_CENTRES = (("44.1.2.1", "post://44.1.2.1:443"), ("44.1.2.2", "post://44.1.2.2:443"))


def pool(*failures: str, rows: Rows | None = None) -> Rows:
    """Each data centre fails to connect in its way, twice; empty: it answers."""
    rows = rows or Rows()
    for (address, endpoint), failure in zip(DATA_CENTRES, failures, strict=True):
        rows.tried(address, connect=failure, at=endpoint, times=2 if failure else 1)
    return rows


def failing(tls: str, *, times: int = 2, issuer: str = "", subject: str = "site.example") -> Rows:
    return honest_names().tried(tls=tls, times=times, issuer=issuer, subject=subject)


def failing_plain(http: str, *, times: int = 2) -> Rows:
    """Plain HTTP fails, and the secure port takes connections."""
    return honest_names().tried(tls=EXPIRED).tried(http=http, at=HTTP, times=times)


def named(failure: str) -> Rows:
    """The name alone fails, here and at the anchor."""
    return failing(failure).swapped(elsewhere=failure)


def paged(status: int, title: str) -> Rows:
    """The name alone draws an answer of plain HTTP in the place of TLS, here and at the anchor."""
    rows = named("tls_plaintext_response")
    rows.rows = [
        replace(row, status_code=status, title=title) if row.failure == "tls_plaintext_response" else row
        for row in rows.rows
    ]
    return rows


def named_plain(failure: str) -> Rows:
    """The Host alone fails, here and at the anchor."""
    return failing_plain(failure).swapped(elsewhere=failure, at=HTTP)


def word_in_a_path(http: str | int) -> Rows:
    """The Host fails here and at the anchor; and as a word in the path of an innocent one it meets `http`."""
    return named_plain(RESET).tried(
        ANCHOR, at=HTTP, variation="name_in_path_elsewhere", name="innocent.example", http=http
    )


def answered(status: int) -> Rows:
    return honest_names().tried(http=status)


def page(name: str) -> Rows:
    return honest_names().tried(at=HTTP, http=403, page=name)


TCP = {
    "tcp_failure_corroborated": RuleCases(
        decides=(
            Case(
                what="the pool is silent, and the web name is forged",
                target=POOL,
                state=State.LIKELY_BLOCKED,
                mechanisms=("tcp.timeout",),
                rows=lambda: pool(SILENCE, SILENCE, rows=forged()),
            ),
        ),
        spares=(
            Case(
                what="the pool is silent, and nothing else is wrong",
                target=POOL,
                state=State.IMPAIRED,
                rows=lambda: pool(SILENCE, SILENCE, rows=works()),
            ),
            Case(
                what="each of the pool was tried once",
                target=POOL,
                state=State.IMPAIRED,
                rows=lambda: (
                    forged()
                    .tried("44.1.2.1", at="post://44.1.2.1:443", connect=SILENCE)
                    .tried("44.1.2.2", at="post://44.1.2.2:443", connect=SILENCE)
                ),
            ),
            Case(
                what="an address that the system alone gives is silent: it may be forged itself",
                target="site/chat",
                state=State.IMPAIRED,
                rows=lambda: (
                    forged()
                    .asked((STRANGER,), name="chat.site.example")
                    .tried(STRANGER, at="tcp://chat.site.example:5222", connect=SILENCE, times=2)
                ),
            ),
            Case(
                what="one of the pool answers",
                target=POOL,
                state=State.OK,
                rows=lambda: pool(SILENCE, "", rows=forged()),
            ),
            Case(
                what="the ports are closed: a server that is down does that",
                target=POOL,
                state=State.IMPAIRED,
                rows=lambda: pool(REFUSED, REFUSED, rows=forged()),
            ),
            Case(
                what="port 80 is shut where 443 takes connections",
                target=PLAIN,
                state=State.IMPAIRED,
                rows=lambda: works().asked((IRAN,), name="api.site.example").tried(at=HTTP, connect=SILENCE, times=2),
            ),
        ),
    ),
    "tcp_failure_unexplained": RuleCases(
        decides=(
            Case(what="silence", rows=lambda: honest_names().tried(connect=SILENCE, times=2), state=State.IMPAIRED),
        ),
        spares=(
            Case(
                what="the second connection stands",
                state=State.OK,
                rows=lambda: honest_names().tried(connect=SILENCE).tried(variation="fresh_port"),
            ),
            Case(
                what="only IPv6 is dead",
                state=State.OK,
                rows=lambda: works().asked((OWN_V6,), query_type="AAAA").tried(OWN_V6, connect=SILENCE, times=2),
            ),
        ),
    ),
}

TLS = {
    "tls_plaintext_block_page": RuleCases(
        decides=(
            Case(
                what="the known page for a handshake",
                state=State.BLOCKED,
                mechanisms=("tls.plaintext", "http.blockpage"),
                rows=lambda: honest_names().tried(tls="tls_plaintext_response", page="ir_iframe_v4"),
            ),
        ),
        spares=(
            Case(
                what="an unknown page for a handshake: a port of plain HTTP",
                state=State.IMPAIRED,
                rows=lambda: honest_names().tried(tls="tls_plaintext_response", times=2),
            ),
            Case(
                what="the page stands in a true site's news, under its certificate",
                state=State.OK,
                rows=lambda: honest_names().tried(page="ir_iframe_v4").tried(),
            ),
        ),
    ),
    "tls_name_is_trigger": RuleCases(
        decides=(
            *(
                Case(
                    what=f"the name draws a {action} here and at the anchor, innocent names none",
                    state=State.BLOCKED,
                    mechanisms=(f"tls.{action}.sni",),
                    rows=partial(named, failure),
                )
                for failure, action in ((RESET, "reset"), (SILENCE, "timeout"), (CLOSE, "close"))
            ),
            *(
                Case(
                    what=f"the name draws {what} here and at the anchor, innocent names none",
                    state=State.BLOCKED,
                    mechanisms=(mechanism,),
                    rows=partial(named, failure),
                )
                for failure, what, mechanism in (
                    ("tls_alert_40", "an alert", "tls.alert"),
                    ("tls_plaintext_response", "plain text", "tls.plaintext"),
                    ("ssl_failed_handshake", "damage", "tls"),
                )
            ),
            *(
                Case(
                    what=f"the name draws {what} in the place of TLS",
                    state=State.BLOCKED,
                    mechanisms=("tls.plaintext", *further),
                    rows=partial(paged, status, title),
                )
                for what, status, title, further in (
                    ("a page that is on no list", 403, "Access denied", ("http.diff",)),
                    ("an answer without a page", 400, "", ()),
                    ("a redirect with a line to click", 302, "Moved", ()),
                )
            ),
            Case(
                what="this server answers no stranger's name, and yet a handshake without any",
                state=State.BLOCKED,
                mechanisms=("tls.reset.sni",),
                rows=lambda: (
                    failing(RESET)
                    .swapped(here=CLOSE, elsewhere=RESET)
                    .tried(tls="ssl_invalid_hostname", variation="no_name_here", name="")
                ),
            ),
            Case(
                what="the system is sent to a stranger, and at the address that DoH gives the name fails",
                state=State.BLOCKED,
                mechanisms=("tls.reset.sni",),
                rows=lambda: (
                    Rows()
                    .asked((STRANGER,))
                    .asked((OWN,), of="quad9-doh")
                    .tried(STRANGER, tls="ssl_invalid_hostname", times=2)
                    .tried(tls=RESET, times=2)
                    .swapped(elsewhere=RESET)
                ),
            ),
            Case(
                what="the anchor answers strangers with an alert, as Signal's own root knows nobody there",
                state=State.BLOCKED,
                mechanisms=("tls.reset.sni",),
                rows=lambda: failing(RESET).swapped(elsewhere=RESET, other=UNKNOWN_AUTHORITY, here="tls_alert_112"),
            ),
        ),
        spares=(
            Case(
                what="the anchor answers the name: a server that is down, or that turns this country away",
                rows=lambda: failing(RESET).swapped(),
                state=State.IMPAIRED,
            ),
            Case(
                what="site and anchor stand in one content network, where the site alone is down",
                state=State.IMPAIRED,
                rows=lambda: failing(SILENCE).swapped(here="valid", elsewhere=SILENCE),
            ),
            Case(
                what="a proxy goes where the name says, and the site is down",
                state=State.IMPAIRED,
                rows=lambda: failing(SILENCE).swapped(other="valid", here="valid", elsewhere=SILENCE),
            ),
            Case(
                what="the anchor turns every stranger away",
                state=State.IMPAIRED,
                rows=lambda: failing(RESET).swapped(other=RESET, elsewhere=RESET),
            ),
            Case(
                what="the anchor turns every stranger away with an alert, and so does the site",
                state=State.IMPAIRED,
                rows=lambda: failing("tls_alert_112").swapped(other="tls_alert_112", elsewhere="tls_alert_112"),
            ),
            Case(
                what="the site resets, and the anchor turns this name away with an alert",
                state=State.IMPAIRED,
                rows=lambda: failing(RESET).swapped(elsewhere="tls_alert_112"),
            ),
            Case(
                what="the site knows its name no more, and the anchor answers it",
                state=State.IMPAIRED,
                rows=lambda: failing("tls_alert_112").swapped(),
            ),
            Case(
                what="one reset, and then it works",
                state=State.OK,
                rows=lambda: honest_names().tried(tls=RESET).tried(variation="fresh_port").swapped(elsewhere=RESET),
            ),
            Case(
                what="one reset only",
                rows=lambda: failing(RESET, times=1).swapped(elsewhere=RESET),
                state=State.IMPAIRED,
            ),
            Case(
                what="one server of two shows its expired certificate",
                state=State.IMPAIRED,
                rows=lambda: failing(RESET).tried(OWN_TWO, tls=EXPIRED).swapped(elsewhere=RESET),
            ),
            Case(
                what="an office looks into this kind of site",
                state=State.IMPAIRED,
                rows=lambda: failing(UNKNOWN_AUTHORITY, issuer="FortiGate CA").swapped(elsewhere=UNKNOWN_AUTHORITY),
            ),
        ),
    ),
    "tls_name_fails_elsewhere": RuleCases(
        decides=(
            Case(
                what="the decisive test was made once, and one packet may have been lost",
                state=State.LIKELY_BLOCKED,
                mechanisms=("tls.timeout.sni",),
                rows=lambda: failing(SILENCE).swapped(elsewhere=SILENCE, elsewhere_times=1),
            ),
            Case(
                what="its own server is mute to all, and the anchor to this name",
                state=State.LIKELY_BLOCKED,
                mechanisms=("tls.timeout.sni",),
                rows=lambda: failing(SILENCE).swapped(here=SILENCE, elsewhere=SILENCE),
            ),
            Case(
                what="a reset here, and silence at the anchor",
                state=State.LIKELY_BLOCKED,
                mechanisms=("tls.reset.sni",),
                rows=lambda: failing(RESET).swapped(elsewhere=SILENCE),
            ),
            Case(
                what="a forged certificate here and at the anchor, from one forger",
                state=State.LIKELY_BLOCKED,
                mechanisms=("tls.mitm.ca_signed",),
                rows=lambda: (
                    failing(UNKNOWN_AUTHORITY, issuer="National Trust")
                    .tried(STRANGER, tls=UNKNOWN_AUTHORITY, issuer="National Trust", variation="this_name_elsewhere")
                    .swapped(elsewhere="-")
                ),
            ),
            Case(
                what="the same, each signed by itself",
                state=State.LIKELY_BLOCKED,
                mechanisms=("tls.mitm.self_signed",),
                rows=lambda: (
                    failing(UNKNOWN_AUTHORITY, issuer="site.example")
                    .tried(STRANGER, tls=UNKNOWN_AUTHORITY, issuer="site.example", variation="this_name_elsewhere")
                    .swapped(elsewhere="-")
                ),
            ),
        ),
        spares=(
            Case(
                what="the server signs its own certificate, and the anchor shows its own",
                state=State.IMPAIRED,
                rows=lambda: failing(UNKNOWN_AUTHORITY, issuer="site.example").swapped(),
            ),
            Case(
                what="the service changed its root; to its clients the anchor's certificate is of nobody too",
                state=State.IMPAIRED,
                rows=lambda: failing(UNKNOWN_AUTHORITY, issuer="New Own Root").swapped(
                    other=UNKNOWN_AUTHORITY, here=UNKNOWN_AUTHORITY, elsewhere=UNKNOWN_AUTHORITY
                ),
            ),
            Case(
                what="certificates of nobody, here and at the anchor, and not one issuer can be read",
                state=State.IMPAIRED,
                rows=lambda: failing(UNKNOWN_AUTHORITY).swapped(elsewhere=UNKNOWN_AUTHORITY),
            ),
            Case(
                what="every server is mute to every name",
                state=State.IMPAIRED,
                rows=lambda: failing(SILENCE).swapped(other=SILENCE, here=SILENCE, elsewhere=SILENCE),
            ),
            Case(
                what="the anchor was not reached",
                state=State.IMPAIRED,
                rows=lambda: failing(SILENCE).swapped(here=SILENCE, elsewhere="connect"),
            ),
        ),
    ),
    "tls_other_name_answered_here": RuleCases(
        decides=(
            Case(
                what="the anchor resets strangers, and swallows this name",
                state=State.LIKELY_BLOCKED,
                mechanisms=("tls.timeout.sni",),
                rows=lambda: failing(SILENCE).swapped(other=RESET, elsewhere=SILENCE),
            ),
        ),
        spares=(
            Case(
                what="the anchor swallows every stranger, and one tenant of this server is down",
                state=State.IMPAIRED,
                rows=lambda: failing(SILENCE).swapped(other=SILENCE, elsewhere=SILENCE),
            ),
            Case(
                what="the anchor resets a stranger, closes on the next, and one tenant of this server is down",
                state=State.IMPAIRED,
                rows=lambda: failing(SILENCE).swapped(other=RESET, elsewhere=CLOSE),
            ),
            Case(
                what="the anchor was not reached, and one tenant of this server is down",
                state=State.IMPAIRED,
                rows=lambda: failing(SILENCE).swapped(other="connect", elsewhere="connect"),
            ),
            Case(what="no anchor", rows=lambda: failing(RESET).swapped(other="-", elsewhere="-"), state=State.IMPAIRED),
        ),
    ),
    "tls_failure_unexplained": RuleCases(
        decides=tuple(
            Case(what=failure, rows=partial(failing, failure), state=State.IMPAIRED)
            for failure in (RESET, SILENCE, EXPIRED, UNKNOWN_AUTHORITY, "tls_alert_40", "ssl_failed_handshake")
        ),
        spares=(
            Case(
                what="it works from a fresh port",
                state=State.OK,
                rows=lambda: honest_names().tried(tls=RESET).tried(variation="fresh_port"),
            ),
        ),
    ),
}

PAGES = {
    "http_block_page": RuleCases(
        decides=(
            Case(
                what="the known page",
                target=PLAIN,
                rows=lambda: page("ir_iframe_v4"),
                state=State.BLOCKED,
                mechanisms=("http.blockpage",),
            ),
            Case(
                what="the known redirect",
                target=PLAIN,
                rows=lambda: page("ir_redirect"),
                state=State.BLOCKED,
                mechanisms=("http.redirect",),
            ),
        ),
        spares=(
            Case(what="a 403 of somebody", target=PLAIN, rows=lambda: page(""), state=State.IMPAIRED),
            Case(
                what="the known page under the site's own certificate",
                state=State.OK,
                rows=lambda: honest_names().tried(page="ir_iframe_v4").tried(),
            ),
            Case(
                what="the page comes for an innocent Host at the anchor",
                target=PLAIN,
                state=State.IMPAIRED,
                rows=lambda: failing_plain(CLOSE).tried(
                    STRANGER, at=HTTP, variation="other_name_elsewhere", page="ir_iframe_v4"
                ),
            ),
        ),
    ),
    "http_host_is_trigger": RuleCases(
        decides=tuple(
            Case(
                what=f"the Host draws {failure} here and at the anchor",
                target=PLAIN,
                state=State.BLOCKED,
                mechanisms=(mechanism,),
                rows=partial(named_plain, failure),
            )
            for failure, mechanism in (
                (RESET, "http.reset.host"),
                (SILENCE, "http.timeout.host"),
                (CLOSE, "http.close.host"),
                ("http_reply_malformed", "http.diff"),
            )
        )
        + tuple(
            Case(
                what=f"the Host is reset here and at the anchor; as a word in the path it is {met}",
                target=PLAIN,
                state=State.BLOCKED,
                mechanisms=(mechanism,),
                rows=partial(word_in_a_path, http),
            )
            for http, met, mechanism in ((404, "answered", "http.reset.host"), (RESET, "reset too", "http.reset"))
        ),
        spares=(
            Case(
                what="a proxy for plain HTTP goes where the Host says, and the site is down",
                target=PLAIN,
                state=State.IMPAIRED,
                rows=lambda: (
                    honest_names()
                    .tried(connect=SILENCE, times=2)
                    .tried(http=SILENCE, at=HTTP, times=2)
                    .swapped(elsewhere=SILENCE, at=HTTP)
                ),
            ),
            Case(
                what="the anchor answers the Host",
                target=PLAIN,
                state=State.IMPAIRED,
                rows=lambda: failing_plain(RESET).swapped(at=HTTP),
            ),
            Case(
                what="it is a request within TLS: no Host can be seen",
                state=State.IMPAIRED,
                rows=lambda: honest_names().tried(http=RESET, times=2).swapped(elsewhere=RESET),
            ),
        ),
    ),
    "http_host_fails_elsewhere": RuleCases(
        decides=(
            Case(
                what="the decisive test was made once, and one packet may have been lost",
                target=PLAIN,
                state=State.LIKELY_BLOCKED,
                mechanisms=("http.timeout.host",),
                rows=lambda: failing_plain(SILENCE).swapped(elsewhere=SILENCE, elsewhere_times=1, at=HTTP),
            ),
            Case(
                what="its own server is mute to all, and the anchor to this Host",
                target=PLAIN,
                state=State.LIKELY_BLOCKED,
                mechanisms=("http.timeout.host",),
                rows=lambda: failing_plain(SILENCE).swapped(here=SILENCE, elsewhere=SILENCE, at=HTTP),
            ),
        ),
        spares=(
            Case(
                what="it is mute to all, and the anchor to nobody",
                target=PLAIN,
                state=State.IMPAIRED,
                rows=lambda: failing_plain(SILENCE).swapped(here=SILENCE, at=HTTP),
            ),
        ),
    ),
    "http_other_host_answered_here": RuleCases(
        decides=(
            Case(
                what="the anchor closes on strangers, and swallows this Host",
                target=PLAIN,
                state=State.LIKELY_BLOCKED,
                mechanisms=("http.timeout.host",),
                rows=lambda: failing_plain(SILENCE).swapped(other=CLOSE, elsewhere=SILENCE, at=HTTP),
            ),
        ),
        spares=(
            Case(
                what="the anchor closes on every stranger",
                target=PLAIN,
                state=State.IMPAIRED,
                rows=lambda: failing_plain(CLOSE).swapped(other=CLOSE, elsewhere=CLOSE, at=HTTP),
            ),
        ),
    ),
    "http_server_refuses": RuleCases(
        decides=tuple(
            Case(
                what=f"{status} with its certificate",
                rows=partial(answered, status),
                state=State.OK,
            )
            for status in (403, 451)
        ),
        spares=(
            Case(what="too many requests", rows=lambda: honest_names().tried(http=429), state=State.OK),
            Case(what="403 in the clear", target=PLAIN, rows=lambda: page(""), state=State.IMPAIRED),
        ),
    ),
    "http_refusal_unauthenticated": RuleCases(
        decides=(
            Case(
                what="451 in the clear",
                target=PLAIN,
                state=State.IMPAIRED,
                rows=lambda: honest_names().tried(at=HTTP, http=451),
            ),
        ),
        spares=(
            Case(
                what="the site sends to its secure page",
                target=PLAIN,
                state=State.OK,
                rows=lambda: honest_names().tried(at=HTTP, http=301),
            ),
        ),
    ),
    "http_redirect_to_nowhere": RuleCases(
        decides=(
            Case(
                what="with its certificate",
                state=State.OK,
                rows=lambda: honest_names().tried(http=NOWHERE, times=2),
            ),
            Case(what="in the clear", target=PLAIN, rows=lambda: failing_plain(NOWHERE), state=State.OK),
        ),
        spares=(
            Case(
                what="under a certificate of nobody",
                state=State.IMPAIRED,
                rows=lambda: honest_names().tried(tls=UNKNOWN_AUTHORITY, http=NOWHERE, times=2),
            ),
            Case(
                what="it works from a fresh port",
                state=State.OK,
                rows=lambda: honest_names().tried(http=NOWHERE).tried(variation="fresh_port"),
            ),
        ),
    ),
    "http_failure_unexplained": RuleCases(
        decides=(
            Case(
                what="silence after the request, within TLS",
                state=State.IMPAIRED,
                rows=lambda: honest_names().tried(http=SILENCE, times=2),
            ),
            Case(
                what="reset after the request, in the clear",
                target=PLAIN,
                state=State.IMPAIRED,
                rows=lambda: failing_plain(RESET),
            ),
        ),
        spares=(
            Case(
                what="it works from a fresh port",
                state=State.OK,
                rows=lambda: honest_names().tried(http=SILENCE).tried(variation="fresh_port"),
            ),
        ),
    ),
    "works_now_and_then": RuleCases(
        decides=(
            Case(
                what="the first handshake is reset, the second is not",
                rows=lambda: failing(RESET, times=1).tried(variation="fresh_port"),
                state=State.OK,
            ),
            Case(
                what="a page that came the third time",
                rows=lambda: failing_plain(SILENCE).tried(at=HTTP, variation="fresh_port"),
                target="site/plain",
                state=State.OK,
            ),
        ),
        spares=(
            Case(
                what="a dead server of the pool beside a living one",
                rows=lambda: honest_names().asked((OWN_TWO,)).tried(connect=SILENCE).tried(OWN_TWO),
                state=State.OK,
            ),
            Case(
                what="IPv6 is dead",
                rows=lambda: honest_names().tried(OWN_V6, connect=SILENCE).tried(),
                state=State.OK,
            ),
            Case(what="it never came about", rows=lambda: failing(RESET, times=1), state=State.IMPAIRED),
        ),
    ),
    "works": RuleCases(
        decides=(
            Case(what="its page", rows=works, state=State.OK),
            Case(what="a server under repair", rows=lambda: honest_names().tried(http=503), state=State.OK),
            Case(what="one of the pool", target=POOL, rows=lambda: pool(SILENCE, ""), state=State.OK),
            Case(
                what="a name with an address",
                target="site/name",
                state=State.OK,
                rows=lambda: Rows().asked((OWN,), name="up.site.example"),
            ),
            Case(
                what="a server that takes the connection",
                target="site/chat",
                state=State.OK,
                rows=lambda: honest_names(name="chat.site.example").tried(at="tcp://chat.site.example:5222"),
            ),
        ),
        spares=(
            Case(
                what="a name of the home's own making",
                target="site/name",
                state=State.IMPAIRED,
                rows=lambda: Rows().asked(("127.0.0.1",), name="up.site.example"),
            ),
            Case(what="its page never comes", target=WEB, rows=lambda: failing(SILENCE), state=State.IMPAIRED),
        ),
    ),
}
