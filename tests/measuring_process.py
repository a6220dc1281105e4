"""`python -m tests.measuring_process FOLDER EVERY_S PACE`: an agent that keeps measuring the lab, for tests to disturb.

It is `dideban run` but for the world it measures: the same lock, watch over the consent, cadence and sweeps. PACE is
fast, or slow: a sweep of everything that goes on for many seconds.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from agent.catalog import load_catalog
from agent.cli import code_of
from agent.commands.cadence import keep_measuring
from agent.commands.endings import ended_by_withdrawal
from agent.config import PACES, Config, Vantage
from agent.lab.embedded import open_world
from agent.lab.loopback.lab import Lab
from agent.store import StoreError
from agent.store.identity import vantage_id
from agent.store.lock import LockHeld, ResultsLock
from agent.sweep import Setting
from probes.certificate import TrustStore
from probes.limits import Limits

PACE = {"fast": PACES["fast"], "slow": replace(PACES["gentle"], connections_per_min=240)}
#: What a sweep measures at each pace. Empty: everything.
PLATFORMS: dict[str, tuple[str, ...]] = {"fast": ("signal",), "slow": ()}
LIMITS = Limits(dns_timeout_s=2.0, dns_window_s=0.1, connect_timeout_s=2.0, tls_timeout_s=2.0, http_timeout_s=2.0)


def main(folder: Path, *, every_s: float, pace: str) -> int:
    """The exit code as `dideban` would give it."""
    config = Config(
        results=folder, vantage=Vantage(country="IR"), platforms=PLATFORMS[pace], pace=PACE[pace], limits=LIMITS
    )
    try:
        with ResultsLock(folder, doing="dideban run"), Lab(open_world(load_catalog(), config.resolvers)) as lab:
            asyncio.run(keep(lab, config, every_s))
    except (LockHeld, StoreError) as error:
        print(error, file=sys.stderr)
        return code_of(error)
    return 0


async def keep(lab: Lab, config: Config, every_s: float) -> None:
    """Measure the lab on a cadence until a signal, or until the consent is gone."""
    setting = Setting(
        config=config,
        catalog=load_catalog(),
        network=lab.network,
        trust={name: TrustStore(pem) for name, pem in lab.trust_pem.items()},
        stage="lab",
        vantage_id=vantage_id(config.results),
    )
    stop = asyncio.Event()
    async with ended_by_withdrawal(config.results, stop):
        await keep_measuring(setting, every_s=every_s, jitter_s=0.0, stop=stop)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), every_s=float(sys.argv[2]), pace=sys.argv[3]))
