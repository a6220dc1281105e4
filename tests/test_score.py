"""The score of trials: which states came out for which, and how much of what censors do was named, and rightly."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.lab.scenario.records import Scenario
from agent.lab.scenario.score import Tally, Trial, nodes, score, tally
from agent.lab.scenario.trial import Found, Outcome, is_borne_out
from agent.report.trials import told_effort
from agent.verdict.records import MECHANISMS, State
from tests.small_scenarios import reset, scenario

mechanisms = st.frozensets(st.sampled_from(sorted(MECHANISMS)), max_size=4)


def trial(case: Scenario, state: State, *named: str, name: str = "site", observations: int = 0) -> Trial:
    """A scenario whose site came out in `state` with the mechanisms named."""
    found = {"site": Found(state=state, mechanisms=named, observations=observations)}
    outcome = Outcome(
        scenario=name, stage="loopback", vantage_state=case.vantage_state, found=found, deeds={}, seconds=1.0
    )
    return Trial(scenario=replace(case, name=name), outcome=outcome)


def test_a_mechanism_is_also_all_that_stands_above_it() -> None:
    assert nodes(["tls.reset.sni", "tcp.timeout"]) == {"tls", "tls.reset", "tls.reset.sni", "tcp", "tcp.timeout"}
    assert nodes([]) == frozenset()


@pytest.mark.parametrize(
    ("true", "found", "precision", "recall"),
    [
        (["tls.reset.sni"], ["tls.reset.sni"], 1.0, 1.0),
        (["tls.reset.sni"], ["tls.reset"], 1.0, 2 / 3),
        (["tls.reset.sni"], ["tls.reset.other"], 2 / 3, 2 / 3),
        (["tls.reset.sni"], ["dns.nxdomain"], 0.0, 0.0),
        (["tls.reset.sni", "tls.timeout.sni"], ["tls.reset.sni"], 1.0, 3 / 5),
        (["tls.reset.sni"], [], None, 0.0),
        ([], ["tls.reset.sni"], 0.0, None),
        ([], [], None, None),
    ],
)
def test_precision_and_recall_are_shares_of_nodes(
    true: list[str], found: list[str], precision: float | None, recall: float | None
) -> None:
    counted = tally(true, found)
    assert counted.precision == (precision if precision is None else pytest.approx(precision))
    assert counted.recall == (recall if recall is None else pytest.approx(recall))


@given(mechanisms, mechanisms)
def test_precision_is_whole_exactly_when_each_name_is_borne_out(true: frozenset[str], found: frozenset[str]) -> None:
    """So that a scenario is wrong for a mechanism whenever the precision is less than 1, and only then."""
    assert (tally(true, found).precision in (None, 1.0)) == all(is_borne_out(one, true) for one in found)


@given(mechanisms, mechanisms)
def test_recall_is_whole_exactly_when_nothing_is_missed(true: frozenset[str], found: frozenset[str]) -> None:
    assert (tally(true, found).recall in (None, 1.0)) == (nodes(true) <= nodes(found))


def test_states_are_counted_by_what_must_come_out_and_what_did() -> None:
    result = score(
        [
            trial(reset(), State.BLOCKED, "tls.reset.sni", name="one"),
            trial(reset(), State.LIKELY_BLOCKED, "tls.reset.sni", name="two"),
            trial(scenario(), State.OK, name="three"),
        ]
    )
    assert result.states == {
        (State.BLOCKED, State.BLOCKED): 1,
        (State.BLOCKED, State.LIKELY_BLOCKED): 1,
        (State.OK, State.OK): 1,
    }
    assert result.wrong == {"two": ("site: likely blocked, and it is blocked.",)}
    assert (result.trials, result.sizes) == (3, {"action": 2, "clean": 1})


def test_each_family_has_its_own_share_and_all_have_one_together() -> None:
    result = score(
        [
            trial(reset(), State.BLOCKED, "tls.reset", name="vague"),
            trial(reset(family="iran"), State.BLOCKED, "tls.reset.sni", name="whole"),
            trial(scenario(), State.OK, "dns.empty", name="wrong"),
        ]
    )
    assert list(result.families) == ["action", "iran", "clean"]
    assert result.families["action"] == Tally(true=3, found=2, shared=2)
    assert result.families["iran"] == Tally(true=3, found=3, shared=3)
    assert result.families["clean"] == Tally(true=0, found=2, shared=0)
    assert result.whole == Tally(true=6, found=7, shared=5)


def test_what_was_not_named_in_full_is_told_with_its_scenarios() -> None:
    result = score(
        [
            trial(reset(), State.BLOCKED, "tls.reset", name="vague"),
            trial(reset(), State.IMPAIRED, name="nothing"),
            trial(reset(), State.BLOCKED, "tls.reset.sni", name="whole"),
        ]
    )
    assert result.missed == {"tls.reset.sni": ("vague", "nothing")}


def test_a_platform_that_is_ok_in_spite_of_a_censor_is_told_apart() -> None:
    """The table of states shows it as right, and it is no success."""
    seen, unseen, clean = reset(), reset(), scenario()
    trials = [
        trial(seen, State.OK, "tls.reset.sni", name="seen"),
        trial(unseen, State.OK, name="unseen"),
        trial(clean, State.OK, name="clean"),
    ]
    assert score(trials).unseen == ("unseen",)


def test_on_a_line_that_is_not_normal_nothing_is_there_to_be_named() -> None:
    """Nobody may be accused there: what goes unnamed is no gap, and what is named is wrong."""
    case = reset(vantage_state="national_only")
    assert score([trial(case, State.INSUFFICIENT)]).whole == Tally()
    assert score([trial(case, State.INSUFFICIENT, "tls.reset.sni")]).whole.precision == 0.0


def test_the_effort_where_something_is_blocked_stands_beside_that_where_nothing_is_done() -> None:
    """On average over platforms; what is only impaired, or ok in spite of a censor, is neither."""
    trials = [
        trial(reset(), State.BLOCKED, "tls.reset.sni", name="one", observations=20),
        trial(reset(), State.LIKELY_BLOCKED, "tls.reset.sni", name="two", observations=30),
        trial(reset(), State.IMPAIRED, name="three", observations=99),
        trial(reset(), State.OK, name="four", observations=99),
        trial(scenario(), State.OK, name="five", observations=10),
    ]
    result = score(trials)
    assert (result.effort_when_clean, result.effort_when_blocked) == (10.0, 25.0)
    assert "25.0 where it is blocked, 2.5 times as many" in told_effort(result)
    alone = score(trials[:1])
    assert (alone.effort_when_clean, told_effort(alone)) == (None, "")


def test_a_trial_that_broke_off_is_wrong_and_counts_in_no_table() -> None:
    result = score([Trial(scenario=reset(), outcome=None, broken="It did not end.")])
    assert result.wrong == {"site": ("It did not end.",)}
    assert (dict(result.states), result.whole, result.trials) == ({}, Tally(), 1)
