"""How many saw it for themselves: vantage points, and the networks that they stand in.

It counts what the sweeps say of themselves. Who makes up rows can make up an id for each: independence is a matter of
whom the bundles came from, and no file can prove that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from agent.records import Sweep
from agent.store.read import rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Independent:
    """Distinct sources of some sweeps."""

    #: Installations, by their random id.
    vantage_points: frozenset[str] = frozenset()
    #: Country and AS number, where both are stated: two in one network share what is done to it.
    networks: frozenset[tuple[str, int]] = frozenset()
    #: Sweeps that state no network, or no country. They may be of any of the above, or of another.
    unstated: int = 0


def independent(sweeps: Iterable[Sweep]) -> Independent:
    """The distinct vantage points and networks of these sweeps."""
    points, networks, unstated = set(), set(), 0
    for sweep in sweeps:
        if sweep.vantage_id:
            points.add(sweep.vantage_id)
        if sweep.vantage_country and sweep.vantage_asn is not None:
            networks.add((sweep.vantage_country, sweep.vantage_asn))
        else:
            unstated += 1
    return Independent(vantage_points=frozenset(points), networks=frozenset(networks), unstated=unstated)


def independent_in(folder: Path, *, stage: str = "internet") -> Independent:
    """The same of all sweeps of a folder, of one stage. Raises `StoreError` for a row that cannot be read."""
    return independent(sweep for sweep in rows(folder, "sweeps") if sweep.stage == stage)
