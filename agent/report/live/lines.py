"""What a running agent tells people while it works, and the plain lines that say it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Protocol

from agent.report.direction import say
from probes.observation import Observation

if TYPE_CHECKING:
    from agent.sweep import SweepResult


class View(Protocol):
    """What is told as it happens. No method takes long, or raises but for a reader who has left."""

    def say(self, sentence: str) -> None:
        """Something that everybody should know."""

    def sweeping(self) -> None:
        """A sweep begins."""

    def progress(self, platform: str, done: int, total: int) -> None:
        """So many endpoints of a platform are done."""

    def observed(self, row: Observation) -> None:
        """A row was recorded."""

    def found(self, result: SweepResult) -> None:
        """A sweep has ended."""

    def waiting(self, next_at: datetime) -> None:
        """Nothing is done until then."""


class Lines:
    """Lines on standard output, each with its time: for a pipe, a log, and a terminal that is not drawn on."""

    def say(self, sentence: str) -> None:
        """At once, even in a pipe."""
        say(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC {sentence}", flush=True)

    def sweeping(self) -> None:
        """Nothing: what is under way has no line of its own."""

    def progress(self, platform: str, done: int, total: int) -> None:
        """Nothing."""

    def observed(self, row: Observation) -> None:
        """Nothing."""

    def found(self, result: SweepResult) -> None:
        """Nothing: the caller says it in a sentence."""

    def waiting(self, next_at: datetime) -> None:
        """Nothing: the caller says it in a sentence."""


def can_be_drawn_on(stream: IO[str], variables: Mapping[str, str] = os.environ) -> bool:
    """Whether a picture may be drawn on `stream` and drawn again: a terminal that moves its cursor and has colours.

    Whoever wants lines there sets NO_COLOR, or reads through a pipe.
    """
    return stream.isatty() and variables.get("TERM") not in ("dumb", "unknown") and not variables.get("NO_COLOR")
