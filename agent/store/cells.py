"""How one value stands in a CSV cell, and how it is read back. No cell can act on the program that shows it.

A cell never holds a character that does not print: each stands as a visible escape (`\\x1b`, `\\u202e`), so that no
cell can drive a terminal, turn the reading direction, or break a line. A cell that a spreadsheet would take for a
formula begins with an apostrophe. Reading undoes both.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from agent.language import N_, _

#: Characters that print nothing and are still part of ordinary words: the joiners of Persian and Indic writing.
JOINERS = "\u200c\u200d"
#: What begins a formula in one spreadsheet or another, once compatibility forms are folded (OWASP, CSV injection).
#: U+2212 is the true minus sign, which folding leaves alone.
FORMULA_STARTS = frozenset("=+-@\u2212")
#: An empty member of a list; no other escape looks like it.
EMPTY_MEMBER = r"\e"

ESCAPES = re.compile(r"\\(?:(\\)|(e)|x([0-9a-f]{2})|u([0-9a-f]{4})|U(00(?:0[1-9a-f]|10)[0-9a-f]{4})|(.?))", re.DOTALL)
WHOLE_NUMBER = re.compile(r"-?[0-9]+")
DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One type of cell. Both functions raise `ValueError` on what does not belong in one."""

    #: Its name in the data dictionary.
    says: str
    encode: Callable[[Any], str]
    decode: Callable[[str], Any]
    #: Its type in a pandas frame.
    dtype: str
    #: The closed list of values, where there is one.
    choices: tuple[str, ...] = ()


def kind_of(python_type: Any) -> Kind:
    """The kind for a field's type. Raises `TypeError` for a type that has no form in a cell."""
    if isinstance(python_type, type) and issubclass(python_type, StrEnum):
        return _choice(python_type)
    if python_type not in KINDS:
        raise TypeError(f"{python_type} has no form in a CSV cell; add it to agent.store.cells.KINDS.")
    return KINDS[python_type]


@lru_cache(maxsize=4096)
def encode_text(text: str) -> str:
    """`text` as a cell: unprintable characters escaped, formulas defused."""
    return _defuse(_escape(text))


def decode_text(cell: str) -> str:
    """The text that `encode_text` was given. Raises `ValueError` on an escape that it does not write."""
    return _unescape(cell.removeprefix("'"))


def is_inert(cell: str) -> bool:
    """Whether a cell, whoever wrote it, acts on the program that shows it no more than one of ours."""
    prints = cell.isprintable() or all(one.isprintable() or one in JOINERS for one in cell)
    return prints and (cell.startswith("'") or _defuse(cell) == cell or DECIMAL.fullmatch(cell) is not None)


def encode_list(members: tuple[str, ...]) -> str:
    """Members separated by single spaces; a space within a member is escaped."""
    return _defuse(" ".join(_escape(member).replace(" ", r"\x20") or EMPTY_MEMBER for member in members))


def decode_list(cell: str) -> tuple[str, ...]:
    """The members that `encode_list` was given; an empty cell is an empty list."""
    plain = cell.removeprefix("'")
    return tuple(_unescape(member) for member in plain.split(" ")) if plain else ()


def encode_moment(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, which are cut, not rounded. A moment without a time zone is refused."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _decode_moment(cell: str) -> datetime:
    return datetime.fromisoformat(_shaped(cell, MOMENT, N_("a moment such as 2026-11-24T05:57:00.000Z")))


def _encode_decimal(number: float) -> str:
    if not math.isfinite(number):
        raise ValueError(f"{number!r} is not a finite number")
    return f"{round(number, 3) + 0.0:.3f}"  # adding zero turns -0.0 into 0.0


def _encode_truth(truth: bool) -> str:
    return "true" if truth else "false"


def _decode_truth(cell: str) -> bool:
    if cell not in ("true", "false"):
        raise ValueError(_("{cell!r} is neither true nor false").format(cell=cell))
    return cell == "true"


def _choice(enum: type[StrEnum]) -> Kind:
    return Kind(
        says="one of its words",
        encode=lambda member: enum(member).value,
        decode=enum,
        dtype="category",
        choices=tuple(member.value for member in enum),
    )


KINDS: dict[Any, Kind] = {
    str: Kind(says="text", encode=encode_text, decode=decode_text, dtype="string"),
    bool: Kind(says="true or false", encode=_encode_truth, decode=_decode_truth, dtype="boolean"),
    int: Kind(
        says="whole number",
        encode=lambda number: str(int(number)),
        decode=lambda cell: int(_shaped(cell, WHOLE_NUMBER, N_("a whole number"))),
        dtype="Int64",
    ),
    float: Kind(
        says="number with 3 decimals",
        encode=_encode_decimal,
        decode=lambda cell: float(_shaped(cell, DECIMAL, N_("a number"))),
        dtype="Float64",
    ),
    datetime: Kind(says="moment, UTC", encode=encode_moment, decode=_decode_moment, dtype="datetime64[ms, UTC]"),
    tuple[str, ...]: Kind(says="list, separated by spaces", encode=encode_list, decode=decode_list, dtype="string"),
}


def _shaped(cell: str, shape: re.Pattern[str], name: str) -> str:
    if not shape.fullmatch(cell):
        raise ValueError(_("{cell!r} is not {shape}").format(cell=cell[:40], shape=_(name)))
    return cell


def _escape(text: str) -> str:
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if character == "\\":
        return r"\\"
    if character.isprintable() or character in JOINERS:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _unescape(text: str) -> str:
    return ESCAPES.sub(_unescaped, text) if "\\" in text else text


def _unescaped(found: re.Match[str]) -> str:
    backslash, empty, *codes, foreign = found.groups()
    if foreign is not None:
        raise ValueError(_("{text!r} is not an escape of this store").format(text=found.group()))
    if backslash or empty:
        return backslash or ""
    return chr(int(next(code for code in codes if code), 16))


def _defuse(text: str) -> str:
    """A leading apostrophe where a spreadsheet would see a formula, and where the text's own would be taken for it."""
    first = unicodedata.normalize("NFKC", text.lstrip(f" {JOINERS}")[:1])[:1]
    return f"'{text}" if first in FORMULA_STARTS or text.startswith("'") else text
