"""What a row keeps of a web page: its title, and where it redirects to. Pure, and sure of nothing a server says."""

from __future__ import annotations

import codecs
import html
import ipaddress
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import chain
from urllib.parse import SplitResult, urljoin, urlsplit

from probes.limits import HOST_CHARACTERS, TITLE_BYTES, TITLE_CHARACTERS

_TITLE_OPENS = re.compile(rb"<title(?:\s[^>]{0,200})?>", re.IGNORECASE)
_TITLE_CLOSES = re.compile(rb"</title", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
#: A Location that says it names a host: with two slashes after the scheme, or instead of one (RFC 3986 4.2).
_NAMES_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
#: What most small letters of Russian look like when their UTF-8 is read as KOI8-R: three of them.
_FRAMED = re.compile(r"(?:[пя][\u2550-\u256c\u2580-\u2593]){3}")
_UTF_8 = codecs.getincrementaldecoder("utf-8")
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})\b")
_LOCATION_HEADER = re.compile(rb"^Location:([^\r\n]{0,2000})", re.IGNORECASE | re.MULTILINE)
_HOST = re.compile(r"[^\s/\\?#@<>\"'|^`{}\x00-\x20\x7f]+")


def title_of(body: bytes, *, content_type: str) -> str:
    """The page's title in one line, at most `TITLE_CHARACTERS`; empty when there is none.

    Its charset is the header's, the page's own, UTF-8 or, as a last resort, windows-1256, which old Iranian
    pages are written in; the first of them that fits the bytes.
    """
    opens = _TITLE_OPENS.search(body)
    if opens is None:
        return ""
    closes = _TITLE_CLOSES.search(body, opens.end())
    if closes is None:
        return ""
    text = html.unescape(_decode(body[opens.end() : closes.start()][:TITLE_BYTES], _charsets(body, content_type)))
    folded = " ".join(text.split())
    return "".join(character for character in folded if character.isprintable())[:TITLE_CHARACTERS]


def text_of(body: bytes) -> str:
    """The whole of a page as text: as UTF-8 where it is that, whatever it says of itself; else by its own charset.

    Where that does not fit, or none is named, a likely one is taken.
    """
    try:
        return _undone(_UTF_8().decode(body))  # a character that a bound has cut is no fault
    except UnicodeDecodeError:
        return _decode(body, chain(_charsets(body, ""), _cyrillic(body)))


def _undone(text: str) -> str:
    """`text`, or what it was before somebody read its UTF-8 as KOI8-R: it is full of frames then."""
    if text.isascii() or not _FRAMED.search(text):  # most pages are, and that is known without looking
        return text
    return text.encode("koi8-r", "ignore").decode("utf-8", "ignore")


def _cyrillic(body: bytes) -> Iterator[str]:
    """The old charset of Russian that `body` looks written in: small letters, the most of any text, tell them apart."""
    letters = Counter(byte >> 5 for byte in body if byte >= 0xC0)
    most = 0.7 * letters.total()
    if letters[0xE0 >> 5] > most:
        yield "windows-1251"
    if letters[0xC0 >> 5] > most:
        yield "koi8-r"


def status_and_location(raw: bytes) -> tuple[int | None, str]:
    """Status and Location of an HTTP answer that came where none belongs, read as far as it goes; None: it is none."""
    status = _STATUS_LINE.match(raw)
    location = _LOCATION_HEADER.search(raw.partition(b"\r\n\r\n")[0])
    return int(status[1]) if status else None, location[1].decode("latin-1").strip() if location else ""


def origin_of(location: str, *, base: str) -> str:
    """Scheme, host and, where it is not the scheme's own, port that a Location header leads to from the URL `base`.

    Raises `ValueError` when it leads to no web address.
    """
    return _origin(_join(location, base))


def url_of(location: str, *, base: str) -> str:
    """The whole URL that a Location header leads to from the URL `base`, without credentials and fragment.

    It may hold the visitor's address, so it is for asking and never for a row. Raises `ValueError` as `origin_of` does.
    """
    url = _join(location, base)
    return _origin(url) + (url.path or "/") + (f"?{url.query}" if url.query else "")


def _join(location: str, base: str) -> SplitResult:
    said = location.strip()
    if _NAMES_HOST.match(said) and not urlsplit(said).netloc:
        raise ValueError("A redirect names no host.")  # joining would lend it the host of `base`, as no browser does
    return urlsplit(urljoin(base, said))


def _origin(url: SplitResult) -> str:
    host = (url.hostname or "").rstrip(".")
    if url.scheme not in ("http", "https") or not _HOST.fullmatch(host) or len(host) > HOST_CHARACTERS:
        raise ValueError("A redirect leads to no web address.")
    if ":" in host:
        host = f"[{ipaddress.IPv6Address(host)}]"
    default_port = {"http": 80, "https": 443}[url.scheme]
    return f"{url.scheme}://{host}" + ("" if url.port in (None, default_port) else f":{url.port}")


def skew_of(date_header: str, *, now: datetime) -> float | None:
    """Seconds by which a Date header is ahead of `now`; None when it is no date."""
    try:
        said = parsedate_to_datetime(date_header)
        return round((said.replace(tzinfo=said.tzinfo or UTC) - now).total_seconds(), 1)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _charsets(body: bytes, content_type: str) -> Iterator[str]:
    if header := _HEADER_CHARSET.search(content_type):
        yield header[1]
    if meta := _META_CHARSET.search(body[:TITLE_BYTES]):
        yield meta[1].decode("ascii", "replace")
    yield "utf-8"


def _decode(text: bytes, charsets: Iterator[str]) -> str:
    """`text` by the first charset that exists and fits."""
    for charset in charsets:
        try:
            codec = codecs.lookup(charset).name
            # utf-7 and the escapes are codecs of Python, not charsets of pages; they can yield half characters.
            if codec not in ("utf-7", "unicode_escape", "raw_unicode_escape", "idna", "punycode"):
                return text.decode(codec)
        except (LookupError, ValueError):
            continue
    return text.decode("windows-1256", "replace")
