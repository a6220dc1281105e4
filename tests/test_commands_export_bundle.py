"""`dideban export bundle`: scrubbed again, shown, agreed to, and the same byte by byte."""

from __future__ import annotations

import hashlib
import json
import stat
import sys
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.cli import main
from agent.exports.bundle import drafted
from agent.exports.selection import selected
from agent.report.selection import Filter
from agent.store.dictionary import render
from agent.store.journal import Journal
from agent.store.read import rows
from agent.store.scrub import Private
from probes.observation import Observation
from tests.bundles import bundle, members_of, volunteer
from tests.dideban_process import dideban
from tests.store_rows import NOON


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    volunteer(tmp_path / "results", vantage_label="my sister's flat", title="Page\x1b[2J")
    return tmp_path / "results"


def test_it_holds_the_rows_and_what_their_reader_needs(folder: Path, tmp_path: Path) -> None:
    members = members_of(bundle(folder, tmp_path / "b.zip"))
    assert set(members) == {
        *("manifest.json", "DICTIONARY.md", "READ-ME.en.md", "READ-ME.fa.md"),
        *(f"{table}-2026-11.csv" for table in ("sweeps", "observations", "verdicts")),
    }
    assert members["DICTIONARY.md"].decode() == render()
    assert "بسته" in members["READ-ME.fa.md"].decode()
    manifest = json.loads(members["manifest.json"])
    for one in manifest["files"]:
        content = members[one["name"]]
        assert (one["sha256"], one["size_bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))
        assert one["rows"] == len(content.splitlines()) - 1
    (point,) = manifest["vantage_points"]
    assert (point["vantage_id"], point["country"], point["asn"], point["sweeps"]) == ("v-000000000000", "IR", 64500, 1)
    assert (manifest["stage"], manifest["ruleset_versions"]) == ("internet", [2])


def test_the_label_stays_out_unless_it_is_asked_for(folder: Path, tmp_path: Path) -> None:
    without, with_it = bundle(folder, tmp_path / "a.zip"), bundle(folder, tmp_path / "b.zip", "--with-label")
    assert not any(b"sister" in content for content in members_of(without).values())
    assert b"sister" in members_of(with_it)["sweeps-2026-11.csv"]
    assert json.loads(members_of(with_it)["manifest.json"])["scrubbing"]["label"] == "taken along"


def test_the_same_sweeps_are_the_same_bytes_for_their_owner_alone(folder: Path, tmp_path: Path) -> None:
    first, second = bundle(folder, tmp_path / "a.zip"), bundle(folder, tmp_path / "b.zip")
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    if sys.platform != "win32":
        assert stat.S_IMODE(first.stat().st_mode) == 0o600


def test_it_is_shown_before_it_is_written(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    ended = dideban("export", "bundle", "--results", folder, "--output", path, cwd=tmp_path, answer="no\n")
    assert ended.returncode == 4
    assert not path.exists()
    for told in ("Sweeps: 1, from 2026-11-24", "v-000000000000", "AS64500", "whose line it was", r"title: Page\x1b[2J"):
        assert told in ended.stdout
    assert "sister" not in ended.stdout
    assert "\x1b" not in ended.stdout
    assert {one.name for one in tmp_path.iterdir()} == {"results"}


@pytest.mark.parametrize("answer", ["", "y\n", "yes please\n", "YES, no\n"])
def test_anything_but_the_whole_word_means_no(folder: Path, tmp_path: Path, answer: str) -> None:
    ended = dideban("export", "bundle", "--results", folder, "--output", "b.zip", cwd=tmp_path, answer=answer)
    assert ended.returncode == 4
    assert not (tmp_path / "b.zip").exists()


@pytest.mark.parametrize("answer", ["yes\n", " YES \n", "بله\n", "\u202bبله\u202c\n"])
def test_the_whole_word_means_yes_in_either_language(folder: Path, tmp_path: Path, answer: str) -> None:
    ended = dideban("export", "bundle", "--results", folder, "--output", "b.zip", cwd=tmp_path, answer=answer)
    assert ended.returncode == 0
    assert (tmp_path / "b.zip").exists()


def test_a_dry_run_only_shows(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "bundle", "--results", str(folder), "--dry-run"]) == 0
    assert "What it can reveal" in capsys.readouterr().out
    assert {one.name for one in tmp_path.iterdir()} == {"results"}


def test_it_fits_a_narrow_terminal(folder: Path, tmp_path: Path) -> None:
    ended = dideban("export", "bundle", "--results", folder, "--dry-run", cwd=tmp_path, variables={"COLUMNS": "80"})
    assert max(map(len, ended.stdout.splitlines())) <= 80


def test_days_choose_whole_sweeps(folder: Path, tmp_path: Path) -> None:
    volunteer(folder, NOON + timedelta(days=30))
    path = bundle(folder, tmp_path / "b.zip", "--since", "2026-12-01")
    assert [one["name"] for one in json.loads(members_of(path)["manifest.json"])["files"]] == [
        f"{table}-2026-12.csv" for table in ("sweeps", "observations", "verdicts")
    ]


PRIVATE = Private(strings=frozenset({"192.0.2.77", "192-0-2-77"}), words=frozenset({"parisa"}))


def draft_of(folder: Path, tmp_path: Path, *changed: Observation) -> tuple[Path, list[int]]:
    """A bundle's rows, drafted from rows that were written by a program that did not know what is private now."""
    Journal(folder, Private()).append(changed)
    into = tmp_path / "draft"
    into.mkdir()
    draft = drafted(selected(folder, Filter()), PRIVATE, into, with_label=True)
    return into, [sweep.observations for sweep in draft.sweeps]


def some_row(folder: Path, number: int, **changes: object) -> Observation:
    first = next(rows(folder, "observations"))
    return replace(first, observation_id=f"{first.sweep_id}.{number:05d}", **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("title", "Your address is 192.0.2.77"),
        ("title", "Hello Parisa"),
        ("title", "write to a@b.example"),
        ("answers", ("192.0.2.77",)),
        ("resolver", "parisa-home"),
        ("observer", "helper/Parisa"),
        ("certificate_issuer", "the router at 192-0-2-77"),
    ],
)
def test_what_was_missed_when_it_was_written_is_scrubbed_now(
    tmp_path: Path, column: str, text: str | tuple[str, ...]
) -> None:
    folder = tmp_path / "results"
    volunteer(folder, rows=3)
    path, _ = draft_of(folder, tmp_path, some_row(folder, 9, **{column: text}))
    written = (path / "observations-2026-11.csv").read_text(encoding="utf-8").casefold()
    for private in ("192.0.2.77", "192-0-2-77", "parisa", "a@b.example"):
        assert private not in written
    assert len(list(rows(path, "observations"))) == 4  # none was lost for it


def test_a_row_that_cannot_be_made_safe_stays_out_and_is_counted(tmp_path: Path) -> None:
    """An own address within a structural column, where nothing can be replaced without making the row a lie."""
    folder = tmp_path / "results"
    volunteer(folder, rows=3)
    path, observations = draft_of(folder, tmp_path, some_row(folder, 9, hostname="192-0-2-77.isp.example"))
    assert len(list(rows(path, "observations"))) == 3
    (made,) = rows(path, "sweeps")
    assert (made.rows_withheld, observations) == (1, [2])  # the sweep's own count was of three
