"""`dideban status`: the truth about the agent and the last sweep, whoever made it and however it ended."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from agent import cli, exits
from agent.records import VantageState
from agent.store.lock import ResultsLock, write_status
from tests.result_files import blocked, ok, write_sweep
from tests.store_rows import NOON


def test_where_nothing_ever_ran_it_says_so_and_leaves_no_trace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["status", "--results", str(tmp_path)]) == exits.DONE
    assert capsys.readouterr().out.splitlines() == [
        "No agent is running here.", "No sweep has ended here yet.", f"Results folder: {tmp_path}",
    ]  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_a_slip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It must not read like the status of an agent that does nothing; and none is made."""
    assert cli.main(["status", "--results", str(tmp_path / "reslts")]) == exits.BAD_INPUT
    told = capsys.readouterr()
    assert (told.out, told.err) == (
        "", f"dideban: There is no folder {tmp_path / 'reslts'}; name another with --results, or measure first.\n",
    )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("doing", ["dideban once", "dideban demo", "dideban classify"])
def test_who_only_held_the_folder_for_a_while_is_no_agent(
    doing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A number of a process that nobody looks for any more would only puzzle."""
    with ResultsLock(tmp_path, doing=doing):
        cli.main(["status", "--results", str(tmp_path)])
        assert f"is at work here: {doing}." in capsys.readouterr().out
    cli.main(["status", "--results", str(tmp_path)])
    assert capsys.readouterr().out.splitlines()[0] == "No agent is running here."


def test_the_last_sweep_is_told_from_its_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of two sweeps the newer, with its platforms by state."""
    write_sweep(tmp_path, NOON, {"signal": ok(), "yahoo": ok()})
    found = {"signal": blocked("tcp.timeout"), "gmail": blocked("tcp.timeout"), "yahoo": ok()}
    write_sweep(tmp_path, NOON + timedelta(hours=3), found)
    assert cli.main(["status", "--results", str(tmp_path)]) == exits.DONE
    assert capsys.readouterr().out.splitlines()[1:-1] == [
        "Last sweep: 20261124T150000Z-abcdef, complete, ended 2026-11-24 15:05:00 UTC.",
        "The line was normal: All answer.",
        "  ok: yahoo",
        "  blocked: gmail, signal",
    ]


def test_after_a_confirming_sweep_the_other_platforms_are_told_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By what the sweep before it found; of the platform that was looked at again, the newer."""
    write_sweep(tmp_path, NOON, {"signal": blocked("tcp.timeout"), "yahoo": ok()}, trigger="schedule")
    write_sweep(tmp_path, NOON + timedelta(minutes=12), {"signal": ok()}, trigger="confirm")
    assert cli.main(["status", "--results", str(tmp_path)]) == exits.DONE
    assert capsys.readouterr().out.splitlines()[3:-1] == ["  ok: signal, yahoo"]


def test_what_comes_and_goes_is_told_with_k_of_n(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is blocked for good, or was blocked once and is so still, is not."""
    for number, signal in enumerate((ok(), blocked("tls.reset.sni"), ok(), blocked("tls.reset.sni"))):
        yahoo = blocked("tcp.timeout") if number == 3 else ok()
        found = {"signal": signal, "yahoo": yahoo, "gmail": blocked("tcp.timeout")}
        write_sweep(tmp_path, NOON + timedelta(hours=3 * number), found)
    assert cli.main(["status", "--results", str(tmp_path)]) == exits.DONE
    told = [line for line in capsys.readouterr().out.splitlines() if "now and then" in line]
    assert told == ["  now and then: signal was blocked in 2 of 4 sweeps since 2026-11-24 12:00:00 UTC"]


def test_a_sweep_of_the_lab_is_called_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody must take the demo's blocks for those of their own line."""
    write_sweep(
        tmp_path, NOON, {"signal": blocked("tcp.timeout")}, stage="lab", vantage_state=VantageState.NATIONAL_ONLY
    )
    assert cli.main(["status", "--results", str(tmp_path)]) == exits.DONE
    told = capsys.readouterr().out
    assert "Last sweep of the lab: " in told
    assert "The line was national only: " in told


def test_it_tells_who_is_at_work_and_when_it_goes_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with ResultsLock(tmp_path, doing="dideban run") as lock:
        assert lock is not None
        write_status(tmp_path, {"state": "waiting", "since": NOON, "next_at": NOON + timedelta(hours=3)})
        cli.main(["status", "--results", str(tmp_path)])
        told = capsys.readouterr().out
    pid = json.loads((tmp_path / "agent.json").read_text())["pid"]
    assert told.startswith(
        f"Process {pid} is at work here: waiting since 2026-11-24 12:00:00 UTC.\nNext sweep: 2026-11-24 15:00:00 UTC.\n"
    )
    cli.main(["status", "--results", str(tmp_path)])
    told = capsys.readouterr().out
    assert told.startswith(f"No agent is running here. The last one was process {pid}.\nIt did not end by itself")
    assert "Next sweep" not in told


@pytest.mark.parametrize("state", ["ended", "ending"])
def test_an_agent_that_ended_in_order_is_not_called_killed(
    state: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ResultsLock(tmp_path):
        write_status(tmp_path, {"state": state})
    cli.main(["status", "--results", str(tmp_path)])
    assert "by itself" not in capsys.readouterr().out


@pytest.mark.parametrize("torn", ["", "{", "[1]", '{"pid": [], "state": 7, "since": {}}'])
def test_a_torn_status_is_no_error(torn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It only tells people about the agent; the rows tell the rest."""
    write_sweep(tmp_path, NOON, {"signal": ok()})
    (tmp_path / "agent.json").write_text(torn)
    assert cli.main(["status", "--results", str(tmp_path)]) == exits.DONE
    assert "  ok: signal" in capsys.readouterr().out


def test_a_hostile_status_is_inert(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where it is quoted in the sentence of a refusal."""
    bad = "\x1b]0;owned\x07\u202e"
    with ResultsLock(tmp_path):
        (tmp_path / "agent.json").write_text(json.dumps({"pid": bad, "state": bad, "since": bad, "doing": bad}))
        assert cli.main(["status", "--results", str(tmp_path)]) == exits.DONE
        assert cli.main(["classify", "--results", str(tmp_path)]) == exits.BAD_INPUT  # there is nothing to judge
        write_sweep(tmp_path, NOON, {"signal": ok()})
        assert cli.main(["classify", "--results", str(tmp_path)]) == exits.HELD
    told = capsys.readouterr()
    assert "owned" in told.out
    assert "owned" in told.err
    assert all(line.isprintable() for line in (told.out + told.err).splitlines())
