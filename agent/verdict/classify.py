"""From a sweep and its observations to its verdicts: endpoint, target, platform. Pure, so it can be done again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from agent.catalog.records import Catalog, Platform, Target
from agent.records import Sweep
from agent.verdict.evidence import Evidence
from agent.verdict.finding import Finding, combine
from agent.verdict.gathering import lookups_of, proofs_of, surroundings_of, tries_of, was_cut
from agent.verdict.judge import judge
from agent.verdict.records import State, Verdict
from agent.verdict.rules import RULES, RULESET_VERSION
from probes.observation import Observation


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
