"""The timeline as a picture: of each platform what the document says, what others report, and what was observed.

Every meaning has a colour, a pattern and a height, so that none needs its colour: blocked is dark orange, hatched and
high; reachable is blue, plain and low. Where nothing was observed there is a dotted line and nothing on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from agent.calendars import day, digits, jalali
from agent.language import N_, _, current
from agent.report.paper import GREY, INK, PALE, WIDE, Paper, Sheet, drawing
from agent.timeline.lanes import Band, Lanes, Mark

#: The axis begins with the year of the document's first claim.
FIRST = date(2009, 1, 1)
#: Points from top to bottom.
TITLE, ROW, GAP, AXIS, LEGEND_ROW = 18, 12, 6, 36, 18
#: The narrowest band that can be seen, in points; and of our own looks, which are the newest and often a few months.
NARROWEST, OWN_NARROWEST = 2.6, 5.0
#: Points that a text in an empty lane takes.
ROOM = 105
#: What takes less than this share of the axis is drawn once more and closer, in so many points with its days under it.
SHORT, CLOSER = 0.25, 50
#: Okabe and Ito's colours, which the colour-blind tell apart: face, edge, hatch, and height as a share of the row.
LOOKS: Mapping[Mark, tuple[str, str, str, float]] = {
    Mark.BLOCKED: ("#D55E00", "#7A3600", "////", 0.86),
    Mark.LIKELY: ("#E69F00", "#6B4A00", "\\\\\\\\", 0.66),
    Mark.OPEN: ("#56B4E9", "#0072B2", "", 0.46),
    Mark.MIXED: ("#F0E442", "#6B6300", "xxxx", 0.86),
    Mark.UNTOLD: ("#FFFFFF", "#6E6E6E", "||||", 0.46),
    Mark.DEGRADED: ("#F3C9A8", "#7A3600", "", 0.86),
    Mark.GONE: ("#BBBBBB", "#444444", "", 0.46),
    Mark.BESIDE: ("#FFFFFF", "#444444", "", 0.46),
}
SHUT = {"facecolor": "#000000", "alpha": 0.3, "linewidth": 0}
HALO = {"facecolor": "white", "edgecolor": "none", "boxstyle": "circle,pad=0.02"}
DASHED, DOTTED = (0, (2, 1.5)), (0, (1, 3))
#: How the document leaves what it said of a year, as a share of the row.
THIN = 0.2
LANES = {"document": N_("the document"), "records": N_("other sources"), "observed": N_("observed")}
EMPTY = {"document": N_("nothing said"), "records": N_("no report found"), "observed": N_("no observation")}
MEANS = {
    Mark.BLOCKED: N_("blocked"),
    Mark.LIKELY: N_("likely blocked"),
    Mark.OPEN: N_("reachable"),
    Mark.MIXED: N_("blocked and reachable by turns"),
    Mark.UNTOLD: N_("looked, could not tell"),
    Mark.DEGRADED: N_("disturbed"),
    Mark.GONE: N_("the service ended"),
    Mark.BESIDE: N_("a cause or a motive"),
}
PARTLY, LEFT, CUT_OFF = N_("in part, or for a while"), N_("as the document leaves it"), N_("country cut off")
CONTRADICTS, END_UNKNOWN = N_("contradict each other"), N_("end not reported")
#: Whose looks they are, where they are not of this place's own internet.
SEEN = {"lab": N_("seen in the lab"), "import": N_("seen by others")}
#: What a picture says that is not of this place's own internet, by the stage of its rows.
NOT_OURS = {
    "lab": N_("Lab: this was observed in a practice world on one computer, and says nothing of the internet."),
    "import": N_("Observed by other people (imported measurements), and judged by our rules."),
}
#: Size of a sign; beside a band that began before the axis does, and between two that cannot both be true.
SIGN, BEFORE, UNEQUAL = 13, "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}", "\N{NOT EQUAL TO}"


def timeline_svg(
    lanes: Sequence[Lanes],
    *,
    today: date,
    titles: Mapping[str, str],
    stage: str = "internet",
    legend: bool = False,
    sheet: Sheet = WIDE,
) -> str:
    """The platforms one under another on one axis from 2009 to `today`, in the current language: an SVG document.

    It is as wide as its `sheet`, and as high as what is in it. `titles` are the platforms' names; one that is missing
    is called by its key. What is not of the internet says so beside each lane and, where there is room, at the top.
    The same input gives the same bytes.
    """
    with drawing():
        told = stage in NOT_OURS and sheet is WIDE
        top = float(TITLE) if told else 0.0
        paper = Paper(top + sum(map(_height, lanes)) + AXIS + legend * _legend_height(sheet), FIRST, today, sheet)
        if told:
            paper.text(paper.from_left(4), TITLE / 2 + 1, _(NOT_OURS[stage]), weight="bold")
        for one in lanes:
            _platform(paper, one, top, titles.get(one.platform, one.platform), _(SEEN.get(stage, LANES["observed"])))
            top += _height(one)
        _years(paper, top)
        if legend:
            _legend(paper, top + AXIS)
        names = ", ".join(titles.get(one.platform, one.platform) for one in lanes)
        title = _("What the document says, what other sources report and what was observed, from 2009 on: {platforms}")
        return paper.svg(title.format(platforms=names))


def legend_svg(sheet: Sheet = WIDE) -> str:
    """What the marks of `timeline_svg` mean, in the current language: an SVG document of the same width."""
    with drawing():
        paper = Paper(_legend_height(sheet), FIRST, date(2026, 1, 1), sheet)
        _legend(paper, 0)
        return paper.svg(_("What the marks mean"))


def _height(lanes: Lanes) -> float:
    whole = TITLE + sum(_rows(bands) * ROW + GAP for bands in (lanes.document, lanes.records, lanes.observed))
    return whole + CLOSER * _is_short(lanes)


def _rows(bands: Sequence[Band]) -> int:
    return max((band.row + 1 for band in bands), default=1)


def _platform(paper: Paper, lanes: Lanes, top: float, title: str, seen: str) -> None:
    """One platform's name, its lanes under it, and the shutdowns over all of them. `seen` is the last lane's name."""
    paper.text(paper.from_left(4), top + TITLE / 2 + 2, title, weight="bold")
    y = top + TITLE
    for name, word in LANES.items():
        bands = [band for band in getattr(lanes, name) if band.end >= FIRST]
        middle = y + _rows(getattr(lanes, name)) * ROW / 2
        paper.text(paper.from_left(paper.sheet.margin - 6), middle, seen if name == "observed" else _(word), ha="right")
        left = paper.x(FIRST)
        paper.lines([(left, middle, paper.x(paper.last), middle)], edgecolor=PALE, linewidth=0.8, linestyle=DOTTED)
        room = (paper.x(bands[0].start) - left) / paper.days if bands else float(paper.sheet.axis)
        if not bands or (name == "observed" and room > ROOM):
            paper.text(left + 5 * paper.days, middle, _(EMPTY[name]), color=GREY, style="italic", backgroundcolor="w")
        _bands(paper, bands, y, OWN_NARROWEST if name == "observed" else NARROWEST)
        if name == "document":
            _contradictions(paper, lanes.contradictions, y)
        y += 2 * (middle - y) + GAP
    shut = [(paper.x(start), top + TITLE - 2, paper.x(end + timedelta(days=1)) - paper.x(start), y - top - TITLE)
            for start, end in lanes.shutdowns]  # fmt: skip
    paper.boxes(shut, **SHUT)
    if _is_short(lanes):
        _closer(paper, lanes.closer, y)


def _is_short(lanes: Lanes) -> bool:
    """Whether what was observed is hardly to be seen on the whole axis."""
    shown = lanes.closer
    return bool(shown) and (shown[-1].end - shown[0].start).days < SHORT * (shown[-1].end - FIRST).days


def _closer(paper: Paper, bands: Sequence[Band], y: float) -> None:
    """What was observed, from its first day to its last along the whole axis."""
    first, last = bands[0].start, bands[-1].end
    stretch = ((paper.last - FIRST).days + 1) / ((last - first).days + 1)
    left, right = paper.x(FIRST), paper.x(paper.last + timedelta(days=1))

    def at(moment: date) -> date:
        return FIRST + timedelta(days=(moment - first).days * stretch)

    # Framed, and led to from where it stands on the axis: it must not be taken for what was observed since 2009.
    top, wide = y + GAP, right - left
    paper.lines([(paper.x(first), y - GAP, left, top), (paper.x(last), y - GAP, right, top)], edgecolor=GREY)
    paper.boxes([(left, top, wide, CLOSER - 2 * GAP)], facecolor="#EDEDED", edgecolor=GREY, linewidth=0.8)
    y = top + 3
    paper.text(paper.from_left(paper.sheet.margin - 6), y + ROW / 2, _("closer"), ha="right")
    paper.lines([(left, y + ROW / 2, right, y + ROW / 2)], edgecolor=PALE, linewidth=0.8, linestyle=DOTTED)
    drawn = [
        replace(one, start=at(one.start), end=at(one.end + timedelta(days=1)) - timedelta(days=1)) for one in bands
    ]
    _bands(paper, drawn, y, NARROWEST)
    paper.text(left + 3 * paper.days, y + ROW + 10, day(first))
    if last > first:
        paper.text(right - 3 * paper.days, y + ROW + 10, day(last), ha="right")


def _bands(paper: Paper, bands: Sequence[Band], top: float, least: float) -> None:
    """The bands of one lane, all of one look together, and what is to be known of their ends. `least`: their width."""
    for mark, (face, edge, hatch, share) in LOOKS.items():
        own = [band for band in bands if band.mark is mark]
        for partial, dashes in ((False, "solid"), (True, DASHED)):
            boxes = [
                _box(paper, band, top, share, least) for band in own if not band.left_so and band.partial is partial
            ]
            paper.boxes(boxes, facecolor=face, edgecolor=edge, hatch=hatch, linewidth=0.9, linestyle=dashes)
        thin = [_box(paper, band, top, THIN, least) for band in own if band.left_so]
        paper.boxes(thin, facecolor=face, edgecolor=edge, linewidth=0.5)
        blurred = [replace(one, end=min(one.blur_until, one.end)) for one in own if one.blur_until]
        pale = [_box(paper, band, top, share, least) for band in blurred if band.end >= FIRST]
        paper.boxes(pale, facecolor="white", alpha=0.6, linewidth=0)
    for band in bands:
        middle = top + (band.row + 0.5) * ROW
        if band.open_end:
            paper.text(paper.x(band.end) + 2 * NARROWEST * paper.days, middle, "?")
        if band.start < FIRST:
            paper.text(paper.x(FIRST) - paper.days, middle, BEFORE, ha="right")


def _box(paper: Paper, band: Band, top: float, share: float, least: float) -> tuple[float, float, float, float]:
    """Left, top, width and height; what lasted a day is as wide as can be seen."""
    left, right, high = paper.x(band.start), paper.x(band.end + timedelta(days=1)), ROW * share
    return left, top + (band.row + 0.5) * ROW - high / 2, max(right - left, least * paper.days), high


def _contradictions(paper: Paper, pairs: Iterable[tuple[Band, Band]], top: float) -> None:
    """A line from one band to the other, and the sign that they are unequal in its middle."""
    for one, other in pairs:
        first, second = sorted((one, other), key=lambda band: (band.start, band.row))
        x, to_x, corner = paper.x(first.end), paper.x(second.start), paper.x(first.end)
        y, to_y = (top + (band.row + 0.5) * ROW for band in (first, second))
        if first.end >= second.start:  # two of one time: the line runs beside them
            to_x, corner = x, x + 9 * paper.days
        paper.lines([(x, y, corner, y), (corner, y, to_x + corner - x, to_y), (to_x, to_y, to_x + corner - x, to_y)],
                    edgecolor=INK, linewidth=1)  # fmt: skip
        middle = ((corner + to_x + corner - x) / 2, (y + to_y) / 2)
        paper.text(*middle, UNEQUAL, ha="center", weight="bold", size=SIGN, bbox=HALO)


def _years(paper: Paper, y: float) -> None:
    """The axis: every third year, and for who reads Persian the Jalali year that begins in it."""
    at = {year: paper.x(date(year, 1, 1)) for year in range(FIRST.year, paper.last.year + 1, 3)}
    paper.lines([(paper.x(FIRST), y, paper.x(paper.last), y)], edgecolor=INK, linewidth=0.8)
    paper.lines([(x, y, x, y + 4) for x in at.values()], edgecolor=INK)
    for year, x in at.items():
        paper.text(x, y + 12, digits(year), ha="center")
        if current() == "fa":
            paper.text(x, y + 27, digits(jalali(date(year, 12, 31))[:4]), ha="center", color=GREY)


def _legend_height(sheet: Sheet) -> float:
    return LEGEND_ROW * -(-(len(MEANS) + 5) // sheet.columns)


def _legend(paper: Paper, top: float) -> None:
    """A sample of each mark, and its meaning beside it."""
    samples: list[tuple[str, Band | str]] = [(text, _sample(mark)) for mark, text in MEANS.items()]
    plain = _sample(Mark.BLOCKED)
    samples += [(PARTLY, replace(plain, partial=True)), (LEFT, replace(plain, left_so=True))]
    samples += [(CUT_OFF, "shut"), (CONTRADICTS, UNEQUAL), (END_UNKNOWN, "?")]
    for at, (text, sample) in enumerate(samples):
        row, column = divmod(at, paper.sheet.columns)
        left, y = 10 + column * (paper.sheet.width - 20) / paper.sheet.columns, top + row * LEGEND_ROW
        x, wide = paper.from_left(left), 20 * paper.days
        if isinstance(sample, Band):
            face, edge, hatch, share = LOOKS[sample.mark]
            high = ROW * (THIN if sample.left_so else share)
            paper.boxes([(x, y + (ROW - high) / 2, wide, high)], facecolor=face, edgecolor=edge, hatch=hatch,
                        linewidth=0.9, linestyle=DASHED if sample.partial else "solid")  # fmt: skip
        elif sample == "shut":
            paper.boxes([(x, y, wide, ROW)], **SHUT)
        else:
            paper.text(x + wide / 2, y + ROW / 2, sample, ha="center", weight="bold", size=SIGN)
        paper.text(x + 26 * paper.days, y + ROW / 2, _(text))


def _sample(mark: Mark) -> Band:
    return Band(start=FIRST, end=FIRST, mark=mark)
