"""Every rule decides what it is for, and spares what only comes near."""

from __future__ import annotations

import pytest

from agent.verdict.deeds import wants_isolation
from agent.verdict.gathering import tries_of
from agent.verdict.records import MECHANISMS, State
from agent.verdict.rules import LAYERS, RULES
from tests.observations import Rows, verdicts
from tests.rule_cases import CASES
from tests.rule_cases_names import Case

TABLE = [
    pytest.param(rule, case, decides, id=f"{rule}: {case.what}")
    for rule, cases in CASES.items()
    for decides, half in ((True, cases.decides), (False, cases.spares))
    for case in half
]


@pytest.mark.parametrize(("rule", "case", "decides"), TABLE)
def test_what_happened_is_judged_as_what_it_is(rule: str, case: Case, decides: bool) -> None:
    """The state and mechanisms are those of what happened, and the rule has its part in it, or none."""
    verdict = verdicts(case.rows(), case.vantage)[case.target]
    assert (verdict.state, verdict.mechanisms) == (case.state, case.mechanisms), verdict.because
    assert (rule in verdict.rule_ids) is decides, verdict.rule_ids


def test_every_rule_has_a_case_and_a_near_miss() -> None:
    assert {rule.id for rule in RULES} == CASES.keys()
    assert all(cases.decides and cases.spares for cases in CASES.values())


def test_rules_stand_in_the_order_of_their_layers_under_ids_of_their_own() -> None:
    layers = [LAYERS.index(rule.layer) for rule in RULES]
    assert layers == sorted(layers)
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_only_rules_that_condemn_or_clear_name_mechanisms_of_the_list() -> None:
    for cases in CASES.values():
        for case in (*cases.decides, *cases.spares):
            assert set(case.mechanisms) <= MECHANISMS
            assert not case.mechanisms or case.state in {State.BLOCKED, State.LIKELY_BLOCKED, State.OK}


def test_only_what_passes_in_clear_is_worth_swapping() -> None:
    """A handshake and a plain request show the name; a request within TLS shows nobody anything."""
    rows = Rows().tried(tls="connection_reset").tried(http="connection_reset")
    rows.tried(at="http://site.example/", http="connection_reset").tried(connect="connection_reset")
    tries = [one for found in tries_of(rows.rows).values() for one in found]
    assert sorted(wants_isolation(one) for one in tries) == ["", "", "http", "tls"]
