"""What many trials come to: the confusion of states, and the precision and recall of mechanisms. Pure.

Mechanisms are scored by the nodes of their tree (Kiritchenko et al. 2006, hierarchical precision and recall): a path
counts with everything above it, so that one that is vague and right has full precision and less recall.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from agent.lab.scenario.records import FAMILIES, Scenario
from agent.lab.scenario.trial import Outcome, nodes_of
from agent.lab.truth import platforms_done_to
from agent.verdict.finding import CONDEMNED
from agent.verdict.records import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A scenario with what became of it."""

    scenario: Scenario
    #: None: the trial broke off.
    outcome: Outcome | None
    #: Why it broke off, in a sentence. Empty when it did not.
    broken: str = ""

    @property
    def wrong(self) -> list[str]:
        """Why it is wrong, a sentence each. Empty: all came out as it must."""
        return [self.broken] if self.outcome is None else self.outcome.wrong(self.scenario)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Nodes of mechanisms, counted over platforms."""

    #: Done by the censor.
    true: int = 0
    #: Named by verdicts.
    found: int = 0
    #: Both.
    shared: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(true=self.true + other.true, found=self.found + other.found, shared=self.shared + other.shared)

    @property
    def precision(self) -> float | None:
        """Share of the nodes found that are true, 0 to 1. None: none was found."""
        return self.shared / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """Share of the true nodes that were found, 0 to 1. None: there was none to find."""
        return self.shared / self.true if self.true else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a set of trials comes to."""

    trials: int
    #: Platforms by the state that must come out and the one that did.
    states: Mapping[tuple[State, State], int]
    #: By family, those of FAMILIES that occur, in its order.
    families: Mapping[str, Tally]
    #: How many trials each of those families had.
    sizes: Mapping[str, int]
    #: Mechanisms that the censor used and no verdict named in full, each with its scenarios.
    missed: Mapping[str, tuple[str, ...]]
    #: Scenarios in which the censor does something to a platform that comes out ok without a word of it.
    unseen: tuple[str, ...]
    #: Scenarios that came out wrong, each with the reasons.
    wrong: Mapping[str, tuple[str, ...]]

    #: Observations made of an endpoint where nothing is done to it and it is ok, on average over platforms. None:
    #: there is no such platform.
    effort_when_clean: float | None
    #: The same where it comes out blocked or likely blocked.
    effort_when_blocked: float | None

    @property
    def whole(self) -> Tally:
        return sum(self.families.values(), Tally())


def score(trials: Sequence[Trial]) -> Score:
    """The score of trials. One that broke off is wrong, and counts in no table."""
    sizes = Counter(trial.scenario.family for trial in trials)
    families = {family: Tally() for family in FAMILIES if family in sizes}
    states: Counter[tuple[State, State]] = Counter()
    missed: dict[str, list[str]] = {}
    unseen: list[str] = []
    clean: list[float] = []
    blocked: list[float] = []
    for trial in trials:
        for expected, found, true, named, effort in _platforms(trial):
            states[expected, found] += 1
            if found is State.OK and not true:
                clean.append(effort)
            elif found in CONDEMNED:
                blocked.append(effort)
            families[trial.scenario.family] += tally(true, named)
            if true and found is State.OK and not named:
                unseen.append(trial.scenario.name)
            for mechanism in true - named:
                missed.setdefault(mechanism, []).append(trial.scenario.name)
    return Score(
        trials=len(trials),
        states=states,
        families=families,
        sizes={family: sizes[family] for family in families},
        missed={mechanism: tuple(dict.fromkeys(missed[mechanism])) for mechanism in sorted(missed)},
        unseen=tuple(dict.fromkeys(unseen)),
        wrong={trial.scenario.name: tuple(trial.wrong) for trial in trials if trial.wrong},
        effort_when_clean=fmean(clean) if clean else None,
        effort_when_blocked=fmean(blocked) if blocked else None,
    )


def tally(true: Iterable[str], found: Iterable[str]) -> Tally:
    """One platform's mechanisms, counted by nodes."""
    true_nodes, found_nodes = nodes(true), nodes(found)
    return Tally(true=len(true_nodes), found=len(found_nodes), shared=len(true_nodes & found_nodes))


def nodes(mechanisms: Iterable[str]) -> frozenset[str]:
    """The mechanisms and everything above them."""
    return frozenset().union(*map(nodes_of, mechanisms))


def _platforms(trial: Trial) -> Iterator[tuple[State, State, frozenset[str], frozenset[str], float]]:
    """Of each platform that got a verdict: the expected state, the found one, the true mechanisms, the found ones, and
    the observations made of each of its endpoints.

    Where the line is not normal nobody may be accused, so that no mechanism is there to be found.
    """
    if trial.outcome is None:
        return
    scenario = trial.scenario
    true = platforms_done_to(scenario.world, scenario.catalog) if scenario.vantage_state == "normal" else {}
    endpoints = Counter(platform.key for platform, target in scenario.catalog.targets() for _ in target.endpoints)
    for key, expected in scenario.expected.items():
        if found := trial.outcome.found.get(key):
            effort = found.observations / max(1, endpoints.get(key, 0))
            yield expected.state, found.state, true.get(key, frozenset()), frozenset(found.mechanisms), effort
