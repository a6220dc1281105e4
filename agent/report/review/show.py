"""A review on the screen: the table, what is to be known of it, and the command for the next level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import pandas as pd
from rich.text import Text

from agent.calendars import day, digits
from agent.language import N_, _, ngettext
from agent.report.output import Output, Trimmed
from agent.report.review.layout import Column, fitting
from agent.report.review.tables import STATES, VANTAGE
from agent.report.terminal import LOOKS
from agent.report.visible import visible
from agent.report.words import LINES, OUTCOMES
from agent.report.words import STATES as STATE_WORDS
from agent.verdict.records import State

#: What stands above a column.
TITLES: Mapping[str, str] = {
    "platform": N_("platform"),
    "target": N_("target"),
    "day": N_("day"),
    "mechanism": N_("mechanism"),
    "vantage": N_("vantage\npoint"),
    "found": N_("found"),
    "n": N_("n"),
    "last_state": N_("last\nstate"),
    "last_seen": N_("last\nseen"),
    "first_seen": N_("first\nseen"),
    "mechanisms": N_("mechanisms"),
    "platforms": N_("platforms"),
    "sweep_id": N_("sweep\nid"),
    "outcome": N_("outcome"),
    "vantage_state": N_("line"),
    "endpoints_measured": N_("endpoints\nmeasured"),
    "endpoints_planned": N_("endpoints\nplanned"),
    "observations": N_("observations"),
    "observed_at": N_("time"),
    "state": N_("state"),
    "because": N_("why"),
    "verdict_id": N_("verdict\nid"),
    "time": N_("time"),
    "what": N_("what"),
    "came": N_("what came"),
    "observation_id": N_("id"),
    "column": N_("column"),
    "value": N_("value"),
    **{str(state): word for state, word in STATE_WORDS.items()},
}
#: Columns that are left out first where there is no room, in this order.
FIRST_TO_GO = (
    *("because", "observations", "endpoints_planned", "endpoints_measured", "vantage_state", "throttle_ratio"),
    *("first_seen", "last_seen", "platforms", "mechanisms", "last_state", "n"),
)
#: Columns that a terminal need not show: they are in --csv and --json.
LEFT_TO_CSV = ["started_at", "throttle_ratio", "rule_ids", "tries"]
#: What is not plain from a column's title.
FOOTNOTES = {
    "found": N_("found: the states it was judged to be in, and how often."),
    "n": N_("n: verdicts."),
    "came": N_("*: decided the verdict."),
}
MOMENTS = ("observed_at", "last_seen", "first_seen")


def show(
    frame: pd.DataFrame, out: Output, *, places: int = 1, notes: Iterable[str] = (), only: Sequence[str] = ()
) -> None:
    """The frame at the terminal's width, and below it what is to be known of it; of its columns `only` some, if any.

    The states' counts stand in one column. From several `places`, a column tells the vantage points apart.
    """
    shown = frame[[*only, *VANTAGE]] if only else frame.drop(columns=LEFT_TO_CSV, errors="ignore")
    columns = _columns(shown, places)
    table, left_out = fitting(columns, out.width)
    out.print(Trimmed(table))
    gone = [column.name for column in left_out]
    told = [_(FOOTNOTES[one.name]) for one in columns if one.name in FOOTNOTES and one.name not in gone]
    if gone:
        names = _(", ").join(" ".join(_title(name).split()) for name in gone)
        told.append(_("No room for {columns}: --csv has every column.").format(columns=names))
    if any(one.name in (*MOMENTS, "day", "time", "sweep_id") for one in columns):
        told.append(_("Times are UTC."))
    counted = ngettext("{n} row.", "{n} rows.", len(frame)).format(n=digits(len(frame)))
    out.say(" ".join([counted, *notes, *told]))


def _columns(frame: pd.DataFrame, places: int) -> list[Column]:
    cells = {str(name): frame[name].tolist() for name in frame.columns}
    if set(VANTAGE) <= set(cells):
        if places > 1:
            cells["vantage"] = [place_words(*parts) for parts in zip(*(cells[name] for name in VANTAGE), strict=True)]
        cells = {name: cells[name] for name in cells if name not in VANTAGE}
    if set(STATES) <= set(cells):
        cells = _with_found(cells)
    return [
        Column(
            name=name,
            title=_title(name),
            cells=[_cell(name, value) for value in values],
            right=name in ("n", "endpoints_measured", "endpoints_planned", "observations"),
            whole=name == "found",
            goes=FIRST_TO_GO.index(name) if name in FIRST_TO_GO else None,
        )
        for name, values in cells.items()
    ]


def _with_found(cells: dict[str, list[object]]) -> dict[str, list[object]]:
    """One column `found` in place of the counts, such as "blocked 2/3" and "ok 1/3", commonest first.

    Not for targets: their names are long, and leave no room.
    """
    counts = list(zip(*(cells[state] for state in STATES), strict=True))
    kept = {name: values for name, values in cells.items() if name not in STATES}
    if "target" in cells:
        return kept
    found: list[object] = [_found(count, total) for count, total in zip(counts, cells["n"], strict=True)]
    del kept["n"]
    before = ("platform", "day", "vantage")
    head = {name: values for name, values in kept.items() if name in before}
    return {**head, "found": found, **{name: values for name, values in kept.items() if name not in before}}


def _found(counts: Sequence[object], total: object) -> str:
    numbers = [(int(str(count)), state) for count, state in zip(counts, STATES, strict=True)]
    numbers.sort(key=lambda pair: -pair[0])
    return "\n".join(
        f"{_(STATE_WORDS[State(state)])} {digits(f'{count}/{total}')}" for count, state in numbers if count
    )


def place_words(identity: object, country: object, asn: object, label: object) -> str:
    """A vantage point in words: its country, network and label, and its id, which alone is its own."""
    network = "" if _missing(asn) else f"AS{asn}"
    words = [str(word) for word in (country, network, label, identity) if not _missing(word) and str(word)]
    return " ".join(words) or "-"


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value  # NaN is not itself


def _cell(name: str, value: object) -> Text:
    if _missing(value):
        return Text("")
    if isinstance(value, datetime):
        return Text(f"{day(value)} {digits(value.strftime('%H:%M'))}")
    text = visible(str(value)) if name != "found" else str(value)
    if name in (*MOMENTS, "day"):
        return Text(_moment(text))
    if name in ("state", "last_state") and text in STATES:
        return Text(_(STATE_WORDS[State(text)]), LOOKS[State(text)][1])
    if name == "vantage_state":
        return Text(next((_(word) for line, word in LINES.items() if line == text), text))
    if name == "outcome":
        return Text(_(OUTCOMES[text]) if text in OUTCOMES else text)
    if name == "mechanisms":
        return Text(text.replace(" ", "\n"))
    return Text(digits(text) if isinstance(value, int) else text)


def _moment(text: str) -> str:
    """A day, or a day and a minute, of a table that CSV has too, as its reader writes it; as it is where it is none."""
    date, _space, minute = text.partition(" ")
    try:
        return f"{day(datetime.strptime(date, '%Y-%m-%d'))} {digits(minute)}".strip()  # noqa: DTZ007 -- a day alone
    except ValueError:
        return text


def _title(name: str) -> str:
    return _(TITLES[name]) if name in TITLES else name.replace("_", "\n")
