"""What transfers under two names tell: whether the name itself is what makes an answer slow. Pure.

The same server is asked for the same page under the name in question and under an innocent one, turn by turn, so that
whatever else changes with time meets both alike. A slow server, line or page is slow under either name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from agent.verdict.evidence import Evidence
from agent.verdict.flows import flowed_bytes, is_slow, rate
from agent.verdict.seen import SILENCE, Try
from agent.verdict.signs import Witnesses, some

#: Transfers under each name. Of four against four, one division in seventy sets all of one name behind the other's.
TRANSFERS = 4
#: At most so likely may it be that mere chance ranks them so (an exact rank test, one-sided).
CHANCE_MAX = 0.02
#: How many times slower a name has to be: no line or server is known to treat two of its strangers so differently.
TENFOLD = 10.0
#: What has to flow of an answer for its speed to be known: less comes in one go on any line.
FLOW_MIN_BYTES = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A server at which two names are compared, by the variations that its transfers bear."""

    suspect: str
    innocent: str
    #: Whether the name in question is a stranger there.
    is_unrelated: bool


HERE = Place(suspect="transfer_this_name_here", innocent="transfer_control_name_here", is_unrelated=False)
ELSEWHERE = Place(suspect="transfer_this_name_elsewhere", innocent="transfer_other_name_elsewhere", is_unrelated=True)
PLACES = (HERE, ELSEWHERE)


def slowed_by_name(evidence: Evidence) -> Witnesses:
    """Transfers that show this name, and no other, to be slowed down; where the endpoint as it is was slow too."""
    place = _telling(evidence)
    if place is None:
        return None
    made = (*evidence.varied(place.suspect), *evidence.varied(place.innocent))
    return some(one.http for one in made if one.http is not None)


def throttle_ratio(evidence: Evidence) -> float | None:
    """How many times slower the name is than an innocent one, to a tenth; None where nothing shows that it is."""
    place = _telling(evidence)
    times = ratio(evidence.varied(place.suspect), evidence.varied(place.innocent)) if place else None
    return None if times is None else round(times, 1)


def never_whole(evidence: Evidence) -> bool:
    """Whether every try of the endpoint as it is flowed too slowly to come to its end in time."""
    tries = evidence.plain_tries
    return evidence.repeated and all(is_slow(one) and one.failure in SILENCE for one in tries)


def ratio(suspects: Iterable[Try], innocents: Iterable[Try]) -> float | None:
    """The median of the innocents' speed by that of the suspects'. None: a transfer tells of no speed."""
    slow, quick = ([rate(one) for one in tries] for tries in (suspects, innocents))
    if not slow or not quick or None in slow or None in quick:
        return None
    return median(one for one in quick if one) / median(one for one in slow if one)


def comparable(place: Place, suspects: Sequence[Try], innocents: Sequence[Try]) -> bool:
    """Whether the server gave both names the same, and enough of it.

    Where a stranger's own certificate is shown, names are told apart: site and control are of one network, or a proxy
    on the way goes where the name says.
    """
    strangers = (*innocents, *(suspects if place.is_unrelated else ()))
    if any(one.tls is not None and one.tls.succeeded for one in strangers):
        return False
    enough = all(is_slow(one) or flowed_bytes(one) >= FLOW_MIN_BYTES for one in innocents)
    return enough and all(_same_page(one, other) for one in suspects for other in innocents)


def chance(slow: Sequence[float], quick: Sequence[float]) -> float:
    """How likely it is that chance sets the first so far behind the others: Mann and Whitney's test, exactly."""
    pooled, size = (*slow, *quick), len(slow)
    found = _lead(slow, quick)
    leads = [
        _lead([pooled[i] for i in chosen], [pooled[i] for i in range(len(pooled)) if i not in chosen])
        for chosen in combinations(range(len(pooled)), size)
    ]
    return sum(lead >= found for lead in leads) / len(leads)


def _lead(slow: Iterable[float], quick: Sequence[float]) -> float:
    """Pairs in which the quick one is the quicker; half of one for each tie."""
    return sum((other > one) + (other == one) / 2 for one in slow for other in quick)


def _telling(evidence: Evidence) -> Place | None:
    """The place whose transfers show the name to be the cause. None: there is none, or the endpoint was not slow."""
    if not any(is_slow(one) for one in evidence.plain_tries):
        return None
    return next((place for place in PLACES if _tells(evidence, place)), None)


def _tells(evidence: Evidence, place: Place) -> bool:
    suspects, innocents = evidence.varied(place.suspect), evidence.varied(place.innocent)
    if min(len(suspects), len(innocents)) < TRANSFERS or not comparable(place, suspects, innocents):
        return False
    times = ratio(suspects, innocents)
    if times is None or times < TENFOLD or not all(is_slow(one) for one in suspects):
        return False
    slow, quick = ([rate(one) or 0.0 for one in tries] for tries in (suspects, innocents))
    return chance(slow, quick) <= CHANCE_MAX


def _same_page(suspect: Try, innocent: Try) -> bool:
    """Whether two answers are of one page, as far as they came. Under TLS both were asked for by the same Host."""
    one, other = suspect.http, innocent.http
    if one is None or other is None:
        return False
    if suspect.tls is not None:
        return one.status_code in (None, other.status_code)
    return (one.status_code, one.title, one.header_names) == (other.status_code, other.title, other.header_names)
