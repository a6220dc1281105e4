"""Real sweeps of the whole catalog in the lab, one for each thing that can be the matter: what a year is made of."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from agent.catalog import load_catalog
from agent.catalog.records import Catalog
from agent.config import DEFAULT_RESOLVERS, PACES, Config
from agent.lab.embedded import by_name, forge, open_world, suffixes_of, world_2021
from agent.lab.rules import Drop, ForgeAnswer, Match, Reset, Rule
from agent.lab.scenario.trial import LIMITS
from agent.lab.world import World
from agent.records import Sweep
from agent.store.read import rows
from agent.sweep import Setting, run_sweep
from agent.verdict.records import Verdict
from probes.certificate import TrustStore
from probes.observation import Observation
from tests.bench._elsewhere import lab_elsewhere

#: One resolver beside the system's, on a line without IPv6: the fewest rows that a sweep of the whole catalog has.
RESOLVERS = DEFAULT_RESOLVERS[:1]
#: What Iran's censor forges (OONI's fingerprint list).
FORGED = ForgeAnswer(addresses=("10.10.34.36",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One sweep as the agent wrote it."""

    sweep: Sweep
    observations: Sequence[Observation]
    verdicts: Sequence[Verdict]


def record_all() -> Mapping[str, Recording]:
    """A recording of each of WORLDS, by its name, made at the same time. Reaches only this computer."""
    with ProcessPoolExecutor(len(WORLDS)) as processes:
        return dict(zip(WORLDS, processes.map(record, WORLDS), strict=True))


def record(name: str) -> Recording:
    """A sweep of the world of that name."""
    catalog = load_catalog()
    world = WORLDS[name](catalog)
    client = replace(world.client, ipv6="none", addresses=world.client.addresses[:1])
    with lab_elsewhere(replace(world, client=client)) as lab, tempfile.TemporaryDirectory() as folder:
        setting = Setting(
            config=Config(results=Path(folder), pace=PACES["fast"], limits=LIMITS["short"], resolvers=RESOLVERS),
            catalog=catalog,
            network=lab.network,
            trust={authority: TrustStore(pem) for authority, pem in lab.trust_pem.items()},
            stage="lab",
            vantage_id="bench",
        )
        result = asyncio.run(run_sweep(setting, trigger="lab"))
        return Recording(
            sweep=result.sweep,
            observations=list(rows(Path(folder), "observations")),
            verdicts=list(rows(Path(folder), "verdicts")),
        )


def _open(catalog: Catalog) -> World:
    return open_world(catalog, RESOLVERS)


def _censored(catalog: Catalog) -> World:
    """The document's world of 2021, with Instagram and WhatsApp blocked by their names in DNS as well."""
    names = {platform.key: suffixes_of(catalog, platform.key) for platform in catalog.platforms}
    world = world_2021(catalog, RESOLVERS)
    return replace(world, rules=(*world.rules, *(forge(key, names, FORGED) for key in ("instagram", "whatsapp"))))


def _otherwise(catalog: Catalog) -> World:
    """The same platforms, each blocked by a reset where its name passes in clear."""
    names = {platform.key: suffixes_of(catalog, platform.key) for platform in catalog.platforms}
    blocked = ("signal", "twitter", "facebook", "youtube", "instagram", "whatsapp", "flickr", "telegram")
    rules = (by_name(key, names, at, Reset()) for key in blocked for at in ("client_hello", "request"))
    return replace(open_world(catalog, RESOLVERS, name="otherwise"), rules=tuple(rules))


def _shutdown(catalog: Catalog) -> World:
    """Nothing crosses the border; sites in the country work."""
    abroad = tuple(resolver.address for resolver in DEFAULT_RESOLVERS)
    rules = (
        Rule(id="resolvers_abroad", match=Match(at="query", addresses=abroad), action=Drop()),
        Rule(id="border", match=Match(at="syn"), action=Drop()),
    )
    return replace(open_world(catalog, RESOLVERS, name="shutdown"), rules=rules)


def _offline(catalog: Catalog) -> World:
    world = open_world(catalog, RESOLVERS, name="offline")
    return replace(world, client=replace(world.client, route=False))


WORLDS: Mapping[str, Callable[[Catalog], World]] = {
    "open": _open,
    "censored": _censored,
    "otherwise": _otherwise,
    "shutdown": _shutdown,
    "offline": _offline,
}
