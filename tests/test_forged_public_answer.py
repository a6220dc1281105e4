"""Sweeps in which a name is answered with a public address that is not its own: never `ok`, and never too much."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.lab.embedded import BLOCK_PAGE, open_world
from agent.lab.rules import ForgeAnswer, Match, Rule
from agent.lab.world import Host, Page, Service
from agent.verdict.records import State
from tests.worlds import CATALOG, SHORT, Swept, config_of, part_of, sweep

PART = part_of(CATALOG, "flickr/web")
SINKHOLE = "44.66.66.66"


async def swept(folder: Path, *sinkhole: Host) -> Swept:
    """Every question for Flickr over UDP and TCP is answered with the sinkhole's address; DoH tells the truth."""
    world = open_world(PART)
    forge = ForgeAnswer(addresses=(SINKHOLE,))
    rule = Rule(id="flickr_query", match=Match(at="query", names=("flickr.com",)), action=forge)
    world = replace(world, hosts=(*world.hosts, *sinkhole), rules=(rule,))
    return await sweep(world, config_of(folder, limits=SHORT), catalog=PART)


@pytest.mark.parametrize("port", [443, 80])
async def test_a_public_address_where_nobody_is_makes_no_platform_ok(tmp_path: Path, port: int) -> None:
    """The truth by DoH works, and an ordinary program is never told it. That it was forged, an address without a
    resolver shows, which answers."""
    done = await swept(tmp_path)
    assert done.deeds
    verdict = done.platforms["flickr"]
    assert (verdict.state, verdict.mechanisms) == (State.BLOCKED, ("dns.injection.other",))
    assert done.rows(address=SINKHOLE, port=port, variation="fresh_port")


async def test_a_resolver_that_gives_an_address_where_nobody_is_may_have_a_dead_machine_in_its_pool(
    tmp_path: Path,
) -> None:
    """Only the provider's own resolver says so: nothing that is sent elsewhere is answered for."""
    world = open_world(PART)
    match = Match(at="query", names=("flickr.com",), addresses=(world.client.resolver,))
    rule = Rule(id="flickr_query", match=match, action=ForgeAnswer(addresses=(SINKHOLE,)))
    done = await sweep(replace(world, rules=(rule,)), config_of(tmp_path, limits=SHORT), catalog=PART)
    assert done.deeds
    assert (done.platforms["flickr"].state, done.platforms["flickr"].mechanisms) == (State.IMPAIRED, ())
    assert "dns_only_others_address_works" in done.platforms["flickr"].rule_ids


async def test_the_same_world_without_the_forger_is_ok(tmp_path: Path) -> None:
    done = await sweep(open_world(PART), config_of(tmp_path, limits=SHORT), catalog=PART)
    assert done.platforms["flickr"].state is State.OK


async def test_a_public_address_with_a_known_block_page_is_a_block_by_name(tmp_path: Path) -> None:
    """What the forged address serves is the name system's doing, and no HTTP of Flickr's was touched."""
    page = Page(status=403, body=BLOCK_PAGE.partition(b"\r\n\r\n")[2].decode("ascii"))
    sinkhole = Host(addresses=(SINKHOLE,), services=(Service(kind="http", port=80, pages=(page,)),))
    done = await swept(tmp_path, sinkhole)
    verdict = done.platforms["flickr"]
    assert (verdict.state, verdict.mechanisms) == (State.BLOCKED, ("dns.injection.blockpage",))
