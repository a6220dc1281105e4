"""What changed of late, in a line each."""

from __future__ import annotations

from agent.report.live.recent import Recent


def changes_in(recent: Recent) -> tuple[str, ...]:
    return ()
