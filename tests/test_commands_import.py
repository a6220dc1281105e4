"""`dideban import ooni`: rows in a folder of their own, theirs beside ours, and what was refused by name."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from agent.cli import main
from agent.store.read import rows
from tests.dideban_process import left_at_once, needs_pipes
from tests.import_rig import connection, measurement

OPEN = measurement()
DROPPED = measurement(connection(connect="generic_timeout_error"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two measurements, and something else between them."""
    path = tmp_path / "some.jsonl"
    path.write_text(f"{json.dumps(OPEN)}\nno measurement\n{json.dumps(DROPPED)}\n")
    return path


def test_it_writes_what_it_takes_in_and_names_what_it_refuses(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "import"
    assert main(["import", "ooni", "--results", str(folder), str(file)]) == 2
    said = capsys.readouterr()
    assert "2 measurements were taken in, 1 refused." in said.out
    assert said.err == f"dideban: {file} line 2: it is no JSON (Expecting value, character 1).\n"
    sweeps = list(rows(folder, "sweeps"))
    assert {(one.stage, one.vantage_country, one.vantage_asn, one.source_verdict) for one in sweeps} == {
        ("import", "IR", 64500, "accessible")
    }
    verdicts = [one for one in rows(folder, "verdicts") if one.level == "platform"]
    assert [(str(one.state), one.mechanisms, one.source_verdict) for one in verdicts] == [
        ("ok", (), "accessible"),
        ("likely_blocked", ("tcp.timeout",), "accessible"),
    ]


def test_other_commands_take_its_folder(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Judged again from the files alone, every verdict is as it was."""
    folder = tmp_path / "import"
    main(["import", "ooni", "--results", str(folder), str(file)])
    assert main(["verify", "--results", str(folder)]) == 0
    assert main(["classify", "--results", str(folder)]) == 0
    assert "0 of them other than before." in capsys.readouterr().out
    assert main(["review", "--imported", "--results", str(folder)]) == 0
    assert "site.example" in capsys.readouterr().out
    assert main(["review", "--results", str(folder)]) == 0
    assert "--imported shows those of other people" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["csv", "json"])
def test_it_prints_each_one(form: str, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["import", "ooni", "--form", form, "--results", str(tmp_path / "import"), str(file)])
    out = capsys.readouterr().out.splitlines()
    found = list(csv.DictReader(out)) if form == "csv" else [json.loads(line) for line in out]
    assert [(one["country"], one["theirs"], one["state"]) for one in found] == [
        ("IR", "accessible", "ok"),
        ("IR", "accessible", "likely_blocked"),
    ]


@needs_pipes
@pytest.mark.parametrize("form", ["csv", "json"])
def test_all_is_taken_in_though_its_reader_has_left(form: str, tmp_path: Path) -> None:
    """`… --form json | head`: what was printed, and what was not any more, is on the disk."""
    path, many = tmp_path / "many.jsonl", 80
    path.write_text(f"{json.dumps(OPEN)}\n" * many)
    assert left_at_once("import", "ooni", "--form", form, "--results", "import", path, cwd=tmp_path) == (0, "")
    assert len(list(rows(tmp_path / "import", "sweeps"))) == many


def test_without_a_fault_the_exit_code_is_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps(OPEN, indent=1))
    assert main(["import", "ooni", "--results", str(tmp_path / "import"), str(path)]) == 0
    assert capsys.readouterr().err == ""


def test_it_keeps_out_of_a_folder_of_own_rows(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written where a consent lies; nor is measured where imports are."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "consent.json").write_text("{}")
    assert main(["import", "ooni", "--results", str(folder), str(file)]) == 2
    assert "other people's measurements must not stand among it" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["consent.json"]


@pytest.mark.parametrize(
    "words",
    [
        *(["compare"], ["review"], ["review", "site.example"], ["events"], ["report"], ["explain", "site.example"]),
        ["export", "csv", "verdicts", "--output", "theirs.csv"],
    ],
    ids=" ".join,
)
def test_what_was_taken_in_is_read_without_naming_its_folder(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it was put, and is looked for, need not be said; a folder that is named is the one that is meant."""
    monkeypatch.chdir(tmp_path)
    Path("one.json").write_text(json.dumps(DROPPED))
    assert main(["import", "ooni", "one.json"]) == 0
    assert main([*words, "--imported"]) == 0
    assert main([*words, "--imported", "--results", "results"]) == 2
