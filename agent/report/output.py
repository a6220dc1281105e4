"""Standard output as the reports write to it: plain, without trailing spaces, and left by its reader at any time."""

from __future__ import annotations

import textwrap

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.table import Table


def console() -> Output:
    """Standard output; 80 columns in a pipe. No markup is read: what was measured must not act."""
    return Output(markup=False, highlight=False, emoji=False)


class Output(Console):
    """Standard output, whose reader may leave before the end."""

    def on_broken_pipe(self) -> None:
        """Let the error go on to `main`, which knows that it is none; rich would end the process with code 1."""
        raise  # rich calls this while it handles the error

    def say(self, text: str, *, indent: int = 0, hanging: int = 0) -> None:
        """A sentence at the terminal's width, `indent` columns in, and from its second line on `hanging` more.

        No word is broken, not even a path or an id that is wider.
        """
        margin = " " * indent
        lines = textwrap.fill(
            text,
            self.width,
            initial_indent=margin,
            subsequent_indent=margin + " " * hanging,
            break_long_words=False,
            break_on_hyphens=False,
        )
        self.print(lines, soft_wrap=True)


class Trimmed:
    """A table whose lines end with their last letter. rich fills them up with spaces, which a pipe would keep."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __rich_console__(self, out: Console, options: ConsoleOptions) -> RenderResult:
        for line in Segment.split_lines(out.render(self.table, options)):
            while line and not line[-1].text.strip():
                line.pop()
            if line:
                yield from line[:-1]
                yield Segment(line[-1].text.rstrip(), line[-1].style)
            yield Segment.line()
