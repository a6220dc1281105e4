"""What a comparison was made of, for whoever finds its file alone. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from agent.calendars import day, digits
from agent.language import _, ngettext


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
    #: Independent vantage points, and networks that are stated, of all the sweeps.
    vantage_points: int = 0
    networks: int = 0


def origin_sentences(origin: Origin) -> str:
    """Lab or internet first, in words that cannot be overlooked; then from where, of when, and by which versions."""
    countries = _(" and ").join(country or _("a country that is not stated") for country in origin.countries)
    if origin.stage == "lab":
        opening = _("Lab: a world that stands on one computer to practise on. This says nothing of the real internet.")
    elif origin.stage == "import":
        opening = _("Imported: other people's measurements, from {countries}, judged by our rules.")
    else:
        opening = _("Internet, from {countries}.")
    days = _("{first}") if origin.first_day == origin.last_day else _("{first} to {last}")
    made = ngettext(
        "Made on {day} of {count} sweep of {days}, by ruleset {rulesets} and catalog {catalogs}.",
        "Made on {day} of {count} sweeps of {days}, by ruleset {rulesets} and catalog {catalogs}.",
        origin.sweeps,
    ).format(
        day=day(origin.made_on),
        count=digits(origin.sweeps),
        days=days.format(first=day(origin.first_day), last=day(origin.last_day)),
        rulesets=_listed(origin.rulesets),
        catalogs=_listed(origin.catalogs),
    )
    return " ".join(part for part in (opening.format(countries=countries), made, _places(origin)) if part)


def _places(origin: Origin) -> str:
    if origin.vantage_points < 2 and origin.networks < 2:
        return ""
    return _("Vantage points: {points}; networks that are stated: {networks}.").format(
        points=digits(origin.vantage_points), networks=digits(origin.networks)
    )


def _listed(versions: Iterable[object]) -> str:
    return ", ".join(digits(version) for version in versions) or _("none")
