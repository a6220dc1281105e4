"""The timeline's data says what the document and the sources say, and wrong data is refused with one sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from agent.catalog.load import load_catalog
from agent.timeline.load import TimelineError, load_claims, load_records
from agent.timeline.records import ALL_PLATFORMS, SIDES, Claim, Record, Says

CLAIMS = load_claims()
RECORDS = load_records()
#: Platform -> the years for which the document's timeline (lines 39 to 44) claims a block. Read off the document.
BLOCKED_IN = {
    **dict.fromkeys(("facebook", "twitter", "flickr", "youtube", "cloob"), 2009),
    **dict.fromkeys(("gmail", "yahoo"), 2011),
    **dict.fromkeys(("telegram", "instagram"), 2018),
    "tabnak": 2012,
    "signal": 2021,
}


def claim(claim_id: str) -> Claim:
    return next(claim for claim in CLAIMS if claim.claim_id == claim_id)


def records_of(platform: str, state: str) -> list[Record]:
    return [record for record in RECORDS if platform in record.platforms and record.state == state]


def test_every_block_of_the_documents_timeline_is_a_claim() -> None:
    for platform, year in BLOCKED_IN.items():
        found = claim(f"{platform}/{year}_blocked")
        assert (found.platforms, found.says) == ((platform,), Says.BLOCKED)


def test_claims_and_catalog_speak_of_the_same_platforms() -> None:
    named = {platform for item in CLAIMS for platform in item.platforms}
    assert named == {platform.key for platform in load_catalog().platforms}


def test_every_claim_covers_the_whole_of_its_year() -> None:
    """The document knows years only; anything finer would be made up."""
    for item in CLAIMS:
        assert (item.start, item.end) == (date(item.start.year, 1, 1), date(item.start.year, 12, 31))


def test_every_claim_rests_on_a_line_of_the_document() -> None:
    """Line 9 and 31 are its prose; 39 to 44 its timeline, whose entries stand in the order of their years."""
    prose = {item.claim_id for item in CLAIMS if item.line in (9, 31)}
    assert prose == {item.claim_id for item in CLAIMS if item.precision == "year_inferred"}
    assert {item.line: item.start.year for item in CLAIMS if item.claim_id not in prose and item.line != 39} == {
        41: 2011,
        42: 2012,
        43: 2018,
        44: 2021,
    }
    assert {item.start.year for item in CLAIMS if item.line == 39} == {2009, 2012}


def test_what_lasted_for_a_while_is_not_left_standing() -> None:
    passing = {item.claim_id for item in CLAIMS if item.passing}
    assert passing == {
        *("gmail/2011_blocked", "yahoo/2011_blocked", "tabnak/2012_blocked"),
        *("telegram/2018_blocked", "instagram/2018_blocked", "some_of_2009/2012_restored"),
    }
    assert not any(item.standing for item in CLAIMS if item.passing)


def test_the_contradictions_of_the_document_are_kept() -> None:
    pairs = {frozenset((item.claim_id, other)) for item in CLAIMS for other in item.contradicts}
    cause = "telegram_instagram/2018_cause"
    assert pairs == {
        frozenset(("telegram/2018_restored", "telegram/vpn_only")),
        frozenset((cause, "telegram/2018_blocked")),
        frozenset((cause, "instagram/2018_blocked")),
    }


def test_what_is_said_of_some_names_the_five_of_2009() -> None:
    some = [item for item in CLAIMS if item.some]
    assert {item.claim_id for item in some} == {"some_of_2009/2012_restored", "some_of_2009/2012_blocked_again"}
    assert all(set(item.platforms) == {p for p, year in BLOCKED_IN.items() if year == 2009} for item in some)


def test_the_prose_is_claimed_too() -> None:
    said = {item.claim_id: item.says for item in CLAIMS if item.precision == "year_inferred"}
    assert said == {
        "signal/ban_declared": Says.BLOCKED,
        "whatsapp/still_open": Says.OPEN,
        "whatsapp/why_left_open": Says.OPINION,
        "instagram/still_open": Says.OPEN,
        "twitter/vpn_only": Says.REACHED_BY_VPN,
        "telegram/vpn_only": Says.REACHED_BY_VPN,
    }
    assert Says.OPINION not in SIDES


def test_every_record_has_a_source_with_an_address() -> None:
    assert all(record.sources and all(record.sources.values()) for record in RECORDS)


def test_records_are_as_many_as_the_facts_list() -> None:
    """35 dated events; the one that names Google and Yahoo! together is one row about two platforms."""
    assert len(RECORDS) == 35
    assert [record.start.date() for record in records_of("yahoo", "blocked")] == [date(2013, 5, 15)]


def test_national_shutdowns_keep_their_hours() -> None:
    shutdowns = {record.start: record.end for record in records_of(ALL_PLATFORMS, "shutdown")}
    assert shutdowns[datetime(2026, 2, 28, 7, tzinfo=UTC)] == datetime(2026, 5, 26, 11, tzinfo=UTC)
    assert shutdowns[datetime(2019, 11, 16, 14, tzinfo=UTC)] == datetime(2019, 11, 23, 10, 50, tzinfo=UTC)
    assert shutdowns[datetime(2025, 7, 5, 21, tzinfo=UTC)] is None


def test_a_day_without_an_hour_ends_with_its_last_instant() -> None:
    (first, *_) = records_of("instagram", "blocked")
    assert first.end is not None
    assert (first.start.hour, first.end.hour) == (0, 23)


def test_the_retirement_of_the_catalog_and_of_the_records_is_one_day() -> None:
    (gone,) = records_of("cloob", "gone")
    assert gone.start.date() == load_catalog().platform("cloob").retired_at


GOOD_CLAIM = """
[[claim]]
id = "signal/2021_blocked"
platforms = ["signal"]
says = "blocked"
start = 2021-01-01
end = 2021-12-31
precision = "year"
line = 44
standing = true
"""
AT = "claims.toml, claim signal/2021_blocked: "
WRONG_CLAIMS = {
    "unknown_key": ("line = 44", "lines = 44", AT + "unknown key 'lines'; did you mean 'line'?"),
    "no_line": ("line = 44\n", "", AT + "'line' is missing; without it the claim cannot be judged or cited."),
    "unknown_word": (
        '"blocked"',
        '"banned"',
        AT + "'says' is 'banned'; it must be one of blocked, open, restored, reached_by_vpn, cause, opinion.",
    ),
    "ends_before_it_starts": (
        "end = 2021-12-31",
        "end = 2020-12-31",
        AT + "needs a start and an end that is not before it; write both as days.",
    ),
    "a_truth_for_a_line": ("line = 44", "line = true", AT + "'line' must be a whole number, not True."),
    "contradicts_nobody": (
        "standing = true",
        'standing = true\ncontradicts = ["x"]',
        "claims.toml: claim signal/2021_blocked contradicts 'x', which is no claim; correct the id.",
    ),
    "some_of_one": (
        "standing = true",
        "standing = true\nsome = true",
        AT + "says 'some' of a single platform; name the others, or leave 'some' out.",
    ),
}
GOOD_RECORD = """
[sources]
O21 = "somewhere"
[[record]]
platforms = ["signal"]
scope = "national"
state = "blocked"
start = 2021-01-25
ending = "none_found"
precision = "day"
source = ["O21"]
"""
ROW = "records.toml, record 1: "
WRONG_RECORDS = {
    "no_source": (
        'source = ["O21"]',
        "",
        ROW + "has no source; name in 'source' at least one key of the [sources] table.",
    ),
    "unknown_source": ('["O21"]', '["O22"]', ROW + "source 'O22' is unknown; add it to the [sources] table."),
    "no_end_and_no_reason": (
        'ending = "none_found"\n',
        "",
        ROW + 'end and ending do not fit; give an end, or ending = "none_found" or "unknown".',
    ),
    "a_moment_without_a_zone": (
        "start = 2021-01-25",
        "start = 2021-01-25T10:00:00",
        ROW + "'start' has no time zone; end it with Z for UTC.",
    ),
}


@pytest.mark.parametrize("name", WRONG_CLAIMS)
def test_wrong_claims_are_refused_with_one_sentence(name: str, tmp_path: Path) -> None:
    old, new, sentence = WRONG_CLAIMS[name]
    path = tmp_path / "claims.toml"
    path.write_text(GOOD_CLAIM, encoding="utf-8")
    assert len(load_claims(path)) == 1
    path.write_text(GOOD_CLAIM.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(TimelineError) as refusal:
        load_claims(path)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("name", WRONG_RECORDS)
def test_wrong_records_are_refused_with_one_sentence(name: str, tmp_path: Path) -> None:
    old, new, sentence = WRONG_RECORDS[name]
    path = tmp_path / "records.toml"
    path.write_text(GOOD_RECORD, encoding="utf-8")
    assert len(load_records(path)) == 1
    path.write_text(GOOD_RECORD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(TimelineError) as refusal:
        load_records(path)
    assert str(refusal.value) == sentence


def test_a_one_sided_contradiction_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "claims.toml"
    other = GOOD_CLAIM.replace("2021_blocked", "other") + 'contradicts = ["signal/2021_blocked"]\n'
    path.write_text(GOOD_CLAIM + other, encoding="utf-8")
    with pytest.raises(TimelineError, match="and not the reverse; say it in both"):
        load_claims(path)
