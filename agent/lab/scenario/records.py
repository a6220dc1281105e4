"""A scenario: a world, what a sweep of it looks at, and what has to come out. Records only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent.catalog.records import Catalog
from agent.config import Budget
from agent.lab.world import World
from agent.verdict.records import State

#: The stages that a scenario can stand on.
STAGES: Mapping[str, str] = {
    "loopback": "Sockets on this computer's loopback; a censor on streams. Any system, no root.",
    "namespace": "Network namespaces joined by veth; a censor on packets. Linux, root or user namespaces.",
}
#: What a scenario is an example of: the families that recall is reported by.
FAMILIES: Mapping[str, str] = {
    "action": "One action of the censor at one moment.",
    "rule": "A rule of the ruleset: the case it decides, and its near miss.",
    "ooni": "What OONI's quality tests for web connectivity try.",
    "iran": "A signature documented for Iran.",
    "look_alike": "Nothing is blocked, and it looks as if.",
    "clean": "Nobody interferes.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What must come out for one platform. Its mechanisms are not said here: they follow from what the censor does."""

    state: State
    #: Id of a rule of the ruleset that must be among those that decided one of its targets. Empty: any.
    rule: str = ""
    #: Why this state and no other, where the censor's rules do not make it plain.
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One file of scenarios, read and found to be consistent."""

    #: The file's name without its ending: what happens, in words.
    name: str
    path: Path
    #: One or two sentences.
    about: str
    #: A key of FAMILIES.
    family: str
    #: Where it is documented; empty for one of our own making.
    source: str
    world: World
    #: The platforms that are swept, those of the scenario's own making too, and the controls.
    catalog: Catalog
    #: By platform key; every platform of `catalog` has one.
    expected: Mapping[str, Expectation]
    #: The sweep's time-outs: "short", as on loopback, or "real", the agent's own: for slow and lossy lines.
    limits: str = "short"
    #: MiB that the sweep may send and receive.
    sweep_mib: float = Budget().sweep_mib
    #: Names of the test helpers that the sweep asks.
    helpers: tuple[str, ...] = ()
    #: What the ladder must say of the line: a VantageState. "normal" unless stated.
    vantage_state: str = "normal"
    #: Rules of the ruleset that nearly match here, and must not decide anything.
    near_misses_of: tuple[str, ...] = ()
    #: Stages that cannot show it, with the reason.
    not_on: Mapping[str, str] = field(default_factory=dict)
