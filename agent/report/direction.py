"""Right to left in a terminal: whoever arranges the letters, the terminal or we, it is done once.

Terminals differ. Some arrange a line by the Unicode Bidirectional Algorithm (UAX 9); most print the letters from left
to right as they come, unjoined. A pipe and a file get the order of reading, as every text file has it.
"""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Mapping
from functools import cache
from typing import TextIO

from agent.language import ENGLISH, N_, _, current, speaking

#: on: this terminal arranges right-to-left text by itself; off: it does not. Whoever sets it knows better than we.
VARIABLE = "DIDEBAN_BIDI"
#: What a terminal puts into the environment, what it matches, and whether it arranges by itself; None: one cannot
#: know. The first that matches decides. Sources: the terminals' own trackers and the survey of
#: terminal-wg.pages.freedesktop.org/bidi, in docs/decisions.md.
TERMINALS: tuple[tuple[str, str, bool | None], ...] = (
    (VARIABLE, r"on", True),
    (VARIABLE, r"off", False),
    # What stands in between shows cells: whether they are arranged depends on the terminal outside, which is not told.
    ("TMUX", r".+", None),
    ("STY", r".+", None),
    ("TERM", r"(tmux|screen).*", None),
    ("VTE_VERSION", r"(5[7-9]|[6-9]\d)\d\d|\d{5,}", True),  # 0.57.3 and later: GNOME Terminal, Tilix, Xfce ...
    ("VTE_VERSION", r".+", False),
    ("KONSOLE_VERSION", r".+", True),
    ("TERM", r"mlterm.*", True),
    ("TERM_PROGRAM", r"mintty|Apple_Terminal", True),
    ("WT_SESSION", r".+", False),  # Windows Terminal
    ("TERM", r"linux|alacritty.*|foot.*", False),
    ("XTERM_VERSION", r".+", False),
    ("TERM_PROGRAM", r"WezTerm", False),
)
#: Letters that are written from right to left: Hebrew, Arabic and their like, and the forms that shaping makes.
_RIGHT_TO_LEFT = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
#: A path, a command or a name within such a text: from its first sign to its last letter or digit. No brackets: the
#: text's own may stand around it.
_ISLAND = r"[/~.<{-]{0,3}[A-Za-z0-9](?:[!-'*-~]*(?: [!-'*-~]+)*[A-Za-z0-9/>}])?"
#: What stands between the columns of a table or of a help text, which stay where they are.
_COLUMNS_APART = r"( {2,})"
_LEFT_TO_RIGHT_ISLAND, _RIGHT_TO_LEFT_ISLAND, _END = "\u2066", "\u2067", "\u2069"
#: What has no width and has done its work once a line is arranged.
_SPENT = dict.fromkeys(map(ord, f"{_LEFT_TO_RIGHT_ISLAND}{_RIGHT_TO_LEFT_ISLAND}{_END}\u200c\u200d\u200e\u200f"))
#: Brackets as they look where the text runs the other way (UAX 9, L4), which the library leaves to us.
_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")
HOW_TO_READ = N_(
    "If the Persian text on this screen is in disorder, set DIDEBAN_BIDI=off (or on, if it was in order before); "
    "`dideban report` shows everything in a browser, where it is always right."
)


def arranges_itself(variables: Mapping[str, str] = os.environ) -> bool | None:
    """Whether this terminal arranges right-to-left text by itself. None: one cannot know."""
    for variable, pattern, arranges in TERMINALS:
        if re.fullmatch(pattern, variables.get(variable, "")):
            return arranges
    return None


def say(text: str, *, file: TextIO | None = None, flush: bool = False) -> None:
    """`print`, for a text that people read."""
    stream = file or sys.stdout
    print(for_stream(text, stream), file=stream, flush=flush)


def for_stream(text: str, stream: TextIO) -> str:
    """`text` as it must be written to `stream` to be seen in order."""
    if not _runs_left(text) or not stream.isatty():
        return text
    if (arranges := arranges_itself()) is None:
        say_how_to_read()
        return text
    import shutil  # `--help` has no need of it

    columns = shutil.get_terminal_size().columns  # a line that the terminal breaks would begin on its second row
    lines = (part for line in text.split("\n") for part in _broken(line, columns))
    return "\n".join(arranged(line, by_us=not arranges) for line in lines)


def arranged(line: str, *, by_us: bool) -> str:
    """A line in the order in which it is written to a terminal. Its width stays, and so does the order of its columns.

    For a terminal that arranges by itself: in the order of reading, each part set apart from what stands beside it.
    """
    if not _runs_left(line):
        return line
    return "".join(_part(part, by_us=by_us) for part in re.split(_COLUMNS_APART, line))


def _runs_left(text: str) -> bool:
    """Whether anything in it is written from right to left."""
    return not text.isascii() and re.search(_RIGHT_TO_LEFT, text) is not None


def _part(text: str, *, by_us: bool) -> str:
    body = text.strip(" ")
    if not _runs_left(body):
        return text
    apart = re.sub(_ISLAND, lambda found: f"{_LEFT_TO_RIGHT_ISLAND}{found[0]}{_END}", body)
    if not by_us:
        return text.replace(body, f"{_RIGHT_TO_LEFT_ISLAND}{apart}{_END}")
    from rich.cells import cell_len

    shown = _left_to_right(apart)
    lost = cell_len(body) - cell_len(shown)  # where two letters became one
    return text.replace(body, shown + " " * lost)


def _broken(line: str, columns: int) -> list[str]:
    if len(line) <= columns:
        return [line]
    margin = line[: len(line) - len(line.lstrip(" "))]
    return textwrap.wrap(
        line, columns, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )


@cache
def say_how_to_read() -> None:
    """Once in a process, in English and in the reader's language, on standard error: it is no part of the answer."""
    for language in dict.fromkeys((ENGLISH, current())):
        with speaking(language):
            print(_(HOW_TO_READ), file=sys.stderr)


def _left_to_right(text: str) -> str:
    """The letters of a text from left to right as one sees them, each in the form that its neighbours ask for."""
    from arabic_reshaper import ArabicReshaper  # only where somebody reads such a script in a terminal without it
    from bidi import get_display  # type: ignore[import-untyped]  # it ships no types

    outside = re.split(f"({_LEFT_TO_RIGHT_ISLAND}[^{_END}]*{_END})", ArabicReshaper().reshape(text))
    turned = "".join(part if number % 2 else part.translate(_MIRRORED) for number, part in enumerate(outside))
    return str(get_display(turned, base_dir="R")).translate(_SPENT)
