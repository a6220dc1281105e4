"""Sweeps of the lab's worlds for the tests: the agent's own way, into a folder of the test's own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from agent.catalog.load import load_catalog
from agent.catalog.records import Catalog
from agent.commands.demo import DEMO_LIMITS
from agent.config import PACES, Config
from agent.lab.censor import Deed
from agent.lab.loopback.lab import Lab
from agent.lab.world import World
from agent.store.identity import vantage_id
from agent.store.read import rows
from agent.sweep import Setting, SweepResult, run_sweep
from agent.verdict.records import State, Verdict
from probes.certificate import TrustStore
from probes.limits import Limits
from probes.network import Network
from probes.observation import Observation

CATALOG = load_catalog()
#: Bounds for sweeps of a few endpoints: silence costs half a second.
SHORT = Limits(
    dns_timeout_s=0.5,
    system_dns_timeout_s=1.0,
    dns_window_s=0.2,
    connect_timeout_s=0.5,
    tls_timeout_s=0.5,
    http_timeout_s=0.5,
)
CONDEMNED = frozenset({State.BLOCKED, State.LIKELY_BLOCKED})

#: Stands a network of a test's own before the lab's.
Before = Callable[[Network], Network]


@dataclass(frozen=True, kw_only=True)
class Swept:
    """A sweep that has ended, what it left on the disk, and what the censor did meanwhile."""

    folder: Path
    result: SweepResult
    deeds: list[Deed]

    @property
    def platforms(self) -> dict[str, Verdict]:
        return {verdict.platform: verdict for verdict in self.result.verdicts if verdict.level == "platform"}

    @property
    def targets(self) -> dict[str, Verdict]:
        return {verdict.target: verdict for verdict in self.result.verdicts if verdict.level == "target"}

    @property
    def condemned(self) -> list[str]:
        return [verdict.verdict_id for verdict in self.result.verdicts if verdict.state in CONDEMNED]

    def rows(self, **wanted: object) -> list[Observation]:
        """The observations on the disk whose columns have the values given."""
        return [
            row
            for row in rows(self.folder, "observations")
            if all(getattr(row, column) == value for column, value in wanted.items())
        ]


def config_of(folder: Path, **changes: Any) -> Config:
    """The demo's configuration: fast, with its bounds."""
    return replace(Config(results=folder, pace=PACES["fast"], limits=DEMO_LIMITS), **changes)


def setting_of(lab: Lab, config: Config, catalog: Catalog = CATALOG, before: Before = lambda lab: lab) -> Setting:
    """What a sweep of `lab` is made with."""
    return Setting(
        config=config,
        catalog=catalog,
        network=before(lab.network),
        trust={name: TrustStore(pem) for name, pem in lab.trust_pem.items()},
        stage="lab",
        vantage_id=vantage_id(config.results),
    )


async def sweep(
    world: World,
    config: Config,
    *,
    catalog: Catalog = CATALOG,
    before: Before = lambda lab: lab,
    stop: asyncio.Event | None = None,
    progress: Callable[[str, int, int], None] = lambda platform, done, total: None,
) -> Swept:
    """One sweep of `world`."""
    with Lab(world) as lab:
        setting = setting_of(lab, config, catalog, before)
        result = await run_sweep(setting, trigger="demo", stop=stop, progress=progress)
        return Swept(folder=config.results, result=result, deeds=list(lab.censor_log))


def part_of(catalog: Catalog, *targets: str) -> Catalog:
    """The catalog with these targets only, and all its controls."""
    platforms = (
        replace(platform, targets=tuple(target for target in platform.targets if target.name in targets))
        for platform in catalog.platforms
    )
    return replace(catalog, platforms=tuple(platform for platform in platforms if platform.targets))


@dataclass(kw_only=True)
class Watched:
    """A network that remembers which addresses were connected to."""

    inner: Network
    visited: list[tuple[str, int]] = field(default_factory=list)

    async def resolve(self, hostname: str, ip_version: int) -> tuple[str, ...]:
        return await self.inner.resolve(hostname, ip_version)

    async def open_tcp(self, address: str, port: int, *, segment_bytes: int | None = None) -> socket.socket:
        self.visited.append((address, port))
        return await self.inner.open_tcp(address, port, segment_bytes=segment_bytes)

    def open_udp(self, address: str, port: int) -> socket.socket:
        return self.inner.open_udp(address, port)

    def own_addresses(self) -> frozenset[str]:
        return self.inner.own_addresses()


def planned(catalog: Catalog) -> int:
    """Endpoints of a catalog's living platforms."""
    return sum(len(target.endpoints) for platform, target in catalog.targets() if platform.retired_at is None)


def left_out(done: Swept) -> dict[str, str]:
    """Why each endpoint was left out that was, by its id."""
    return {row.endpoint: row.failure for row in done.rows() if not row.was_run}
