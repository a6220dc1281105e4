"""What changed of late, in a line each: the newest last."""

from __future__ import annotations

from agent.report.event_words import event_notice
from agent.report.live.recent import Recent
from agent.timeline.events import events_of

#: Lines that a picture has room for beside its platforms.
CHANGES_MAX = 4


def changes_in(recent: Recent) -> tuple[str, ...]:
    """The last events among these sweeps. What began before them is none of them."""
    newest = recent.newest
    events = events_of(recent.findings(), stage=newest.stage) if newest else []
    return tuple(event_notice(event) for event in events[-CHANGES_MAX:])
