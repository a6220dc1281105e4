"""Sweeps for measuring: as the agent makes them, at the fast pace, in a lab that already stands."""

from __future__ import annotations

from pathlib import Path

from agent.catalog import load_catalog
from agent.config import PACES, Config
from agent.ladder import climb
from agent.line import Line
from agent.pace import Pacer
from agent.records import Sweep, VantageState
from agent.sweep import Setting
from agent.vantage import Vantage
from probes.certificate import TrustStore
from probes.limits import Limits
from probes.observation import Observation
from tests.bench._elsewhere import Elsewhere


def setting_in(lab: Elsewhere, folder: Path, limits: Limits) -> Setting:
    """What a sweep of everything in `lab` is made with; its rows go to `folder`."""
    return Setting(
        config=Config(results=folder, pace=PACES["fast"], limits=limits),
        catalog=load_catalog(),
        network=lab.network,
        trust={name: TrustStore(pem) for name, pem in lab.trust_pem.items()},
        stage="lab",
        vantage_id="bench",
    )


async def opening_ladder(setting: Setting) -> Vantage:
    """What a sweep's opening ladder would say of the line. Raises `RuntimeError` when the line is not normal."""
    seen: list[Observation] = []
    line = Line(
        network=setting.network,
        limits=setting.config.limits,
        trust=setting.trust,
        pacer=Pacer(None),
        record=seen.extend,
    )
    try:
        vantage = await climb(line, setting.catalog, purpose="ladder_before", rows=seen)
    finally:
        await line.close()
    if vantage.state is not VantageState.NORMAL:
        raise RuntimeError(f"The lab's line is {vantage.state}: {vantage.because}")
    return vantage


def whole(sweep: Sweep) -> Sweep:
    """`sweep`, if it measured all it meant to on a normal line. Raises `RuntimeError` if not: its time says nothing."""
    if sweep.outcome != "complete" or sweep.vantage_state is not VantageState.NORMAL:
        raise RuntimeError(f"A sweep was {sweep.outcome} on a line that was {sweep.vantage_state}: {sweep.because}")
    if sweep.endpoints_measured != sweep.endpoints_planned or not sweep.endpoints_measured:
        raise RuntimeError(f"A sweep measured {sweep.endpoints_measured} of {sweep.endpoints_planned} endpoints.")
    return sweep


def seconds_of(sweep: Sweep) -> float:
    """How long a sweep took. Raises `RuntimeError` when its row does not tell."""
    if sweep.duration_ms is None:
        raise RuntimeError(f"Sweep {sweep.sweep_id} does not tell how long it took.")
    return sweep.duration_ms / 1000
