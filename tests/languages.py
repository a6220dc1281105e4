"""A language that nobody speaks, made of every text in the code: what is not in it was never given to be translated."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from agent import language

#: Its code, which is that of no language.
MIRROR = "xx"
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
#: What stays in a translation as it is.
PLACEHOLDERS = re.compile(r"(\{[^{}]*\}|%\(\w+\)[srd]|%[srd])")
_LETTERS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "αβγδεζηθικλμνξοπρστυφχψωϊϋ" + "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫ"
)


@cache
def texts() -> Catalog:
    """Every text in the code that is marked to be translated."""
    catalog = Catalog()
    root = str(Path(language.__file__).parent)
    for file, line, message, comments, context in extract_from_dir(root, method_map=METHODS, keywords=KEYWORDS):
        catalog.add(message, locations=[(file, line)], auto_comments=comments, context=context)
    return catalog


def translations(code: str) -> Catalog:
    """What a language's file holds."""
    with (language.FOLDER / f"{code}.po").open("rb") as file:
        return read_po(file, locale=None)


def mirrored(text: str) -> str:
    """A text in that language: the letters of another script, the placeholders as they are."""
    parts = PLACEHOLDERS.split(text)
    return "".join(part if number % 2 else part.translate(_LETTERS) for number, part in enumerate(parts))


def write_mirror(folder: Path) -> None:
    """Writes the file of that language, with every text in it."""
    mirror = Catalog(locale=None)
    for message in texts():
        if message.id:
            text = mirrored(message.id) if isinstance(message.id, str) else tuple(map(mirrored, message.id))
            mirror.add(message.id, text)
    with (folder / f"{MIRROR}.po").open("wb") as file:
        write_po(file, mirror)
