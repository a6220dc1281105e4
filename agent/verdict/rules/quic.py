"""What QUIC beside TCP means."""

from __future__ import annotations

from agent.verdict.rules.rule import Rule

QUIC: tuple[Rule, ...] = ()
