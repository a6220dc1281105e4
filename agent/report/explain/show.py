"""The story of a verdict in a terminal or a pipe: 80 columns and wider, and without colour the same words."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.text import Text

from agent.calendars import day, digits
from agent.language import _
from agent.report.explain import words
from agent.report.explain.steps import Step
from agent.report.explain.story import HopStory, Story, WayStory
from agent.report.output import Output, console
from agent.report.stored import told
from agent.report.terminal import LOOKS
from agent.report.visible import visible
from agent.report.words import LINES, STATES
from agent.verdict.otherwise import Otherwise
from agent.verdict.records import State, Verdict

#: Columns that a step's time takes, with two spaces before it.
TIME_COLUMNS = 12


def show(story: Story) -> None:
    """The whole story on standard output."""
    out, verdict = console(), story.verdict
    _headline(out, verdict.target or verdict.platform, verdict.state, verdict.mechanisms)
    out.say(visible(told(verdict.because)), indent=2)
    by = _("Verdict {verdict_id}, by ruleset {version}.")
    out.say(by.format(verdict_id=verdict.verdict_id, version=digits(verdict.ruleset_version)), indent=2)
    line = _("The line was {state}: {because}")
    because = visible(told(story.sweep.because))
    out.say(line.format(state=_(LINES[story.sweep.vantage_state]), because=because), indent=2)
    for sentence in asides(story):
        out.say(visible(sentence), indent=2)
    if story.parts:
        out.print()
        _section(out, _(words.PARTS))
    for part in story.parts:
        _headline(
            out, part.name, part.state, part.mechanisms, indent=4, note="" if part.needed else _(words.NOT_NEEDED)
        )
    for way in story.ways:
        _show_way(out, way)
    _show_steps(out, story.steps)
    if story.others:
        states = _(", ").join(f"{_(STATES[State(state)])} {digits(count)}" for state, count in story.others.items())
        out.print()
        out.say(_(words.ALSO).format(n=digits(sum(story.others.values())), states=states))


def as_json(story: Story) -> str:
    """The story as one JSON object, with the words that the terminal shows."""
    told: Mapping[str, Any] = dataclasses.asdict(story)
    return json.dumps(told, ensure_ascii=True, default=_plain)


def supposed(way: WayStory) -> list[str]:
    """What would have changed the verdict on an endpoint, a sentence each; those of one outcome stand together."""
    outcomes: dict[tuple[State, tuple[str, ...]], list[str]] = {}
    for one in way.otherwise:
        outcomes.setdefault((one.state, one.mechanisms), []).append(_supposition(one))
    return [
        _(_sentence_for(state, mechanisms, way)).format(what=what, state=_(STATES[state]), how=", ".join(mechanisms))
        for (state, mechanisms), alike in outcomes.items()
        for what in alike
    ]


def _sentence_for(state: State, mechanisms: Sequence[str], way: WayStory) -> str:
    if mechanisms:
        return words.SENTENCE_HOW
    return words.SENTENCE_NONE_NAMED if state is way.state else words.SENTENCE


def _supposition(one: Otherwise) -> str:
    of = _(words.TRIES.get(one.of, one.of.replace("_", " ")))
    return _(words.SUPPOSITIONS[one.kind]).format(of=of)


def asides(story: Story) -> Iterable[str]:
    """What is to be known of a verdict beside its reason, a sentence each."""
    verdict, now, recurs = story.verdict, story.now, story.recurrence
    if now is None:
        name = verdict.target or verdict.platform
        yield _(words.NOT_IN_CATALOG).format(name) if story.steps else _(words.NO_ROWS)
    elif (now.state, now.mechanisms) != (verdict.state, verdict.mechanisms):
        yield _(words.OTHER_NOW).format(old=_found(verdict), new=_found(now))
    if recurs.since is not None and recurs.told > 1:
        yield _(words.RECURS_NOW_AND_THEN if recurs.is_intermittent else words.RECURS).format(
            name=verdict.target or verdict.platform,
            blocked=_(STATES[State.BLOCKED]),
            k=digits(recurs.blocked),
            n=digits(recurs.told),
            since=f"{day(recurs.since)} {digits(f'{recurs.since:%H:%M}')}",
        )


def _found(verdict: Verdict) -> str:
    return _(STATES[verdict.state]) + (f" ({', '.join(verdict.mechanisms)})" if verdict.mechanisms else "")


def _show_way(out: Output, way: WayStory) -> None:
    out.print()
    _headline(out, way.endpoint, way.state, way.mechanisms)
    for number, hop in enumerate(way.hops):
        if number:
            out.print()
            out.say(f"-> {hop.name}", indent=2)
        _show_hop(out, hop)
    if way.otherwise:
        _section(out, _(words.WOULD_CHANGE))
        for sentence in supposed(way):
            out.say(visible(sentence), indent=4, hanging=2)


def _show_hop(out: Output, hop: HopStory) -> None:
    if hop.steps:
        _section(out, _(words.TRIED))
    _show_steps(out, hop.steps)
    _section(out, _(words.CHANGED), hop.changes)
    _section(out, _(words.SPOKE))
    for one in hop.spoken:
        out.say(f"{one.layer}: {one.rule_id} ({_(STATES[one.state])})", indent=4)
        out.say(visible(told(one.sentence)), indent=6)
        out.say(_(words.SOURCE).format(source=one.source), indent=6)
    if hop.silent:
        out.say(_(words.SILENT).format(layers=", ".join(hop.silent)), indent=4)
    _section(out, _(words.REMAINS), hop.unknown)


def _show_steps(out: Output, steps: Sequence[Step]) -> None:
    for step in steps:
        time = _clock(step.at_s).rjust(TIME_COLUMNS)
        out.say(visible(f"{time}  {step.what}: {step.came}"), hanging=TIME_COLUMNS + 2)


def _section(out: Output, title: str, sentences: Sequence[str] | None = None) -> None:
    """A title and its sentences; nothing at all where a section has none."""
    if sentences is not None and not sentences:
        return
    out.print(Text(f"  {title}", "bold"))
    for sentence in sentences or ():
        out.say(visible(sentence), indent=4, hanging=2)


def _headline(
    out: Output, name: str, state: State, mechanisms: Sequence[str], *, indent: int = 0, note: str = ""
) -> None:
    word, style = _(LOOKS[state][0]), LOOKS[state][1]
    rest = "  ".join([*mechanisms, *([f"({note})"] if note else [])])
    out.print(Text.assemble(" " * indent, (name, "bold"), "  ", (word, style), f"  {rest}".rstrip()), soft_wrap=True)


def _clock(seconds: float) -> str:
    """Hours, minutes and seconds since the sweep began."""
    minutes, rest = divmod(max(seconds, 0.0), 60)
    return digits(f"+{int(minutes // 60)}:{int(minutes % 60):02d}:{rest:04.1f}")


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
