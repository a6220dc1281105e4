"""The page as Markdown: the same texts in the same order, out of the page itself, so that neither says more or less.

Every text is escaped: what was measured or typed makes no markup, no link and no table of its own.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

#: What has a meaning in Markdown, or in the HTML that it may hold.
MARKUP = re.compile(r"([\\`*_{}\[\]<>|~#!&@])")
#: What would make a list out of a paragraph's beginning.
LIST_START = re.compile(r"^(\d+(?=[.)])|(?=[-+=]))")
#: What some readers of Markdown make a link of by itself.
LINK_START = re.compile(r"(?<=:)(?=//)|(?<=\bwww)(?=\.)", re.IGNORECASE)
HEADINGS = {"h1": "#", "h2": "##", "h3": "###", "h4": "####", "h5": "#####"}
#: What begins a block of its own.
BLOCKS = frozenset({"p", "div", "section", "article", "header", "main", "details", "summary", *HEADINGS})
#: What stands within a block, and how it begins; of a picture follows what it shows.
INLINE = {"br": " ", "dd": ": ", "img": "", "b": "**"}
#: What is for the eye or the hand alone.
LEFT_OUT = frozenset({"nav", "a", "style", "script"})


def as_markdown(page: str) -> str:
    """The Markdown of a page's HTML, of one language."""
    writer = _Writer()
    writer.feed(page)
    writer.close()
    writer.end_block()
    return "\n\n".join(writer.blocks) + "\n"


def escaped(text: str) -> str:
    """`text` so that in Markdown it is that text and nothing else."""
    return LINK_START.sub(r"\\", MARKUP.sub(r"\\\1", text))


class _Writer(HTMLParser):
    """Takes the page apart, tag by tag."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[str] = []
        #: The block under way, and what stands before it.
        self.text: list[str] = []
        self.before = ""
        #: The lists that one is in: "-" or "1."
        self.lists: list[str] = []
        #: The rows of the table that one is in. None: in none.
        self.rows: list[list[str]] | None = None
        #: Tags, from the outermost, of what is left out.
        self.skipping: list[str] = []
        self.in_summary = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if self.skipping or tag in LEFT_OUT or told.get("aria-hidden") == "true" or told.get("class") == "skip":
            if tag not in {"img", "br", "li"}:
                self.skipping.append(tag)
        elif tag in {"td", "th"} and self.rows:
            self.end_cell()
            self.rows[-1].append("")
        elif tag == "tr" and self.rows is not None:
            self.end_cell()
            self.rows.append([])
        elif self.rows is None:
            self._start_block(tag, told)
        else:
            self.text.append(" ")

    def _start_block(self, tag: str, told: dict[str, str | None]) -> None:
        if tag in {"ul", "ol"}:
            self.end_block()
            self.lists.append("-" if tag == "ul" else "1.")
        elif tag == "li":
            self.end_block()
            self.before = "  " * (len(self.lists) - 1) + f"{self.lists[-1]} "
        elif tag == "dt":
            self.end_block()
            self.before = "- "
        elif tag == "table":
            self.end_block()
            self.rows = []
        elif tag in INLINE:
            self.text.append(INLINE[tag] + escaped(told.get("alt") or ""))
        elif tag in BLOCKS:
            if not (tag in HEADINGS and self.in_summary):
                self.end_block()
            self.in_summary = tag == "summary" or (self.in_summary and tag in HEADINGS)
            self.before = f"{HEADINGS[tag]} " if tag in HEADINGS else self.before

    def handle_endtag(self, tag: str) -> None:
        if self.skipping:
            if tag == self.skipping[-1]:
                self.skipping.pop()
        elif tag == "table" and self.rows is not None:
            self._end_table()
        elif tag == "caption":
            self._end_caption()
        elif self.rows is not None or (tag in HEADINGS and self.in_summary):
            self.text.append(" ")
        elif tag == "b":
            self.text.append("**")
        elif tag in {"ul", "ol"}:
            self.end_block()
            self.lists.pop()
        elif tag in {"li", "dd", *BLOCKS}:
            self.end_block()
            self.in_summary = False

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            self.text.append(escaped(data))

    def end_block(self) -> None:
        """Write what is under way; a list's lines stand together."""
        text = LIST_START.sub(r"\1\\", " ".join("".join(self.text).split()))
        block, self.text, before = self.before + text, [], self.before
        if not text:
            return
        self.before = ""
        is_line = bool(before) and not before.startswith("#")
        if is_line and self.blocks and re.match(r" *(-|1\.) ", self.blocks[-1].rsplit("\n", 1)[-1]):
            self.blocks[-1] += f"\n{block}"
        else:
            self.blocks.append(block)

    def end_cell(self) -> None:
        """Put what is under way into the table's cell."""
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] = " ".join("".join(self.text).split())
        self.text = []

    def _end_caption(self) -> None:
        self.blocks.append(f"**{' '.join(''.join(self.text).split())}**")
        self.text = []

    def _end_table(self) -> None:
        self.end_cell()
        rows, self.rows = self.rows or [], None
        lines = [f"| {' | '.join(row)} |" for row in rows if row]
        if lines:
            lines.insert(1, "|" + " --- |" * len(rows[0]))
            self.blocks.append("\n".join(lines))
