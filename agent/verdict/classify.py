"""From a sweep and its observations to its verdicts: endpoint, target, platform. Pure, so it can be done again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from agent.catalog.records import Catalog, Platform, Target
from agent.records import Sweep, VantageState
from agent.verdict.evidence import Evidence
from agent.verdict.gathering import lookups_of, proofs_of, surroundings_of, tries_of, was_cut
from agent.verdict.records import State, Verdict
from agent.verdict.rules import LAYERS, RULES, RULESET_VERSION, Rule
from probes.observation import Observation

#: For things that are all needed: the gravest that is sure decides, and `ok` only when nothing else is there.
GRAVEST_FIRST = (
    State.BLOCKED,
    State.LIKELY_BLOCKED,
    State.DOWN,
    State.IMPAIRED,
    State.INSUFFICIENT,
    State.RETIRED,
    State.OK,
)
CONDEMNED = frozenset({State.BLOCKED, State.LIKELY_BLOCKED})
#: What a line that is not normal may say of nobody, even where it reached the endpoint in the end.
ACCUSING = CONDEMNED | {State.DOWN, State.IMPAIRED}
LINE_NOT_NORMAL = next(rule for rule in RULES if rule.id == "vantage_not_normal")
#: Failures as people say them; the rest are shown as they stand in the rows.
WORDS = {
    "connection_reset": "the connection is reset",
    "connection_aborted": "the connection is aborted",
    "connection_refused": "the connection is refused",
    "generic_timeout_error": "no answer",
    "timed_out": "no answer",
    "eof_error": "the connection is closed",
    "dns_nxdomain_error": "no such name",
    "dns_refused_error": "refused",
    "dns_servfail_error": "server failure",
    "dns_no_answer": "an empty answer",
    "ssl_unknown_authority": "a certificate of an unknown authority",
    "ssl_invalid_hostname": "a certificate for another name",
    "ssl_invalid_certificate": "an invalid certificate",
}
#: At most so many witnesses in a verdict; the first of each rule are the telling ones.
WITNESSES_MAX = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a thing (an endpoint, a target, a platform) turned out to be, and by which rules."""

    state: State
    mechanisms: tuple[str, ...] = ()
    #: The sentence of each rule that decided, by the rule's id.
    reasons: Mapping[str, str] = field(default_factory=dict)
    #: "3 of 4 endpoints": how many of the parts share the state. Empty for an endpoint.
    share: str = ""
    #: Ids of the connections and questions that it rests on; a name is asked once for all who need it.
    tries: frozenset[str] = frozenset()
    witnesses: tuple[str, ...] = ()


def classify(sweep: Sweep, observations: Sequence[Observation], catalog: Catalog) -> list[Verdict]:
    """The verdicts of one sweep: a row for each target and for each platform that the sweep meant to measure.

    `observations` are the sweep's rows in any order; those of endpoints that the catalog no longer has are left out.
    """
    wanted = [platform for platform in catalog.platforms if platform.key in sweep.platforms]
    evidence = gather(sweep, observations, wanted)
    verdicts: list[Verdict] = []
    for platform in wanted:
        targets = _judge_targets(platform, evidence)
        verdicts += [_verdict(sweep, finding, platform, target) for target, finding in targets]
        needed = [finding for target, finding in targets if target.needed]
        verdicts.append(_verdict(sweep, combine("all_of", needed, of="needed targets"), platform))
    return verdicts


def gather(
    sweep: Sweep, observations: Sequence[Observation], platforms: Iterable[Platform]
) -> dict[tuple[str, str], Evidence]:
    """Evidence by (target, endpoint id). The order of the rows does not matter: they are taken in that of their ids."""
    observations = sorted(observations, key=lambda row: (len(row.observation_id), row.observation_id))
    lookups, tries = lookups_of(observations), tries_of(observations)
    proofs, surroundings = proofs_of(observations), surroundings_of(observations)
    not_run: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for row in observations:
        if not row.was_run:
            not_run[row.target, row.endpoint].append(row)
    return {
        (target.name, endpoint.id): Evidence(
            endpoint=endpoint,
            retired=platform.retired_at is not None,
            vantage=sweep.vantage_state,
            lookups=lookups.get(endpoint.hostname, ()),
            tries=tuple(
                one for one in tries.get((target.name, endpoint.id), ()) if not was_cut(one, endpoint.protocol)
            ),
            not_run=tuple(not_run[target.name, endpoint.id]),
            proven=proofs.get(endpoint.hostname, frozenset()),
            surroundings=surroundings,
        )
        for platform in platforms
        for target in platform.targets
        for endpoint in target.endpoints
    }


def judge(evidence: Evidence) -> Finding:
    """What one endpoint's evidence means: the first matching rule of each layer, and the gravest of those."""
    spoken: list[tuple[Rule, tuple[Observation, ...]]] = []
    for layer in LAYERS:
        matched = _first_match(layer, evidence)
        if matched is not None:
            spoken.append(matched)
        if matched is not None and layer == "gate":
            break
    if not spoken:
        return Finding(state=State.IMPAIRED, reasons={"": "Nothing settles what happened."})
    state = gravest(rule.state for rule, _ in spoken)
    if evidence.vantage is not VantageState.NORMAL and state in ACCUSING:
        spoken, state = [(LINE_NOT_NORMAL, evidence.not_run)], State.INSUFFICIENT
    decisive = [(rule, rows) for rule, rows in spoken if rule.state in _joining(state)]
    named = [rule for rule, _ in decisive if rule.state in CONDEMNED or rule.state is State.OK]
    return Finding(
        state=state,
        mechanisms=unique(mechanism for rule in named for mechanism in sorted(rule.mechanisms(evidence))),
        reasons={rule.id: _sentence(rule, rows, evidence) for rule, rows in decisive},
        tries=frozenset(lookup.replies[0].connection_id for lookup in evidence.lookups)
        | frozenset(one.connect.connection_id for one in evidence.tries),
        witnesses=unique(row.observation_id for _, rows in decisive for row in rows),
    )


def combine(how: str, findings: Sequence[Finding], *, of: str) -> Finding:
    """Several findings as one. `all_of`: the gravest decides. `any_of`: one that is ok is enough.

    `of` says what the findings are of: endpoints, or needed targets.
    """
    if how == "any_of" and any(finding.state is State.OK for finding in findings):
        state = State.OK
    elif how == "any_of":
        state = _mildest_claim([finding.state for finding in findings])
    else:
        state = gravest(finding.state for finding in findings)
    deciding = [finding for finding in findings if finding.state in _joining(state)] or list(findings)
    mechanisms = {m for f in deciding for m in f.mechanisms} if state in CONDEMNED | {State.OK} else set()
    return Finding(
        state=state,
        mechanisms=tuple(sorted(mechanisms, key=_by_layer)),
        reasons={rule_id: reason for finding in reversed(deciding) for rule_id, reason in finding.reasons.items()},
        share=_share(state, findings, of),
        tries=frozenset().union(*(finding.tries for finding in findings)),
        witnesses=_some_of_each([finding.witnesses for finding in deciding]),
    )


def gravest(states: Iterable[State]) -> State:
    """The gravest of `states` (see GRAVEST_FIRST); `insufficient` when there are none."""
    seen = set(states)
    return next((state for state in GRAVEST_FIRST if state in seen), State.INSUFFICIENT)


def unique(values: Iterable[str]) -> tuple[str, ...]:
    """`values` in order, each once."""
    return tuple(dict.fromkeys(values))


def _judge_targets(platform: Platform, evidence: dict[tuple[str, str], Evidence]) -> list[tuple[Target, Finding]]:
    """Findings of the platform's targets. What a blocked target proves of the platform, the others may lean on."""

    def judged(target: Target, adjust: Callable[[Evidence], Evidence] = lambda e: e) -> Finding:
        findings = [judge(adjust(evidence[target.name, endpoint.id])) for endpoint in target.endpoints]
        return combine(target.combine, findings, of="endpoints")

    first = [(target, judged(target)) for target in platform.targets]
    blocked = {target.name for target, finding in first if finding.state is State.BLOCKED}
    return [
        (target, judged(target, lambda e: replace(e, corroborated=True)) if blocked - {target.name} else finding)
        for target, finding in first
    ]


def _first_match(layer: str, evidence: Evidence) -> tuple[Rule, tuple[Observation, ...]] | None:
    for rule in RULES:
        if rule.layer == layer and (rows := rule.when(evidence)) is not None:
            return rule, tuple(rows)
    return None


def _joining(state: State) -> frozenset[State]:
    """States whose rules speak together: two techniques at once are one verdict with two mechanisms."""
    return CONDEMNED if state in CONDEMNED else frozenset({state})


def _mildest_claim(states: Sequence[State]) -> State:
    """A pool none of whose members is ok: it is what can be said of every member."""
    present = set(states)
    if not present or State.INSUFFICIENT in present:
        return State.INSUFFICIENT
    if present <= CONDEMNED:
        return State.BLOCKED if present == {State.BLOCKED} else State.LIKELY_BLOCKED
    return present.pop() if len(present) == 1 else State.IMPAIRED


def _some_of_each(witnesses: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Up to WITNESSES_MAX witnesses, every finding giving its first before any gives its second."""
    longest = max(map(len, witnesses), default=0)
    return unique(rows[rank] for rank in range(longest) for rows in witnesses if rank < len(rows))[:WITNESSES_MAX]


def _share(state: State, findings: Sequence[Finding], of: str) -> str:
    """How many of the findings are in that state, and how many besides are likely what is certain of those."""
    alike = sum(finding.state is state for finding in findings)
    likely = sum(finding.state is State.LIKELY_BLOCKED for finding in findings) if state is State.BLOCKED else 0
    if len(findings) == 1:
        return ""  # "1 of 1" tells nothing
    return f"{alike} of {len(findings)} {of}" + (f", {likely} more likely" if likely else "")


def _by_layer(mechanism: str) -> tuple[int, str]:
    layer = mechanism.partition(".")[0]
    return (LAYERS.index(layer) if layer in LAYERS else len(LAYERS), mechanism)


def _sentence(rule: Rule, rows: Sequence[Observation], evidence: Evidence) -> str:
    failure = next((row.failure for row in rows if row.failure), "")
    endpoint = evidence.endpoint
    name = endpoint.hostname or f"{endpoint.addresses[0]} port {endpoint.port}"
    return rule.because.format(name=name, failure=WORDS.get(failure, failure) or "no address")


def _because(finding: Finding) -> str:
    """The reasons in the rules' order, and how many of the parts they hold for."""
    order = [rule.id for rule in RULES]
    told = sorted(finding.reasons, key=lambda rule_id: order.index(rule_id) if rule_id in order else len(order))
    if len(told) > 1 and finding.state is State.OK:
        told = [rule_id for rule_id in told if rule_id != "dns_name_works"]  # it goes without saying
    share = f" ({finding.share})" if finding.share else ""
    return " ".join(finding.reasons[rule_id] for rule_id in told) + share


def _verdict(sweep: Sweep, finding: Finding, platform: Platform, target: Target | None = None) -> Verdict:
    name = target.name if target else platform.key
    return Verdict(
        sweep_id=sweep.sweep_id,
        verdict_id=f"{sweep.sweep_id}.v.{name}",
        observed_at=sweep.started_at,
        stage=sweep.stage,
        level="target" if target else "platform",
        platform=platform.key,
        target=target.name if target else "",
        state=finding.state,
        mechanisms=finding.mechanisms,
        rule_ids=tuple(rule_id for rule_id in finding.reasons if rule_id),
        ruleset_version=RULESET_VERSION,
        because=_because(finding),
        tries=len(finding.tries),
        witnesses=finding.witnesses,
    )
