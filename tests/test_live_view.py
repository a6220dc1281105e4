"""The picture of an agent at work: in a terminal it is drawn, given back in every case, and nowhere else."""

from __future__ import annotations

import io
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from agent.language import speaking
from agent.report.live.changes import changes_in
from agent.report.live.lines import can_be_drawn_on
from agent.report.live.picture import Picture, drawn
from agent.report.live.recent import Recent
from agent.report.live.under_way import UnderWay
from agent.store.read import rows
from agent.timeline.recurrence import Recurrence
from agent.verdict.records import State
from tests.dideban_process import ROOT, agree
from tests.result_files import blocked, ok, write_sweep
from tests.store_rows import observation, verdict
from tests.terminal_process import FIRST_SCREEN, HIDDEN, OTHER_SCREEN, SHOWN, in_a_terminal, needs_a_terminal, plain

NOON = datetime(2025, 11, 24, 12, tzinfo=UTC)
PLATFORMS = ("signal", "telegram", "twitter", "youtube", "facebook", "flickr", "instagram", "whatsapp", "gmail")
MECHANISMS = ("tls.reset.sni", "dns.injection.blockpage")


def picture(*, sweeping: bool = True, said: tuple[str, ...] = ("Measuring.",)) -> Picture:
    """Nine platforms, the second blocked, in the middle of a sweep or between two."""
    last = {
        name: (
            verdict(
                platform=name, level="platform", observed_at=NOON,
                state=State.LIKELY_BLOCKED if number == 1 else State.OK, mechanisms=MECHANISMS if number == 1 else (),
            ),
            Recurrence(blocked=12 * (number == 1), told=14),
        )
        for number, name in enumerate(PLATFORMS)
    }  # fmt: skip
    going = UnderWay()
    for name in PLATFORMS:
        going.progress(name, 1, 5)
    going.observed(observation(operation="tls_handshake", failure="connection_reset", hostname="chat.signal.org"))
    return Picture(
        at=NOON + timedelta(hours=1), headline="A sweep, since 12:00 UTC.", last=last, said=said,
        under_way=going if sweeping else None, events=("Telegram: blocked since 2025-11-20",),
    )  # fmt: skip


def shown(one: Picture, columns: int, lines: int) -> list[str]:
    out = Console(file=io.StringIO(), width=columns, height=lines, color_system=None, markup=False, highlight=False)
    with out.capture() as captured:
        out.print(drawn(one, columns=columns, lines=lines))
    return captured.get().splitlines()


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
@pytest.mark.parametrize("lines", [5, 8, 12, 24, 50])
@pytest.mark.parametrize("sweeping", [True, False])
@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_picture_fits_every_terminal(columns: int, lines: int, sweeping: bool, language: str) -> None:
    """No line is longer than the terminal, and there are no more of them; platforms without room are counted."""
    with speaking(language):
        told = shown(picture(sweeping=sweeping), columns, lines)
    assert max(map(cell_len, told)) <= columns
    assert len(told) <= max(lines, 6)
    if language == "en" and columns > 20:
        named = [name for name in PLATFORMS if any(line.startswith(name) for line in told)]
        rest = [line for line in told if line.startswith("and ")]
        assert len(named) == 9 if not rest else rest == [f"and {9 - len(named)} more"]


def test_what_is_grave_stands_first_and_is_never_what_has_no_room() -> None:
    told = shown(picture(sweeping=False), 80, 8)
    assert next(word for line in told if (word := line.split()[0]) in PLATFORMS) == "telegram"


def test_a_wide_terminal_tells_more() -> None:
    """At 80 columns what is done now, when it was last seen and how often blocked; at 200 how, too."""
    narrow, wide = ("\n".join(shown(picture(), columns, 30)) for columns in (80, 200))
    for told in (narrow, wide):
        assert "1/5  TLS chat.signal" in told
        assert "9 of 45 endpoints" in told
        assert "12:00" in told
        assert "12 of 14" in told
        assert "Telegram: blocked since 2025-11-20" in told
    assert "dns.injection.blockpage" not in narrow
    assert "tls.reset.sni, dns.injection.blockpage" in wide
    assert "dns.injection.blockpage" in "\n".join(shown(picture(sweeping=False), 110, 30))


HOSTILE = "\x1b]0;owned\x07\u202ekcolb\x9b2J"


def test_nothing_measured_acts() -> None:
    """Host names and failures of rows, names of platforms, and what is said."""
    going = UnderWay()
    going.progress(HOSTILE, 0, 2)
    going.observed(observation(platform=HOSTILE, hostname=HOSTILE, failure=HOSTILE, operation=HOSTILE))
    one = verdict(platform=HOSTILE, level="platform", mechanisms=(HOSTILE,), observed_at=NOON)
    last = {HOSTILE: (one, Recurrence(blocked=1, told=1))}
    told = shown(Picture(at=NOON, headline=HOSTILE, last=last, said=(HOSTILE,), under_way=going), 200, 40)
    assert any("owned" in line for line in told)
    assert [line for line in told if not line.isprintable()] == []


@pytest.mark.parametrize(
    ("variables", "drawn_on"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
    ],
)
def test_what_can_be_drawn_on(variables: dict[str, str], drawn_on: bool) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert can_be_drawn_on(Screen(), variables) is drawn_on
    assert not can_be_drawn_on(io.StringIO(), variables)


def test_recent_keeps_seven_days_and_counts_in_them(tmp_path: Path) -> None:
    """Of a sweep every six hours for ten days: blocked for the last two, and an event says since when."""
    for number in range(40):
        found = {"signal": blocked("tls.reset.sni") if number >= 32 else ok(), "yahoo": ok()}
        write_sweep(tmp_path, NOON + timedelta(hours=6 * number), found)
    sweeps = {sweep.sweep_id: sweep for sweep in rows(tmp_path, "sweeps")}
    recent = Recent()
    for one in rows(tmp_path, "verdicts"):
        recent.add([(sweeps[one.sweep_id], one)])
    last = recent.last()["signal"]
    counted = recent.recurrence(last)
    assert (last.state, counted.blocked, counted.told) == (State.BLOCKED, 8, 29)
    assert (last.because, last.witnesses) == ("", ())
    assert len(recent.findings()) == 2 * 29
    assert changes_in(recent) == ("Signal: blocked since 2025-12-02",)
    assert changes_in(Recent()) == ()


def agent_in(folder: Path, pace: str) -> list[str]:
    agree(folder)
    return [sys.executable, "-m", "tests.measuring_process", str(folder), "3600", pace]


@needs_a_terminal
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_a_terminal_a_sweep_is_seen_and_the_terminal_given_back(tmp_path: Path, number: int) -> None:
    """Before the agent has ended: whoever then kills it has his terminal already. What was said is said once more."""
    with in_a_terminal(agent_in(tmp_path, "slow")) as terminal:
        terminal.until("of 91 endpoints")
        terminal.send(number)
        assert terminal.to_the_end() == 0
    before, _screen, rest = terminal.written.partition(OTHER_SCREEN)
    drawn_there, given_back, after = rest.partition(FIRST_SCREEN)
    assert plain(before) == ""
    assert "your line" in plain(drawn_there)
    assert given_back
    assert terminal.written.rindex(SHOWN) > terminal.written.rindex(HIDDEN)
    told = plain(after).splitlines()
    assert any("A sweep begins." in line for line in told)
    assert any("interrupted: " in line for line in told)
    assert told[-1].endswith("Ended; everything measured is written.")


@needs_a_terminal
def test_between_sweeps_nothing_is_drawn_but_on_another_size(tmp_path: Path) -> None:
    """The picture waits as the agent does. When the terminal changes it is drawn anew, at the new size."""
    with in_a_terminal(agent_in(tmp_path, "fast"), columns=80) as terminal:
        terminal.until("Waiting. Next sweep: ")
        terminal.until(lambda text: len(terminal.last_frame()) >= 24 * 80 + 23)
        frame = terminal.last_frame()
        assert "0 of 1" in frame
        assert [line for line in frame.splitlines() if len(line) > 80] == []
        terminal.resize(50, 12)
        terminal.until(lambda text: text.count("Waiting. Next sweep: ") == 2)
        terminal.until(lambda text: len(terminal.last_frame()) >= 12 * 50 + 11)
        assert {len(line) for line in terminal.last_frame().splitlines()} == {50}
        assert len(terminal.last_frame().splitlines()) == 12
        terminal.send(signal.SIGTERM)
        assert terminal.to_the_end() == 0
    assert terminal.written.count("Waiting. Next sweep: ") == 2


@needs_a_terminal
@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"NO_COLOR": "1"}])
def test_where_nothing_may_be_drawn_there_are_lines(tmp_path: Path, variables: dict[str, str]) -> None:
    with in_a_terminal(agent_in(tmp_path, "fast"), variables=variables) as terminal:
        terminal.until("Next sweep at")
        terminal.send(signal.SIGTERM)
        assert terminal.to_the_end() == 0
    assert "\x1b" not in terminal.written
    assert "nothing is called blocked." in terminal.written


@needs_a_terminal
def test_a_demo_in_a_terminal_shows_what_goes_on_and_leaves_the_table(tmp_path: Path) -> None:
    """The bars are gone when the table of platforms comes, on the same screen as it."""
    command = [sys.executable, "-m", "agent", "demo", "--results", str(tmp_path / "results")]
    with in_a_terminal(command) as terminal:
        terminal.until(" of 91 endpoints")
        assert terminal.to_the_end() == 0
    assert OTHER_SCREEN not in terminal.written
    assert "To measure for real" in plain(terminal.written)
    assert terminal.written.rindex(SHOWN) > terminal.written.rindex(HIDDEN)


def test_who_waits_loads_no_pandas() -> None:
    """The picture is drawn by the process that waits."""
    import subprocess

    script = "import sys, agent.report.live.view as view; print({'pandas', 'numpy', 'pyarrow'} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "set()\n"
