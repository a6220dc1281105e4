"""What a handshake that does not come about means, and what sets it off."""

from __future__ import annotations

from agent.verdict import signs, swap_signs
from agent.verdict.records import State
from agent.verdict.rules.rule import Rule

TLS: tuple[Rule, ...] = (
    Rule(
        id="tls_plaintext_block_page",
        layer="tls",
        when=lambda e: signs.block_pages(e, "tls"),
        state=State.BLOCKED,
        mechanisms=lambda e: ("tls.plaintext", *signs.kind_of_block_page(e, "tls")),
        because="Instead of a handshake, {name} answers with a known block page in plain text.",
        source="our choice: a page that answers a ClientHello was put there on the way",
    ),
    Rule(
        id="tls_name_is_trigger",
        layer="tls",
        when=lambda e: swap_signs.name_is_trigger(e, "tls"),
        state=State.BLOCKED,
        mechanisms=lambda e: swap_signs.kind_of_interference(e, "tls"),
        because="The name {name} alone makes the handshake fail ({failure}): on a fresh port too, and at an "
        "unrelated server that answers other names.",
        source="OONI SNI blocking (ts-024); RFC 9505 5.2.2; docs/method.md 4",
    ),
    Rule(
        id="tls_name_fails_elsewhere",
        layer="tls",
        when=lambda e: swap_signs.name_fails_elsewhere(e, "tls"),
        state=State.LIKELY_BLOCKED,
        mechanisms=lambda e: swap_signs.kind_of_interference(e, "tls"),
        because="The handshake with {name} fails repeatedly ({failure}), and fails too at an unrelated server that "
        "answers another name; what its own server does with others could not settle it.",
        source="OONI SNI blocking (ts-024); docs/method.md 4",
    ),
    Rule(
        id="tls_other_name_answered_here",
        layer="tls",
        when=lambda e: swap_signs.only_this_name_fails_here(e, "tls"),
        state=State.LIKELY_BLOCKED,
        mechanisms=lambda e: swap_signs.kind_of_interference(e, "tls"),
        because="The handshake with {name} fails repeatedly ({failure}), while the same address answers another name; "
        "an unrelated server turns all strangers away, and this one in another way.",
        source="OONI SNI blocking (ts-024); docs/method.md 4",
    ),
    Rule(
        id="tls_failure_unexplained",
        layer="tls",
        when=lambda e: signs.failed_steps(e, "tls"),
        state=State.IMPAIRED,
        because="The handshake with {name} fails ({failure}), and nothing shows that its name is the cause.",
        source="docs/method.md 5: an outage looks the same",
    ),
)
