"""What is known of one page that a filter serves: where to look, for what, and who runs the filter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """Who keeps the visitor from the page. It decides how the page is judged."""

    #: A law or an authority of the country speaks.
    NATION = "nation"
    #: An access provider, or a host, that carries out what it is ordered.
    PROVIDER = "provider"
    #: A product that providers and offices use alike; the page does not say whose it is.
    PRODUCT = "product"
    #: A filter that the place's owner, or the subscriber, chose: an office, a school, a family, a virus scanner.
    CHOICE = "choice"


#: Those that speak for the network on the way, and so settle a verdict alone.
ORDERED = frozenset({Scope.NATION, Scope.PROVIDER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a filter. Every fact must be there, in small letters.

    `=` before a title's says: that and no more. `…` in a text's says: and not far behind.
    """

    id: str
    #: ISO 3166 code; empty: seen in many.
    country: str
    scope: Scope
    source: str
    #: In the title, in the text that one sees, in the source (attributes and scripts included).
    title: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    code: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A host of a filter, or a page there: an answer that sends on to it, or frames it, is the filter's."""

    #: Host, with a port where it tells, and the beginning of the path: `block.example/page`.
    at: str
    country: str
    scope: Scope
    source: str

    @property
    def redirect_id(self) -> str:
        """The id of a redirect to it."""
        return f"{self._stem}_to_{self._name}"

    @property
    def shown_id(self) -> str:
        """The id of a page that shows it in a frame, or sends on to it by itself."""
        return f"{self._stem}_at_{self._name}"

    @property
    def _stem(self) -> str:
        return self.country.lower() or "any"

    @property
    def _name(self) -> str:
        return "".join(letter if letter.isalnum() else "_" for letter in self.at.lower()).strip("_")


def places(country: str, scope: Scope, source: str, table: str) -> tuple[Place, ...]:
    """Places of one country, scope and source, from a table of them separated by blanks."""
    return tuple(Place(at=at.lower(), country=country, scope=scope, source=source) for at in table.split())


def pages(country: str, scope: Scope, source: str, table: str) -> tuple[Page, ...]:
    """Pages of one country, scope and source, a line each: `id: fact | fact`.

    A fact is of the text unless `title`, or `code`, stands before it in square brackets.
    """
    return tuple(_page(line, country, scope, source) for line in table.strip().splitlines() if line.strip())


def _page(line: str, country: str, scope: Scope, source: str) -> Page:
    name, _, facts = line.strip().partition(": ")
    found: dict[str, tuple[str, ...]] = {}
    for fact in facts.split(" | "):
        where, _, said = fact.partition("] ") if fact.startswith("[") else ("[text", "", fact)
        found[where[1:]] = (*found.get(where[1:], ()), said.lower())
    if not facts or not found.keys() <= {"title", "text", "code"}:
        raise ValueError(f"A page's line holds no facts, or one in a place that is none: {line}")
    page_id = f"{country.lower() or 'any'}_{name}"
    return Page(
        id=page_id,
        country=country,
        scope=scope,
        source=source,
        title=found.get("title", ()),
        text=found.get("text", ()),
        code=found.get("code", ()),
    )
