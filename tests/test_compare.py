"""What was found is held against the document as the comparison promises, and is written so that no cell can act."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.records import Sweep, VantageState
from agent.timeline import dictionary
from agent.timeline.compare import compare, last_word, named_in
from agent.timeline.evidence import sift
from agent.timeline.load import load_claims, load_records
from agent.timeline.origin import Origin, origin_sentences
from agent.timeline.records import Agreement, Basis, Claim, Finding, Outcome, Record, Side, Why
from agent.timeline.write import COLUMNS, as_csv, as_markdown
from agent.verdict.records import State, Verdict

CLAIMS = load_claims()
RECORDS = load_records()
NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
#: The document's world of 2021.
WORLD_2021 = {
    **dict.fromkeys(("signal", "twitter", "facebook", "youtube", "flickr", "telegram"), State.BLOCKED),
    **dict.fromkeys(("whatsapp", "instagram", "gmail", "yahoo", "tabnak"), State.OK),
    "cloob": State.RETIRED,
}


def look(
    platform: str,
    state: State,
    at: datetime = NOW,
    country: str = "IR",
    vantage_state: VantageState = VantageState.NORMAL,
) -> Finding:
    return Finding(
        sweep_id=f"{at:%Y%m%dT%H%M}",
        verdict_id=f"{at:%Y%m%dT%H%M}-v-{platform}",
        observed_at=at,
        platform=platform,
        state=state,
        country=country,
        vantage_state=vantage_state,
    )


def compared(
    findings: Sequence[Finding], *, claims: Sequence[Claim] = CLAIMS, records: Sequence[Record] = RECORDS
) -> list[Agreement]:
    sifted = sift(findings, named_in(claims), records=records, today=NOW.date())
    return compare(claims, records, sifted, stage="internet", today=NOW.date())


def rows(findings: Sequence[Finding]) -> dict[str, Agreement]:
    return {row.claim_id: row for row in compared(findings)}


def series(platform: str, *states: State, start: datetime = NOW - timedelta(days=1)) -> list[Finding]:
    """Hourly looks from `start` on."""
    return [look(platform, state, start + timedelta(hours=at)) for at, state in enumerate(states)]


def test_the_world_of_2021_is_as_the_document_leaves_it() -> None:
    found = rows([look(platform, state) for platform, state in WORLD_2021.items()])
    outcomes = {key.removesuffix("/last_word"): row.outcome for key, row in found.items() if row.level == "platform"}
    assert outcomes == {
        **dict.fromkeys(WORLD_2021, Outcome.AGREES),
        "telegram": Outcome.CONTRADICTS_ITSELF,
        "cloob": Outcome.CANNOT_TELL,
    }
    assert found["cloob/last_word"].why is Why.RETIRED
    telegram = found["telegram/last_word"]
    assert (telegram.reading_blocked, telegram.reading_open) == (Outcome.AGREES, Outcome.CHANGED_SINCE)


def test_the_claims_of_the_world_of_2021_are_answered_one_by_one() -> None:
    found = rows([look(platform, state) for platform, state in WORLD_2021.items()])
    assert {key: (row.outcome, row.why) for key, row in found.items() if row.level == "claim"} == {
        **{
            f"{platform}/2009_blocked": (Outcome.AGREES, None)
            for platform in ("facebook", "twitter", "flickr", "youtube")
        },
        "cloob/2009_blocked": (Outcome.CANNOT_TELL, Why.RETIRED),
        "some_of_2009/2012_restored": (Outcome.CANNOT_TELL, Why.ENDED_BEFORE_WE_LOOKED),
        "some_of_2009/2012_blocked_again": (Outcome.AGREES, None),
        "gmail/2011_blocked": (Outcome.CANNOT_TELL, Why.ENDED_BEFORE_WE_LOOKED),
        "yahoo/2011_blocked": (Outcome.CANNOT_TELL, Why.ENDED_BEFORE_WE_LOOKED),
        "tabnak/2012_blocked": (Outcome.CANNOT_TELL, Why.ENDED_BEFORE_WE_LOOKED),
        "telegram/2018_blocked": (Outcome.CANNOT_TELL, Why.ENDED_BEFORE_WE_LOOKED),
        "instagram/2018_blocked": (Outcome.CANNOT_TELL, Why.ENDED_BEFORE_WE_LOOKED),
        "telegram_instagram/2018_cause": (Outcome.CONTRADICTS_ITSELF, None),
        "telegram/2018_restored": (Outcome.CHANGED_SINCE, None),
        "instagram/2018_restored": (Outcome.AGREES, None),
        "signal/2021_blocked": (Outcome.AGREES, None),
        "signal/ban_declared": (Outcome.AGREES, None),
        "whatsapp/still_open": (Outcome.AGREES, None),
        "whatsapp/why_left_open": (Outcome.CANNOT_TELL, Why.UNTESTABLE_OPINION),
        "instagram/still_open": (Outcome.AGREES, None),
        "twitter/vpn_only": (Outcome.AGREES, None),
        "telegram/vpn_only": (Outcome.AGREES, None),
    }


def test_with_the_censor_off_what_was_blocked_has_changed_since() -> None:
    found = rows([look(platform, State.OK) for platform in WORLD_2021 if platform != "cloob"])
    assert found["signal/last_word"].outcome is Outcome.CHANGED_SINCE
    assert found["facebook/2009_blocked"].outcome is Outcome.CHANGED_SINCE
    assert found["gmail/last_word"].outcome is Outcome.AGREES
    assert found["telegram/last_word"].reading_open is Outcome.AGREES


def test_nothing_measured_tells_nothing() -> None:
    found = rows([])
    assert found["signal/last_word"].why is Why.NO_OBSERVATIONS
    assert found["gmail/2011_blocked"].why is Why.NO_OBSERVATIONS
    assert found["cloob/last_word"].why is Why.RETIRED
    assert found["telegram/last_word"].outcome is Outcome.CONTRADICTS_ITSELF
    assert {row.usable for row in found.values()} == {0}


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (State.IMPAIRED, Why.NOTHING_SETTLED),
        (State.INSUFFICIENT, Why.INSUFFICIENT),
        (State.DOWN, Why.DOWN),
    ],
)
def test_what_settles_nothing_is_evidence_for_neither_side(state: State, why: Why) -> None:
    """And is told apart: too little was seen, nothing settled the cause, or it was down for everybody."""
    for platform in ("signal", "gmail"):
        row = rows([look(platform, state)])[f"{platform}/last_word"]
        assert (row.outcome, row.why, row.usable, row.total) == (Outcome.CANNOT_TELL, why, 0, 1)


@pytest.mark.parametrize(("country", "why"), [("DE", Why.OUTSIDE_THE_COUNTRY), ("", Why.COUNTRY_NOT_STATED)])
def test_only_what_is_seen_from_iran_answers_the_document(country: str, why: Why) -> None:
    """Neither a block nor a success elsewhere, or nobody knows where, says anything of Iran."""
    for state in (State.BLOCKED, State.OK):
        row = rows([look("signal", state, country=country)])["signal/last_word"]
        assert (row.outcome, row.why) == (Outcome.CANNOT_TELL, why)
    assert rows([look("signal", State.BLOCKED, country="ir")])["signal/last_word"].outcome is Outcome.AGREES


IN_SHUTDOWN = datetime(2026, 3, 10, tzinfo=UTC)


def test_in_a_national_shutdown_a_failure_confirms_nothing_and_a_success_still_counts() -> None:
    blocked = rows([look("signal", State.BLOCKED, IN_SHUTDOWN)])["signal/last_word"]
    assert (blocked.outcome, blocked.why) == (Outcome.CANNOT_TELL, Why.SHUTDOWN)
    assert rows([look("signal", State.OK, IN_SHUTDOWN)])["signal/last_word"].outcome is Outcome.CHANGED_SINCE
    before = rows([look("signal", State.BLOCKED, datetime(2026, 2, 28, 6, 59, tzinfo=UTC))])["signal/last_word"]
    assert before.outcome is Outcome.AGREES


def test_a_ladder_that_finds_the_country_cut_off_counts_as_a_shutdown() -> None:
    cut_off = look("signal", State.INSUFFICIENT, vantage_state=VantageState.NATIONAL_ONLY)
    assert rows([cut_off])["signal/last_word"].why is Why.SHUTDOWN


def test_a_shutdown_whose_end_nobody_reports_does_not_swallow_what_follows() -> None:
    later = look("signal", State.BLOCKED, datetime(2025, 9, 1, tzinfo=UTC))
    assert rows([later])["signal/last_word"].outcome is Outcome.AGREES


def test_a_bad_line_condemns_nobody() -> None:
    for vantage in (VantageState.CAPTIVE_PORTAL, VantageState.UNDETERMINED, VantageState.OFFLINE):
        row = rows([look("signal", State.BLOCKED, vantage_state=vantage)])["signal/last_word"]
        assert row.why is Why.INSUFFICIENT


def test_findings_dated_in_the_future_are_no_evidence() -> None:
    row = rows([look("signal", State.BLOCKED, NOW + timedelta(days=2))])["signal/last_word"]
    assert row.why is Why.IN_THE_FUTURE


def test_findings_inside_a_claims_year_decide_it() -> None:
    march = datetime(2021, 3, 1, tzinfo=UTC)
    agreeing = rows([look("signal", State.LIKELY_BLOCKED, march), look("signal", State.OK)])
    assert agreeing["signal/2021_blocked"].outcome is Outcome.AGREES
    assert agreeing["signal/last_word"].outcome is Outcome.CHANGED_SINCE
    opposed = rows([look("whatsapp", State.BLOCKED, march)])
    assert opposed["whatsapp/still_open"].outcome is Outcome.DISAGREES
    assert opposed["whatsapp/last_word"].outcome is Outcome.DISAGREES


def test_what_was_seen_in_the_year_before_the_change_does_not_speak_against_it() -> None:
    """Signal was blocked on 25 January 2021: a success on the 10th is no disagreement with 'blocked in 2021'."""
    january = [look("signal", State.OK, datetime(2021, 1, day, tzinfo=UTC)) for day in (10, 11, 12)]
    row = rows([*january, look("signal", State.BLOCKED, datetime(2021, 2, 1, tzinfo=UTC))])["signal/2021_blocked"]
    assert (row.outcome, row.usable, row.total) == (Outcome.AGREES, 1, 4)
    assert rows(january)["signal/2021_blocked"].outcome is Outcome.DISAGREES


def test_a_passing_block_is_confirmed_by_one_look_and_refuted_by_none() -> None:
    at = datetime(2018, 1, 2, tzinfo=UTC)
    open_later = look("telegram", State.OK, datetime(2018, 3, 1, tzinfo=UTC))
    assert rows([look("telegram", State.BLOCKED, at), open_later])["telegram/2018_blocked"].outcome is Outcome.AGREES
    row = rows([open_later])["telegram/2018_blocked"]
    assert (row.outcome, row.why) == (Outcome.CANNOT_TELL, Why.BETWEEN_LOOKS)
    assert rows([look("telegram", State.BLOCKED, at), open_later])["telegram/2018_restored"].outcome is Outcome.AGREES


def test_of_some_platforms_only_unanimity_tells_anything() -> None:
    mixed = rows([look("facebook", State.OK), look("twitter", State.BLOCKED)])["some_of_2009/2012_blocked_again"]
    assert (mixed.outcome, mixed.why) == (Outcome.CANNOT_TELL, Why.WHICH_NOT_SAID)
    back = rows([look("facebook", State.OK, datetime(2012, 6, 1, tzinfo=UTC))])["some_of_2009/2012_restored"]
    assert back.outcome is Outcome.AGREES


@pytest.mark.parametrize(
    ("blocked", "reached", "outcome"),
    [
        (9, 1, Outcome.AGREES),
        (7, 3, Outcome.AGREES),
        (6, 4, Outcome.CANNOT_TELL),
        (5, 5, Outcome.CANNOT_TELL),
        (4, 6, Outcome.CANNOT_TELL),
        (3, 7, Outcome.CHANGED_SINCE),
        (0, 10, Outcome.CHANGED_SINCE),
    ],
)
def test_when_it_comes_and_goes_the_share_decides_and_is_named(blocked: int, reached: int, outcome: Outcome) -> None:
    row = rows(series("signal", *[State.BLOCKED] * blocked, *[State.OK] * reached))["signal/last_word"]
    assert row.outcome is outcome
    assert row.why is (Why.BY_TURNS if outcome is Outcome.CANNOT_TELL else None)
    assert (row.findings_blocked, row.findings_open, row.usable) == (blocked, reached, 10)
    assert f"blocked in {blocked} and reachable in {reached} of 10 usable looks" in row.sentence


def test_what_was_seen_last_outweighs_what_was_seen_long_ago() -> None:
    old = series("whatsapp", *[State.BLOCKED] * 50, start=datetime(2023, 1, 1, tzinfo=UTC))
    row = rows([*old, look("whatsapp", State.OK)])["whatsapp/last_word"]
    assert (row.outcome, row.usable, row.total) == (Outcome.AGREES, 1, 51)


def test_the_order_in_which_findings_come_changes_nothing() -> None:
    findings = [*series("signal", State.OK, State.BLOCKED, State.OK), *series("gmail", State.OK, State.BLOCKED)]
    assert rows(findings) == rows(findings[::-1])


def test_witnesses_are_the_newest_and_capped_while_the_count_is_not() -> None:
    row = rows(series("signal", *[State.BLOCKED] * 24))["signal/last_word"]
    assert (row.usable, len(row.witnesses)) == (24, 20)
    assert row.witnesses[0] == series("signal", *[State.BLOCKED] * 24)[-1].verdict_id


def test_cloob_is_never_called_blocked_however_it_fails() -> None:
    for state in State:
        assert rows([look("cloob", state)])["cloob/last_word"].why is Why.RETIRED


def test_records_stand_beside_the_claim_and_decide_nothing() -> None:
    """Instagram is open in the document, blocked in the records, and as found in the outcome."""
    with_records = rows([look("instagram", State.OK)])["instagram/last_word"]
    assert "blocked (national) from 2022-09-21, no end found [O22a PAD TAB25]" in with_records.records
    without = compared([look("instagram", State.OK)], records=[])
    row = next(row for row in without if row.claim_id == "instagram/last_word")
    assert replace(with_records, records="", sources=()) == row


def test_the_independent_dates_of_a_claims_year_are_named() -> None:
    found = rows([])
    assert "from 2009-05-23 to 2009-05-26" in found["facebook/2009_blocked"].records
    assert "degraded (some regions) from 2011-02-20, end not reported [RSF11]" in found["yahoo/2011_blocked"].records
    assert found["tabnak/2012_blocked"].records == ""


def test_a_look_of_today_is_not_said_to_confirm_a_year_long_past() -> None:
    row = rows([look("facebook", State.BLOCKED)])["facebook/2009_blocked"]
    assert (row.outcome, row.basis) == (Outcome.AGREES, Basis.AS_LEFT_STANDING)
    assert row.sentence.endswith("That is as the document leaves it.")
    in_its_year = look("facebook", State.BLOCKED, datetime(2009, 7, 1, tzinfo=UTC))
    row = rows([in_its_year])["facebook/2009_blocked"]
    assert (row.outcome, row.basis) == (Outcome.AGREES, Basis.INSIDE_INTERVAL)
    assert "That agrees. Of the 365 days that the document speaks of, 1 were looked at." in row.sentence


def test_a_basis_is_named_exactly_where_a_finding_was_judged() -> None:
    """On platforms too, where it is what the document leaves standing."""
    found = rows([look(platform, state) for platform, state in WORLD_2021.items()])
    assert all((row.basis is None) == (row.usable == 0) for row in found.values())
    assert {row.basis for row in found.values() if row.level == "platform"} == {Basis.AS_LEFT_STANDING, None}
    at = datetime(2018, 1, 2, tzinfo=UTC)
    assert rows([look("telegram", State.OK, at)])["telegram/2018_blocked"].basis is Basis.INSIDE_INTERVAL


def test_the_last_words_of_the_document_on_each_platform() -> None:
    both = frozenset(Side)
    assert {platform: last_word(platform, CLAIMS) for platform in WORLD_2021} == {
        **{
            platform: frozenset({Side.OPEN if state is State.OK else Side.BLOCKED})
            for platform, state in WORLD_2021.items()
        },
        "telegram": both,
    }


def test_a_finding_is_made_of_a_platforms_verdict_and_its_sweep_only() -> None:
    sweep = Sweep(sweep_id="s", vantage_country="IR", vantage_state=VantageState.NORMAL)
    verdict = Verdict(sweep_id="s", verdict_id="s-v-signal", level="platform", platform="signal", state=State.BLOCKED)
    assert Finding.of(verdict, sweep).country == "IR"
    with pytest.raises(ValueError, match="is no platform's verdict of sweep s"):
        Finding.of(replace(verdict, level="target"), sweep)


def test_csv_has_a_row_for_every_agreement_and_a_column_for_every_field() -> None:
    agreements = list(rows([look("signal", State.BLOCKED)]).values())
    read = list(csv.DictReader(io.StringIO(as_csv(agreements))))
    assert [row["claim_id"] for row in read] == [row.claim_id for row in agreements]
    assert tuple(read[0]) == COLUMNS
    signal = next(row for row in read if row["claim_id"] == "signal/last_word")
    assert (signal["usable"], signal["why"], signal["observed_to"]) == ("1", "", "2026-11-24")


def test_the_page_of_its_columns_is_what_the_records_render_to() -> None:
    """After a change of a column: python -m agent.timeline.dictionary > docs/comparison.md."""
    page = (Path(__file__).parents[1] / "docs" / "comparison.md").read_text(encoding="utf-8")
    assert page == dictionary.render()
    assert [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")] == list(COLUMNS)


SOURCES = {key: address for record in RECORDS for key, address in record.sources.items()}
HOSTILE = '=cmd|"/c calc"!A1\x1b[31m\n<script>|[x](y)'


def origin(**changes: Any) -> Origin:
    values = {"stage": "internet", "sweeps": 1, "first_day": NOW.date(), "last_day": NOW.date(), "countries": ("IR",)}
    versions = {"rulesets": (3,), "catalogs": ("2026-11-24",), "made_on": NOW.date()}
    return Origin(**{**values, **versions, **changes})


def test_no_cell_acts_as_a_formula_an_escape_or_markup() -> None:
    row = Agreement(claim_id="x", sentence=HOSTILE, notes=HOSTILE, witnesses=("=1+1",), interval_start=date(2021, 1, 1))
    (cells,) = csv.DictReader(io.StringIO(as_csv([row])))
    for cell in (cells["sentence"], cells["notes"], cells["witnesses"]):
        assert cell[0] == "'"
        assert cell.isprintable()
    markdown = as_markdown([row], origin(countries=(HOSTILE,)), {})
    lines = [line for line in markdown.splitlines() if "cmd" in line]
    assert len(lines) == 2  # the origin, and the row
    for line in lines:
        assert line.isprintable()
        assert r"\<script\>\|\[x\](y)" in line


def test_markdown_shows_platforms_first_and_every_row_has_every_cell() -> None:
    markdown = as_markdown(list(rows([look("signal", State.BLOCKED)]).values()), origin(), SOURCES)
    assert markdown.index("Each platform") < markdown.index("Each claim")
    table = [line for line in markdown.splitlines() if line.startswith("|")]
    assert {line.replace(r"\|", "").count("|") for line in table} == {7}
    assert len(table) == 12 + len(CLAIMS) + 4


def test_a_platform_that_the_catalog_alone_retires_is_retired_too() -> None:
    """Also where no record reports the service's end."""
    row = rows([look("yahoo", State.RETIRED)])["yahoo/last_word"]
    assert (row.outcome, row.why) == (Outcome.CANNOT_TELL, Why.RETIRED)


def test_what_is_said_of_some_binds_no_single_platform() -> None:
    only_some = [claim for claim in CLAIMS if claim.some]
    assert last_word("facebook", only_some) == frozenset({Side.OPEN})
    agreements = compared([], claims=only_some)
    assert [row.level for row in agreements] == ["claim", "claim"]


def test_what_was_seen_before_the_documents_last_claim_does_not_answer_it() -> None:
    """Signal open in 2019 says nothing of a block in 2021."""
    row = rows([look("signal", State.OK, datetime(2019, 6, 1, tzinfo=UTC))])["signal/last_word"]
    assert (row.outcome, row.why, row.total) == (Outcome.CANNOT_TELL, Why.NO_OBSERVATIONS, 1)


def test_records_of_another_time_are_not_named() -> None:
    found = rows([])
    assert "2006" not in found["facebook/last_word"].records
    assert found["gmail/2011_blocked"].records == "degraded (some regions) from 2011-02-20, end not reported [RSF11]"


def test_the_sources_that_are_named_stand_with_their_addresses_and_no_others() -> None:
    """Under the tables, once each."""
    named = [row for row in rows([]).values() if row.claim_id == "instagram/last_word"]
    markdown = as_markdown(named, origin(), SOURCES)
    listed = [line for line in markdown.splitlines() if line.startswith("- ")]
    assert [line[2:].partition(":")[0] for line in listed] == list(named[0].sources)
    assert "- O22a: ooni.org/post/2022-iran-blocks-social-media-mahsa-amini-protests/" in listed


def test_every_key_in_the_words_of_the_records_is_a_source() -> None:
    for row in rows([]).values():
        told = {key for keys in re.findall(r"\[([^]]*)\]", row.records) for key in keys.split()}
        assert set(row.sources) == told


def test_a_comparison_says_what_it_is_of() -> None:
    """Of the internet: from where, of when, by which versions. Of the lab: that it says nothing of the internet."""
    assert origin_sentences(origin()) == (
        "Internet, from IR. Made on 2026-11-24 of 1 sweep of 2026-11-24, by ruleset 3 and catalog 2026-11-24."
    )
    many = origin(sweeps=9, first_day=date(2026, 10, 1), countries=("", "IR"), rulesets=(2, 3))
    assert origin_sentences(many) == (
        "Internet, from a country that is not stated and IR. Made on 2026-11-24 of 9 sweeps of 2026-10-01 to "
        "2026-11-24, by ruleset 2, 3 and catalog 2026-11-24."
    )
    of_lab = origin_sentences(origin(stage="lab"))
    assert of_lab.startswith("Lab: ")
    assert "This says nothing of the real internet. Made on" in of_lab
    assert "IR" not in of_lab
