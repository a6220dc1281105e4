"""Holds what was found against what the document says: a row for each claim, and one for each platform. Pure.

How an outcome is reached: agent/timeline/judgement.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from agent.language import ENGLISH, speaking
from agent.timeline.evidence import Evidence, count, latest
from agent.timeline.judgement import CHANGES, Judgement, inside_of, judge, judge_reading
from agent.timeline.precision import dated, finest, had
from agent.timeline.records import SIDES, Agreement, Claim, Finding, Outcome, Record, Says, Side
from agent.timeline.sentences import reported, told
from agent.timeline.voices import by_voice, networks, vantage_points
from agent.verdict.records import State

#: Witnesses named in a row: enough to look some up; the counts say how many there are.
WITNESSES_MAX = 20


def compare(
    claims: Sequence[Claim],
    records: Sequence[Record],
    sifted: Mapping[str, Evidence],
    *,
    stage: str,
    today: date,
    titles: Mapping[str, str] | None = None,
) -> list[Agreement]:
    """One row per claim in the order given, then one per platform in the order of its first claim.

    `sifted` is what `sift` gives for the platforms that the claims name, `stage` that of the findings. `today` bounds
    open-ended records. `titles` are the platforms' names; one that is missing is called by its key. Texts are English.
    """

    def evidence(keys: Sequence[str]) -> Evidence:
        return Evidence.joined([sifted[key] for key in keys])

    platforms = dict.fromkeys(key for claim in claims for key in claim.platforms if _binding(key, claims))
    rows = [_claim_row(claim, evidence(claim.platforms), records) for claim in claims]
    rows += [_platform_row(key, claims, sifted[key]) for key in platforms]
    with speaking(ENGLISH):
        return [told(replace(row, stage=stage), claims, records, today=today, titles=titles or {}) for row in rows]


def named_in(claims: Iterable[Claim]) -> list[str]:
    """The platforms that the document speaks of, in its order."""
    return list(dict.fromkeys(platform for claim in claims for platform in claim.platforms))


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
    judgement, side = judge(claim, evidence), SIDES.get(claim.says)
    inside = inside_of(claim, evidence)
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


def _platform_row(platform: str, claims: Sequence[Claim], evidence: Evidence) -> Agreement:
    about, word = _binding(platform, claims), last_word(platform, claims)
    document_end, last_claim = max(claim.end for claim in claims), max(claim.start for claim in about)
    looks = latest([look for look in evidence.usable if look.observed_at.date() >= last_claim])
    readings = {side: judge_reading(side, looks, evidence, document_end) for side in word}
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
