"""Judges one endpoint: the first matching rule of each layer, the gravest of those, and the same for each redirect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.language import N_
from agent.records import VantageState
from agent.verdict.changed import changed
from agent.verdict.deeds import ALERT
from agent.verdict.evidence import Evidence
from agent.verdict.finding import ACCUSING, NAMING, Finding, combine, gravest, joining, unique
from agent.verdict.records import State
from agent.verdict.rules import IN_ORDER_OF_IMPORTS, LAYERS, RULES, Rule
from agent.verdict.signs import share_failing
from agent.verdict.speed_signs import throttle_ratio
from probes.observation import Observation

LINE_NOT_NORMAL = next(rule for rule in RULES if rule.id == "vantage_not_normal")
#: The rules of each layer in order, of own sweeps and of imported ones.
BY_LAYER, OF_IMPORTS = (
    {layer: tuple(rule for rule in rules if rule.layer == layer) for layer in LAYERS}
    for rules in (RULES, IN_ORDER_OF_IMPORTS)
)
#: Of an endpoint of which no rule speaks.
NOTHING_SETTLES = N_("Nothing settles what happened.")
#: Before what is said of a hop of a redirect.
LEADS_ON = N_("A redirect leads on to {address}.")
#: An endpoint that has no name.
AT_PORT = N_("{address} port {port}")
#: Failures as people say them; the rest are shown as they stand in the rows.
WORDS = {
    "connection_reset": N_("the connection is reset"),
    "connection_aborted": N_("the connection is aborted"),
    "connection_refused": N_("the connection is refused"),
    "generic_timeout_error": N_("no answer"),
    "timed_out": N_("no answer"),
    "eof_error": N_("the connection is closed"),
    "dns_nxdomain_error": N_("no such name"),
    "dns_refused_error": N_("refused"),
    "dns_servfail_error": N_("server failure"),
    "dns_no_answer": N_("an empty answer"),
    "ssl_unknown_authority": N_("a certificate of an unknown authority"),
    "ssl_invalid_hostname": N_("a certificate for another name"),
    "ssl_invalid_certificate": N_("an invalid certificate"),
    "ssl_failed_handshake": N_("a handshake of garbled bytes"),
    "tls_plaintext_response": N_("plain text"),
    "http_reply_malformed": N_("no HTTP"),
    "http_invalid_redirect_location_host": N_("a redirect to nowhere"),
}
THE_ALERT = N_("the alert {number}")
#: In place of a failure, where an answer came and had none.
NO_ADDRESS = N_("no address")


def judge_way(hops: Sequence[Evidence]) -> Finding:
    """What an endpoint and the hops of its redirects mean together. `hops` is the endpoint first, and never empty.

    Each is judged by the same rules, and the gravest decides: one that does not work keeps its user from the page.
    """
    findings = [judge(hop) for hop in hops]
    return findings[0] if len(findings) == 1 else replace(combine("all_of", findings, of="hops"), share="")


def judge(evidence: Evidence) -> Finding:
    """What one endpoint's evidence means: the first matching rule of each layer, and the gravest of those."""
    if not (spoken := rules_spoken(evidence)):
        return Finding(state=State.IMPAIRED, reasons={"": NOTHING_SETTLES})
    state = gravest(rule.state for rule, _ in spoken)
    named = {rule.id: sorted(rule.mechanisms(evidence)) for rule, _ in spoken if rule.state in NAMING}
    # What is proven of one layer is told whatever another came to.
    decisive = [(rule, rows) for rule, rows in spoken if rule.state in joining(state) or named.get(rule.id)]
    return Finding(
        state=state,
        mechanisms=unique(mechanism for mechanisms in named.values() for mechanism in mechanisms),
        reasons={rule.id: sentence(rule, rows, evidence) for rule, rows in decisive},
        tries=frozenset(lookup.replies[0].connection_id for lookup in (*evidence.lookups, *evidence.at_no_resolver))
        | frozenset(one.connect.connection_id for one in evidence.tries)
        | frozenset(row.connection_id for row in evidence.quic),
        witnesses=unique(row.observation_id for _, rows in decisive for row in rows),
        throttle_ratio=throttle_ratio(evidence) if any(rule.layer == "speed" for rule, _ in decisive) else None,
    )


def rules_spoken(evidence: Evidence) -> list[tuple[Rule, tuple[Observation, ...]]]:
    """The rule that matched first in each layer, with its observations. On a line not normal none accuses."""
    spoken: list[tuple[Rule, tuple[Observation, ...]]] = []
    for layer in LAYERS:
        matched = _first_match(layer, evidence)
        if matched is not None:
            spoken.append(matched)
        if matched is not None and layer == "gate":
            break
    if evidence.vantage is not VantageState.NORMAL and gravest(rule.state for rule, _ in spoken) in ACCUSING:
        return [(LINE_NOT_NORMAL, evidence.not_run)]
    return spoken


def _first_match(layer: str, evidence: Evidence) -> tuple[Rule, tuple[Observation, ...]] | None:
    for rule in (OF_IMPORTS if evidence.imported else BY_LAYER)[layer]:
        if (rows := rule.when(evidence)) is not None:
            return rule, tuple(rows)
    return None


def failure_in_words(failure: str) -> str:
    """A failure as people say it; of one that has no other words, its name."""
    if failure.startswith(ALERT):
        return THE_ALERT.format(number=failure.removeprefix(ALERT))
    return WORDS.get(failure, failure.replace("_", " "))


def sentence(rule: Rule, rows: Sequence[Observation], evidence: Evidence) -> str:
    """Why the rule says what it says of this endpoint, which is named, and the failure that its observations show."""
    failure = next((row.failure for row in rows if row.failure), "")
    endpoint = evidence.endpoint
    name = endpoint.hostname or AT_PORT.format(address=endpoint.addresses[0], port=endpoint.port)
    way = LEADS_ON.format(address=f"{endpoint.protocol}://{name}") + " " if evidence.hop else ""
    said = rule.because.format(
        name=name,
        failure=failure_in_words(failure) or NO_ADDRESS,
        changed=changed(evidence),
        ratio=f"{throttle_ratio(evidence) or 0:.0f}",
        share=share_failing(evidence),
    )
    return way + said.strip()
