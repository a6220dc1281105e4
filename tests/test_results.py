"""What a results folder goes through in a year: what still counts, and that nothing is left out in silence."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.report.left_out import SENTENCES, LeftOut, Why
from agent.report.results import findings_in, findings_of, left_out_sentences, results_of
from agent.store import StoreError
from agent.store.read import rows
from agent.timeline.records import Finding
from tests.result_files import blocked, ok, plant_verdict, write_sweep
from tests.store_rows import NOON

FILE = "verdicts-2026-11.csv"
#: Three sweeps of two platforms: 12 verdicts, two of each platform, the second one its web target's.
HOURS = tuple(NOON - timedelta(hours=hours) for hours in (2, 1, 0))
FOUND = {"signal": blocked("tcp.timeout", "tls.reset.sni"), "yahoo": ok()}
ROWS = 12


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return three_sweeps(tmp_path / "results")


def three_sweeps(folder: Path) -> Path:
    for at in HOURS:
        write_sweep(folder, at, FOUND, vantage_country="IR", vantage_asn=64500)
    return folder


def edit(path: Path, old: str, new: str, count: int = -1) -> None:
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new, count).encode())


def left(folder: Path, table: str = "verdicts", now: datetime | None = None) -> list[tuple[Why, int]]:
    return [(one.why, one.count) for one in results_of(folder, now=now).left_out if one.file.startswith(table)]


def test_a_folder_as_the_store_wrote_it_counts_whole(folder: Path) -> None:
    """And its findings are those that its records give."""
    results = results_of(folder)
    assert (len(results.sweeps), len(results.verdicts), results.left_out) == (3, ROWS, ())
    sweeps = {sweep.sweep_id: sweep for sweep in rows(folder, "sweeps")}
    platforms = [one for one in rows(folder, "verdicts") if one.level == "platform"]
    assert findings_of(folder) == [Finding.of(one, sweeps[one.sweep_id]) for one in platforms]
    assert len(findings_of(folder)) == 6


def test_findings_of_sound_files_are_made_without_pandas(folder: Path) -> None:
    """Arrow loads it by itself when it is given a value of Python's, and it takes as long to load as half a year."""
    program = (
        "import sys; from pathlib import Path; from agent.report.comparison import sources_of; "
        "print(len(sources_of(Path(sys.argv[1]), stage='internet').findings), 'pandas' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True)
    assert ended.stdout == "6 False\n"


def test_no_folder_is_like_an_empty_one(tmp_path: Path) -> None:
    results = results_of(tmp_path / "none")
    assert (len(results.sweeps), len(results.verdicts), results.left_out) == (0, 0, ())
    assert findings_of(tmp_path / "none") == []


def test_a_stage_and_a_span_of_time_are_no_rows_left_out(folder: Path) -> None:
    """They were not asked for. The other months' files are not even opened."""
    write_sweep(folder, NOON - timedelta(minutes=30), FOUND, stage="lab")
    (folder / "verdicts-2026-10.csv").write_text("none of ours\n")
    some = results_of(folder, since=HOURS[1], until=HOURS[2])
    assert (some.sweeps["started_at"].tolist(), len(some.verdicts), some.left_out) == ([HOURS[1]], 4, ())
    assert len(results_of(folder, stage="lab", since=HOURS[0]).verdicts) == 4
    tehran = timezone(timedelta(hours=3, minutes=30))
    elsewhere = results_of(folder, since=HOURS[1].astimezone(tehran), until=HOURS[2].astimezone(tehran))
    assert list(elsewhere.sweeps["sweep_id"]) == list(some.sweeps["sweep_id"])


@pytest.mark.parametrize(
    ("old", "new", "count", "why", "said"),
    [
        (",signal,signal,blocked", ",signal,signal,blo,cked", 1, Why.NO_WHOLE_ROW, 1),
        (",signal,signal,blocked", "\n", 1, Why.NO_WHOLE_ROW, 2),
        (",signal,signal,blocked", '","signal,signal,blocked', 1, Why.NO_WHOLE_ROW, 1),
        (",signal,signal,blocked", ',"signal,signal,blocked', 2, Why.NO_WHOLE_ROW, 2),
        (",signal,signal,blocked", ",signal,signal,bloked", 2, Why.FOREIGN_CELL, 2),
        (",signal,signal,blocked", ",signal,signal,", 1, Why.FOREIGN_CELL, 1),
        ("2026-11-24T12", "24/11/2026 12", -1, Why.FOREIGN_CELL, 4),
        ("\n1,", "\n0,", 3, Why.OTHER_SCHEMA, 3),
        ("\n1,20261124T120000Z-abcdef,", "\n1,20261124T130000Z-abcdef,", -1, Why.NO_SWEEP, 4),
    ],
)
def test_rows_that_cannot_be_read_are_left_out_and_told(
    folder: Path, old: str, new: str, count: int, why: Why, said: int
) -> None:
    """Each alone: a quote out of place takes no line after it along. The rest counts."""
    edit(folder / FILE, old, new, count)
    results = results_of(folder)
    *told, last = results.left_out
    if last.why is Why.UNJUDGED:  # all that was said of one sweep is gone, and that is told too
        assert (last.count, said) == (1, ROWS // len(HOURS))
    else:
        told.append(last)
    assert [(one.why, one.count, one.file) for one in told] == [(why, said, FILE)]
    assert len(results.verdicts) == ROWS - said + (new == "\n")  # a line cut in two is two lines
    assert len(left_out_sentences(results)) == len(results.left_out)


def test_the_first_line_is_named(folder: Path) -> None:
    edit(folder / FILE, ",yahoo,yahoo,ok", ",yahoo,yahoo,okay", 1)
    (sentence,) = left_out_sentences(results_of(folder))
    assert sentence.startswith(f"1 row of {FILE}:4 is left out: ")


def test_a_last_line_without_its_end_is_told(folder: Path) -> None:
    path = folder / FILE
    path.write_bytes(path.read_bytes()[:-1])
    results = results_of(folder)
    assert [(one.why, one.count, one.line) for one in results.left_out] == [(Why.TORN, 1, ROWS + 1)]
    assert len(results.verdicts) == ROWS - 1


def spreadsheet(path: Path) -> None:
    """What a spreadsheet of a country that writes a comma in its numbers does to a file that it changes nothing in."""
    cells = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows([*line, "", ""] for line in cells)


def test_saving_alone_changes_no_row(folder: Path) -> None:
    """A byte-order mark, semicolons, CRLF and empty columns: the chain shows that each row is as it was written."""
    before = findings_of(folder)
    for path in folder.glob("*.csv"):
        spreadsheet(path)
    assert results_of(folder).left_out == ()
    assert findings_of(folder) == before


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        (f"{HOURS[0]:%Y-%m-%dT%H:%M:%S}.123Z", f"{HOURS[0]:%d/%m/%Y %H:%M}", 4),
        ("tcp.timeout", "tcp.refused", 6),
        (f"{HOURS[0]:%Y%m%dT%H%M%SZ}-abcdef", "2.02611E+13", 4),
    ],
)
def test_a_row_that_a_spreadsheet_changed_is_left_out(folder: Path, old: str, new: str, changed: int) -> None:
    """Nobody can tell what stood there. Its neighbours stay."""
    path = folder / FILE
    spreadsheet(path)
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new).encode())
    assert left(folder) == [(Why.CHANGED, changed)]
    assert len(results_of(folder).verdicts) == ROWS - changed


def test_a_file_of_another_schema_is_left_out_whole(folder: Path) -> None:
    """Its columns may mean something else, whatever their names are."""
    (folder / "verdicts-2026-10.csv").write_text("schema_version,name,state\n2,signal,blocked\n2,yahoo,ok\n")
    assert left(folder) == [(Why.OTHER_SCHEMA, 2)]
    (sentence,) = left_out_sentences(results_of(folder))
    assert "schema version 2" in sentence


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"PK\x03\x04\xff\xfe\n\n", b"a;b\r1;2\r", b"\xff\xfes\x00\n\x00"])
def test_a_file_that_is_none_of_ours_is_refused_by_name(folder: Path, content: bytes) -> None:
    (folder / "verdicts-2026-10.csv").write_bytes(content)
    with pytest.raises(StoreError, match=r"verdicts-2026-10\.csv line 1 is not the header"):
        results_of(folder)


def test_a_row_that_stands_twice_counts_once(folder: Path) -> None:
    path = folder / FILE
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, *lines[1:4]]))
    assert left(folder) == [(Why.TWICE, 3)]
    assert (len(results_of(folder).verdicts), len(findings_of(folder))) == (ROWS, 6)


def test_rows_with_one_id_that_say_different_things_count_never(folder: Path) -> None:
    """One of them is made up, and nobody can tell which."""
    path = folder / FILE
    line = path.read_bytes().splitlines(keepends=True)[3]
    assert b"yahoo,yahoo,ok" in line
    path.write_bytes(path.read_bytes() + line.replace(b"yahoo,yahoo,ok", b"yahoo,yahoo,blocked"))
    assert left(folder) == [(Why.AMBIGUOUS, 2)]
    assert [one.platform for one in findings_of(folder)] == ["signal", *["signal", "yahoo"] * 2]


def test_two_sweeps_with_one_id_take_their_verdicts_along(folder: Path) -> None:
    path = folder / "sweeps-2026-11.csv"
    line = path.read_bytes().splitlines(keepends=True)[1]
    path.write_bytes(path.read_bytes() + line.replace(b",IR,", b",DE,"))
    assert left(folder, "sweeps") == [(Why.AMBIGUOUS, 2)]
    assert left(folder) == [(Why.SWEEP_LEFT_OUT, 4)]


def test_rows_out_of_order_are_put_in_order(tmp_path: Path) -> None:
    for at in reversed(HOURS):
        write_sweep(tmp_path, at, FOUND)
    results = results_of(tmp_path)
    assert results.left_out == ()
    assert results.sweeps["started_at"].tolist() == list(HOURS)
    assert results.verdicts["observed_at"].is_monotonic_increasing
    assert [one.observed_at for one in findings_of(tmp_path)] == sorted([*HOURS, *HOURS])


@pytest.mark.parametrize(
    ("at", "changes", "why"),
    [
        (NOON - timedelta(minutes=30), {"ended_at": NOON - timedelta(days=1)}, Why.SET_BACK),
        (datetime(1970, 1, 1, 0, 3, tzinfo=UTC), {}, Why.BEFORE_US),
        (NOON + timedelta(days=2), {}, Why.FUTURE),
    ],
)
def test_sweeps_of_a_wrong_clock_are_left_out(folder: Path, at: datetime, changes: dict[str, object], why: Why) -> None:
    write_sweep(folder, at, FOUND, **changes)
    assert left(folder, "sweeps", now=NOON) == [(why, 1)]
    assert left(folder, now=NOON) == [(Why.SWEEP_LEFT_OUT, 4)]
    assert len(results_of(folder, now=NOON).verdicts) == ROWS


def test_what_others_measured_may_be_older_than_this_program(folder: Path) -> None:
    at = datetime(2018, 5, 1, tzinfo=UTC)
    write_sweep(folder, at, FOUND, stage="import")
    results = results_of(folder, stage="import")
    assert (len(results.sweeps), len(results.verdicts), results.left_out) == (1, 4, ())


def test_a_file_under_another_month_s_name_is_told(folder: Path) -> None:
    """Whoever asks for a span of time opens files by their names."""
    shutil.move(folder / FILE, folder / "verdicts-2026-09.csv")
    assert left(folder) == [(Why.OTHER_MONTH, ROWS)]


def test_hostile_cells_are_plain_text_in_findings(folder: Path) -> None:
    """What the store did not write is taken as it stands, and breaks nothing."""
    sweep = write_sweep(folder, NOON + timedelta(hours=1), {})
    plant_verdict(folder, sweep, {"platform": r"\q=cmd()", "mechanisms": r"\q \e", "state": "ok", "verdict_id": "'@x"})
    (found,) = [one for one in findings_in(results_of(folder)) if one.sweep_id == sweep.sweep_id]
    assert (found.platform, found.mechanisms, found.verdict_id) == (r"\q=cmd()", (r"\q", r"\e"), "@x")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_every_line_counts_or_is_told(folder: Path, data: st.DataObject) -> None:
    """Whatever happened to a file behind its header: rows that count and rows left out add up to its lines."""
    path = folder / FILE
    whole = path.read_bytes()
    at = data.draw(st.integers(whole.index(b"\n") + 1, len(whole)))
    cut = data.draw(st.integers(0, 400))
    put = data.draw(st.one_of(st.binary(max_size=8), st.text('\n\r",;1a', max_size=8).map(str.encode)))
    path.write_bytes(whole[:at] + put + whole[at + cut :])
    try:
        lines = len(path.read_bytes().split(b"\n")) - 1 - path.read_bytes().endswith(b"\n")
        results = results_of(folder)
    finally:
        path.write_bytes(whole)
    of_lines = [one for one in results.left_out if one.why is not Why.UNJUDGED]
    assert len(results.verdicts) + sum(one.count for one in of_lines) == lines


def test_sweeps_whose_verdicts_are_gone_are_told(folder: Path) -> None:
    """As where the file of verdicts was cut: nobody must read it as days on which nobody looked."""
    path = folder / FILE
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:5]))
    assert [(one.why, one.count, one.file) for one in results_of(folder).left_out] == [
        (Why.UNJUDGED, 2, "sweeps-*.csv")
    ]
    assert results_of(folder, until=HOURS[1]).left_out == ()


def test_every_reason_has_its_sentence() -> None:
    """With what it names, in the singular and the plural."""
    assert set(SENTENCES) == set(Why)
    for why in Why:
        one, many = (
            LeftOut(why=why, file="sweeps-2026-11.csv", count=count, detail="7", line=3).sentence for count in (1, 1200)
        )
        said = ("sweep", "counts", "count") if why is Why.UNJUDGED else ("row", "is left out", "are left out")
        assert one.startswith("1 {} of sweeps-2026-11.csv:3 {}".format(*said[:2]))
        assert many.startswith(f"1,200 {said[0]}s of sweeps-2026-11.csv:3 {said[2]}")
        assert "{" not in one + many
