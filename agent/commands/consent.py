"""`dideban consent`: shows the text, asks, and keeps or takes back the answer."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from agent import consent
from agent.calendars import day
from agent.commands import COUNTRY_NOT_STATED, can_show, config_of, program
from agent.exits import DONE, NO_CONSENT, UsageError
from agent.language import ENGLISH, _, speaking
from agent.report.direction import for_stream, say
from agent.report.reading import show_by_parts, show_sentences
from agent.store.disk import sentences


def run(options: argparse.Namespace) -> int:
    config, language = config_of(options), consent.language()
    folder = config.results
    if options.withdraw:
        with sentences(folder):
            taken_back = consent.withdraw(folder)
        show_sentences(_withdrawn(folder) if taken_back else _on_record(folder, None))
        return DONE
    given = consent.recorded(folder)
    if options.show:
        check_letters(language)
        with suppress(EOFError):  # who closes the input has seen enough
            show_text(consent.text(language), language)
    if options.show or given is not None:
        show_sentences(_on_record(folder, given))
        return DONE
    check_letters(language)
    if not consent.ask(
        language,
        show=lambda text: show_text(text, language),
        read=lambda prompt: input(for_stream(prompt, sys.stdout)),
        write=say,
    ):
        return NO_CONSENT
    with sentences(folder):
        given = consent.record(folder, language, datetime.now(UTC))
    recorded = _("Recorded on {day}, for {folder}. `{program} once` makes one sweep, `{program} run` keeps measuring.")
    show_sentences(recorded.format(day=day(given.given_on), folder=folder, program=program()))
    if not config.vantage.country:
        show_sentences(_(COUNTRY_NOT_STATED))
    return DONE


def show_text(text: str, language: str) -> None:
    """The text at the reader's pace."""
    show_by_parts(text, consent.QUESTIONS[language].turn)
    print()


def check_letters(language: str) -> None:
    """Raises `UsageError` when this terminal cannot show the text: nobody can agree to question marks.

    It is said in English, whose letters every terminal has.
    """
    if can_show(consent.text(language), sys.stdout):
        return
    with speaking(ENGLISH):
        remedy = _("set PYTHONUTF8=1 in the environment")
        if language != ENGLISH:
            remedy = _("set PYTHONUTF8=1 in the environment, or read it with --language en")
        lacks = _("This terminal's encoding, {encoding}, lacks letters of the text; {remedy}.")
        raise UsageError(lacks.format(encoding=sys.stdout.encoding, remedy=remedy))


def _withdrawn(folder: Path) -> str:
    return _(
        "Your consent is withdrawn; nothing more will be measured into {folder}. The results stay until you delete "
        "that folder. An agent that writes to another folder goes on: withdraw there too, with --results."
    ).format(folder=folder)


def _on_record(folder: Path, given: consent.Consent | None) -> str:
    if given is None:
        return _(
            "No consent is on record in {folder}. An agent that writes to another folder has its own: name that "
            "folder with --results."
        ).format(folder=folder)
    on_record = _("Consent of {day} is on record in {folder} (text of {version}).")
    return on_record.format(day=day(given.given_on), folder=folder, version=given.version)
