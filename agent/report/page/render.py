"""A report as one HTML page, in every language that there is; it loads nothing and runs nothing.

Each language is a whole page of its own inside the one file, and the reader's choice shows one of them. Every text that
comes in is escaped by the template engine, and made printable before that where it was measured or typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from agent.calendars import dashless, day, digits, jalali
from agent.calendars import month as month_of
from agent.language import RIGHT_TO_LEFT, _, current, languages, ngettext, speaking
from agent.report.chart import legend_svg, timeline_svg
from agent.report.event_words import event_sentence, moment_words
from agent.report.left_out import sentences_of
from agent.report.page import labels, story_words, words
from agent.report.page.facts import Month, Now, Place, Report, Shade
from agent.report.page.fitting import PAGE_MAX_BYTES, smaller
from agent.report.page.story import Source, anchor, tell
from agent.report.paper import NARROW
from agent.report.visible import visible
from agent.timeline.records import Agreement
from agent.timeline.sentences import OUTCOMES, told
from agent.translations import name_of

FOLDER = Path(__file__).parent
STYLES = ("page.css", "days.css", "stories.css")
#: Classes of a day's cell; short, since there are thousands.
CLASSES: Mapping[Shade, str] = {
    Shade.BLOCKED: "b",
    Shade.LIKELY_BLOCKED: "l",
    Shade.MIXED: "s",
    Shade.OK: "r",
    Shade.DOWN: "d",
    Shade.IMPAIRED: "i",
    Shade.INSUFFICIENT: "u",
    Shade.RETIRED: "g",
}
#: Nobody looked; and the day had not come yet.
NO_LOOK, NOT_YET = ("n", "", "–"), ("t", "", "·")
#: A day, and an hour if one follows.
MOMENT = re.compile(r"[\d۰-۹]{4}[-/][\d۰-۹]{2}[-/][\d۰-۹]{2}(?: [\d۰-۹]{2}:[\d۰-۹]{2}(?: UTC)?)?")
IPV6 = re.compile(r"(?<![\w:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])")
#: What a data address of a picture may hold as it is.
SAFE = " /:;=,()[]{}!*'@$+?-._~|"


def as_html(report: Report, sources: Sequence[Source], *, first: str, on_step: Callable[[str], None]) -> str:
    """The page, of at most `PAGE_MAX_BYTES` unless nothing more can be left out.

    `first` is the language that it opens in. `on_step` gets each language's own name as it is made.
    """
    stories = len(sources)
    while True:
        page = _page(report, sources[:stories], first, on_step)
        less = smaller(report, stories)
        if len(page.encode()) <= PAGE_MAX_BYTES or less is None:
            return page
        report, stories = less


def _page(report: Report, sources: Sequence[Source], first: str, on_step: Callable[[str], None]) -> str:
    order = [first, *(code for code in languages() if code != first)]
    bodies = []
    for code in order:
        on_step(name_of(code))
        with speaking(code):
            bodies.append((code, body_of(report, sources)))
    with speaking(first):
        title = _("What can be reached, and what is blocked")
        return (
            _environment()
            .get_template("page.html")
            .render(
                first=first,
                title=title,
                languages=order,
                bodies=bodies,
                style=style(),
                direction=direction,
                name_of=name_of,
            )
        )


def style() -> str:
    """The page's style, without its comments' and lines' space."""
    text = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in STYLES if (FOLDER / name).exists())
    return "\n".join(line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("/*"))


def direction(code: str) -> str:
    """How a language is written: ltr or rtl."""
    return "rtl" if code in RIGHT_TO_LEFT else "ltr"


def whole(text: str) -> Markup:
    """`text`, escaped, with its days and hours in one piece: no line ends within one."""
    return Markup(MOMENT.sub(r'<span class="at">\g<0></span>', str(escape(text))))  # noqa: S704 -- escaped just now


def apart(text: str) -> Markup:
    """`text`, escaped, with its IPv6 addresses by themselves: beside Persian letters their parts change places."""
    return Markup(IPV6.sub(r"<bdi>\g<0></bdi>", str(escape(text))))  # noqa: S704 -- escaped just now


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(_, ngettext, newstyle=True)  # type: ignore[attr-defined]  # the extension's
    environment.filters.update(digits=digits, moment=moment_words, day=day, visible=visible, whole=whole, apart=apart)
    environment.globals.update(words=words, tale=story_words, css=CLASSES, anchor=anchor, event_sentence=event_sentence)
    environment.globals.update(labels=labels, outcomes=OUTCOMES)
    environment.globals.update(month_name=month_name, month_days=month_days, heads=heads, direction=direction)
    return environment


def body_of(report: Report, sources: Sequence[Source]) -> str:
    """The page in the current language, without its head: every other format for people is made of it."""
    stories = tuple(tell(sources))
    return (
        _environment()
        .get_template("body.html")
        .render(
            report=report,
            language=current(),
            told=stories,
            told_ids={one.story.verdict.verdict_id for one in stories},
            pictures=_pictures(report),
            legend=picture(legend_svg(NARROW)),
            cells=partial(cells, today=report.made_at.date()),
            seen_of=partial(seen_of, report),
            agreement=_agreements(report),
            left_out=sentences_of(report.left_out),
        )
    )


def _agreements(report: Report) -> dict[str, Agreement]:
    """By claim, the rows of the comparison with their texts in the current language."""
    claims = [claim for subject in report.subjects for claim in subject.claims]
    records = [record for subject in report.subjects for record in subject.records]
    rows = [row for subject in report.subjects for row in (subject.last_word, *subject.agreements) if row]
    today = report.made_at.date()
    return {row.claim_id: told(row, claims, records, today=today, titles=report.titles) for row in rows}


def _pictures(report: Report) -> dict[str, str]:
    return {
        subject.platform: picture(
            timeline_svg(
                [subject.lanes],
                today=report.made_at.date(),
                titles={subject.platform: subject.title},
                stage=report.stage,
                sheet=NARROW,
            )
        )
        for subject in report.subjects
        if subject.lanes
    }


def picture(svg: str) -> str:
    """A picture as an address that holds it. It is shown as an image, in which nothing runs."""
    return f"data:image/svg+xml,{quote(svg, safe=SAFE)}"


def month_name(month: Month) -> str:
    """The month, as its days' first and last say it in each calendar."""
    gregorian = month_of(month.first)
    if current() != "fa":
        return gregorian
    last = month.first + timedelta(days=month.days - 1)
    return f"{dashless(jalali(month.first)[:7])} – {dashless(jalali(last)[:7])} ({gregorian})"


def month_days(month: Month) -> str:
    """From its first day to its last."""
    last = month.first + timedelta(days=month.days - 1)
    return _("{first} to {last}, UTC").format(first=day(month.first), last=day(last))


def heads(month: Month) -> Iterator[tuple[str, str]]:
    """What stands over each day: its number, in Persian the Jalali one first; and the Gregorian one beside it."""
    for number in range(month.days):
        moment = month.first + timedelta(days=number)
        yield (digits(int(jalali(moment)[8:])), digits(moment.day)) if current() == "fa" else (digits(moment.day), "")


def cells(month: Month, platform: str, *, today: date) -> Iterator[tuple[str, str, str]]:
    """Of each day: the cell's class, its letter, and in how many of how many looks."""
    for number, cell in enumerate(month.rows[platform]):
        if cell is None:
            yield NO_LOOK if month.first + timedelta(days=number) <= today else NOT_YET
            continue
        weak = " w" if 2 * cell.count < cell.looks and cell.shade is not Shade.MIXED else ""
        counts = digits(f"{cell.count}/{cell.looks}")
        yield f"{CLASSES[cell.shade]}{weak}", _(labels.SHADES[cell.shade][0]), counts


def seen_of(report: Report, platform: str) -> list[tuple[Place, Now]]:
    """The vantage points that ever looked at it, each with what it says now."""
    return [(place, now) for place in report.places for now in place.now if now.platform == platform and now.last_at]
