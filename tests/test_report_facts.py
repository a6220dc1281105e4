"""What a report says of now and of each day, and how it keeps within its size: from findings, by hand."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from agent.language import speaking
from agent.report.page.days import months_of
from agent.report.page.facts import Cell, Now, Place, Report, Shade, Standing, Versions
from agent.report.page.files import files_of
from agent.report.page.fitting import STORIES_KEPT, smaller
from agent.report.page.now import now_of
from agent.report.page.render import body_of
from agent.report.page.words import age, since, stands, sure
from agent.timeline.records import Change, Event, Finding
from agent.verdict.records import State
from tests.result_files import blocked, write_sweep

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LETTERS = {
    "b": State.BLOCKED,
    "l": State.LIKELY_BLOCKED,
    "o": State.OK,
    "i": State.IMPAIRED,
    "d": State.DOWN,
    "n": State.INSUFFICIENT,
    "r": State.RETIRED,
}
CADENCE = timedelta(hours=3)


def looks(letters: str, *, until: datetime = NOON, cadence: timedelta = CADENCE) -> list[Finding]:
    """A look at Signal at every cadence, the last at `until`; a dot is a sweep that did not look."""
    return [
        Finding(
            sweep_id=f"s{number}",
            verdict_id=f"s{number}.v.signal",
            observed_at=until - cadence * (len(letters) - 1 - number),
            platform="signal",
            state=LETTERS[letter],
            mechanisms=("tls.reset.sni",) if letter in "bl" else (),
        )
        for number, letter in enumerate(letters)
        if letter != "."
    ]


def now(letters: str, *events: Event, newest_at: datetime = NOON) -> Now:
    return now_of("signal", looks(letters), events, newest_at=newest_at)


@pytest.mark.parametrize(
    ("letters", "standing"),
    [
        ("bbbbb", Standing.BLOCKED),
        ("lllll", Standing.BLOCKED),
        ("ooooo", Standing.REACHABLE),
        # One odd look among many is no coming and going; among few it may be.
        ("oooobo", Standing.REACHABLE),
        ("oob", Standing.NOW_AND_THEN),
        ("bobobobo", Standing.NOW_AND_THEN),
        # What fails at the last look is not called reachable now; what was blocked all along is still called so.
        ("ooooi", Standing.FAILING),
        ("ooood", Standing.FAILING),
        ("bbbbi", Standing.BLOCKED),
        ("iiiii", Standing.FAILING),
        ("nnnnn", Standing.NOT_KNOWN),
        # A line that was cut at the last look says nothing against what was seen before.
        ("oooon", Standing.REACHABLE),
        ("r", Standing.RETIRED),
        ("", Standing.NOT_LOOKED_AT),
    ],
)
def test_how_it_stands_follows_from_its_looks(letters: str, standing: Standing) -> None:
    assert now(letters).standing is standing


def test_what_was_not_looked_at_for_a_week_of_looking_is_not_said_to_be_reachable() -> None:
    """Others were looked at since, and this one was not."""
    assert now("ooooo", newest_at=NOON + timedelta(days=8)).standing is Standing.NOT_LOOKED_AT
    assert now("ooooo", newest_at=NOON + timedelta(days=6)).standing is Standing.REACHABLE


def test_the_looks_before_a_change_are_not_counted() -> None:
    """Blocked since yesterday is blocked, not now and then; and it says between which looks that began."""
    before, after = NOON - CADENCE * 4, NOON - CADENCE * 3
    onset = Event(change=Change.ONSET, platform="signal", earliest=before, latest=after, after="blocked")
    found = now("oooooobbbb", onset)
    assert (found.standing, found.accused, found.told, found.since) == (Standing.BLOCKED, 4, 4, onset)
    assert found.counted_from == after
    assert since(found) == "Since some moment between 2026-11-24 00:00 UTC and 2026-11-24 03:00 UTC."
    assert now("oooooobbbb").standing is Standing.NOW_AND_THEN  # without the event


def test_a_coming_and_going_that_goes_on_is_told_as_one() -> None:
    event = Event(change=Change.INTERMITTENT, platform="signal", earliest=None, latest=NOON - CADENCE * 9)
    assert now("bbbbbbbbob", event).standing is Standing.NOW_AND_THEN
    over = replace(event, until_earliest=NOON - CADENCE * 5, until_latest=NOON - CADENCE * 4, after="open")
    assert (now("bobobooooo", over).standing, now("bobobooooo", over).told) == (Standing.REACHABLE, 5)


def test_what_has_been_so_from_the_first_look_on_says_since_before_we_looked() -> None:
    assert since(now("bbb")) == "Since before we began to look, on 2026-11-24."
    assert since(now("ooo")) == "No lasting block was seen since we began to look, on 2026-11-24."
    # What the first look found otherwise has not been so all along, though one look is no change.
    assert since(now("o" + "b" * 20)) == since(now("b" + "o" * 20)) == "Since when is not settled."
    assert since(now("nnn")) == ""
    cut = since(replace(now("bbb"), is_cut=True))  # then it is only the report that begins there
    assert cut == "So from the first look in this report on, of 2026-11-24; earlier ones are left out of it."


def test_how_sure_it_is_tells_an_artefact_from_a_likeness() -> None:
    """With the denominator, with the looks that could not tell, and with a newest look that says otherwise."""
    proved, likely = now("bbbb"), now("lllln")
    assert stands(proved) == "Blocked"
    assert "4 of 4 looks" in sure(proved)[0]
    assert "only interference leaves behind" in sure(proved)[1]
    assert stands(likely) == "Likely blocked"
    assert "nothing was seen that only interference" in sure(likely)[1]
    assert sure(likely)[2:] == [
        "1 look could not tell.",
        "The newest look, of 2026-11-24 12:00 UTC: it could not be told.",
    ]
    odd = now("oooooob")
    assert stands(odd) == "Reachable"
    assert sure(odd)[-1] == "The newest look, of 2026-11-24 12:00 UTC: blocked."


def test_one_look_is_told_as_one() -> None:
    for letters in ("b", "l", "o", "nnb"):
        assert "One look alone may be wrong." in sure(now(letters))
    assert "One look alone may be wrong." not in sure(now("bb"))


@pytest.mark.parametrize(
    ("letters", "word"),
    [
        ("oobb", "Blocked in some looks, reached in others"),
        ("oolb", "Blocked in some looks, reached in others"),
        ("ooll", "Likely blocked in some looks, reached in others"),
    ],
)
def test_what_was_only_likely_is_not_called_blocked_where_it_was_reached_too(letters: str, word: str) -> None:
    assert stands(now(letters)) == word


def test_a_day_is_shaded_by_what_its_looks_could_tell() -> None:
    """The first number is what bears the shade out, the second is every look of the day."""
    days = {"bbb": (Shade.BLOCKED, 3), "lb": (Shade.BLOCKED, 2), "ll": (Shade.LIKELY_BLOCKED, 2), "oo": (Shade.OK, 2)}
    days |= {"bbo": (Shade.MIXED, 2), "bnn": (Shade.BLOCKED, 1), "on": (Shade.OK, 1), "nni": (Shade.INSUFFICIENT, 2)}
    days |= {"iid": (Shade.IMPAIRED, 2), "r": (Shade.RETIRED, 1)}
    for letters, (shade, count) in days.items():
        (month,) = months_of(looks(letters, cadence=timedelta(minutes=1)), [NOON], ["signal", "gmail"])
        assert month.rows["signal"][23] == Cell(shade=shade, count=count, looks=len(letters)), letters
        assert month.rows["gmail"][23] is None
        assert month.rows["signal"][22] is None
        assert len(month.rows["signal"]) == month.days == 30


def test_months_without_a_sweep_are_counted_and_not_drawn() -> None:
    """A clock that stood in 2020 for one sweep must not bring seventy empty calendars."""
    moments = [datetime(2020, 2, 3, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC), NOON]
    months = months_of([], moments, ["signal"])
    assert [month.first for month in months] == [date(2026, 11, 1), date(2026, 10, 1), date(2020, 2, 1)]
    assert [month.unlooked_before for month in months] == [0, 79, 0]


def test_the_files_are_counted_and_hashed_as_they_stand(tmp_path: Path) -> None:
    write_sweep(tmp_path, NOON, {"signal": blocked("tls.reset.sni")})
    files = {file.name: file for file in files_of(tmp_path)}
    assert {name: file.rows for name, file in files.items()} == {"sweeps-2026-11.csv": 1, "verdicts-2026-11.csv": 2}
    for name, file in files.items():
        data = (tmp_path / name).read_bytes()
        assert (file.size_bytes, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert files_of(tmp_path, until=datetime(2026, 10, 1, tzinfo=UTC)) == ()


def place(**changes: object) -> Place:
    values: dict[str, object] = {"vantage_id": "v", "country": "IR", "asn": None, "label": "", "sweeps": 1}
    values |= {"first_at": NOON, "last_at": NOON, "age_days": 0, "lines": {"normal": 1}}
    return Place(**{**values, **changes})  # type: ignore[arg-type]  # the tests give right types by name


def test_old_results_say_so() -> None:
    assert age(place(age_days=2)) == ""
    assert age(place(age_days=30)).startswith("These results are old. Nobody has looked since 2026-11-24 12:00 UTC")


def report_of(*places: Place) -> Report:
    versions = Versions(agents=(), catalogs=(), rulesets=(), reporter="")
    return Report(
        made_at=NOON, stage="internet", since=None, until=None, sweeps=8, titles={}, subjects=(), files=(),
        versions=versions, places=places,
    )  # fmt: skip


def test_where_nobody_looked_lately_the_page_does_not_speak_of_now() -> None:
    """Unless one vantage point did; each of the others says its own age."""
    now_title, old_title = "What is blocked here now", "What was blocked when last looked at"
    for ages, title in (((0,), now_title), ((30,), old_title), ((30, 0), now_title), ((30, 40), old_title)):
        with speaking("en"):
            page = body_of(report_of(*(place(age_days=days) for days in ages)), ())
        assert [one for one in (now_title, old_title) if f">{one}</h2>" in page] == [title]


def test_a_report_that_is_too_big_leaves_out_the_oldest_and_says_how_much() -> None:
    """Stories of changes go first; the newest month, and what stands now, never."""
    months = months_of([], [NOON - timedelta(days=40 * number) for number in range(8)], ["signal"])
    report = report_of(place(calendar=months, events=(Event(),), now=(now("bb"),)))
    steps = [(report, 40)]
    while less := smaller(*steps[-1]):
        steps.append(less)
    assert [stories for _, stories in steps[:3]] == [40, 20, STORIES_KEPT]
    last, stories = steps[-1]
    assert stories == 0
    assert last.places[0].calendar == months[:1]
    assert last.places[0].now == report.places[0].now
    for one, _ in steps:
        (at,) = one.places
        assert len(at.calendar) + at.months_not_shown == len(months)
        assert len(at.events) + at.events_not_shown == 1
