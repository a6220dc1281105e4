"""What a difference in speed between names means."""

from __future__ import annotations

from collections.abc import Iterable

from agent.language import N_
from agent.verdict import speed_signs
from agent.verdict.evidence import Evidence
from agent.verdict.records import State
from agent.verdict.rules.rule import Rule


def _mechanism(evidence: Evidence) -> Iterable[str]:
    """By what the name stands in on the wire."""
    return ("tls.throttle.sni" if evidence.endpoint.protocol == "https" else "http.throttle.host",)


SPEED: tuple[Rule, ...] = (
    Rule(
        id="speed_slow_for_its_name",
        layer="speed",
        when=lambda e: speed_signs.slowed_by_name(e) if e.works else None,
        state=State.OK,
        mechanisms=_mechanism,
        because=N_(
            "{name} is slowed down and still reachable: under its own name the same server's bytes come {ratio} "
            "times slower than under another, every time."
        ),
        source="Xue et al. IMC 2021 (Twitter throttled by SNI in Russia); docs/method.md 4",
    ),
    Rule(
        id="speed_too_slow_for_its_name",
        layer="speed",
        when=lambda e: speed_signs.slowed_by_name(e) if speed_signs.never_whole(e) else None,
        state=State.LIKELY_BLOCKED,
        mechanisms=_mechanism,
        because=N_(
            "{name} is slowed down until its page does not come whole in time: under its own name the same "
            "server's bytes come {ratio} times slower than under another, every time."
        ),
        source="Xue et al. IMC 2021 (Twitter throttled by SNI in Russia); docs/method.md 4",
    ),
)
