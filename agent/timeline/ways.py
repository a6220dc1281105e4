"""Where the way of blocking changed for good, from the mechanisms of the looks that found a block. Pure.

A look names the mechanisms that it could show, and no more: a forged answer hides what would happen to the handshake,
and one that was not seen once may be there still. So a change is told by what is named, or not named, look after look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agent.timeline.looks import CONFIRMS, Look

#: Looks that are to agree before a part of the ways counts as gone, or as new. What was named in nine of ten looks is
#: missing from six in a row by chance once in a million.
LASTING_LOOKS = 6
#: Shares of the looks before in which a way is named as good as always, and as good as never.
MOSTLY, HARDLY = 0.9, 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWay:
    """A change of the way of blocking."""

    #: The first look that shows the new way, by its place among those given.
    first: int
    #: The last look that showed the old one.
    last_before: int
    before: tuple[str, ...]
    after: tuple[str, ...]


def new_ways(looks: Sequence[Look]) -> list[NewWay]:
    """The changes within looks that all show a block, in order of time. Looks that name no mechanism are passed by."""
    telling = [number for number, look in enumerate(looks) if look.mechanisms]
    turns = [0, *_turns([looks[number] for number in telling]), len(telling)]
    return [
        NewWay(
            first=telling[first],
            last_before=telling[first - 1],
            before=common_mechanisms([looks[number] for number in telling[begin:first]]),
            after=common_mechanisms([looks[number] for number in telling[first:stop]]),
        )
        for begin, first, stop in zip(turns, turns[1:], turns[2:], strict=False)
    ]


def common_mechanisms(looks: Sequence[Look]) -> tuple[str, ...]:
    """The mechanisms that at least half of the looks name, of those that name any; at least the commonest. Sorted."""
    telling = [look for look in looks if look.mechanisms]
    counts = Counter(mechanism for look in telling for mechanism in set(look.mechanisms))
    common = sorted(name for name, count in counts.items() if 2 * count >= len(telling))
    return tuple(common or sorted(counts, key=lambda name: (-counts[name], name))[:1])


def way_of(mechanism: str) -> str:
    """Layer and action: what of a mechanism makes another way, and no finer point."""
    return ".".join(mechanism.split(".")[:2])


def _turns(looks: Sequence[Look]) -> Iterator[int]:
    """The places of the looks from which on the way is another than since the last such place."""
    ways = [frozenset(map(way_of, look.mechanisms)) for look in looks]
    ever: set[str] = set()
    since: Counter[str] = Counter()
    for place in range(1, len(looks)):
        ever |= ways[place - 1]
        since.update(ways[place - 1])
        if ways[place] == ways[place - 1]:
            continue
        ahead = slice(place, place + LASTING_LOOKS)
        if _is_strange(ways[ahead], looks[ahead], ever, since) or _is_parted(ways[ahead], since):
            yield place
            since = Counter()


def _is_strange(
    ways: Sequence[frozenset[str]], looks: Sequence[Look], ever: Iterable[str], since: Counter[str]
) -> bool:
    """Whether looks enough name nothing that was ever named before. The way before must have been one for as long."""
    weight = 0
    for named, look in zip(ways, looks, strict=True):
        if any(_alike(new, old) for new in named for old in ever):
            break
        weight += look.weight
    return weight >= CONFIRMS and max(since.values(), default=0) >= CONFIRMS


def _is_parted(ways: Sequence[frozenset[str]], since: Counter[str]) -> bool:
    """Whether a way that was named as good as always is gone, or one that was not has come, for looks enough."""
    total = max(since.values(), default=0)
    if min(total, len(ways)) < LASTING_LOOKS:
        return False
    for way in {*since, *ways[0]}:
        had = sum(count for old, count in since.items() if _alike(old, way)) / total
        has = sum(any(_alike(one, way) for one in named) for named in ways)
        if (had >= MOSTLY and has == 0) or (had <= HARDLY and has == len(ways)):
            return True
    return False


def _alike(one: str, other: str) -> bool:
    """Whether two may be the same, one of them told less closely: tls may be tls.reset."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")
