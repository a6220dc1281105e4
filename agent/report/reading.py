"""A long text for people to read: at their terminal's width, without its Markdown, and no faster than they turn it."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from itertools import islice

from agent.report.direction import for_stream, say

#: Columns of a line of running text, at most: longer ones are hard to read.
LINE_COLUMNS = 78
#: What Markdown leaves in running text.
_MARKS = dict.fromkeys(map(ord, "*`"))
#: Keeps a command in one piece while its paragraph is filled.
_HARD_SPACE = "\N{NO-BREAK SPACE}"


def show_by_parts(text: str, turn: str) -> None:
    """Print a Markdown text; in a terminal wait for Enter, with the prompt `turn`, after each part that fills it.

    Nobody is asked where one end is no terminal. Raises `EOFError` when the reader closes the input instead.
    """
    size = shutil.get_terminal_size()
    lines = iter(laid_out(text, min(LINE_COLUMNS, size.columns)).splitlines())
    waits = sys.stdin.isatty() and sys.stdout.isatty()
    rows = max(size.lines - 2, 1) if waits else None  # one for the prompt, and one that is seen again
    part = list(islice(lines, rows))
    while part:
        say("\n".join(part), flush=True)
        part = list(islice(lines, rows))
        if part:
            input(for_stream(turn, sys.stdout))


def show_sentences(text: str) -> None:
    """Print running text at the terminal's width. A path that is wider than it stays whole."""
    say(_fill(text, min(LINE_COLUMNS, shutil.get_terminal_size().columns)))


def laid_out(text: str, columns: int) -> str:
    """The paragraphs of a Markdown text, filled to lines of `columns`; a heading, or a bold beginning, has its own.

    No word is broken, whatever its script, and no command between backticks.
    """
    filled = []
    for paragraph in text.strip().split("\n\n"):
        heading, body = _parted(" ".join(paragraph.split()))
        filled.append("\n".join(_fill(part, columns) for part in (heading, body) if part))
    return "\n\n".join(filled).translate(_MARKS) + "\n"


def _parted(paragraph: str) -> tuple[str, str]:
    """A paragraph's heading, without its marks, and what follows it; either may be empty."""
    if paragraph.startswith("#"):
        return paragraph.lstrip("# "), ""
    bold = re.match(r"\*\*(.+?)\*\* *", paragraph)
    return (bold[1], paragraph[bold.end() :]) if bold else ("", paragraph)


def _fill(text: str, columns: int) -> str:
    commands_whole = re.sub(r"`[^`]*`", lambda command: command[0].replace(" ", _HARD_SPACE), text)
    filled = textwrap.fill(commands_whole, columns, break_long_words=False, break_on_hyphens=False)
    return filled.replace(_HARD_SPACE, " ")
