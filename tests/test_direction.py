"""Right-to-left text in a terminal: arranged once, by whoever can, its columns where they were and nothing lost."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator

import pytest
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.live import Live
from rich.table import Table
from rich.text import Text

from agent.language import speaking
from agent.report import direction
from agent.report.direction import VARIABLE, arranged, arranges_itself, for_stream, say_how_to_read
from agent.report.output import Trimmed, console

SENTENCE = "پوشهٔ results/x را با --language fa باز کنید (سه بار)."


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _nothing_is_known_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for variable, _pattern, _arranges in direction.TERMINALS:
        monkeypatch.delenv(variable, raising=False)
    say_how_to_read.cache_clear()
    yield
    say_how_to_read.cache_clear()


@pytest.mark.parametrize(
    ("variables", "arranges"),
    [
        ({"VTE_VERSION": "7402", "TERM": "xterm-256color"}, True),
        ({"VTE_VERSION": "5202", "TERM": "xterm-256color"}, False),
        ({"KONSOLE_VERSION": "230804"}, True),
        ({"TERM": "mlterm"}, True),
        ({"TERM_PROGRAM": "Apple_Terminal"}, True),
        ({"WT_SESSION": "a-b", "TERM": "xterm-256color"}, False),
        ({"TERM": "linux"}, False),
        ({"TERM": "alacritty"}, False),
        ({"TERM": "xterm-256color", "XTERM_VERSION": "XTerm(390)"}, False),
        ({"TERM": "tmux-256color", "TMUX": "socket,1,0", "VTE_VERSION": "7402"}, None),
        ({"TERM": "screen"}, None),
        ({"TERM": "xterm-kitty"}, None),
        ({"TERM": "xterm-256color"}, None),
        ({}, None),
        ({VARIABLE: "off", "VTE_VERSION": "7402"}, False),
        ({VARIABLE: "on", "TERM": "linux"}, True),
        ({VARIABLE: "perhaps", "TERM": "linux"}, False),
    ],
)
def test_a_terminal_is_known_by_what_it_says_of_itself(variables: dict[str, str], arranges: bool | None) -> None:
    assert arranges_itself(variables) is arranges


def test_a_pipe_gets_the_order_of_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the terminal would need: a file is read by others."""
    monkeypatch.setenv(VARIABLE, "off")
    assert for_stream(SENTENCE, io.StringIO()) == SENTENCE


def test_where_the_terminal_does_not_letters_stand_from_left_to_right() -> None:
    """The last word first, the letters joined, and what is from left to right as it must be typed."""
    shown = arranged(SENTENCE, by_us=True)
    assert shown.startswith(".(")
    assert "results/x" in shown
    assert "--language fa" in shown
    assert shown.index("--language fa") < shown.index("results/x")
    assert unicodedata.normalize("NFKC", shown.split()[-1])[::-1] == "پوشه"  # without its mark, which nobody stacks
    assert unicodedata.normalize("NFKC", shown[2:8]) == "راب هس"  # between brackets that look the other way
    assert shown[8] == ")"
    assert cell_len(shown) == cell_len(SENTENCE)


def test_where_the_terminal_does_a_command_is_kept_from_being_torn() -> None:
    """Within marks of direction that take no room; the text itself is as it was."""
    shown = arranged(SENTENCE, by_us=False)
    assert shown.translate(dict.fromkeys(map(ord, "\u2066\u2067\u2069"))) == SENTENCE
    assert "\u2066--language fa\u2069" in shown
    assert shown.count("\u2069") == shown.count("\u2066") + shown.count("\u2067")
    assert cell_len(shown) == cell_len(SENTENCE)


@pytest.mark.parametrize("by_us", [True, False])
def test_columns_stay_where_they_are(by_us: bool) -> None:
    """In a help text and in a table: the first column is on the left, each is as wide as before."""
    line = "  --results DIR      پوشهٔ نتیجه‌ها   سلام"
    shown = arranged(line, by_us=by_us)
    assert shown.startswith("  --results DIR      ")
    assert cell_len(shown) == cell_len(line)


@pytest.mark.parametrize("by_us", [True, False])
def test_two_letters_that_become_one_leave_a_space(by_us: bool) -> None:
    assert cell_len(arranged("بلا", by_us=by_us)) == 3


@pytest.mark.parametrize("text", ["", "plain words.", "[31m", "  12 of 14"])
@pytest.mark.parametrize("by_us", [True, False])
def test_what_is_not_written_so_stays_as_it_is(text: str, by_us: bool) -> None:
    assert arranged(text, by_us=by_us) == text


@pytest.mark.parametrize("way", ["on", "off"])
def test_a_table_keeps_its_columns(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the same table in a pipe: on every line each column begins where it began."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in ("سکو", "state", "چرا"):
        table.add_column(title)
    table.add_row("سیگنال", Text("مسدود", "bold"), "اتصال به signal.org برقرار نمی‌شود، بارها و بارها.")
    table.add_row("telegram", "ok", "باز است")
    lines = {}
    for name, stream in (("pipe", io.StringIO()), ("screen", Screen())):
        monkeypatch.setenv(VARIABLE, way)
        monkeypatch.setattr("sys.stdout", stream)
        with speaking("fa"):
            out = console()
            out.print(Trimmed(table), width=60)
        lines[name] = Text.from_ansi(stream.getvalue()).plain.splitlines()
    assert [cell_len(line.rstrip()) for line in lines["screen"]] == [cell_len(line.rstrip()) for line in lines["pipe"]]
    row = next(line for line in lines["screen"] if "telegram" in line)
    assert row.index("telegram") < row.index("ok")
    assert lines["screen"] != lines["pipe"]


def test_what_is_drawn_again_and_again_is_arranged_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A live picture comes in by a way of its own; and once it is gone, what is printed is arranged as before."""
    screen = Screen()
    monkeypatch.setenv(VARIABLE, "off")
    monkeypatch.setenv("TERM", "linux")
    monkeypatch.setattr("sys.stdout", screen)
    with speaking("fa"):
        out = console()
        with Live(Text("سلام"), console=out, auto_refresh=False):
            pass
        out.say("سلام")
    shown = arranged("سلام", by_us=True)
    assert screen.getvalue().count(shown) >= 2
    assert "سلام" not in screen.getvalue()


def test_who_cannot_know_says_how_to_read_it_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The text is left as it is; English is said too, for whoever sees the other in disorder."""
    monkeypatch.setenv("TERM", "xterm-256color")
    with speaking("fa"):
        assert [for_stream(SENTENCE, Screen()) for _ in range(2)] == [SENTENCE] * 2
    told = capsys.readouterr().err
    assert told.count("DIDEBAN_BIDI=off") >= 1
    assert "dideban report" in told
    say_how_to_read()
    assert capsys.readouterr().err == ""


def test_a_line_that_the_terminal_would_break_is_broken_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its beginning, which stands on the right, would come on the second row."""
    monkeypatch.setenv(VARIABLE, "off")
    monkeypatch.setenv("COLUMNS", "40")
    text = "یک دو سه چهار پنج شش هفت هشت نه ده یازده دوازده سیزده"
    first, *rest = for_stream(text, Screen()).split("\n")
    assert rest
    assert all(cell_len(line) <= 40 for line in (first, *rest))
    assert unicodedata.normalize("NFKC", first).endswith("کی")
