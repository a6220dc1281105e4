"""Events as a table, in sentences, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from itertools import groupby
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from agent.calendars import digits
from agent.language import ENGLISH, _, ngettext, speaking
from agent.report.event_words import WORDS, event_sentence, minute_of, title_of
from agent.report.output import Output, Trimmed, console
from agent.report.visible import visible
from agent.store.cells import encode_list, encode_moment, encode_text
from agent.timeline.records import Change, Event

#: Colours only help the eye: blue and orange, not red and green.
STYLES = {
    Change.ONSET: "bold dark_orange",
    Change.LIFTED: "blue",
    Change.CHANGED: "dark_orange",
    Change.INTERMITTENT: "dark_orange",
    Change.SHUTDOWN: "bold magenta",
}
#: More columns than any terminal has.
UNBOUNDED = 10_000
#: The newest events, told in words under a table.
IN_WORDS = 3
#: A CSV row's last column.
SENTENCE = "sentence"


def show_events(events: Sequence[Event], *, words: bool = False) -> None:
    """A table for each vantage point, oldest event first, and the newest in words; or, with `words`, all in words."""
    out = console()
    by_vantage = sorted(events, key=lambda event: event.vantage)
    groups = [(vantage, list(group)) for vantage, group in groupby(by_vantage, key=lambda event: event.vantage)]
    for vantage, own in groups:
        if len(groups) > 1:
            out.print()
            out.say(_("Seen from {place}:").format(place=place_of(vantage)))
        if words:
            _say(out, own)
        else:
            out.print(Trimmed(_fitting(out, own)))
    if words:
        return
    count = len(events)
    out.say(
        ngettext("{count} event.", "{count} events.", count).format(count=digits(count))
        + " "
        + _(
            "It happened after the first moment and by the second, UTC; found: looks that show it, of those after it "
            "that could tell."
        )
    )
    if count > IN_WORDS or len(groups) > 1:
        out.say(_("The newest, in words; --words tells all:") if len(groups) == 1 else _("--words tells all in words."))
    if len(groups) == 1:  # of several, nobody could tell which of them a sentence is of
        _say(out, events[-IN_WORDS:])


def place_of(vantage: Sequence[str]) -> str:
    """A vantage point in words, as far as it is stated: country, network, the user's word and the installation's id."""
    installation, country, asn, label = (*vantage, "", "", "", "")[:4]
    stated = [country, f"AS{asn}" if asn else "", label, installation]
    return visible(", ".join(part for part in stated if part)) or _("a place that is not stated")


def as_csv(events: Iterable[Event]) -> str:
    """All columns, and the event in an English sentence; RFC 4180, with a header. No cell can act as a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [field.name for field in fields(Event)]
    writer.writerow([*names, SENTENCE])
    with speaking(ENGLISH):
        for event in events:
            writer.writerow([*(_cell(getattr(event, name)) for name in names), encode_text(event_sentence(event))])
    return text.getvalue()


def as_json(events: Iterable[Event]) -> str:
    """A list of objects, all columns and the English sentence; what prints nothing stands as an escape in it."""
    return json.dumps([as_object(event) for event in events], ensure_ascii=False)


def as_object(event: Event) -> dict[str, Any]:
    """An event as JSON takes it, with its English sentence."""
    with speaking(ENGLISH):
        return {**{name: _plain(value) for name, value in asdict(event).items()}, SENTENCE: event_sentence(event)}


def _fitting(out: Output, events: Sequence[Event]) -> Table:
    """The table in the first of its forms that has room for whole words, or in the narrowest."""
    forms = (
        _table(events, wide=wide, turned=turned) for wide, turned in ((True, False), (False, False), (False, True))
    )
    unbounded = out.options.update(width=UNBOUNDED)
    for table in forms:
        if out.measure(table, options=unbounded).maximum <= out.width:
            break
    return table


def _table(events: Sequence[Event], *, wide: bool, turned: bool) -> Table:
    """`wide`: both ends of an interval stand on one line; `turned`: a day in two calendars stands on two."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for title in (_("after"), _("by")) if wide else (f"{_('after')}\n{_('by')}",):
        table.add_column(title, no_wrap=wide, overflow="fold")
    table.add_column(_("platform"), overflow="fold")
    table.add_column(_("what"), no_wrap=True)
    table.add_column(_("found"), no_wrap=True, justify="right")
    table.add_column(_("how"), overflow="fold")
    for event in events:
        moments = [minute_of(at) if at else "–" for at in (event.earliest, event.latest)]
        stacked = "\n".join(moments)
        table.add_row(
            *(moments if wide else [stacked.replace(" (", "\n(") if turned else stacked]),
            title_of(event.platform) if event.platform else _("all"),
            Text(_(WORDS[event.change]), STYLES[event.change]),
            digits(f"{event.looks_for}/{event.looks_told}"),
            _how(event),
        )
    return table


def _how(event: Event) -> str:
    """A mechanism to a line; where the way changed, the old ones too."""
    before, after = ("\n".join(map(visible, ways)) for ways in (event.mechanisms_before, event.mechanisms_after))
    if event.change is Change.CHANGED:
        return _("{before}\nnow\n{after}").format(before=before, after=after)
    return after or before


def _say(out: Output, events: Iterable[Event]) -> None:
    for event in events:
        out.print()
        out.say(event_sentence(event), hanging=2)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return encode_moment(value)
    return encode_list(value) if isinstance(value, tuple) else encode_text(str(value))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return encode_moment(value)
    if isinstance(value, tuple | list):
        return [visible(str(member)) for member in value]
    return visible(value) if isinstance(value, str) else value
