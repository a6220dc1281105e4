"""Blocked now and then: k of n, of the sweeps that could tell, from one place and lately."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.records import Sweep
from agent.timeline.recurrence import WINDOW, Recurrence, recurrence
from agent.verdict.records import State, Verdict
from tests.store_rows import NOON, sweep, verdict

#: States by a letter, so that a history is a word.
LETTERS = {
    "b": State.BLOCKED,
    "l": State.LIKELY_BLOCKED,
    "o": State.OK,
    "i": State.IMPAIRED,
    "d": State.DOWN,
    "n": State.INSUFFICIENT,
}
CADENCE = timedelta(hours=3)


def history(letters: str, *, ids: str = "s", **changes: object) -> tuple[list[Sweep], list[Verdict]]:
    """A sweep at every cadence, of which the last began at noon, and its verdict on Signal's chat."""
    sweeps: list[Sweep] = []
    verdicts: list[Verdict] = []
    for number, letter in enumerate(letters):
        at = NOON - CADENCE * (len(letters) - 1 - number)
        made = sweep(sweep_id=f"{ids}{at:%d%H%M}", started_at=at, **changes)
        sweeps.append(made)
        verdicts.append(
            verdict(
                sweep_id=made.sweep_id, verdict_id=f"{made.sweep_id}.v.signal/chat", observed_at=at,
                platform="signal", target="signal/chat", state=LETTERS[letter],
            )
        )  # fmt: skip
    return sweeps, verdicts


def of(letters: str) -> Recurrence:
    sweeps, verdicts = history(letters)
    return recurrence("signal/chat", verdicts, sweeps, at=sweeps[-1])


@pytest.mark.parametrize(
    ("letters", "blocked", "told", "intermittent"),
    [
        pytest.param("ooob", 1, 4, False, id="an onset"),
        pytest.param("bbbo", 3, 4, False, id="an end"),
        pytest.param("oboobooo", 2, 8, True, id="it comes and goes"),
        pytest.param("blblbb", 6, 6, False, id="likely and certain are the same to whoever wants in"),
        pytest.param("oiodon", 0, 3, False, id="an outage is no block, and is not counted"),
        pytest.param("obio", 1, 3, True, id="a sweep that could not tell lies between"),
        pytest.param("n", 0, 0, False, id="nothing could be told"),
    ],
)
def test_sweeps_that_could_tell_are_counted(letters: str, blocked: int, told: int, intermittent: bool) -> None:
    found = of(letters)
    assert (found.blocked, found.told, found.is_intermittent) == (blocked, told, intermittent)


def test_it_begins_with_the_first_sweep_that_could_tell() -> None:
    assert of("nob").since == NOON - CADENCE
    assert of("n").since is None


def test_what_is_older_than_the_window_is_over() -> None:
    sweeps, verdicts = history("b" + "o" * (WINDOW // CADENCE + 1))
    assert recurrence("signal/chat", verdicts, sweeps, at=sweeps[-1]).blocked == 0


def test_what_came_later_is_not_known_yet() -> None:
    """The story of an old verdict is told as it could have been told then."""
    sweeps, verdicts = history("obob")
    found = recurrence("signal/chat", verdicts, sweeps, at=sweeps[1])
    assert (found.blocked, found.told) == (1, 2)


@pytest.mark.parametrize(
    "elsewhere", [{"vantage_label": "office"}, {"vantage_asn": 44244}, {"vantage_id": "another"}, {"stage": "lab"}]
)
def test_other_places_say_nothing_of_this_one(elsewhere: dict[str, object]) -> None:
    sweeps, verdicts = history("oo")
    their_sweeps, their_verdicts = history("bb", ids="t", **elsewhere)
    found = recurrence("signal/chat", [*verdicts, *their_verdicts], [*sweeps, *their_sweeps], at=sweeps[-1])
    assert (found.blocked, found.told) == (0, 2)
