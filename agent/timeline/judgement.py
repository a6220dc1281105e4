"""What the evidence says of one claim, or of the document's last words on a platform. Pure.

How a claim is judged:

- Findings inside its interval decide. A lasting claim agrees when at least two thirds of them show its side, disagrees
  when at most one third does, and cannot be told in between: it was blocked by turns. The document knows years only, so
  a change "in 2021" is judged from the first finding that shows it: what was seen before may be from before the change.
  A passing claim ("for a while") agrees as soon as one finding shows it; that none does refutes nothing, since it may
  have fallen between two looks.
- Without any, the findings of the last week of looking decide, where the document leaves the claim standing: it agrees,
  or the world has changed since, by the same thirds. A claim that the document itself ended cannot be told.
- Of a claim about "some" platforms only unanimity tells anything.
- Looks of several vantage points are counted as agent/timeline/voices.py says. Where these contradict one another, and
  neither side has two thirds, it cannot be told for the country.

A platform's row judges the document's last words on it against the last week of looking in the same way. Where these
contradict each other both readings are judged, and the row says that the document contradicts itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from agent.timeline.evidence import Evidence, count, latest
from agent.timeline.records import SIDES, Basis, Claim, Finding, Outcome, Says, Side, Why
from agent.timeline.voices import differ, leans, two_sided

#: What claims a change, and not only a state.
CHANGES = (Says.BLOCKED, Says.RESTORED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was decided, on what, and the looks that decided it."""

    outcome: Outcome
    why: Why | None = None
    basis: Basis | None = None
    looks: tuple[Finding, ...] = ()


def inside_of(claim: Claim, evidence: Evidence) -> tuple[Finding, ...]:
    """The usable looks of the time that is claimed."""
    return tuple(look for look in evidence.usable if claim.start <= look.observed_at.date() <= claim.end)


def judge(claim: Claim, evidence: Evidence) -> Judgement:
    """How what was found stands to one claim."""
    if claim.says is Says.CAUSE:
        return Judgement(outcome=Outcome.CONTRADICTS_ITSELF)
    if claim.says is Says.OPINION:
        return Judgement(outcome=Outcome.CANNOT_TELL, why=Why.UNTESTABLE_OPINION)
    side = SIDES[claim.says]
    inside = inside_of(claim, evidence)
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
    if two_sided(looks):
        why = Why.VANTAGE_POINTS_DIFFER if differ(looks) else Why.BY_TURNS
        return Judgement(outcome=Outcome.CANNOT_TELL, why=why, basis=basis, looks=looks)
    return Judgement(outcome=Outcome.AGREES if leans(looks, side) else opposite, basis=basis, looks=looks)


def _judge_some(claim: Claim, side: Side, judgement: Judgement) -> Judgement:
    if not claim.some or (claim.passing and judgement.outcome is Outcome.AGREES):
        return judgement
    if count(judgement.looks, side) == len(judgement.looks):
        return judgement
    # Several platforms that differ are not one that was blocked by turns.
    why = judgement.why if judgement.why not in (None, Why.BY_TURNS) else Why.WHICH_NOT_SAID
    return replace(judgement, outcome=Outcome.CANNOT_TELL, why=why)


def judge_reading(side: Side, looks: tuple[Finding, ...], evidence: Evidence, document_end: date) -> Judgement:
    """How what was found last stands to one reading of the document's last words on a platform."""
    if not looks:
        return Judgement(outcome=Outcome.CANNOT_TELL, why=evidence.why_none)
    later = looks[-1].observed_at > datetime.combine(document_end, time.max, UTC)
    return _judge_standing(side, looks, opposite=Outcome.CHANGED_SINCE if later else Outcome.DISAGREES)
