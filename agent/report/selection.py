"""Which verdicts somebody wants to look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

#: What a row of a review may be.
BY = ("platform", "day", "mechanism", "target", "sweep")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which verdicts are looked at. Empty and None: all."""

    since: datetime | None = None
    until: datetime | None = None
    platforms: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    #: internet or lab; rows of the two are never shown together.
    stage: str = "internet"
