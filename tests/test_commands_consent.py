"""Consent as people give it: typed in a terminal or a pipe, in two languages; and nothing is measured without it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from agent import consent
from tests.dideban_process import PATIENCE_S, agree, command, dideban, environment, sentence_of
from tests.namespace import alone, needs_namespaces


@pytest.mark.parametrize(
    ("language", "answer"),
    [("en", "yes\n"), ("en", " YES \n"), ("fa", "بله\n"), ("fa", "\u200fبله\n"), ("fa", "yes\n")],
)
def test_only_the_whole_word_is_a_yes(language: str, answer: str, tmp_path: Path) -> None:
    """It is recorded in the language that was read, and a second time nobody is asked again."""
    agreed = dideban("consent", "--language", language, cwd=tmp_path, answer=answer)
    assert (agreed.returncode, agreed.stderr) == (0, "")
    assert consent.text(language) in agreed.stdout
    given = consent.recorded(tmp_path / "results")
    assert given is not None
    assert given.language == language
    again = dideban("consent", "--language", language, cwd=tmp_path, answer="")
    assert again.returncode == 0
    assert consent.text(language) not in again.stdout
    assert str(given.given_on) in again.stdout


@pytest.mark.parametrize("answer", ["no\n", "y\n", "\n", "", "yes please\n", "نه\n", "\udcff\udcfe\n"])
@pytest.mark.parametrize("language", ["en", "fa"])
def test_everything_else_is_a_no(language: str, answer: str, tmp_path: Path) -> None:
    """A closed input and bytes that are no letters too. Nothing is written, not even the folder."""
    refused = subprocess.run(
        command("consent", "--language", language),
        cwd=tmp_path, env=environment(), input=answer.encode(errors="surrogateescape"), capture_output=True,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert (refused.returncode, refused.stderr) == (4, b"")
    assert consent.QUESTIONS[language].refused in refused.stdout.decode()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal to type into.")
@pytest.mark.parametrize(("typed", "code"), [(b"yes\n", 0), (b"no\n", 4), (b"\x04", 4), (b"\x03", 130)])
def test_it_is_asked_in_a_terminal(typed: bytes, code: int, tmp_path: Path) -> None:
    """Typed at the prompt: yes, no, Ctrl+D and Ctrl+C. No traceback, and a yes alone is kept."""
    mine, theirs = os.openpty()
    with subprocess.Popen(
        command("consent"),
        cwd=tmp_path, env=environment(TERM="dumb"), stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True, preexec_fn=take_terminal,
    ) as asking:  # fmt: skip
        os.close(theirs)
        shown = read_until(mine, b"anything else means no: ")
        os.write(mine, typed)
        # Between the prompt and the read behind it, Python may miss a first Ctrl+C, as people know: they press again.
        shown += read_until(mine, None, again=typed if typed == b"\x03" else b"")
        assert asking.wait(timeout=PATIENCE_S) == code
    os.close(mine)
    assert b"Traceback" not in shown
    assert (consent.recorded(tmp_path / "results") is not None) == (code == 0)


def take_terminal() -> None:
    """In the new process: let the terminal on standard input be its own, so that Ctrl+C there is a signal."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def read_until(terminal: int, words: bytes | None, *, again: bytes = b"") -> bytes:
    """What is shown up to `words`; with None, until the terminal closes. Types `again` in silence; fails at last."""
    shown, silent_s = b"", 0
    while words is None or words not in shown:
        if not select.select([terminal], [], [], 1)[0]:
            silent_s += 1
            assert silent_s < PATIENCE_S, shown
            os.write(terminal, again)
            continue
        try:
            more = os.read(terminal, 65536)
        except OSError:  # Linux's word for a terminal that nobody holds any more
            more = b""
        if not more:
            assert words is None, shown
            break
        shown += more
    return shown


def test_show_and_withdraw(tmp_path: Path) -> None:
    """The text can be read at any time; what is taken back is gone, and results stay."""
    folder = tmp_path / "elsewhere"
    before = dideban("consent", "--show", "--results", folder, cwd=tmp_path)
    assert before.returncode == 0
    assert consent.text("en") in before.stdout
    assert before.stdout.endswith("No consent is on record.\n")
    agree(folder)
    (folder / "notes.txt").write_text("mine")
    assert (
        f"text of {consent.CONSENT_VERSION}" in dideban("consent", "--show", "--results", folder, cwd=tmp_path).stdout
    )
    withdrawn = dideban("consent", "--withdraw", "--results", folder, cwd=tmp_path)
    assert withdrawn.returncode == 0
    assert withdrawn.stdout.startswith("Your consent is withdrawn; nothing will be measured.")
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    again = dideban("consent", "--withdraw", "--results", folder, cwd=tmp_path)
    assert (again.returncode, again.stdout) == (0, "No consent is on record.\n")


def test_a_consent_counts_for_its_folder_alone(tmp_path: Path) -> None:
    """Given with --results, or by way of --config: it stands in that folder, and opens no other."""
    (tmp_path / "config.toml").write_text('[results]\nfolder = "mine"\n')
    agreed = dideban("consent", "--config", tmp_path / "config.toml", cwd=tmp_path, answer="yes\n")
    assert agreed.returncode == 0
    assert consent.recorded(tmp_path / "mine") is not None
    assert dideban("once", "--results", tmp_path / "other", cwd=tmp_path).returncode == 4
    given = dideban("consent", "--results", tmp_path / "other", cwd=tmp_path, answer="yes\n")
    assert given.returncode == 0
    assert consent.recorded(tmp_path / "other") is not None


def test_nobody_is_asked_in_letters_that_the_terminal_lacks(tmp_path: Path) -> None:
    """Question marks cannot be agreed to: it says so, and what to do."""
    variables = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"}
    asked = dideban("consent", "--language", "fa", cwd=tmp_path, answer="yes\n", variables=variables)
    assert (asked.returncode, asked.stdout) == (2, "")
    assert "lacks letters of the text; set PYTHONUTF8=1" in sentence_of(asked)
    assert list(tmp_path.iterdir()) == []


#: In a network of its own: one interface, into which every route leads and out of which none does. The last two lines
#: keep the exit code, and what the kernel counted on that interface.
METERED = """
ip link set lo up && ip route add default dev lo && ip -6 route add default dev lo || exit 99
"$@"; code=$?
cat /proc/net/dev > "$METER"; exit $code
"""


def packets_of(words: list[str], cwd: Path) -> tuple[subprocess.CompletedProcess[str], int]:
    """A command that has ended, and the packets that it sent to wherever it liked. None of them left the machine."""
    meter = cwd / "meter"
    ended = subprocess.run(
        [*alone(), "sh", "-c", METERED, "sh", *words],
        cwd=cwd, env=environment(DIDEBAN_FENCE="0.0.0.0/0,::/0", METER=str(meter)), capture_output=True,
        encoding="utf-8", timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    (counters,) = [line.split() for line in meter.read_text().splitlines() if line.lstrip().startswith("lo:")]
    meter.unlink()
    return ended, int(counters[10])


@needs_namespaces
def test_the_meter_sees_one_datagram(tmp_path: Path) -> None:
    """So that nought, below, means that nothing was sent."""
    send = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))"
    ended, packets = packets_of([sys.executable, "-c", send], tmp_path)
    assert (ended.returncode, packets) == (0, 1)


OTHER_VERSION = '{"version": "2020-01-01", "given_on": "2020-01-02", "language": "en", "tiers": ["mass"]}'


@needs_namespaces
@pytest.mark.parametrize("name", ["once", "run"])
@pytest.mark.parametrize("kept", [None, "", "{", OTHER_VERSION], ids=["none", "empty", "torn", "other version"])
def test_without_consent_nothing_is_sent_or_written(name: str, kept: str | None, tmp_path: Path) -> None:
    """Exit code 4, said in both languages, before any file is made."""
    if kept is not None:
        (tmp_path / "results").mkdir()
        (tmp_path / "results" / consent.FILE_NAME).write_text(kept)
    before = sorted(tmp_path.rglob("*"))
    refused, packets = packets_of(command(name), tmp_path)
    assert (refused.returncode, refused.stdout, packets) == (4, "", 0)
    assert "No consent is on record for this version; run `dideban consent`" in refused.stderr
    assert "dideban consent --language fa" in refused.stderr
    assert sorted(tmp_path.rglob("*")) == before
