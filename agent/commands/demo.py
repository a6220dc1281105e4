"""`dideban demo`: the agent's main job, whole, on a censored internet that stands on this computer."""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime
from pathlib import Path

from agent.catalog import load_catalog
from agent.commands import DEMOS, of_demo, program
from agent.commands.compare import show_comparison
from agent.commands.endings import ended_by_signals
from agent.commands.measure import code_of
from agent.commands.stages import check_for_lab
from agent.config import PACES, Config, Vantage
from agent.exits import DONE
from agent.lab import embedded
from agent.lab.loopback.lab import Lab
from agent.lab.scenario.trial import LIMITS
from agent.language import N_, _
from agent.report.direction import say
from agent.report.progress import shown_progress
from agent.report.terminal import show_sweep
from agent.store.identity import vantage_id
from agent.store.lock import ResultsLock
from agent.sweep import Setting, SweepResult, run_sweep
from probes.certificate import TrustStore

WORLDS = {
    "2021": embedded.world_2021,
    "open": embedded.open_world,
    "hung_facebook": embedded.hung_facebook,
    "dropped": embedded.dropped_world,
}
DEMO_LIMITS = LIMITS["short"]
#: What one can do after it. Each path and command stands on a line of its own, where no terminal breaks it early.
NEXT = N_("""
The CSV files (results/README.md says what each column means):
  {folder}
To see them again as tables, by platform, day, target, mechanism or sweep:
  {review}
To make one page of them for the browser, in English and Persian:
  {report}
To measure for real, begin with what that means for you:
  {program} consent""")


def run(options: argparse.Namespace) -> int:
    folder = options.results or Path("results", DEMOS) / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    config = Config(results=folder, vantage=Vantage(country="IR", label="lab"), pace=PACES["fast"], limits=DEMO_LIMITS)
    check_for_lab(folder)
    with ResultsLock(folder, doing="dideban demo"):
        result = asyncio.run(sweep_world(options.world, config))
    show_sweep(result)
    show_comparison(folder, stage="lab", claims=False, picture=True)
    further = {command: of_demo(command, folder) for command in ("review", "report")}
    say(_(NEXT).format(folder=folder, program=program(), **further))
    return code_of(result) if result.sweep.outcome != "complete" else DONE


async def sweep_world(world: str, config: Config) -> SweepResult:
    """One sweep of an embedded world, by the same code as a real one. Reaches only this computer."""
    catalog = load_catalog()
    stop = asyncio.Event()
    with Lab(WORLDS[world](catalog, config.resolvers)) as lab, ended_by_signals(stop):
        setting = Setting(
            config=config,
            catalog=catalog,
            network=lab.network,
            trust={name: TrustStore(pem) for name, pem in lab.trust_pem.items()},
            stage="lab",
            vantage_id=vantage_id(config.results),
        )
        with shown_progress() as progress:
            return await run_sweep(setting, trigger="demo", stop=stop, progress=progress, observed=progress.observed)
