"""Informed consent: its text, the question, and the record of the answer. Without one, nothing real is measured.

Kept are the text's version and language, the day and the tiers, in the results folder: nothing that names a person.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from pathlib import Path

from agent.language import ENGLISH, current

#: The day on which the texts last changed in meaning, in all languages at once, with a letter when there were several
#: on one day. A consent to another version is none.
CONSENT_VERSION = "2026-11-24g"
#: Tiers of platforms that the text speaks of. A tier that it does not describe cannot be agreed to.
TIERS = ("mass",)
FILE_NAME = "consent.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How the text's reader is asked, in the reader's language."""

    prompt: str
    #: The words that mean yes, one of which has to be typed whole. Everything else means no.
    yes: frozenset[str]
    #: What is said to everybody who did not type one.
    refused: str
    #: Asks for Enter where the text goes on below the screen.
    turn: str


QUESTIONS = {
    "en": Question(
        prompt='If you have read this and agree, type the whole word "yes" and press Enter; anything else means no: ',
        yes=frozenset({"yes"}),
        refused="You did not agree; nothing will be measured.",
        turn="(Enter: read on) ",
    ),
    "fa": Question(
        prompt="اگر این متن را خوانده‌اید و موافقید، کلمهٔ کامل «بله» (یا yes) را بنویسید و Enter را بزنید؛ "
        "هر پاسخ دیگری یعنی نه: ",
        # A terminal without Persian letters must not keep a Persian reader from answering.
        yes=frozenset({"بله", "yes"}),
        refused="موافقت نکردید؛ هیچ چیزی اندازه‌گیری نخواهد شد.",
        turn="(Enter: ادامهٔ متن) ",
    ),
}
LANGUAGES = tuple(QUESTIONS)
#: Marks of writing direction and joining that a terminal may add to a typed word, and that nobody sees.
_UNSEEN = dict.fromkeys(map(ord, "\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One person's agreement, once, to one version of the text."""

    version: str
    given_on: date
    #: Language in which the text was read.
    language: str
    tiers: tuple[str, ...] = TIERS


def language() -> str:
    """The language in which the reader is asked: the current one where there is a text in it, else English."""
    return current() if current() in LANGUAGES else ENGLISH


def text(language: str) -> str:
    """The text in `language` ("en" or "fa"), Markdown. Raises `ValueError` for another one."""
    if language not in QUESTIONS:
        raise ValueError(f"There is no consent text in {language!r}; the languages are {', '.join(LANGUAGES)}.")
    return resources.files("agent").joinpath("texts", f"consent.{language}.md").read_text(encoding="utf-8")


def ask(
    language: str,
    *,
    show: Callable[[str], object] = print,
    read: Callable[[str], str] = input,
    write: Callable[[str], object] = print,
) -> bool:
    """Show the whole text and ask. True only when its reader typed the word; a closed input means no.

    `show` may raise `EOFError` for a reader who left before the end: nobody agrees to what they did not see.
    """
    question = QUESTIONS[language]
    try:
        show(text(language))
        answer = read(question.prompt)
    except EOFError:
        answer = ""
    agreed = answer.translate(_UNSEEN).strip().casefold() in question.yes
    if not agreed:
        write(question.refused)
    return agreed


def record(folder: Path, language: str, now: datetime) -> Consent:
    """Write down that the text in `language` was agreed to on the day of `now`, readable by its owner alone.

    Makes the folder if need be, its owner's alone too. The file appears whole or not at all. Raises `OSError` when
    it cannot be written.
    """
    if language not in QUESTIONS:
        raise ValueError(f"There is no consent text in {language!r}; the languages are {', '.join(LANGUAGES)}.")
    consent = Consent(version=CONSENT_VERSION, given_on=now.date(), language=language)
    kept = {
        "version": consent.version,
        "given_on": consent.given_on.isoformat(),
        "language": consent.language,
        "tiers": list(consent.tiers),
    }
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_whole(folder / FILE_NAME, json.dumps(kept, indent=2) + "\n")
    return consent


def recorded(folder: Path) -> Consent | None:
    """The consent on record. None: there is none, it was to another version or tier, or it cannot be read whole."""
    try:
        kept = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        consent = Consent(
            version=kept["version"],
            given_on=date.fromisoformat(kept["given_on"]),
            language=kept["language"],
            tiers=tuple(kept["tiers"]),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):  # torn, foreign or unreadable: ask again
        return None
    valid = consent.version == CONSENT_VERSION and consent.language in LANGUAGES and consent.tiers == TIERS
    return consent if valid else None


def withdraw(folder: Path) -> bool:
    """Take the consent back. True: there was something to take back. Raises `OSError` when it cannot be removed."""
    try:
        (folder / FILE_NAME).unlink()
    except FileNotFoundError:
        return False
    return True


def _write_whole(path: Path, content: str) -> None:
    """Put `content` at `path`, 0600, so that neither a crash nor a power cut leaves half of it."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
