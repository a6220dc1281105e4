"""When an operation began, by the calendar, and how long it has run, by a clock that nobody can set back."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Starts when it is made."""

    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _started_s: float = field(default_factory=time.monotonic)

    def elapsed_ms(self) -> float:
        """Milliseconds since the start, to the microsecond."""
        return round((time.monotonic() - self._started_s) * 1000, 3)
