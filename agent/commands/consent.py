"""`dideban consent`: shows the text, asks, and keeps or takes back the answer."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from agent import consent
from agent.commands import COUNTRY_NOT_STATED, can_show, config_of, program
from agent.exits import DONE, NO_CONSENT, UsageError
from agent.report.reading import show_by_parts, show_sentences
from agent.store.disk import sentences

RECORDED = {
    "en": "Recorded on {day}, for {folder}. `{program} once` makes one sweep, `{program} run` keeps measuring.",
    "fa": "در {day} برای پوشهٔ {folder} ثبت شد. `{program} once` یک بار اندازه می‌گیرد و `{program} run` پیوسته.",
}
ON_RECORD = {
    "en": "Consent of {day} is on record in {folder} (text of {version}).",
    "fa": "موافقت {day} در پوشهٔ {folder} ثبت شده است (متن {version}).",
}
NONE_ON_RECORD = {
    "en": "No consent is on record in {folder}. An agent that writes to another folder has its own: name that folder "
    "with --results.",
    "fa": "در پوشهٔ {folder} موافقتی ثبت نشده است. اگر برنامه در پوشهٔ دیگری کار می‌کند، موافقت آن هم همان‌جاست: آن پوشه "
    "را با --results نام ببرید.",
}
WITHDRAWN = {
    "en": "Your consent is withdrawn; nothing more will be measured into {folder}. The results stay until you delete "
    "that folder. An agent that writes to another folder goes on: withdraw there too, with --results.",
    "fa": "موافقت شما پس گرفته شد و دیگر چیزی برای پوشهٔ {folder} اندازه‌گیری نمی‌شود. نتیجه‌ها تا وقتی این پوشه را پاک "
    "نکنید می‌مانند. اگر برنامه در پوشهٔ دیگری هم کار می‌کند، آن ادامه دارد: موافقت آن را هم با --results پس بگیرید.",
}


def run(options: argparse.Namespace) -> int:
    config, language = config_of(options), options.language
    folder = config.results
    if options.withdraw:
        with sentences(folder):
            taken_back = consent.withdraw(folder)
        show_sentences((WITHDRAWN if taken_back else NONE_ON_RECORD)[language].format(folder=folder))
        return DONE
    given = consent.recorded(folder)
    if options.show:
        check_letters(language)
        with suppress(EOFError):  # who closes the input has seen enough
            show_text(consent.text(language), language)
    if options.show or given is not None:
        show_sentences(_on_record(folder, given, language))
        return DONE
    check_letters(language)
    if not consent.ask(language, show=lambda text: show_text(text, language)):
        return NO_CONSENT
    with sentences(folder):
        given = consent.record(folder, language, datetime.now(UTC))
    show_sentences(RECORDED[language].format(day=given.given_on, folder=folder, program=program()))
    if not config.vantage.country:
        show_sentences(COUNTRY_NOT_STATED[language])
    return DONE


def show_text(text: str, language: str) -> None:
    """The text at the reader's pace."""
    show_by_parts(text, consent.QUESTIONS[language].turn)
    print()


def check_letters(language: str) -> None:
    """Raises `UsageError` when this terminal cannot show the text: nobody can agree to question marks."""
    if can_show(consent.text(language), sys.stdout):
        return
    remedy = "set PYTHONUTF8=1 in the environment" + ("" if language == "en" else ", or read it with --language en")
    raise UsageError(f"This terminal's encoding, {sys.stdout.encoding}, lacks letters of the text; {remedy}.")


def _on_record(folder: Path, given: consent.Consent | None, language: str) -> str:
    if given is None:
        return NONE_ON_RECORD[language].format(folder=folder)
    return ON_RECORD[language].format(day=given.given_on, folder=folder, version=given.version)
