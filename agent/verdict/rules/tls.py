"""What a handshake that does not come about means, and what sets it off."""

from __future__ import annotations

from agent.language import N_
from agent.verdict import outside_signs, signs, swap_signs, trigger_signs
from agent.verdict.records import State
from agent.verdict.rules.rule import Rule

TLS: tuple[Rule, ...] = (
    Rule(
        id="tls_plaintext_block_page",
        layer="tls",
        when=lambda e: signs.block_pages(e, "tls"),
        state=State.BLOCKED,
        mechanisms=lambda e: ("tls.plaintext", *signs.kind_of_block_page(e, "tls")),
        because=N_("Instead of a handshake, {name} answers with a known block page in plain text."),
        source="our choice: a page that answers a ClientHello was put there on the way",
    ),
    Rule(
        id="tls_name_is_trigger",
        layer="tls",
        when=lambda e: swap_signs.name_is_trigger(e, "tls"),
        state=State.BLOCKED,
        mechanisms=lambda e: swap_signs.kind_of_interference(e, "tls"),
        because=N_("The name {name} alone makes the handshake fail ({failure}), here and elsewhere. {changed}"),
        source="OONI SNI blocking (ts-024); RFC 9505 5.2.2; docs/method.md 4",
    ),
    Rule(
        id="tls_name_fails_elsewhere",
        layer="tls",
        when=lambda e: swap_signs.name_fails_elsewhere(e, "tls"),
        state=State.LIKELY_BLOCKED,
        mechanisms=lambda e: swap_signs.kind_of_interference(e, "tls"),
        because=N_(
            "The handshake with {name} fails again and again ({failure}), and elsewhere too; not all that "
            "would settle it was seen. {changed}"
        ),
        source="OONI SNI blocking (ts-024); docs/method.md 4",
    ),
    Rule(
        id="tls_other_name_answered_here",
        layer="tls",
        when=lambda e: swap_signs.only_this_name_fails_here(e, "tls"),
        state=State.LIKELY_BLOCKED,
        mechanisms=lambda e: swap_signs.kind_of_interference(e, "tls"),
        because=N_(
            "The handshake with {name} fails again and again ({failure}), and only with this name; an "
            "unrelated server turns all strangers away, and this one in another way. {changed}"
        ),
        source="OONI SNI blocking (ts-024); docs/method.md 4",
    ),
    Rule(
        id="tls_name_draws_punishment",
        layer="tls",
        when=lambda e: swap_signs.name_draws_punishment(e, "tls"),
        state=State.LIKELY_BLOCKED,
        mechanisms=lambda e: swap_signs.kind_of_punishment(e, "tls"),
        because=N_(
            "The handshake with {name} fails ({failure}) and then its port is shut; and so it fails elsewhere. "
            "{changed}"
        ),
        source="RFC 9505 on residual censorship; docs/method.md 4",
    ),
    Rule(
        id="tls_certificate_is_trigger",
        layer="tls",
        when=lambda e: trigger_signs.certificate_is_trigger(e),
        state=State.LIKELY_BLOCKED,
        mechanisms=lambda e: trigger_signs.kind_of_certificate_deed(e),
        because=N_(
            "The server of {name} answers, and every handshake in which it would show its certificate in clear "
            "fails ({failure}). {changed}"
        ),
        source="OONI 2018 on Instagram's certificate in Iran; RFC 8446 4.4.2 and appendix D; docs/method.md 4",
    ),
    Rule(
        id="tls_helper_shakes_hands",
        layer="tls",
        when=lambda e: outside_signs.works_outside(e, "tls"),
        state=State.LIKELY_BLOCKED,
        mechanisms=lambda e: outside_signs.kind_without_trigger(e, "tls"),
        because=N_(
            "The handshake with {name} fails again and again ({failure}), while a helper elsewhere completes it at "
            "the very address, with a valid certificate: it is no outage. What sets it off is not known. {changed}"
        ),
        source="OONI web connectivity: http-failure; ooni/data analysis rules: TLS fails while the control's does not",
        told_of_parts=True,
    ),
    Rule(
        id="tls_helper_fails_too",
        layer="tls",
        when=lambda e: outside_signs.fails_outside(e, "tls"),
        state=State.DOWN,
        because=N_("The handshake with {name} fails ({failure}), and so it does from elsewhere."),
        source="OONI web connectivity 0.5: both sides fail",
    ),
    Rule(
        id="tls_failure_unexplained",
        layer="tls",
        when=lambda e: signs.failed_steps(e, "tls"),
        state=State.IMPAIRED,
        because=N_(
            "The handshake with {name} fails ({failure}), and nothing shows that its name is the cause. {changed}"
        ),
        source="docs/method.md 5: an outage looks the same",
    ),
)
