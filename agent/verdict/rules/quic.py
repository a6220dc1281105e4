"""What QUIC beside TCP means. Where it is stopped a browser falls back to TCP, so that nothing here condemns."""

from __future__ import annotations

from agent.language import N_
from agent.verdict import quic_signs
from agent.verdict.records import State
from agent.verdict.rules.rule import Rule, fixed

QUIC: tuple[Rule, ...] = (
    Rule(
        id="quic_name_is_trigger",
        layer="quic",
        when=lambda e: quic_signs.name_is_trigger(e),
        state=State.OK,
        mechanisms=lambda e: quic_signs.kind_of_stop(e),
        because=N_(
            "Over QUIC the name {name} alone is stopped ({failure}): on a fresh port too, and at an unrelated "
            "server that answers others."
        ),
        source="Elmenhorst et al. IMC 2021 on HTTP/3 and censors; RFC 9001 5.2: the name is open to the path",
    ),
    Rule(
        id="quic_stopped_at_border",
        layer="quic",
        when=lambda e: quic_signs.stopped_at_the_border(e),
        state=State.OK,
        mechanisms=fixed("quic.timeout"),
        because=N_(
            "QUIC to {name} does not come through ({failure}), nor does it to an unrelated control abroad, while a "
            "control at home answers, and TCP abroad does: whatever it is for, QUIC is dropped on the way abroad."
        ),
        source="OONI 2022 on Iran; net4people/bbs 648; Cloudflare on Iran, January 2026",
    ),
    Rule(
        id="quic_unexplained",
        layer="quic",
        when=lambda e: quic_signs.unexplained(e),
        state=State.OK,
        because=N_(
            "QUIC to {name} does not come through ({failure}); an office's firewall, or a server without HTTP/3, "
            "explains as much."
        ),
        source="docs/decisions.md",
    ),
)
