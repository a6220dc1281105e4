"""The looks of several vantage points are counted so that none outvotes the others by looking more often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.timeline.records import Finding, Side
from agent.timeline.voices import by_voice, differ, leans, networks, share, vantage_points
from agent.verdict.records import State

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOME, WORK, ELSEWHERE = ("a", "IR", "64500", "home"), ("a", "IR", "64501", "work"), ("b", "IR", "64500", "home")


def looks(vantage: tuple[str, ...], *, blocked: int = 0, reached: int = 0) -> list[Finding]:
    states = [State.BLOCKED] * blocked + [State.OK] * reached
    return [
        Finding(
            sweep_id=f"{at}-{vantage}",
            verdict_id=f"{at}-{vantage}-v-signal",
            observed_at=NOON + timedelta(hours=at),
            platform="signal",
            state=state,
            country="IR",
            vantage=vantage,
        )
        for at, state in enumerate(states)
    ]


def test_one_that_looks_every_hour_does_not_outvote_two_that_look_once() -> None:
    busy = looks(HOME, blocked=720)
    quiet = [*looks(ELSEWHERE, reached=1), *looks(("c", "IR", "64502", ""), reached=1)]
    assert share([*busy, *quiet], Side.BLOCKED) == Fraction(1, 3)
    assert not leans([*busy, *quiet], Side.BLOCKED)
    assert leans([*busy, *quiet], Side.OPEN)


def test_of_a_single_vantage_point_the_share_of_its_looks_is_the_share() -> None:
    alone = looks(HOME, blocked=3, reached=5)
    assert share(alone, Side.BLOCKED) == Fraction(3, 8)
    assert share(alone, Side.BLOCKED) + share(alone, Side.OPEN) == 1


def test_no_look_leans_to_neither_side() -> None:
    assert not leans([], Side.BLOCKED)
    assert not leans([], Side.OPEN)
    assert not differ([])


@pytest.mark.parametrize(
    ("blocked", "reached", "contradicted"),
    [(1, 1, True), (2, 1, False), (1, 2, False), (3, 2, True), (3, 0, False), (9, 1, False)],
)
def test_voices_differ_where_neither_side_has_two_thirds(blocked: int, reached: int, contradicted: bool) -> None:
    """Each voice stands in a network of its own, and is sure of itself."""
    voices = [looks((str(at), "IR", str(64500 + at), ""), blocked=4) for at in range(blocked)]
    voices += [looks((str(at), "IR", str(64500 + at), ""), reached=4) for at in range(blocked, blocked + reached)]
    assert differ([look for voice in voices for look in voice]) is contradicted


def test_a_single_place_that_sees_both_by_turns_contradicts_nobody() -> None:
    assert not differ(looks(HOME, blocked=5, reached=5))


def test_one_installation_in_two_networks_is_two_voices_and_one_vantage_point() -> None:
    both = [*looks(HOME, blocked=1), *looks(WORK, reached=1)]
    assert len(by_voice(both)) == 2
    assert vantage_points(both) == 1
    assert networks(both) == ("AS64500", "AS64501")


def test_another_word_for_a_network_that_is_stated_makes_no_further_voice() -> None:
    assert len(by_voice([*looks(HOME, blocked=1), *looks(("a", "IR", "64500", "my flat"), blocked=1)])) == 1


def test_imported_measurements_name_no_installation_and_count_by_network() -> None:
    imported = [looks(("", "IR", asn, ""), blocked=2) for asn in ("44244", "197207", "44244")]
    every = [look for own in imported for look in own]
    assert vantage_points(every) == 2
    assert networks(every) == ("AS44244", "AS197207")


def test_a_network_that_is_not_stated_is_said_to_be_so() -> None:
    assert networks([*looks(HOME, blocked=1), *looks(("b", "IR", "", ""), blocked=1)]) == ("AS64500", "not_stated")


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(any), min_size=1, max_size=6), st.integers(2, 9))
def test_looking_more_often_and_seeing_the_same_changes_nothing(counts: list[tuple[int, int]], times: int) -> None:
    """Whichever of the vantage points it is that looks so often."""
    voices = [looks((str(at), "IR", str(at), ""), blocked=one, reached=two) for at, (one, two) in enumerate(counts)]
    once = [look for voice in voices for look in voice]
    assert share([*once, *voices[0] * (times - 1)], Side.BLOCKED) == share(once, Side.BLOCKED)
