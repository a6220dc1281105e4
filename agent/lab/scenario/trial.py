"""One scenario, swept on one stage: what came out, held against what had to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.lab.scenario.records import Scenario
from agent.verdict.records import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a sweep said of one platform."""

    state: State
    mechanisms: tuple[str, ...] = ()
    #: Rules of the ruleset that decided the platform or any of its targets.
    rules: tuple[str, ...] = ()


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
        raise NotImplementedError
