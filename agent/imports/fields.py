"""Values out of JSON that anybody may have written: of the right type and within bounds, or refused by their name."""

from __future__ import annotations

import math
from typing import Any

#: Entries of one list. A long web measurement has some hundred; what is made of them takes time by their square.
ENTRIES_MAX = 1000
#: Characters of one short text: a name, an address, a failure.
TEXT_CHARACTERS_MAX = 4096

Table = dict[str, Any]


class MalformedError(ValueError):
    """A measurement is not what its format says. The message is a clause that names the field."""


def table(value: Any, name: str) -> Table:
    """An object; nothing is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MalformedError(f"{name} is no object")
    return value


def tables(value: Any, name: str) -> list[Table]:
    """A list of objects; nothing is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise MalformedError(f"{name} is no list")
    if len(value) > ENTRIES_MAX:
        raise MalformedError(f"{name} has more than {ENTRIES_MAX} entries")
    return [table(entry, f"an entry of {name}") for entry in value]


def texts(value: Any, name: str) -> list[str]:
    """The texts of a list; what else is in it is left out."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise MalformedError(f"{name} is no list")
    if len(value) > ENTRIES_MAX:
        raise MalformedError(f"{name} has more than {ENTRIES_MAX} entries")
    return [entry for entry in value if isinstance(entry, str)]


def text(value: Any) -> str:
    """A short text; empty for anything else, and cut where it is none."""
    return value[:TEXT_CHARACTERS_MAX] if isinstance(value, str) else ""


def whole(value: Any, *, minimum: int = 0, maximum: int) -> int | None:
    """A whole number within its bounds; None for anything else. True is none."""
    fits = isinstance(value, int) and not isinstance(value, bool) and minimum <= value <= maximum
    return value if fits else None


def seconds(value: Any) -> float:
    """Seconds since a measurement's start; 0 for what is none, or longer than a day."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if math.isfinite(value) and 0 <= value <= 86_400 else 0.0
