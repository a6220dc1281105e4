"""A sweep that ends before its end: a user's stop, a cancelled process, and faults of our own."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.config import Config
from agent.lab.embedded import hung_facebook, open_world, world_2021
from agent.lab.loopback.lab import Lab
from agent.records import VantageState
from agent.store.read import rows, verify
from agent.sweep import run_sweep
from agent.verdict.records import State
from probes.network import FenceError, Network, fence
from tests.worlds import CATALOG, SHORT, Watched, config_of, left_out, part_of, planned, setting_of, sweep

#: A warning of a socket that was left open, or of a task whose fault nobody saw, fails the test.
pytestmark = pytest.mark.filterwarnings("error")

#: Seconds after which a sweep that should have ended hangs. No test comes near it unless it fails.
HANGS_S = 60.0


@pytest.fixture(autouse=True)
async def nothing_is_left_behind() -> AsyncIterator[None]:
    """No task outlives a sweep, and no socket waits to be collected."""
    yield
    gc.collect()
    assert asyncio.all_tasks() <= {asyncio.current_task()}


def config(folder: Path) -> Config:
    return config_of(folder, limits=SHORT)


def at_start(platform: str, done: int, total: int) -> bool:
    return True


def after_the_ladder(platform: str, done: int, total: int) -> bool:
    return (platform, done) == ("ladder", 1)


def after_some(platform: str, done: int, total: int) -> bool:
    return platform == "tabnak" and done == total


@pytest.mark.parametrize("when", [at_start, after_the_ladder, after_some])
async def test_an_interrupted_sweep_writes_what_it_has_and_condemns_nobody(
    when: Callable[[str, int, int], bool], tmp_path: Path
) -> None:
    """In a world that blocks much. Every endpoint has either been measured or says that it was interrupted."""
    stop = asyncio.Event()

    def progress(platform: str, done: int, total: int) -> None:
        if when(platform, done, total):
            stop.set()

    done = await sweep(world_2021(CATALOG), config(tmp_path), stop=stop, progress=progress)
    row = done.result.sweep
    assert row.outcome == "interrupted"
    assert row.closing_state is VantageState.UNDETERMINED
    assert set(left_out(done).values()) - {"not_run_private_address"} == {"not_run_interrupted"}
    interrupted = {one.endpoint for one in done.rows(failure="not_run_interrupted")}
    assert len(interrupted) + row.endpoints_measured == row.endpoints_planned == planned(CATALOG)
    assert row.endpoints_measured >= (2 if when is after_some else 0)
    assert done.condemned == []
    assert row.observations == len(done.rows())
    assert verify(tmp_path) == []


async def test_a_stop_before_the_sweep_measures_nothing(tmp_path: Path) -> None:
    stop = asyncio.Event()
    stop.set()
    done = await sweep(open_world(CATALOG), config(tmp_path), stop=stop)
    assert set(left_out(done).values()) == {"not_run_interrupted"}
    assert len(left_out(done)) == planned(CATALOG)
    assert {verdict.state for verdict in done.result.verdicts} == {State.INSUFFICIENT, State.RETIRED}


async def test_what_was_seen_of_an_endpoint_in_hand_is_kept(tmp_path: Path) -> None:
    """Facebook is connected to and says nothing; at the stop, the connects are on the disk and it is insufficient."""
    some = part_of(CATALOG, "facebook/web", "tabnak/web")
    stop = asyncio.Event()

    def progress(platform: str, done: int, total: int) -> None:
        if platform == "tabnak" and done == total:
            stop.set()

    done = await sweep(hung_facebook(some), config_of(tmp_path), catalog=some, stop=stop, progress=progress)
    assert [row for row in done.rows(platform="facebook", operation="resolve") if row.answers]
    assert done.rows(platform="facebook", failure="not_run_interrupted")
    assert done.platforms["facebook"].state is State.INSUFFICIENT


async def test_a_cancelled_sweep_leaves_whole_rows_and_no_verdict(tmp_path: Path) -> None:
    """As when the process ends: what stands on the disk is as after a kill, and chained."""
    begun = asyncio.Event()

    def progress(platform: str, done: int, total: int) -> None:
        if (platform, done) == ("ladder", 1):
            begun.set()

    sweeping = asyncio.ensure_future(sweep(world_2021(CATALOG), config(tmp_path), progress=progress))
    async with asyncio.timeout(HANGS_S):
        await begun.wait()
    sweeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sweeping
    assert list(rows(tmp_path, "observations"))
    assert [*rows(tmp_path, "sweeps"), *rows(tmp_path, "verdicts")] == []
    assert verify(tmp_path) == []


# Faults of our own ------------------------------------------------------------------------------------------------


class OurOwnError(Exception):
    """What no network does."""


@dataclass(kw_only=True)
class FaultyAt(Watched):
    """A network with a fault in it that shows on connecting to one address."""

    address: str

    async def open_tcp(self, address: str, port: int, *, segment_bytes: int | None = None) -> socket.socket:
        if address == self.address:
            raise OurOwnError(address)
        return await self.inner.open_tcp(address, port, segment_bytes=segment_bytes)


class BreaksOnSecond(socket.socket):
    """A socket with a fault in it that shows on the second datagram."""

    received = 0

    def recv(self, *arguments: int) -> bytes:
        data = super().recv(*arguments)
        self.received += 1
        if self.received > 1:
            raise OurOwnError("second datagram")
        return data


@dataclass(kw_only=True)
class FaultyLater(Watched):
    """A network whose fault shows when the first reply to a question has long been used."""

    def open_udp(self, address: str, port: int) -> socket.socket:
        with self.inner.open_udp(address, port) as datagrams:
            broken = BreaksOnSecond(fileno=datagrams.detach())
        broken.setblocking(False)
        return broken


def faulty_at_the_data_centre(inner: Network) -> Network:
    return FaultyAt(inner=inner, address="149.154.167.51")


def faulty_at_a_control(inner: Network) -> Network:
    return FaultyAt(inner=inner, address=address_of("www.debian.org"))


def address_of(name: str) -> str:
    return next(host.addresses[0] for host in open_world(CATALOG).hosts if name in host.names)


FAULTS: dict[str, tuple[Callable[[Network], Network], type[Exception]]] = {
    "at an endpoint": (faulty_at_the_data_centre, OurOwnError),
    "in the ladder": (faulty_at_a_control, OurOwnError),
    "behind the first reply": (lambda inner: FaultyLater(inner=inner), OurOwnError),
    "a fence": (lambda inner: fence(inner, ["127.0.0.0/8"]), FenceError),
}


@pytest.mark.parametrize(("before", "fault"), FAULTS.values(), ids=FAULTS)
async def test_a_fault_of_ours_ends_the_sweep_and_is_raised(
    before: Callable[[Network], Network], fault: type[Exception], tmp_path: Path
) -> None:
    """It never becomes a measurement, never a verdict, and never a wait without end. Rows made before stay whole."""
    with Lab(world_2021(CATALOG)) as lab:
        setting = setting_of(lab, config(tmp_path), before=before)
        with pytest.raises(fault):
            async with asyncio.timeout(HANGS_S):
                await run_sweep(setting, trigger="demo")
    assert [*rows(tmp_path, "sweeps"), *rows(tmp_path, "verdicts")] == []
    assert not [row for row in rows(tmp_path, "observations") if fault.__name__ in row.failure]
    assert verify(tmp_path) == []
