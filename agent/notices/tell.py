"""`python -m agent.notices.tell FOLDER STAGE`: tells what is to be told, once, and ends. `run` starts it after a sweep.

A process of its own, so that pandas and apprise leave the memory when it is done, and so that no fault in it, nor in
whatever it starts, disturbs the measuring. The settings come as JSON on its standard input: arguments can be seen by
every user of a computer, and the urls hold secrets. Each line that it prints is a sentence for the agent's log.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from agent.calendars import digits
from agent.config.notify import Notify, notify_of
from agent.language import ngettext, speak
from agent.notices import ledger
from agent.notices.channels import NotTold, Way, ways_of
from agent.store import StoreError
from agent.store.disk import FILE_MODE
from agent.timeline.events import events_of
from agent.timeline.records import Event

LOCK_NAME = "notices.lock"


def main(arguments: Sequence[str], settings: dict[str, Any]) -> int:
    """0, whatever could not be told: that is said, and tried again."""
    from agent.report.results import findings_of  # pandas: only in this process

    folder, stage = Path(arguments[0]), arguments[1]
    # What it started must not outlive it: an exception lets the command be ended first.
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(0))
    if settings["language"]:
        speak(settings["language"])
    try:
        with FileLock(folder / LOCK_NAME, mode=FILE_MODE).acquire(timeout=0):
            findings = findings_of(folder, stage=stage)
            events = events_of(findings, stage=stage)
            for sentence in told(folder, events, notify_of(settings), now=datetime.now(UTC)):
                print(sentence, flush=True)
    except Timeout:  # another one is at it
        return 0
    except StoreError as error:
        print(error, flush=True)
    return 0


def told(
    folder: Path,
    events: Sequence[Event],
    settings: Notify,
    *,
    now: datetime,
    ways: Callable[[Notify], list[Way]] = ways_of,
) -> Iterator[str]:
    """Tell by each way what it has to tell, and keep what was told; sentences about what could not be.

    Raises `StoreError` when the ledger cannot be read or written.
    """
    channels = ledger.read(folder)
    quiet = settings.quiet is not None and settings.quiet.covers(now.astimezone().time())
    for way in ways(settings):
        channel, waiting = ledger.due(events, channels.get(way.name), settings.events, now)
        if channel != channels.get(way.name):
            channels[way.name] = channel
            ledger.write(folder, channels)
        if quiet:
            continue
        for group in [waiting] if way.together and waiting else [[event] for event in waiting]:
            try:
                way.tell(group)
            except NotTold as error:
                count = len(channels[way.name].waiting)
                again = ngettext(
                    "{why} {count} notice waits for the next sweep.",
                    "{why} {count} notices wait for the next sweep.",
                    count,
                )
                yield again.format(why=error, count=digits(count))
                break
            channels[way.name] = ledger.tell(channels[way.name], group)
            ledger.write(folder, channels)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], json.load(sys.stdin)))
