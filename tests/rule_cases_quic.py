"""When each rule of QUIC decides, and when it must not: what came back over QUIC, and what it means."""

from __future__ import annotations

from agent.records import VantageState
from agent.verdict.records import State
from tests.observations import ANCHOR, ENDPOINTS, OWN, STRANGER, Rows, honest_names
from tests.rule_cases_names import Case, RuleCases

SILENCE, REFUSED, STRANGERS_NAME, ALERT = (
    "generic_timeout_error",
    "connection_refused",
    "ssl_invalid_hostname",
    "tls_alert_112",
)
AT_HOME = "44.8.8.8"
DOWN = "connection_reset"


def works() -> Rows:
    """Over TCP all is well."""
    return honest_names().tried()


def over_quic(
    rows: Rows, *failures: str, variation: str = "first", address: str = OWN, name: str = "site.example"
) -> Rows:
    """Tries over QUIC, one failure each; empty: the handshake went well."""
    platform, target, endpoint = ENDPOINTS["https://site.example/"]
    for number, failure in enumerate(failures):
        rows.add(
            operation="quic_handshake",
            platform=platform.key,
            target=target.name,
            endpoint=endpoint.id,
            connection_id=f"c{len(rows.rows) + 1:05d}",
            variation="fresh_port" if number and variation == "first" else variation,
            hostname=name,
            server_name=name,
            address=address,
            port=443,
            transport="udp",
            failure=failure,
        )
    return rows


def swapped(
    *,
    own: tuple[str, ...] = (SILENCE, SILENCE),
    elsewhere: tuple[str, ...] = (SILENCE, SILENCE),
    other: tuple[str, ...] = (STRANGERS_NAME,),
    here: tuple[str, ...] = (STRANGERS_NAME,),
    rows: Rows | None = None,
) -> Rows:
    """The site's own tries, and the swaps at a control that answers to its own name."""
    rows = over_quic(rows or works(), *own)
    over_quic(rows, "", variation="control_abroad", address=ANCHOR, name="control.example")
    over_quic(rows, *other, variation="other_name_elsewhere", address=ANCHOR, name="innocent.example")
    over_quic(rows, *here, variation="control_name_here", name="control.example")
    return over_quic(rows, *elsewhere, variation="this_name_elsewhere", address=ANCHOR)


def beside_controls(
    *,
    own: tuple[str, ...] = (SILENCE, SILENCE),
    abroad: tuple[str, ...] = (SILENCE, SILENCE),
    at_home: tuple[str, ...] = ("",),
    rows: Rows | None = None,
) -> Rows:
    """The site's own tries, and those of the two controls under their own names."""
    rows = over_quic(rows or works(), *own)
    over_quic(rows, *abroad, variation="control_abroad", address=ANCHOR, name="control.example")
    return over_quic(rows, *at_home, variation="control_at_home", address=AT_HOME, name="home.example")


def by_the_system_alone() -> Rows:
    """No resolver abroad answers over UDP."""
    return Rows().asked((OWN,)).asked(SILENCE, of="quad9-udp").tried()


def at_another_address() -> Rows:
    """TCP works elsewhere than where QUIC was tried."""
    return Rows().asked((STRANGER,)).asked((STRANGER,), of="quad9-udp").tried(STRANGER)


NAMED = ("quic.timeout",)
QUIC = {
    "quic_name_is_trigger": RuleCases(
        decides=(
            Case(what="all four corners speak", state=State.OK, mechanisms=NAMED, rows=swapped),
            Case(
                what="an ICMP error for this name alone",
                state=State.OK,
                mechanisms=("ip.unreachable",),
                rows=lambda: swapped(own=(REFUSED, REFUSED), elsewhere=(REFUSED, REFUSED)),
            ),
            Case(
                what="strangers draw an alert",
                state=State.OK,
                mechanisms=NAMED,
                rows=lambda: swapped(other=(ALERT,), here=(ALERT,)),
            ),
            Case(
                what="TLS over TCP is stopped by the name too",
                state=State.BLOCKED,
                mechanisms=("tls.reset.sni", "quic.timeout"),
                rows=lambda: swapped(rows=honest_names().tried(tls=DOWN, times=2).swapped(elsewhere=DOWN)),
            ),
        ),
        spares=(
            Case(what="one try of its own", state=State.OK, rows=lambda: swapped(own=(SILENCE,))),
            Case(what="one try at the control", state=State.OK, rows=lambda: swapped(elsewhere=(SILENCE,))),
            Case(what="one of two came through", state=State.OK, rows=lambda: swapped(own=(SILENCE, ""))),
            Case(
                what="the control answers the name", state=State.OK, rows=lambda: swapped(elsewhere=(STRANGERS_NAME,))
            ),
            Case(what="the control is mute to strangers", state=State.OK, rows=lambda: swapped(other=(SILENCE,))),
            Case(what="the server is mute to all", state=State.OK, rows=lambda: swapped(here=(SILENCE,))),
            Case(what="in two ways", state=State.OK, rows=lambda: swapped(elsewhere=(REFUSED, REFUSED))),
            Case(what="no innocent name was tried", state=State.OK, rows=lambda: swapped(here=())),
            Case(what="the control's own name at home here", state=State.OK, rows=lambda: swapped(here=("",))),
            Case(what="closed by the server itself", state=State.OK, rows=lambda: swapped(own=(ALERT, ALERT))),
            Case(
                what="the line is a log-in page's",
                state=State.OK,
                vantage=VantageState.CAPTIVE_PORTAL,
                rows=swapped,
            ),
        ),
    ),
    "quic_stopped_at_border": RuleCases(
        decides=(
            Case(what="abroad silence, at home an answer", state=State.OK, mechanisms=NAMED, rows=beside_controls),
        ),
        spares=(
            Case(what="at home silence too", state=State.OK, rows=lambda: beside_controls(at_home=(SILENCE,))),
            Case(what="no control at home", state=State.OK, rows=lambda: beside_controls(at_home=())),
            Case(
                what="the control abroad failed once", state=State.OK, rows=lambda: beside_controls(abroad=(SILENCE,))
            ),
            Case(what="the control abroad answers", state=State.OK, rows=lambda: beside_controls(abroad=(SILENCE, ""))),
            Case(what="one try of its own", state=State.OK, rows=lambda: beside_controls(own=(SILENCE,))),
            Case(what="an ICMP error", state=State.OK, rows=lambda: beside_controls(own=(REFUSED, REFUSED))),
            Case(what="no UDP abroad", state=State.OK, rows=lambda: beside_controls(rows=by_the_system_alone())),
            Case(what="TCP elsewhere", state=State.OK, rows=lambda: beside_controls(rows=at_another_address())),
            Case(
                what="TCP fails there",
                state=State.IMPAIRED,
                rows=lambda: beside_controls(rows=honest_names().tried(connect=SILENCE, times=2)),
            ),
        ),
    ),
    "quic_unexplained": RuleCases(
        decides=(
            Case(what="silence and no controls", state=State.OK, rows=lambda: over_quic(works(), SILENCE, SILENCE)),
            Case(what="a closed port", state=State.OK, rows=lambda: over_quic(works(), REFUSED, REFUSED)),
        ),
        spares=(
            Case(what="QUIC comes through", state=State.OK, rows=lambda: over_quic(works(), "")),
            Case(what="the first got lost", state=State.OK, rows=lambda: over_quic(works(), SILENCE, "")),
            Case(
                what="nothing works",
                state=State.IMPAIRED,
                rows=lambda: over_quic(honest_names().tried(connect=SILENCE, times=2), SILENCE, SILENCE),
            ),
        ),
    ),
}
