"""`dideban review --follow`: what an agent finds is seen from another terminal, and the agent is left in peace."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent import cli, exits
from agent.report.live.follow import headline
from agent.report.live.tail import Tail
from agent.store.lock import AgentStatus, ResultsLock, write_status
from tests.dideban_process import ROOT, command, environment
from tests.result_files import blocked, ok, plant_verdict, write_sweep
from tests.terminal_process import FIRST_SCREEN, HIDDEN, SHOWN, in_a_terminal, needs_a_terminal, plain

NOON = datetime(2025, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process.")


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that follows a folder with one sweep in it, in a pipe, and has begun to."""
    write_sweep(tmp_path, NOON, {"signal": ok()})
    words = command("review", "--follow", "--results", tmp_path, "--platform", "signal")
    with subprocess.Popen(
        words, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            assert process.stderr.readline() == "dideban: Following; Ctrl+C ends it.\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_a_pipe_a_line_for_each_new_verdict(
    follower: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    """None for what was there, for other platforms, and for other stages. The folder's lock stays free."""
    with ResultsLock(tmp_path):
        write_sweep(tmp_path, NOON + HOUR, {"yahoo": ok(), "signal": blocked("tls.reset.sni", "http.blockpage")})
        write_sweep(tmp_path, NOON + 2 * HOUR, {"signal": ok()}, stage="lab")
        write_sweep(tmp_path, NOON + 3 * HOUR, {"signal": ok()})
    assert follower.stdout is not None
    assert [follower.stdout.readline() for _line in range(2)] == [
        "2025-11-24 13:00:00 UTC  signal  blocked  tls.reset.sni, http.blockpage  20251124T130000Z-abcdef-v-signal\n",
        "2025-11-24 15:00:00 UTC  signal  ok  -  20251124T150000Z-abcdef-v-signal\n",
    ]
    follower.send_signal(number)
    told, complained = follower.communicate()
    assert (follower.returncode, told, complained) == (0, "", "")


def test_hostile_rows_are_inert_as_they_come(follower: subprocess.Popen[str], tmp_path: Path) -> None:
    made = write_sweep(tmp_path, NOON + HOUR, {})
    plant_verdict(tmp_path, made, {"platform": "signal", "mechanisms": "\x1b]0;owned\x07", "verdict_id": "\u202ev"})
    assert follower.stdout is not None
    line = follower.stdout.readline().rstrip("\n")
    assert line.isprintable()
    assert "owned" in line


@needs_a_terminal
def test_in_a_terminal_the_picture_grows_with_the_files(tmp_path: Path) -> None:
    """It shows what is there, what comes, and what the agent is about; Ctrl+C gives the terminal back, with code 0."""
    now = datetime.now(UTC).replace(microsecond=0)
    write_sweep(tmp_path, now - 2 * HOUR, {"signal": ok(), "yahoo": ok()})
    with (
        ResultsLock(tmp_path),
        in_a_terminal(command("review", "--follow", "--results", tmp_path)) as terminal,
    ):
        write_status(tmp_path, {"state": "waiting", "since": now, "next_at": now + 26 * HOUR})
        terminal.until("Waiting. Next sweep: ")
        terminal.until("0 of 1")
        write_sweep(tmp_path, now - HOUR, {"signal": blocked("tls.reset.sni"), "yahoo": ok()})
        terminal.until("BLOCKED")
        terminal.until("1 of 2")
        terminal.send(signal.SIGINT)
        assert terminal.to_the_end() == 0
    assert terminal.written.rindex(SHOWN) > terminal.written.rindex(HIDDEN)
    assert plain(terminal.written.split(FIRST_SCREEN)[1]).strip() == ""


def test_a_tail_gives_whole_rows_once(tmp_path: Path) -> None:
    """Also a row that is being written, once it is whole; a file that another program saved is named, not read."""
    tail = Tail(tmp_path, "sweeps", months=2)
    assert list(tail.new()) == []
    write_sweep(tmp_path, NOON, {})
    write_sweep(tmp_path, NOON + HOUR, {})
    path = tmp_path / "sweeps-2025-11.csv"
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    assert [row.sweep_id for row in tail.new()] == ["20251124T120000Z-abcdef"]
    path.write_bytes(whole)
    assert [row.sweep_id for row in tail.new()] == ["20251124T130000Z-abcdef"]
    assert list(tail.new()) == []
    write_sweep(tmp_path, NOON + 30 * 24 * HOUR, {})
    assert [row.sweep_id for row in tail.new()] == ["20251224T120000Z-abcdef"]
    path.write_bytes(whole + b"1,not,a,row\n")
    assert list(tail.new()) == []
    assert tail.unreadable == 1
    (tmp_path / "sweeps-2026-01.csv").write_text("sweep_id;started_at\na;b\n")
    assert list(tail.new()) == []
    (stranger,) = tail.strangers.values()
    assert "sweeps-2026-01.csv line 1 is not the header" in stranger


def test_a_tail_may_begin_with_what_is_to_come(tmp_path: Path) -> None:
    """Or with the last part of a file, at the first row that is whole there."""
    for number in range(5):
        write_sweep(tmp_path, NOON + number * HOUR, {})
    nothing = Tail(tmp_path, "sweeps", months=0)
    size = (tmp_path / "sweeps-2025-11.csv").stat().st_size
    last = Tail(tmp_path, "sweeps", months=1, bytes_max=size // 3)
    assert list(nothing.new()) == []
    assert 1 <= len(list(last.new())) <= 2
    write_sweep(tmp_path, NOON + 5 * HOUR, {})
    assert [row.sweep_id for row in nothing.new()] == ["20251124T170000Z-abcdef"]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (AgentStatus(running=False, facts={"state": "sweeping"}), "No agent is running here."),
        (AgentStatus(running=True, facts={}), "An agent is at work here."),
        (AgentStatus(running=True, facts={"state": "sweeping", "since": "2025-11-24T11:00:00.000Z"}), "11:00"),
        (AgentStatus(running=True, facts={"state": "waiting", "next_at": "\x1b[2J"}), "An agent is at work here."),
        (
            AgentStatus(running=True, facts={"state": "waiting", "next_at": "2025-11-25T11:00:00Z"}),
            "2025-11-25 11:00 UTC",
        ),
    ],
)
def test_the_headline_says_what_the_agent_does(status: AgentStatus, sentence: str) -> None:
    """Whatever stands in its file."""
    assert sentence in headline(status, NOON)


@pytest.mark.parametrize("words", [["day"], ["signal"], ["--since", "2025-11-24"]])
def test_what_cannot_be_followed_is_one_sentence(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    write_sweep(tmp_path, NOON, {"signal": ok()})
    assert cli.main(["review", *words, "--follow", "--results", str(tmp_path)]) == exits.BAD_INPUT
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("dideban: --follow goes with `review` or `review target`")
