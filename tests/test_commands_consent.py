"""Consent as people give it: typed in a terminal or a pipe, in two languages; and nothing is measured without it."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent import consent
from agent.calendars import day
from agent.language import speaking
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
    assert words_of(consent.text(language)) in words_of(agreed.stdout)
    given = consent.recorded(tmp_path / "results")
    assert given is not None
    assert given.language == language
    again = dideban("consent", "--language", language, cwd=tmp_path, answer="")
    assert again.returncode == 0
    assert words_of(consent.text(language)) not in words_of(again.stdout)
    with speaking(language):
        assert day(given.given_on) in again.stdout


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


needs_terminals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal to type into.")


@needs_terminals
@pytest.mark.parametrize(("typed", "code"), [(b"yes\n", 0), (b"no\n", 4), (b"\x04", 4), (b"\x03", 130)])
def test_it_is_asked_in_a_terminal(typed: bytes, code: int, tmp_path: Path) -> None:
    """Typed at the prompt: yes, no, Ctrl+D and Ctrl+C. No traceback, and a yes alone is kept."""
    with in_terminal("consent", cwd=tmp_path, lines=200) as (asking, mine):
        shown = read_until(mine, b"anything else means no: ")
        os.write(mine, typed)
        # Between the prompt and the read behind it, Python may miss a first Ctrl+C, as people know: they press again.
        shown += read_until(mine, None, again=typed if typed == b"\x03" else b"")
        assert asking.wait(timeout=PATIENCE_S) == code
    assert b"Traceback" not in shown
    assert b"read on" not in shown  # all of it was in sight
    assert (consent.recorded(tmp_path / "results") is not None) == (code == 0)


@needs_terminals
def test_a_text_longer_than_the_screen_is_turned_by_its_reader(tmp_path: Path) -> None:
    """Part by part, each of which the screen holds, up to the question."""
    with in_terminal("consent", cwd=tmp_path, lines=20) as (asking, mine):
        parts = [read_until(mine, b"(Enter: read on) ")]
        while b"means no: " not in parts[-1]:
            os.write(mine, b"\n")
            parts.append(read_until(mine, b"(Enter: read on) ", b"means no: "))
        os.write(mine, b"yes\n")
        read_until(mine, None)
        assert asking.wait(timeout=PATIENCE_S) == 0
    assert len(parts) > 3
    assert max(part.count(b"\n") for part in parts[:-1]) < 20


@needs_terminals
@pytest.mark.parametrize(("words", "code"), [(("consent",), 4), (("consent", "--show"), 0)])
def test_who_leaves_in_mid_text_is_not_asked(words: tuple[str, ...], code: int, tmp_path: Path) -> None:
    """Ctrl+D at the first turn: a no, or enough of a text that was only shown."""
    with in_terminal(*words, cwd=tmp_path, lines=20) as (asking, mine):
        read_until(mine, b"(Enter: read on) ")
        os.write(mine, b"\x04")
        shown = read_until(mine, None)
        assert asking.wait(timeout=PATIENCE_S) == code
    assert b"means no: " not in shown
    assert b"Traceback" not in shown
    assert list(tmp_path.iterdir()) == []


@contextmanager
def in_terminal(*words: str, cwd: Path, lines: int) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`dideban` in a terminal of its own, so many lines high, and the end of it at which people sit."""
    mine, theirs = os.openpty()
    with subprocess.Popen(
        command(*words),
        cwd=cwd, env=environment(TERM="dumb", LINES=str(lines)), stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True, preexec_fn=take_terminal,
    ) as asking:  # fmt: skip
        os.close(theirs)
        try:
            yield asking, mine
        finally:
            asking.kill()
            os.close(mine)


def take_terminal() -> None:
    """In the new process: let the terminal on standard input be its own, so that Ctrl+C there is a signal."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def read_until(terminal: int, *words: bytes | None, again: bytes = b"") -> bytes:
    """What is shown up to one of `words`; with None, until it closes. Types `again` in silence; fails at last."""
    shown, silent_s = b"", 0
    wanted = [word for word in words if word is not None]
    while not any(word in shown for word in wanted):
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
            assert not wanted, shown
            break
        shown += more
    return shown


def test_show_and_withdraw(tmp_path: Path) -> None:
    """The text can be read at any time; what is taken back is gone, and results stay."""
    folder = tmp_path / "elsewhere"
    before = dideban("consent", "--show", "--results", folder, cwd=tmp_path)
    assert before.returncode == 0
    assert words_of(consent.text("en")) in words_of(before.stdout)
    assert f"No consent is on record in {folder}. An agent" in words_of(before.stdout)
    agree(folder)
    (folder / "notes.txt").write_text("mine")
    shown = dideban("consent", "--show", "--results", folder, cwd=tmp_path).stdout
    assert f"is on record in {folder} (text of {consent.CONSENT_VERSION})." in words_of(shown)
    withdrawn = dideban("consent", "--withdraw", "--results", folder, cwd=tmp_path)
    assert withdrawn.returncode == 0
    assert f"withdrawn; nothing more will be measured into {folder}." in words_of(withdrawn.stdout)
    assert "withdraw there too, with --results." in words_of(withdrawn.stdout)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    again = dideban("consent", "--withdraw", "--results", folder, cwd=tmp_path)
    assert again.returncode == 0
    assert words_of(again.stdout) == (
        f"No consent is on record in {folder}. An agent that writes to another folder has its own: name that folder "
        "with --results."
    )


@pytest.mark.parametrize("language", ["en", "fa"])
def test_every_word_about_a_consent_names_its_folder(language: str, tmp_path: Path) -> None:
    """In both languages: recorded, on record, withdrawn, none. What was withdrawn elsewhere ends nobody here."""
    for words, answer in (([], "yes\n"), ([], ""), (["--withdraw"], ""), (["--withdraw"], "")):
        said = dideban("consent", *words, "--language", language, "--results", "mine", cwd=tmp_path, answer=answer)
        assert (said.returncode, said.stderr) == (0, "")
        assert re.search(r"\bmine\b", said.stdout)
        assert ("--results" in said.stdout) == bool(words)


@pytest.mark.parametrize("language", ["en", "fa"])
def test_whoever_agrees_learns_how_to_state_a_country(language: str, tmp_path: Path) -> None:
    """Once, and only where none is stated: without one the comparison leaves the rows out."""
    config = tmp_path / "config.toml"
    config.write_text('[vantage]\ncountry = "IR"\n')
    for results, stated in (("one", True), ("two", False)):
        config.write_text('[vantage]\ncountry = "IR"\n' if stated else "")
        agreed = dideban("consent", "--language", language, "--results", results, cwd=tmp_path, answer="yes\n")
        assert ('country = "IR"' in words_of(agreed.stdout)) != stated


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("language", ["en", "fa"])
def test_the_text_is_as_wide_as_the_terminal(language: str, columns: int, tmp_path: Path) -> None:
    """But no wider than one can read. No word is broken, no Markdown is left, and a heading has its line."""
    shown = dideban("consent", "--show", "--language", language, cwd=tmp_path, variables={"COLUMNS": str(columns)})
    lines = shown.stdout.splitlines()
    assert max(map(len, lines)) <= min(columns, 78)
    assert words_of(consent.text(language)) in words_of(shown.stdout)
    assert not set("*`#") & set(shown.stdout)
    first, *_ = consent.text(language).splitlines()
    assert lines[0] == first.removeprefix("# ")
    headings = re.findall(r"^\*\*(.+?)\*\*", consent.text(language), re.MULTILINE)
    assert len(headings) > 5
    assert {words_of(heading) for heading in headings} <= {words_of(line) for line in lines}


def words_of(text: str) -> str:
    """The text without Markdown's marks and line breaks."""
    return " ".join(re.sub(r"[*`#]", "", text).split())


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
    assert "No consent to this version's text is on record in results; run `dideban consent`" in refused.stderr
    assert "dideban consent --language fa" in refused.stderr
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["once", "run"])
def test_a_refusal_has_no_letters_that_the_terminal_lacks(name: str, tmp_path: Path) -> None:
    """The English sentence alone, where the Persian one would be a row of escapes."""
    refused = dideban(name, cwd=tmp_path, variables={"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    assert refused.returncode == 4
    assert sentence_of(refused).startswith("No consent to this version's text is on record in results; run `dideban")
