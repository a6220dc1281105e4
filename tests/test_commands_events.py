"""`dideban events`: what changed, in a table, in words, as CSV and as JSON, and nothing in it that could act."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from agent.records import VantageState
from agent.timeline.records import Event
from agent.verdict.records import State
from tests.dideban_process import dideban, left_at_once, needs_pipes, sentence_of
from tests.result_files import Found, blocked, ok, plant_verdict, write_sweep

BEGIN = datetime(2025, 11, 1, tzinfo=UTC)
CADENCE = timedelta(hours=3)
SWEEPS = 60
SGR = re.compile(r"\x1b\[[0-9;]*m")


def found(number: int) -> dict[str, Found]:
    """Signal is blocked from the twentieth sweep on, Telegram until it; Yahoo is open but for one odd look."""
    return {
        "signal": blocked("tls.reset.sni") if number >= 20 else ok(),
        "telegram": blocked("dns.injection.bogon") if number < 20 else ok(),
        "yahoo": (State.LIKELY_BLOCKED, ()) if number == 30 else ok(),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty sweeps, of which ten fell into a shutdown."""
    made = tmp_path_factory.mktemp("results")
    for number in range(SWEEPS):
        cut = 40 <= number < 50
        state = VantageState.NATIONAL_ONLY if cut else VantageState.NORMAL
        seen: dict[str, Found] = dict.fromkeys(found(number), (State.INSUFFICIENT, ())) if cut else found(number)
        write_sweep(made, BEGIN + CADENCE * number, found=seen, vantage_state=state, vantage_country="IR")
    return made


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("columns", "variables"), [(80, {}), (200, {}), (80, {"NO_COLOR": "1", "TERM": "dumb"})])
def test_a_row_for_each_change_and_the_newest_in_words(folder: Path, columns: int, variables: dict[str, str]) -> None:
    """At both widths, in a pipe: no line is longer, no word is broken, and nothing is coloured."""
    shown = dideban("events", "--results", folder, cwd=folder, variables={"COLUMNS": str(columns), **variables})
    assert (shown.returncode, shown.stderr) == (0, "")
    assert max(map(len, shown.stdout.splitlines())) <= columns
    assert not SGR.search(shown.stdout)
    assert re.search(r"Signal +blocked +30/30 +tls\.reset\.sni", shown.stdout)
    assert re.search(r"Telegram +lifted +30/30 +dns\.injection\.bogon", shown.stdout)
    assert re.search(r"all +shutdown +10/10", shown.stdout)
    assert "Yahoo" not in shown.stdout
    assert "3 events." in shown.stdout
    assert (
        "Signal began to be blocked between 2025-11-03 09:00 UTC and 2025-11-03 12:00 UTC. After it, 30 of 30 looks "
        "that could tell found it blocked. How: tls.reset.sni. 10 more looks are no evidence."
    ) in words(shown.stdout)


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("columns", [80, 104, 200])
def test_no_way_of_blocking_is_broken(columns: int, language: str, tmp_path: Path) -> None:
    """It may have to be typed. A moment in two calendars gives way before it does."""
    for number in range(SWEEPS):
        way = "dns.injection.blockpage" if number < 30 else "tls.reset.certificate"
        write_sweep(tmp_path, BEGIN + CADENCE * number, found={"whatsapp": blocked(way)}, vantage_country="IR")
    own = {"COLUMNS": str(columns), "LANGUAGE": language, "DIDEBAN_BIDI": "off"}
    shown = dideban("events", "--results", tmp_path, cwd=tmp_path, variables=own).stdout
    table = shown[: shown.index("\n\n", 1)]
    assert {"dns.injection.blockpage", "tls.reset.certificate"} <= set(table.split())
    assert max(map(cell_len, table.splitlines())) <= columns


def test_in_words_alone(folder: Path) -> None:
    shown = dideban("events", "--words", "--results", folder, cwd=folder)
    assert "found" not in shown.stdout.splitlines()[0]
    assert (
        "The line to the world was cut between 2025-11-05 21:00 UTC and 2025-11-06 00:00 UTC. It came back between "
        "2025-11-07 03:00 UTC and 2025-11-07 06:00 UTC."
    ) in words(shown.stdout)


def test_csv_and_json_have_every_column_and_agree(folder: Path) -> None:
    table = dideban("events", "--csv", "--results", folder, cwd=folder).stdout
    objects = json.loads(dideban("events", "--json", "--results", folder, cwd=folder).stdout)
    rows = list(csv.DictReader(io.StringIO(table), strict=True))
    names = [field.name for field in fields(Event)] + ["sentence"]
    assert list(rows[0]) == list(objects[0]) == names
    assert [row["event_id"] for row in rows] == [one["event_id"] for one in objects]
    onset = next(one for one in objects if one["change"] == "onset")
    assert (onset["platform"], onset["looks_for"], onset["earliest"]) == ("signal", 30, "2025-11-03T09:00:00.000Z")
    assert onset["sentence"] == next(row["sentence"] for row in rows if row["change"] == "onset")


@pytest.mark.parametrize(
    ("options", "changes"),
    [
        (["--platform", "signal"], ["onset", "shutdown"]),
        (["--platform", "yahoo"], ["shutdown"]),
        (["--since", "2025-11-05"], ["shutdown"]),
        (["--until", "2025-11-04"], ["onset", "lifted"]),
        (["--since", "2025-11-03T10:00", "--until", "2025-11-03T11:00"], ["onset", "lifted"]),
        (["--until", "2025-11-02"], []),
    ],
)
def test_filters(folder: Path, options: list[str], changes: list[str]) -> None:
    shown = dideban("events", "--json", *options, "--results", folder, cwd=folder)
    assert [one["change"] for one in json.loads(shown.stdout)] == changes
    assert ("No event matches." in shown.stderr) is (changes == [])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--platform", "signall"], "perhaps you mean signal"),
        (["--since", "soon"], "is no day or moment"),
        (["--since", "2025-11-05", "--until", "2025-11-01"], "is not before --until"),
    ],
)
def test_a_slip_is_one_sentence(folder: Path, options: list[str], sentence: str) -> None:
    shown = dideban("events", *options, "--results", folder, cwd=folder)
    assert shown.returncode == 2
    assert sentence in sentence_of(shown)


def test_nothing_is_an_answer_and_a_folder_without_results_is_none(tmp_path: Path) -> None:
    write_sweep(tmp_path / "quiet", BEGIN, found={"signal": ok()})
    quiet = dideban("events", "--results", tmp_path / "quiet", cwd=tmp_path)
    assert (quiet.returncode, quiet.stdout) == (0, "")
    assert sentence_of(quiet).startswith("No change: 1 verdict of 2025-11-01 to 2025-11-01.")
    lab = dideban("events", "--lab", "--results", tmp_path / "quiet", cwd=tmp_path)
    assert (lab.returncode, sentence_of(lab)) == (
        0,
        "There is no verdict of this kind of sweep; --lab and --imported choose another.",
    )
    empty = dideban("events", "--results", tmp_path / "empty", cwd=tmp_path)
    assert empty.returncode == 2
    assert "holds no results" in sentence_of(empty)


def test_vantage_points_have_tables_of_their_own(tmp_path: Path) -> None:
    for number in range(12):
        for minutes, label in ((0, "home"), (30, "work")):
            seen = {
                "signal": blocked("tcp.reset") if number >= 6 and label == "home" else ok(),
                "yahoo": found(19)["telegram"] if number < 6 else ok(),
            }
            at = BEGIN + CADENCE * number + timedelta(minutes=minutes)
            write_sweep(tmp_path, at, found=seen, vantage_country="IR", vantage_label=label, vantage_asn=44244)
    shown = words(dideban("events", "--results", tmp_path, cwd=tmp_path).stdout)
    home, work = shown.split("Seen from IR, AS44244, work:")
    assert "Seen from IR, AS44244, home:" in home
    assert "Signal blocked 6/6" in home
    assert "Yahoo! lifted 6/6" in work.split("3 events.")[0]
    assert "Signal blocked" not in work.split("3 events.")[0]


HOSTILE = "\x1b]0;x\x07\u202e=cmd|' /C calc'!A0<script>[red]"


def test_nothing_that_was_measured_acts(tmp_path: Path) -> None:
    """A platform's name in other people's rows: no escape reaches the terminal, no formula the spreadsheet."""
    for number in range(8):
        made = write_sweep(tmp_path, BEGIN + CADENCE * number, found={"yahoo": ok()}, stage="import")
        state = "blocked" if number >= 4 else "ok"
        plant_verdict(
            tmp_path,
            made,
            {
                "verdict_id": f"v{number}{HOSTILE}",
                "platform": HOSTILE,
                "state": state,
                "mechanisms": HOSTILE,
                "stage": "import",
            },
        )
    shown = {form: dideban("events", "--imported", *form, "--results", tmp_path, cwd=tmp_path) for form in FORMS}
    for form, ended in shown.items():
        assert ended.returncode == 0, ended.stderr
        assert "\x1b" not in ended.stdout + ended.stderr
        assert "\u202e" not in ended.stdout + ended.stderr
        assert "<script>" in ended.stdout, form  # it stands there, as what it is
    cells = [cell for row in csv.reader(io.StringIO(shown["--csv",].stdout)) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))] == []


FORMS: tuple[tuple[str, ...], ...] = ((), ("--words",), ("--csv",), ("--json",))


@needs_pipes
def test_whoever_leaves_early_is_told_nothing(folder: Path) -> None:
    assert left_at_once("events", "--results", folder, cwd=folder) == (0, "")
