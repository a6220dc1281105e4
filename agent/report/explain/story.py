"""A verdict's story, from a sweep's rows alone: endpoints with their steps, rules, and what would change them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from agent.catalog.records import Catalog, Platform
from agent.imports.catalog import imported_catalog, platform_of_rows
from agent.records import IMPORTED_STAGE, LAB_STAGE, Sweep
from agent.report.explain.steps import Step, changes_of, steps_of
from agent.report.explain.unknown import unknown_of
from agent.timeline.recurrence import Recurrence
from agent.verdict.classify import classify, gather
from agent.verdict.evidence import Evidence
from agent.verdict.finding import Finding
from agent.verdict.gathering import Key, key_of
from agent.verdict.judge import judge_way, rules_spoken, sentence
from agent.verdict.otherwise import Otherwise, otherwise
from agent.verdict.records import State, Verdict
from agent.verdict.rules import LAYERS
from probes.observation import Observation

#: Endpoints that are told in full, unless more are asked for: those that decided, each with other rules.
ENDPOINTS_MAX = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """The rule that matched first in its layer."""

    layer: str
    rule_id: str
    state: State
    sentence: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HopStory:
    """One endpoint, or one hop of its redirects."""

    #: Host, or the address where there is none.
    name: str
    steps: tuple[Step, ...]
    changes: tuple[str, ...]
    spoken: tuple[Spoken, ...]
    #: Layers in which no rule matched.
    silent: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WayStory:
    """An endpoint with its hops, and what was found of it."""

    endpoint: str
    state: State
    mechanisms: tuple[str, ...]
    hops: tuple[HopStory, ...]
    otherwise: tuple[Otherwise, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A target of the platform, as today's rules judge it."""

    name: str
    state: State
    mechanisms: tuple[str, ...]
    needed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that is told of a verdict."""

    #: As it stands on the disk.
    verdict: Verdict
    #: The same by today's rules; None where the catalog no longer has it, or its rows are gone.
    now: Verdict | None
    sweep: Sweep
    recurrence: Recurrence
    #: Of a platform's verdict, its targets; of a target's, nothing.
    parts: tuple[Part, ...] = ()
    ways: tuple[WayStory, ...] = ()
    #: Endpoints that are not told in full, by their state.
    others: Mapping[str, int]
    #: Steps of a target that the catalog no longer has.
    steps: tuple[Step, ...] = ()


def story_of(
    verdict: Verdict,
    sweep: Sweep,
    observations: Sequence[Observation],
    catalog: Catalog,
    *,
    recurrence: Recurrence,
    in_full: int = ENDPOINTS_MAX,
) -> Story:
    """The story of a verdict of the sweep, whose rows are `observations`; at most `in_full` endpoints in full."""
    if sweep.stage == IMPORTED_STAGE:
        catalog = imported_catalog(sweep, observations, catalog)
    elif sweep.stage == LAB_STAGE:
        catalog = _with_a_scenarios_own(catalog, verdict, sweep, observations)
    name = verdict.target or verdict.platform
    anew = classify(sweep, observations, catalog) if observations else []
    judged = {one.target or one.platform: one for one in anew}
    platform = next((one for one in catalog.platforms if one.key == verdict.platform), None)
    told = Story(verdict=verdict, now=judged.get(name), sweep=sweep, recurrence=recurrence, others={})
    if platform is None or name not in judged:
        own = [row for row in observations if name in (row.target, row.platform)]
        return replace(told, steps=steps_of(own, sweep.started_at))
    ways = _ways(platform, verdict, judged, sweep, observations)
    chosen = _deciding(ways, judged[name].state)[:in_full]
    return replace(
        told,
        parts=() if verdict.target else tuple(_parts(platform, judged)),
        ways=tuple(_told(key, hops, finding, observations, sweep) for key, hops, finding in chosen),
        others=_counted(finding for key, _, finding in ways if key not in {key for key, *_ in chosen}),
    )


def _with_a_scenarios_own(
    catalog: Catalog, verdict: Verdict, sweep: Sweep, observations: Sequence[Observation]
) -> Catalog:
    """The catalog with the site that a scenario of the lab measured, as its rows tell of it.

    Where that does not come to the same verdict the rows do not tell enough of the site: the catalog as it is.
    """
    if verdict.platform in {platform.key for platform in catalog.platforms}:
        return catalog
    own = [row for row in observations if row.platform == verdict.platform]
    told = replace(catalog, platforms=(*catalog.platforms, platform_of_rows(verdict.platform, own, catalog)))
    judged = {one.verdict_id: (one.state, one.mechanisms) for one in classify(sweep, observations, told)}
    return told if judged.get(verdict.verdict_id) == (verdict.state, verdict.mechanisms) else catalog


#: Target and endpoint id, the evidence of each hop, and what it comes to.
_Way = tuple[tuple[str, str], Sequence[Evidence], Finding]


def _ways(
    platform: Platform,
    verdict: Verdict,
    judged: Mapping[str, Verdict],
    sweep: Sweep,
    observations: Sequence[Observation],
) -> list[_Way]:
    """The endpoints of the target, or of all the platform's, judged as `classify` does."""
    blocked = {target.name for target in platform.targets if judged[target.name].state is State.BLOCKED}
    found: list[_Way] = []
    for key, way in gather(sweep, observations, [platform]).items():
        if verdict.target in {"", key[0]}:
            hops = [replace(hop, corroborated=bool(blocked - {key[0]})) for hop in way]
            found.append((key, hops, judge_way(hops)))
    return found


def _deciding(ways: Sequence[_Way], state: State) -> list[_Way]:
    """Those in that state first, then those that name a mechanism; of several by the same rules, only the first."""
    order = sorted(ways, key=lambda way: (way[2].state is not state, not way[2].mechanisms))
    seen: set[frozenset[str]] = set()
    chosen: list[_Way] = []
    for way in order:
        finding = way[2]
        rules = frozenset(finding.reasons)
        if rules not in seen and (finding.state is state or finding.mechanisms or not chosen):
            seen.add(rules)
            chosen.append(way)
    return chosen


def _parts(platform: Platform, judged: Mapping[str, Verdict]) -> Iterator[Part]:
    for target in platform.targets:
        found = judged[target.name]
        yield Part(name=target.name, state=found.state, mechanisms=found.mechanisms, needed=target.needed)


def _told(
    key: tuple[str, str], hops: Sequence[Evidence], finding: Finding, rows: Sequence[Observation], sweep: Sweep
) -> WayStory:
    return WayStory(
        endpoint=key[1],
        state=finding.state,
        mechanisms=finding.mechanisms,
        hops=tuple(_hop((*key, hop.hop), hop, rows, sweep) for hop in hops),
        otherwise=otherwise(hops) if finding.state is not State.OK or finding.mechanisms else (),
    )


def _hop(key: Key, evidence: Evidence, rows: Sequence[Observation], sweep: Sweep) -> HopStory:
    spoken = rules_spoken(evidence)
    layers = {rule.layer for rule, _ in spoken}
    return HopStory(
        name=evidence.endpoint.hostname or evidence.endpoint.addresses[0],
        steps=steps_of((row for row in rows if _belongs(row, key, evidence)), sweep.started_at),
        changes=changes_of(evidence.tries, evidence.quic),
        spoken=tuple(
            Spoken(
                layer=rule.layer,
                rule_id=rule.id,
                state=rule.state,
                sentence=sentence(rule, found, evidence),
                source=rule.source,
            )
            for rule, found in spoken
        ),
        # Where the gate decides, nobody asks on.
        silent=() if "gate" in layers else tuple(layer for layer in LAYERS if layer not in {"gate", *layers}),
        unknown=tuple(unknown_of(evidence)),
    )


def _belongs(row: Observation, key: Key, evidence: Evidence) -> bool:
    """Whether a row is the endpoint's, or of a question about its name, whichever target asked it first."""
    if row.purpose != "target":
        return False
    named = row.operation == "resolve" and row.was_run and not row.observer
    return key_of(row) == key or (named and row.hostname == evidence.endpoint.hostname != "")


def _counted(findings: Iterable[Finding]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for finding in findings:
        counts[str(finding.state)] = counts.get(str(finding.state), 0) + 1
    return counts
