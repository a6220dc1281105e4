"""Whole sweeps of the embedded worlds: what the censor does is what the agent says, and what it leaves on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from agent.commands.classify import judged_again
from agent.lab.embedded import dropped_world, expected, hung_facebook, open_world, world_2021
from agent.lab.world import World
from agent.records import VantageState
from agent.store.read import rows, verify
from agent.store.schema import encode_row
from agent.verdict.records import State, Verdict
from tests.worlds import CATALOG, Swept, config_of, sweep

WORLDS: dict[str, Callable[..., World]] = {
    "2021": world_2021,
    "open": open_world,
    "hung_facebook": hung_facebook,
    "dropped": dropped_world,
}
BLOCKED_2021 = ("signal", "telegram", "twitter", "facebook", "youtube", "flickr")


@pytest.fixture(scope="module")
def swept_2021(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    return asyncio.run(sweep(world_2021(CATALOG), config_of(tmp_path_factory.mktemp("2021"))))


@pytest.fixture(scope="module", params=list(WORLDS))
def swept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Swept]:
    if request.param == "2021":
        return world_2021(CATALOG), request.getfixturevalue("swept_2021")
    world = WORLDS[request.param](CATALOG)
    return world, asyncio.run(sweep(world, config_of(tmp_path_factory.mktemp(request.param))))


def test_every_platform_is_what_the_censor_makes_it(swept: tuple[World, Swept]) -> None:
    """State and mechanisms of all twelve, as the world's own rules were written down by hand."""
    world, done = swept
    found = {key: (verdict.state, frozenset(verdict.mechanisms)) for key, verdict in done.platforms.items()}
    assert found == expected(world, CATALOG)
    assert len(found) == 12


def test_only_the_world_of_2021_condemns_anything(swept: tuple[World, Swept]) -> None:
    world, done = swept
    assert {key for key, verdict in done.platforms.items() if verdict.state is State.BLOCKED} == (
        set(BLOCKED_2021) if world.name == "2021" else set()
    )
    assert not any(verdict.state is State.LIKELY_BLOCKED for verdict in done.platforms.values())
    if world.name != "2021":
        assert done.condemned == []


def test_the_censor_acted_where_something_is_called_blocked(swept_2021: Swept) -> None:
    """No pass comes from a broken lab: each rule of the world did something, and none touched what is open."""
    acted = {deed.rule_id for deed in swept_2021.deeds}
    assert acted == {rule.id for rule in world_2021(CATALOG).rules}
    assert {rule_id.partition("_")[0] for rule_id in acted} == set(BLOCKED_2021)


def test_the_sweep_row_says_how_it_went(swept: tuple[World, Swept]) -> None:
    _, done = swept
    (row,) = rows(done.folder, "sweeps")
    assert encode_row(row) == encode_row(done.result.sweep)
    assert (row.outcome, row.stage, row.trigger, row.pace) == ("complete", "lab", "demo", "fast")
    assert row.vantage_state is row.opening_state is row.closing_state is VantageState.NORMAL
    assert row.endpoints_planned == row.endpoints_measured > 80
    assert row.observations == len(done.rows())
    assert row.rows_withheld == 0
    assert row.bytes_sent == sum(one.bytes_sent or 0 for one in done.rows())
    assert row.bytes_received == sum(one.bytes_received or 0 for one in done.rows())


def test_every_verdict_says_that_it_is_of_the_lab(swept_2021: Swept) -> None:
    """The verdicts file alone is enough to tell practice from evidence."""
    assert {verdict.stage for verdict in rows(swept_2021.folder, "verdicts")} == {"lab"}


def test_the_files_are_whole_and_say_the_same_when_judged_again(swept: tuple[World, Swept]) -> None:
    _, done = swept
    assert verify(done.folder) == []
    made = cells(done.result.verdicts)
    assert cells(rows(done.folder, "verdicts")) == made
    (again,) = judged_again(done.folder, CATALOG)
    assert (cells(again.verdicts), again.kept_because) == (made, "")


def cells(verdicts: Iterable[Verdict]) -> list[tuple[str, ...]]:
    """Verdicts as they are written: moments on the disk are whole milliseconds."""
    return [encode_row(verdict) for verdict in verdicts]


def test_every_row_belongs_to_the_sweep_and_has_an_id_of_its_own(swept: tuple[World, Swept]) -> None:
    _, done = swept
    found = done.rows()
    assert {row.sweep_id for row in found} == {done.result.sweep.sweep_id}
    assert len({row.observation_id for row in found}) == len(found)
    assert {row.purpose for row in found} == {"target", "ladder_before", "ladder_after"}


def test_witnesses_are_rows_on_the_disk(swept: tuple[World, Swept]) -> None:
    """A verdict of blocked without a row to point at is none."""
    _, done = swept
    ids = {row.observation_id for row in done.rows()}
    for verdict in done.result.verdicts:
        assert set(verdict.witnesses) <= ids
        assert verdict.witnesses or verdict.verdict_id not in done.condemned


def test_rows_carry_logical_addresses_and_ports(swept_2021: Swept) -> None:
    """What is written is where the name system sent us, never the loopback port behind it."""
    (host,) = [host for host in world_2021(CATALOG).hosts if "twitter.com" in host.names]
    own = swept_2021.rows(target="twitter/web", hostname="twitter.com", variation="first", operation="connect")
    assert {row.address for row in own} <= set(host.addresses)
    assert {row.port for row in own} == {443, 80}
    connects = swept_2021.rows(operation="connect")
    assert not [row for row in connects if row.address.startswith("127.") or row.address == "::1"]
    assert {row.port for row in connects if row.was_run} == {80, 443, 5222}


def test_both_replies_of_flickrs_race_are_kept_in_order(swept_2021: Swept) -> None:
    """The forged answer comes first and the true one after it, each a row of the one question."""
    (host,) = [host for host in world_2021(CATALOG).hosts if "www.flickr.com" in host.names]
    true = next(address for address in host.addresses if ":" not in address)
    race = swept_2021.rows(hostname="www.flickr.com", resolver="google-udp", query_type="A")
    assert [(row.reply_index, row.answers) for row in race] == [(0, ("10.10.34.36",)), (1, (true,))]
    assert len({row.connection_id for row in race}) == 1
    first_ms, second_ms = (row.duration_ms for row in race)
    assert first_ms is not None
    assert second_ms is not None
    assert first_ms <= second_ms


def test_an_a_record_in_reply_to_aaaa_is_kept_as_it_came(swept_2021: Swept) -> None:
    replies = swept_2021.rows(hostname="chat.signal.org", transport="udp", query_type="AAAA")
    assert replies
    assert {(row.answers, row.answer_types, row.ttl_s) for row in replies} == {(("10.10.34.35",), ("A",), 1)}


def test_a_reset_by_name_was_repeated_and_its_name_swapped(swept_2021: Swept) -> None:
    """First try, fresh port, and the three swaps, each with what the censor let it have."""
    shakes = swept_2021.rows(endpoint="https://twitter.com/", operation="tls_handshake")
    shakes = [row for row in shakes if ":" not in row.address]
    assert {row.variation: (row.server_name, row.failure) for row in shakes} == {
        "first": ("twitter.com", "connection_reset"),
        "fresh_port": ("twitter.com", "connection_reset"),
        "control_name_here": ("www.iana.org", "ssl_invalid_hostname"),
        "this_name_elsewhere": ("twitter.com", "connection_reset"),
        "other_name_elsewhere": ("www.debian.org", "ssl_invalid_hostname"),
    }
    assert len({row.connection_id for row in shakes}) == len(shakes)


def test_block_addresses_are_never_connected_to(swept_2021: Swept) -> None:
    refused = swept_2021.rows(failure="not_run_private_address")
    assert {row.address for row in refused} == {"10.10.34.35", "10.10.34.36"}
    assert not [row for row in swept_2021.rows(operation="connect") if row.address.startswith("10.") and row.was_run]


async def test_a_sweep_of_some_platforms_judges_those_alone(tmp_path: Path) -> None:
    done = await sweep(world_2021(CATALOG), config_of(tmp_path, platforms=("yahoo", "twitter", "cloob")))
    assert {key: verdict.state for key, verdict in done.platforms.items()} == {
        "yahoo": State.OK,
        "twitter": State.BLOCKED,
        "cloob": State.RETIRED,
    }
    assert {row.platform for row in done.rows()} == {"yahoo", "twitter", "control"}
    assert {deed.rule_id for deed in done.deeds} == {"twitter_client_hello", "twitter_request"}
    assert done.result.sweep.platforms == ("yahoo", "twitter", "cloob")
    assert verify(tmp_path) == []


async def test_two_sweeps_follow_each_other_in_the_same_files(tmp_path: Path) -> None:
    """The second continues the chain of the first, and each is judged by its own rows."""
    config = config_of(tmp_path, platforms=("tabnak",))
    first = await sweep(open_world(CATALOG), config)
    second = await sweep(open_world(CATALOG), config)
    assert verify(tmp_path) == []
    ids = [row.sweep_id for row in rows(tmp_path, "sweeps")]
    assert ids == [first.result.sweep.sweep_id, second.result.sweep.sweep_id]
    made = cells([*first.result.verdicts, *second.result.verdicts])
    again = [verdict for judged in judged_again(tmp_path, CATALOG) for verdict in judged.verdicts]
    assert cells(again) == cells(rows(tmp_path, "verdicts")) == made
