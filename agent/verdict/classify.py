"""From a sweep and its observations to its verdicts: endpoint, target, platform. Pure, so it can be done again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from agent.catalog.records import Catalog, Endpoint, Platform, Target
from agent.imports.catalog import imported_catalog
from agent.records import IMPORTED_STAGE, Sweep
from agent.verdict.evidence import Evidence
from agent.verdict.finding import Finding, combine
from agent.verdict.gathering import (
    PROTOCOLS,
    Key,
    lookups_of,
    not_run_of,
    outside_of,
    places_of,
    proofs_of,
    quic_of,
    surroundings_of,
    tries_of,
    was_cut,
    without_search_pages,
)
from agent.verdict.judge import judge_way
from agent.verdict.records import State, Verdict
from agent.verdict.rules import IN_ORDER_OF_IMPORTS, RULESET_VERSION
from agent.verdict.seen import NO_RESOLVER_HERE, PLAIN, Outside
from probes.observation import Observation


def classify(sweep: Sweep, observations: Sequence[Observation], catalog: Catalog) -> list[Verdict]:
    """The verdicts of one sweep: a row for each target and for each platform that the sweep meant to measure.

    `observations` are the sweep's rows in any order; those of endpoints that the catalog no longer has are left out.
    """
    if sweep.stage == IMPORTED_STAGE:
        catalog = imported_catalog(sweep, observations, catalog)
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
) -> dict[tuple[str, str], tuple[Evidence, ...]]:
    """Evidence by (target, endpoint id): that of the endpoint, then that of each hop of its redirects.

    The order of the rows does not matter: they are taken in that of their ids.
    """
    rows = sorted(observations, key=lambda row: (len(row.observation_id), row.observation_id))
    observations = [row for row in rows if not row.observer]
    outside = outside_of(row for row in rows if row.observer)
    tries, not_run, places = tries_of(observations), not_run_of(observations), places_of(observations)
    proofs, surroundings = proofs_of(observations), surroundings_of(observations)
    lookups = lookups_of(without_search_pages(observations, surroundings.search_pages))

    quic = quic_of(observations)

    def seen(platform: Platform, hop: Endpoint, key: Key) -> Evidence:
        return Evidence(
            endpoint=hop,
            hop=key[-1],
            retired=platform.retired_at is not None,
            vantage=sweep.vantage_state,
            lookups=tuple(one for one in lookups.get(hop.hostname, ()) if one.variation in PLAIN),
            at_no_resolver=tuple(one for one in lookups.get(hop.hostname, ()) if one.variation == NO_RESOLVER_HERE),
            tries=tuple(one for one in tries.get(key, ()) if not was_cut(one, hop.protocol)),
            quic=quic.get(key, ()),
            not_run=not_run.get(key, ()),
            proven=proofs.get(hop.hostname, frozenset()),
            surroundings=surroundings,
            outside=outside.get(key, Outside()),
            imported=sweep.stage == IMPORTED_STAGE,
        )

    return {
        (target.name, endpoint.id): tuple(
            seen(platform, hop, (target.name, endpoint.id, number))
            for number, hop in enumerate(_way(endpoint, target, places))
        )
        for platform in platforms
        for target in platform.targets
        for endpoint in target.endpoints
    }


def _way(endpoint: Endpoint, target: Target, places: Mapping[Key, tuple[str, int]]) -> list[Endpoint]:
    """The endpoint and the hops that its redirects led to, in order. Of a hop's path no row tells."""
    way = [endpoint]
    while place := places.get((target.name, endpoint.id, len(way))):
        hostname, port = place
        way.append(replace(endpoint, protocol=PROTOCOLS[port], hostname=hostname, addresses=(), port=port, path="/"))
    return way


def _judge_targets(
    platform: Platform, evidence: Mapping[tuple[str, str], Sequence[Evidence]]
) -> list[tuple[Target, Finding]]:
    """Findings of the platform's targets. What a blocked target proves of the platform, the others may lean on."""

    def judged(target: Target, adjust: Callable[[Evidence], Evidence] = lambda e: e) -> Finding:
        ways = (evidence[target.name, endpoint.id] for endpoint in target.endpoints)
        findings = [judge_way([adjust(hop) for hop in way]) for way in ways]
        return combine(target.combine, findings, of="endpoints")

    first = [(target, judged(target)) for target in platform.targets]
    blocked = {target.name for target, finding in first if finding.state is State.BLOCKED}
    return [
        (target, judged(target, lambda e: replace(e, corroborated=True)) if blocked - {target.name} else finding)
        for target, finding in first
    ]


def _because(finding: Finding) -> str:
    """The reasons in the rules' order, and how many of the parts they hold for."""
    order = [rule.id for rule in IN_ORDER_OF_IMPORTS]
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
        throttle_ratio=finding.throttle_ratio,
        rule_ids=tuple(rule_id for rule_id in finding.reasons if rule_id),
        ruleset_version=RULESET_VERSION,
        because=_because(finding),
        tries=len(finding.tries),
        witnesses=finding.witnesses,
        source_verdict=sweep.source_verdict,
    )
