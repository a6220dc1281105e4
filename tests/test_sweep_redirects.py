"""Sweeps of sites that redirect: what lies behind a redirect is measured and judged as an endpoint is."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from agent.catalog.records import Catalog, Endpoint, Platform, Target
from agent.config import Budget, Config
from agent.lab.catalog_hosts import invented
from agent.lab.embedded import open_world
from agent.lab.rules import Action, Close, Drop, ForgeAnswer, Match, Reset, Rule
from agent.lab.truth import mechanisms_done_to
from agent.lab.world import Host, Page, Service, World
from agent.verdict.classify import classify
from agent.verdict.records import State, Verdict
from probes.network import Network
from tests.worlds import CATALOG, SHORT, Swept, Watched, config_of, sweep

SITE, WWW, OTHER = "site.example", "www.site.example", "login.example"
TELLING = "198-51-100-23.site.example"


def endpoint(url: str) -> Endpoint:
    protocol, _, rest = url.partition("://")
    hostname = rest.partition("/")[0]
    return Endpoint(
        id=url,
        protocol=protocol,
        hostname=hostname,
        port={"http": 80, "https": 443}[protocol],
        source="made up",
    )


def site(*urls: str) -> Catalog:
    """A platform of one target, its own domain, and the catalog's controls."""
    target = Target(name="site/web", role="made up", endpoints=tuple(map(endpoint, urls)))
    platform = Platform(key="site", title="Site", domains=(SITE,), targets=(target,))
    return replace(CATALOG, platforms=(platform,))


def world_of(catalog: Catalog, *rules: Rule, first: str, then: str = "") -> World:
    """Everything answers. The site's page redirects to `first`, and that of every host beside it to `then`, if any."""
    world = open_world(catalog)
    hosts = tuple(host for host in world.hosts if SITE not in host.names)
    ways = {SITE: first, WWW: then, OTHER: "", TELLING: ""}
    return replace(world, hosts=(*hosts, *(host_of(name, location) for name, location in ways.items())), rules=rules)


def host_of(name: str, location: str) -> Host:
    """A web server with and without TLS. A path that is a number redirects to the next number."""
    own = Page(status=302, location=location) if location else Page(title=name)
    pages = (own, *(Page(path=f"/{number}/", status=302, location=f"/{number + 1}/") for number in range(20)))
    services = (Service(kind="https", port=443, pages=pages), Service(kind="http", port=80, pages=pages))
    return Host(names=(name,), addresses=invented(name), services=services)


def config(folder: Path, **changes: object) -> Config:
    return config_of(folder, **{"limits": SHORT, **changes})


async def swept(folder: Path, url: str, *rules: Rule, first: str, then: str = "") -> Swept:
    """A sweep of the one endpoint `url`."""
    catalog = site(url)
    done = await sweep(world_of(catalog, *rules, first=first, then=then), config(folder), catalog=catalog)
    again = classify(done.result.sweep, done.rows(), catalog)
    assert again == list(done.result.verdicts), "judged again from the rows it must come out the same"
    return done


def verdict_of(done: Swept) -> Verdict:
    return done.targets["site/web"]


def hops(done: Swept) -> list[tuple[int, str, str]]:
    """Hop, host and failure of the first connections of each hop, over IPv4, and of what was left out, in order."""
    return sorted(
        {
            (row.hop, row.hostname, row.failure)
            for row in done.rows(platform="site", operation="connect", variation="first")
            if ":" not in row.address
        }
    )


# Followed ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["https", "http"])
@pytest.mark.parametrize("end", ["https", "http"])
async def test_what_a_redirect_leads_to_is_measured_as_an_endpoint_of_its_own(
    tmp_path: Path, start: str, end: str
) -> None:
    """Name, connection, handshake and request, under the endpoint that was redirected; no path is in any row."""
    done = await swept(tmp_path, f"{start}://{SITE}/", first=f"{end}://{WWW}/visitor-from/203.0.113.9?secret=1")
    assert hops(done) == [(0, SITE, ""), (1, WWW, "")]
    behind = done.rows(platform="site", hop=1)
    assert {row.operation for row in behind} == {"resolve", "connect", "http_round_trip"} | (
        {"tls_handshake"} if end == "https" else set()
    )
    assert {row.endpoint for row in behind} == {f"{start}://{SITE}/"}
    assert {row.location for row in done.rows(platform="site", hop=0, operation="http_round_trip")} == {
        f"{end}://{WWW}"
    }
    assert verdict_of(done).state is State.OK
    assert not any("visitor-from" in repr(row) or "203.0.113.9" in repr(row) for row in done.rows())


def censor(at: str, action: Action, *, by_address: bool = False) -> Rule:
    """A rule about the host that the site redirects to, and no other."""
    match = Match(at=at, addresses=invented(WWW)) if by_address else Match(at=at, names=(WWW,))
    return Rule(id="censor", match=match, action=action)


NO_SUCH_NAME = ForgeAnswer(rcode="NXDOMAIN", addresses=())


@pytest.mark.parametrize("start", ["https", "http"])
@pytest.mark.parametrize(
    ("end", "rule", "state"),
    [
        ("https", censor("client_hello", Reset()), State.BLOCKED),
        ("https", censor("client_hello", Drop()), State.BLOCKED),
        ("https", censor("client_hello", Close()), State.BLOCKED),
        ("http", censor("request", Reset()), State.BLOCKED),
        ("http", censor("request", Drop()), State.BLOCKED),
        ("http", censor("request", Close()), State.BLOCKED),
        ("https", censor("query", ForgeAnswer(addresses=("10.10.34.36",))), State.BLOCKED),
        ("http", censor("query", ForgeAnswer(addresses=("10.10.34.36",))), State.BLOCKED),
        ("https", censor("query", NO_SUCH_NAME), State.BLOCKED),
    ],
)
async def test_a_redirect_that_leads_into_a_block_is_what_its_user_meets(
    tmp_path: Path, start: str, end: str, rule: Rule, state: State
) -> None:
    """The mechanism is what the censor does to the host behind the redirect, and the sentence names that host."""
    url = f"{start}://{SITE}/"
    done = await swept(tmp_path, url, rule, first=f"{end}://{WWW}/")
    world = world_of(site(url), rule, first=f"{end}://{WWW}/")
    verdict = verdict_of(done)
    assert verdict.state is state, verdict.because
    assert set(verdict.mechanisms) == mechanisms_done_to(world, endpoint(f"{end}://{WWW}/"))
    assert f"{end}://{WWW}" in verdict.because


@pytest.mark.parametrize("action", [Reset(), Drop()], ids=["refused", "silent"])
async def test_behind_a_redirect_too_an_outage_is_no_block(tmp_path: Path, action: Action) -> None:
    done = await swept(tmp_path, f"https://{SITE}/", censor("syn", action, by_address=True), first=f"https://{WWW}/")
    assert (verdict_of(done).state, verdict_of(done).mechanisms) == (State.IMPAIRED, ())
    assert verdict_of(done).because.startswith(f"A redirect leads on to https://{WWW}.")


async def test_the_second_hop_is_looked_at_as_the_first_is(tmp_path: Path) -> None:
    """Its own page answers at both, and sends to a name that is reset."""
    done = await swept(
        tmp_path, f"http://{SITE}/", censor("client_hello", Reset()), first=f"http://{WWW}/", then=f"https://{WWW}/0/"
    )
    assert hops(done)[:3] == [(0, SITE, ""), (1, WWW, ""), (2, WWW, "")]
    assert (verdict_of(done).state, verdict_of(done).mechanisms) == (State.BLOCKED, ("tls.reset.sni",))


# Not followed -----------------------------------------------------------------------------------------------------


async def test_a_plain_page_that_sends_to_its_own_secure_page_is_not_measured_twice(tmp_path: Path) -> None:
    catalog = site(f"https://{SITE}/", f"http://{SITE}/")
    world = open_world(catalog)
    done = await sweep(world, config(tmp_path), catalog=catalog)
    assert {row.location for row in done.rows(platform="site", port=80, operation="http_round_trip")} == {
        f"https://{SITE}"
    }
    assert {row.hop for row in done.rows(platform="site")} == {0}
    assert verdict_of(done).state is State.OK


@pytest.mark.parametrize(
    "location", [f"https://{OTHER}/", f"https://{invented(OTHER)[0]}/", f"https://{WWW}:8443/", f"https://{TELLING}/"]
)
async def test_what_is_not_the_platforms_own_is_recorded_and_not_visited(tmp_path: Path, location: str) -> None:
    """Nor is a host whose name holds the volunteer's address: it would stand in the rows."""
    catalog = site(f"https://{SITE}/")
    seen: list[Watched] = []

    def watched(inner: Network) -> Watched:
        seen.append(Watched(inner=inner))
        return seen[0]

    done = await sweep(world_of(catalog, first=location), config(tmp_path), catalog=catalog, before=watched)
    strangers = {address for name in (OTHER, WWW, TELLING) for address in invented(name)}
    assert strangers.isdisjoint({address for address, _ in seen[0].visited})
    (left,) = [row for row in done.rows(platform="site") if not row.was_run]
    assert (left.failure, left.hop, left.hostname) == ("not_run_redirect_elsewhere", 1, "")
    assert {row.hostname for row in done.rows(platform="site")} == {SITE, ""}
    assert verdict_of(done).state is State.OK


async def test_no_redirect_leads_into_the_volunteers_own_network(tmp_path: Path) -> None:
    """The name behind it has a forged answer: a router's address is recorded and not visited, and the site judged."""
    catalog = site(f"https://{SITE}/")
    forge = censor("query", ForgeAnswer(addresses=("192.168.1.1",)))
    world = world_of(catalog, forge, first=f"https://{WWW}/")
    seen: list[Watched] = []

    def watched(inner: Network) -> Watched:
        seen.append(Watched(inner=inner))
        return seen[0]

    done = await sweep(world, config(tmp_path), catalog=catalog, before=watched)
    assert "192.168.1.1" not in {address for address, _ in seen[0].visited}
    assert {row.hop for row in done.rows(failure="not_run_private_address")} == {1}


@pytest.mark.parametrize("start", ["https", "http"])
async def test_ten_redirects_are_followed_and_it_is_the_sites_own_doing(tmp_path: Path, start: str) -> None:
    """A browser stops too, later. Nothing was done on the way, so it is nobody's block and no outage."""
    done = await swept(tmp_path, f"{start}://{SITE}/", first="/0/")
    assert hops(done) == [*((hop, SITE, "") for hop in range(11)), (11, "", "not_run_redirect_limit")]
    assert verdict_of(done).state is State.OK


async def test_a_circle_is_gone_round_once(tmp_path: Path) -> None:
    done = await swept(tmp_path, f"https://{SITE}/", first=f"https://{WWW}/", then=f"https://{SITE}/")
    assert hops(done) == [(0, SITE, ""), (1, WWW, "")]
    assert verdict_of(done).state is State.OK


@pytest.mark.parametrize("location", ["https://", "http://"])
@pytest.mark.parametrize("start", ["https", "http"])
async def test_a_redirect_to_nowhere_is_the_servers_own_fault(tmp_path: Path, location: str, start: str) -> None:
    """The server answers, and a browser shows an error of its own. Nothing was done on the way."""
    done = await swept(tmp_path, f"{start}://{SITE}/", first=location)
    assert {row.failure for row in done.rows(platform="site", operation="http_round_trip")} == {
        "http_invalid_redirect_location_host"
    }
    assert {row.hop for row in done.rows(platform="site")} == {0}
    assert verdict_of(done).state is State.OK
    assert "http_redirect_to_nowhere" in verdict_of(done).rule_ids


# Cut short --------------------------------------------------------------------------------------------------------


async def test_a_hop_that_the_budget_does_not_allow_is_left_out_and_says_so(tmp_path: Path) -> None:
    """The site answered, and what is behind its redirect was not looked at: that is not ok, and no failure."""
    catalog = site(f"https://{SITE}/")
    world = world_of(catalog, first=f"https://{WWW}/")
    done = await sweep(world, config(tmp_path / "one"), catalog=catalog)
    ladder_bytes, site_bytes = (
        sum((row.bytes_sent or 0) + (row.bytes_received or 0) for row in done.rows(purpose=purpose, hop=0))
        for purpose in ("ladder_before", "target")
    )
    spent = Budget(sweep_mib=(ladder_bytes + site_bytes / 2) / 2**20)
    done = await sweep(world, config(tmp_path / "two", budget=spent), catalog=catalog)
    left = [row for row in done.rows() if not row.was_run]
    assert [(row.failure, row.hop, row.hostname, row.port) for row in left] == [("not_run_budget", 1, WWW, 443)]
    assert done.result.sweep.outcome == "over_budget"
    assert verdict_of(done).state is State.INSUFFICIENT


@dataclass(kw_only=True)
class StopsAt(Watched):
    """A network that ends the sweep as soon as one of `addresses` is connected to."""

    addresses: tuple[str, ...]
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def open_tcp(self, address: str, port: int, *, segment_bytes: int | None = None) -> socket.socket:
        if address in self.addresses:
            self.stop.set()
        return await super().open_tcp(address, port, segment_bytes=segment_bytes)


async def test_a_hop_that_its_user_cut_short_is_not_taken_for_one_that_works(tmp_path: Path) -> None:
    """The row says which hop it was, so that the verdict can be made again."""
    catalog, stop = site(f"https://{SITE}/"), asyncio.Event()
    done = await sweep(
        world_of(catalog, censor("client_hello", Drop()), first=f"https://{WWW}/"),
        config(tmp_path),
        catalog=catalog,
        before=lambda inner: StopsAt(inner=inner, addresses=invented(WWW), stop=stop),
        stop=stop,
    )
    left = [row for row in done.rows() if not row.was_run]
    assert [(row.failure, row.hop, row.hostname) for row in left] == [("not_run_interrupted", 1, WWW)]
    assert verdict_of(done).state is State.INSUFFICIENT
