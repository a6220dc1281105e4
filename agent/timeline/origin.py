"""What a comparison was made of, for whoever finds its file alone. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from agent.records import Sweep
from agent.verdict.records import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The sweeps and versions behind a comparison. What comes in several is sorted, each once."""

    stage: str
    sweeps: int
    first_day: date
    last_day: date
    #: As the sweeps state it; empty for one that states none.
    countries: tuple[str, ...]
    rulesets: tuple[int, ...]
    catalogs: tuple[str, ...]
    made_on: date

    @classmethod
    def of(cls, sweeps: Iterable[Sweep], verdicts: Iterable[Verdict], *, stage: str, made_on: date) -> Origin:
        """That of these sweeps, at least one, and of their verdicts."""
        sweeps = list(sweeps)
        days = sorted(sweep.started_at.date() for sweep in sweeps)
        return cls(
            stage=stage,
            sweeps=len(sweeps),
            first_day=days[0],
            last_day=days[-1],
            countries=tuple(sorted({sweep.vantage_country for sweep in sweeps})),
            rulesets=tuple(sorted({verdict.ruleset_version for verdict in verdicts})),
            catalogs=tuple(sorted({sweep.catalog_version for sweep in sweeps})),
            made_on=made_on,
        )


def origin_sentences(origin: Origin) -> str:
    """Lab or internet first, in words that cannot be overlooked; then from where, of when, and by which versions."""
    if origin.stage == "lab":
        opening = "Lab: a world that stands on one computer to practise on. This says nothing of the real internet."
    else:
        countries = (country or "a country that is not stated" for country in origin.countries)
        opening = f"Internet, from {' and '.join(countries)}."
    days = f"{origin.first_day}" + (f" to {origin.last_day}" if origin.last_day != origin.first_day else "")
    sweeps = f"{origin.sweeps} sweep{'s' if origin.sweeps != 1 else ''}"
    return (
        f"{opening} Made on {origin.made_on} of {sweeps} of {days}, by "
        f"ruleset {_listed(origin.rulesets)} and catalog {_listed(origin.catalogs)}."
    )


def _listed(versions: Iterable[object]) -> str:
    return ", ".join(map(str, versions)) or "none"
