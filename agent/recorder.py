"""Keeps a sweep's observations: gives each its id, remembers it for the judgement, and writes it behind the scenes.

Rows are written in groups by a thread, so that a slow disk neither holds up a measurement nor falsifies its times.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from agent.store.journal import Journal
from agent.store.scrub import Private, scrub
from probes.observation import Observation

#: Told of a row as soon as it is recorded.
Observed = Callable[[Observation], None]


@dataclass
class Recorder:
    """The observations of one sweep. Use it as an asynchronous context; on leaving, everything is on the disk.

    Raises `StoreError` on leaving when a row could not be written; `failed` is set as soon as that is known.
    """

    sweep_id: str
    journal: Journal
    private: Private
    #: What is written, scrubbed: the judgement sees the same rows as whoever judges again from the files.
    rows: list[Observation] = field(default_factory=list)
    #: Rows that scrubbing could not make safe, and that are neither judged nor written.
    withheld: int = 0
    failed: asyncio.Event = field(default_factory=asyncio.Event)
    #: Called with each row that is kept.
    observed: Observed = lambda row: None
    _queue: asyncio.Queue[Observation | None] = field(default_factory=asyncio.Queue)
    _writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Recorder:
        self._writer = asyncio.create_task(self._write())
        return self

    async def __aexit__(self, *unused: object) -> None:
        self._queue.put_nowait(None)
        if self._writer is not None:
            await self._writer

    def record(self, observations: Iterable[Observation]) -> None:
        """Take `observations` in. Returns at once."""
        for row in observations:
            number = len(self.rows) + self.withheld + 1
            named = replace(row, sweep_id=self.sweep_id, observation_id=f"{self.sweep_id}.{number:05d}")
            clean = scrub(named, self.private)
            if clean is None:
                self.withheld += 1
                continue
            self.rows.append(clean)
            self.observed(clean)
            self._queue.put_nowait(clean)

    @property
    def bytes_sent(self) -> int:
        return sum(row.bytes_sent or 0 for row in self.rows)

    @property
    def bytes_received(self) -> int:
        return sum(row.bytes_received or 0 for row in self.rows)

    async def _write(self) -> None:
        last = False
        while not last:
            group = [await self._queue.get()]
            while not self._queue.empty():
                group.append(self._queue.get_nowait())
            last = None in group
            rows = [row for row in group if row is not None]
            try:
                await asyncio.to_thread(self.journal.append, rows)
            except BaseException:
                self.failed.set()
                raise
