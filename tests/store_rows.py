"""Rows for the tests of the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from agent.records import Sweep, VantageState
from agent.verdict.records import State, Verdict
from probes.observation import Observation

NOON = datetime(2026, 11, 24, 12, 0, 0, 123000, tzinfo=UTC)


def observation(number: int = 0, /, **changes: object) -> Observation:
    """A DNS reply as the agent would write it, `number` seconds after noon."""
    values: dict[str, object] = {
        "sweep_id": "20261124T120000Z-abcdef",
        "observation_id": f"20261124T120000Z-abcdef-{number}",
        "observed_at": NOON + timedelta(seconds=number),
        "platform": "signal",
        "target": "signal/chat",
        "endpoint": "https://chat.signal.org/",
        "operation": "resolve",
        "duration_ms": 12.5,
        "hostname": "chat.signal.org",
        "answers": ("10.10.34.35", "192.0.2.1"),
        "title": "Welcome, friends",
    }
    return Observation(**{**values, **changes})  # type: ignore[arg-type]  # the tests give right types by name


def sweep(**changes: object) -> Sweep:
    """A sweep that began at noon."""
    values: dict[str, object] = {
        "sweep_id": "20261124T120000Z-abcdef",
        "started_at": NOON,
        "ended_at": NOON + timedelta(minutes=5),
        "vantage_state": VantageState.NORMAL,
        "platforms": ("signal", "telegram"),
    }
    return Sweep(**{**values, **changes})  # type: ignore[arg-type]  # the tests give right types by name


def verdict(**changes: object) -> Verdict:
    """What the sweep that began at noon says of Signal."""
    values: dict[str, object] = {
        "sweep_id": "20261124T120000Z-abcdef",
        "verdict_id": "20261124T120000Z-abcdef-v-signal/chat",
        "observed_at": NOON,
        "state": State.BLOCKED,
        "mechanisms": ("dns.injection.blockpage",),
        "because": 'The answer is a known block address, "10.10.34.35".',
    }
    return Verdict(**{**values, **changes})  # type: ignore[arg-type]  # the tests give right types by name
