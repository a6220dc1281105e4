"""The report in Chromium: read in both languages, on a phone and at a desk, by eye, by keyboard, and on paper."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from agent import cli, exits
from agent.calendars import jalali
from tests.browser import SIZES, chromium, needs_chromium, opened
from tests.report_files import BEGAN, DAYS, HOSTILE, MADE_BY_TEMPLATE, write_hostile, write_weeks

__all__ = ["chromium"]
pytestmark = needs_chromium

LANGUAGES = ("en", "fa")
PERSIAN_DIGITS, PLAIN_DIGITS = "۰۱۲۳۴۵۶۷۸۹", "0123456789"
#: Axe's rules of WCAG 2.2 A and AA, and what it calls good practice.
GRAVE = {"serious", "critical"}
#: What no page of ours has, and what text must not become.
ACTIVE = "script, iframe, object, embed, form, base, svg, [onerror], [onload], a[href^='javascript']"
OURS = "data:image/svg+xml"
everywhere = pytest.mark.parametrize("size", SIZES)
in_each_language = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of six weeks."""
    folder = tmp_path_factory.mktemp("weeks")
    write_weeks(folder)
    return written(folder)


def written(folder: Path, *words: str) -> Path:
    assert cli.main(["report", "--results", str(folder), "--language", "en", *words]) == exits.DONE
    return folder / "report.html"


def shown(page: Page) -> str:
    """The text that can be seen, and what of it is folded away, in the language that is chosen."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    return page.locator("body").inner_text()


def twitters(page: Page, language: str) -> Locator:
    """The story that has its observations."""
    return page.locator(f"#stories-{language} details.story", has=page.locator("h3", has_text="Twitter")).first


@everywhere
@in_each_language
def test_its_reader_chooses_the_language_and_the_other_is_not_there(
    chromium: Browser, report: Path, language: str, size: str
) -> None:
    """Neither to the eye nor to a screen reader; and it reads in its own direction."""
    other = next(code for code in LANGUAGES if code != language)
    with opened(chromium, report, size=size, language=language) as page:
        chosen = page.locator(f".page[lang={language}]")
        expect(chosen).to_be_visible()
        expect(page.locator(f".page[lang={other}]")).to_be_hidden()
        assert chosen.evaluate("one => getComputedStyle(one).direction") == {"en": "ltr", "fa": "rtl"}[language]
        page.locator(f'label[for="in-{other}"]').click()
        expect(chosen).to_be_hidden()
        expect(page.locator(f".page[lang={other}]")).to_be_visible()


@everywhere
@in_each_language
def test_the_page_fits_its_window(chromium: Browser, report: Path, language: str, size: str) -> None:
    """Tables move within themselves, the page never moves sideways; with everything unfolded too."""
    with opened(chromium, report, size=size, language=language) as page:
        shown(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
        wide = page.evaluate(
            "[...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth)"
            ".filter(one => one.tabIndex !== 0 || !one.getAttribute('aria-label')).length"
        )
        assert wide == 0


@in_each_language
def test_without_javascript_nothing_is_missing(chromium: Browser, report: Path, language: str) -> None:
    """The same words are in the page, and can be chosen and unfolded by hand."""
    with opened(chromium, report, language=language) as page:
        told = page.locator(f".page[lang={language}]").text_content()
    with opened(chromium, report, language=language, scripts=False) as page:
        body = page.locator(f".page[lang={language}]")
        expect(body).to_be_visible()
        assert body.text_content() == told
        story = twitters(page, language)
        expect(story.locator(".path").first).to_be_hidden()
        story.locator("summary").click()
        expect(story.locator(".path").first).to_be_visible()


def test_persian_has_its_digits_and_both_calendars(chromium: Browser, report: Path) -> None:
    """The day of making stands in Jalali with the Gregorian beside it; a table's counts are in Persian digits."""
    last = BEGAN + timedelta(days=DAYS)
    to_persian = str.maketrans(PLAIN_DIGITS, PERSIAN_DIGITS)
    with opened(chromium, report, language="fa") as page:
        text = shown(page)
        assert f"{jalali(last)} ({last:%Y-%m-%d})".replace("-", "/").translate(to_persian) in text
        counts = page.locator(".page[lang=fa] .days td").all_inner_texts()
        assert not set("".join(counts)) & set(PLAIN_DIGITS)
        assert set("".join(counts)) & set(PERSIAN_DIGITS)
    with opened(chromium, report) as page:
        assert not set(shown(page).replace("فارسی", "")) & set(PERSIAN_DIGITS)


@everywhere
@in_each_language
def test_axe_finds_no_grave_fault(chromium: Browser, report: Path, language: str, size: str) -> None:
    """With everything unfolded: contrast, names, headings, tables, landmarks."""
    with opened(chromium, report, size=size, language=language) as page:
        shown(page)
        found = Axe().run(page).response
        grave = [
            (one["id"], one["impact"], [node["html"][:160] for node in one["nodes"][:3]])
            for one in found["violations"]
            if one["impact"] in GRAVE
        ]
        assert grave == []
        assert len(found["passes"]) > 20  # it looked


def test_axe_sees_a_fault_that_is_there(chromium: Browser, report: Path) -> None:
    with opened(chromium, report) as page:
        page.evaluate("document.querySelector('.page h2').style.color = '#eee'")
        assert "color-contrast" in {one["id"] for one in Axe().run(page).response["violations"]}


@in_each_language
def test_the_keyboard_reaches_everything(chromium: Browser, report: Path, language: str) -> None:
    """The language, the way past the contents, and each fold; and one sees where one is."""
    with opened(chromium, report, language=language) as page:
        page.reload()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.name") == "language"
        while page.evaluate("document.activeElement.id") != f"in-{language}":
            page.keyboard.press("ArrowRight")
        expect(page.locator(f".page[lang={language}]")).to_be_visible()
        page.keyboard.press("Tab")
        skip = page.locator(f".page[lang={language}] .skip")
        expect(skip).to_be_focused()
        box = skip.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        page.keyboard.press("Enter")
        assert page.url.endswith(f"#now-{language}")
        story = twitters(page, language)
        fold = story.locator("summary").first
        fold.focus()
        assert fold.evaluate("one => getComputedStyle(one).outlineStyle") != "none"
        page.keyboard.press("Enter")
        expect(story.locator(".path").first).to_be_visible()


@in_each_language
def test_its_links_lead_somewhere(chromium: Browser, report: Path, language: str) -> None:
    """Every link is to a place in the page, in the same language; no id is there twice."""
    with opened(chromium, report, language=language) as page:
        links = page.locator(f".page[lang={language}] a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        inside = set(page.locator(f".page[lang={language}] [id]").evaluate_all("all => all.map(one => one.id)"))
        assert links
        assert {link.removeprefix("#") for link in links} <= inside
        ids = page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
        assert len(ids) == len(set(ids))


def test_an_empty_day_does_not_look_like_a_reachable_one(chromium: Browser, report: Path) -> None:
    """In its letter, in its colour, and in what is drawn over it; nor does one that could not be told."""
    looks = "one => { const s = getComputedStyle(one); return [s.backgroundColor, s.backgroundImage, s.borderStyle]; }"
    with opened(chromium, report) as page:
        shown(page)
        cells = {name: page.locator(f".page[lang=en] .days td.{name}").first for name in ("r", "n", "u", "b")}
        drawn = {name: str(cell.evaluate(looks)) for name, cell in cells.items()}
        assert len(set(drawn.values())) == len(drawn)
        letters = {name: cell.inner_text().split()[0] for name, cell in cells.items()}
        assert len(set(letters.values())) == len(letters)
        assert "/" not in cells["n"].inner_text()
        assert "/" in cells["r"].inner_text()


def test_a_story_shows_where_it_broke_and_what_the_swaps_showed(chromium: Browser, report: Path) -> None:
    with opened(chromium, report) as page:
        story = twitters(page, "en")
        story.locator("summary").click()
        stations = story.locator("ol.path").first.locator("li")
        assert [one.split()[0] for one in stations.all_inner_texts()] == ["DNS", "TCP", "TLS", "HTTP"]
        assert [one.get_attribute("class") for one in stations.all()] == ["passed", "passed", "broke", "not_reached"]
        assert "broke here (2 of 2)" in " ".join(stations.nth(2).inner_text().split())
        swaps = story.locator("table").first.locator("tr").all_inner_texts()
        assert "2 of 2: the connection is reset" in " ".join(swaps[1].split())
        assert "innocent.example" in swaps[2]
        assert "it is answered" in swaps[2]


def test_on_paper_nothing_is_folded_away(chromium: Browser, report: Path, tmp_path: Path) -> None:
    """Folds are open, the choice of language is gone, and the page is light."""
    folded = "all => all.filter(one => !one.checkVisibility()).length"
    with opened(chromium, report) as page:
        inside = page.locator(".page[lang=en] details > *:not(summary)")
        assert inside.evaluate_all(folded) > 0
        page.emulate_media(media="print", color_scheme="dark")
        assert inside.evaluate_all(folded) == 0
        expect(page.locator(".choice")).to_be_hidden()
        paper = page.pdf()
        assert paper.startswith(b"%PDF")
        assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") >= 3


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    write_hostile(folder)
    return written(folder)


@everywhere
@in_each_language
def test_what_was_measured_or_typed_does_nothing(
    chromium: Browser, report: Path, hostile: Path, language: str, size: str
) -> None:
    """It is there to be read, letter by letter, and is neither element, script, style, template nor direction."""
    with opened(chromium, hostile, size=size, language=language) as page:
        shown(page)
        text = page.locator("body").inner_text()
        assert HOSTILE.partition("\x1b")[0] in text
        assert "\\x1b[2J" in text
        assert "\\u202eexe.gnp" in text
        assert not {"\x1b", "\u202e"} & set(page.content())
        assert MADE_BY_TEMPLATE not in text
        assert page.locator(ACTIVE).count() == 0
        assert page.locator(f"img:not([src^='{OURS}'])").count() == 0
        assert page.locator("style").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]


def test_pictures_hold_no_script(report: Path, hostile: Path) -> None:
    """Nor anything that is fetched."""
    for page in (report, hostile):
        pictures = [unquote(one) for one in re.findall(r'src="data:image/svg\+xml,([^"]*)"', page.read_text())]
        assert pictures
        for picture in pictures:
            assert not re.search(r"<script|\son\w+=|<image|<foreignObject|href=\"(?!#)|@import|url\((?!#)", picture)
