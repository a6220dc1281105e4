"""`dideban review --follow`: what an agent finds, as it finds it, seen from another terminal. It holds no lock."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from agent.calendars import day, digits
from agent.exits import DONE
from agent.language import _
from agent.records import Sweep
from agent.report.direction import say
from agent.report.live.changes import changes_in
from agent.report.live.lines import can_be_drawn_on
from agent.report.live.picture import Picture, clock
from agent.report.live.recent import Recent
from agent.report.live.screen import FullScreen, redrawn_on_resize
from agent.report.live.tail import Tail
from agent.report.live.under_way import UnderWay
from agent.report.output import console
from agent.report.selection import Filter
from agent.report.visible import visible
from agent.report.words import STATES
from agent.store.lock import AgentStatus, read_status
from agent.verdict.records import Verdict
from probes.observation import Observation

#: Seconds between two looks at the files.
LOOK_S = 1.0
#: Files of verdicts that are read at the beginning: the last seven days may lie in two months.
MONTHS = 2
#: Bytes of observations that are read at the beginning: of a sweep under way a good part.
BYTES_BEFORE = 1_000_000


def follow(folder: Path, level: str, wanted: Filter) -> int:
    """Show what is found until Ctrl+C: a picture in a terminal, a line for each new verdict of `level` elsewhere."""
    with ended_by_signals() as ended:
        if can_be_drawn_on(sys.stdout):
            _draw(Followed(folder, wanted), ended)
        else:
            _print_lines(folder, level, wanted, ended)
    return DONE


def _draw(followed: Followed, ended: threading.Event) -> None:
    screen = FullScreen(console())
    woken = threading.Event()
    try:
        with redrawn_on_resize(woken.set):
            while not ended.is_set():
                if followed.look() or woken.is_set():
                    woken.clear()
                    screen.draw(followed.picture())
                ended.wait(LOOK_S)
    finally:
        screen.close()


def _print_lines(folder: Path, level: str, wanted: Filter, ended: threading.Event) -> None:
    verdicts = Tail(folder, "verdicts", months=0)
    told: set[Path] = set()
    say(f"dideban: {_('Following; Ctrl+C ends it.')}", file=sys.stderr, flush=True)
    while True:
        for row in verdicts.new():
            if isinstance(row, Verdict) and row.level == level and is_wanted(row, wanted):
                say(line_of(row), flush=True)
        for path in verdicts.strangers.keys() - told:
            told.add(path)
            say(visible(f"dideban: {verdicts.strangers[path]}"), file=sys.stderr)
        if ended.wait(LOOK_S):
            return


def is_wanted(verdict: Verdict, wanted: Filter) -> bool:
    """Whether a verdict is one of those that are asked for."""
    return (
        verdict.stage == wanted.stage
        and (not wanted.platforms or verdict.platform in wanted.platforms)
        and (not wanted.states or verdict.state in wanted.states)
    )


def line_of(verdict: Verdict) -> str:
    """A verdict in a line: when, what, its state, how, and its id."""
    moment = f"{day(verdict.observed_at)} {digits(f'{verdict.observed_at:%H:%M:%S}')} UTC"
    how = ", ".join(verdict.mechanisms) or "-"
    parts = moment, verdict.target or verdict.platform, _(STATES[verdict.state]), how, verdict.verdict_id
    return "  ".join(visible(part) for part in parts)


class Followed:
    """What is known of a folder that somebody else writes."""

    def __init__(self, folder: Path, wanted: Filter) -> None:
        self._folder, self._wanted = folder, wanted
        self._sweeps = Tail(folder, "sweeps", months=MONTHS)
        self._verdicts = Tail(folder, "verdicts", months=MONTHS)
        self._observations = Tail(folder, "observations", months=1, bytes_max=BYTES_BEFORE)
        self._known: dict[str, Sweep] = {}
        self._waiting: list[Verdict] = []
        self._recent = Recent()
        self._going: dict[str, UnderWay] = {}
        self._status: AgentStatus | None = None
        self._seen = Picture(at=datetime.now(UTC), headline="")

    def look(self) -> bool:
        """Read what is new. Returns whether there was anything."""
        status = read_status(self._folder)
        news = self._take_sweeps() | self._take_verdicts() | self._take_observations() | (status != self._status)
        self._status = status
        return news

    def picture(self) -> Picture:
        """What is known, as it is drawn."""
        running = self._status is not None and self._status.running
        going = next(reversed(self._going.values()), None) if running else None
        last = self._recent.last()
        return Picture(
            at=datetime.now(UTC),
            headline=headline(self._status, datetime.now(UTC)),
            last={platform: (verdict, self._recent.recurrence(verdict)) for platform, verdict in last.items()},
            under_way=replace(going) if going else None,
            events=changes_in(self._recent),
            said=self._said(),
        )

    def _take_sweeps(self) -> bool:
        found = [row for row in self._sweeps.new() if isinstance(row, Sweep)]
        for sweep in found:
            self._known[sweep.sweep_id] = sweep
            self._going.pop(sweep.sweep_id, None)
        return bool(found)

    def _take_verdicts(self) -> bool:
        self._waiting += [row for row in self._verdicts.new() if isinstance(row, Verdict)]
        ready = [row for row in self._waiting if row.sweep_id in self._known]
        self._waiting = [row for row in self._waiting if row.sweep_id not in self._known]
        self._recent.add((self._known[row.sweep_id], row) for row in ready if is_wanted(row, self._wanted))
        return bool(ready)

    def _take_observations(self) -> bool:
        found = [row for row in self._observations.new() if isinstance(row, Observation)]
        for row in found:
            if row.sweep_id not in self._known:
                self._going.setdefault(row.sweep_id, UnderWay()).observed(row)
        return bool(found)

    def _said(self) -> tuple[str, ...]:
        strangers = [*self._sweeps.strangers.values(), *self._verdicts.strangers.values()]
        places = self._recent.vantage_points
        if places > 1:
            strangers.append(
                _("From {n} vantage points; each platform's last state is of one.").format(n=digits(places))
            )
        if unreadable := self._sweeps.unreadable + self._verdicts.unreadable:
            strangers.append(_("{n} rows cannot be read and are left out.").format(n=digits(unreadable)))
        return (*strangers, _("Ctrl+C ends this; the agent goes on."))


def headline(status: AgentStatus | None, now: datetime) -> str:
    """What the agent does, in a sentence."""
    if status is None or not status.running:
        return _("No agent is running here.")
    state, since = status.facts.get("state"), _moment(status.facts.get("since"))
    if state == "sweeping" and since:
        return _("A sweep, since {time} UTC.").format(time=clock(since, now))
    next_at = _moment(status.facts.get("next_at"))
    if state == "waiting" and next_at:
        return _("Waiting. Next sweep: {moment} UTC.").format(moment=clock(next_at, now))
    return _("An agent is at work here.")


def _moment(written: object) -> datetime | None:
    """A moment as agent.json has it. None: it has none that can be read."""
    try:
        moment = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@contextlib.contextmanager
def ended_by_signals() -> Iterator[threading.Event]:
    """While inside, SIGINT and SIGTERM set the event, so that the terminal is given back before the end."""
    ended = threading.Event()
    handler: Callable[..., None] = lambda *_: ended.set()  # noqa: E731
    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ended
    finally:
        for number, one in before.items():
            signal.signal(number, one)
