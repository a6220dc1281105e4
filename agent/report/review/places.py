"""What somebody names: a platform, a target, a sweep, a verdict or an observation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.report.results import Results
from agent.report.review.observations import observation
from probes.observation import Observation

#: How an id of ours begins: with the moment at which its sweep began.
BEGAN = re.compile(r"([0-9]{8}T[0-9]{6})Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the results somebody wants to look."""

    #: platform, target, sweep, verdict or observation.
    kind: str
    #: Its name or id as the rows have it.
    name: str
    #: Of an observation, itself.
    row: Observation | None = None


def place_of(what: str, results: Results, folder: Path) -> Place | None:
    """What `what` names in these results. None: nothing.

    Names of platforms and targets are known however they are typed, ids as they are written.
    """
    verdicts, sweeps = results.verdicts, results.sweeps
    for kind in ("platform", "target"):
        names = {str(name).casefold(): str(name) for name in verdicts[kind].dropna().unique()}
        if what.casefold() in names:
            return Place(kind=kind, name=names[what.casefold()])
    if (sweeps["sweep_id"] == what).any():
        return Place(kind="sweep", name=what)
    if (verdicts["verdict_id"] == what).any():
        return Place(kind="verdict", name=what)
    if any(what.startswith(str(sweep_id)) for sweep_id in sweeps["sweep_id"].dropna()):
        row = observation(folder, what, began_at=began_at(what))
        return Place(kind="observation", name=what, row=row) if row else None
    return None


def began_at(identity: str) -> datetime | None:
    """When the sweep began that an id is of, as the id says. None: it is no id of ours."""
    found = BEGAN.match(identity)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
