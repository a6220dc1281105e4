"""Shows how a sweep goes on: a line for each platform as it is finished, and a picture where there is a terminal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from rich.console import RenderableType
from rich.live import Live

from agent.calendars import digits
from agent.language import N_, _
from agent.report.direction import say
from agent.report.live.lines import can_be_drawn_on
from agent.report.live.picture import Picture, drawn
from agent.report.live.under_way import UnderWay
from agent.report.output import console
from probes.observation import Observation

#: What is reported and is no platform, in plain words.
NAMES = {"ladder": N_("your line")}
#: Drawings in a second.
REDRAWS_PER_S = 2


class Shown:
    """Somebody to report a sweep to: what `run_sweep` calls `progress`, and what it calls `observed`."""

    def __call__(self, platform: str, done: int, total: int) -> None:
        """Print a line for what is done."""
        if done == total:
            name = _(NAMES[platform]) if platform in NAMES else platform
            told = _("{name}: {done} of {all} measured").format(name=name, done=digits(done), all=digits(total))
            with suppress(BrokenPipeError):  # whoever read has left; the sweep goes on to its end
                say(told, flush=True)

    def observed(self, row: Observation) -> None:
        """Nothing: a row is no news in a pipe."""


class Drawn(Shown):
    """The same as a picture, of which nothing stays on the terminal."""

    def __init__(self, under_way: UnderWay) -> None:
        self._under_way, self._lock = under_way, threading.Lock()

    def __call__(self, platform: str, done: int, total: int) -> None:
        """Seen at the next drawing."""
        with self._lock:
            self._under_way.progress(platform, done, total)

    def observed(self, row: Observation) -> None:
        """Seen at the next drawing."""
        with self._lock:
            self._under_way.observed(row)

    def picture(self) -> RenderableType:
        """How far the sweep has come. Called by the thread that draws."""
        columns, lines = console().size
        with self._lock:
            picture = Picture(at=datetime.now(UTC), headline=_("Measuring."), under_way=self._under_way)
            return drawn(picture, columns=columns, lines=lines - 1)


@contextmanager
def shown_progress() -> Iterator[Shown]:
    """Somebody to report to while inside."""
    out = console()
    if not can_be_drawn_on(out.file):
        yield Shown()
        return
    shown = Drawn(UnderWay())
    with Live(console=out, get_renderable=shown.picture, transient=True, refresh_per_second=REDRAWS_PER_S):
        yield shown
