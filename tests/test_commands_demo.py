"""`dideban demo` and `dideban classify`: the whole path in one command, and the judgement made again."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from agent import cli, exits
from agent.catalog import load_catalog
from agent.lab.embedded import expected, world_2021
from agent.store.lock import ResultsLock
from agent.store.read import rows
from agent.verdict.rules import RULESET_VERSION
from tests.dideban_process import dideban, sentence_of


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ./results of a demo, and in ./said what it said."""
    folder = tmp_path_factory.mktemp("demo")
    ran = dideban("demo", "--results", "results", cwd=folder)
    assert (ran.returncode, ran.stderr) == (0, "")
    (folder / "said").write_text(ran.stdout, encoding="utf-8")
    return folder


def test_demo_shows_progress_platforms_comparison_and_where_the_files_are(demo: Path) -> None:
    """In that order, in 80 columns of plain text, with the states that its censor makes."""
    said = (demo / "said").read_text(encoding="utf-8")
    parts = [
        *("your line: 1 of 1 measured", "BLOCKED", "As the document leaves each platform"),
        *("  results/comparison-lab.csv", "  results/comparison-lab.md"),
        *("The CSV files", "dideban review --lab --results results\n", "dideban report --lab --results results\n"),
        "dideban consent",
    ]
    assert sorted(parts, key=said.index) == parts
    assert "Each claim of the document" not in said  # that is for `compare`
    assert "\x1b" not in said
    assert [line for line in said.splitlines() if line != line.rstrip() or len(line) > 80] == []
    states = {"likely blocked": "likely_blocked", "BLOCKED": "blocked"}
    shown = dict(re.findall(rf"^ ([a-z]+) +({'|'.join(states)}|[a-z]+) ", said, re.MULTILINE)[1:])
    catalog = load_catalog()
    for key, (state, _) in expected(world_2021(catalog), catalog).items():
        assert states.get(shown[key], shown[key]) == state, key
    for platform in catalog.platforms:
        assert platform.retired_at or re.search(rf"^{platform.key}: (\d+) of \1 measured$", said, re.MULTILINE)


def test_who_looks_for_results_is_sent_to_the_demo(demo: Path, tmp_path: Path) -> None:
    """Where there is nothing but demos, the newest is named with the command that shows it."""
    for hour in ("20261123T000000Z", "20261124T000000Z"):
        shutil.copytree(demo / "results", tmp_path / "results" / "demo" / hour)
    newest = Path("results", "demo", "20261124T000000Z")
    for name in ("review", "compare", "classify", "verify"):
        refused = dideban(name, cwd=tmp_path)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert sentence_of(refused) == (
            f"results holds no results but a demo's; `dideban review --lab --results {newest}` shows them."
        )
    status = dideban("status", cwd=tmp_path)
    assert (status.returncode, status.stderr) == (0, "")
    assert f"dideban review --lab --results {newest}" in status.stdout


def test_its_rows_are_of_the_lab_and_need_no_consent(demo: Path) -> None:
    """They can never pass for rows of the internet."""
    (sweep,) = rows(demo / "results", "sweeps")
    assert (sweep.stage, sweep.trigger, sweep.outcome) == ("lab", "demo", "complete")
    assert not (demo / "results" / "consent.json").exists()
    plain = dideban("review", "--results", "results", cwd=demo)
    assert (plain.returncode, plain.stdout) == (0, "")
    assert "--lab" in plain.stderr
    assert "signal" in dideban("review", "--lab", "--results", "results", cwd=demo).stdout


def test_classify_judges_again_and_comes_to_the_same(demo: Path) -> None:
    """By the same rules nothing changes but nothing is left out either; observations stay as they are."""
    folder = demo / "results"
    before = {path.name: path.read_bytes() for path in folder.glob("*-20??-??.csv")}
    again = dideban("classify", "--results", "results", cwd=demo)
    verdicts = len(list(rows(folder, "verdicts")))
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout == f"{verdicts} verdicts by ruleset {RULESET_VERSION}, 0 of them other than before.\n"
    assert {path.name: path.read_bytes() for path in folder.glob("*-20??-??.csv")} == before


def test_classify_makes_verdicts_that_are_missing(demo: Path, tmp_path: Path) -> None:
    """Verdicts can be thrown away: from the observations alone come the same."""
    for table in ("sweeps", "observations"):
        for path in (demo / "results").glob(f"{table}-*.csv"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
    assert cli.main(["classify", "--results", str(tmp_path)]) == exits.DONE
    assert list(rows(tmp_path, "verdicts")) == list(rows(demo / "results", "verdicts"))


def test_a_demo_keeps_out_of_a_folder_that_is_in_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with ResultsLock(tmp_path, doing="dideban run"):
        assert cli.main(["demo", "--results", str(tmp_path)]) == exits.HELD
    assert "is in use by process" in capsys.readouterr().err
