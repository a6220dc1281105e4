"""How measuring is ended before its end: by a signal, and by a consent that is taken back."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from agent import consent

#: Seconds between two looks at the consent. One small file: it costs nothing that could be measured.
CONSENT_LOOK_S = 2.0
LOOKS_MISSED = 2


@contextlib.contextmanager
def ended_by_signals(stop: asyncio.Event) -> Iterator[None]:
    """While inside, the first SIGINT or SIGTERM sets `stop`; a second one, of either, ends the process at once."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)

    def ask_to_stop(*_: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)
        loop.call_soon_threadsafe(stop.set)

    before = {number: signal.signal(number, ask_to_stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.asynccontextmanager
async def ended_by_withdrawal(folder: Path, stop: asyncio.Event) -> AsyncIterator[None]:
    """While inside, `stop` is set soon after the consent of a results folder is gone: whoever takes it back is done.

    It is gone when two looks in a row miss it: a file that could not be read once was not taken back.
    """

    async def watch() -> None:
        missed = 0
        while not stop.is_set():
            missed = missed + 1 if consent.recorded(folder) is None else 0
            if missed == LOOKS_MISSED:
                stop.set()
            await asyncio.sleep(CONSENT_LOOK_S)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
