"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from agent.verdict.evidence import Evidence
from agent.verdict.records import State
from probes.observation import Observation

#: None: the rule does not match. Else the observations that made it match (possibly none).
Condition = Callable[[Evidence], Iterable[Observation] | None]


@dataclass(frozen=True, slots=True)
class Fixed:
    """Mechanisms that are the same whatever the evidence, so that a table can show them."""

    names: tuple[str, ...]

    def __call__(self, evidence: Evidence) -> tuple[str, ...]:
        return self.names


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the judgement."""

    id: str
    layer: str
    when: Condition
    state: State
    #: The mechanisms it names, computed where several are possible.
    mechanisms: Callable[[Evidence], Iterable[str]] = Fixed(())
    #: Why, in one sentence. May name {name} (the host, or the address where there is none) and {failure}; and tell
    #: after it with {changed} what was changed one at a time, and what that changed. A rule of speed names {ratio}; one
    #: of what comes and goes {share}, the tries that fail of those at living addresses.
    because: str
    source: str
    #: Whether what it names is told even of a part that the whole can do without: it is seen from two sides.
    told_of_parts: bool = False


def fixed(*mechanisms: str) -> Fixed:
    """A rule's mechanisms that are the same whatever the evidence."""
    return Fixed(mechanisms)
