"""The rules: what evidence means, as rows one can point at. First match wins within a layer.

Ids are never reused or renamed. A change of meaning is a new id and a new `RULESET_VERSION`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from agent.records import VantageState
from agent.verdict import name_signs, signs, swap_signs
from agent.verdict.evidence import Evidence
from agent.verdict.records import State
from probes.observation import Observation

RULESET_VERSION = 1

#: The order in which layers are asked. A decision of `gate` ends the questions.
LAYERS = ("gate", "dns", "tcp", "tls", "http")

#: None: the rule does not match. Else the observations that made it match (possibly none).
Condition = Callable[[Evidence], Iterable[Observation] | None]


@dataclass(frozen=True, slots=True)
class Fixed:
    """Mechanisms that are the same whatever the evidence, so that a table can show them."""

    names: tuple[str, ...]

    def __call__(self, evidence: Evidence) -> tuple[str, ...]:
        return self.names


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the judgement."""

    id: str
    layer: str
    when: Condition
    state: State
    #: The mechanisms it names, computed where several are possible.
    mechanisms: Callable[[Evidence], Iterable[str]] = Fixed(())
    #: Why, in one sentence. May name {name} (the host, or the address where there is none) and {failure}.
    because: str
    source: str


def _fixed(*mechanisms: str) -> Fixed:
    return Fixed(mechanisms)


RULES: tuple[Rule, ...] = (
    # Gate: may anything be said at all? ---------------------------------------------------------------------------
    Rule(
        id="service_retired",
        layer="gate",
        when=lambda e: () if e.retired else None,
        state=State.RETIRED,
        because="The service no longer exists; that it cannot be reached is no sign of blocking.",
        source="catalog: the platform's retirement and its source",
    ),
    Rule(
        id="vantage_not_normal",
        layer="gate",
        when=lambda e: e.not_run if e.vantage is not VantageState.NORMAL and not e.reachable else None,
        state=State.INSUFFICIENT,
        because="The line was not seen to be normal throughout this sweep, so a failure says nothing of {name}.",
        source="docs/method.md 1; OONI 2019 on Iran's shutdown",
    ),
    Rule(
        id="not_measured",
        layer="gate",
        when=lambda e: e.not_run if not e.tries and not e.lookups else None,
        state=State.INSUFFICIENT,
        because="{name} was not measured in this sweep.",
        source="docs/method.md 6: below the floor",
    ),
    Rule(
        id="cut_short",
        layer="gate",
        when=lambda e: signs.cut_short(e),
        state=State.INSUFFICIENT,
        because="The measurement of {name} was cut short before it could tell.",
        source="docs/method.md 6: below the floor",
    ),
    # DNS ----------------------------------------------------------------------------------------------------------
    Rule(
        id="dns_iran_block_address",
        layer="dns",
        when=lambda e: name_signs.iran_answers(e) if not e.name_serves else None,
        state=State.BLOCKED,
        mechanisms=_fixed("dns.injection.blockpage"),
        because="DNS answers {name} with an address that Iran's filter puts in place of the true one.",
        source="OONI blocking-fingerprints; UPB-SysSec IranconsistenciesData 2025; OONI 2021 on Signal",
    ),
    Rule(
        id="dns_replies_disagree",
        layer="dns",
        when=lambda e: name_signs.disagreeing_replies(e) if not e.name_serves else None,
        state=State.BLOCKED,
        mechanisms=name_signs.kind_of_forgery,
        because="One question for {name} drew two replies that contradict each other: one of them was forged.",
        source="ICLab Centinel's second-response check; docs/decisions.md",
    ),
    Rule(
        id="dns_tampered_still_works",
        layer="dns",
        when=lambda e: name_signs.disagreeing_replies(e) or name_signs.iran_answers(e) if e.name_serves else None,
        state=State.OK,
        mechanisms=name_signs.kind_of_forgery,
        because="Answers for {name} are tampered with, and yet the system's resolver gives an address that works.",
        source="docs/method.md 6: tampered with and still reachable",
    ),
    Rule(
        id="dns_name_works",
        layer="dns",
        when=lambda e: () if e.name_works or e.endpoint.addresses else None,
        state=State.OK,
        because="The address of {name} shows a valid certificate for it.",
        source="CERTainty: a certificate proves the address",
    ),
    Rule(
        id="dns_points_home",
        layer="dns",
        when=lambda e: name_signs.points_home(e),
        state=State.IMPAIRED,
        because="The system's resolver points {name} at this computer or its home network, and no other resolver does: "
        "a hosts file or a filter of one's own does that.",
        source="our choice; docs/decisions.md",
    ),
    Rule(
        id="dns_leads_to_block_page",
        layer="dns",
        when=lambda e: name_signs.page_behind_the_answer(e),
        state=State.BLOCKED,
        mechanisms=_fixed("dns.injection.blockpage"),
        because="The system's resolver sends {name} to a server that shows a known block page; another resolver's "
        "address proves itself.",
        source="OONI taxonomy: dns.injection.blockpage; CERTainty",
    ),
    Rule(
        id="dns_bogon_control_proven",
        layer="dns",
        when=lambda e: name_signs.bogon_answers(e) if name_signs.control_proven(e) else None,
        state=State.LIKELY_BLOCKED,
        mechanisms=_fixed("dns.injection.bogon"),
        because="The system's resolver gives {name} an address where no public server can be; another resolver's "
        "address proves itself. Whether the provider does it or an office's own network cannot be told.",
        source="ooni/data analysis rules: bogon not in control",
    ),
    Rule(
        id="dns_failure_control_proven",
        layer="dns",
        when=lambda e: name_signs.repeated_dns_failure(e) if name_signs.control_proven(e) else None,
        state=State.LIKELY_BLOCKED,
        mechanisms=name_signs.kind_of_dns_failure,
        because="The system's resolver, which answers for other names, fails for {name} ({failure}) again and again; "
        "another resolver's address proves itself. Whether the provider does it or a filter at home cannot be told.",
        source="ooni/data analysis rules: failure while the control answers",
    ),
    Rule(
        id="dns_foreign_server_control_proven",
        layer="dns",
        when=lambda e: name_signs.foreign_servers(e) if name_signs.control_proven(e) else None,
        state=State.LIKELY_BLOCKED,
        mechanisms=_fixed("dns.injection.other"),
        because="The system's resolver sends {name} to a server that has no certificate for it; another resolver's "
        "address proves itself.",
        source="CERTainty; ooni/data analysis rules: certificate fails and not in control",
    ),
    Rule(
        id="dns_only_others_address_works",
        layer="dns",
        when=lambda e: name_signs.only_elsewhere(e),
        state=State.IMPAIRED,
        because="{name} fails where the system's resolver sends ({failure}), and works where another resolver does: a "
        "dead server of a pool, or a forged answer.",
        source="docs/method.md 5: a dead edge of a content network looks the same",
    ),
    Rule(
        id="dns_no_such_name",
        layer="dns",
        when=lambda e: name_signs.absent_everywhere(e),
        state=State.DOWN,
        because="No resolver outside knows the name {name}, not even those that nobody on the way can forge.",
        source="OONI web connectivity: both sides NXDOMAIN",
    ),
    Rule(
        id="dns_name_without_address",
        layer="dns",
        when=lambda e: name_signs.without_address_everywhere(e),
        state=State.DOWN,
        because="No resolver outside has an address for {name}, not even those that nobody on the way can forge.",
        source="OONI web connectivity: both sides without an address",
    ),
    Rule(
        id="dns_failure_unexplained",
        layer="dns",
        when=lambda e: name_signs.dns_failures(e) or name_signs.bogon_answers(e),
        state=State.IMPAIRED,
        because="The system's resolver gives no usable address for {name} ({failure}), and nothing settles why.",
        source="docs/method.md 5: no control, no verdict",
    ),
    # TCP ----------------------------------------------------------------------------------------------------------
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
    # TLS ----------------------------------------------------------------------------------------------------------
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
    # HTTP ---------------------------------------------------------------------------------------------------------
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
