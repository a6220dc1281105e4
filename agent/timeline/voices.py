"""Counts the looks of several vantage points together, so that none outvotes the others by looking more often. Pure.

A voice is one installation in one network. All voices weigh the same, and each says how large a share of its own looks
shows a side; what they say together is the mean of that. One that looks every hour and one that looks once a day are
two, and a volunteer who carries a laptop from home to work is two: censors differ from network to network.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from agent.timeline.evidence import SHOWS
from agent.timeline.records import Finding, Side

#: An installation, and a network: its AS number or, where none is stated, the user's own word for it.
Voice = tuple[str, str]
#: The share of both sides above which nothing is said of the whole: a coin that shows both sides agrees with nobody.
TWO_SIDED = Fraction(1, 3)
#: Of a network that is not stated.
NOT_STATED = "not_stated"


def voice_of(look: Finding) -> Voice:
    """Whose look it is. Imported measurements name no installation: there each network is one voice."""
    vantage_id, _, asn, label = (*look.vantage, "", "", "", "")[:4]
    return vantage_id, asn or label


def by_voice(looks: Iterable[Finding]) -> dict[Voice, list[Finding]]:
    """The looks of each voice, in the order given; the voices in a fixed order."""
    found: dict[Voice, list[Finding]] = {}
    for look in looks:
        found.setdefault(voice_of(look), []).append(look)
    return {voice: found[voice] for voice in sorted(found)}


def share(looks: Sequence[Finding], side: Side) -> Fraction:
    """The mean, over the voices, of the share of looks that show that side. Of no looks: 0."""
    shares = _shares(looks, side)
    return sum(shares, Fraction()) / len(shares) if shares else Fraction()


def leans(looks: Sequence[Finding], side: Side) -> bool:
    """Whether at least half of what the voices say shows that side: an even split leans to what is asked for."""
    return bool(looks) and 2 * share(looks, side) >= 1


def two_sided(looks: Sequence[Finding]) -> bool:
    """Whether neither side has two thirds of what the voices say."""
    return TWO_SIDED < share(looks, Side.BLOCKED) < 1 - TWO_SIDED


def differ(looks: Sequence[Finding]) -> bool:
    """Whether voices contradict one another, and neither side has two thirds."""
    shares = _shares(looks, Side.BLOCKED)
    contradict = any(2 * one > 1 for one in shares) and any(2 * one < 1 for one in shares)
    return contradict and two_sided(looks)


def vantage_points(looks: Iterable[Finding]) -> int:
    """How many are independent: installations, and the networks of those that name none."""
    return len({vantage_id or network for vantage_id, network in map(voice_of, looks)})


def networks(looks: Iterable[Finding]) -> tuple[str, ...]:
    """The networks by AS number, sorted; and `not_stated` where some look states none."""
    stated = {(*look.vantage, "", "", "")[2] for look in looks}
    known = tuple(f"AS{asn}" for asn in sorted(stated - {""}, key=lambda asn: (len(asn), asn)))
    return (*known, NOT_STATED) if "" in stated else known


def _shares(looks: Iterable[Finding], side: Side) -> list[Fraction]:
    return [Fraction(sum(SHOWS[look.state] is side for look in own), len(own)) for own in by_voice(looks).values()]
