"""Controls that speak QUIC, and what came of trying them: once in a sweep, whoever needs it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from agent.vantage import Anchor
from probes.observation import Observation


@dataclass(kw_only=True)
class QuicControls:
    """What the opening ladder found, and the tries since."""

    #: One abroad, at which other names can be tried too. None: none said that it speaks QUIC.
    abroad: Anchor | None = None
    #: One in the country, which no border is before.
    at_home: Anchor | None = None
    _made: dict[tuple[str, int], Observation] = field(default_factory=dict)
    _one_by_one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def once(self, variation: str, number: int, shake: Callable[[], Awaitable[Observation]]) -> Observation:
        """The row of that variation's try of that number, made by the first who asks; the others wait for it."""
        async with self._one_by_one:
            if (variation, number) not in self._made:
                self._made[variation, number] = await shake()
            return self._made[variation, number]
