"""The picture on a terminal while the agent runs: drawn calmly during a sweep, and not at all while nothing happens."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from agent.calendars import digits
from agent.language import _
from agent.records import Sweep
from agent.report.direction import say
from agent.report.live.changes import changes_in
from agent.report.live.lines import View
from agent.report.live.picture import Picture, clock
from agent.report.live.recent import Recent
from agent.report.live.screen import FullScreen, redrawn_on_resize
from agent.report.live.under_way import UnderWay
from agent.report.output import console
from agent.sweep import SweepResult
from agent.verdict.records import Verdict
from probes.observation import Observation

#: Seconds between two drawings during a sweep. Calm for the eye, and little for a loop whose times are evidence.
REDRAW_S = 0.7
#: Sentences that stay in the picture, and that are said again when it is gone.
SAID_MAX = 6


@contextlib.asynccontextmanager
async def live_view(
    stop: asyncio.Event, recent: Iterable[tuple[Sweep, Verdict]], *, lines: View
) -> AsyncIterator[LiveView]:
    """The picture, as long as one is inside and `stop` is not set. Then what is said goes to `lines`."""
    view = LiveView(recent, lines)
    with redrawn_on_resize(view.draw_soon):
        tasks = [asyncio.create_task(view.draw_during_sweeps()), asyncio.create_task(view.close_on(stop))]
        try:
            yield view
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            view.close()


class LiveView:
    """What is known of the agent, and the screen that shows it."""

    def __init__(self, recent: Iterable[tuple[Sweep, Verdict]], lines: View) -> None:
        self._recent, self._lines = Recent(), lines
        self._said: deque[str] = deque(maxlen=SAID_MAX)
        self._under_way: UnderWay | None = None
        self._headline = _("The agent begins.")
        self._busy = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._screen = FullScreen(console())
        self._take(recent)
        self._draw()

    def say(self, sentence: str) -> None:
        """Keep a sentence in the picture; where there is none any more, print it."""
        if self._screen.is_closed:
            self._lines.say(sentence)
            return
        self._said.append(digits(f"{datetime.now(UTC):%H:%M:%S}") + f" {sentence}")

    def sweeping(self) -> None:
        """A sweep begins: draw until it has ended."""
        self._under_way = UnderWay()
        self._headline = _("A sweep, since {time} UTC.").format(time=digits(f"{datetime.now(UTC):%H:%M:%S}"))
        self._busy.set()

    def progress(self, platform: str, done: int, total: int) -> None:
        """Seen at the next drawing."""
        if self._under_way:
            self._under_way.progress(platform, done, total)

    def observed(self, row: Observation) -> None:
        """Seen at the next drawing."""
        if self._under_way:
            self._under_way.observed(row)

    def found(self, result: SweepResult) -> None:
        """Count what a sweep found."""
        self._under_way = None
        self._take((result.sweep, verdict) for verdict in result.verdicts)

    def waiting(self, next_at: datetime) -> None:
        """Draw once more, and then nothing until the next sweep."""
        self._busy.clear()
        self._headline = _("Waiting. Next sweep: {moment} UTC.").format(moment=clock(next_at, datetime.now(UTC)))
        self._draw()

    async def draw_during_sweeps(self) -> None:
        """Draw now and then while a sweep is under way, in a thread: the loop has replies to time."""
        while True:
            await self._busy.wait()
            await asyncio.to_thread(self._screen.draw, self._picture())
            await asyncio.sleep(REDRAW_S)

    async def close_on(self, stop: asyncio.Event) -> None:
        """Give the terminal back as soon as the end begins."""
        await stop.wait()
        self.close()

    def close(self) -> None:
        """Give the terminal back, with what was said last."""
        if not self._screen.is_closed:
            self._screen.close()
            for sentence in self._said:
                say(sentence, flush=True)

    def draw_soon(self) -> None:
        """Draw when the loop comes to it. For a signal's handler."""
        self._loop.call_soon_threadsafe(self._draw)

    def _take(self, found: Iterable[tuple[Sweep, Verdict]]) -> None:
        self._recent.add(found)
        self._last = {
            platform: (verdict, self._recent.recurrence(verdict)) for platform, verdict in self._recent.last().items()
        }
        self._events = changes_in(self._recent)

    def _draw(self) -> None:
        self._screen.draw(self._picture())

    def _picture(self) -> Picture:
        """What is known now, in pieces that nobody changes while they are drawn."""
        going = self._under_way
        return Picture(
            at=datetime.now(UTC),
            headline=self._headline,
            last=self._last,
            under_way=replace(going, endpoints=dict(going.endpoints), last=dict(going.last)) if going else None,
            events=self._events,
            said=tuple(self._said),
        )
