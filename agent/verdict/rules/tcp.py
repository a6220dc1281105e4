"""What a connection that does not come about means."""

from __future__ import annotations

from agent.verdict import signs
from agent.verdict.records import State
from agent.verdict.rules.rule import Rule

TCP: tuple[Rule, ...] = (
    Rule(
        id="tcp_failure_corroborated",
        layer="tcp",
        when=lambda e: signs.addresses_out_of_reach(e) if e.corroborated else None,
        state=State.LIKELY_BLOCKED,
        mechanisms=signs.kind_of_connect_failure,
        because="No connection to {name} comes about ({failure}), again and again, while controls answer and another "
        "part of the platform is blocked beyond doubt.",
        source="OONI 2018 on Telegram: data centres dropped and web names blocked at once; docs/decisions.md",
    ),
    Rule(
        id="tcp_failure_unexplained",
        layer="tcp",
        when=lambda e: signs.failed_connects(e),
        state=State.IMPAIRED,
        because="No connection to {name} comes about ({failure}); an outage would look the same.",
        source="docs/method.md 5; ooni/data: failure without control",
    ),
)
