"""May anything be said at all? A decision here ends the questions."""

from __future__ import annotations

from agent.language import N_
from agent.records import VantageState
from agent.verdict import signs
from agent.verdict.records import State
from agent.verdict.rules.rule import Rule

GATE: tuple[Rule, ...] = (
    Rule(
        id="service_retired",
        layer="gate",
        when=lambda e: () if e.retired else None,
        state=State.RETIRED,
        because=N_("The service no longer exists; that it cannot be reached is no sign of blocking."),
        source="catalog: the platform's retirement and its source",
    ),
    Rule(
        id="vantage_not_normal",
        layer="gate",
        when=lambda e: e.not_run if e.vantage is not VantageState.NORMAL and not e.reachable else None,
        state=State.INSUFFICIENT,
        because=N_("The line was not seen to be normal throughout this sweep, so a failure says nothing of {name}."),
        source="docs/method.md 1; OONI 2019 on Iran's shutdown",
    ),
    Rule(
        id="not_measured",
        layer="gate",
        when=lambda e: e.not_run if not e.tries and not e.lookups else None,
        state=State.INSUFFICIENT,
        because=N_("{name} was not measured in this sweep."),
        source="docs/method.md 6: below the floor",
    ),
    Rule(
        id="cut_short",
        layer="gate",
        when=lambda e: signs.cut_short(e),
        state=State.INSUFFICIENT,
        because=N_("The measurement of {name} was cut short before it could tell."),
        source="docs/method.md 6: below the floor",
    ),
)
