"""The ladder's judgement: what each pattern of controls means."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest

from agent.records import VantageState
from agent.vantage import CLOCK_ERROR_MAX_S, PORTAL_EXPECTED, Anchor, judge_vantage, worse
from probes.observation import Observation
from tests.worlds import CATALOG

NORMAL, PORTAL, NATIONAL, UNDETERMINED, OFFLINE = (
    VantageState.NORMAL,
    VantageState.CAPTIVE_PORTAL,
    VantageState.NATIONAL_ONLY,
    VantageState.UNDETERMINED,
    VantageState.OFFLINE,
)
FOREIGN = [control.name for control in CATALOG.controls_of("foreign")]
DOMESTIC = [control.name for control in CATALOG.controls_of("domestic")]
PAGE = CATALOG.controls_of("portal")[0].name
HOSTNAMES = {control.name: control.endpoint.hostname for control in CATALOG.controls}
#: An address of each control, as the tables below use them.
ADDRESSES = {control.name: f"203.0.113.{number}" for number, control in enumerate(CATALOG.controls, start=1)}
DAY_S = 86_400.0


def route(failure: str = "", ip_version: int = 4) -> Observation:
    address = {4: "192.0.2.1", 6: "2001:db8::1"}[ip_version]
    return Observation(operation="route", target="route", failure=failure, address=address)


def proof(name: str, failure: str = "", *, address: str = "") -> list[Observation]:
    """A control's connection, and its handshake with the failure given."""
    where = address or ADDRESSES[name]
    connect = Observation(operation="connect", target=name, hostname=HOSTNAMES[name], address=where)
    return [connect, replace(connect, operation="tls_handshake", failure=failure)]


def silence(name: str, failure: str = "generic_timeout_error") -> list[Observation]:
    return [Observation(operation="connect", target=name, hostname=HOSTNAMES[name], failure=failure)]


def page(fingerprint: str, clock_skew_s: float = 0.0) -> list[Observation]:
    """An answer in the place of the page with the known words."""
    return [
        Observation(
            operation="http_round_trip",
            target=PAGE,
            status_code=200,
            fingerprint=fingerprint,
            clock_skew_s=clock_skew_s,
        )
    ]


def clock(name: str, skew_s: float) -> list[Observation]:
    return [Observation(operation="http_round_trip", target=name, status_code=200, clock_skew_s=skew_s)]


ALL_UP = [row for name in (*FOREIGN, *DOMESTIC) for row in proof(name)] + page(PORTAL_EXPECTED)
ALL_SILENT = [row for name in (*FOREIGN, *DOMESTIC, PAGE) for row in silence(name)]
ABROAD_SILENT = [row for name in FOREIGN for row in silence(name)]
HOME_UP = [row for name in DOMESTIC for row in proof(name)]
NO_ROUTE = [route("network_unreachable", 4), route("network_unreachable", 6)]

CASES: dict[str, tuple[Sequence[Observation], VantageState]] = {
    "everything answers": ([route(), *ALL_UP], NORMAL),
    "a route over IPv6 alone is a route": ([route("network_unreachable"), route(ip_version=6), *ALL_UP], NORMAL),
    "two abroad are enough, without any at home": (
        [route(), *proof(FOREIGN[0]), *proof(FOREIGN[1]), *silence(FOREIGN[2])],
        NORMAL,
    ),
    "one abroad is not enough": ([route(), *proof(FOREIGN[0]), *silence(FOREIGN[1]), *HOME_UP], UNDETERMINED),
    "one abroad over two addresses is still one": (
        [route(), *proof(FOREIGN[0]), *proof(FOREIGN[0], address="2001:db8::2"), *HOME_UP],
        UNDETERMINED,
    ),
    "a certificate for another name is no answer": (
        [route(), *(row for name in FOREIGN for row in proof(name, "ssl_invalid_hostname"))],
        UNDETERMINED,
    ),
    "home answers and nothing abroad": ([route(), *ABROAD_SILENT, *HOME_UP], NATIONAL),
    "one at home is enough for that": ([route(), *ABROAD_SILENT, *proof(DOMESTIC[1])], NATIONAL),
    "the border changes pages and home answers": ([route(), *ABROAD_SILENT, *HOME_UP, *page("")], NATIONAL),
    "a page with other words and no proof of anyone": (
        [route(), *(row for name in (*FOREIGN, *DOMESTIC) for row in proof(name, "ssl_unknown_authority")), *page("")],
        PORTAL,
    ),
    "the true page, and no proof of anyone": ([route(), *ALL_SILENT, *page(PORTAL_EXPECTED)], UNDETERMINED),
    "two abroad prove themselves whatever the page says": ([route(), *ALL_UP[:-1], *page("")], NORMAL),
    "no route of either kind": (NO_ROUTE, OFFLINE),
    "the system says that there is no network": (
        [route(), *(row for name in HOSTNAMES for row in silence(name, "network_unreachable"))],
        OFFLINE,
    ),
    "a resolver whose questions are swallowed is no computer without a network": (
        [route(), *(row for name in HOSTNAMES for row in silence(name, "dns_temporary_failure"))],
        UNDETERMINED,
    ),
    "one packet swallowed is a network": (
        [route(), *silence(FOREIGN[0]), *silence(FOREIGN[1], "network_unreachable")],
        UNDETERMINED,
    ),
    "silence everywhere": ([route(), *ALL_SILENT], UNDETERMINED),
    "nothing was seen at all": ([], UNDETERMINED),
    "a clock two days wrong, by all who prove themselves": (
        [route(), *ALL_UP, *(row for name in FOREIGN for row in clock(name, 2 * DAY_S))],
        UNDETERMINED,
    ),
    "one control's own clock is wrong": (
        [route(), *ALL_UP, *clock(FOREIGN[0], 9 * DAY_S), *clock(FOREIGN[1], 1.0), *clock(FOREIGN[2], -1.0)],
        NORMAL,
    ),
    "a clock just within the bound": (
        [route(), *ALL_UP, *(row for name in FOREIGN for row in clock(name, -CLOCK_ERROR_MAX_S))],
        NORMAL,
    ),
    "a clock so wrong that no certificate is valid": (
        [
            route(),
            *(row for name in (*FOREIGN, *DOMESTIC) for row in proof(name, "ssl_invalid_certificate")),
            *page(PORTAL_EXPECTED, clock_skew_s=4000 * DAY_S),
        ],
        UNDETERMINED,
    ),
}


@pytest.mark.parametrize(("rows", "state"), CASES.values(), ids=CASES)
def test_state_of_the_line(rows: Sequence[Observation], state: VantageState) -> None:
    vantage = judge_vantage(rows, CATALOG)
    assert vantage.state is state
    assert vantage.because.endswith((".", "set it.", "log in to the network."))


def test_a_wrong_clock_is_named_with_the_remedy() -> None:
    rows, _ = CASES["a clock so wrong that no certificate is valid"]
    assert judge_vantage(rows, CATALOG).because == "This computer's clock is 4000 days wrong; set it."


def test_the_clock_of_whoever_answers_for_the_page_says_nothing_of_ours() -> None:
    """A log-in page comes from a small box that may not know the year."""
    rows = [route(), *page("", clock_skew_s=-9000 * DAY_S)]
    assert judge_vantage(rows, CATALOG).state is PORTAL


def test_ipv6_works_when_a_connection_over_it_came_about() -> None:
    alive = proof(FOREIGN[0], address="2001:db8::2")
    dead = [replace(alive[0], failure="generic_timeout_error")]
    assert judge_vantage([route(), *ALL_UP, *alive], CATALOG).ipv6_works
    assert not judge_vantage([route(), *ALL_UP, *dead], CATALOG).ipv6_works
    # A route alone is a promise of the kernel's: many homes have one that leads nowhere.
    assert not judge_vantage([route(), route(ip_version=6), *ALL_UP], CATALOG).ipv6_works


@pytest.mark.parametrize("up", [up for count in (1, 2, 3) for up in itertools.combinations(FOREIGN, count)])
def test_the_anchor_is_the_first_of_the_catalog_that_proved_itself(up: tuple[str, ...]) -> None:
    rows = [row for name in reversed(up) for row in proof(name)]
    other = next(name for name in FOREIGN if name != up[0])
    assert judge_vantage(rows, CATALOG).anchor == Anchor(
        address=ADDRESSES[up[0]], name=HOSTNAMES[up[0]], other_name=HOSTNAMES[other]
    )


def test_no_anchor_without_a_proof_over_ipv4_from_abroad() -> None:
    over_ipv6 = [row for name in FOREIGN for row in proof(name, address="2001:db8::2")]
    unproven = [row for name in FOREIGN for row in proof(name, "ssl_unknown_authority")]
    for rows in ([], HOME_UP, over_ipv6, unproven):
        assert judge_vantage(rows, CATALOG).anchor is None


def test_the_worse_of_two_ladders_decides() -> None:
    from_best = [NORMAL, PORTAL, NATIONAL, UNDETERMINED, OFFLINE]
    assert set(from_best) == set(VantageState)
    for (rank, one), (other_rank, other) in itertools.product(enumerate(from_best), repeat=2):
        assert worse(one, other) is from_best[max(rank, other_rank)]
