"""Reads a language's file. Apart from `agent.language`, since Babel takes a while to import."""

from __future__ import annotations

import gettext
import io
from pathlib import Path

from babel.core import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def read(path: Path) -> gettext.NullTranslations:
    """The translations in a PO file. What is marked fuzzy counts as not translated."""
    with path.open("rb") as file:
        catalog = read_po(file)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def name_of(language: str) -> str:
    """A language's name in itself: English, فارسی. Of one that Babel does not know, its code."""
    try:
        return Locale(language).get_language_name(language) or language
    except UnknownLocaleError:
        return language


def country_of(code: str, language: str) -> str:
    """A country's name in a language, by its ISO 3166 code; where Babel knows one of the two not, the code."""
    try:
        return str(Locale(language).territories.get(code.upper(), code))
    except UnknownLocaleError:
        return code
