"""Titles and redirects of pages that mean well, and of pages that do not."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.limits import TITLE_CHARACTERS
from probes.page import origin_of, skew_of, status_and_location, title_of, url_of

BASE = "https://site.example/here"


@pytest.mark.parametrize(
    ("body", "content_type", "title"),
    [
        (b"<title>Home</title>", "", "Home"),
        (b"<HTML><Title lang=en>\n Two \t words </TITLE>", "", "Two words"),
        ("<title>خانه</title>".encode(), "text/html; charset=utf-8", "خانه"),
        ("<title>خانه</title>".encode(), "", "خانه"),
        ("<title>سایت</title>".encode("windows-1256", "replace"), "text/html; charset=windows-1256", "سا?ت"),
        (b'<meta charset="iso-8859-1"><title>caf\xe9</title>', "", "café"),
        ("<title>باز</title>".encode("windows-1256"), "text/html; charset=utf-8", "باز"),
        (b"<title>a &amp; b &#x6A9;</title>", "", "a & b ک"),
        (b"<title>a\x1b[31mb</title>", "", "a[31mb"),
        (b"<title>M1-6</title>", "text/html; charset=no-such", "M1-6"),
        (b"<title>+2AA-</title>", "text/html; charset=utf-7", "+2AA-"),
        (b"<title>unclosed", "", ""),
        (b"<titles>no</titles>", "", ""),
        (b"", "", ""),
    ],
)
def test_titles(body: bytes, content_type: str, title: str) -> None:
    """One line of readable text in the first charset that fits; empty when there is no whole title."""
    assert title_of(body, content_type=content_type) == title


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b"HTTP/1.1 301 Moved Permanently\r\nLocation: http://10.10.34.34\r\n\r\n", (301, "http://10.10.34.34")),
        (b"HTTP/1.0 403 Forbidden\r\nConnection:close\r\n\r\nLocation: in the body\r\n", (403, "")),
        (b"HTTP/1.1 302", (302, "")),
        (b"SSH-2.0-server\r\n", (None, "")),
        (b"", (None, "")),
    ],
)
def test_an_answer_that_came_where_none_belongs_is_read_as_far_as_it_goes(
    raw: bytes, read: tuple[int | None, str]
) -> None:
    assert status_and_location(raw) == read


@given(st.binary(max_size=300), st.text(max_size=40))
def test_no_title_is_long_or_unwritable(inner: bytes, content_type: str) -> None:
    """Whatever stands between the tags, the title is short, of one line and can be written as UTF-8."""
    title = title_of(b"<title>" + inner + b"</title>", content_type=f"text/html; charset={content_type}")
    assert len(title) <= TITLE_CHARACTERS
    assert title.isprintable()
    title.encode()


@pytest.mark.parametrize(
    ("location", "origin"),
    [
        ("https://other.example/path?query#part", "https://other.example"),
        ("http://10.10.34.34", "http://10.10.34.34"),
        ("http://other.example:8080/x", "http://other.example:8080"),
        ("https://other.example:443/", "https://other.example"),
        ("//other.example/x", "https://other.example"),
        ("/login", "https://site.example"),
        ("login", "https://site.example"),
        ("https://name:secret@other.example/", "https://other.example"),
        ("http://[d0:0:0:0:0:0:0:11]:80/", "http://[d0::11]"),
        ("HTTPS://OTHER.Example./", "https://other.example"),
    ],
)
def test_redirects(location: str, origin: str) -> None:
    """Scheme, host and unusual port are kept; path, query and secrets are not."""
    assert origin_of(location, base=BASE) == origin


@pytest.mark.parametrize(
    "location",
    [
        "javascript:alert(1)",
        "http://",
        "https://",
        "HTTPS://",
        "//",
        "https:///path",
        "http://[bad/",
        "http://a b/",
        "http://x:99999/",
        "ftp://x/",
        "http://" + "x" * 300,
    ],
)
def test_redirects_to_nowhere(location: str) -> None:
    """What is no web address is an error."""
    for told in (origin_of, url_of):
        with pytest.raises(ValueError, match=r"."):
            told(location, base=BASE)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("https://other.example/path?query#part", "https://other.example/path?query"),
        ("https://other.example", "https://other.example/"),
        ("https://other.example?query", "https://other.example/?query"),
        ("//other.example:8443/x", "https://other.example:8443/x"),
        ("/login?next=/", "https://site.example/login?next=/"),
        ("?again", "https://site.example/here?again"),
        ("https://name:secret@Other.example./", "https://other.example/"),
    ],
)
def test_a_redirect_can_be_asked_for_whole(location: str, url: str) -> None:
    """Path and query too; credentials and fragment are nothing that is sent."""
    assert url_of(location, base=BASE) == url


@given(st.text(max_size=100))
def test_no_location_gives_more_than_an_origin(location: str) -> None:
    """Whatever a server sends, it is an error or an origin without a path."""
    try:
        origin = origin_of(location, base=BASE)
    except ValueError:
        return
    assert url_of(location, base=BASE).startswith(origin + "/")
    assert origin.startswith(("http://", "https://"))
    assert "/" not in origin.split("://", 1)[1]
    assert not any(character.isspace() for character in origin)


def test_the_clock() -> None:
    """The server's clock minus ours, in seconds; nothing for what is no date."""
    now = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
    assert skew_of("Tue, 24 Nov 2026 12:01:30 GMT", now=now) == 90.0
    assert skew_of("Tue, 24 Nov 2026 11:00:00 -0000", now=now) == -3600.0
    for absurd in ("", "yesterday", "Tue, 99 Nov 2026 12:00:00 GMT", "Tue, 24 Nov 99999 12:00:00 GMT"):
        assert skew_of(absurd, now=now) is None


@given(st.text(max_size=60))
def test_no_date_breaks_the_clock(date: str) -> None:
    """Any text is a date or nothing."""
    skew = skew_of(date, now=datetime(2026, 1, 1, tzinfo=UTC))
    assert skew is None or isinstance(skew, float)
