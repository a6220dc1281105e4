"""What a difference in speed between names means."""

from __future__ import annotations

from agent.verdict.rules.rule import Rule

SPEED: tuple[Rule, ...] = ()
