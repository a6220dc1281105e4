"""Holds what was found against what the document says: a row for each claim, and one for each platform. Pure.

How a claim is judged:

- Findings inside its interval decide. A lasting claim agrees when at least half of them show its side, else it
  disagrees. The document knows years only, so a change "in 2021" is judged from the first finding that shows it: what
  was seen before may be from before the change. A passing claim ("for a while") agrees as soon as one finding shows it;
  that none does refutes nothing, since it may have fallen between two looks.
- Without any, the findings of the last week of looking decide, where the document leaves the claim standing: at least
  half on its side, it agrees; else the world has changed since. A claim that the document itself ended cannot be told.
- Of a claim about "some" platforms only unanimity tells anything.

- Looks of several vantage points are counted as agent/timeline/voices.py says. Where these contradict one another, and
  neither side has two thirds, it cannot be told for the country.

A platform's row judges the document's last words on it against the last week of looking in the same way. Where these
contradict each other both readings are judged, and the row says that the document contradicts itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from agent.language import ENGLISH, speaking
from agent.timeline.evidence import Evidence, count, latest, sift
from agent.timeline.precision import dated, finest, had
from agent.timeline.records import SIDES, Agreement, Basis, Claim, Finding, Outcome, Record, Says, Side, Why
from agent.timeline.sentences import reported, told
from agent.timeline.voices import by_voice, differ, leans, networks, vantage_points
from agent.verdict.records import State

#: What claims a change, and not only a state.
CHANGES = (Says.BLOCKED, Says.RESTORED)
#: Witnesses named in a row: enough to look some up; the counts say how many there are.
WITNESSES_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was decided, on what, and the looks that decided it."""

    outcome: Outcome
    why: Why | None = None
    basis: Basis | None = None
    looks: tuple[Finding, ...] = ()


def compare(
    claims: Sequence[Claim],
    records: Sequence[Record],
    findings: Sequence[Finding],
    *,
    stage: str,
    today: date,
    titles: Mapping[str, str] | None = None,
) -> list[Agreement]:
    """One row per claim in the order given, then one per platform in the order of its first claim.

    `stage` is that of the findings. `today` bounds open-ended records, and findings that a wrong clock dates later are
    no evidence. `titles` are the platforms' names; one that is missing is called by its key. Texts are English.
    """
    named = dict.fromkeys(platform for claim in claims for platform in claim.platforms)
    sifted = sift(findings, named, records=records, today=today)

    def evidence(keys: Sequence[str]) -> Evidence:
        return Evidence.joined([sifted[key] for key in keys])

    platforms = dict.fromkeys(key for claim in claims for key in claim.platforms if _binding(key, claims))
    rows = [_claim_row(claim, evidence(claim.platforms), records) for claim in claims]
    rows += [_platform_row(key, claims, sifted[key]) for key in platforms]
    with speaking(ENGLISH):
        return [told(replace(row, stage=stage), claims, records, today=today, titles=titles or {}) for row in rows]


def last_word(platform: str, claims: Iterable[Claim]) -> frozenset[Side]:
    """The sides that the document leaves standing for a platform; two are a contradiction.

    When nothing stands, what was claimed is over by the document's own word, and the platform is open again.
    Claims about "some" platforms bind none of them.
    """
    standing = frozenset(SIDES[claim.says] for claim in _binding(platform, claims) if claim.standing)
    return standing or frozenset({Side.OPEN})


def _binding(platform: str, claims: Iterable[Claim]) -> list[Claim]:
    """The claims that say of this very platform whether it could be reached."""
    return [claim for claim in claims if platform in claim.platforms and claim.says in SIDES and not claim.some]


def _claim_row(claim: Claim, evidence: Evidence, records: Sequence[Record]) -> Agreement:
    judgement, side = _judge(claim, evidence), SIDES.get(claim.says)
    inside = _inside(claim, evidence)
    change = dated(evidence.usable, side, claim) if side and claim.says in CHANGES else None
    starts = reported(records, claim.platforms, claim.start, claim.end)
    return Agreement(
        level="claim",
        claim_id=claim.claim_id,
        platforms=claim.platforms,
        says=claim.says,
        lines=(claim.line,),
        interval_start=claim.start,
        interval_end=claim.end,
        precision=claim.precision,
        contradicts=claim.contradicts,
        notes=claim.notes,
        precision_needed="" if claim.says is Says.OPINION else "year",
        precision_had=had(change, inside) if side else "",
        change_after=change[0] if change else None,
        change_by=change[1] if change else None,
        precision_records=finest(starts, side, claim) if side else "",
        days_looked=len({look.observed_at.date() for look in inside}),
        days_claimed=(claim.end - claim.start).days + 1,
        **_evidence_columns(judgement, evidence),
    )


def _inside(claim: Claim, evidence: Evidence) -> tuple[Finding, ...]:
    """The usable looks of the time that is claimed."""
    return tuple(look for look in evidence.usable if claim.start <= look.observed_at.date() <= claim.end)


def _judge(claim: Claim, evidence: Evidence) -> Judgement:
    if claim.says is Says.CAUSE:
        return Judgement(outcome=Outcome.CONTRADICTS_ITSELF)
    if claim.says is Says.OPINION:
        return Judgement(outcome=Outcome.CANNOT_TELL, why=Why.UNTESTABLE_OPINION)
    side = SIDES[claim.says]
    inside = _inside(claim, evidence)
    after = tuple(look for look in evidence.usable if look.observed_at.date() > claim.end)
    if inside:
        return _judge_some(claim, side, _judge_inside(claim, side, inside))
    if not claim.standing and evidence.total:
        return Judgement(outcome=Outcome.CANNOT_TELL, why=Why.ENDED_BEFORE_WE_LOOKED)
    if not after:
        return Judgement(outcome=Outcome.CANNOT_TELL, why=evidence.why_none)
    return _judge_some(claim, side, _judge_standing(side, latest(after), opposite=Outcome.CHANGED_SINCE))


def _judge_inside(claim: Claim, side: Side, inside: tuple[Finding, ...]) -> Judgement:
    if claim.passing:
        if count(inside, side):
            return Judgement(outcome=Outcome.AGREES, basis=Basis.INSIDE_INTERVAL, looks=inside)
        why = Why.BETWEEN_LOOKS
        return Judgement(outcome=Outcome.CANNOT_TELL, why=why, basis=Basis.INSIDE_INTERVAL, looks=inside)
    looks = _from_first(inside, side) if claim.says in CHANGES else inside
    return _weighed(side, looks, opposite=Outcome.DISAGREES, basis=Basis.INSIDE_INTERVAL)


def _from_first(looks: tuple[Finding, ...], side: Side) -> tuple[Finding, ...]:
    """The looks from the first on that shows `side`; all of them when none does."""
    first = next((at for at in range(len(looks)) if count(looks[at : at + 1], side)), 0)
    return looks[first:]


def _judge_standing(side: Side, looks: tuple[Finding, ...], *, opposite: Outcome) -> Judgement:
    return _weighed(side, looks, opposite=opposite, basis=Basis.AS_LEFT_STANDING)


def _weighed(side: Side, looks: tuple[Finding, ...], *, opposite: Outcome, basis: Basis) -> Judgement:
    """What the looks of all vantage points say together."""
    if differ(looks):
        why = Why.VANTAGE_POINTS_DIFFER
        return Judgement(outcome=Outcome.CANNOT_TELL, why=why, basis=basis, looks=looks)
    return Judgement(outcome=Outcome.AGREES if leans(looks, side) else opposite, basis=basis, looks=looks)


def _judge_some(claim: Claim, side: Side, judgement: Judgement) -> Judgement:
    if not claim.some or (claim.passing and judgement.outcome is Outcome.AGREES):
        return judgement
    if count(judgement.looks, side) == len(judgement.looks):
        return judgement
    return replace(judgement, outcome=Outcome.CANNOT_TELL, why=judgement.why or Why.WHICH_NOT_SAID)


def _platform_row(platform: str, claims: Sequence[Claim], evidence: Evidence) -> Agreement:
    about, word = _binding(platform, claims), last_word(platform, claims)
    document_end, last_claim = max(claim.end for claim in claims), max(claim.start for claim in about)
    looks = latest([look for look in evidence.usable if look.observed_at.date() >= last_claim])
    readings = {side: _judge_reading(side, looks, evidence, document_end) for side in word}
    judgement = next(iter(readings.values()))
    contradictory = len(word) > 1
    if contradictory:
        judgement = replace(judgement, outcome=Outcome.CONTRADICTS_ITSELF)
    return Agreement(
        level="platform",
        claim_id=f"{platform}/last_word",
        platforms=(platform,),
        says="contradictory" if contradictory else next(iter(word)),
        lines=tuple(sorted({claim.line for claim in about})),
        interval_start=min(claim.start for claim in about),
        interval_end=document_end,
        precision="year",
        reading_blocked=readings[Side.BLOCKED].outcome if contradictory else None,
        reading_open=readings[Side.OPEN].outcome if contradictory else None,
        **_evidence_columns(judgement, evidence),
    )


def _judge_reading(side: Side, looks: tuple[Finding, ...], evidence: Evidence, document_end: date) -> Judgement:
    if not looks:
        return Judgement(outcome=Outcome.CANNOT_TELL, why=evidence.why_none)
    later = looks[-1].observed_at > datetime.combine(document_end, time.max, UTC)
    return _judge_standing(side, looks, opposite=Outcome.CHANGED_SINCE if later else Outcome.DISAGREES)


def _evidence_columns(judgement: Judgement, evidence: Evidence) -> dict[str, Any]:
    looks = judgement.looks
    return {
        "outcome": judgement.outcome,
        "why": judgement.why,
        "basis": judgement.basis,
        "findings_blocked": count(looks, Side.BLOCKED),
        "findings_likely": sum(look.state is State.LIKELY_BLOCKED for look in looks),
        "findings_open": count(looks, Side.OPEN),
        "usable": len(looks),
        "platforms_found": tuple(sorted({look.platform for look in looks})),
        "total": evidence.total,
        "observed_from": looks[0].observed_at.date() if looks else None,
        "observed_to": looks[-1].observed_at.date() if looks else None,
        "mechanisms": _mechanisms(looks),
        "vantage_points": vantage_points(looks),
        "networks": networks(looks),
        "looks": tuple(f"{networks(own)[0]}={count(own, Side.BLOCKED)}/{len(own)}" for own in by_voice(looks).values()),
        "witnesses": tuple(look.verdict_id for look in reversed(looks))[:WITNESSES_MAX],
    }


def _mechanisms(looks: Iterable[Finding]) -> tuple[str, ...]:
    """Each mechanism with the number of looks that name it, the commonest first."""
    counted = Counter(mechanism for look in looks for mechanism in look.mechanisms)
    return tuple(f"{name}={times}" for name, times in sorted(counted.items(), key=lambda one: (-one[1], one[0])))
