"""The reader's language: every text that a volunteer reads goes through here.

A text is written in English where it is said, as `_("One sweep of {day}.").format(day=day)`, and its translations are
in agent/messages/, one file for each language (gettext's PO format). What is written into a row is English, whoever
reads it later: such a text is marked with `N_` where it stands, and translated when it is shown.

Nothing is imported for English but gettext's own fallback, so that `--help` stays quick.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "messages"
ENGLISH = "en"
#: Where POSIX and gettext look for the reader's language, in this order.
VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
#: Languages that are written from right to left.
RIGHT_TO_LEFT = frozenset({"fa", "ar", "ckb", "ur", "he", "ug"})

_language: ContextVar[str] = ContextVar("language", default=ENGLISH)


def current() -> str:
    """Code of the language in which texts are given just now, such as `en` or `fa`."""
    return _language.get()


def languages() -> tuple[str, ...]:
    """Codes of the languages that there are; English first."""
    return (ENGLISH, *sorted(path.stem for path in FOLDER.glob("*.po")))


def speak(language: str) -> None:
    """Give texts in `language` from here on. Raises `KeyError` for one that is not there."""
    if language not in languages():
        raise KeyError(language)
    _language.set(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """`speak` for as long as one is inside: a report holds several languages at once."""
    before = current()
    speak(language)
    try:
        yield
    finally:
        _language.set(before)


def preferred(variables: Mapping[str, str] = os.environ) -> str:
    """The first language that these variables ask for and that there is; else English."""
    for variable in VARIABLES:
        for wish in variables.get(variable, "").split(":"):
            code = wish.partition("_")[0].partition(".")[0].casefold()
            if code in languages():
                return code
        if variables.get(variable):  # the first that is set decides, as in POSIX
            break
    return ENGLISH


def _(message: str) -> str:
    """`message` in the current language; as it is where nobody translated it."""
    return _catalog(current()).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """The form for `count` things, in the current language."""
    return _catalog(current()).ngettext(one, many, count)


def N_(message: str) -> str:  # noqa: N802 -- gettext's name for it
    """Marks a text that is translated elsewhere: when it is shown."""
    return message


@cache
def _catalog(language: str) -> gettext.NullTranslations:
    if language == ENGLISH:
        return gettext.NullTranslations()
    from agent.translations import read

    return read(FOLDER / f"{language}.po")
