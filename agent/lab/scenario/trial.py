"""One scenario, swept on one stage: what came out, held against what had to."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agent.config import PACES, Budget, Config, Helper, Vantage
from agent.course import Progress
from agent.lab.scenario.records import Scenario
from agent.lab.truth import platforms_done_to
from agent.lab.world import World
from agent.networks import Networks
from agent.store.identity import vantage_id
from agent.sweep import Setting, SweepResult, run_sweep
from agent.verdict.records import State
from probes.certificate import TrustStore
from probes.limits import Limits
from probes.network import Network

#: The time-outs that a scenario can choose. A lab answers in a millisecond, so that two seconds of silence there are
#: as good as ten on a real line.
LIMITS: Mapping[str, Limits] = {
    "short": Limits(
        dns_timeout_s=2.0,
        system_dns_timeout_s=2.0,
        dns_window_s=0.5,
        connect_timeout_s=2.0,
        tls_timeout_s=2.0,
        http_timeout_s=2.0,
        helper_timeout_s=4.0,
    ),
    "real": Limits(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a sweep said of one platform."""

    state: State
    mechanisms: tuple[str, ...] = ()
    #: Rules of the ruleset that decided the platform or any of its targets.
    rules: tuple[str, ...] = ()
    #: The verdict's own sentence.
    because: str = ""
    #: Observations that were made of it.
    observations: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A scenario's sweep, as data that passes between processes."""

    scenario: str
    stage: str
    vantage_state: str
    found: Mapping[str, Found]
    #: Ids of the censor's rules that acted, and how often.
    deeds: Mapping[str, int]
    seconds: float

    def wrong(self, scenario: Scenario) -> list[str]:
        """What differs from what must come out, a sentence each; empty when nothing does."""
        return [*self._line_wrong(scenario), *self._platforms_wrong(scenario), *self._near_misses_hit(scenario)]

    def as_json(self) -> str:
        """The outcome in one line of text; `outcome_of` reads it."""
        return json.dumps(asdict(self))

    def _line_wrong(self, scenario: Scenario) -> list[str]:
        if self.vantage_state == scenario.vantage_state:
            return []
        return [f"The line: {worded(self.vantage_state)}, and it is {worded(scenario.vantage_state)}."]

    def _platforms_wrong(self, scenario: Scenario) -> list[str]:
        true = platforms_done_to(scenario.world, scenario.catalog)
        sentences = []
        for key, expected in scenario.expected.items():
            found = self.found.get(key)
            if found is None:
                sentences.append(f"{key}: no verdict, and it is {worded(expected.state)}.")
                continue
            if found.state != expected.state:
                why = f", because {expected.because}" if expected.because else ""
                sentences.append(
                    f"{key}: {worded(found.state)}, and it is {worded(expected.state)}{why}".rstrip(".") + "."
                )
            if expected.rule and expected.rule not in found.rules:
                decided = ", ".join(found.rules) or "none"
                sentences.append(f"{key}: the rule {expected.rule} was to decide; decided has {decided}.")
            sentences += [
                f"{key}: {mechanism} is no doing of this censor, who does {', '.join(sorted(true[key])) or 'nothing'}."
                for mechanism in found.mechanisms
                if not is_borne_out(mechanism, true[key])
            ]
        return sentences

    def _near_misses_hit(self, scenario: Scenario) -> list[str]:
        return [
            f"{key}: the rule {rule} decided, and this is only nearly a case of it."
            for key, found in self.found.items()
            for rule in scenario.near_misses_of
            if rule in found.rules
        ]


def outcome_of(text: str) -> Outcome:
    """The outcome that `as_json` made this text of. Raises `ValueError` when it is none."""
    try:
        values: dict[str, Any] = json.loads(text)
        found = {
            key: Found(
                state=State(one["state"]),
                mechanisms=tuple(one["mechanisms"]),
                rules=tuple(one["rules"]),
                because=one["because"],
                observations=one["observations"],
            )
            for key, one in values.pop("found").items()
        }
        return Outcome(found=found, **values)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"This is no outcome of a trial: {error!r}.") from None


def worded(state: str) -> str:
    """A state in plain words."""
    return state.replace("_", " ")


def is_borne_out(mechanism: str, true: frozenset[str]) -> bool:
    """Whether `mechanism` is one of those that are true, or stands above one: vague is allowed, wrong is not."""
    return any(mechanism in nodes_of(one) for one in true)


def nodes_of(mechanism: str) -> frozenset[str]:
    """The mechanism and everything above it: tls.reset.sni is also tls.reset, and tls.

    A block page stands below `http.diff` as well: it is another page than the one served elsewhere, and known besides.
    """
    parts = mechanism.split(".")
    above = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
    return frozenset(above | ({"http.diff"} if above & {"http.blockpage", "http.redirect"} else set()))


def sweep_of(
    scenario: Scenario,
    *,
    stage: str,
    network: Network,
    trust: Mapping[str, bytes],
    deeds: Callable[[], Mapping[str, int]] = dict,
    folder: Path | None = None,
    progress: Progress = lambda platform, done, total: None,
) -> Outcome:
    """A real sweep of a scenario whose world stands already, as both stages make it.

    `trust`: root certificates (PEM) by authority, web and signal. `deeds`: asked once the sweep is over for the
    censor's rules that acted. Without a `folder` no row is written anywhere.
    """
    began_s = time.monotonic()
    client = scenario.world.client
    config = Config(
        results=folder or Path(),  # unless rows are kept, nobody looks there
        vantage=Vantage(country=client.country, asn=client.asn, label="lab"),
        pace=PACES["fast"],
        limits=LIMITS[scenario.limits],
        budget=Budget(sweep_mib=scenario.sweep_mib),
        helpers=tuple(
            Helper(name=f"lab-{number}", url=f"https://{name}/")
            for number, name in enumerate(scenario.helpers, start=1)
        ),
    )
    setting = Setting(
        config=config,
        catalog=scenario.catalog,
        network=network,
        trust={name: TrustStore(pem) for name, pem in trust.items()},
        networks=networks_of(scenario.world),
        stage="lab",
        vantage_id="" if folder is None else vantage_id(folder),
    )
    result = asyncio.run(run_sweep(setting, trigger="lab", progress=progress, kept=folder is not None))
    return Outcome(
        scenario=scenario.name,
        stage=stage,
        vantage_state=result.sweep.vantage_state.value,
        found=found_in(result),
        deeds=dict(deeds()),
        seconds=time.monotonic() - began_s,
    )


def networks_of(world: World) -> Networks:
    """The table of networks that the world's hosts state; empty where none states one."""
    stated = ((address, host.asn) for host in world.hosts if host.asn is not None for address in host.addresses)
    return Networks.of(f"{address}/{128 if ':' in address else 32} {asn}" for address, asn in stated)


def found_in(result: SweepResult) -> dict[str, Found]:
    """What the sweep said of each platform, by its key."""
    deciding: dict[str, list[str]] = {}
    for verdict in result.verdicts:
        deciding.setdefault(verdict.platform, []).extend(verdict.rule_ids)
    return {
        verdict.platform: Found(
            state=verdict.state,
            mechanisms=verdict.mechanisms,
            rules=tuple(dict.fromkeys(deciding[verdict.platform])),
            because=verdict.because,
            observations=result.observations.get(verdict.platform, 0),
        )
        for verdict in result.verdicts
        if verdict.level == "platform"
    }
