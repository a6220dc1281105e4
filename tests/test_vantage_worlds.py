"""Sweeps on lines that are not normal condemn nobody: in a shutdown, behind a log-in page, unplugged, offline."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from agent.config.resolvers import DEFAULT_RESOLVERS
from agent.lab.embedded import open_world, world_2021
from agent.lab.http_messages import answer, iranian_page_without_headers
from agent.lab.rules import Drop, ForeignCertificate, Match, Rule, SendBytes
from agent.lab.world import World
from agent.records import VantageState
from agent.verdict.records import State
from probes.network import Network
from tests.worlds import CATALOG, SHORT, Swept, Watched, config_of, part_of, sweep

NORMAL, PORTAL, NATIONAL, UNDETERMINED, OFFLINE = (
    VantageState.NORMAL,
    VantageState.CAPTIVE_PORTAL,
    VantageState.NATIONAL_ONLY,
    VantageState.UNDETERMINED,
    VantageState.OFFLINE,
)
SOME = part_of(
    CATALOG,
    "signal/chat",
    "telegram/dc_pool",
    "telegram/web",
    "twitter/web",
    "whatsapp/web",
    "flickr/web",
    "tabnak/web",
)
EVERYWHERE = ("0.0.0.0/0", "::/0")
LOG_IN = answer(200, b"<html><title>Log in to the hotel's network</title></html>", media_type="text/html")
BLOCK_PAGE = iranian_page_without_headers("10.10.34.34", "M1-6")


def abroad(world: World) -> World:
    """The world with every host abroad, so that the box on the line sees all traffic."""
    return replace(world, hosts=tuple(replace(host, country="") for host in world.hosts))


def national_shutdown() -> World:
    """Nothing leaves the country but questions to the provider's resolver, which knows every name."""
    resolvers = tuple({resolver.address for resolver in DEFAULT_RESOLVERS})
    rules = (
        Rule(id="border", match=Match(at="syn", addresses=EVERYWHERE), action=Drop()),
        Rule(id="border_query", match=Match(at="query", addresses=resolvers), action=Drop()),
    )
    return replace(open_world(SOME), name="shutdown", rules=rules)


def shutdown_with_block_pages() -> World:
    """Names are cut off abroad, and plain HTTP is answered by the filter's page."""
    rules = (
        Rule(id="border_tls", match=Match(at="client_hello"), action=Drop()),
        Rule(id="border_http", match=Match(at="request"), action=SendBytes(data=BLOCK_PAGE)),
    )
    return replace(open_world(SOME), name="shutdown_pages", rules=rules)


def captive_portal() -> World:
    """Before one has logged in: a page for every request, a certificate of nobody's for every handshake."""
    rules = (
        Rule(id="portal_tls", match=Match(at="client_hello"), action=ForeignCertificate()),
        Rule(id="portal_http", match=Match(at="request"), action=SendBytes(data=LOG_IN)),
    )
    return abroad(replace(open_world(SOME), name="portal", rules=rules))


def all_dropped() -> World:
    """A line that swallows everything, questions too."""
    rules = (
        Rule(id="all_syn", match=Match(at="syn", addresses=EVERYWHERE), action=Drop()),
        Rule(id="all_query", match=Match(at="query"), action=Drop()),
    )
    return abroad(replace(open_world(SOME), name="all_dropped", rules=rules))


BAD_LINES = {
    "shutdown": (national_shutdown(), NATIONAL),
    "shutdown_pages": (shutdown_with_block_pages(), NATIONAL),
    "portal": (captive_portal(), PORTAL),
    "all_dropped": (all_dropped(), UNDETERMINED),
}


async def swept(world: World, folder: Path) -> Swept:
    return await sweep(world, config_of(folder, limits=SHORT), catalog=SOME)


@pytest.mark.parametrize(("world", "state"), BAD_LINES.values(), ids=BAD_LINES)
async def test_a_sweep_on_a_bad_line_condemns_nobody(world: World, state: VantageState, tmp_path: Path) -> None:
    """The row says what the line was, and each failure is insufficient, with that for a reason."""
    done = await swept(world, tmp_path)
    row = done.result.sweep
    assert (row.vantage_state, row.opening_state, row.closing_state) == (state, state, state)
    assert row.outcome == "complete"
    assert row.because
    assert {deed.rule_id for deed in done.deeds} == {rule.id for rule in world.rules}
    assert done.condemned == []
    abroad_verdicts = {key: verdict for key, verdict in done.platforms.items() if key != "tabnak"}
    assert {verdict.state for verdict in abroad_verdicts.values()} == {State.INSUFFICIENT}
    assert {rule for verdict in abroad_verdicts.values() for rule in verdict.rule_ids} == {"vantage_not_normal"}


async def test_what_answers_as_itself_in_a_shutdown_is_ok(tmp_path: Path) -> None:
    """The line's state spoils what fails; a site at home with a valid certificate has proved that it is reachable."""
    done = await swept(national_shutdown(), tmp_path)
    assert done.platforms["tabnak"].state is State.OK


async def test_behind_a_log_in_page_nothing_is_ok(tmp_path: Path) -> None:
    """A page in the place of an answer is not the service, not even where no certificate is expected."""
    done = await swept(captive_portal(), tmp_path)
    assert {key for key, verdict in done.targets.items() if verdict.state is State.OK} == set()


async def test_a_dead_ipv6_is_seen_in_the_ladder_and_harms_no_platform(tmp_path: Path) -> None:
    """A route that leads nowhere: no endpoint is tried over it, and everything is ok over IPv4."""
    hole = Rule(id="no_ipv6", match=Match(at="syn", addresses=("::/0",)), action=Drop())
    done = await swept(abroad(replace(open_world(SOME), name="dead_ipv6", rules=(hole,))), tmp_path)
    assert done.deeds
    assert done.result.sweep.vantage_state is NORMAL
    assert {verdict.state for verdict in done.platforms.values()} == {State.OK}
    over_ipv6 = [row for row in done.rows(operation="connect") if ":" in row.address]
    assert over_ipv6
    assert {row.platform for row in over_ipv6} == {"control"}


async def test_the_same_platforms_are_ok_on_a_good_line(tmp_path: Path) -> None:
    """The clean case beside the bad ones."""
    done = await swept(open_world(SOME), tmp_path)
    assert done.result.sweep.vantage_state is NORMAL
    assert {verdict.state for verdict in done.platforms.values()} == {State.OK}


@dataclass(kw_only=True)
class Routeless(Watched):
    """A computer whose kernel knows no way out."""

    async def resolve(self, hostname: str, ip_version: int) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    async def open_tcp(self, address: str, port: int, *, segment_bytes: int | None = None) -> socket.socket:
        self.visited.append((address, port))
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    def open_udp(self, address: str, port: int) -> socket.socket:
        raise OSError(errno.ENETUNREACH, "Network is unreachable")


async def test_without_a_route_nothing_is_asked_and_each_endpoint_says_so(tmp_path: Path) -> None:
    networks: list[Routeless] = []

    def without_route(inner: Network) -> Routeless:
        networks.append(Routeless(inner=inner))
        return networks[0]

    done = await sweep(open_world(SOME), config_of(tmp_path), catalog=SOME, before=without_route)
    row = done.result.sweep
    assert (row.outcome, row.vantage_state, row.endpoints_measured) == ("not_measured", OFFLINE, 0)
    assert networks[0].visited == []
    assert {one.operation for one in done.rows(platform="control")} == {"route"}
    left_out = [one for one in done.rows() if one.platform != "control"]
    assert {one.failure for one in left_out} == {"not_run_offline"}
    assert len(left_out) == row.endpoints_planned > 0
    assert {verdict.state for verdict in done.result.verdicts} == {State.INSUFFICIENT}


@dataclass(kw_only=True)
class GoesDown(Watched):
    """A line that is unplugged in the middle: from then on no name has an address and no packet a way."""

    is_down: bool = False

    async def resolve(self, hostname: str, ip_version: int) -> tuple[str, ...]:
        if self.is_down:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return await super().resolve(hostname, ip_version)

    async def open_tcp(self, address: str, port: int, *, segment_bytes: int | None = None) -> socket.socket:
        if self.is_down:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        return await super().open_tcp(address, port, segment_bytes=segment_bytes)

    def open_udp(self, address: str, port: int) -> socket.socket:
        if self.is_down:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        return super().open_udp(address, port)


@pytest.mark.parametrize("goes_down", [False, True])
async def test_a_sweep_is_judged_by_the_worse_of_its_two_ladders(goes_down: bool, tmp_path: Path) -> None:
    """Twitter's block was seen whole on a good line. If the line is gone at the end, nobody knows since when."""
    some = part_of(CATALOG, "twitter/web")
    lines: list[GoesDown] = []

    def unplugged(inner: Network) -> Network:
        lines.append(GoesDown(inner=inner))
        return lines[0]

    def progress(platform: str, done: int, total: int) -> None:
        lines[0].is_down = goes_down and platform == "twitter" and done == total

    config = config_of(tmp_path, limits=SHORT)
    done = await sweep(world_2021(some), config, catalog=some, before=unplugged, progress=progress)
    row = done.result.sweep
    assert row.opening_state is NORMAL
    assert row.closing_state is row.vantage_state is (OFFLINE if goes_down else NORMAL)
    assert done.platforms["twitter"].state is (State.INSUFFICIENT if goes_down else State.BLOCKED)
    assert row.because == (
        "The computer has no route to anywhere." if goes_down else "3 of 3 unrelated controls abroad answer."
    )
    assert {one.variation for one in done.rows(platform="twitter")} >= {"fresh_port", "this_name_elsewhere"}
