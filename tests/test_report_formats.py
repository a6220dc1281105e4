"""The report as a page, as Markdown and as JSON: the same facts, and text that does nothing in any of them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from agent import cli, exits
from agent.report.page.in_json import FORMAT, VERSION
from agent.report.page.in_markdown import as_markdown, escaped
from tests.report_files import HOSTILE, MADE_BY_TEMPLATE, write_hostile, write_weeks

ROOT = Path(__file__).parents[1]
ENDINGS = {"html": "html", "markdown": "md", "json": "json"}


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The report on six weeks in each format."""
    return written(tmp_path_factory.mktemp("weeks"), write_weeks)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The report on hostile rows in each format."""
    return written(tmp_path_factory.mktemp("hostile"), write_hostile)


def written(folder: Path, write: Callable[[Path], None]) -> dict[str, str]:
    write(folder)
    for form in ENDINGS:
        assert cli.main(["report", "--results", str(folder), "--format", form, "--language", "en"]) == exits.DONE
    return {form: (folder / f"report.{ending}").read_text(encoding="utf-8") for form, ending in ENDINGS.items()}


def page_of(report: dict[str, str]) -> str:
    """The words of the English page, as the template engine put them."""
    body = report["html"].partition('<div class="page" lang="en"')[2].partition('<div class="page"')[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def markdown_of(report: dict[str, str]) -> str:
    """The words of the Markdown, as a reader of it shows them."""
    shown = MarkdownIt("commonmark", {"html": True}).enable("table").render(report["markdown"])
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", shown)).split())


def words_of(value: Any) -> Iterator[str]:
    """Every text and number in a JSON value."""
    if isinstance(value, dict):
        for one in value.values():
            yield from words_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from words_of(one)
    elif isinstance(value, str):
        yield value


def facts(report: dict[str, str]) -> list[tuple[str, str]]:
    """What every format must say: what the fact is, and its words."""
    told = json.loads(report["json"])
    found = [fact for place in told["places"] for fact in (*facts_now(place, told["titles"]), *facts_over_time(place))]
    found += [("a file", str(file[key])) for file in told["files"] for key in ("name", "rows", "sha256")]
    sources = [record["sources"] for subject in told["subjects"] for record in subject["records"]]
    found += [("a source", address) for one in sources for address in one.values()]
    return found + [fact for story in told["stories"] for fact in facts_of_story(story)]


def facts_now(place: dict[str, Any], titles: dict[str, str]) -> Iterator[tuple[str, str]]:
    for now in place["now"]:
        title = titles[now["platform"]]
        yield from ((f"{title} how", name) for name in now["mechanisms"])
        if now["accused"]:
            yield f"{title} count", f"Found blocked in {now['accused']}"
            yield f"{title} denominator", f"of {now['told']} look"
        yield from ((f"{title} at", minute(at)) for at in (now["last_at"], now["counted_from"]) if at)


def facts_over_time(place: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for event in place["events"]:
        yield from (("a bound of an event", minute(at)) for at in (event["earliest"], event["latest"]) if at)
    for month in place["calendar"]:
        for platform, days in month["rows"].items():
            yield from ((f"a day of {platform}", f"{day['count']}/{day['looks']}") for day in days if day)


def facts_of_story(story: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "a story", story["verdict"]["verdict_id"]
    for hop in (hop for endpoint in story["endpoints"] for hop in endpoint["hops"]):
        yield from (("a step", step["came"]) for step in hop["steps"])
        yield from (("a rule", rule["rule_id"]) for rule in hop["rules"])
        yield from (("what is unknown", one) for one in hop["unknown"])


def minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def test_every_fact_is_in_each_format(weeks: dict[str, str]) -> None:
    """States, counts with their denominators, moments, hashes, stories."""
    page, markdown = page_of(weeks), markdown_of(weeks)
    checked = list(facts(weeks))
    assert len({what for what, _ in checked}) > 20
    assert [one for one in checked if " ".join(one[1].split()) not in page] == []
    assert [one for one in checked if " ".join(one[1].split()) not in markdown] == []


def test_the_standing_of_each_platform_is_the_same_in_each(weeks: dict[str, str]) -> None:
    """As a platform's heading and the words that follow it."""
    words = {"blocked": "Blocked", "reachable": "Reachable", "not_known": "Could not be told", "retired": "Gone"}
    told = json.loads(weeks["json"])
    page, markdown = page_of(weeks), markdown_of(weeks)
    seen = set()
    for now in told["places"][0]["now"]:
        if now["standing"] in words:
            seen.add(now["standing"])
            said = f"{told['titles'][now['platform']]} {words[now['standing']]}"
            assert said in page
            assert said in markdown
    assert seen == set(words)


def test_a_day_without_a_look_is_null_and_a_dash(weeks: dict[str, str]) -> None:
    """And never a count of nothing."""
    (place,) = json.loads(weeks["json"])["places"]
    days = [day for month in place["calendar"] for row in month["rows"].values() for day in row]
    assert None in days
    assert all(day["looks"] > 0 for day in days if day is not None)
    assert "| – |" in weeks["markdown"]
    assert "0/0" not in weeks["markdown"]


def test_the_json_says_what_it_is_and_its_keys_are_documented(weeks: dict[str, str]) -> None:
    told = json.loads(weeks["json"])
    assert (told["format"], told["version"]) == (FORMAT, VERSION)
    documented = set(re.findall(r"`([^`\s]+)`", (ROOT / "docs" / "report.md").read_text(encoding="utf-8")))
    assert set(told) - {"format", "version"} <= documented
    (story,) = (one for one in told["stories"] if one["endpoints"])
    hop = story["endpoints"][0]["hops"][0]
    assert set(hop) - {"name", "changes", "silent"} <= documented
    assert [(one["layer"], one["came"]) for one in hop["path"]] == [
        ("dns", "passed"), ("tcp", "passed"), ("tls", "broke"), ("http", "not_reached"),
    ]  # fmt: skip
    assert weeks["json"].isascii()


def test_hostile_text_is_text_in_markdown(hostile: dict[str, str]) -> None:
    """Rendered by who lets HTML through: no element, no link, no column of its own."""
    reader = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    shown = reader.render(hostile["markdown"])
    assert set(re.findall(r"<(\w+)", shown)) <= set(
        "h1 h2 h3 h4 h5 p ul ol li table thead tbody tr th td strong br".split()
    )
    assert html.unescape(shown).count(HOSTILE.partition("\x1b")[0]) > 3
    assert not {"\x1b", "\u202e"} & set(hostile["markdown"])
    assert MADE_BY_TEMPLATE not in hostile["markdown"]


def test_hostile_text_is_text_in_json(hostile: dict[str, str]) -> None:
    assert hostile["json"].isascii()
    assert HOSTILE in list(words_of(json.loads(hostile["json"])))


@pytest.mark.parametrize(
    "text",
    [
        "<b>",
        "a | b",
        "*a* _b_",
        "[x](y)",
        "`x`",
        "# x",
        "http://x.example www.x.example",
        "a@b.example",
        "&lt;",
        "~~x~~",
    ],
)
def test_what_means_something_in_markdown_is_escaped(text: str) -> None:
    reader = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    assert html.unescape(reader.render(escaped(text))).strip() == f"<p>{text}</p>"


@pytest.mark.parametrize("text", ["1. x", "- x", "+ x", "= x", "12) x"])
def test_what_begins_a_list_is_escaped(text: str) -> None:
    assert html.unescape(MarkdownIt().render(as_markdown(f"<p>{text}</p>"))).strip() == f"<p>{text}</p>"


def test_markdown_keeps_the_order_and_the_shape() -> None:
    """Headings, lists, tables, folds, and what a picture shows; nothing that is for the eye alone."""
    page = (
        '<nav>x</nav><h2>A</h2><p>one <bdi dir="ltr">two</bdi><ul><li>a<li>b</ul>'
        "<dl><dt>c</dt><dd>d</dd></dl><details><summary><h3>E</h3> f</summary><p>g</p></details>"
        "<table><caption>t</caption><tr><th>h<th>i</tr><tr><td>j<td>k|l</tr></table>"
        '<p><span aria-hidden="true">✓</span> m <a href="#x">n</a></p><img src="data:," alt="p">'
    )
    assert as_markdown(page) == (
        "## A\n\none two\n\n- a\n- b\n- c: d\n\n### E f\n\ng\n\n"
        "**t**\n\n| h | i |\n| --- | --- |\n| j | k\\|l |\n\nm\n\np\n"
    )


@pytest.mark.parametrize("text", ["http://x.example", "HTTPS://x.example/y", "ftp://x", "WWW.x.example", "a@b.example"])
def test_no_address_becomes_a_link_by_itself(text: str) -> None:
    """Where one stands alone in the text, some readers of Markdown make a link of it (GFM 6.9)."""
    starts = re.compile(r"(?:https?|ftp)://|\bwww\.|[\w.+-]@", re.IGNORECASE)
    assert starts.search(text)
    assert not starts.search(escaped(text))
