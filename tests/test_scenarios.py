"""Every scenario that comes with the program comes out as its file says: on both stages, and with its censor off.

The trials are made once for all workers, many at a time: each mostly waits.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from filelock import FileLock

from agent.lab.rules import Match
from agent.lab.scenario.load import load_scenario, shipped_scenarios_folder
from agent.lab.scenario.records import FAMILIES, Scenario
from agent.lab.scenario.runner import run_trials
from agent.lab.scenario.score import Trial, score
from agent.lab.scenario.trial import outcome_of
from agent.verdict.records import State
from agent.verdict.rules import RULES
from tests.namespace import needs_stage

FOLDER = shipped_scenarios_folder()
NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))
#: Fewer than `dideban selftest` makes at once: other tests run beside them.
AT_ONCE = 6 * (os.cpu_count() or 1)
#: How each set of trials is made: the stage, and what is done to the scenario before.
SETS: dict[str, tuple[str, Callable[[Scenario], Scenario]]] = {
    "loopback": ("loopback", lambda scenario: scenario),
    "namespace": ("namespace", lambda scenario: scenario),
    "switched_off": ("loopback", lambda scenario: switched_off(scenario)),
}
#: A trial by its set and its scenario's name. None: its stage cannot show it.
TrialOf = Callable[[str, str], Trial | None]
CONDEMNED = frozenset({State.BLOCKED, State.LIKELY_BLOCKED})
#: Families in which nothing but the censor is wrong.
SOUND = frozenset({"action", "iran"})
#: Moments that no sweep brings about: the agent says nothing that is unknown.
UNSEEN = frozenset({"unrecognised"})


@cache
def scenario_of(name: str) -> Scenario:
    return load_scenario(FOLDER / f"{name}.toml")


def switched_off(scenario: Scenario) -> Scenario:
    """The same world without its censor. What stands on the client's own line stays."""
    rules = tuple(rule for rule in scenario.world.rules if rule.where == "line")
    return replace(scenario, world=replace(scenario.world, rules=rules))


@pytest.fixture(scope="session")
def trial_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> TrialOf:
    """Makes all trials of a set that this session's tests ask for, when the first does; the others wait for it."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    shared = tmp_path_factory.getbasetemp().parent if worker else tmp_path_factory.getbasetemp()
    asked = sorted(
        {item.callspec.params.get("name", "") for item in request.session.items if hasattr(item, "callspec")}
    )
    names = [name for name in asked if name in NAMES]

    @cache
    def made(which: str) -> dict[str, Trial]:
        path = shared / f"{which}.json"
        with FileLock(path.with_suffix(".lock")):
            if not path.exists():
                path.write_text(told(trials_of(which, names)))
        return heard(which, path)

    return lambda which, name: made(which).get(name)


def trials_of(which: str, names: list[str]) -> list[Trial]:
    """The trials of a set, but for those that its stage cannot show."""
    stage, changed = SETS[which]
    scenarios = [changed(scenario_of(name)) for name in names]
    return run_trials([one for one in scenarios if stage not in one.not_on], stage, at_once=AT_ONCE)


def told(trials: list[Trial]) -> str:
    """Trials as text that another worker can read."""
    return json.dumps({one.scenario.name: [one.outcome.as_json() if one.outcome else "", one.broken] for one in trials})


def heard(which: str, path: Path) -> dict[str, Trial]:
    _, changed = SETS[which]
    return {
        name: Trial(scenario=changed(scenario_of(name)), outcome=outcome_of(text) if text else None, broken=broken)
        for name, (text, broken) in json.loads(path.read_text()).items()
    }


@pytest.mark.parametrize("name", NAMES)
def test_on_loopback_it_comes_out_as_it_must(name: str, trial_of: TrialOf) -> None:
    trial = trial_of("loopback", name)
    assert trial.wrong == [] if trial else scenario_of(name).not_on["loopback"]


@needs_stage
@pytest.mark.parametrize("name", NAMES)
def test_on_namespaces_it_comes_out_as_it_must_and_as_on_loopback(name: str, trial_of: TrialOf) -> None:
    """Between packets and streams there is no difference that a verdict shows."""
    trial, on_loopback = trial_of("namespace", name), trial_of("loopback", name)
    if trial is None:
        assert scenario_of(name).not_on["namespace"]
        return
    assert trial.wrong == []
    if on_loopback is not None:
        assert states_of(trial) == states_of(on_loopback)


@pytest.mark.parametrize("name", NAMES)
def test_with_its_censor_switched_off_nobody_is_accused(name: str, trial_of: TrialOf) -> None:
    """Whatever else is wrong in that world."""
    trial = trial_of("switched_off", name)
    if trial is None:
        assert scenario_of(name).not_on["loopback"]
        return
    assert trial.outcome is not None, trial.broken
    found = trial.outcome.found
    assert found.keys() == scenario_of(name).expected.keys()
    assert {key: one.because for key, one in found.items() if one.state in CONDEMNED or one.mechanisms} == {}
    if scenario_of(name).family in SOUND and scenario_of(name).vantage_state == "normal":
        assert set(states_of(trial).values()) == {"normal", "ok"}


@pytest.mark.parametrize("which", ["loopback", pytest.param("namespace", marks=needs_stage)])
@pytest.mark.parametrize("name", NAMES)
def test_its_censor_acts(name: str, which: str, trial_of: TrialOf) -> None:
    """By every rule that a sweep meets: one that never acted shows nothing, whatever came out."""
    trial = trial_of(which, name)
    if trial is None:
        assert scenario_of(name).not_on[which]
        return
    assert trial.outcome is not None, trial.broken
    met = {rule.id for rule in scenario_of(name).world.rules if rule.where == "border" and is_met(rule.match)}
    assert met <= trial.outcome.deeds.keys()


def is_met(match: Match) -> bool:
    """Whether a sweep brings the moment about, and the first time at that."""
    return match.at not in UNSEEN and match.first_occasion == 1 and match.from_s == 0


def states_of(trial: Trial) -> dict[str, str]:
    """The line's state and each platform's."""
    assert trial.outcome is not None, trial.broken
    return {"the line": trial.outcome.vantage_state, **{key: one.state for key, one in trial.outcome.found.items()}}


@pytest.mark.parametrize("rule_id", [rule.id for rule in RULES])
def test_every_rule_decides_somewhere_and_is_nearly_met_elsewhere(rule_id: str) -> None:
    """A rule that no scenario shows is one that nobody has seen work."""
    scenarios = [scenario_of(name) for name in NAMES]
    assert [one.name for one in scenarios if any(wanted.rule == rule_id for wanted in one.expected.values())]
    assert [one.name for one in scenarios if rule_id in one.near_misses_of]


def test_there_are_as_many_scenarios_as_were_promised() -> None:
    """At least 90, of every family, and 30 in which nothing is blocked though it looks so."""
    families = [scenario_of(name).family for name in NAMES]
    assert len(NAMES) >= 90
    assert set(families) == set(FAMILIES)
    assert families.count("look_alike") >= 30


def test_the_page_names_every_scenario_that_a_stage_cannot_show() -> None:
    """With the reason, and no other."""
    page = Path(__file__).parents[1].joinpath("docs", "lab.md").read_text(encoding="utf-8")
    told = [line for line in page.splitlines() if line.startswith("- `") and ", not on `" in line]
    assert told == [
        f"- `{name}`, not on `{stage}`: {reason}"
        for name in NAMES
        for stage, reason in scenario_of(name).not_on.items()
    ]


def test_in_a_look_alike_nothing_is_blocked() -> None:
    """Whoever expects it is told so by the file, and not by what came out."""
    accused = [
        name
        for name in NAMES
        if scenario_of(name).family in {"look_alike", "clean"}
        and any(wanted.state in CONDEMNED for wanted in scenario_of(name).expected.values())
    ]
    assert accused == []


def test_to_isolate_what_is_blocked_takes_at_most_three_times_what_a_clean_endpoint_takes(trial_of: TrialOf) -> None:
    """On average over those scenarios that this session tries."""
    made = score([trial for name in NAMES if (trial := trial_of("loopback", name))])
    assert (made.effort_when_blocked or 0) <= 3 * (made.effort_when_clean or math.inf)
