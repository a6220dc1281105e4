"""What the answer to a request means, and the rule of what works."""

from __future__ import annotations

from agent.verdict import name_signs, signs, swap_signs
from agent.verdict.records import State
from agent.verdict.rules.rule import Rule

HTTP: tuple[Rule, ...] = (
    Rule(
        id="http_block_page",
        layer="http",
        when=lambda e: signs.block_pages(e, "http"),
        state=State.BLOCKED,
        mechanisms=lambda e: signs.kind_of_block_page(e, "http"),
        because="Plain HTTP to {name} is answered with a known block page.",
        source="OONI blocking-fingerprints; net4people/bbs 226 and 241",
    ),
    Rule(
        id="http_host_is_trigger",
        layer="http",
        when=lambda e: swap_signs.name_is_trigger(e, "http"),
        state=State.BLOCKED,
        mechanisms=lambda e: swap_signs.kind_of_interference(e, "http"),
        because="The Host {name} alone makes plain HTTP fail ({failure}): on a fresh port too, and at an unrelated "
        "server that answers others.",
        source="UPB-SysSec IranconsistenciesData 2025: no response or RST by Host; docs/method.md 4",
    ),
    Rule(
        id="http_host_fails_elsewhere",
        layer="http",
        when=lambda e: swap_signs.name_fails_elsewhere(e, "http"),
        state=State.LIKELY_BLOCKED,
        mechanisms=lambda e: swap_signs.kind_of_interference(e, "http"),
        because="Plain HTTP to {name} fails repeatedly ({failure}), and fails too at an unrelated server that "
        "answers another Host; what its own server does with others could not settle it.",
        source="OONI SNI blocking (ts-024); docs/method.md 4",
    ),
    Rule(
        id="http_other_host_answered_here",
        layer="http",
        when=lambda e: swap_signs.only_this_name_fails_here(e, "http"),
        state=State.LIKELY_BLOCKED,
        mechanisms=lambda e: swap_signs.kind_of_interference(e, "http"),
        because="Plain HTTP to {name} fails repeatedly ({failure}), while the same address answers another Host; "
        "an unrelated server turns all strangers away, and this one in another way.",
        source="docs/method.md 4",
    ),
    Rule(
        id="http_server_refuses",
        layer="http",
        when=lambda e: signs.refusals(e, authenticated=True),
        state=State.OK,
        because="{name} itself, with a valid certificate, refuses to serve this place: the server's choice, no "
        "blocking on the way.",
        source="McDonald et al. IMC 2018 (403 Forbidden)",
    ),
    Rule(
        id="http_refusal_unauthenticated",
        layer="http",
        when=lambda e: signs.refusals(e, authenticated=False),
        state=State.IMPAIRED,
        because="Plain HTTP to {name} is refused by somebody who cannot prove to be the server.",
        source="docs/method.md 6: no artefact, no verdict",
    ),
    Rule(
        id="http_redirect_to_nowhere",
        layer="http",
        when=lambda e: signs.broken_redirects(e),
        state=State.OK,
        because="{name} answers with a redirect to no address: the server's own fault, and not the way's.",
        source="OONI's quality tests: broken redirects; docs/decisions.md",
    ),
    Rule(
        id="http_failure_unexplained",
        layer="http",
        when=lambda e: signs.failed_steps(e, "http"),
        state=State.IMPAIRED,
        because="{name} accepts the connection, and its answer does not come whole ({failure}).",
        source="docs/method.md 5: an outage looks the same",
    ),
    Rule(
        id="works",
        layer="http",
        when=lambda e: signs.successes(e) or name_signs.name_answers(e),
        state=State.OK,
        because="{name} answers as itself.",
        source="docs/method.md 6; ooni/data: valid certificate and an answer",
    ),
)
