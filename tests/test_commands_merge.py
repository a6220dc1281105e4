"""`dideban merge`: bundles of several volunteers in one folder, once each, whatever their order."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from agent.exports.independent import independent_in
from agent.store.account import account
from agent.store.read import rows, verify
from agent.verdict.records import State
from tests.bundles import Members, bundle, changed, volunteer
from tests.dideban_process import dideban
from tests.store_rows import NOON


@pytest.fixture
def bundles(tmp_path: Path) -> list[Path]:
    """Three volunteers in two networks; the second one's sweeps are interleaved with the first one's."""
    made = []
    for number, asn in enumerate((64500, 64500, 64501)):
        folder = tmp_path / f"of-{number}"
        for hour in range(2):
            at = NOON + timedelta(hours=hour, minutes=number)
            volunteer(folder, at, vantage_id=f"v-00000000000{number}", vantage_asn=asn, rows=2 + number)
        made.append(bundle(folder, tmp_path / f"{number}.zip"))
    return made


def merged(folder: Path, *paths: Path) -> int:
    return main(["merge", *map(str, paths), "--results", str(folder)])


def tables_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))}


def test_vantage_points_stay_apart_and_are_counted(
    bundles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "merged"
    assert merged(folder, *bundles) == 0
    out = capsys.readouterr().out
    assert "Independent vantage points: 3; networks that are stated: 2." in out
    assert {one.vantage_id for one in rows(folder, "sweeps")} == {f"v-00000000000{number}" for number in range(3)}
    counted = independent_in(folder)
    assert len(counted.vantage_points) == 3
    assert set(counted.networks) == {("IR", 64500), ("IR", 64501)}


def test_the_files_are_sound(bundles: list[Path], tmp_path: Path) -> None:
    """Each row follows from the one before it, each sweep has its rows, and they stand together."""
    folder = tmp_path / "merged"
    merged(folder, *bundles)
    assert verify(folder) == []
    assert account(folder).problems == ()
    order = [one.sweep_id for one in rows(folder, "observations")]
    assert order == sorted(order)
    assert len(order) == 2 * (2 + 3 + 4)


def test_the_order_of_bundles_does_not_matter(bundles: list[Path], tmp_path: Path) -> None:
    found = []
    for number, order in enumerate(permutations(bundles)):
        together, apart = tmp_path / f"together-{number}", tmp_path / f"apart-{number}"
        merged(together, *order)
        for one in order:
            merged(apart, one)
        found += [tables_of(together), tables_of(apart)]
    assert found[0].keys() == {f"{table}-2026-11.csv" for table in ("sweeps", "observations", "verdicts")}
    assert all(one == found[0] for one in found)


def test_a_bundle_that_is_in_already_changes_nothing(
    bundles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "merged"
    merged(folder, *bundles)
    before = {**tables_of(folder), "sources.json": (folder / "sources.json").read_bytes()}
    assert merged(folder, bundles[1], bundles[1]) == 0
    assert capsys.readouterr().out.count("it is in already") == 2
    assert {**tables_of(folder), "sources.json": (folder / "sources.json").read_bytes()} == before


def test_rows_that_are_in_two_bundles_are_taken_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own, folder = tmp_path / "own", tmp_path / "merged"
    volunteer(own)
    first = bundle(own, tmp_path / "first.zip")
    volunteer(own, NOON + timedelta(hours=1))
    merged(folder, first)
    assert merged(folder, bundle(own, tmp_path / "both.zip")) == 0
    assert "6 of them were there already." in capsys.readouterr().out  # 3 observations, 1 sweep, 2 verdicts
    assert len(list(rows(folder, "observations"))) == 6
    told = {one["name"]: one for one in json.loads((folder / "sources.json").read_text())["bundles"]}
    assert told["both.zip"]["duplicates"] == 6
    assert told["both.zip"]["sweeps_by_vantage_point"] == {"v-000000000000": 2}


def say_ok(members: Members, manifest: dict[str, Any]) -> None:
    name = "verdicts-2026-11.csv"
    members[name] = members[name].replace(b",blocked,", b",ok,", 1)


def judge_anew(members: Members, manifest: dict[str, Any]) -> None:
    """The first verdict by a later ruleset."""
    name = "verdicts-2026-11.csv"
    judged = members[name].replace(b",2,", b",3,", 1).replace(b",blocked,", b",impaired,", 1)
    assert judged.count(b",3,") == 1
    members[name] = judged


def test_a_row_that_two_bundles_tell_differently_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Which one is kept does not depend on who came first."""
    own = tmp_path / "own"
    made = volunteer(own)
    first = bundle(own, tmp_path / "first.zip")
    other = changed(first, tmp_path / "other.zip", say_ok)
    merged(tmp_path / "one", first, other)
    assert "Rows that two bundles tell differently: 1. Of verdicts" in " ".join(capsys.readouterr().out.split())
    merged(tmp_path / "two", first)
    merged(tmp_path / "two", other)
    out = capsys.readouterr().out
    assert made.sweep_id in out
    merged(tmp_path / "three", other)
    merged(tmp_path / "three", first)
    assert tables_of(tmp_path / "one") == tables_of(tmp_path / "two") == tables_of(tmp_path / "three")


def test_a_verdict_by_newer_rules_takes_the_place_of_the_older(tmp_path: Path) -> None:
    own = tmp_path / "own"
    volunteer(own)
    old = bundle(own, tmp_path / "old.zip")
    new = changed(old, tmp_path / "new.zip", judge_anew)
    for name, order in (("one", (old, new)), ("two", (new, old))):
        for path in order:
            merged(tmp_path / name, path)
        found = {one.ruleset_version: one.state for one in rows(tmp_path / name, "verdicts")}
        assert found == {3: State.IMPAIRED, 2: State.BLOCKED}


def lose_sweep(members: Members, manifest: dict[str, Any]) -> None:
    name = "sweeps-2026-11.csv"
    members[name] = members[name].splitlines(keepends=True)[0]


def test_rows_without_their_sweep_are_counted_and_left_out(
    bundles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = changed(bundles[0], tmp_path / "alone.zip", lose_sweep)
    folder = tmp_path / "merged"
    assert merged(folder, alone, bundles[1]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "8 more were left out: their sweep is not in the bundle." in out
    assert account(folder).problems == ()
    assert {one.vantage_id for one in rows(folder, "sweeps")} == {"v-000000000001"}


def test_other_commands_read_the_folder(bundles: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "merged"
    merged(folder, *bundles)
    commands = "verify", "review", "compare", "events", "report", "classify", "export bundle --dry-run"
    for words in commands:
        ended = dideban(*words.split(), "--results", folder, cwd=tmp_path)
        assert (ended.returncode, "Traceback" in ended.stderr) == (0, False), words
    assert merged(folder, bundles[0]) == 0  # what they wrote beside the rows is in nobody's way


def test_a_merged_folder_can_be_bundled_and_merged_again(bundles: list[Path], tmp_path: Path) -> None:
    merged(tmp_path / "one", *bundles)
    merged(tmp_path / "two", bundle(tmp_path / "one", tmp_path / "all.zip"))
    assert tables_of(tmp_path / "two") == tables_of(tmp_path / "one")


def test_own_rows_and_bundles_never_stand_together(
    bundles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tables_of(tmp_path / "of-0")
    assert merged(tmp_path / "of-0", bundles[1]) == 2
    assert "bundles must not stand among it" in capsys.readouterr().err
    assert tables_of(tmp_path / "of-0") == before
    for name in ("consent.json", "vantage.id"):
        own = tmp_path / name.partition(".")[0]
        own.mkdir()
        (own / name).write_text("{}")
        assert merged(own, bundles[1]) == 2
        assert [one.name for one in own.iterdir()] == [name]
    capsys.readouterr()
    merged(tmp_path / "merged", *bundles)
    (tmp_path / "theirs.json").write_text("{}")
    for words in (["demo"], ["import", "ooni", str(tmp_path / "theirs.json")]):
        assert main([*words, "--results", str(tmp_path / "merged")]) == 2
        assert "holds the bundles of volunteers" in capsys.readouterr().err


def test_rows_of_the_lab_stay_among_themselves(
    bundles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever is named first."""
    volunteer(tmp_path / "practice", stage="lab")
    practice = bundle(tmp_path / "practice", tmp_path / "practice.zip", "--lab")
    for name, order in (("one", (practice, bundles[0])), ("two", (bundles[0], practice))):
        assert merged(tmp_path / name, *order) == 2
        assert "it holds rows of stage lab" in capsys.readouterr().err
        assert {one.stage for one in rows(tmp_path / name, "sweeps")} == {"internet"}
    assert merged(tmp_path / "three", practice) == 0


def test_a_folder_that_lost_its_record_is_left_alone(
    bundles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "merged"
    merged(folder, bundles[0])
    (folder / "sources.json").write_text('{"format": "another"}')
    before = tables_of(folder)
    assert merged(folder, bundles[1]) == 2
    assert "merge the bundles into a new folder" in capsys.readouterr().err
    assert tables_of(folder) == before
