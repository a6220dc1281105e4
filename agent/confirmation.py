"""Whether a sweep that found something new is to be confirmed soon, and for which platforms. Pure.

One sweep is one look: a line that stumbled, or a server that restarted, may be all that it saw. So what changed is
looked at again within minutes, and not hours later. A line that is down, or cut off from abroad, changes everything at
once: that is not confirmed, since it is no news of any platform.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from agent.records import Sweep, VantageState
from agent.verdict.finding import CONDEMNED
from agent.verdict.records import State, Verdict

#: Confirming sweeps in a row, at most: a second one where the first disagrees with what it was to confirm. What still
#: changes then comes and goes, and the cadence will count how often.
CONFIRMATIONS_MAX = 2
#: From so many platforms on, a change of more than half of them at once is no news of any of them.
MANY = 3
#: States that tell nothing, and so change nothing.
SILENT = frozenset({State.INSUFFICIENT, State.RETIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the last sweeps said of each target, as far as they could tell: accused, reached or failing."""

    kinds: Mapping[str, str] = field(default_factory=dict)

    def after(self, verdicts: Iterable[Verdict]) -> Known:
        """The same with what these verdicts tell."""
        return replace(self, kinds={**self.kinds, **kinds_of(verdicts)})


def kinds_of(verdicts: Iterable[Verdict]) -> dict[str, str]:
    """By target, of those that could be judged: whether it is accused, reached, or failing for whatever reason.

    `likely_blocked` and `blocked` are one kind, and `down` and `impaired` another: which of the two comes out may
    hang on one packet.
    """
    return {
        verdict.target: _kind(verdict.state)
        for verdict in verdicts
        if verdict.level == "target" and verdict.state not in SILENT
    }


def confirmation_due(known: Known, sweep: Sweep, verdicts: Iterable[Verdict], *, made: int) -> tuple[str, ...]:
    """Keys of the platforms to look at again soon after `sweep`; empty: none.

    `known` is what was known before it, and `made` how many confirming sweeps were made since the last on the cadence.
    A platform is due when one of its targets is of another kind than before, or is accused and was never judged.
    """
    if sweep.outcome != "complete" or sweep.vantage_state is not VantageState.NORMAL or made >= CONFIRMATIONS_MAX:
        return ()
    judged: set[str] = set()
    changed: list[str] = []
    for target, kind in kinds_of(verdicts).items():
        platform = target.partition("/")[0]
        judged.add(platform)
        before = known.kinds.get(target)
        if before != kind and (before is not None or kind == "accused"):
            changed.append(platform)
    due = tuple(dict.fromkeys(changed))
    all_at_once = len(judged) >= MANY and len(due) * 2 > len(judged)
    return () if all_at_once else due


def _kind(state: State) -> str:
    return "accused" if state in CONDEMNED else "reached" if state is State.OK else "failing"
