"""When each rule of speed decides, and when it must not: what flowed how fast, and what it means."""

from __future__ import annotations

from typing import Any

from agent.verdict.records import State
from tests.observations import ANCHOR, ENDPOINTS, OWN, Rows, honest_names
from tests.rule_cases_names import EXPIRED, PLAIN, Case, RuleCases

SILENCE, STRANGERS_NAME, ALERT = "generic_timeout_error", "ssl_invalid_hostname", "tls_alert_112"
SECURE_PAGE, PLAIN_PAGE = "https://site.example/", "http://site.example/"
#: Milliseconds that 40 000 bytes flow: at 256 kbit/s, at ten times that, and a little less than ten times.
SLOW, TENFOLD, NEARLY_TENFOLD, QUICK = 1250.0, 124.0, 130.0, 2.0
FOUR = 4


def page(
    rows: Rows,
    flow_ms: float,
    *,
    at: str = SECURE_PAGE,
    variation: str = "first",
    address: str = OWN,
    name: str = "site.example",
    tls: str = "",
    **http: Any,
) -> Rows:
    """One connection whose answer of 40 000 bytes flows so long; `http` changes columns of its row."""
    platform, target, endpoint = ENDPOINTS[at]
    connection = f"c{len(rows.rows) + 1:05d}"
    answer = {"status_code": 200, "title": "Welcome", "body_bytes": 44_096, "flow_bytes": 40_000, "flow_ms": flow_ms}
    steps: list[dict[str, Any]] = [{"operation": "connect"}]
    if endpoint.protocol == "https":
        steps.append({"operation": "tls_handshake", "server_name": name, "failure": tls})
    if not tls or tls == STRANGERS_NAME:
        steps.append({"operation": "http_round_trip"} | answer | http)
    for step in steps:
        rows.add(
            platform=platform.key,
            target=target.name,
            endpoint=endpoint.id,
            connection_id=connection,
            variation=variation,
            hostname=name,
            address=address,
            port=endpoint.port,
            transport="tcp",
            **step,
        )
    return rows


def compared(
    this: tuple[float, ...] = (SLOW,) * FOUR,
    other: tuple[float, ...] = (QUICK,) * FOUR,
    *,
    first_ms: float = SLOW,
    at: str = SECURE_PAGE,
    elsewhere: bool = False,
    valid: bool = False,
    cut: bool = False,
    **strange: Any,
) -> Rows:
    """An endpoint whose page takes `first_ms`, and transfers under its name and an innocent one.

    `valid`: strangers show certificates of their own. `cut`: under its own name the page does not end in time.
    `strange` changes columns of the answers under the innocent name.
    """
    rows = honest_names()
    if at == PLAIN_PAGE:
        rows.tried(tls=EXPIRED)
    end: dict[str, Any] = {"failure": SILENCE, "flow_bytes": 20_000} if cut else {}
    for variation in ("first", "fresh_port") if cut else ("first",):
        page(rows, first_ms, at=at, variation=variation, **end)
    address, place, innocent = (ANCHOR, "elsewhere", "other") if elsewhere else (OWN, "here", "control")
    stranger = "" if valid or at == PLAIN_PAGE else STRANGERS_NAME
    for flow_ms in this:
        tls = stranger if elsewhere else ""
        page(rows, flow_ms, at=at, variation=f"transfer_this_name_{place}", address=address, tls=tls, **end)
    for flow_ms in other:
        page(
            rows,
            flow_ms,
            at=at,
            variation=f"transfer_{innocent}_name_{place}",
            address=address,
            name="innocent.example",
            **{"tls": stranger, **strange},
        )
    return rows


SNI, HOST = ("tls.throttle.sni",), ("http.throttle.host",)
SPEED = {
    "speed_slow_for_its_name": RuleCases(
        decides=(
            Case(what="slow for its SNI at its own server", state=State.OK, mechanisms=SNI, rows=compared),
            Case(
                what="slow for its SNI at an unrelated server",
                state=State.OK,
                mechanisms=SNI,
                rows=lambda: compared(elsewhere=True),
            ),
            Case(
                what="slow for its Host",
                target=PLAIN,
                state=State.OK,
                mechanisms=HOST,
                rows=lambda: compared(at=PLAIN_PAGE),
            ),
            Case(
                what="just ten times slower",
                state=State.OK,
                mechanisms=SNI,
                rows=lambda: compared(other=(TENFOLD,) * FOUR),
            ),
            Case(
                what="it came whole once, and the transfers were cut by time",
                state=State.OK,
                mechanisms=SNI,
                rows=lambda: page(compared(cut=True, first_ms=SLOW), SLOW),
            ),
        ),
        spares=(
            Case(
                what="nine times slower",
                state=State.OK,
                rows=lambda: compared(other=(NEARLY_TENFOLD,) * FOUR),
            ),
            Case(what="slow under either name", state=State.OK, rows=lambda: compared(other=(SLOW,) * FOUR)),
            Case(what="three transfers each", state=State.OK, rows=lambda: compared((SLOW,) * 3, (QUICK,) * 3)),
            Case(
                what="once it was quick: then chance could have done it",
                state=State.OK,
                rows=lambda: compared((SLOW, SLOW, SLOW, QUICK)),
            ),
            Case(
                what="once the innocent name was as slow",
                state=State.OK,
                rows=lambda: compared(other=(QUICK, QUICK, QUICK, 2 * SLOW)),
            ),
            Case(
                what="the endpoint itself came at a usual speed",
                state=State.OK,
                rows=lambda: compared(first_ms=QUICK),
            ),
            Case(
                what="the innocent name is shown its own certificate: a proxy goes where the name says",
                state=State.OK,
                rows=lambda: compared(valid=True),
            ),
            Case(
                what="at the unrelated server the name is shown its own certificate: they are of one network",
                state=State.OK,
                rows=lambda: compared(elsewhere=True, valid=True, tls=STRANGERS_NAME),
            ),
            Case(
                what="the innocent name was turned away",
                state=State.OK,
                rows=lambda: compared(tls=ALERT),
            ),
            Case(
                what="the innocent name was given too little",
                state=State.OK,
                rows=lambda: compared(flow_bytes=8_000),
            ),
            Case(
                what="the innocent name was given an error page",
                state=State.OK,
                rows=lambda: compared(status_code=404),
            ),
            Case(
                what="the innocent Host was given another page, of another machine perhaps",
                target=PLAIN,
                state=State.OK,
                rows=lambda: compared(at=PLAIN_PAGE, title="It works!"),
            ),
        ),
    ),
    "speed_too_slow_for_its_name": RuleCases(
        decides=(
            Case(
                what="the page never comes whole under its own SNI",
                state=State.LIKELY_BLOCKED,
                mechanisms=SNI,
                rows=lambda: compared(cut=True),
            ),
            Case(
                what="the page never comes whole under its own Host",
                target=PLAIN,
                state=State.LIKELY_BLOCKED,
                mechanisms=HOST,
                rows=lambda: compared(at=PLAIN_PAGE, cut=True),
            ),
        ),
        spares=(
            Case(
                what="the page never comes whole under either name",
                state=State.IMPAIRED,
                rows=lambda: compared(other=(SLOW,) * FOUR, cut=True),
            ),
            Case(
                what="the page came whole once",
                state=State.OK,
                mechanisms=SNI,
                rows=lambda: page(compared(cut=True), SLOW),
            ),
            Case(
                what="one of its tries broke off in another way",
                state=State.IMPAIRED,
                rows=lambda: page(compared(cut=True), SLOW, variation="fresh_port", failure="connection_reset"),
            ),
        ),
    ),
}
