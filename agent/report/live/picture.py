"""The picture of an agent at work, laid out for a terminal of any size: platforms first, words after, nothing cut."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from agent.calendars import dashless, day, digits, jalali
from agent.language import N_, _, current, ngettext
from agent.report.live.under_way import LADDER, UnderWay
from agent.report.terminal import GRAVE_FIRST, LOOKS
from agent.report.visible import visible
from agent.timeline.recurrence import Recurrence
from agent.verdict.records import Verdict
from probes.observation import Observation

#: What is done in an operation, in a word.
OPERATIONS = {
    "resolve": N_("name"),
    "connect": N_("connection"),
    "tls_handshake": N_("TLS"),
    "quic_handshake": N_("QUIC"),
    "http_round_trip": N_("page"),
    "ask_helper": N_("test helper"),
    "route": N_("route"),
}
#: Columns with their titles and the width below which none is of use.
COLUMNS = {
    "platform": (N_("platform"), 10),
    "now": (N_("now"), 12),
    "state": (N_("last state"), 14),
    "how": (N_("how"), 24),
    "seen": (N_("seen, UTC"), 10),
    "blocked": (N_("blocked"), 10),
}
#: Columns that give way first where there is no room, in this order: while a sweep is under way, and between two.
GIVE_WAY = {True: ("how", "seen", "blocked"), False: ("seen", "blocked", "how")}
#: The column that takes the room that is left.
WIDE = {True: "now", False: "how"}
#: Columns between two columns: a cell's padding, and the box's own.
BETWEEN = 2
FOOTNOTE = N_("blocked: in how many of the sweeps of the last 7 days that could tell, up to the one that is shown.")
#: Lines that everything but platforms takes: the headline, the bar, the table's title and its rule.
FRAME_LINES = 5
BAR_COLUMNS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All that is shown at one moment."""

    #: When it is drawn: what was seen on the same day is told by its hour.
    at: datetime
    #: What stands first, a sentence.
    headline: str
    #: Each platform's newest verdict, and how often it was blocked of late.
    last: Mapping[str, tuple[Verdict, Recurrence]] = field(default_factory=dict)
    #: The sweep under way. None: none is.
    under_way: UnderWay | None = None
    #: Sentences to be read after the table: what changed of late, and what was said, oldest first.
    events: Sequence[str] = ()
    said: Sequence[str] = ()


def drawn(picture: Picture, *, columns: int, lines: int) -> RenderableType:
    """The picture at that size. Where lines are short, sentences go first, and then platforms, which are counted."""
    names = _in_order(picture)
    room = lines - FRAME_LINES
    shown = names if len(names) <= room else names[: max(room - 1, 0)]
    parts: list[RenderableType] = [Text(_cut(visible(picture.headline), columns), "bold", no_wrap=True)]
    if picture.under_way:
        parts.append(_bar(picture.under_way, columns))
    if names:
        parts.append(_table(picture, shown, columns))
    if len(shown) < len(names):
        parts.append(Text(_("and {n} more").format(n=digits(len(names) - len(shown))), "dim"))
    left = room - len(shown) - (len(shown) < len(names))
    parts += [Text(line, "dim", no_wrap=True) for line in _below(picture, columns, left)]
    return Group(*parts)


def _in_order(picture: Picture) -> list[str]:
    """The platforms, gravest first; the look at the line above them while nothing else is known."""
    going = picture.under_way.endpoints if picture.under_way else {}
    ladder = [LADDER] if LADDER in going and set(going) == {LADDER} else []
    known = sorted(picture.last, key=lambda name: GRAVE_FIRST.index(picture.last[name][0].state))
    return [*ladder, *known, *(name for name in going if name != LADDER and name not in picture.last)]


def _bar(under_way: UnderWay, columns: int) -> RenderableType:
    if not under_way.total:
        at_line = set(under_way.endpoints) <= {LADDER}
        rows = ngettext("{n} row so far", "{n} rows so far", under_way.rows).format(n=digits(under_way.rows))
        return Text(_("The line itself is looked at first.") if at_line else rows, no_wrap=True)
    grid = Table.grid(padding=(0, 2, 0, 0))
    counted = _("{done} of {all} endpoints").format(done=digits(under_way.done), all=digits(under_way.total))
    grid.add_row(ProgressBar(under_way.total, under_way.done, width=min(BAR_COLUMNS, columns // 2)), counted)
    return grid


def _table(picture: Picture, names: Sequence[str], columns: int) -> Table:
    """One line for each platform. What is longer than its column is cut: the row on the disk has all of it."""
    sweeping = picture.under_way is not None
    rows = [_cells(picture, name) for name in names]
    present = _columns_for(columns, sweeping=sweeping)
    titles = {name: _(COLUMNS[name][0]) for name in present}
    widths = {
        name: max(COLUMNS[name][1], cell_len(titles[name]), *(cell_len(str(row[name])) for row in rows), 0)
        for name in present
    }
    taking = WIDE[sweeping] if WIDE[sweeping] in present else present[-1]
    widths[taking] = max(columns - sum(width + BETWEEN for name, width in widths.items() if name != taking), 1)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    for name in present:
        table.add_column(titles[name], no_wrap=True, overflow="ellipsis", width=widths[name])
    for row in rows:
        table.add_row(*(row[name] for name in present))
    return table


def _columns_for(columns: int, *, sweeping: bool) -> list[str]:
    present = [name for name in COLUMNS if sweeping or name != "now"]
    for name in GIVE_WAY[sweeping]:
        if sum(COLUMNS[one][1] + BETWEEN for one in present) <= columns:
            break
        present = [one for one in present if one != name]
    return present


def _cells(picture: Picture, name: str) -> dict[str, str | Text]:
    verdict, recurs = picture.last.get(name, (None, Recurrence()))
    shown = _("your line") if name == LADDER else visible(name)
    cells: dict[str, str | Text] = {**dict.fromkeys(COLUMNS, ""), "platform": shown, "now": _now(picture, name)}
    if verdict is None:
        return cells
    word, style = LOOKS[verdict.state]
    counted = _("{k} of {n}").format(k=digits(recurs.blocked), n=digits(recurs.told)) if recurs.told else "-"
    return cells | {
        "state": Text(_(word), style),
        "how": visible(", ".join(verdict.mechanisms)),
        "seen": when(verdict.observed_at, picture.at),
        "blocked": counted,
    }


def _now(picture: Picture, name: str) -> str:
    """How far a platform is, and what came last."""
    if picture.under_way is None or name not in picture.under_way.endpoints:
        return ""
    done, total = picture.under_way.endpoints[name]
    count = digits(f"{done}/{total}") if total else ""
    if total and done == total:
        return f"{count}  {_('done')}"
    last = picture.under_way.last.get(name)
    return f"{count}  {_deed(last)}".strip() if last else count


def _deed(row: Observation) -> str:
    """What came last: the operation, of what, and how it failed if it did."""
    operation = _(OPERATIONS[row.operation]) if row.operation in OPERATIONS else visible(row.operation)
    of = visible(row.hostname or row.address)
    return f"{operation} {of}: {visible(row.failure)}" if row.failure else f"{operation} {of}"


def clock(moment: datetime, at: datetime) -> str:
    """The hour of a moment, with its day where that is another than that of `at`. Both are UTC."""
    hour = digits(f"{moment:%H:%M}")
    return hour if moment.date() == at.date() else f"{day(moment)} {hour}"


def when(moment: datetime, at: datetime) -> str:
    """The hour of a moment of the same day as `at`, else its day. Both are UTC."""
    if moment.date() == at.date():
        return digits(f"{moment:%H:%M}")
    return dashless(jalali(moment)) if current() == "fa" else day(moment)


def _below(picture: Picture, columns: int, room: int) -> Iterator[str]:
    """What stands under the table, as many lines of it as there is room for: the newest words, then what changed."""
    footnote = [_(FOOTNOTE)] if any(recurs.told for _verdict, recurs in picture.last.values()) else []
    blocks = [_lines(picture.said, columns), _lines(picture.events, columns), _lines(footnote, columns)]
    kept: list[list[str]] = []
    for block in blocks:
        fitting = block[-max(room - 1, 0) :] if room > 1 else []
        room -= len(fitting) + 1 if fitting else 0
        kept.insert(0, fitting)
    for block in kept:
        if block:
            yield ""
            yield from block


def _lines(sentences: Sequence[str], columns: int) -> list[str]:
    fold = textwrap.TextWrapper(columns, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return [line for sentence in sentences for line in fold.wrap(visible(sentence))]


def _cut(sentence: str, columns: int) -> str:
    return sentence if len(sentence) <= columns else f"{sentence[: max(columns - 1, 0)]}…"
