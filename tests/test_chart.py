"""The picture says what the lanes say, the same way each time, and nothing in it can act."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import combinations

import pytest

from agent.language import speaking
from agent.report.chart import LOOKS, MEANS, legend_svg, timeline_svg
from agent.report.paper import NARROW, WIDE, Paper, drawing
from agent.timeline.evidence import sift
from agent.timeline.lanes import Lanes, Mark, lanes_of
from agent.timeline.load import load_claims, load_records
from agent.timeline.records import Finding
from agent.verdict.records import State

CLAIMS, RECORDS, TODAY = load_claims(), load_records(), date(2026, 11, 24)
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '</text><script>alert(1)</script>&"$x^2$\u202e'
#: Bytes that one platform's picture may have: the report holds two dozen of them in a megabyte.
BYTES_MAX = 12 * 1024


def look(platform: str, state: State, at: datetime) -> Finding:
    return Finding(
        sweep_id=str(at), verdict_id=f"{at}-{platform}", observed_at=at, platform=platform, state=state, country="IR"
    )


def lanes(*looks: Finding) -> dict[str, Lanes]:
    named = {platform for claim in CLAIMS for platform in claim.platforms}
    return lanes_of(CLAIMS, RECORDS, sift(looks, named, records=RECORDS, today=TODAY), today=TODAY)


BY_TURNS = lanes(
    *(
        look("telegram", state, datetime(2026, month, day, tzinfo=UTC))
        for month in (6, 7, 8, 9, 10, 11)
        for day, state in ((1, State.BLOCKED), (12, State.OK), (23, State.IMPAIRED))
    )
)


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 -- we have just made it


def texts(svg: str) -> list[str]:
    """What stands in the picture to be read, without the isolates around each."""
    return [(one.text or "").strip("\u2068\u2069") for one in parsed(svg).iter(f"{SVG}text")]


def paths(svg: str) -> Iterator[tuple[str, str]]:
    """What each path is filled with, and where it goes."""
    for one in parsed(svg).iter(f"{SVG}path"):
        yield one.get("style", ""), one.get("d", "")


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("platform", BY_TURNS)
def test_each_platforms_picture_is_small_and_whole(platform: str, language: str) -> None:
    with speaking(language):
        svg = timeline_svg([BY_TURNS[platform]], today=TODAY, titles={})
    assert len(svg.encode()) <= BYTES_MAX
    root = parsed(svg)
    assert (root.get("width"), root.get("role")) == ("720", "img")
    assert platform in (root.findtext(f"{SVG}title") or "")
    assert platform in texts(svg)


def test_letters_that_the_librarys_own_font_lacks_are_drawn_without_a_word(recwarn: pytest.WarningsRecorder) -> None:
    """A slanted text too: the reader's browser has a font for them, and a volunteer has no use for a warning."""
    with drawing():
        paper = Paper(20, date(2009, 1, 1), TODAY, WIDE)
        paper.text(paper.x(TODAY), 10, "سرویس", style="italic")
        assert texts(paper.svg("دیدبان")) == ["سرویس"]
    assert list(recwarn) == []


def test_the_same_is_drawn_the_same() -> None:
    drawn = {timeline_svg(list(BY_TURNS.values()), today=TODAY, titles={}, legend=True) for _again in range(3)}
    assert len(drawn) == 1


def test_every_id_that_is_referred_to_is_there_once() -> None:
    svg = timeline_svg(list(BY_TURNS.values()), today=TODAY, titles={}, legend=True)
    referred, there = set(re.findall(r"url\(#([^)]+)\)", svg)), re.findall(r'\bid="([^"]+)"', svg)
    assert referred
    assert sorted(there) == sorted(referred)


def test_nothing_in_it_runs_and_nothing_is_fetched() -> None:
    """Names of platforms are the catalog's; were they not, they would be texts still."""
    svg = timeline_svg([BY_TURNS["telegram"]], today=TODAY, titles={"telegram": HOSTILE}, stage="lab", legend=True)
    assert HOSTILE in texts(svg)
    tags = {one.tag.removeprefix(SVG) for one in parsed(svg).iter()}
    assert tags <= {"svg", "title", "g", "path", "text", "defs", "pattern", "rect"}
    assert not re.search(r"""\b(?:href|on[a-z]+|src)=|@import|url\((?!#)""", re.sub(r">[^<]*<", "><", svg))


def test_where_nobody_looked_it_says_so_and_draws_nothing() -> None:
    svg = timeline_svg([lanes()["signal"]], today=TODAY, titles={})
    assert "no observation" in texts(svg)
    seen = timeline_svg(
        [lanes(look("signal", State.OK, datetime(2010, 1, 1, tzinfo=UTC)))["signal"]], today=TODAY, titles={}
    )
    assert "no observation" not in texts(seen)
    blue = LOOKS[Mark.OPEN][0].lower()
    assert not any(blue in style for style, _way in paths(svg))
    assert any(blue in style for style, _way in paths(seen))


def test_what_is_hardly_to_be_seen_on_the_whole_axis_is_drawn_once_more_with_its_days() -> None:
    few = lanes(*(look("signal", State.OK, datetime(2026, 9, day, tzinfo=UTC)) for day in (15, 16, 20)))["signal"]
    assert {"closer", "2026-09-15", "2026-09-20"} <= set(texts(timeline_svg([few], today=TODAY, titles={})))
    years = lanes(*(look("signal", State.OK, datetime(year, 1, 1, tzinfo=UTC)) for year in range(2012, 2026)))["signal"]
    assert "closer" not in texts(timeline_svg([years], today=TODAY, titles={}))
    assert "closer" not in texts(timeline_svg([lanes()["signal"]], today=TODAY, titles={}))


@pytest.mark.parametrize("stage", ["internet", "lab", "import"])
def test_the_picture_of_a_page_can_be_read_on_a_phone_and_says_whose_looks_they_are(stage: str) -> None:
    """Its column is 320 pixels wide, and nine are a small print."""
    svg = timeline_svg([BY_TURNS["telegram"]], today=TODAY, titles={}, stage=stage, sheet=NARROW)
    sizes = [
        float(size)
        for size in re.findall(r"font-size: ([\d.]+)px|font: [^;]*?([\d.]+)px", svg)
        for size in size
        if size
    ]
    assert sizes
    assert min(sizes) * 320 / NARROW.width >= 9
    seen = {"internet": "observed", "lab": "seen in the lab", "import": "seen by others"}
    assert [word for word in texts(svg) if word in seen.values()] == [seen[stage]]


def test_contradictions_bear_a_sign_for_each_pair() -> None:
    found = lanes()
    assert texts(timeline_svg([found["telegram"]], today=TODAY, titles={})).count("≠") == len(
        found["telegram"].contradictions
    )
    assert "≠" not in texts(timeline_svg([found["signal"]], today=TODAY, titles={}))


def test_a_claimed_year_is_drawn_as_long_as_that_year() -> None:
    """Gmail's block of 2011 is the only thing that the document says of it."""
    svg = timeline_svg([lanes()["gmail"]], today=TODAY, titles={})
    points = (720 - 118 - 14) / ((TODAY - date(2009, 1, 1)).days + 1)
    start, width = 118 + (date(2011, 1, 1) - date(2009, 1, 1)).days * points, 365 * points
    boxes = [re.findall(r"[\d.]+", way) for style, way in paths(svg) if "url(#" in style and "dasharray" in style]
    ((left, right),) = [(float(box[0]), float(box[2])) for box in boxes if len(box) == 8]
    assert left == pytest.approx(start, abs=0.2)
    assert right == pytest.approx(start + width, abs=0.2)


def test_what_is_not_of_the_internet_says_so_in_the_picture() -> None:
    for stage, words in (("lab", "says nothing of the internet"), ("import", "Observed by other people")):
        shown = texts(timeline_svg([lanes()["signal"]], today=TODAY, titles={}, stage=stage))
        assert any(words in text for text in shown)
    plain = texts(timeline_svg([lanes()["signal"]], today=TODAY, titles={}))
    assert not any("internet" in text or "Observed by" in text for text in plain)


def test_who_reads_persian_sees_both_years_in_persian_digits() -> None:
    with speaking("fa"):
        shown = texts(timeline_svg([lanes()["signal"]], today=TODAY, titles={}))
    assert {"۲۰۱۸", "۱۳۹۷"} <= set(shown)
    assert not any(re.search("[0-9]", text) for text in shown)


def test_the_legend_names_every_mark() -> None:
    shown = texts(legend_svg())
    assert set(MEANS.values()) <= set(shown)
    assert set(MEANS) == set(Mark) == set(LOOKS)


def luminance(colour: str) -> float:
    """Relative luminance of #RRGGBB (WCAG 2.1)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("mark", LOOKS)
def test_every_edge_stands_out_from_paper(mark: Mark) -> None:
    """Three to one is what WCAG 1.4.11 asks of what must be seen to understand."""
    assert 1.05 / (luminance(LOOKS[mark][1]) + 0.05) >= 3


def test_no_two_marks_differ_by_colour_alone() -> None:
    """Two have the same hatch and the same height only if one of them is a full band and the other hollow or pale."""
    alike = [
        (one, other)
        for one, other in combinations(LOOKS, 2)
        if LOOKS[one][2:] == LOOKS[other][2:] and abs(luminance(LOOKS[one][0]) - luminance(LOOKS[other][0])) < 0.08
    ]
    assert alike == []
