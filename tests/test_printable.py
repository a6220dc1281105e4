"""The sentence that can be printed alone says who, what, when, how often and from where, and no more than was seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from agent.language import speaking
from agent.timeline.compare import compare, named_in
from agent.timeline.evidence import sift
from agent.timeline.load import load_claims, load_records
from agent.timeline.records import Agreement, Finding
from agent.timeline.sentences import told
from agent.verdict.records import State

CLAIMS, RECORDS, TODAY = load_claims(), load_records(), date(2026, 11, 24)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TITLES = {"signal": "Signal", "facebook": "Facebook", "telegram": "Telegram", "youtube": "YouTube"}
HERE = ("a", "IR", "64500", "")


def look(state: State, at: datetime = NOON, platform: str = "signal", **changes: Any) -> Finding:
    values = {"mechanisms": ("dns.injection.bogon",) if state is not State.OK else (), "vantage": HERE, "country": "IR"}
    return Finding(
        sweep_id=str(at), verdict_id=f"{at}-{platform}", observed_at=at, platform=platform, state=state,
        **{**values, **changes},
    )  # fmt: skip


def rows(*looks: Finding, stage: str = "internet") -> dict[str, Agreement]:
    sifted = sift(looks, named_in(CLAIMS), records=RECORDS, today=TODAY)
    made = compare(CLAIMS, RECORDS, sifted, stage=stage, today=TODAY, titles=TITLES)
    return {row.claim_id: row for row in made}


def test_it_says_who_what_when_how_often_and_from_where() -> None:
    looks = [look(State.BLOCKED, NOON + timedelta(days=day)) for day in range(3)] + [
        look(State.OK, NOON + timedelta(hours=1))
    ]
    assert rows(*looks)["signal/last_word"].printable == (
        "Dideban, a program that volunteers run on their own computers, found Signal blocked in 3 and reachable in 1 "
        "of 4 usable measurements (most often by forged DNS answers) between 2026-11-20 and 2026-11-22, from 1 vantage "
        "point in Iran, in 1 network (AS64500), which is how the document under test (lines 9, 44) leaves it (Signal "
        "is blocked, as of 2021) and does not show what it was like in 2021."
    )


def test_likely_blocked_is_not_printed_as_blocked() -> None:
    both = rows(look(State.BLOCKED), look(State.LIKELY_BLOCKED, NOON + timedelta(days=1)))["signal/last_word"]
    assert "blocked in 1, likely blocked in 1 and reachable in 0 of 2 usable measurements" in both.printable
    alone = rows(look(State.LIKELY_BLOCKED))["signal/last_word"].printable
    assert "found Signal likely blocked in a single usable measurement" in alone
    assert "found Signal blocked" not in alone


def test_of_several_platforms_only_those_that_were_measured_are_named_as_found() -> None:
    sentence = rows(look(State.BLOCKED, platform="facebook"))["some_of_2009/2012_blocked_again"].printable
    assert "found Facebook blocked in a single usable measurement" in sentence
    assert "found Facebook, " not in sentence


def test_what_cannot_be_told_is_printed_as_that_with_the_reason() -> None:
    found = rows()
    assert found["signal/last_word"].printable == (
        "Dideban, a program that volunteers run on their own computers, cannot tell whether Signal is blocked, as of "
        "2021, as the document under test (lines 9, 44) says: nothing was measured at the time or since."
    )
    assert "a motive is an opinion" in found["whatsapp/why_left_open"].printable


def test_places_that_contradict_one_another_are_said_to() -> None:
    """One sees it blocked and one does not: nothing is said of the country."""
    row = rows(look(State.BLOCKED), look(State.OK, NOON + timedelta(hours=1), vantage=("b", "IR", "64501", "")))[
        "signal/last_word"
    ]
    assert (row.outcome, row.why) == ("cannot_tell", "vantage_points_differ")
    assert "from 2 vantage points in Iran, in 2 networks (AS64500, AS64501)" in row.printable
    assert row.printable.endswith("from some places it was blocked and from others reachable.")


def test_a_network_that_is_not_stated_is_not_counted_as_one() -> None:
    row = rows(look(State.BLOCKED, vantage=("a", "IR", "", "home")))["signal/last_word"]
    assert "from 1 vantage point in Iran, in a network that is not stated" in row.printable
    assert "home" not in row.printable


@pytest.mark.parametrize(
    ("stage", "opening"),
    [
        ("lab", "Dideban's lab, a practice world on one computer and not the internet, found Signal"),
        ("import", "Dideban, judging measurements of OONI by its own rules, found Signal"),
    ],
)
def test_what_is_not_of_the_internet_cannot_be_printed_as_if_it_were(stage: str, opening: str) -> None:
    sentence = rows(look(State.BLOCKED), stage=stage)["signal/last_word"].printable
    assert sentence.startswith(opening)
    assert ("in Iran" in sentence) is (stage != "lab")


def test_a_look_of_today_is_printed_as_no_proof_of_the_past() -> None:
    sentence = rows(look(State.BLOCKED, platform="facebook"))["facebook/2009_blocked"].printable
    assert sentence.endswith("(Facebook was blocked in 2009) and does not show what it was like in 2009.")


def test_both_readings_of_a_contradiction_stand_in_the_sentence() -> None:
    sides = (State.BLOCKED, State.OK)
    found = {state: rows(look(state, platform="telegram"))["telegram/last_word"].printable for state in sides}
    for sentence in found.values():
        assert sentence.startswith("The document under test contradicts itself on Telegram, which it leaves both")
    assert found[State.BLOCKED].endswith("which fits the second reading only.")
    assert found[State.OK].endswith("which fits the first reading only.")
    assert rows()["telegram/last_word"].printable.endswith(
        "cannot tell which of the two holds: nothing was measured at the time or since."
    )


@pytest.mark.parametrize("state", [State.BLOCKED, State.LIKELY_BLOCKED, State.OK, State.IMPAIRED, State.DOWN])
@pytest.mark.parametrize("at", [NOON, datetime(2018, 3, 1, tzinfo=UTC), datetime(2021, 3, 1, tzinfo=UTC)])
def test_every_row_is_one_sentence_without_a_hole(state: State, at: datetime) -> None:
    for row in rows(*(look(state, at, platform) for platform in ("signal", "telegram", "gmail", "instagram"))).values():
        assert row.printable.endswith(".")
        assert row.printable.count(". ") == 0
        assert "{" not in row.printable
        assert "  " not in row.printable
        assert "()" not in row.printable
        assert str(row.usable) in row.printable or row.usable <= 1


def test_a_row_is_told_again_in_another_language_and_stays_english_where_it_is_kept() -> None:
    with speaking("fa"):
        row = rows(look(State.BLOCKED))["signal/last_word"]
        assert "2026-11-20" in row.printable
        again = told(row, CLAIMS, RECORDS, today=TODAY, titles=TITLES)
    assert "۱۴۰۵/۰۸/۲۹ (۲۰۲۶/۱۱/۲۰)" in again.printable
    assert replace(again, printable="", sentence="", records="") == replace(row, printable="", sentence="", records="")
    assert told(row, CLAIMS, RECORDS, today=TODAY, titles=TITLES) == row
