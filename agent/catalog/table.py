"""Reads a table of a TOML data file strictly: every key known, every value of its type, every refusal one sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of a data file, with what an error has to say: where it stands, and which exception to raise."""

    values: Mapping[str, Any]
    #: File and entry, e.g. "catalog.toml, target signal/chat".
    where: str
    error: type[ValueError]

    def refuse(self, sentence: str) -> ValueError:
        """The exception to raise, its sentence opened by where the fault stands."""
        return self.error(f"{self.where}: {sentence}")

    def named(self, kind: str, name: str) -> Table:
        """The same table, with its entry's name in every later sentence."""
        file = self.where.partition(",")[0]
        return Table(values=self.values, where=f"{file}, {kind} {name}", error=self.error)

    def only(self, *known: str) -> None:
        """Refuses keys that are not among `known`, and proposes the nearest one."""
        for key in self.values:
            if key not in known:
                near = get_close_matches(key, known, n=1)
                remedy = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}."
                raise self.refuse(f"unknown key {key!r}; {remedy}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty. With a default the key may be missing."""
        value = self._value(key, str, "a text in quotes", default)
        if value == "" and default != "":
            raise self.refuse(f"{key!r} is empty; write a text.")
        return str(value)

    def choice(self, key: str, allowed: Iterable[str], default: str | None = None) -> str:
        """A text out of a closed list."""
        value, words = self.text(key, default), tuple(allowed)
        if value not in words:
            raise self.refuse(f"{key!r} is {value!r}; it must be one of {', '.join(words)}.")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """true or false."""
        return bool(self._value(key, bool, "true or false", default))

    def number(self, key: str) -> int:
        """A whole number."""
        return int(self._value(key, int, "a whole number", None))

    def moment(self, key: str) -> date | datetime | None:
        """A day (2021-01-25) or a moment (2019-11-16T14:00:00Z); None when the key is missing."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, date):
            raise self.refuse(f"{key!r} must be a day such as 2021-01-25 without quotes, not {value!r}.")
        if isinstance(value, datetime) and value.tzinfo is None:
            raise self.refuse(f"{key!r} has no time zone; end it with Z for UTC.")
        return value

    def day(self, key: str) -> date | None:
        """A day; None when the key is missing."""
        value = self.moment(key)
        if isinstance(value, datetime):
            raise self.refuse(f"{key!r} must be a day such as 2021-01-25, without a time.")
        return value

    def texts(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        """A list of texts, none of them empty; when `required`, with at least one."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.refuse(f'{key!r} must be a list of texts, such as ["one", "two"].')
        if required and not value:
            raise self.refuse(f"{key!r} is missing or empty; give at least one.")
        return tuple(value)

    def tables(self, key: str) -> tuple[Table, ...]:
        """The tables of an array of tables, at least one."""
        value = self.values.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            raise self.refuse(f"has no [[{key}]] table; write at least one.")
        return tuple(
            Table(values=item, where=f"{self.where}, {key} {at}", error=self.error) for at, item in enumerate(value, 1)
        )

    def sources(self, key: str, known: Mapping[str, str]) -> tuple[str, ...]:
        """Keys into the file's [sources] table; never none."""
        keys = self.texts(key, required=False)
        if not keys:
            raise self.refuse(f"has no source; name in {key!r} at least one key of the [sources] table.")
        for name in keys:
            if name not in known:
                raise self.refuse(f"source {name!r} is unknown; add it to the [sources] table.")
        return keys

    def _value(self, key: str, kind: type, says: str, default: Any) -> Any:
        value = self.values.get(key, default)
        if value is None:
            raise self.refuse(f"{key!r} is missing; write {says}.")
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.refuse(f"{key!r} must be {says}, not {value!r}.")
        return value


def read_document(path: Path, error: type[ValueError]) -> Table:
    """The whole file as one table. Raises `error` when it cannot be read or is not TOML."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise error(f"{path.name}: cannot be read ({fault.strerror}); give a file that can.") from fault
    except UnicodeDecodeError as fault:
        raise error(f"{path.name}: is not UTF-8 text; save it as UTF-8.") from fault
    except tomllib.TOMLDecodeError as fault:
        raise error(f"{path.name}: is not valid TOML: {fault}; correct it there.") from fault
    return Table(values=values, where=path.name, error=error)


def read_sources(document: Table) -> dict[str, str]:
    """The [sources] table: key to address, neither empty."""
    values = document.values.get("sources")
    if not isinstance(values, dict) or not values:
        raise document.refuse("has no [sources] table; write one, with a key and an address for each source.")
    table = Table(values=values, where=f"{document.where}, sources", error=document.error)
    return {key: table.text(key) for key in values}


def unique(document: Table, kind: str, names: Iterable[str]) -> None:
    """Refuses a name that is given twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise document.refuse(f"{kind} {name!r} is there twice; remove or rename one.")
        seen.add(name)
