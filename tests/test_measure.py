"""A sweep that leaves something out: of a pool, for want of budget, into private ranges. And the swaps, spaced."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.config import Budget, Config, Pace
from agent.lab.embedded import open_world, world_2021
from agent.lab.rules import ForgeAnswer, Match, Reset, Rule
from agent.records import VantageState
from agent.store.read import verify
from agent.verdict.records import State
from probes.network import Network
from tests.worlds import CATALOG, SHORT, Watched, config_of, left_out, part_of, planned, sweep

#: A warning of a socket that was left open, or of a task whose fault nobody saw, fails the test.
pytestmark = pytest.mark.filterwarnings("error")

POOL = part_of(CATALOG, "telegram/dc_pool")
#: So fast that a test can wait for it, and yet one connection after the other, in the catalog's order.
QUICK_GENTLE = Pace(name="gentle", connections_per_min=600, shuffle=False, cool_down_s=0.0)


@pytest.fixture(autouse=True)
async def nothing_is_left_behind() -> AsyncIterator[None]:
    """No task outlives a sweep, and no socket waits to be collected."""
    yield
    gc.collect()
    assert asyncio.all_tasks() <= {asyncio.current_task()}


def config(folder: Path, **changes: object) -> Config:
    return config_of(folder, **{"limits": SHORT, **changes})


# Pools ------------------------------------------------------------------------------------------------------------


async def test_a_gentle_sweep_asks_of_a_pool_until_one_answers(tmp_path: Path) -> None:
    """The others are left out with the reason, and the pool is ok all the same."""
    done = await sweep(open_world(POOL), config(tmp_path, pace=QUICK_GENTLE), catalog=POOL)
    ids = [endpoint.id for _, target in POOL.targets() for endpoint in target.endpoints]
    measured = {row.endpoint for row in done.rows(target="telegram/dc_pool") if row.was_run}
    assert measured == set(ids[: len(measured)])
    assert left_out(done) == dict.fromkeys(ids[len(measured) :], "not_run_pool_answered")
    assert len(measured) < len(ids)
    assert done.result.sweep.endpoints_measured == len(measured)
    assert done.result.sweep.outcome == "complete"
    assert done.platforms["telegram"].state is State.OK


async def test_a_gentle_sweep_goes_on_while_no_member_answers(tmp_path: Path) -> None:
    """With the first two data centres closed it comes to the third."""
    closed = ("149.154.175.50", "149.154.167.51")
    refuse = Rule(id="closed", match=Match(at="syn", addresses=closed), action=Reset())
    world = replace(open_world(POOL), rules=(refuse,))
    done = await sweep(world, config(tmp_path, pace=QUICK_GENTLE), catalog=POOL)
    connects = [row for row in done.rows(target="telegram/dc_pool", operation="connect") if row.was_run]
    assert {row.address for row in connects if row.failure} == set(closed)
    assert "not_run_pool_answered" in left_out(done).values()
    assert done.platforms["telegram"].state is State.OK


async def test_a_fast_sweep_asks_every_member(tmp_path: Path) -> None:
    done = await sweep(open_world(POOL), config(tmp_path), catalog=POOL)
    assert left_out(done) == {}
    assert done.result.sweep.endpoints_measured == planned(POOL) == 12


# Budgets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "budget", [Budget(sweep_mib=1 / 1024), Budget(sweep_max_min=0)], ids=["traffic is spent", "time is spent"]
)
async def test_what_the_budget_does_not_allow_is_left_out_and_nobody_is_condemned(
    budget: Budget, tmp_path: Path
) -> None:
    """In a world that blocks much: what was not measured is insufficient, and the sweep says why. The line is looked
    at a second time all the same, so that what was measured before could be judged."""
    done = await sweep(world_2021(CATALOG), config(tmp_path, budget=budget))
    assert set(left_out(done).values()) == {"not_run_budget"}
    assert len(left_out(done)) == done.result.sweep.endpoints_planned == planned(CATALOG)
    assert done.result.sweep.outcome == "over_budget"
    assert done.result.sweep.endpoints_measured == 0
    assert done.result.sweep.vantage_state is done.result.sweep.closing_state is VantageState.NORMAL
    assert {verdict.state for verdict in done.result.verdicts} == {State.INSUFFICIENT, State.RETIRED}
    assert verify(tmp_path) == []


async def test_spent_traffic_leaves_the_line_normal_and_what_was_measured_judged(tmp_path: Path) -> None:
    """The closing ladder is climbed all the same: the first endpoints keep their verdicts."""
    two = part_of(CATALOG, "tabnak/web", "yahoo/web", "yahoo/mail")
    enough_for_one = Budget(sweep_mib=0.024)
    done = await sweep(open_world(two), config(tmp_path, pace=QUICK_GENTLE, budget=enough_for_one), catalog=two)
    assert done.result.sweep.vantage_state is VantageState.NORMAL
    assert done.result.sweep.outcome == "over_budget"
    assert 0 < done.result.sweep.endpoints_measured < planned(two)
    assert set(left_out(done).values()) == {"not_run_budget"}


# Private answers --------------------------------------------------------------------------------------------------

PRIVATE = ("192.168.1.1", "10.10.34.36", "127.0.0.1", "169.254.169.254", "fd00::1", "::1")


async def test_private_answers_are_recorded_and_never_connected_to(tmp_path: Path) -> None:
    """Asked at the seam itself: no connection went there, whoever gave the address; the one by DoH was tried."""
    some = part_of(CATALOG, "whatsapp/web")
    forge = Rule(id="forge", match=Match(at="query", names=("whatsapp.com",)), action=ForgeAnswer(addresses=PRIVATE))
    seen: list[Watched] = []

    def watched(inner: Network) -> Watched:
        seen.append(Watched(inner=inner))
        return seen[0]

    done = await sweep(replace(open_world(some), rules=(forge,)), config(tmp_path), catalog=some, before=watched)
    assert {deed.rule_id for deed in done.deeds} == {"forge"}
    visited = {address for address, _ in seen[0].visited}
    assert visited.isdisjoint(PRIVATE)
    (host,) = [host for host in open_world(some).hosts if "web.whatsapp.com" in host.names]
    assert visited & set(host.addresses)
    refused = done.rows(failure="not_run_private_address")
    assert {row.address for row in refused} == set(PRIVATE)
    assert {row.endpoint for row in refused} == {"https://web.whatsapp.com/", "http://web.whatsapp.com/"}
    assert len(refused) == len(PRIVATE) * 2


async def test_a_name_without_any_address_says_that_nothing_could_be_tried(tmp_path: Path) -> None:
    """Yahoo's names are gone from every resolver of the world."""
    some = part_of(CATALOG, "yahoo/mail", "tabnak/web")
    world = open_world(some)
    world = replace(world, hosts=tuple(host for host in world.hosts if "mail.yahoo.com" not in host.names))
    done = await sweep(world, config(tmp_path), catalog=some)
    assert left_out(done) == {"https://mail.yahoo.com/": "not_run_no_address"}
    assert done.platforms["yahoo"].state is State.DOWN
    assert done.platforms["tabnak"].state is State.OK


# Cool-down --------------------------------------------------------------------------------------------------------


async def test_no_round_of_isolation_is_begun_that_the_budget_does_not_hold(tmp_path: Path) -> None:
    """What failed was tried twice, and stays unexplained: too little was seen to accuse anybody."""
    some = part_of(CATALOG, "twitter/media")
    done = await sweep(world_2021(some), config(tmp_path, budget=Budget(sweep_mib=0.15)), catalog=some)
    assert {row.variation for row in done.rows(platform="twitter", operation="connect")} == {"first", "fresh_port"}
    assert done.platforms["twitter"].state is State.IMPAIRED


async def test_with_a_cool_down_the_swaps_follow_each_other_the_innocent_name_first(tmp_path: Path) -> None:
    """One after the other and after the repeat, so that who punishes the suspect name cannot spoil the control."""
    some = part_of(CATALOG, "twitter/media")
    cooling = replace(QUICK_GENTLE, cool_down_s=0.05)
    done = await sweep(world_2021(some), config(tmp_path, pace=cooling), catalog=some)
    connects = [row for row in done.rows(platform="twitter", operation="connect") if ":" not in row.address]
    assert [row.variation for row in sorted(connects, key=lambda row: row.observed_at)] == [
        "first",
        "fresh_port",
        "other_name_elsewhere",
        "control_name_here",
        "this_name_elsewhere",
        "this_name_elsewhere",
    ]
    assert done.platforms["twitter"].state is State.BLOCKED
    assert done.platforms["twitter"].mechanisms == ("tls.reset.sni",)
