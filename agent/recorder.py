"""Keeps a sweep's observations: gives each its id, remembers it for the judgement, and writes it behind the scenes.

Rows are written in groups by a thread, so that a slow disk neither holds up a measurement nor falsifies its times.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from agent.store.journal import Journal
from probes.observation import Observation


@dataclass
class Recorder:
    """The observations of one sweep. Use it as an asynchronous context; on leaving, everything is on the disk.

    Raises `StoreError` on leaving when a row could not be written; `failed` is set as soon as that is known.
    """

    sweep_id: str
    journal: Journal
    rows: list[Observation] = field(default_factory=list)
    withheld: int = 0
    failed: asyncio.Event = field(default_factory=asyncio.Event)
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
            numbered = replace(row, sweep_id=self.sweep_id, observation_id=f"{self.sweep_id}.{len(self.rows) + 1:05d}")
            self.rows.append(numbered)
            self._queue.put_nowait(numbered)

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
                result = await asyncio.to_thread(self.journal.append, rows)
            except BaseException:
                self.failed.set()
                raise
            self.withheld += result.withheld
