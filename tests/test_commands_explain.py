"""`dideban explain`: the story of the verdict that was meant, or a sentence that names the nearest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from agent import cli, exits
from agent.catalog import load_catalog
from agent.records import Sweep
from agent.store.journal import Journal
from agent.store.read import rows
from agent.store.scrub import Private
from agent.verdict.classify import classify
from probes.observation import Observation
from tests.dideban_process import dideban, left_at_once, needs_pipes
from tests.import_rig import connection, measurement
from tests.result_files import blocked, plant_verdict, write_sweep
from tests.store_rows import NOON, sweep

CATALOG = load_catalog()
IRAN = "10.10.34.36"
LATER = timedelta(hours=3)


def answered(of: Sweep, *addresses: str) -> list[Observation]:
    """The system's resolver tells these addresses of Signal's chat."""
    return [
        Observation(
            sweep_id=of.sweep_id, observation_id=f"{of.sweep_id}.00001",
            observed_at=of.started_at + timedelta(seconds=2), platform="signal", target="signal/chat",
            endpoint="https://chat.signal.org/", connection_id="c00001", operation="resolve",
            hostname="chat.signal.org", resolver="system", transport="system", query_type="A", reply_index=0,
            answers=addresses, duration_ms=3.0,
        )
    ]  # fmt: skip


def write(folder: Path, number: int, addresses: Sequence[str], **changes: object) -> Sweep:
    """A sweep of Signal with its rows, three hours after the one before."""
    at = NOON + number * LATER
    made = sweep(
        **{
            "sweep_id": f"{at:%Y%m%dT%H%M%SZ}-abcde{number}", "started_at": at, "ended_at": at + timedelta(minutes=5),
            "outcome": "complete", "because": "All answer.", "platforms": ("signal",), "observations": 1, **changes,
        }
    )  # fmt: skip
    seen = answered(made, *addresses)
    journal = Journal(folder, Private())
    for record in (seen, [made], classify(made, seen, CATALOG)):
        journal.append(record)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Signal's chat is answered with a block address, then not at all, then with a block address again."""
    for number, addresses in enumerate(((IRAN,), (), (IRAN,))):
        write(tmp_path, number, addresses)
    write(tmp_path, 3, (IRAN,), stage="lab")
    return tmp_path


def told(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.main(["explain", "--results", str(folder), *words]) == exits.DONE
    return " ".join(capsys.readouterr().out.split())


def refused(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.main(["explain", "--results", str(folder), *words]) == exits.BAD_INPUT
    shown = capsys.readouterr()
    assert shown.out == ""
    return " ".join(shown.err.split())


def test_a_target_is_told_by_its_newest_verdict(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    story = told(folder, capsys, "Signal/Chat")
    assert story.startswith("signal/chat BLOCKED dns.injection.blockpage")
    assert "20261124T180000Z-abcde2.v.signal/chat" in story
    assert f"+0:00:02.0 The system's resolver asked for chat.signal.org: A {IRAN}" in story
    assert "dns: dns_iran_block_address (blocked)" in story


def test_a_verdict_is_told_by_its_id(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of whatever sweep and stage."""
    assert "20261124T120000Z-abcde0.v.signal/chat" in told(folder, capsys, "20261124T120000Z-abcde0.v.signal/chat")
    assert told(folder, capsys, "20261124T210000Z-abcde3.v.signal").startswith("signal BLOCKED")


def test_the_lab_is_told_only_when_it_is_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "20261124T210000Z-abcde3.v.signal/chat" in told(folder, capsys, "--lab", "signal/chat")


def test_json_is_one_object(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    story = json.loads(told(folder, capsys, "--json", "signal/chat"))
    assert (story["verdict"]["state"], story["now"]["state"]) == ("blocked", "blocked")
    assert story["ways"][0]["hops"][0]["spoken"][0]["rule_id"] == "dns_iran_block_address"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("sgnal/chat", "There is no verdict, platform or target 'sgnal/chat'; the nearest are signal/chat"),
        ("20261124T120000Z-abcde0.v.signal/cht", "the nearest are 20261124T120000Z-abcde0.v.signal/chat"),
        ("20261124T120000Z-abcde0", "is a sweep; name one of its verdicts, such as 20261124T120000Z-abcde0.v.signal."),
        ("", "Name a verdict by its id, or a platform or target; the nearest are signal"),
    ],
)
def test_who_names_none_is_told_the_nearest(
    folder: Path, capsys: pytest.CaptureFixture[str], typed: str, sentence: str
) -> None:
    assert sentence in refused(folder, capsys, *([typed] if typed else []))


def test_a_stage_that_has_none_points_to_the_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, 0, (IRAN,), stage="lab")
    assert "of the stage lab alone; add --lab." in refused(tmp_path, capsys, "signal")
    assert "there is none of the stage internet yet" in refused(tmp_path, capsys, "nothing")


def test_an_imported_verdict_is_told_by_the_rules_of_imports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its endpoint stands in no catalog of ours; and it is told only to who asks for imports."""
    file = tmp_path / "one.json"
    file.write_text(json.dumps(measurement(connection(connect="generic_timeout_error"))))
    assert cli.main(["import", "ooni", "--results", str(tmp_path), str(file)]) == exits.DONE
    capsys.readouterr()
    (verdict,) = (one for one in rows(tmp_path, "verdicts") if one.level == "platform")
    story = json.loads(told(tmp_path, capsys, "--imported", "--json", verdict.platform))
    assert story["now"]["state"] == verdict.state
    assert story["ways"][0]["hops"][0]["steps"]
    assert "of the stage import alone; add --imported." in refused(tmp_path, capsys, verdict.platform)


def test_an_empty_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "holds no results" in refused(tmp_path, capsys, "signal")


def test_without_its_rows_the_verdict_is_told_and_that_they_are_gone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "observations-2026-11.csv").unlink()
    story = told(folder, capsys, "signal/chat")
    assert story.startswith("signal/chat BLOCKED")
    assert "The sweep's observations are not on the disk" in story


def test_without_its_sweep_nothing_can_be_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "sweeps-2026-11.csv").unlink()
    assert "put the sweeps file back" in refused(folder, capsys, "signal/chat")


def test_what_was_planted_in_the_files_cannot_act(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that no catalog has, with an escape in its reason."""
    made = write_sweep(tmp_path, NOON, {"signal": blocked("tls.reset.sni")})
    plant_verdict(tmp_path, made, {"platform": "evil", "verdict_id": "evil", "because": "\x1b[2Jgone"})
    assert cli.main(["explain", "--results", str(tmp_path), "evil"]) == exits.DONE
    assert "\x1b" not in capsys.readouterr().out


@needs_pipes
def test_its_reader_may_leave(folder: Path, tmp_path: Path) -> None:
    assert left_at_once("explain", "--results", folder, "signal", cwd=tmp_path) == (0, "")


def test_as_a_process_it_fits_80_columns_without_colour(folder: Path, tmp_path: Path) -> None:
    shown = dideban("explain", "--results", folder, "signal", cwd=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert max(map(len, shown.stdout.splitlines())) <= 80
    assert "\x1b" not in shown.stdout
