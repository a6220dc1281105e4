"""What changed, and when: onset, end and change of mechanism, from a platform's verdicts over time. Pure.

docs/method.md 13 tells the rules in words. What was told once stays told: more rows may turn several changes into one
coming and going, and never take an event away without one that stands in its place.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.timeline.looks import Look, in_order, look_of, runs_of
from agent.timeline.records import Change, Event, Finding, Side
from agent.timeline.shutdowns import Shutdown, line_looks, shutdowns_of
from agent.timeline.turns import Turn, turns_of
from agent.timeline.ways import common_mechanisms, new_ways

#: Verdicts that an event names: the last before it, the first after it, and the next that show it.
WITNESSES_MAX = 8
#: The side that an event's looks are counted for.
COUNTED = {Change.LIFTED: Side.OPEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """A turn, and the mechanisms on either side of it."""

    turn: Turn
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def events_of(findings: Iterable[Finding], *, stage: str) -> list[Event]:
    """The events in these findings, of each vantage point and platform apart, in order of time.

    The findings may come in any order, and more than once.
    """
    by_vantage: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        by_vantage.setdefault(finding.vantage, []).append(finding)
    found = [event for vantage, own in by_vantage.items() for event in _of_vantage(vantage, in_order(own), stage)]
    return sorted(found, key=lambda event: (event.latest, event.platform, event.vantage, event.event_id))


def _of_vantage(vantage: tuple[str, ...], findings: Sequence[Finding], stage: str) -> Iterator[Event]:
    line = line_looks(findings)
    cuts = shutdowns_of(line)
    witnesses = _first_verdicts(findings)
    yield from (_shutdown_event(cut, line, witnesses, vantage, stage) for cut in cuts)
    dark = [(line[cut.first].at, line[cut.stop - 1].at) for cut in cuts]
    by_platform: dict[str, list[Finding]] = {}
    for finding in findings:
        by_platform.setdefault(finding.platform, []).append(finding)
    for platform, own in by_platform.items():
        told = [(one, look_of(one)) for one in own]
        # Inside a shutdown a failure tells nothing of a platform, though a sweep of it may have looked normal.
        looks = [look for _, look in told if look and (look.side is Side.OPEN or not _within(look.at, dark))]
        telling = {look.witness for look in looks}
        silent = [one.observed_at for one in own if one.verdict_id not in telling]
        yield from _of_platform(platform, looks, silent, vantage, stage)


def _of_platform(
    platform: str, looks: Sequence[Look], silent: Sequence[datetime], vantage: tuple[str, ...], stage: str
) -> Iterator[Event]:
    ways = _with_ways(looks, turns_of(runs_of(looks)))
    ends = [way.turn.first for way in ways[1:]]
    for way, end in zip(ways, [*ends, len(looks)], strict=False):
        turn = way.turn
        stop = min(end, turn.stop) if turn.stop is not None else end
        earliest = looks[turn.last_before].at if turn.last_before is not None else None
        shown = looks[turn.first : stop]
        bearing = [look for look in shown if _bears_out(look, way)]
        before = [looks[turn.last_before].witness] if turn.last_before is not None else []
        yield Event(
            event_id=f"{looks[turn.first].witness}.{turn.change}",
            change=turn.change,
            stage=stage,
            platform=platform,
            vantage=vantage,
            earliest=earliest,
            latest=looks[turn.by].at,
            until_earliest=looks[turn.stop - 1].at if turn.stop is not None else None,
            until_latest=looks[turn.stop].at if turn.stop is not None else None,
            before=turn.before or "",
            after=turn.after or "",
            mechanisms_before=way.before,
            mechanisms_after=way.after,
            looks_for=len(bearing),
            looks_told=len(shown),
            looks_left_out=_between(
                silent, earliest or looks[turn.first].at, looks[stop].at if stop < len(looks) else None
            ),
            witnesses=tuple([*before, *(look.witness for look in bearing)][:WITNESSES_MAX]),
        )


def _bears_out(look: Look, way: _Way) -> bool:
    """Whether a look after a change shows what came with it."""
    if look.side is not COUNTED.get(way.turn.change, Side.BLOCKED):
        return False
    return way.turn.change is not Change.CHANGED or not look.mechanisms or bool({*look.mechanisms} & {*way.after})


def _with_ways(looks: Sequence[Look], turns: Sequence[Turn]) -> list[_Way]:
    """The turns with their mechanisms, and between them the changes of the way of blocking."""
    ways: list[_Way] = []
    known: tuple[str, ...] = ()
    for turn, stop in zip([None, *turns], [*(turn.first for turn in turns), len(looks)], strict=True):
        first = turn.first if turn else 0
        settled = first
        if turn and turn.change is Change.INTERMITTENT:
            settled = turn.stop if turn.stop is not None else stop
        changes = _changes(looks, settled, stop)
        shown = changes[0].before if changes and settled == first else _mechanisms(looks[first : max(settled, stop)])
        if turn and turn.change is Change.LIFTED:
            ways.append(_Way(turn=turn, before=known))
        else:
            known = changes[-1].after if changes else shown
            ways += [_Way(turn=turn, after=shown)] if turn else []
        ways += changes
    return ways


def _changes(looks: Sequence[Look], first: int, stop: int) -> list[_Way]:
    """The changes of the way of blocking among some looks; none where most of them reached it."""
    places = [place for place in range(first, stop) if looks[place].side is Side.BLOCKED]
    if 2 * len(places) <= stop - first:
        return []
    return [
        _Way(
            turn=Turn(
                change=Change.CHANGED,
                first=places[change.first],
                by=places[change.first],
                last_before=places[change.last_before],
                before=Side.BLOCKED,
                after=Side.BLOCKED,
            ),
            before=change.before,
            after=change.after,
        )
        for change in new_ways([looks[place] for place in places])
    ]


def _mechanisms(looks: Sequence[Look]) -> tuple[str, ...]:
    return common_mechanisms([look for look in looks if look.side is Side.BLOCKED])


def _shutdown_event(
    cut: Shutdown, line: Sequence[Look], witnesses: Mapping[str, str], vantage: tuple[str, ...], stage: str
) -> Event:
    shown = line[cut.first : cut.stop]
    bearing = [look for look in shown if look.side is Side.BLOCKED]
    before = [line[cut.first - 1]] if cut.first else []
    return Event(
        event_id=f"{line[cut.first].witness}.{Change.SHUTDOWN}",
        change=Change.SHUTDOWN,
        stage=stage,
        vantage=vantage,
        earliest=before[0].at if before else None,
        latest=line[cut.first].at,
        until_earliest=line[cut.stop - 1].at if cut.over else None,
        until_latest=line[cut.stop].at if cut.over else None,
        looks_for=len(bearing),
        looks_told=len(shown),
        witnesses=tuple(witnesses[look.witness] for look in [*before, *bearing][:WITNESSES_MAX]),
    )


def _first_verdicts(findings: Iterable[Finding]) -> dict[str, str]:
    """Of each sweep one verdict, which leads to its row."""
    found: dict[str, str] = {}
    for finding in findings:
        found.setdefault(finding.sweep_id, finding.verdict_id)
    return found


def _within(moment: datetime, spans: Iterable[tuple[datetime, datetime]]) -> bool:
    return any(first <= moment <= last for first, last in spans)


def _between(moments: Sequence[datetime], first: datetime, last: datetime | None) -> int:
    """How many of the moments, which are in order, lie from `first` to before `last`."""
    stop = bisect_left(moments, last) if last is not None else len(moments)
    return max(0, stop - bisect_right(moments, first))
