"""`dideban consent`: shows the text, asks, and keeps or takes back the answer."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from agent import consent
from agent.commands import config_of
from agent.exits import DONE, NO_CONSENT, UsageError
from agent.store.disk import sentences

RECORDED = {
    "en": "Recorded on {day}. `dideban once` makes one sweep, `dideban run` keeps measuring.",
    "fa": "در {day} ثبت شد. «dideban once» یک بار اندازه می‌گیرد و «dideban run» پیوسته.",
}
ON_RECORD = {
    "en": "Consent of {day} is on record (text of {version}).",
    "fa": "موافقت {day} ثبت شده است (متن {version}).",
}
NONE_ON_RECORD = {"en": "No consent is on record.", "fa": "هیچ موافقتی ثبت نشده است."}
WITHDRAWN = {
    "en": "Your consent is withdrawn; nothing will be measured. The results stay until you delete {folder}.",
    "fa": "موافقت شما پس گرفته شد و دیگر چیزی اندازه‌گیری نمی‌شود. نتایج تا وقتی {folder} را پاک نکنید می‌مانند.",
}


def run(options: argparse.Namespace) -> int:
    folder, language = config_of(options).results, options.language
    if options.withdraw:
        with sentences(folder):
            taken_back = consent.withdraw(folder)
        print((WITHDRAWN if taken_back else NONE_ON_RECORD)[language].format(folder=folder))
        return DONE
    given = consent.recorded(folder)
    if options.show:
        check_letters(language)
        print(consent.text(language))
    if options.show or given is not None:
        print(_on_record(given, language))
        return DONE
    check_letters(language)
    if not consent.ask(language):
        return NO_CONSENT
    with sentences(folder):
        given = consent.record(folder, language, datetime.now(UTC))
    print(RECORDED[language].format(day=given.given_on))
    return DONE


def check_letters(language: str) -> None:
    """Raises `UsageError` when this terminal cannot show the text: nobody can agree to question marks."""
    encoding = sys.stdout.encoding or "ascii"
    try:
        consent.text(language).encode(encoding)
    except UnicodeEncodeError:
        remedy = "set PYTHONUTF8=1 in the environment" + ("" if language == "en" else ", or read it with --language en")
        raise UsageError(f"This terminal's encoding, {encoding}, lacks letters of the text; {remedy}.") from None


def _on_record(given: consent.Consent | None, language: str) -> str:
    if given is None:
        return NONE_ON_RECORD[language]
    return ON_RECORD[language].format(day=given.given_on, version=given.version)
