"""`dideban review`: the right counts, in every form, and nothing in them that could act on whoever looks."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent import cli, exits
from agent.verdict.records import State
from tests.dideban_process import dideban
from tests.result_files import blocked, ok, plant_verdict, write_sweep

DAY = timedelta(days=1)
#: Long ago: what is dated in the future is left out.
NOON = datetime(2025, 11, 24, 12, 0, 0, 123000, tzinfo=UTC)
BY = ("platform", "target", "day", "mechanism", "sweep")
SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three sweeps on two days: Signal was blocked twice and then open, Yahoo always open; and one of the lab."""
    write_sweep(tmp_path, NOON, {"signal": blocked("dns.injection.blockpage"), "yahoo": ok()})
    write_sweep(tmp_path, NOON + DAY, {"signal": blocked("tls.reset.sni", "http.blockpage"), "yahoo": ok()})
    write_sweep(tmp_path, NOON + DAY * 1.1, {"signal": ok(), "yahoo": ok()})
    write_sweep(tmp_path, NOON + 2 * DAY, {"tabnak": blocked("tcp.timeout")}, stage="lab")
    return tmp_path


@pytest.fixture
def review(folder: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """A function that gives the rows of a review as JSON holds them."""

    def rows_of(*words: str) -> list[dict[str, Any]]:
        assert cli.main(["review", "--results", str(folder), "--json", *words]) == exits.DONE
        rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
        return rows

    return rows_of  # type: ignore[return-value]


def test_by_platform_the_states_are_counted_and_the_last_is_named(review: Any) -> None:
    signal, yahoo = review()
    assert (signal["platform"], signal["blocked"], signal["ok"], signal["n"]) == ("signal", 2, 1, 3)
    assert (signal["last_state"], signal["last_seen"], signal["mechanisms"]) == ("ok", "2025-11-25 14:24", "")
    assert (yahoo["platform"], yahoo["ok"], yahoo["down"], yahoo["n"]) == ("yahoo", 3, 0, 3)


def test_the_gravest_come_first(folder: Path, review: Any) -> None:
    """What is blocked now stands above what is not, whatever the alphabet says."""
    write_sweep(folder, NOON + 3 * DAY, {"yahoo": blocked("tcp.timeout"), "signal": ok()})
    assert [row["platform"] for row in review()] == ["yahoo", "signal"]


def test_by_day_by_target_by_mechanism_and_by_sweep(review: Any) -> None:
    assert [(row["day"], row["platform"], row["blocked"], row["ok"]) for row in review("day")] == [
        ("2025-11-24", "signal", 1, 0),
        ("2025-11-24", "yahoo", 0, 1),
        ("2025-11-25", "signal", 1, 1),
        ("2025-11-25", "yahoo", 0, 2),
    ]
    assert {(row["target"], row["n"]) for row in review("target")} == {("signal/web", 3), ("yahoo/web", 3)}
    assert {(row["mechanism"], row["n"], row["platforms"]) for row in review("mechanism")} == {
        ("dns.injection.blockpage", 1, "signal"),
        ("tls.reset.sni", 1, "signal"),
        ("http.blockpage", 1, "signal"),
    }
    assert [row["started_at"] for row in review("sweep")] == [
        "2025-11-24T12:00:00.123Z", "2025-11-25T12:00:00.123Z", "2025-11-25T14:24:00.123Z",
    ]  # fmt: skip


def test_filters_by_time_platform_and_state(review: Any) -> None:
    """`--until` with a day takes the whole day in; with a moment it stops before it. No zone means UTC."""
    assert {row["day"] for row in review("day", "--until", "2025-11-24")} == {"2025-11-24"}
    assert {row["day"] for row in review("day", "--since", "2025-11-25")} == {"2025-11-25"}
    assert review("day", "--until", "2025-11-24T12:00") == []
    assert len(review("sweep", "--since", "2025-11-25T15:54+03:30", "--until", "2025-11-25T12:30Z")) == 0
    assert len(review("sweep", "--since", "2025-11-25T15:30+03:30", "--until", "2025-11-25T12:30Z")) == 1
    assert [row["platform"] for row in review("--platform", "yahoo")] == ["yahoo"]
    assert [(row["platform"], row["n"]) for row in review("--state", "blocked")] == [("signal", 2)]


def test_the_lab_and_the_internet_are_never_shown_together(review: Any) -> None:
    assert {row["platform"] for row in review()} == {"signal", "yahoo"}
    assert {row["platform"] for row in review("--lab")} == {"tabnak"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--platform", "sginal"], "--platform 'sginal' is not known; perhaps you mean signal."),
        (["--state", "censored"], "--state 'censored' is not known; there are ok, down, blocked"),
        (["--since", "yesterday"], "--since 'yesterday' is no day or moment; write it as 2026-11-24"),
        (["--until", "9999-12-31"], "--until '9999-12-31' is no day or moment"),
        (["--since", "2025-11-25", "--until", "2025-11-24"], "--since 2025-11-25 is not before --until 2025-11-24"),
        (["colour"], "WHAT 'colour' is not known; there are platform, day"),
        (["Sweeps"], "WHAT 'Sweeps' is not known; perhaps you mean sweep."),
        (["sweep", "--platform", "signal"], "A row of `review sweep` has neither platform nor state"),
    ],
)
def test_a_filter_that_cannot_be_is_one_sentence(
    folder: Path, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["review", "--results", str(folder), *words]) == exits.BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert line.startswith(f"dideban: {sentence}")


@pytest.mark.parametrize("by", BY)
def test_csv_has_the_same_header_when_there_is_nothing(
    folder: Path, by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script that reads it need not look first. That there is nothing is said beside it, and is no error."""
    words = ["review", by, "--csv", "--results", str(folder)]
    assert cli.main(words) == exits.DONE
    full = list(csv.reader(io.StringIO(capsys.readouterr().out), strict=True))
    assert len(full) > 1
    assert {len(row) for row in full} == {len(full[0])}
    assert cli.main([*words, "--since", "2030-01-01"]) == exits.DONE
    told = capsys.readouterr()
    assert list(csv.reader(io.StringIO(told.out), strict=True)) == full[:1]
    assert told.err == "dideban: Nothing matches --since 2030-01-01.\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--state", "down", "--platform", "signal"], "Nothing matches --platform signal --state down."),
        (["sweep", "--until", "2020-01-01"], "Nothing matches --until 2020-01-01."),
        (["--lab", "--platform", "signal"], "Nothing matches --platform signal."),
        (["mechanism", "--lab"], "No mechanism is named: nothing was found to be blocked or tampered with."),
    ],
)
def test_an_empty_answer_says_why(words: list[str], sentence: str, tmp_path: Path, capsys: Any) -> None:
    """With the filters as they were typed. It is no error."""
    write_sweep(tmp_path, NOON, {"signal": ok()})
    write_sweep(tmp_path, NOON + DAY, {"tabnak": ok()}, stage="lab")
    assert cli.main(["review", "--results", str(tmp_path), *words]) == exits.DONE
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"dideban: {sentence}\n")


@pytest.mark.parametrize(("stage", "other", "words"), [("lab", "internet", []), ("internet", "lab", ["--lab"])])
def test_rows_of_the_other_kind_alone_are_pointed_at(
    stage: str, other: str, words: list[str], tmp_path: Path, capsys: Any
) -> None:
    """Whatever is asked of them."""
    write_sweep(tmp_path, NOON, {"signal": ok()}, stage=stage)
    assert cli.main(["review", "--results", str(tmp_path), "--state", "ok", *words]) == exits.DONE
    assert capsys.readouterr().err.startswith(f"dideban: There is no row of the {other}; ")


@pytest.mark.parametrize(("table", "by"), [("verdicts", "platform"), ("sweeps", "platform"), ("sweeps", "sweep")])
def test_a_file_that_is_missing_is_named(table: str, by: str, tmp_path: Path, capsys: Any) -> None:
    """It must not look like a line on which nothing was found."""
    write_sweep(tmp_path, NOON, {"signal": ok()})
    (tmp_path / f"{table}-2025-11.csv").unlink()
    assert cli.main(["review", by, "--results", str(tmp_path)]) == exits.DONE
    assert capsys.readouterr().err.startswith(f"dideban: The file of {table} is missing from {tmp_path}")


def test_words_are_known_however_they_are_typed(review: Any) -> None:
    """As people write names and states."""
    assert [row["platform"] for row in review("Platform", "--platform", "Signal", "--state", "Blocked")] == ["signal"]
    assert review("--state", "LIKELY BLOCKED", "--state", "likely-blocked") == []


@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]])
def test_a_folder_without_results_is_an_error(
    form: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip in its name must not look like an answer; and looking makes no folder."""
    assert cli.main(["review", "--results", str(tmp_path / "reslts"), *form]) == exits.BAD_INPUT
    assert capsys.readouterr().err.endswith(
        "reslts holds no results; name another folder with --results, or measure first.\n"
    )
    assert list(tmp_path.iterdir()) == []


#: What a cell may try: to drive a terminal, to be a formula, to turn the reading direction, to break the line.
HOSTILE = [
    "\x1b]0;owned\x07",
    "\x1b[2J\x1b[1;31mgone",
    "=1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\u202ekcolb",
    "a\u2028b",
    "\x9b2J",
]


@pytest.mark.parametrize("by", ["platform", "mechanism", "target", "day"])
@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]], ids=["table", "csv", "json"])
def test_hostile_rows_are_inert(folder: Path, by: str, form: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Rows that somebody else wrote, chained as if they were ours: shown as text, in every form."""
    made = write_sweep(folder, NOON + 4 * DAY, {"yahoo": ok()})
    for number, text in enumerate(HOSTILE):
        level = "target" if by == "target" else "platform"
        cells = {"level": level, "platform": text, "target": text, "mechanisms": text, "verdict_id": f"v{number}"}
        plant_verdict(folder, made, cells)
    assert cli.main(["review", by, "--results", str(folder), *form]) == exits.DONE
    shown = capsys.readouterr().out
    assert "owned" in shown
    assert [line for line in shown.splitlines() if not line.isprintable()] == []
    printed = [cell for row in csv.reader(io.StringIO(shown)) for cell in row] if form == ["--csv"] else []
    assert [cell for cell in printed if cell.startswith(("=", "+", "-", "@"))] == []


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("by", BY)
def test_every_table_fits_the_terminal(folder: Path, by: str, columns: int) -> None:
    """With a platform of every state too. No id and no word is cut; what has no room is named."""
    states = dict(zip(("signal", "yahoo", "gmail", "flickr", "twitter", "tabnak", "cloob"), State, strict=True))
    made = write_sweep(
        folder, NOON + 4 * DAY, {key: (state, ("dns.injection.blockpage",)) for key, state in states.items()}
    )
    shown = dideban("review", by, "--results", folder, cwd=folder, variables={"COLUMNS": str(columns)})
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "\x1b" not in shown.stdout
    lines = shown.stdout.splitlines()[:-1]  # the last is a command, in one piece
    assert [line for line in lines if len(line) > columns or line != line.rstrip()] == []
    table, note = table_of(shown.stdout)
    platforms = {f"{key}/web" if by == "target" else key for key in states}
    sure = {"sweep": {made.sweep_id, "complete"}, "mechanism": {"dns.injection.blockpage"}}.get(by, platforms)
    assert sure <= set(table.split())
    assert "dns.injection.blockpage" in table or by in ("day", "sweep") or "mechanisms" in note
    wide, _ = table_of(dideban("review", by, "--results", folder, cwd=folder, variables={"COLUMNS": "200"}).stdout)
    assert {word.strip("─") for word in table.split()} <= {word.strip("─") for word in wide.split()}
    assert ("No room for" in note) == (len(set(table.split())) < len(set(wide.split())))


def table_of(shown: str) -> tuple[str, str]:
    """A review's table, and the note below it."""
    found = re.fullmatch(
        r"(.*\n)(\d+ rows?\.[^\n]*\n(?:[^\n]+\n)*)\nOne level down:\n  dideban review .+\n", shown, re.DOTALL
    )
    assert found is not None
    return found[1], found[2]
