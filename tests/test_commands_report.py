"""`dideban report`: where it writes, what it refuses, and what its page says of folders that hold little."""

from __future__ import annotations

import html
import re
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent import cli, exits
from agent.records import VantageState
from agent.report.page.facts import Standing
from agent.report.page.fitting import PAGE_MAX_BYTES
from tests.dideban_process import dideban
from tests.result_files import blocked, ok, write_sweep

LOOKED = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
FOUND = {"signal": blocked("dns.injection.blockpage"), "whatsapp": ok()}


def written(folder: Path, *words: str, name: str = "report.html") -> str:
    """The page, as the command writes it."""
    assert cli.main(["report", "--results", str(folder), *words]) == exits.DONE
    return (folder / name).read_text(encoding="utf-8")


def page_of(text: str, language: str) -> str:
    """What the page holds in one language."""
    return text.partition(f'<div class="page" lang="{language}"')[2].partition('<div class="page"')[0]


def words_of(text: str) -> str:
    """What can be read of it, without its markup."""
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", text).split()))


def standings(text: str) -> dict[str, str]:
    """Of each platform's name in the summary in English, how it stands."""
    groups = re.findall(r'<li class="(\w+)"><b>.*?</b> (.*)', page_of(text, "en"))
    return {
        html.unescape(title): standing
        for standing, titles in groups
        for title in re.findall("<bdi>(.*?)</bdi>", titles)
    }


def test_it_writes_one_file_beside_the_results_and_says_where(tmp_path: Path) -> None:
    """Readable by its owner alone; the size is told; and so is what to think of before giving it away."""
    write_sweep(tmp_path, LOOKED, FOUND, vantage_country="IR")
    before = {path.name for path in tmp_path.iterdir()}
    done = dideban("report", "--results", tmp_path, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    path = tmp_path / "report.html"
    assert {one.name for one in tmp_path.iterdir()} - before == {path.name}
    assert done.stdout.startswith(f"{path}\n")
    assert f"\n{path.stat().st_size / 1024:.0f} KiB" in done.stdout
    assert "Before you publish it" in done.stdout
    assert [line for line in done.stdout.splitlines() if len(line) > 80 and str(tmp_path) not in line] == []
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("form", ["html", "markdown", "json"])
def test_a_dash_is_standard_output(form: str, tmp_path: Path) -> None:
    """As with the other commands that write a file; nothing but the report is printed, and no file is made."""
    write_sweep(tmp_path, LOOKED, FOUND, vantage_country="IR")
    before = {path.name for path in tmp_path.iterdir()}
    done = dideban("report", "--results", tmp_path, "--format", form, "--output", "-", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith({"html": "<!doctype html>", "markdown": "# What can be", "json": "{"}[form])
    assert "Before you publish it" not in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == before


def test_the_page_loads_nothing_and_runs_nothing(tmp_path: Path) -> None:
    """A policy forbids it, and there is nothing that would: no script, no handler, no address but within the page."""
    write_sweep(tmp_path, LOOKED, FOUND, vantage_country="IR")
    text = written(tmp_path)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
    assert re.findall(r"<(script|iframe|object|embed|form|base|audio|video|source)\b", text) == []
    assert re.findall(r"<[a-z][^>]*\son[a-z]+\s*=", text) == []
    addresses = re.findall(r'\s(?:href|src|action|data|poster|srcset)="([^"]*)"', text)
    assert addresses
    assert [one for one in addresses if not one.startswith(("#", "data:image/svg+xml,", "data:,"))] == []
    assert re.findall(r"@import|url\(", text[: text.index("</style>")]) == []
    assert {one[:1] for one in re.findall(r"url\(([^)]*)\)", text)} <= {"%", "#"}  # a hatch within the picture


def test_every_platform_has_its_word_its_count_and_the_files_their_hash(tmp_path: Path) -> None:
    write_sweep(tmp_path, LOOKED, FOUND, vantage_country="IR")
    text = written(tmp_path)
    found = standings(text)
    assert (found["Signal"], found["WhatsApp"]) == (Standing.BLOCKED, Standing.REACHABLE)
    assert set(found.values()) == {Standing.BLOCKED, Standing.REACHABLE, Standing.NOT_LOOKED_AT}
    for language in ("en", "fa"):
        assert len(re.findall(r"[0-9a-f]{64}", page_of(text, language))) == 2
    assert re.findall(r'<li class="card (\w+)">', page_of(text, "en")) == [Standing.BLOCKED, Standing.REACHABLE]
    said = words_of(page_of(text, "en"))
    assert "1 of 1 look that could tell" in said
    assert "Blocked: 1 Signal" in said
    assert "Since before we began to look" in said


def test_it_opens_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    write_sweep(tmp_path, LOOKED, FOUND)
    for language, other in (("en", "fa"), ("fa", "en")):
        text = written(tmp_path, "--language", language)
        assert re.search(rf'<html lang="{language}"', text)
        assert re.search(rf'id="in-{language}"[^>]* checked', text)
        assert not re.search(rf'id="in-{other}"[^>]* checked', text)
        assert page_of(text, language)
        assert page_of(text, other)


def test_a_report_of_the_lab_cannot_pass_for_one_of_the_internet(tmp_path: Path) -> None:
    """Another name, and its first words say it."""
    write_sweep(tmp_path, LOOKED, FOUND, stage="lab")
    said = words_of(page_of(written(tmp_path, "--lab", name="report-lab.html"), "en"))
    assert "This is the lab" in said[: said.index("What is blocked here now")]
    assert not (tmp_path / "report.html").exists()


def test_what_was_never_looked_at_is_not_shown_as_reachable(tmp_path: Path) -> None:
    """Sweeps that were offline, and no others."""
    for hour in range(3):
        at = LOOKED + timedelta(hours=hour)
        write_sweep(tmp_path, at, outcome="not_measured", vantage_state=VantageState.OFFLINE)
    text = written(tmp_path)
    assert set(standings(text).values()) == {Standing.NOT_LOOKED_AT}
    assert 'class="r"' not in page_of(text, "en")
    assert "offline: 3" in words_of(page_of(text, "en"))


def test_a_day_that_has_not_come_is_not_a_day_without_a_look(tmp_path: Path) -> None:
    write_sweep(tmp_path, LOOKED, FOUND)
    row = re.findall(r"<tr><th scope=row><bdi>Signal</bdi>(.*)", page_of(written(tmp_path), "en"))[0]
    today = datetime.now(UTC)
    cells = re.findall(r'<td class="([a-z])', row)
    assert cells[LOOKED.day - 1] == "b"
    assert set(cells[: LOOKED.day - 1]) <= {"n"}
    come = today.day if LOOKED.month == today.month else len(cells)
    assert set(cells[LOOKED.day : come]) <= {"n"}
    assert set(cells[come:]) <= {"t"}


def test_results_that_are_old_say_so(tmp_path: Path) -> None:
    write_sweep(tmp_path, LOOKED - timedelta(days=30), FOUND)
    assert "These results are old." in words_of(page_of(written(tmp_path), "en"))


def test_vantage_points_are_kept_apart(tmp_path: Path) -> None:
    """What one network blocks and another does not is two words, not an average."""
    write_sweep(tmp_path, LOOKED, {"signal": blocked("tls.reset.sni")}, vantage_id="a", vantage_asn=64500)
    write_sweep(tmp_path, LOOKED + timedelta(hours=1), {"signal": ok()}, vantage_id="b", vantage_asn=64501)
    said = page_of(written(tmp_path), "en")
    cards = re.findall(r'<li class="card (\w+)">\s*<h4><bdi>Signal</bdi>', said)
    assert sorted(cards) == [Standing.BLOCKED, Standing.REACHABLE]
    assert "AS64500" in said
    assert "AS64501" in said


def test_of_other_peoples_measurements_only_what_they_visited_is_listed(tmp_path: Path) -> None:
    """They choose what they visit; and what they measured is said to be theirs."""
    found = {"telegram": blocked("tcp.timeout"), "news.example": ok()}
    write_sweep(tmp_path, LOOKED, found, stage="import", vantage_country="IR", vantage_asn=64500)
    text = written(tmp_path, "--imported", name="report-imported.html")
    assert standings(text) == {"Telegram": Standing.BLOCKED, "news.example": Standing.REACHABLE}
    assert "other people's measurements" in words_of(page_of(text, "en"))


def test_what_its_user_typed_is_text(tmp_path: Path) -> None:
    """No tag, no formula's apostrophe, no turning of the reading direction."""
    write_sweep(tmp_path, LOOKED, FOUND, vantage_label="=<b>home</b>\u202e{{ 7*7 }}")
    text = written(tmp_path)
    assert "\u202e" not in text
    assert r"“=&lt;b&gt;home&lt;/b&gt;\u202e{{ 7*7 }}”" in page_of(text, "en")


@pytest.mark.parametrize(
    ("stage", "words", "sentence"),
    [
        (None, [], "holds no results; name another folder with --results, or measure first."),
        ("lab", [], "holds no sweep of the internet in that time; --lab takes the lab's"),
        ("internet", ["--lab"], "holds no sweep of the lab in that time; leave out --lab"),
        ("internet", ["--until", "2020-01-01"], "holds no sweep of the internet in that time"),
    ],
)
def test_nothing_to_report_is_one_sentence(
    stage: str | None, words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if stage:
        write_sweep(tmp_path, LOOKED, FOUND, stage=stage)
    assert cli.main(["report", "--results", str(tmp_path), *words]) == exits.BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    assert sentence in told.err
    assert told.err.count("\n") == 1
    assert list(tmp_path.glob("report*")) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--format", "pdf"], "--format 'pdf' is not known; "),
        (["--output", "."], "is a folder; name a file in it"),
        (["--output", "verdicts-2026-11.csv"], "is a CSV file, such as the rows stand in"),
        (["--since", "2026-11-02", "--until", "2026-11-01"], "is not before --until"),
        (["--since", "yesterday"], "is no day or moment"),
    ],
)
def test_a_slip_is_told_before_anything_is_read(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["report", "--results", str(tmp_path), *words]) == exits.BAD_INPUT
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_long_history_keeps_within_its_size(tmp_path: Path) -> None:
    """Five years of a sweep a fortnight: the oldest months are left out, and it says how many."""
    for number in range(130):
        write_sweep(tmp_path, LOOKED - timedelta(days=14 * number), FOUND)
    text = written(tmp_path, "--since", f"{LOOKED - timedelta(days=5 * 366):%Y-%m-%d}")
    assert len(text.encode()) <= PAGE_MAX_BYTES
    assert re.search(r"\d+ older months have no room here", words_of(page_of(text, "en")))
    assert "So from the first look in this report on" in words_of(page_of(text, "en"))
    assert text.rstrip().endswith("</html>")
