"""`dideban compare`: what it prints, what it writes, and what it says when it cannot tell."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent import cli, exits
from agent.timeline.load import load_claims
from tests.dideban_process import dideban, left_at_once, needs_pipes
from tests.result_files import blocked, ok, plant_verdict, write_sweep

#: After the document was written, in no shutdown, and past on every clock that is not very wrong.
LOOKED = datetime(2025, 10, 1, 12, tzinfo=UTC)
ENDINGS = ("csv", "md")
FOUND = {"signal": blocked("dns.injection.blockpage"), "whatsapp": ok(), "gmail": blocked("tcp.timeout")}


def test_what_was_found_in_iran_is_held_against_the_document(tmp_path: Path) -> None:
    """A row for each claim, in words, in CSV and in Markdown, with its count; CSV and Markdown say the same."""
    write_sweep(tmp_path, LOOKED, found=FOUND, vantage_country="IR")
    write_sweep(tmp_path, LOOKED + timedelta(days=1), found=FOUND, vantage_country="IR")
    compared = dideban("compare", "--results", tmp_path, cwd=tmp_path)
    assert (compared.returncode, compared.stderr) == (0, "")
    assert re.search(r"signal +blocked +blocked 2/2 +agrees", compared.stdout)
    assert re.search(r"whatsapp +reachable +reachable 2/2 +agrees", compared.stdout)
    assert re.search(r"gmail +reachable +blocked 2/2 +changed since", compared.stdout)
    assert re.search(r"signal +blocked, 2021 +blocked 2/2 +agrees \(as", compared.stdout)
    with (tmp_path / "comparison.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert [row["claim_id"] for row in rows if row["level"] == "claim"] == [claim.claim_id for claim in load_claims()]
    signal = next(row for row in rows if row["claim_id"] == "signal/last_word")
    assert (signal["outcome"], signal["findings_blocked"], signal["usable"]) == ("agrees", "2", "2")
    assert len(signal["witnesses"].split()) == 2
    markdown = (tmp_path / "comparison.md").read_text(encoding="utf-8")
    assert markdown.count("\n| ") == len(rows) + 4
    assert {row["stage"] for row in rows} == {"internet"}
    assert markdown.splitlines()[2].startswith("**Internet, from IR. Made on ")


def test_a_sweep_without_a_country_stays_out_and_it_says_how_to_state_one(tmp_path: Path) -> None:
    """The document is about Iran. What config.toml says today says nothing of where the computer was then."""
    write_sweep(tmp_path, LOOKED, found=FOUND)
    (tmp_path / "config.toml").write_text('[vantage]\ncountry = "IR"\n[results]\nfolder = "."\n')
    compared = dideban("compare", cwd=tmp_path)
    assert compared.returncode == 0
    assert "cannot tell: country not stated" in " ".join(compared.stdout.split())
    assert 'write in config.toml, under [vantage],\ncountry = "IR" with' in compared.stdout
    assert "agrees" not in compared.stdout
    write_sweep(tmp_path, LOOKED + timedelta(days=1), found=FOUND, vantage_country="IR")
    again = dideban("compare", cwd=tmp_path)
    assert re.search(r"signal +blocked +blocked 1/1 +agrees", again.stdout)
    assert "do not say which country" not in again.stdout


def test_what_was_measured_elsewhere_cannot_tell(tmp_path: Path) -> None:
    write_sweep(tmp_path, LOOKED, found=FOUND, vantage_country="DE")
    compared = dideban("compare", "--results", tmp_path, cwd=tmp_path)
    assert "cannot tell: outside the country" in " ".join(compared.stdout.split())
    assert "agrees" not in compared.stdout


def test_a_comparison_of_the_lab_cannot_pass_for_one_of_the_internet(tmp_path: Path) -> None:
    """Files of another name, which say what they are of in their first words and in every row."""
    write_sweep(tmp_path, LOOKED, found=FOUND, stage="lab", vantage_country="IR")
    compared = dideban("compare", "--lab", "--results", tmp_path, cwd=tmp_path)
    assert (compared.returncode, compared.stderr) == (0, "")
    assert compared.stdout.splitlines()[-4:-2] == [f"  {tmp_path / 'comparison-lab'}.{end}" for end in ENDINGS]
    assert {path.name for path in tmp_path.glob("comparison*")} == {f"comparison-lab.{end}" for end in ENDINGS}
    with (tmp_path / "comparison-lab.csv").open(newline="", encoding="utf-8") as file:
        assert {row["stage"] for row in csv.DictReader(file, strict=True)} == {"lab"}
    markdown = (tmp_path / "comparison-lab.md").read_text(encoding="utf-8")
    assert markdown.splitlines()[2].startswith("**Lab: ")
    assert "says nothing of the real internet" in markdown.splitlines()[2]


@pytest.mark.parametrize(
    ("stage", "words", "sentence"),
    [
        (None, [], "holds no results; name another folder with --results, or measure first."),
        ("lab", [], "holds no sweep of the internet; --lab takes the lab's, --imported other people's."),
        ("internet", ["--lab"], "holds no sweep of the lab; for what is there, leave out --lab."),
    ],
)
def test_nothing_to_compare_is_one_sentence(
    stage: str | None, words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And no comparison is written that would look like one."""
    if stage:
        write_sweep(tmp_path, LOOKED, found=FOUND, stage=stage)
    assert cli.main(["compare", "--results", str(tmp_path), *words]) == exits.BAD_INPUT
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"dideban: {tmp_path} {sentence}\n")
    assert not (tmp_path / "comparison.csv").exists()


def test_one_busy_vantage_point_does_not_outvote_the_others(tmp_path: Path) -> None:
    """A folder of several volunteers: one looks every hour of a day, two once, and see the opposite."""
    for hour in range(24):
        write_sweep(tmp_path, LOOKED + timedelta(hours=hour), found={"signal": ok()}, vantage_country="IR",
                    vantage_id="busy", vantage_asn=64500)  # fmt: skip
    for minute, asn in ((1, 64501), (2, 64502)):
        write_sweep(tmp_path, LOOKED + timedelta(minutes=minute), found={"signal": blocked("dns.injection.bogon")},
                    vantage_country="IR", vantage_id=str(asn), vantage_asn=asn)  # fmt: skip
    assert cli.main(["compare", "--results", str(tmp_path)]) == exits.DONE
    with (tmp_path / "comparison.csv").open(newline="", encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["claim_id"] == "signal/last_word")
    assert (row["findings_blocked"], row["findings_open"], row["usable"]) == ("2", "24", "26")
    assert (row["outcome"], row["vantage_points"]) == ("agrees", "3")
    assert row["looks"].split() == ["AS64501=1/1", "AS64502=1/1", "AS64500=0/24"]
    assert "from 3 vantage points in Iran, in 3 networks (AS64500, AS64501, AS64502)" in row["printable"]


def test_json_says_what_the_csv_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One document, all columns, plain ASCII: no letter of it can drive a terminal."""
    write_sweep(tmp_path, LOOKED, found=FOUND, vantage_country="IR", vantage_label="\x1b[31m\u202e")
    assert cli.main(["compare", "--json", "--results", str(tmp_path)]) == exits.DONE
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert printed.replace("\n", "").isprintable()
    made = json.loads(printed)
    with (tmp_path / "comparison.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["printable"] for row in made["agreements"]] == [row["printable"] for row in rows]
    assert list(made["agreements"][0]) == list(rows[0])
    assert made["origin"]["countries"] == ["IR"]


HOSTILE = '=cmd|"/c calc"!A1\x1b[31m\u202e<script>alert(1)</script>'


def test_hostile_rows_act_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever wrote the files: in no terminal, spreadsheet, Markdown, JSON or picture."""
    whose = {"vantage_country": "IR", "vantage_id": HOSTILE, "vantage_label": HOSTILE, "catalog_version": HOSTILE}
    made = write_sweep(tmp_path, LOOKED, found={"whatsapp": ok()}, **whose)
    plant_verdict(
        tmp_path, made, {"platform": "signal", "mechanisms": HOSTILE, "verdict_id": HOSTILE, "because": HOSTILE}
    )
    assert cli.main(["compare", "--picture", "--results", str(tmp_path)]) == exits.DONE
    shown = capsys.readouterr()
    assert all(line.isprintable() for line in (shown.out + shown.err).splitlines())
    assert cli.main(["compare", "--json", "--results", str(tmp_path)]) == exits.DONE
    assert capsys.readouterr().out.strip().isprintable()
    with (tmp_path / "comparison.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert next(row["usable"] for row in rows if row["claim_id"] == "signal/last_word") == "1"
    assert all(cell.isprintable() and not cell.startswith(tuple("=+-@")) for row in rows for cell in row.values())
    markdown = (tmp_path / "comparison.md").read_text(encoding="utf-8")
    assert all(line.isprintable() for line in markdown.splitlines())
    assert "<script" not in re.sub(r"\\.", "", markdown)
    assert "script" not in (tmp_path / "comparison.svg").read_text(encoding="utf-8")


def test_the_picture_is_drawn_when_asked_for_and_never_shows_other_rows_than_the_files(tmp_path: Path) -> None:
    """Who asked once has it anew each time, and each time it is named; who never did waits for no drawing."""
    write_sweep(tmp_path, LOOKED, found=FOUND, vantage_country="IR")
    drawing = tmp_path / "comparison.svg"
    without = dideban("compare", "--results", tmp_path, cwd=tmp_path)
    assert not drawing.exists()
    assert "With --picture the timeline is drawn too" in without.stdout
    asked = dideban("compare", "--picture", "--results", tmp_path, cwd=tmp_path)
    first = drawing.read_bytes()
    write_sweep(tmp_path, LOOKED + timedelta(days=200), found={"signal": ok()}, vantage_country="IR")
    again = dideban("compare", "--results", tmp_path, cwd=tmp_path)
    assert drawing.read_bytes() != first
    for shown in (asked, again):
        assert shown.returncode == 0, shown.stderr
        assert shown.stdout.splitlines()[-1] == f"  {drawing}"


def test_what_is_left_out_is_said_beside_either_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sweep that a wrong clock dates long before this program counts nowhere, and not in silence."""
    write_sweep(tmp_path, LOOKED, found=FOUND, vantage_country="IR")
    write_sweep(tmp_path, datetime(2009, 7, 1, tzinfo=UTC), found=FOUND, vantage_country="IR")
    for words in ([], ["--json"]):
        assert cli.main(["compare", "--results", str(tmp_path), *words]) == exits.DONE
        told = capsys.readouterr().err.splitlines()
        assert any("1 row of sweeps-2009-07.csv" in line and "before this program existed" in line for line in told)
    with (tmp_path / "comparison.csv").open(newline="", encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["claim_id"] == "signal/last_word")
    assert row["total"] == "1"


@pytest.mark.parametrize("columns", [40, 59])
def test_in_a_narrow_terminal_no_word_is_broken(tmp_path: Path, columns: int) -> None:
    """A list stands instead of the tables."""
    write_sweep(tmp_path, LOOKED, found=FOUND, vantage_country="IR")
    shown = dideban("compare", "--results", tmp_path, cwd=tmp_path, variables={"COLUMNS": str(columns)}).stdout
    listed = shown.partition("Each platform and each claim,")[0]
    assert [line for line in listed.splitlines() if len(line) > columns] == []
    words = " ".join(listed.split())
    assert "signal (line 9,44) The document: blocked Found: blocked 1/1 agrees" in words
    assert "The document: both reachable and by VPN only cannot tell: no observations" in words


def test_the_csv_is_english_whoever_makes_it_and_the_picture_is_not(tmp_path: Path) -> None:
    """Whoever cites it cites the same words."""
    write_sweep(tmp_path, LOOKED, found=FOUND, vantage_country="IR")
    written = {}
    for language in ("en", "fa"):
        ended = dideban("compare", "--picture", "--results", tmp_path, cwd=tmp_path, variables={"LANGUAGE": language})
        assert ended.returncode == 0, ended.stderr
        written[language] = {
            end: (tmp_path / f"comparison.{end}").read_text(encoding="utf-8") for end in (*ENDINGS, "svg")
        }
    assert written["fa"]["csv"] == written["en"]["csv"]
    assert "۲۰۱۸" in written["fa"]["svg"]
    assert "2018" not in written["fa"]["svg"]
    assert "2018" in written["en"]["svg"]


@pytest.mark.parametrize("columns", [80, 200])
def test_it_fits_the_terminal_and_needs_no_colour(tmp_path: Path, columns: int) -> None:
    """The words tell all: with NO_COLOR nothing but boldness is left, and the text is that of the pipe."""
    write_sweep(tmp_path, LOOKED, found=FOUND, vantage_country="IR")
    size = {"COLUMNS": str(columns)}
    piped = dideban("compare", "--results", tmp_path, cwd=tmp_path, variables=size)
    coloured = dideban("compare", "--results", tmp_path, cwd=tmp_path, variables={**size, "FORCE_COLOR": "1"})
    plain = dideban(
        "compare", "--results", tmp_path, cwd=tmp_path, variables={**size, "FORCE_COLOR": "1", "NO_COLOR": "1"}
    )
    assert "\x1b" not in piped.stdout
    assert set(re.findall(r"\x1b\[([0-9;]*)m", plain.stdout)) <= {"0", "1", "2"}
    without_codes = [re.sub(r"\x1b\[[0-9;]*m", "", shown.stdout) for shown in (coloured, plain)]
    assert without_codes == [piped.stdout] * 2
    tables = piped.stdout.partition("Each platform and each claim,")[0]
    assert [line for line in tables.splitlines() if len(line) > columns] == []
    assert [line for line in piped.stdout.splitlines() if line != line.rstrip()] == []
    files, hint = piped.stdout.splitlines()[-4 if columns < 90 else -3 :], "With --picture the timeline is drawn too;"
    assert files[:2] == [f"  {tmp_path / 'comparison'}.{end}" for end in ENDINGS]
    assert files[2].startswith(hint)


@needs_pipes
def test_the_comparison_is_written_whoever_reads_it(tmp_path: Path) -> None:
    """A reader who leaves at once, as `head` does, takes nothing away: exit code 0, and all files."""
    write_sweep(tmp_path, LOOKED, found=FOUND, vantage_country="IR")
    assert left_at_once("compare", "--results", tmp_path, cwd=tmp_path) == (0, "")
    assert {path.name for path in tmp_path.glob("comparison.*")} == {f"comparison.{end}" for end in ENDINGS}
