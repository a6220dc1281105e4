"""The agent's hand on the network: what it asks once, what it records, and what a cancelled attempt leaves."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from agent.catalog.records import Catalog, Endpoint
from agent.config import DEFAULT_RESOLVERS
from agent.config.helpers import Helper
from agent.inquiries import Inquiry, helper, pages, quic
from agent.lab.embedded import hung_facebook, open_world, world_2021
from agent.lab.loopback.lab import Lab
from agent.lab.world import Host, Page, Service, World
from agent.ladder import climb
from agent.line import Label, Line
from agent.measure import measure_endpoint
from agent.pace import Pacer, Wanted
from agent.plan import Attempt, Task, first_questions, tasks_of
from agent.vantage import Anchor
from agent.verdict.fingerprints import UNKNOWN
from agent.verdict.gathering import tries_of
from agent.visit import Circumstances, Visit
from probes.certificate import TrustStore
from probes.observation import Observation
from tests.observations import ANCHOR, ENDPOINTS, Rows
from tests.worlds import CATALOG, SHORT, Watched, part_of

pytestmark = pytest.mark.filterwarnings("error")

#: Seconds after which what should have happened hangs. No test comes near it unless it fails.
HANGS_S = 60.0
HTTP, HTTPS = "http://site.example/", "https://site.example/"
#: A page that sends on to another host of the platform.
AGAIN = Page(status=302, location="https://mail.yahoo.com/")
GIVEN = Circumstances(
    resolvers=DEFAULT_RESOLVERS,
    anchor=None,
    with_ipv6=True,
    cool_down_s=0.0,
    tries_per_endpoint=2,
    is_private=lambda name: False,
)


@dataclass
class CountingPacer(Pacer):
    """A pacer that remembers for whom it was asked."""

    asked: int = 0

    async def turn(self, rank: int, *, wanted: Wanted = lambda: True) -> bool:
        self.asked += 1
        return await super().turn(rank, wanted=wanted)


@dataclass(kw_only=True)
class TellsWhenConnected(Watched):
    """A network that says when it has made a connection."""

    connected: asyncio.Event = field(default_factory=asyncio.Event)

    async def open_tcp(self, address: str, port: int, *, segment_bytes: int | None = None) -> socket.socket:
        connection = await super().open_tcp(address, port, segment_bytes=segment_bytes)
        self.connected.set()
        return connection


@asynccontextmanager
async def line_of(world: World) -> AsyncIterator[tuple[Line, list[Observation], CountingPacer]]:
    """A line into `world`, what it records, and its pacer."""
    recorded: list[Observation] = []
    pacer = CountingPacer(None)
    with Lab(world) as lab:
        line = Line(
            network=lab.network,
            limits=SHORT,
            trust={name: TrustStore(pem) for name, pem in lab.trust_pem.items()},
            pacer=pacer,
            record=recorded.extend,
        )
        try:
            yield line, recorded, pacer
            await line.settle()
        finally:
            await line.close()


def tasks(catalog: Catalog) -> tuple[Task, ...]:
    return tasks_of(catalog, (), shuffle=None)


def label_of(task: Task) -> Label:
    return Label(platform=task.platform.key, target=task.target.name, endpoint=task.endpoint.id)


async def test_a_name_is_asked_once_however_many_endpoints_need_it() -> None:
    """The secure and the plain page of a site: one question to each resolver for each type."""
    some = part_of(CATALOG, "yahoo/web")
    async with line_of(open_world(some)) as (line, recorded, _):
        await asyncio.gather(*(measure_endpoint(line, label_of(task), task, GIVEN) for task in tasks(some)))
    asked = [(row.resolver, row.query_type) for row in recorded if row.operation == "resolve"]
    assert sorted(asked) == sorted(
        (resolver.name, kind) for resolver in first_questions(DEFAULT_RESOLVERS) for kind in ("A", "AAAA")
    )


async def test_what_one_endpoint_learns_besides_does_not_change_what_another_was_told() -> None:
    """Both pages of Flickr need a second opinion. Each stands beside the first replies, not among them: the next
    endpoint must see the name as odd as the first did."""
    some = part_of(CATALOG, "flickr/web")
    first = first_questions(DEFAULT_RESOLVERS)
    async with line_of(world_2021(some)) as (line, _, _):
        before = await line.ask(label_of(tasks(some)[0]), "www.flickr.com", first)
        for task in tasks(some):
            await measure_endpoint(line, label_of(task), task, GIVEN)
        after = await line.ask(label_of(tasks(some)[0]), "www.flickr.com", first)
    assert after == before
    assert {row.resolver for row in after} == {resolver.name for resolver in first}
    assert len(after) == 6


async def test_a_second_opinion_takes_a_turn_for_each_connection_and_once_for_all_who_need_it() -> None:
    """Nobody waits for a question that has been asked already, and no question slips a connection past the pace."""
    some = part_of(CATALOG, "flickr/web")
    async with line_of(world_2021(some)) as (line, recorded, pacer):
        for task in tasks(some):
            await measure_endpoint(line, label_of(task), task, GIVEN)
    connections = {row.connection_id for row in recorded if row.operation == "connect" and row.was_run}
    second = [row for row in recorded if row.operation == "resolve" and row.variation == "fresh_port"]
    asked = [*second, *(row for row in recorded if row.transport in {"tcp", "doh"} and row.operation == "resolve")]
    assert len(asked) == 6  # A and AAAA, of the system again, by TCP and by DoH
    assert pacer.asked == len(connections) + len(asked)


async def test_a_redirect_takes_a_turn_for_its_name_and_one_for_each_connection() -> None:
    """The pace holds for what is behind it too. A name that was asked already takes none."""
    endpoint = Endpoint(id="http://yahoo.com/", protocol="http", hostname="yahoo.com", port=80, source="made up")
    yahoo = next(platform for platform in part_of(CATALOG, "yahoo/mail").platforms)
    alone = replace(yahoo.targets[0], endpoints=(endpoint,))
    task = Task(platform=yahoo, target=alone, endpoint=endpoint)
    world = open_world(part_of(CATALOG, "yahoo/mail"))
    send_on = (Page(status=302, location="https://yahoo.com/"),)
    doors = (Service(kind="http", port=80, pages=send_on), Service(kind="https", port=443, pages=(AGAIN,)))
    host = Host(names=("yahoo.com",), addresses=("44.77.1.1",), services=doors)
    async with line_of(replace(world, hosts=(*world.hosts, host))) as (line, recorded, pacer):
        assert await measure_endpoint(line, label_of(task), task, GIVEN)
    ways = [(row.hop, row.hostname, row.port) for row in recorded if row.operation == "connect" and row.was_run]
    assert set(ways) == {(0, "yahoo.com", 80), (1, "yahoo.com", 443), (2, "mail.yahoo.com", 443)}
    assert pacer.asked == len(ways) + 1  # mail.yahoo.com had yet to be asked; the first name's turn is its caller's


async def test_rows_of_one_connection_share_an_id_and_carry_what_was_tried() -> None:
    some = part_of(CATALOG, "yahoo/mail")
    (task,) = tasks(some)
    (address, _) = next(host.addresses for host in open_world(some).hosts if "mail.yahoo.com" in host.names)
    attempt = Attempt(variation="first", address=address, name="mail.yahoo.com")
    async with line_of(open_world(some)) as (line, recorded, _):
        one, other = await asyncio.gather(
            line.attempt(label_of(task), task.endpoint, attempt),
            line.attempt(label_of(task), task.endpoint, replace(attempt, variation="fresh_port")),
        )
    assert one.went_well
    assert other.went_well
    assert [row.operation for row in one.steps] == ["connect", "tls_handshake", "http_round_trip"]
    ids = {
        variation: {row.connection_id for row in recorded if row.variation == variation}
        for variation in ("first", "fresh_port")
    }
    assert all(len(own) == 1 for own in ids.values())
    assert ids["first"] != ids["fresh_port"]
    assert {(row.platform, row.address, row.port, row.hostname) for row in recorded} == {
        ("yahoo", address, 443, "mail.yahoo.com")
    }


async def test_a_cancelled_attempt_records_the_steps_that_were_done() -> None:
    """Facebook's server has taken the connection and says nothing: the connect happened, and is kept."""
    some = part_of(CATALOG, "facebook/web")
    task = tasks(some)[0]
    world = hung_facebook(some)
    address = next(host.addresses[0] for host in world.hosts if "www.facebook.com" in host.names)
    async with line_of(world) as (line, recorded, _):
        told = TellsWhenConnected(inner=line.network)
        patient = replace(line, network=told, limits=replace(SHORT, tls_timeout_s=3600.0))
        attempt = Attempt(variation="first", address=address, name="www.facebook.com")
        trying = asyncio.ensure_future(patient.attempt(label_of(task), task.endpoint, attempt))
        async with asyncio.timeout(HANGS_S):
            await told.connected.wait()
        trying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await trying
    assert [(row.operation, row.failure) for row in recorded] == [("connect", "")]


async def test_the_ladder_takes_a_turn_for_each_name_and_each_connection() -> None:
    """A gentle sweep does not begin or end with a burst."""
    async with line_of(open_world(CATALOG)) as (line, recorded, pacer):
        await climb(line, CATALOG, purpose="ladder_before", rows=recorded)
    names = {row.hostname for row in recorded if row.operation == "resolve"}
    connections = [row for row in recorded if row.operation == "connect"]
    assert len(names) == len(CATALOG.controls) + 1  # and one that cannot exist
    assert pacer.asked == len(names) + len(connections)


@pytest.mark.parametrize(
    ("inquire", "seen"),
    [
        (pages.inquire, Rows().tried(at=HTTP, http=403, page=UNKNOWN, times=2)),
        (quic.inquire, Rows().tried(at=HTTPS)),
        (helper.inquire, Rows().tried(at=HTTPS, connect="generic_timeout_error", times=2)),
    ],
)
@pytest.mark.parametrize("affords", [True, False])
async def test_nothing_further_is_asked_that_the_budget_does_not_hold(
    inquire: Inquiry, seen: Rows, affords: bool
) -> None:
    given = replace(
        GIVEN,
        anchor=Anchor(address=ANCHOR, name="control.example", other_name="innocent.example"),
        affords=lambda size_bytes: affords and size_bytes > 0,
        helpers=(Helper(name="berlin", url="https://helper.example/", address="44.8.8.8"),),
    )
    (tries,) = tries_of(seen.rows).values()
    endpoint = replace(ENDPOINTS[seen.rows[0].endpoint][2], http3=True)
    async with line_of(open_world(part_of(CATALOG, "flickr/web"))) as (line, _, pacer):
        label = Label(platform="site", target="site/web", endpoint=endpoint.id)
        await inquire(Visit(line=line, label=label, endpoint=endpoint, given=given, tries=list(tries)))
    assert (pacer.asked > 0) is affords
