"""What of a page tells a filter's from an article about it: title, text that one sees, and where it leads by itself.

A filter's page says little and says it at once. Whatever is long, or shaped as an article, is not read at all; what is
quoted is not heard.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from agent.verdict.fingerprints.voice import FEW_WORDS, REPORTS, TURNS_TO_READER
from probes.page import text_of

#: Bytes looked at. The longest page known of a filter, a provider's whole portal around it, holds some 100 kB.
BYTES_READ = 131_072
#: Characters of text that a page may show. The longest notice known of a filter, of many laws, shows 3,500.
TEXT_CHARACTERS = 4_000
#: Characters that a page shaped as an article may show: of a notice that was made from an article's template.
ARTICLE_CHARACTERS = 1_400
#: Links that it may hold: a provider's menu around the notice counts some 70.
LINKS = 80
#: Characters between the parts of a sentence that belong together.
GAP = 200
#: Addresses in it that are looked at.
URLS = 400
#: Marks of a page that has an author, or is one of many: a blog's post, a newspaper's.
PUBLISHED = (b"article:published_time", b'"newsarticle"', b'"blogposting"', b"datepublished", b'rel="author"')
ARTICLE = (b"<article", b'content="article"', b"<time ")
#: Where a page quotes: what stands there is not its own, neither words nor frames.
_QUOTING = re.compile(r"<(blockquote|q|pre|code|textarea|cite|template)\b")
#: Where what one does not see begins: remarks and programs.
_HIDDEN = re.compile(r"<(?:!--|(script|style)\b)")
_TITLE = re.compile(r"<title(?:\s[^<>]{0,200})?>([^<]{0,1000})")
_TAG = re.compile(r"<[^<>]*>")
#: One sign for many of the same meaning; the dot above is what is left of a capital I of Turkish.
_QUOTES = str.maketrans(dict.fromkeys("«»“”„‟″", '"') | {"’": "'", "ё": "е", "№": "n", "\u0307": ""})
_URL = re.compile(r"//([a-z0-9.\-]{3,80}(?::\d{1,5})?(?:/[^\s\"'<>]{0,400}|\?[^\s\"'<>]{0,400})?)")
#: Characters before a URL that tell what it is there for.
_BEFORE = 160
#: What stands right before a URL that is shown, and how near: most stand in links, and need no further look.
_SHOWING = ("src", "action", "background", "url", "location", "replace", "assign", "open")
_NEAR = 24
#: Within a tag, or a program, what makes a browser go to a URL by itself, or show what is there.
_SHOWN = re.compile(
    r"<[a-z]+\b[^<>]*[\s\"';](?:src|action|background|url)\s{0,3}=\s{0,3}[\"']?$|"
    r"<(?:link|base)\b[^<>]*\bhref\s{0,3}=\s{0,3}[\"']?$|"
    r"\burl\s{0,3}\(\s{0,3}[\"']?$|<meta\b[^<>]*[;\s\"']url\s{0,3}=\s{0,3}(?:[\"']|&#0?39;)?$|"
    r"\b(?:location(?:\.href)?\s{0,3}=|(?:location\.)?(?:replace|assign|open)\s{0,3}\()\s{0,3}[\"']$"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A page, read: all in small letters, one blank for many, one kind of quotation mark."""

    title: str
    text: str
    code: str
    #: Where it leads by itself, or has what it shows from: host, port and path of each, without the scheme.
    leads_to: tuple[str, ...]

    @property
    def is_notice(self) -> bool:
        """Whether it speaks to its reader of this very page, and tells nobody's news."""
        if REPORTS.search(self.text):
            return False
        return len(self.text) <= FEW_WORDS or TURNS_TO_READER.search(self.text) is not None

    def holds(self, fact: str) -> bool:
        """Whether the text has the parts of `fact`, which `…` parts, in that order and each close behind the last."""
        if "…" not in fact:
            return fact in self.text
        first, *rest = fact.split(" … ")
        at = self.text.find(first)
        while at >= 0:
            if self._goes_on(at + len(first), rest):
                return True
            at = self.text.find(first, at + 1)
        return False

    def says(self, fact: str) -> bool:
        """The same in its own words: not right behind a quotation mark, as one who quotes."""
        at = self.text.find(fact.partition(" … ")[0])
        return self.holds(fact) and not (at > 1 and self.text[at - 1] == '"')

    def _goes_on(self, at: int, parts: list[str]) -> bool:
        for part in parts:
            at = self.text.find(part, at, at + GAP + len(part))
            if at < 0:
                return False
            at += len(part)
        return True


def read(body: bytes) -> Reading | None:
    """The page that `body` is; None when it is too long, or an article: then it is no filter's."""
    raw = body[:BYTES_READ]
    small = raw.lower()
    if small.count(b"<a ") > LINKS or any(mark in small for mark in PUBLISHED):
        return None
    own = _without(text_of(raw).lower(), _QUOTING)
    seen = " ".join(_TAG.sub(" ", _without(own, _HIDDEN)).split())
    if len(seen) > (ARTICLE_CHARACTERS if any(mark in small for mark in ARTICLE) else TEXT_CHARACTERS):
        return None
    text = _folded(seen)
    title = _TITLE.search(own)
    return Reading(title=_folded(title[1]) if title else "", text=text, code=own, leads_to=tuple(_leads(own)))


def _without(source: str, opens: re.Pattern[str]) -> str:
    """A page's source without the elements that `opens` begins. What is never closed lasts to the end."""
    parts, at = [], 0
    for opening in opens.finditer(source):
        if opening.start() < at:
            continue
        parts.append(source[at : opening.start()])
        closing = source.find(f"</{opening[1]}" if opening[1] else "--", opening.end())
        at = source.find(">", closing) + 1 if closing >= 0 else 0
        if at == 0:
            return " ".join(parts)
    return " ".join([*parts, source[at:]])


def _folded(text: str) -> str:
    return " ".join(html.unescape(text).translate(_QUOTES).split())


def _leads(own: str) -> Iterator[str]:
    for found in islice(_URL.finditer(own), URLS):
        before = own[max(0, found.start() - _BEFORE) : found.start()].removesuffix("http:").removesuffix("https:")
        may_show = any(word in before[-_NEAR:] for word in _SHOWING) or "<link" in before or "<base" in before
        if may_show and _SHOWN.search(before):
            yield found[1]
