"""The stories in a report: of each verdict that it shows, what was tried, where it broke, and what would change it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from agent.calendars import digits
from agent.catalog import load_catalog
from agent.catalog.records import Catalog
from agent.language import _, ngettext
from agent.records import IMPORTED_STAGE, Sweep
from agent.report.explain.show import asides, supposed
from agent.report.explain.story import HopStory, Spoken, Story, story_of
from agent.report.page.path import Station, Swap, stations_of, swaps_of
from agent.report.stored import Told as InWords
from agent.report.stored import told as in_words
from agent.report.words import LINES, STATES
from agent.store.lines import month_of
from agent.store.picked import picked
from agent.timeline.recurrence import Recurrence
from agent.verdict.records import State, Verdict
from probes.observation import Observation

#: So many stories have room beside a year's calendar. Every other verdict can be told with `dideban explain`.
STORIES_MAX = 40
#: Of what works, one endpoint is told: the others are like it. Of what does not, those that decided, each with other
#: rules.
ENDPOINTS_OF_OK, ENDPOINTS = 1, 2
#: How far the clock of an observation may be from its sweep's row.
SLACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a story is told from."""

    verdict: Verdict
    sweep: Sweep
    #: All rows of the sweep. Empty: they are gone, or one of them cannot be read.
    rows: Sequence[Observation]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldHop:
    """An endpoint, or what a redirect of it led to, with its picture."""

    hop: HopStory
    #: The rules that spoke, with their sentences in the current language.
    rules: tuple[Spoken, ...]
    stations: tuple[Station, ...]
    swaps: tuple[Swap, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldWay:
    """An endpoint."""

    endpoint: str
    state: State
    mechanisms: tuple[str, ...]
    hops: tuple[ToldHop, ...]
    #: What would have changed the verdict on it, a sentence each.
    supposed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A verdict's story in the language in which it was told."""

    story: Story
    ways: tuple[ToldWay, ...]
    #: Why, in words; and what the line was.
    because: InWords
    line: str
    #: What is to be known besides, a sentence each: that today's rules say otherwise, or that the rows are gone.
    asides: tuple[str, ...]
    #: How many endpoints are not told, by their state. Empty: all are.
    others: str


def sources_of(folder: Path, ids: Sequence[str]) -> tuple[Source, ...]:
    """What the stories of the first `STORIES_MAX` of these verdicts are told from, in the order of `ids`.

    A verdict whose row, or whose sweep's, is not there has none.
    """
    wanted = list(ids)[:STORIES_MAX]
    verdicts = picked(folder, Verdict, "verdict_id", wanted)
    found = [verdicts[one][-1] for one in wanted if one in verdicts]
    sweep_ids = {verdict.sweep_id for verdict in found}
    sweeps = {key: rows[-1] for key, rows in picked(folder, Sweep, "sweep_id", sweep_ids).items()}
    edges = [edge for one in sweeps.values() for edge in (one.started_at - SLACK, one.ended_at + SLACK)]
    rows = picked(folder, Observation, "sweep_id", sweeps, months={month_of(edge) for edge in edges})
    return tuple(
        Source(verdict=verdict, sweep=sweeps[verdict.sweep_id], rows=rows.get(verdict.sweep_id, ()))
        for verdict in found
        if verdict.sweep_id in sweeps
    )


def tell(sources: Iterable[Source]) -> Iterator[Told]:
    """The stories in the current language."""
    catalog = load_catalog()
    for one in sources:
        in_full = ENDPOINTS_OF_OK if one.verdict.state is State.OK else ENDPOINTS
        known = _needed_of(catalog, one)
        story = story_of(one.verdict, one.sweep, one.rows, known, recurrence=Recurrence(), in_full=in_full)
        yield Told(
            story=story,
            ways=tuple(_ways(story, one.rows)),
            because=in_words(one.verdict.because),
            line=_line(one.sweep),
            asides=tuple(asides(story)),
            others=_others(story),
        )


def _needed_of(catalog: Catalog, one: Source) -> Catalog:
    """The catalog with the verdict's platform alone: a platform is judged by all the sweep's rows, and by no other's
    verdict. An imported measurement may be of whatever platform has its page."""
    if one.sweep.stage == IMPORTED_STAGE:
        return catalog
    return replace(catalog, platforms=tuple(own for own in catalog.platforms if own.key == one.verdict.platform))


def anchor(language: str, verdict_id: str) -> str:
    """The id of a story's element in the page; there is one in each language."""
    return f"{language}.{verdict_id}"


def _line(sweep: Sweep) -> str:
    return _("The line was {state}: {because}").format(
        state=_(LINES[sweep.vantage_state]), because=in_words(sweep.because)
    )


def _others(story: Story) -> str:
    if not story.others:
        return ""
    states = _(", ").join(f"{_(STATES[State(state)])} {digits(count)}" for state, count in story.others.items())
    count = sum(story.others.values())
    return ngettext("{count} more endpoint: {states}.", "{count} more endpoints: {states}.", count).format(
        count=digits(count), states=states
    )


def _ways(story: Story, rows: Sequence[Observation]) -> Iterator[ToldWay]:
    for way in story.ways:
        yield ToldWay(
            endpoint=way.endpoint,
            state=way.state,
            mechanisms=way.mechanisms,
            hops=tuple(
                ToldHop(
                    hop=hop,
                    rules=tuple(replace(one, sentence=in_words(one.sentence)) for one in hop.spoken),
                    stations=stations_of(way.endpoint, hop, rows),
                    swaps=swaps_of(hop, rows),
                )
                for hop in way.hops
            ),
            supposed=tuple(supposed(way)),
        )
