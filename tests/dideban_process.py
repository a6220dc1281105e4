"""Runs `dideban` as its users do: in a process of its own, fenced, from a folder without a config.toml."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent import consent

ROOT = Path(__file__).parents[1]
#: Seconds after which a process that should have ended is taken for hung. It ends the test; it measures nothing.
PATIENCE_S = 60.0
needs_pipes = pytest.mark.skipif(sys.platform == "win32", reason="Windows reports a closed pipe as another error.")


def command(*arguments: str | Path) -> list[str]:
    """The words that start `dideban`."""
    return [sys.executable, "-m", "agent", *map(str, arguments)]


def environment(**changes: str) -> dict[str, str]:
    """This process's environment, fence included, in which the checkout is found from every folder."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "80", **changes}


def dideban(
    *arguments: str | Path,
    cwd: Path,
    answer: str = "",
    variables: Mapping[str, str] | None = None,
    within: Sequence[str] = (),
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end. `answer` is typed; `within` is a command that runs it, such as unshare."""
    return subprocess.run(
        [*within, *command(*arguments)],
        cwd=cwd, input=answer, env=environment(**(variables or {})), capture_output=True,
        encoding="utf-8", errors="replace", timeout=PATIENCE_S, check=False,
    )  # fmt: skip


def left_at_once(*arguments: str | Path, cwd: Path) -> tuple[int, str]:
    """Exit code and standard error of a command whose standard output nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            command(*arguments),
            cwd=cwd, env=environment(), stdout=writing, stderr=subprocess.PIPE, text=True, check=False,
            timeout=PATIENCE_S,
        )  # fmt: skip
    finally:
        os.close(writing)
    return ended.returncode, ended.stderr


def agree(folder: Path) -> None:
    """Record the consent of whoever runs the tests, for a results folder."""
    consent.record(folder, "en", datetime.now(UTC))


def sentence_of(ended: subprocess.CompletedProcess[str]) -> str:
    """The one sentence on standard error, without the program's name. Fails when there is more, or a traceback."""
    assert "Traceback" not in ended.stderr, ended.stderr
    (line,) = ended.stderr.splitlines()
    name, _, sentence = line.partition(": ")
    assert name == "dideban"
    assert sentence.endswith(".")
    return sentence
