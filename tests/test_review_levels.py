"""From a platform down to one observation: each level names the command for the next, in every form and width."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent import cli, exits
from agent.records import Sweep
from agent.store.journal import Journal
from agent.store.schema import header
from agent.store.scrub import Private
from agent.verdict.records import State
from probes.observation import Observation
from tests.dideban_process import command, dideban
from tests.result_files import blocked, ok, write_sweep
from tests.store_rows import observation, verdict
from tests.terminal_process import in_a_terminal, needs_a_terminal, plain

NOON = datetime(2025, 11, 24, 12, 0, 0, 123000, tzinfo=UTC)
DAY = timedelta(days=1)


def observed(folder: Path, made: Sweep, rows: int, **changes: object) -> list[Observation]:
    """Observations of a sweep's Signal, on the disk."""
    written = [
        observation(
            **{
                "sweep_id": made.sweep_id,
                "observation_id": f"{made.sweep_id}.{number:05d}",
                "observed_at": made.started_at + timedelta(seconds=number),
                "target": "signal/chat",
                "title": "",
                "operation": "connect" if number % 2 else "resolve",
                **changes,
            }
        )
        for number in range(1, rows + 1)
    ]
    Journal(folder, Private()).append(written)
    return written


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three sweeps on three days: Signal was open, then blocked twice; the last has a target with observations."""
    write_sweep(tmp_path, NOON, {"signal": ok(), "yahoo": ok()})
    write_sweep(tmp_path, NOON + DAY, {"signal": blocked("dns.injection.blockpage"), "yahoo": ok()})
    made = write_sweep(tmp_path, NOON + 2 * DAY, {"signal": blocked("tls.reset.sni"), "yahoo": ok()})
    rows = observed(tmp_path, made, 6)
    Journal(tmp_path, Private()).append(
        [
            verdict(
                sweep_id=made.sweep_id, verdict_id=f"{made.sweep_id}.v.signal/chat", observed_at=made.started_at,
                level="target", platform="signal", target="signal/chat", state=State.BLOCKED,
                mechanisms=("tls.reset.sni",), rule_ids=("tls_reset_this_name_only",),
                because="Reset for this name alone.", witnesses=(rows[1].observation_id, rows[4].observation_id),
            )
        ]
    )  # fmt: skip
    observed(tmp_path, write_sweep(tmp_path, NOON + 3 * DAY, {"tabnak": ok()}, stage="lab"), 2)
    return tmp_path


@pytest.fixture
def review(folder: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """A function that gives what a review prints."""

    def told(*words: str) -> str:
        assert cli.main(["review", *words, "--results", str(folder)]) == exits.DONE
        return capsys.readouterr().out

    return told  # type: ignore[return-value]


def next_command(told: str) -> list[str]:
    """The arguments of the command that a level ends with."""
    before, last = told.splitlines()[-2:]
    assert before == "One level down:"
    words = shlex.split(last)
    assert words[1] == "review"
    assert words[-2] == "--results"
    return words[2:-2]


def test_each_level_leads_to_the_next(review: Any) -> None:
    """From the platforms to a row, by the commands that are printed, until there is no level left."""
    platforms = review()
    assert next_command(platforms) == ["signal"]
    signal = review("signal")
    assert signal.startswith("signal  BLOCKED  tls.reset.sni\n  Seen 2025-11-26 12:00:00 UTC.\n")
    assert "blocked in 2 of 3 sweeps that could tell" in signal
    assert "signal/chat" in signal
    targets, over_time = signal.split("Its verdicts, newest first")
    assert "signal/web" in targets
    assert re.findall(r"2025-11-2\d", over_time) == ["2025-11-26", "2025-11-25", "2025-11-24"]
    (identity,) = next_command(signal)
    assert identity == "20251126T120000Z-abcdef-v-signal"
    assert "tls.reset.sni" in review(identity)
    chat = review("signal/chat")
    (identity,) = next_command(chat)
    of_verdict = review(identity)
    assert "Rules: tls_reset_this_name_only." in of_verdict
    assert "Reset for this name alone." in of_verdict
    times = re.findall(r"^ (12:00:0\d\*?)", of_verdict, re.MULTILINE)
    assert times == ["12:00:01", "12:00:02*", "12:00:03", "12:00:04", "12:00:05*", "12:00:06"]
    (row,) = next_command(of_verdict)
    assert row == "20251126T120000Z-abcdef.00002"
    whole = review(row)
    assert {name for name in header("observations")[:-1] if name in whole} == set(header("observations")[:-1])
    assert "10.10.34.35 192.0.2.1" in whole
    assert "One level down" not in whole


def test_a_sweep_is_a_level_too(review: Any) -> None:
    """Its row in sentences, and its platforms' verdicts with their ids."""
    (identity,) = next_command(review("sweep"))
    told = review(identity)
    assert told.startswith("20251126T120000Z-abcdef  complete\n")
    assert "The line was normal: All answer." in told
    assert next_command(told) == ["20251126T120000Z-abcdef-v-signal"]


def test_names_are_known_however_they_are_typed_and_an_id_in_any_stage(review: Any) -> None:
    assert review("Signal") == review("signal")
    assert review("SIGNAL/chat") == review("signal/chat")
    assert review("20251127T120000Z-abcdef-v-tabnak").startswith("tabnak  ok\n")
    assert "20251127T120000Z-abcdef.00001" in review("20251127T120000Z-abcdef.00001")


@pytest.mark.parametrize(
    ("what", "columns", "count"),
    [
        ("signal", "verdict_id", 7),
        ("signal/web", "verdict_id", 3),
        ("20251126T120000Z-abcdef", "verdict_id", 5),
        ("20251126T120000Z-abcdef.v.signal/chat", "observation_id", 6),
        ("20251126T120000Z-abcdef.00002", "observation_id", 1),
    ],
)
def test_every_level_has_csv_and_json(review: Any, what: str, columns: str, count: int) -> None:
    """All rows, each with its id; `--limit` takes the first, which are the newest where they are verdicts."""
    rows = list(csv.DictReader(io.StringIO(review(what, "--csv")), strict=True))
    objects = json.loads(review(what, "--json"))
    assert [row[columns] for row in rows] == [one[columns] for one in objects]
    assert len({row[columns] for row in rows}) == len(rows) == count
    if columns == "verdict_id":
        assert len(json.loads(review(what, "--json", "--limit", "1"))) == 1


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("sginal", "WHAT 'sginal' is not known; perhaps you mean signal."),
        ("telegram", "There is no verdict on telegram among these rows yet."),
        ("20251126T120000Z-abcdef.00099", "WHAT '20251126T120000Z-abcdef.00099' is not known; there are platform,"),
        ("\x1b[2Jgone", "WHAT '\\x1b[2Jgone' is not known; there are platform,"),
    ],
)
def test_what_is_not_there_is_one_sentence(folder: Path, what: str, sentence: str, capsys: Any) -> None:
    assert cli.main(["review", what, "--results", str(folder)]) == exits.BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert line.startswith(f"dideban: {sentence}")
    assert line.isprintable()


def test_a_limit_says_how_many_there_are(review: Any, folder: Path, capsys: Any) -> None:
    """Of observations those that decided stay."""
    told = review("signal", "--limit", "2")
    assert "There are 3; --limit 3 shows all." in told
    told = review("20251126T120000Z-abcdef.v.signal/chat", "--limit", "3")
    assert re.findall(r"^ (12:00:0\d\*?)", told, re.MULTILINE) == ["12:00:01", "12:00:02*", "12:00:05*"]
    assert "There are 6; --limit 6 shows all." in told
    assert "1 row. Of 2." in review("--limit", "1")
    assert cli.main(["review", "--limit", "0", "--results", str(folder)]) == exits.BAD_INPUT
    assert capsys.readouterr().err == "dideban: --limit 0 shows nothing; give a number from 1 on.\n"


def test_vantage_points_are_never_counted_together(tmp_path: Path, capsys: Any) -> None:
    """Two volunteers saw Signal otherwise: two rows, two denominators, and it is said that there are two."""
    for hour in range(3):
        at = NOON + timedelta(hours=hour)
        write_sweep(tmp_path, at, {"signal": blocked("tcp.reset")}, vantage_id="a1", vantage_country="IR")
        there = {"vantage_id": "b2", "vantage_country": "TR", "vantage_asn": 9121}
        sweep_id = f"{at:%Y%m%dT%H%M%SZ}-bbbbbb"
        made = write_sweep(tmp_path, at + timedelta(minutes=1), {}, sweep_id=sweep_id, **there)
        row = verdict(
            sweep_id=made.sweep_id, verdict_id=f"{sweep_id}.v.signal", observed_at=made.started_at, level="platform",
            platform="signal", state=State.OK, mechanisms=(),
        )  # fmt: skip
        Journal(tmp_path, Private()).append([row])
    words = ["--results", str(tmp_path)]
    assert cli.main(["review", "--json", *words]) == exits.DONE
    rows = json.loads(capsys.readouterr().out)
    assert [(row["vantage_id"], row["blocked"], row["ok"], row["n"]) for row in rows] == [
        ("a1", 3, 0, 3),
        ("b2", 0, 3, 3),
    ]
    for by in ("platform", "day", "mechanism", "sweep"):
        assert cli.main(["review", by, *words]) == exits.DONE
        assert "From 2 vantage points, kept apart." in " ".join(capsys.readouterr().out.split())
    assert cli.main(["review", "signal", *words]) == exits.DONE
    told = capsys.readouterr().out
    assert "in 3 of 3 sweeps" in " ".join(told.split())
    assert "in 0 of 3 sweeps" in " ".join(told.split())
    assert "TR AS9121 b2" in " ".join(told.split())


HOSTILE = ["\x1b]0;owned\x07", "=1+cmd|' /C calc'!A0", "\u202ekcolb", "a\u2028b", "\x9b2J", "[bold]x[/bold]"]


@pytest.mark.parametrize("columns", ["40", "80", "200"])
@pytest.mark.parametrize("level", ["signal", "signal/chat", "20251126T120000Z-abcdef.v.signal/chat", "row"])
def test_hostile_rows_are_inert_at_every_level(folder: Path, level: str, columns: str) -> None:
    """What a page, a certificate or whoever wrote the file puts into a text column is shown, and does nothing."""
    made = write_sweep(folder, NOON + 4 * DAY, {"signal": blocked(*HOSTILE)}, because=HOSTILE[0])
    for number, text in enumerate(HOSTILE):
        observed(
            folder, made, 1, observation_id=f"{made.sweep_id}.{number}", title=text, hostname=text, failure=text,
            resolver=text, answers=(text,),
        )  # fmt: skip
    row = verdict(
        sweep_id=made.sweep_id, verdict_id=f"{made.sweep_id}.v.signal/chat", observed_at=made.started_at,
        level="target", platform="signal", target="signal/chat", because=HOSTILE[0], mechanisms=tuple(HOSTILE),
        rule_ids=tuple(HOSTILE), state=State.BLOCKED,
    )  # fmt: skip
    Journal(folder, Private()).append([row])
    what = {"row": f"{made.sweep_id}.0", "20251126T120000Z-abcdef.v.signal/chat": row.verdict_id}.get(level, level)
    shown = dideban("review", what, "--results", folder, cwd=folder, variables={"COLUMNS": columns})
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "owned" in shown.stdout
    assert [line for line in shown.stdout.splitlines() if not line.isprintable()] == []
    printed = dideban("review", what, "--csv", "--results", folder, cwd=folder)
    cells = [cell for line in csv.reader(io.StringIO(printed.stdout), strict=True) for cell in line]
    assert len(cells) > 10
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@")) or not cell.isprintable()] == []


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize(
    "what", ["signal", "signal/chat", "20251126T120000Z-abcdef", "20251126T120000Z-abcdef.v.signal/chat"]
)
def test_every_level_fits_the_terminal(folder: Path, what: str, columns: int) -> None:
    """In a pipe there is no colour, and no line but the command is longer than the terminal, unless by one word."""
    shown = dideban("review", what, "--results", folder, cwd=folder, variables={"COLUMNS": str(columns)})
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "\x1b" not in shown.stdout
    *lines, _command = shown.stdout.splitlines()
    assert [line for line in lines if len(line) > columns and len(line.split()) > 1] == []
    assert [line for line in lines if line != line.rstrip()] == []
    wide = dideban("review", what, "--results", folder, cwd=folder, variables={"COLUMNS": "200"}).stdout
    if columns > 40:
        ids = set(re.findall(r"\S*-v-signal\S*|\S*\.v\.signal\S*", wide))
        assert {word for word in shown.stdout.split() if "v.signal" in word or "v-signal" in word} <= ids | {
            one.removeprefix("20251126T120000Z-abcdef") for one in ids
        }


@needs_a_terminal
@pytest.mark.parametrize("pager", ["less", "sh -c 'echo PAGED; cat'"])
def test_what_fills_the_screen_goes_through_the_pager(folder: Path, pager: str) -> None:
    """The reader's own or less; what fits, and what nobody wants paged, is printed as it is."""
    words = [*command("review", "signal", "--results", folder)]
    with in_a_terminal(words, lines=10, variables={"PAGER": pager}) as terminal:
        if pager == "less":
            terminal.until("signal  BLOCKED")
            terminal.press("q")
        assert terminal.to_the_end() == 0
        paged = plain(terminal.written)
    assert ("PAGED" in paged) == (pager != "less")
    assert ("One level down" in paged) == (pager != "less")  # less shows a screen, and waits
    with in_a_terminal([*words, "--no-pager"], lines=10, variables={"PAGER": pager}) as terminal:
        assert terminal.to_the_end() == 0
        assert "PAGED" not in terminal.written
        assert "One level down" in plain(terminal.written)
    with in_a_terminal(words, lines=80, variables={"PAGER": pager}) as terminal:
        assert terminal.to_the_end() == 0
        assert "PAGED" not in terminal.written
        assert "\x1b[" in terminal.written


@needs_a_terminal
def test_the_pager_keeps_nothing_of_what_was_searched_for(folder: Path, tmp_path: Path) -> None:
    """Somebody else may look into the home of a reader who looked for a platform's name."""
    home = tmp_path / "home"
    home.mkdir()
    own = {"PAGER": "less", **dict.fromkeys(("HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"), str(home))}
    with in_a_terminal([*command("review", "signal", "--results", folder)], lines=10, variables=own) as terminal:
        terminal.until("signal  BLOCKED")
        terminal.press("/signal\r")
        terminal.press("q")
        assert terminal.to_the_end() == 0
    assert list(home.iterdir()) == []


@needs_a_terminal
def test_a_pager_that_cannot_be_started_loses_nothing(folder: Path) -> None:
    words = [*command("review", "signal", "--results", folder)]
    with in_a_terminal(words, lines=10, variables={"PAGER": "no-such-pager"}) as terminal:
        assert terminal.to_the_end() == 0
    assert "One level down" in plain(terminal.written)


def test_in_a_pipe_nothing_is_paged(folder: Path) -> None:
    shown = dideban("review", "signal", "--results", folder, cwd=folder, variables={"PAGER": f"{sys.executable} -c 1"})
    assert "One level down" in shown.stdout
