"""Whether and how transfers are compared: what is fetched next as tables, the test of ranks, and sweeps of the lab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.catalog.records import Endpoint
from agent.config import Budget
from agent.inquiries.speed import FIRST_TRANSFER_BYTES, TRANSFER_BYTES, next_pair
from agent.lab.scenario.load import load_scenario, shipped_scenarios_folder
from agent.plan import Attempt
from agent.vantage import Anchor
from agent.verdict.seen import Try
from agent.verdict.speed_signs import CHANCE_MAX, TRANSFERS, chance, ratio
from probes.observation import Observation
from tests.worlds import config_of, sweep

SITE = Endpoint(id="https://site.example/", protocol="https", hostname="site.example", port=443, source="made up")
PLAIN = replace(SITE, id="http://site.example/", protocol="http", port=80)
BARE = replace(PLAIN, hostname="", addresses=("44.1.1.1",))
POST = replace(PLAIN, method="POST")
ANCHOR = Anchor(address="44.9.9.9", name="innocent.example", other_name="other.example")
OWN = "44.1.1.1"
SLOW_MS, QUICK_MS = 1250.0, 2.0
HERE = ("transfer_this_name_here", "transfer_control_name_here")
ELSEWHERE = ("transfer_this_name_elsewhere", "transfer_other_name_elsewhere")


def flowed(flow_ms: float | None, *, variation: str = "first", secure: bool = True, tls: str = "", **http: Any) -> Try:
    """A try whose 40 000 bytes flowed so long; None: no answer came."""
    stranger = variation != "first" and variation != HERE[0]
    failure = tls or ("ssl_invalid_hostname" if stranger else "")
    row = Observation(operation="http_round_trip", status_code=200, flow_bytes=40_000, flow_ms=flow_ms)
    return Try(
        variation=variation,
        address=OWN,
        connect=Observation(operation="connect"),
        tls=Observation(operation="tls_handshake", failure=failure) if secure else None,
        http=None if flow_ms is None else replace(row, **http),
    )


def pairs(*each: tuple[float, float], names: tuple[str, str] = HERE, **changes: Any) -> list[Try]:
    """Transfers under both names, as long as told. `changes` are those of the innocent one's answer."""
    made = []
    for this_ms, other_ms in each:
        made += [flowed(this_ms, variation=names[0]), flowed(other_ms, variation=names[1], **changes)]
    return made


def planned(made: Sequence[Try] = (), *, endpoint: Endpoint = SITE, first: Try | None = None) -> tuple[Attempt, ...]:
    return next_pair(endpoint, [first or flowed(SLOW_MS)], ANCHOR, made)


def variations(attempts: Sequence[Attempt]) -> tuple[str, ...]:
    return tuple(one.variation for one in attempts)


def test_slow_endpoint_is_fetched_from_its_own_server_under_both_names_by_one_host() -> None:
    """The censor sees another name; the server is asked for the same page."""
    this, other = planned()
    assert (this.address, this.name, this.host) == (OWN, "site.example", "site.example")
    assert (other.address, other.name, other.host) == (OWN, "innocent.example", "site.example")
    assert this.body_bytes == other.body_bytes == FIRST_TRANSFER_BYTES
    assert this.path is None
    assert other.path is None


def test_in_the_clear_the_name_that_is_changed_is_the_host() -> None:
    assert [(one.name, one.host) for one in planned(endpoint=PLAIN, first=flowed(SLOW_MS, secure=False))] == [
        ("site.example", ""),
        ("innocent.example", ""),
    ]


@pytest.mark.parametrize("endpoint", [BARE, POST])
def test_what_bears_no_name_or_is_no_page_is_not_compared(endpoint: Endpoint) -> None:
    assert planned(endpoint=endpoint) == ()


@pytest.mark.parametrize(
    "first",
    [
        flowed(QUICK_MS),
        flowed(None),
        flowed(499.0),
        flowed(SLOW_MS, flow_bytes=200_000),
        flowed(SLOW_MS, flow_bytes=0),
        flowed(SLOW_MS, variation="this_name_elsewhere"),
    ],
    ids=["quick", "no answer", "not for long", "long, and much of it", "nothing flowed", "another test was slow"],
)
def test_nothing_is_fetched_where_the_endpoint_itself_was_not_slow(first: Try) -> None:
    assert planned(first=first) == ()


def test_without_a_control_there_is_nothing_to_compare_with() -> None:
    assert next_pair(SITE, [flowed(SLOW_MS)], None, ()) == ()


def test_names_take_turns_in_going_first_until_there_are_enough() -> None:
    """So neither what grows with time nor what wears off is taken for the name's doing. The first are short."""
    order = [variations(planned(pairs(*[(SLOW_MS, QUICK_MS)] * number))) for number in range(TRANSFERS)]
    assert {one.body_bytes for one in planned(pairs((SLOW_MS, QUICK_MS)))} == {TRANSFER_BYTES}
    assert order == [HERE, HERE[::-1], HERE, HERE[::-1]]
    assert planned(pairs(*[(SLOW_MS, QUICK_MS)] * TRANSFERS)) == ()


@pytest.mark.parametrize("other_ms", [SLOW_MS, SLOW_MS / 2, 3 * SLOW_MS])
def test_slow_under_both_names_ends_the_matter_after_one_pair(other_ms: float) -> None:
    assert planned(pairs((SLOW_MS, other_ms))) == ()


@pytest.mark.parametrize(
    "changes",
    [{"tls": "tls_alert_112", "flow_bytes": 0}, {"status_code": 421}, {"flow_bytes": 300}],
    ids=["turned away", "misdirected", "next to nothing"],
)
def test_where_the_own_server_treats_strangers_otherwise_an_unrelated_one_is_asked(changes: dict[str, Any]) -> None:
    this, other = planned(pairs((SLOW_MS, QUICK_MS), **changes))
    assert variations((this, other)) == ELSEWHERE
    assert (this.address, this.name, this.host, this.path) == (ANCHOR.address, "site.example", ANCHOR.name, "/")
    assert (other.address, other.name, other.host) == (ANCHOR.address, ANCHOR.other_name, ANCHOR.name)


def test_where_neither_server_can_tell_nothing_more_is_fetched() -> None:
    turned_away: dict[str, Any] = {"status_code": 421}
    made = pairs((SLOW_MS, QUICK_MS), **turned_away)
    assert planned(made + pairs((SLOW_MS, QUICK_MS), names=ELSEWHERE, **turned_away)) == ()


@given(st.lists(st.tuples(st.floats(0, 10_000), st.floats(0, 10_000)), max_size=12), st.booleans())
def test_no_more_is_ever_fetched_than_so_many_transfers_at_two_servers(
    each: list[tuple[float, float]], bad: bool
) -> None:
    """Whatever comes back."""
    made: list[Try] = []
    answers = iter(each * 4)
    while pair := planned(made):
        this_ms, other_ms = next(answers, (SLOW_MS, QUICK_MS))
        for attempt in pair:
            is_this = "this_name" in attempt.variation
            change: dict[str, Any] = {} if is_this or not bad else {"status_code": 421}
            made.append(flowed(this_ms if is_this else other_ms, variation=attempt.variation, **change))
        assert len(made) <= 4 * TRANSFERS
    assert sum(one.variation in HERE for one in made) <= 2 * TRANSFERS


# The test of ranks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slow", "quick", "wanted"),
    [
        ((1, 2, 3, 4), (5, 6, 7, 8), 1 / 70),
        ((1, 2, 3, 5), (4, 6, 7, 8), 2 / 70),
        ((5, 6, 7, 8), (1, 2, 3, 4), 1.0),
        ((1, 1), (1, 1), 1.0),
        ((1,), (2,), 1 / 2),
        ((1, 2, 3), (4, 5, 6), 1 / 20),
    ],
)
def test_chance_of_such_an_order_is_exact(slow: Sequence[float], quick: Sequence[float], wanted: float) -> None:
    """By the tables of Mann and Whitney (1947)."""
    assert chance(slow, quick) == pytest.approx(wanted)


def test_of_four_against_four_only_all_apart_is_beyond_chance() -> None:
    assert chance((1, 2, 3, 4), (5, 6, 7, 8)) <= CHANCE_MAX < chance((1, 2, 3, 5), (4, 6, 7, 8))


@given(st.permutations(range(1, 9)))
def test_chance_asks_for_the_order_alone(values: list[int]) -> None:
    slow, quick = values[:4], values[4:]
    assert chance(slow, quick) == chance([one**3 for one in slow], [one**3 for one in quick])


def test_ratio_is_of_medians_and_none_where_a_transfer_told_nothing() -> None:
    slow, quick = [flowed(ms) for ms in (100.0, 1000.0, 1000.0, 9000.0)], [flowed(50.0)] * 4
    assert ratio(slow, quick) == pytest.approx(20.0)
    assert ratio([*slow, flowed(None)], quick) is None
    assert ratio(slow, []) is None


# Sweeps ----------------------------------------------------------------------------------------------------------

THROTTLED = load_scenario(shipped_scenarios_folder() / "action_client_hello_throttled.toml")


async def test_ratio_in_the_verdict_follows_from_the_rows_on_the_disk(tmp_path: Path) -> None:
    """Whoever has the files can reckon it again."""
    swept = await sweep(THROTTLED.world, config_of(tmp_path), catalog=THROTTLED.catalog)
    rates = {
        variation: [
            row.flow_bytes / max(row.flow_ms, 1.0)
            for row in swept.rows(operation="http_round_trip", variation=variation)
            if row.flow_bytes is not None and row.flow_ms is not None
        ]
        for variation in HERE
    }
    assert [len(found) for found in rates.values()] == [TRANSFERS, TRANSFERS]
    verdict = swept.platforms["example"]
    assert verdict.mechanisms == ("tls.throttle.sni",)
    assert verdict.throttle_ratio == round(median(rates[HERE[1]]) / median(rates[HERE[0]]), 1)
    assert f"{verdict.throttle_ratio:.0f} times slower" in verdict.because


async def test_transfers_that_the_budget_does_not_hold_are_not_made(tmp_path: Path) -> None:
    """Then nothing is said of speed: the endpoint works, and that is known without."""
    config = config_of(tmp_path, budget=Budget(sweep_mib=4.0))
    swept = await sweep(THROTTLED.world, config, catalog=THROTTLED.catalog)
    assert {row.variation for row in swept.rows(operation="http_round_trip", purpose="target")} == {"first"}
    assert (swept.platforms["example"].state, swept.platforms["example"].mechanisms) == ("ok", ())
    assert swept.platforms["example"].throttle_ratio is None


async def test_without_its_censor_the_same_site_costs_no_transfer(tmp_path: Path) -> None:
    swept = await sweep(replace(THROTTLED.world, rules=()), config_of(tmp_path), catalog=THROTTLED.catalog)
    assert {row.variation for row in swept.rows(operation="http_round_trip", purpose="target")} == {"first"}
