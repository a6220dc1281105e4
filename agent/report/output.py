"""Standard output as the reports write to it: plain, without trailing spaces, and left by its reader at any time."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.segment import Segment
from rich.table import Table

from agent.language import RIGHT_TO_LEFT, current
from agent.report.direction import arranged, arranges_itself, say_how_to_read


def console() -> Output:
    """Standard output; 80 columns in a pipe. No markup is read: what was measured must not act."""
    out = Output(markup=False, highlight=False, emoji=False)
    if current() in RIGHT_TO_LEFT and out.file.isatty():
        arranges = arranges_itself()
        if arranges is None:
            say_how_to_read()
        else:
            out.push_render_hook(RightToLeft(by_us=not arranges))
            out.arranges = True
    return out


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """Says on standard error, where somebody looks at it, what takes a while as long as one is inside."""
    out = Console(stderr=True, markup=False, highlight=False, emoji=False)
    if not out.is_terminal:
        yield
        return
    with out.status(text):
        yield


class Output(Console):
    """Standard output, whose reader may leave before the end."""

    #: Whether its first hook arranges what is printed. It works last, on what others (rich's Live) put in too.
    arranges = False

    def push_render_hook(self, hook: RenderHook) -> None:
        """The hook before the one that arranges, so that what it adds is arranged as well."""
        with self._lock:
            super().push_render_hook(hook)
            if self.arranges:
                self._render_hooks.insert(0, self._render_hooks.pop())

    def pop_render_hook(self) -> None:
        """Takes away the hook that was pushed last."""
        with self._lock:
            self._render_hooks.pop(0 if self.arranges else -1)

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


class RightToLeft(RenderHook):
    """Arranges everything that is printed, after it was laid out: its widths are those of the letters."""

    def __init__(self, *, by_us: bool) -> None:
        self.by_us = by_us

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [Arranged(renderable, by_us=self.by_us) for renderable in renderables]


class Arranged:
    """What is printed, each piece of one style on one line arranged by itself."""

    def __init__(self, renderable: ConsoleRenderable, *, by_us: bool) -> None:
        self.renderable, self.by_us = renderable, by_us

    def __rich_console__(self, out: Console, options: ConsoleOptions) -> RenderResult:
        for segment in out.render(self.renderable, options):
            text, style, control = segment
            yield segment if control else Segment(arranged(text, by_us=self.by_us), style)


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
