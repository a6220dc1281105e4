"""A trial: a scenario is swept as in earnest, and what came out is held against what had to."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.lab.rules import Drop, Match, Rule
from agent.lab.scenario.stages import run_on, run_on_loopback
from agent.lab.scenario.trial import LIMITS, Found, Outcome, is_borne_out, outcome_of
from agent.store.read import rows
from agent.verdict.records import State
from tests.small_scenarios import NAME, RESET_BY_NAME, reset, scenario


def outcome(state: State, *mechanisms: str, rules: tuple[str, ...] = (), **changes: Any) -> Outcome:
    """What a sweep of the one site might have come to."""
    made = Outcome(
        scenario="site",
        stage="loopback",
        vantage_state="normal",
        found={"site": Found(state=state, mechanisms=mechanisms, rules=rules)},
        deeds={},
        seconds=1.0,
    )
    return replace(made, **changes)


RIGHT = outcome(State.BLOCKED, "tls.reset.sni", rules=("tls_name_is_trigger",))


def test_what_came_out_as_it_must_is_not_wrong() -> None:
    assert RIGHT.wrong(reset(rule="tls_name_is_trigger")) == []
    assert outcome(State.OK).wrong(scenario()) == []


@pytest.mark.parametrize(
    ("came_out", "sentence"),
    [
        (outcome(State.LIKELY_BLOCKED, "tls.reset.sni"), "site: likely blocked, and it is blocked."),
        (replace(RIGHT, vantage_state="offline"), "The line: offline, and it is normal."),
        (replace(RIGHT, found={}), "site: no verdict, and it is blocked."),
        (
            outcome(State.BLOCKED, "tls.reset.sni", "dns.timeout"),
            "site: dns.timeout is no doing of this censor, who does tls.reset.sni.",
        ),
    ],
    ids=["state", "line", "no verdict", "mechanism"],
)
def test_each_difference_is_a_sentence(came_out: Outcome, sentence: str) -> None:
    assert came_out.wrong(reset()) == [sentence]


def test_a_state_that_needs_a_reason_is_told_with_it() -> None:
    assert outcome(State.IMPAIRED).wrong(scenario(because="The server chose.")) == [
        "site: impaired, and it is ok, because The server chose."
    ]


def test_another_rule_than_the_one_that_was_to_decide_is_wrong() -> None:
    assert RIGHT.wrong(reset(rule="tls_name_fails_elsewhere")) == [
        "site: the rule tls_name_fails_elsewhere was to decide; decided has tls_name_is_trigger."
    ]


def test_a_near_miss_that_decided_is_wrong() -> None:
    assert RIGHT.wrong(reset(near_misses_of=("tls_name_is_trigger",))) == [
        "site: the rule tls_name_is_trigger decided, and this is only nearly a case of it."
    ]
    assert RIGHT.wrong(reset(near_misses_of=("tls_name_fails_elsewhere",))) == []


def test_a_mechanism_may_be_vague_and_may_be_missing_but_not_another() -> None:
    """A missing one is a matter of recall. A name that only begins with the same letters is another one."""
    for mechanisms in (("tls.reset.sni",), ("tls.reset",), ("tls",), ()):
        assert outcome(State.BLOCKED, *mechanisms).wrong(reset()) == []
    for mechanism in ("tls.reset.other", "tls.timeout.sni", "tl", "tls.reset.s"):
        assert len(outcome(State.BLOCKED, mechanism).wrong(reset())) == 1
        assert not is_borne_out(mechanism, frozenset({"tls.reset.sni"}))


def test_a_mechanism_where_nobody_interferes_is_wrong() -> None:
    assert outcome(State.OK, "dns.injection.other").wrong(scenario()) == [
        "site: dns.injection.other is no doing of this censor, who does nothing."
    ]


def test_an_outcome_passes_between_processes_as_text() -> None:
    whole = replace(RIGHT, deeds={"site_sni": 4}, seconds=0.1 + 0.2)
    assert outcome_of(whole.as_json()) == whole
    assert "\n" not in whole.as_json()


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"found": {}}', '{"found": {"site": {}}}', '{"found": 1}'])
def test_what_is_no_outcome_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        outcome_of(text)


def test_a_censor_is_swept_as_it_is_declared() -> None:
    """And the deeds tell that it was the censor who did it."""
    case = reset(rule="tls_name_is_trigger")
    came_out = run_on_loopback(case)
    assert came_out.wrong(case) == []
    assert came_out.found["site"].mechanisms == ("tls.reset.sni",)
    assert came_out.deeds[RESET_BY_NAME.id] >= 2
    assert (came_out.scenario, came_out.stage) == ("site", "loopback")


def test_without_the_censor_the_same_world_is_clean() -> None:
    case = scenario()
    came_out = run_on_loopback(case)
    assert came_out.wrong(case) == []
    assert came_out.found["site"].state is State.OK
    assert came_out.deeds == {}


def test_what_the_censor_does_is_said_whatever_was_expected() -> None:
    """The trial of a wrong expectation is wrong, and its state is what the censor makes."""
    case = replace(reset(), expected=scenario().expected)
    assert run_on_loopback(case).wrong(case) == ["site: blocked, and it is ok."]


def test_rows_are_kept_only_where_somebody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are rows of the lab. Without a folder, nothing is written where the program runs, and no thread is left."""
    monkeypatch.chdir(tmp_path)
    threads = threading.active_count()
    run_on_loopback(scenario())
    assert list(tmp_path.iterdir()) == []
    run_on("loopback", scenario(), folder=tmp_path / "kept")
    (sweep,) = rows(tmp_path / "kept", "sweeps")
    assert (sweep.stage, sweep.trigger, sweep.vantage_country) == ("lab", "lab", "IR")
    assert len(list(rows(tmp_path / "kept", "observations"))) == sweep.observations > 0
    assert threading.active_count() == threads


def test_a_scenario_chooses_its_time_outs() -> None:
    """The real ones are the agent's own defaults; the short ones are shorter each."""
    short, real = LIMITS["short"], LIMITS["real"]
    for bound in ("dns_timeout_s", "system_dns_timeout_s", "dns_window_s", "connect_timeout_s", "tls_timeout_s"):
        assert getattr(short, bound) < getattr(real, bound)
    dropped = Rule(id="site_drop", match=Match(at="client_hello", names=(NAME,)), action=Drop())
    came_out = run_on_loopback(scenario(dropped, state=State.BLOCKED))
    assert came_out.found["site"].mechanisms == ("tls.timeout.sni",)
