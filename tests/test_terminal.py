"""What a sweep's end looks like in a terminal: what was measured, and once why the rest was not."""

from __future__ import annotations

import pytest

from agent.records import VantageState
from agent.report.output import console
from agent.report.terminal import show_sweep
from agent.sweep import SweepResult
from agent.verdict.records import State, Verdict
from tests.store_rows import sweep, verdict

UNJUDGED = "Unjudged."


def of_platform(platform: str, state: State, because: str) -> Verdict:
    return verdict(level="platform", platform=platform, state=state, mechanisms=(), because=because)


VERDICTS = [
    of_platform("signal", State.INSUFFICIENT, UNJUDGED),
    of_platform("flickr", State.INSUFFICIENT, UNJUDGED),
    of_platform("yahoo", State.OK, "www.yahoo.com answers as itself."),
    of_platform("cloob", State.RETIRED, "The service no longer exists."),
]


def shown(capsys: pytest.CaptureFixture[str], **changes: object) -> str:
    show_sweep(SweepResult(sweep=sweep(**changes), verdicts=VERDICTS))
    return capsys.readouterr().out


def test_a_complete_sweep_shows_every_platform(capsys: pytest.CaptureFixture[str]) -> None:
    """On whatever line: that nothing could be judged is an outcome of each."""
    told = shown(capsys, outcome="complete", vantage_state=VantageState.NATIONAL_ONLY)
    assert told.count(UNJUDGED) == 2
    assert "yahoo" in told
    assert "On such a line a failure says nothing of a platform" in told


def test_an_interrupted_sweep_shows_only_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """One line says what happened; no platform that nobody reached is in the table."""
    told = shown(capsys, outcome="interrupted", vantage_state=VantageState.UNDETERMINED)
    assert told.startswith("The sweep was interrupted.")
    assert "yahoo" in told
    assert [word for word in ("signal", "flickr", "cloob", UNJUDGED) if word in told] == []


def test_a_sweep_without_a_line_shows_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing was measured, and that is said once."""
    show_sweep(
        SweepResult(
            sweep=sweep(outcome="not_measured", vantage_state=VantageState.OFFLINE, because="There is no route."),
            verdicts=VERDICTS[:2],
        )
    )
    told = capsys.readouterr().out
    assert told.startswith("Nothing was measured: the computer was offline.\n")
    assert "There is no route." in told
    assert [word for word in ("platform", "signal", UNJUDGED) if word in told] == []


def test_a_long_path_is_never_broken(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is cannot be copied. Other words fill the terminal, and leave no trailing space."""
    monkeypatch.setenv("COLUMNS", "40")
    path = "a-folder/" * 8
    console().say(f"What was found in the last week stands in {path} and in no other place that anybody knows of.")
    lines = capsys.readouterr().out.splitlines()
    assert path in lines
    assert [line for line in lines if line != line.rstrip() or (len(line) > 40 and line != path)] == []
    assert len(lines) > 3
