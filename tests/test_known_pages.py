"""Pages of filters in many countries are recognised; what only speaks of them, or forbids by itself, is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.verdict.fingerprints import DATA_CENTRE, MECHANISM_OF_PAGE, ORDERED, SCOPE_OF_PAGE, UNKNOWN, Scope, recognise
from agent.verdict.fingerprints.reading import BYTES_READ, read
from agent.verdict.fingerprints.recognise import PAGES, PIECES, PLACES
from agent.verdict.fingerprints.record import Page, Place, pages
from agent.verdict.records import MECHANISMS
from tests import benign_pages


def as_shown(known: Page) -> bytes:
    """A page that holds the facts of `known`, and little else."""
    title = " - ".join(fact.removeprefix("=") for fact in known.title) or "page"
    attributes = "".join(f"<i data-x='{fact}'></i>" for fact in known.code)
    text = ", ".join(known.text).replace(" … ", " ")
    return f"<title>{title}</title><p>{text}</p>{attributes}".encode()


@pytest.mark.parametrize("known", PAGES, ids=lambda known: known.id)
def test_a_page_with_all_the_facts_of_a_known_one_is_recognised(known: Page) -> None:
    """As itself, or as another of the same country; never as one of a graver scope's."""
    found = recognise(200, "", as_shown(known))
    assert found in SCOPE_OF_PAGE
    assert (found in MECHANISM_OF_PAGE) == (known.scope in ORDERED)


@pytest.mark.parametrize("known", PAGES, ids=lambda known: known.id)
def test_the_same_page_within_an_article_is_not(known: Page) -> None:
    body = b'<meta property="article:published_time" content="2024">' + as_shown(known)
    assert recognise(200, "", body) == ""


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.at)
def test_a_redirect_or_a_frame_that_leads_to_a_filters_place_is_recognised(place: Place) -> None:
    at = f"http://{place.at}"
    to, shown = recognise(302, at, b""), recognise(200, "", f'<iframe width=1 src="{at}?x=1">'.encode())
    assert SCOPE_OF_PAGE[to] is place.scope
    assert (to in MECHANISM_OF_PAGE) == (shown in MECHANISM_OF_PAGE) == (place.scope in ORDERED)
    assert recognise(200, at, b"") == recognise(200, "", f'<p>See <a href="{at}">there</a>, or {at}.'.encode()) == ""


@pytest.mark.parametrize(
    "body",
    [
        b'<meta http-equiv="refresh" content="0; url=http://warning.or.kr/i1.html">',
        b"<meta http-equiv=refresh content=\"0;url='http://warning.or.kr'\">",
        b'<script>window.location.href = "http://warning.or.kr/";</script>',
        b'<script>location.replace("http://warning.or.kr")</script>',
        b"<FRAMESET><FRAME SRC=HTTP://WARNING.OR.KR></FRAMESET>",
        b"HTTP/1.1 302 Found\r\nServer: x\r\nLocation: http://warning.or.kr/\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_every_way_to_send_a_browser_on_is_seen(body: bytes) -> None:
    assert recognise(200, "", body) in {"kr_at_warning_or_kr", "kr_to_warning_or_kr"}


@pytest.mark.parametrize(
    ("page", "body"),
    [
        ("ru_law_149_access", "Доступ к ресурсу ограничен на основании Федерального закона № 149-ФЗ".encode("cp1251")),
        (
            "ru_law_149_access",
            "<meta charset=koi8-r>Доступ к ресурсу ограничен на основании Федерального закона 149-ФЗ".encode(),
        ),
        ("ru_law_149_access", "Доступ к ресурсу ограничен на основании закона 149-ФЗ".encode("koi8-r")),
        ("ru_law_149_access", "Доступ к ресурсу ограничен на основании 149-ФЗ".encode().decode("koi8-r").encode()),
        ("sa_blocked_url", "<title>Blocked URL العنوان محجوب</title>".encode()),
        ("tr_law_5651", "<p>5651 sayılı Kanun uyarınca ERİŞİME ENGELLENMİŞTİR".replace("I", "ı").encode()),
        ("id_internet_positif", b"<TITLE>Internet   Positif</TITLE>"),
    ],
)
def test_letters_spaces_and_charsets_make_no_difference(page: str, body: bytes) -> None:
    assert recognise(403, "", body) == page


def test_a_page_cut_within_a_letter_is_still_read() -> None:
    """A bound on the body knows no letters."""
    assert (
        recognise(200, "", "<p>Доступ к ресурсу ограничен на основании 149-ФЗ. Да".encode()[:-1]) == "ru_law_149_access"
    )


@pytest.mark.parametrize("name", benign_pages.PAGES)
@pytest.mark.parametrize("status", [None, 200, 301, 403, 451])
def test_no_innocent_page_is_a_filters(name: str, status: int | None) -> None:
    assert recognise(status, "https://www.site.example/", benign_pages.PAGES[name].encode()) == ""


@pytest.mark.parametrize(
    "location",
    [
        "https://site.example/?from=http://block.mgts.ru/",
        "https://site.example/block.mgts.ru",
        "https://block.mgts.ru.site.example/",
        "https://ufanet.ru/",
        "https://www.teleseti.com/tariffs",
        "https://login.example/?UrlRedir=http://site.example/",
        "https://help.block.om.example/",
        "/blocked",
    ],
)
def test_a_redirect_elsewhere_is_none(location: str) -> None:
    assert recognise(302, location, b"") == ""


@pytest.mark.parametrize(
    "words",
    [
        "<title>Site blocked</title><p>This site has been blocked by order of the Ministry of Truth.",
        "<title>Bloqueado</title><p>Este sitio ha sido bloqueado por orden judicial.",
        "<title>Blokováno</title><p>Stránka byla zablokována rozhodnutím soudu. Access blocked by court order.",
    ],
)
def test_a_page_that_speaks_of_an_order_and_is_on_no_list_is_told_apart(words: str) -> None:
    """It names no mechanism, and stands in no list: a sign, never a proof."""
    assert recognise(200, "", words.encode()) == UNKNOWN
    assert UNKNOWN not in SCOPE_OF_PAGE


@given(st.one_of(st.none(), st.integers(100, 599)), st.text(), st.binary(max_size=5000))
def test_any_answer_is_a_known_page_or_none(status: int | None, location: str, body: bytes) -> None:
    assert recognise(status, location, body) in {"", UNKNOWN, DATA_CENTRE, *SCOPE_OF_PAGE}


def test_every_id_is_one_pages_own_and_names_a_mechanism_of_the_list() -> None:
    ids = [page.id for page in PAGES] + [f(place) for place in PLACES for f in (_to, _at)] + [row[0] for row in PIECES]
    assert len(ids) == len(set(ids))
    assert set(MECHANISM_OF_PAGE.values()) <= MECHANISMS
    assert MECHANISM_OF_PAGE.keys() <= SCOPE_OF_PAGE.keys()
    assert all(page.source for page in PAGES)
    assert all(place.source for place in PLACES)


def test_facts_are_written_as_pages_are_read() -> None:
    """In small letters and with one kind of quotation mark, or they would never be found."""
    for known in PAGES:
        page = read(as_shown(known))
        assert page is not None
        assert all(map(page.holds, known.text)), known.id
        assert all(fact in page.code for fact in known.code), known.id


@pytest.mark.parametrize(
    "body",
    [b"<!--" * 30_000, b"<q>" * 40_000, b"<" * BYTES_READ, b"//" * 60_000, b"<script" * 15_000, b"src=" * 30_000],
)
def test_a_page_made_to_be_slow_is_read_in_one_pass(body: bytes) -> None:
    """Each is read to its end; a search that began anew at every byte would not end within a test's patience."""
    assert recognise(200, "", body) == ""


def test_a_line_without_facts_is_refused() -> None:
    with pytest.raises(ValueError, match="holds no facts"):
        pages("", Scope.NATION, "none", "name_alone")


def _to(place: Place) -> str:
    return place.redirect_id


def _at(place: Place) -> str:
    return place.shown_id
