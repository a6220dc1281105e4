"""What a connection that does not come about means."""

from __future__ import annotations

from agent.language import N_
from agent.verdict import outside_signs, signs
from agent.verdict.records import State
from agent.verdict.rules.rule import Rule

TCP: tuple[Rule, ...] = (
    Rule(
        id="tcp_failure_corroborated",
        layer="tcp",
        when=lambda e: signs.addresses_out_of_reach(e) if e.corroborated else None,
        state=State.LIKELY_BLOCKED,
        mechanisms=signs.kind_of_connect_failure,
        because=N_(
            "No connection to {name} comes about ({failure}), again and again, while controls answer and another "
            "part of the platform is blocked beyond doubt."
        ),
        source="OONI 2018 on Telegram: data centres dropped and web names blocked at once; docs/decisions.md",
    ),
    Rule(
        id="tcp_helper_connects",
        layer="tcp",
        when=lambda e: outside_signs.connects_outside(e),
        state=State.LIKELY_BLOCKED,
        mechanisms=outside_signs.kind_of_connect_failure,
        because=N_(
            "No connection to {name} comes about ({failure}), again and again, while a helper elsewhere connects "
            "to the very address: it is no outage. That the server shuts out this country alone cannot be told from it."
        ),
        source="OONI web connectivity: tcp_ip; Afroz et al. 2018 on servers that shut out regions; docs/method.md 5",
        told_of_parts=True,
    ),
    Rule(
        id="tcp_helper_fails_too",
        layer="tcp",
        when=lambda e: outside_signs.fails_outside(e, "tcp"),
        state=State.DOWN,
        because=N_("No connection to {name} comes about ({failure}), nor does one from elsewhere."),
        source="OONI web connectivity 0.5: both sides fail",
    ),
    Rule(
        id="tcp_shut_over_ipv4",
        layer="tcp",
        when=lambda e: outside_signs.shut_over_ipv4(e),
        state=State.OK,
        mechanisms=outside_signs.kind_of_shut_ipv4,
        because=N_(
            "{name} is reached over IPv6 alone: over IPv4 no connection to it comes about ({failure}), again and "
            "again, while a helper elsewhere is shown its certificate at the very address."
        ),
        source="RFC 8305: a client goes on with the other version; docs/method.md 5",
    ),
    Rule(
        id="tcp_failure_unexplained",
        layer="tcp",
        when=lambda e: signs.failed_connects(e),
        state=State.IMPAIRED,
        because=N_("No connection to {name} comes about ({failure}); an outage would look the same."),
        source="docs/method.md 5; ooni/data: failure without control",
    ),
)
