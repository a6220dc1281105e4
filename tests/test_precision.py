"""How well a change is dated: by two looks of one place, by what others report, and never by two places."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from agent.timeline.load import load_claims, load_records
from agent.timeline.precision import dated, finest, had
from agent.timeline.records import Claim, Finding, Says, Side
from agent.verdict.records import State

SIGNAL = Claim(
    claim_id="signal/2021_blocked", platforms=("signal",), says=Says.BLOCKED, start=date(2021, 1, 1),
    end=date(2021, 12, 31), precision="year", line=44, standing=True,
)  # fmt: skip
HERE, THERE = ("a", "IR", "64500", ""), ("b", "IR", "64501", "")


def look(state: State, at: datetime, vantage: tuple[str, ...] = HERE, platform: str = "signal") -> Finding:
    return Finding(
        sweep_id=str(at), verdict_id=f"{at}-{vantage}-{platform}", observed_at=at, platform=platform, state=state,
        country="IR", vantage=vantage,
    )  # fmt: skip


def at(month: int, day: int, hour: int = 0, year: int = 2021) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def test_the_last_look_before_and_the_first_after_date_a_change() -> None:
    looks = [look(State.OK, at(1, 10)), look(State.OK, at(1, 12)), look(State.BLOCKED, at(2, 1))]
    looks += [look(State.BLOCKED, at(3, 1)), look(State.OK, at(4, 1)), look(State.BLOCKED, at(4, 2))]
    assert dated(looks, Side.BLOCKED, SIGNAL) == (at(1, 12), at(2, 1))


def test_two_places_date_nothing_together() -> None:
    """It may have been blocked in one network for months when the other was still open."""
    looks = [look(State.OK, at(1, 12), THERE), look(State.BLOCKED, at(1, 13), HERE)]
    assert dated(looks, Side.BLOCKED, SIGNAL) is None


def test_of_two_places_that_saw_it_the_closer_pair_counts() -> None:
    looks = [look(State.OK, at(1, 1)), look(State.OK, at(1, 24), THERE), look(State.BLOCKED, at(1, 26), THERE)]
    looks.append(look(State.BLOCKED, at(2, 20)))
    assert dated(looks, Side.BLOCKED, SIGNAL) == (at(1, 24), at(1, 26))


def test_a_change_outside_the_claims_time_is_none_of_its() -> None:
    assert (
        dated([look(State.OK, at(1, 1, year=2023)), look(State.BLOCKED, at(1, 2, year=2023))], Side.BLOCKED, SIGNAL)
        is None
    )
    before = [
        look(State.OK, at(5, 1, year=2020)),
        look(State.BLOCKED, at(6, 1, year=2020)),
        look(State.BLOCKED, at(2, 1)),
    ]
    assert dated(before, Side.BLOCKED, SIGNAL) is None


@pytest.mark.parametrize(
    ("first", "then", "word"),
    [
        (at(1, 25, 10), at(1, 25, 11), "hour"),
        (at(1, 25, 10), at(1, 26, 10), "day"),
        (at(1, 20), at(1, 26), "week"),
        (at(1, 2), at(1, 26), "month"),
        (at(1, 2), at(11, 26), "year"),
        (at(1, 2, year=2018), at(1, 26), "longer"),
    ],
)
def test_the_time_between_two_looks_is_the_precision(first: datetime, then: datetime, word: str) -> None:
    assert had((first, then), [look(State.BLOCKED, then)]) == word


def test_looks_that_saw_no_change_saw_a_state_and_none_at_all_saw_nothing() -> None:
    assert had(None, [look(State.BLOCKED, at(3, 1))]) == "state"
    assert had(None, []) == ""


def test_what_sources_date_finest_is_told() -> None:
    """Read off records.toml: Signal on 25 January 2021; Tabnak's block of 2012 by nobody."""
    claims, records = {claim.claim_id: claim for claim in load_claims()}, load_records()

    def best(claim_id: str, side: Side = Side.BLOCKED) -> str:
        claim = claims[claim_id]
        return finest([one for one in records if one.concerns(claim.platforms[0])], side, claim)

    assert best("signal/2021_blocked") == "day"
    assert best("twitter/2009_blocked") == "season"
    assert best("tabnak/2012_blocked") == ""
    assert best("instagram/2018_restored", Side.OPEN) == "day"
