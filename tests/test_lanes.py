"""A platform's three lanes say what is known, as well as it is dated, and nothing where nothing is known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest

from agent.timeline.evidence import sift
from agent.timeline.lanes import STEP_DAYS, Band, Lanes, Mark, lanes_of
from agent.timeline.load import load_claims, load_records
from agent.timeline.records import Finding
from agent.verdict.records import State

CLAIMS, RECORDS, TODAY = load_claims(), load_records(), date(2026, 11, 24)
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def look(state: State, at: datetime = NOON, platform: str = "signal", country: str = "IR") -> Finding:
    return Finding(
        sweep_id=str(at), verdict_id=f"{at}-{platform}-{state}", observed_at=at, platform=platform, state=state,
        country=country,
    )  # fmt: skip


def lanes(*looks: Finding) -> dict[str, Lanes]:
    named = {platform for claim in CLAIMS for platform in claim.platforms}
    return lanes_of(CLAIMS, RECORDS, sift(looks, named, records=RECORDS, today=TODAY), today=TODAY)


def marks(bands: tuple[Band, ...]) -> list[Mark]:
    return [band.mark for band in bands]


def test_every_platform_of_the_document_has_its_lanes() -> None:
    assert list(lanes()) == list(dict.fromkeys(platform for claim in CLAIMS for platform in claim.platforms))


def test_a_year_that_is_claimed_is_a_band_of_the_whole_year() -> None:
    (claimed, left) = (band for band in lanes()["facebook"].document if band.claim_id == "facebook/2009_blocked")
    assert (claimed.start, claimed.end, claimed.left_so) == (date(2009, 1, 1), date(2009, 12, 31), False)
    assert (left.start, left.end, left.left_so) == (date(2010, 1, 1), date(2021, 12, 31), True)


def test_what_lasted_for_a_while_is_in_part_and_not_left_standing() -> None:
    (band,) = lanes()["gmail"].document
    assert (band.partial, band.left_so) == (True, False)


def test_what_contradicts_itself_is_shown_as_two_bands_that_do_not_cover_each_other() -> None:
    pairs = lanes()["telegram"].contradictions
    assert {frozenset(band.claim_id for band in pair) for pair in pairs} == {
        frozenset({"telegram/2018_restored", "telegram/vpn_only"}),
        frozenset({"telegram/2018_blocked", "telegram_instagram/2018_cause"}),
    }
    assert lanes()["signal"].contradictions == ()
    for pair in pairs:
        assert pair[0] in lanes()["telegram"].document


@pytest.mark.parametrize("name", ["document", "records"])
def test_no_band_covers_another(name: str) -> None:
    for platform in lanes().values():
        for one, other in combinations(getattr(platform, name), 2):
            assert one.row != other.row or one.end < other.start or other.end < one.start, platform.platform


def test_without_a_look_there_is_no_band() -> None:
    assert {platform.observed for platform in lanes().values()} == {()}


def test_looks_that_cannot_tell_are_shown_as_that_and_not_as_reachable() -> None:
    for looked in (look(State.IMPAIRED), look(State.OK, country="DE"), look(State.BLOCKED, country="")):
        assert marks(lanes(looked)["signal"].observed) == [Mark.UNTOLD]
    assert marks(lanes(look(State.OK))["signal"].observed) == [Mark.OPEN]
    assert marks(lanes(look(State.LIKELY_BLOCKED))["signal"].observed) == [Mark.LIKELY]
    proved = (look(State.LIKELY_BLOCKED), look(State.BLOCKED, NOON + timedelta(hours=3)))
    assert marks(lanes(*proved)["signal"].observed) == [Mark.BLOCKED]


def test_a_few_weeks_of_looking_are_told_to_the_day() -> None:
    """From the first look to the last, however coarse the steps of the whole axis are."""
    days = [(State.BLOCKED, 0), (State.BLOCKED, 1), (State.OK, 2), (State.OK, 5)]
    closer = lanes(*(look(state, NOON + timedelta(days=at)) for state, at in days))["signal"].closer
    assert [(band.mark, (band.start - NOON.date()).days, (band.end - NOON.date()).days) for band in closer] == [
        (Mark.BLOCKED, 0, 1), (Mark.OPEN, 2, 2), (Mark.OPEN, 5, 5)
    ]  # fmt: skip
    assert lanes()["signal"].closer == ()
    year = lanes(*(look(State.OK, NOON + timedelta(days=at)) for at in range(365)))["signal"].closer
    assert [(band.start, band.end) for band in year] == [(NOON.date(), NOON.date() + timedelta(days=364))]


def test_a_time_without_looks_is_a_gap() -> None:
    days = [NOON, NOON + timedelta(days=STEP_DAYS), NOON + timedelta(days=5 * STEP_DAYS)]
    first, second = lanes(*(look(State.BLOCKED, at) for at in days))["signal"].observed
    assert (first.end - first.start).days == 2 * STEP_DAYS - 1
    assert (second.start - first.end).days == 3 * STEP_DAYS + 1


@pytest.mark.parametrize(
    ("blocked", "reached", "mark"),
    [(9, 1, Mark.MIXED), (1, 9, Mark.MIXED), (19, 1, Mark.BLOCKED), (1, 19, Mark.OPEN), (5, 5, Mark.MIXED)],
)
def test_one_odd_look_in_twenty_makes_no_time_mixed_and_one_in_ten_does(blocked: int, reached: int, mark: Mark) -> None:
    day = datetime.combine(date.fromordinal(NOON.toordinal() // STEP_DAYS * STEP_DAYS), datetime.min.time(), UTC)
    states = [State.BLOCKED] * blocked + [State.OK] * reached
    looks = [look(state, day + timedelta(hours=at)) for at, state in enumerate(states)]
    assert marks(lanes(*looks)["signal"].observed) == [mark]


def test_a_wrong_clock_draws_nothing_behind_today() -> None:
    observed = lanes(look(State.BLOCKED, datetime(2030, 1, 1, tzinfo=UTC)), look(State.BLOCKED))["signal"].observed
    assert [band.start.year for band in observed] == [2024]


def test_records_keep_their_scope_their_open_ends_and_their_doubt() -> None:
    bands = lanes()["whatsapp"].records
    one_network = next(band for band in bands if band.start == date(2022, 1, 1))
    assert (one_network.partial, one_network.open_end, one_network.blur_until) == (True, True, date(2023, 1, 1))
    national = next(band for band in bands if band.start == date(2022, 9, 21))
    assert (national.end, national.partial, national.blur_until) == (date(2024, 12, 24), False, None)
    assert lanes()["signal"].records[0].end == TODAY


def test_shutdowns_stand_in_every_platforms_lanes_and_end_with_today() -> None:
    cuts = lanes()["gmail"].shutdowns
    assert (date(2026, 2, 28), date(2026, 5, 26)) in cuts
    in_it = lanes_of(CLAIMS, RECORDS, {}, today=date(2026, 3, 5))["gmail"].shutdowns
    assert in_it[-1] == (date(2026, 2, 28), date(2026, 3, 5))
