"""Takes documents in, one after the other: judged, written in groups, and counted. Nothing is kept of what is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.catalog.records import Catalog
from agent.imports.fields import MalformedError
from agent.imports.measurement import imported
from agent.imports.reading import Refused, documents
from agent.records import Sweep
from agent.store.journal import Journal
from agent.verdict.classify import classify
from agent.verdict.records import State, Verdict
from probes.observation import Observation

#: Rows that are written together: each group waits for the disk once.
ROWS_TOGETHER = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One measurement that was taken in: its sweep, and the verdict on what it measured."""

    place: str
    sweep: Sweep
    verdict: Verdict

    @property
    def theirs(self) -> str:
        """The first word of what its source concluded."""
        return self.sweep.source_verdict.partition(" ")[0]


@dataclass
class Tally:
    """How many there were of each kind."""

    refused: int = 0
    pairs: Counter[tuple[str, State]] = field(default_factory=Counter)

    @property
    def taken(self) -> int:
        return self.pairs.total()

    def count(self, found: Taken | Refused) -> None:
        if isinstance(found, Refused):
            self.refused += 1
        else:
            self.pairs[found.theirs, found.verdict.state] += 1


def take_in(paths: Iterable[Path], journal: Journal, catalog: Catalog) -> Iterator[Taken | Refused]:
    """Every measurement of the files as it is taken in, or refused. What was yielded is on the disk at the end.

    Raises `StoreError` when the results cannot be written.
    """
    targets = {endpoint.id: target.name for _, target in catalog.targets() for endpoint in target.endpoints}
    rows: list[Observation] = []
    sweeps: list[Sweep] = []
    verdicts: list[Verdict] = []
    for path in paths:
        for document in documents(path):
            if isinstance(document, Refused):
                yield document
                continue
            try:
                found = imported(document.value, catalog, targets=targets)
            except MalformedError as fault:
                yield Refused(document.place, str(fault))
                continue
            judged = classify(found.sweep, found.observations, catalog)
            rows += found.observations
            sweeps.append(found.sweep)
            verdicts += judged
            if len(rows) + len(verdicts) > ROWS_TOGETHER:
                _write(journal, rows, sweeps, verdicts)
            yield Taken(place=document.place, sweep=found.sweep, verdict=judged[-1])
    _write(journal, rows, sweeps, verdicts)


def _write(journal: Journal, rows: list[Observation], sweeps: list[Sweep], verdicts: list[Verdict]) -> None:
    """Observations first, as a sweep does: one that lacks its own row is known for unfinished."""
    group: Sequence[list[Observation] | list[Sweep] | list[Verdict]] = (rows, sweeps, verdicts)
    for part in group:
        if part:
            journal.append(part)
            part.clear()
