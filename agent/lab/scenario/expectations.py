"""What a scenario expects against what its world does: a state that cannot come true is refused."""

from __future__ import annotations

from agent.catalog.records import Endpoint
from agent.lab.scenario.faults import FaultError
from agent.lab.scenario.line_rules import NATIONAL_RULE, PORTAL_RULE
from agent.lab.scenario.measured import known_or_refused
from agent.lab.scenario.records import STAGES, Expectation, Scenario
from agent.lab.truth import platforms_done_to
from agent.lab.world import listed
from agent.verdict.records import State
from agent.verdict.rules import RULES

CONDEMNED = (State.BLOCKED, State.LIKELY_BLOCKED)
#: Families in which nobody may be condemned.
INNOCENT = ("look_alike", "clean")


def refuse_expectations(scenario: Scenario) -> None:
    """Raise `FaultError` for the first expectation that this world cannot fulfil."""
    refuse_rulesets(scenario)
    refuse_line(scenario)
    if len(scenario.not_on) == len(STAGES):
        raise FaultError(("not_on",), "no stage is left that shows it; take one out.")
    measured = {platform.key: platform for platform in scenario.catalog.platforms}
    for key in scenario.expected:
        known_or_refused(key, measured, "measured platform", ("expect", key))
    done_to = platforms_done_to(scenario.world, scenario.catalog)
    for key, platform in measured.items():
        if key not in scenario.expected:
            raise FaultError(("expect",), f"{key} is measured, and nothing is expected of it; add [expect.{key}].")
        expected = scenario.expected[key]
        if (platform.retired_at is not None) != (expected.state is State.RETIRED):
            gone = "is retired, so its state is retired" if platform.retired_at else "is not retired"
            raise FaultError(("expect", key, "state"), f"{key} {gone}; correct it.")
        refuse_state(scenario, key, expected, done_to[key])
        if expected.state is State.OK:
            refuse_nowhere(scenario, key)


def refuse_rulesets(scenario: Scenario) -> None:
    """Raise `FaultError` for a rule of the ruleset that there is not, or that both must and must not decide."""
    known = [rule.id for rule in RULES]
    for rule in scenario.near_misses_of:
        known_or_refused(rule, known, "rule in the ruleset", ("near_misses_of",))
    for key, expected in scenario.expected.items():
        path = ("expect", key, "rule")
        if expected.rule:
            known_or_refused(expected.rule, known, "rule in the ruleset", path)
        if expected.rule in scenario.near_misses_of:
            raise FaultError(path, f"{expected.rule} stands in near_misses_of, so it must not decide; take one out.")


def refuse_line(scenario: Scenario) -> None:
    """Raise `FaultError` when the line is called normal and cannot be, or nobody may interfere and somebody does."""
    if scenario.family == "clean" and scenario.world.rules:
        rule = scenario.world.rules[0].id
        raise FaultError(("family",), f"in a clean scenario nobody interferes, and rule {rule} does; change one.")
    rules = {rule.id for rule in scenario.world.rules}
    broken = {
        "offline": ("there is no route", not scenario.world.client.route),
        "captive_portal": ("a captive portal stands on it", PORTAL_RULE in rules),
        "national_only": ("nothing crosses the border", NATIONAL_RULE in rules),
    }
    for state, (why, holds) in broken.items():
        if holds and scenario.vantage_state == "normal":
            raise FaultError(("vantage_state",), f'{why}, so the line is not normal; write "{state}", or what it is.')


def refuse_state(scenario: Scenario, key: str, expected: Expectation, done: frozenset[str]) -> None:
    """Raise `FaultError` for a state that what the censor does to the platform, `done`, gives the lie to."""
    path = ("expect", key, "state")
    if expected.state in CONDEMNED:
        if scenario.family in INNOCENT:
            raise FaultError(path, f"in the family {scenario.family} nobody is {expected.state}; change one of them.")
        if scenario.vantage_state != "normal":
            line = scenario.vantage_state
            raise FaultError(path, f"on a line that is {line} nobody is condemned; expect insufficient.")
        if not done:
            remedy = "add one, mend the one that was meant to, or expect another state"
            raise FaultError(path, f"no rule of the censor does anything to {key}; {remedy}.")
    if expected.state is State.OK and done and not expected.because:
        raise FaultError(path, f"the censor does this to {key}: {listed(sorted(done))}; say because, or correct it.")


def refuse_nowhere(scenario: Scenario, key: str) -> None:
    """Raise `FaultError` when a platform that must be ok has a name that is nobody's."""
    names = {name for host in scenario.world.hosts for name in host.names}
    for target in scenario.catalog.platform(key).targets:
        lost = [endpoint for endpoint in target.endpoints if is_lost(endpoint, names)]
        if lost and target.needed and (target.combine == "all_of" or len(lost) == len(target.endpoints)):
            raise FaultError(
                ("expect", key, "state"), f"no host is called {lost[0].hostname}, so it cannot be ok; add a [[host]]."
            )


def is_lost(endpoint: Endpoint, names: set[str]) -> bool:
    """Whether nobody bears the endpoint's name, and no address stands in for it."""
    return bool(endpoint.hostname) and not endpoint.addresses and endpoint.hostname not in names
