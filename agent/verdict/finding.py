"""A finding: what a thing turned out to be, and how findings of parts make one of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agent.language import N_
from agent.verdict.records import State
from agent.verdict.rules import LAYERS, RULES

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
#: States whose rules name mechanisms. What is impaired or down has none: nothing settles who did it.
NAMING = CONDEMNED | {State.OK}
#: What a line that is not normal may say of nobody, even where it reached the endpoint in the end.
ACCUSING = CONDEMNED | {State.DOWN, State.IMPAIRED}
#: Rules that name what is told even of a part that the whole can do without.
TOLD_OF_PARTS = frozenset(rule.id for rule in RULES if rule.told_of_parts)
#: How many of the parts share the state, by what the parts are; and how many more are likely to.
SHARES: Mapping[str, str] = {
    "endpoints": N_("{alike} of {all} endpoints"),
    "needed targets": N_("{alike} of {all} needed targets"),
    "hops": N_("{alike} of {all} hops"),
}
MORE_LIKELY = N_("{share}, {likely} more likely")
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
    #: How many times slower its name makes it. None: nothing shows that it does.
    throttle_ratio: float | None = None


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
    # What an artefact proves of one part is told whatever the whole came to. What is only likely of it is not, unless
    # a helper is a witness to it and the whole is well.
    proven = [one for one in findings if one.mechanisms and (_is_proven(one) or (state is State.OK and _is_seen(one)))]
    alike = [one for one in findings if one.state in joining(state)]
    deciding = [one for one in findings if one in alike or one in proven] or list(findings)
    mechanisms = {mechanism for finding in deciding for mechanism in finding.mechanisms}
    return Finding(
        state=state,
        mechanisms=tuple(sorted(mechanisms, key=_by_layer)),
        reasons={rule_id: reason for finding in reversed(deciding) for rule_id, reason in finding.reasons.items()},
        share=_share(state, findings, of),
        tries=frozenset().union(*(finding.tries for finding in findings)),
        witnesses=_some_of_each([finding.witnesses for finding in deciding]),
        throttle_ratio=max((one.throttle_ratio for one in deciding if one.throttle_ratio is not None), default=None),
    )


def gravest(states: Iterable[State]) -> State:
    """The gravest of `states` (see GRAVEST_FIRST); `insufficient` when there are none."""
    seen = set(states)
    return next((state for state in GRAVEST_FIRST if state in seen), State.INSUFFICIENT)


def unique(values: Iterable[str]) -> tuple[str, ...]:
    """`values` in order, each once."""
    return tuple(dict.fromkeys(values))


def joining(state: State) -> frozenset[State]:
    """States whose rules speak together: two techniques at once are one verdict with two mechanisms."""
    return CONDEMNED if state in CONDEMNED else frozenset({state})


def _is_proven(finding: Finding) -> bool:
    return finding.state in {State.BLOCKED, State.OK}


def _is_seen(finding: Finding) -> bool:
    """Whether all that decided it was seen from two sides."""
    return bool(finding.reasons) and TOLD_OF_PARTS.issuperset(finding.reasons)


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
    share = SHARES[of].format(alike=alike, all=len(findings))
    return MORE_LIKELY.format(share=share, likely=likely) if likely else share


def _by_layer(mechanism: str) -> tuple[int, str]:
    layer = mechanism.partition(".")[0]
    return (LAYERS.index(layer) if layer in LAYERS else len(LAYERS), mechanism)
