"""When the rules about triggers that are no name, and about punished ports, decide, and when they must not."""

from __future__ import annotations

from functools import partial

from agent.verdict.records import State
from tests.observations import ANCHOR, OWN, Rows, honest_names
from tests.rule_cases_connections import CLOSE, HTTP, REFUSED, RESET, SILENCE, failing, failing_plain
from tests.rule_cases_names import EXPIRED, PLAIN, Case, RuleCases

SITE_TLS = "https://site.example/"
ANSWERED = "ssl_invalid_hostname"


def mute(failure: str, *, no_name: str = "", alone: str = "tls_alert_70", elsewhere: str = "", short: str = "") -> Rows:
    """Every name fails here, and without one; an offer of TLS 1.3 alone does as `alone` says; elsewhere the name does
    well. Empty `no_name`: it fails in the same way."""
    rows = failing(failure).swapped(here=failure, elsewhere=elsewhere, elsewhere_times=1)
    rows.tried(OWN, tls=no_name or failure, variation="no_name_here", name="")
    rows.tried(OWN, tls=alone, variation="tls_1_3_here")
    return rows.tried(OWN, tls=short, variation="short_segments_here") if short else rows


def shut(failure: str = RESET, after: str = SILENCE, *, elsewhere: str = "", at: str = SITE_TLS) -> Rows:
    """One failure, then the port is shut; at the anchor another name does well, this one as `elsewhere` says, and then
    that port is shut too."""
    plain = at == HTTP
    rows = honest_names().tried(tls=EXPIRED) if plain else honest_names()
    one = {"http" if plain else "tls": failure}
    other = {"http" if plain else "tls": elsewhere or failure}
    rows.tried(at=at, **one).tried(at=at, connect=after, variation="fresh_port")  # type: ignore[arg-type] # its columns
    rows.swapped(at=at, here="-", elsewhere="-")
    rows.tried(ANCHOR, at=at, variation="this_name_elsewhere", **other)  # type: ignore[arg-type] # its columns
    return rows.tried(ANCHOR, at=at, variation="this_name_elsewhere", connect=after)


def with_a_path(failure: str, *, here: str | int = 200, elsewhere: str | int = 404, times: int = 2) -> Rows:
    """Every Host fails with this path, here and at the anchor; what another path draws is said."""
    rows = failing_plain(failure).swapped(at=HTTP, other=failure, here=failure, elsewhere="-")
    for _ in range(times - 1):
        rows.tried(ANCHOR, at=HTTP, variation="other_name_elsewhere", name="innocent.example", http=failure)
    rows.tried(ANCHOR, at=HTTP, variation="other_path_elsewhere", name="innocent.example", http=elsewhere)
    return rows.tried(OWN, at=HTTP, variation="other_path_here", http=here)


TRIGGERS = {
    "tls_name_draws_punishment": RuleCases(
        decides=(
            Case(
                what="reset by name, then silence, here and at the anchor",
                state=State.LIKELY_BLOCKED,
                mechanisms=("tcp.timeout", "tls.reset.sni"),
                rows=shut,
            ),
            Case(
                what="closed by name, then refused",
                state=State.LIKELY_BLOCKED,
                mechanisms=("tcp.refused", "tls.close.sni"),
                rows=lambda: shut(CLOSE, REFUSED),
            ),
        ),
        spares=(
            Case(
                what="at the anchor the name is answered: a server that broke down",
                state=State.IMPAIRED,
                rows=lambda: shut(elsewhere=ANSWERED),
            ),
            Case(
                what="at the anchor the name meets something else",
                state=State.IMPAIRED,
                rows=lambda: shut(elsewhere=CLOSE),
            ),
            Case(what="silence, then silence: packets get lost", state=State.IMPAIRED, rows=lambda: shut(SILENCE)),
            Case(
                what="the port was shut first, and then reset: a server that comes up",
                state=State.IMPAIRED,
                rows=lambda: honest_names().tried(connect=REFUSED).tried(tls=RESET).swapped(elsewhere=RESET),
            ),
        ),
    ),
    "tls_certificate_is_trigger": RuleCases(
        decides=tuple(
            Case(
                what=f"every handshake of TLS 1.2 draws a {action}, an offer of 1.3 alone an alert",
                state=State.LIKELY_BLOCKED,
                mechanisms=(f"tls.{action}.certificate",),
                rows=partial(mute, failure, short=SILENCE if failure == SILENCE else ""),
            )
            for failure, action in ((RESET, "reset"), (SILENCE, "timeout"), (CLOSE, "close"))
        ),
        spares=(
            Case(
                what="in short packets the certificate comes: the path loses long ones",
                state=State.IMPAIRED,
                rows=lambda: mute(SILENCE, short=ANSWERED),
            ),
            Case(
                what="silence, and nobody asked for short packets",
                state=State.IMPAIRED,
                rows=lambda: mute(SILENCE),
            ),
            Case(
                what="an offer of TLS 1.3 alone fails as well: the server is out of order",
                state=State.IMPAIRED,
                rows=lambda: mute(RESET, alone=RESET),
            ),
            Case(
                what="it speaks TLS 1.3, in which no certificate is seen",
                state=State.IMPAIRED,
                rows=lambda: mute(RESET, alone=ANSWERED),
            ),
            Case(
                what="without a name its certificate comes",
                state=State.IMPAIRED,
                rows=lambda: mute(RESET, no_name=ANSWERED),
            ),
            Case(
                what="parameters that nobody takes: an old server",
                state=State.IMPAIRED,
                rows=lambda: mute("ssl_failed_handshake"),
            ),
            Case(what="it sends an alert to everybody", state=State.IMPAIRED, rows=lambda: mute("tls_alert_40")),
        ),
    ),
    "http_host_draws_punishment": RuleCases(
        decides=(
            Case(
                what="reset by Host, then silence, here and at the anchor",
                target=PLAIN,
                state=State.LIKELY_BLOCKED,
                mechanisms=("tcp.timeout", "http.reset.host"),
                rows=lambda: shut(at=HTTP),
            ),
        ),
        spares=(
            Case(
                what="at the anchor the Host is answered",
                target=PLAIN,
                state=State.IMPAIRED,
                rows=lambda: (
                    honest_names()
                    .tried(tls=EXPIRED)
                    .tried(at=HTTP, http=RESET)
                    .tried(at=HTTP, connect=SILENCE, variation="fresh_port")
                    .swapped(at=HTTP, here="-")
                ),
            ),
        ),
    ),
    "http_path_is_trigger": RuleCases(
        decides=tuple(
            Case(
                what=f"this path draws a {action} under every Host, another does not",
                target=PLAIN,
                state=State.BLOCKED,
                mechanisms=(f"http.{action}",),
                rows=partial(with_a_path, failure),
            )
            for failure, action in ((RESET, "reset"), (SILENCE, "timeout"), (CLOSE, "close"))
        ),
        spares=(
            Case(
                what="any other path fails here as well: the server is out of order",
                target=PLAIN,
                state=State.IMPAIRED,
                rows=lambda: with_a_path(RESET, here=RESET),
            ),
            Case(
                what="any other path fails at the anchor as well: it turns strangers away",
                target=PLAIN,
                state=State.IMPAIRED,
                rows=lambda: with_a_path(RESET, elsewhere=RESET),
            ),
            Case(
                what="it failed at the anchor once only",
                target=PLAIN,
                state=State.IMPAIRED,
                rows=lambda: with_a_path(SILENCE, times=1),
            ),
            Case(
                what="at the anchor the path is answered: a program of the site crashes",
                target=PLAIN,
                state=State.IMPAIRED,
                rows=lambda: failing_plain(RESET).swapped(at=HTTP, here=RESET),
            ),
        ),
    ),
}
