"""`dideban selftest`: an installation tries itself on the scenarios that it carries, and says whether it works."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from agent import cli, exits
from tests.dideban_process import PATIENCE_S, ROOT, command, dideban, environment, sentence_of
from tests.namespace import needs_stage
from tests.scenario_files import CLEAN, LOOPBACK_ONLY, RESET, WRONG, written
from tests.test_cli import copy_folder

SLOW = RESET.replace('"reset"', '"drop"')


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program as a wheel installs it, without scenarios yet."""
    folder = tmp_path_factory.mktemp("program")
    for part in ("agent", "probes"):
        copy_folder(ROOT / part, folder / part)
    return folder


@pytest.fixture
def carrying(program: Path) -> Path:
    """The folder of the copy's scenarios, empty."""
    folder = program / "agent" / "lab" / "scenarios"
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    return folder


def selftest(program: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return dideban("selftest", *words, cwd=cwd, variables=variables(program))


def variables(program: Path) -> Mapping[str, str]:
    return {"PYTHONPATH": str(program)}


def test_all_right_is_said_with_the_states_and_the_shares(program: Path, carrying: Path, tmp_path: Path) -> None:
    """At 80 columns, plain in a pipe; it leaves no file."""
    written(carrying, "clean", CLEAN)
    written(carrying, "reset", RESET)
    ran = selftest(program, cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (exits.DONE, "")
    said = " ".join(ran.stdout.split())
    assert "2 scenarios on the stage loopback" in said
    assert "nobody was reached" in said
    assert re.search(r"^ BLOCKED +- +1$", ran.stdout, re.MULTILINE)
    assert re.search(r"^ ok +2 +-$", ran.stdout, re.MULTILINE)
    assert re.search(r"^ iran: .* 1 +1\.00 +1\.00$", ran.stdout, re.MULTILINE)
    assert re.search(r"^ clean: .* 1 +- +-$", ran.stdout, re.MULTILINE)
    assert re.search(r"^ all +2 +1\.00 +1\.00$", ran.stdout, re.MULTILINE)
    assert re.search(r"^All came out as they must\. It took \d+ s\.$", ran.stdout, re.MULTILINE)
    assert "\x1b" not in ran.stdout
    assert [line for line in ran.stdout.splitlines() if len(line) > 80 or line != line.rstrip()] == []
    assert list(tmp_path.iterdir()) == []


def test_what_came_out_wrong_is_named_with_its_reasons(program: Path, carrying: Path, tmp_path: Path) -> None:
    written(carrying, "clean", CLEAN)
    written(carrying, "wrong", WRONG)
    ran = selftest(program, cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (exits.NOT_AS_EXPECTED, "")
    assert "\nwrong\n  gmail: ok, and it is impaired, because Somebody thought so.\nWRONG: 1 of 2." in ran.stdout


def test_verbose_names_every_scenario_and_what_was_left_out(program: Path, carrying: Path, tmp_path: Path) -> None:
    written(carrying, "wrong", WRONG)
    written(carrying, "elsewhere", LOOPBACK_ONLY.replace("namespace", "loopback"))
    ran = selftest(program, "--verbose", cwd=tmp_path)
    assert re.search(r"^WRONG +[\d.]+ s  wrong$", ran.stdout, re.MULTILINE)
    assert "1 scenario left out, which this stage cannot show.\n  elsewhere: It is a test.\n" in ran.stdout


def test_only_the_families_that_were_named_are_tried(program: Path, carrying: Path, tmp_path: Path) -> None:
    written(carrying, "clean", CLEAN)
    written(carrying, "wrong", WRONG.replace('"clean"', '"look_alike"'))
    assert selftest(program, "--family", "clean", cwd=tmp_path).returncode == exits.DONE
    refused = selftest(program, "--family", "rule", cwd=tmp_path)
    assert refused.returncode == exits.BAD_INPUT
    assert "leave --family out" in sentence_of(refused)


def test_a_family_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["selftest", "--family", "russia"]) == exits.BAD_INPUT
    assert "There is no family 'russia' of scenarios; the families are action, " in capsys.readouterr().err


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_the_number_at_once_is_a_whole_one_from_1(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["selftest", f"--at-once={number}"])
    assert left.value.code == exits.BAD_INPUT
    assert f"argument --at-once: '{number}' is no whole number from 1\n" in capsys.readouterr().err


def test_an_installation_without_scenarios_says_so(program: Path, carrying: Path, tmp_path: Path) -> None:
    assert list(carrying.iterdir()) == []
    refused = selftest(program, cwd=tmp_path)
    assert refused.returncode == exits.BAD_INPUT
    assert str(carrying) in sentence_of(refused)


def processes_of(program: Path) -> list[str]:
    """What runs of this copy of the program, in namespaces too: each process is told its folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            found.append(path.read_bytes().replace(b"\0", b" ").decode())
    return [words for words in found if str(program) in words]


def interrupted(program: Path, cwd: Path, *words: str) -> tuple[int, str, str]:
    """A selftest that gets Ctrl+C when something of it is done: its code, and what it says from then on."""
    with subprocess.Popen(
        command("selftest", "--at-once", "2", *words),
        cwd=cwd,
        env=environment(**variables(program)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert "of 12 scenarios tried" in running.stdout.readline()
        running.send_signal(signal.SIGINT)
        rest, errors = running.communicate(timeout=PATIENCE_S)
    return running.returncode, rest, errors


@pytest.mark.parametrize("stage", ["loopback", pytest.param("namespace", marks=needs_stage)])
def test_interrupted_it_ends_at_once_and_leaves_no_process(
    stage: str, program: Path, carrying: Path, tmp_path: Path
) -> None:
    """What it started holds the same standard output, whose end comes with the last of them."""
    for number in range(12):
        written(carrying, f"slow_{number:02}", SLOW)
    code, rest, errors = interrupted(program, tmp_path, "--stage", stage)
    assert (code, rest, errors) == (exits.INTERRUPTED, "", "dideban: interrupted.\n")
    until_s = time.monotonic() + PATIENCE_S
    while sys.platform == "linux" and processes_of(program) and time.monotonic() < until_s:
        time.sleep(0.02)
    assert processes_of(program) == []
