"""What a running agent remembers and asks for: a change is confirmed once, and a new start is no change."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.catalog import load_catalog
from agent.commands.cadence import CONFIRM_JITTER, Keeper, recent_verdicts
from agent.config import PACES, Config
from agent.confirmation import Known
from agent.lab.embedded import open_world, world_2021
from agent.lab.loopback.lab import Lab
from agent.lab.world import World
from agent.store.read import rows
from agent.sweep import Setting
from agent.verdict.records import State
from probes.certificate import TrustStore
from tests.measuring_process import LIMITS

CATALOG = load_catalog()
CONFIRM_S = 600.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def setting_in(lab: Lab, folder: Path) -> Setting:
    return Setting(
        config=Config(results=folder, platforms=("signal", "tabnak"), pace=PACES["fast"], limits=LIMITS),
        catalog=CATALOG,
        network=lab.network,
        trust={name: TrustStore(pem) for name, pem in lab.trust_pem.items()},
        stage="lab",
        vantage_id="v",
    )


@pytest.fixture
def keeper(folder: Path) -> Iterator[Keeper]:
    """An agent where Signal is blocked as in 2021; it knows nothing yet."""
    world: World = world_2021(CATALOG, Config().resolvers)
    with Lab(world) as lab:
        yield Keeper(setting=setting_in(lab, folder), confirm_s=CONFIRM_S, stop=asyncio.Event())


async def test_a_first_accusation_is_confirmed_once_and_alone(keeper: Keeper, folder: Path) -> None:
    """The confirming sweep measures the accused platform and no other; it agrees, and asks for none."""
    soon = await keeper.on_cadence(0)
    assert soon is not None
    assert CONFIRM_S <= soon.after_s <= CONFIRM_S * (1 + CONFIRM_JITTER)
    assert await soon.make_sweep() is None
    first, second = rows(folder, "sweeps")
    assert (first.trigger, first.platforms) == ("schedule", ("signal", "tabnak"))
    assert (second.trigger, second.platforms) == ("confirm", ("signal",))
    assert {row.state for row in rows(folder, "verdicts") if row.level == "platform" and row.platform == "signal"} == {
        State.BLOCKED
    }


async def test_an_agent_that_starts_anew_remembers(keeper: Keeper) -> None:
    """What its last sweeps said is on the disk: the same again is no change."""
    await keeper.on_cadence(0)
    anew = Known().after(verdict for sweep, verdict in recent_verdicts(keeper.setting, datetime.now(UTC)))
    assert anew == keeper.known
    assert anew.kinds["signal/chat"] == "accused"
    assert await keeper.on_cadence(0) is None


async def test_who_switches_it_off_has_none(keeper: Keeper) -> None:
    keeper.confirm_s = 0.0
    assert await keeper.on_cadence(0) is None


async def test_where_nothing_is_blocked_nothing_is_confirmed(folder: Path) -> None:
    with Lab(open_world(CATALOG, Config().resolvers)) as lab:
        keeper = Keeper(setting=setting_in(lab, folder), confirm_s=CONFIRM_S, stop=asyncio.Event())
        assert await keeper.on_cadence(0) is None
