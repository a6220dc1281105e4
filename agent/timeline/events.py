"""What changed, and when: onset, end and change of mechanism, from a platform's verdicts over time. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from agent.timeline.records import Event, Finding


def events_of(findings: Iterable[Finding], *, stage: str) -> list[Event]:
    """The events in these findings, of each vantage point apart, in order of time."""
    raise NotImplementedError
