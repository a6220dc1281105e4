"""Consent: nothing counts as one but a whole text read, a whole word typed, and a whole record kept."""

import hashlib
import json
import os
import stat
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from agent import consent
from agent.catalog import load_catalog
from agent.commands.cadence import CONFIRM_JITTER
from agent.config import DEFAULT_RESOLVERS, Config
from agent.confirmation import CONFIRMATIONS_MAX
from agent.consent import CONSENT_VERSION, LANGUAGES, Consent, ask, record, recorded, text, withdraw

NOW = datetime(2026, 11, 24, 22, 15, tzinfo=UTC)
#: What each text must say, and the words by which it says it, in English and in Persian.
MUST_SAY = {
    "who is asked for names": ("name server", "سرور نام"),
    "whose servers see the address": ("Whoever runs those servers sees your address", "صاحبان آن سرورها"),
    "names may be swapped": (
        "the platform's name is sent to the server of one of those sites",
        "نام آن سرویس به سرور یکی",
    ),
    "one thing is changed at a time": ("with one thing changed at a time", "هر بار یک چیز در آن عوض شود"),
    "questions go to where nobody answers": (
        "to a web server abroad that answers no such questions",
        "برای یک سرور وب در خارج هم فرستاده می‌شود که به چنین پرسش‌هایی پاسخ نمی‌دهد",
    ),
    "such questions are conspicuous": ("which is no name server", "رایانه‌ای که سرور نام نیست"),
    "a false address is gone to": ("If somebody gives a false address for a name, it connects", "نشانی نادرستی بدهد"),
    "datagrams too": ("offers QUIC (a way over UDP)", "QUIC (راهی روی UDP)"),
    "slow pages are fetched again": ("is fetched several times more", "چند بار دیگر هم گرفته می‌شود"),
    "a helper is told what failed": (
        "which names and addresses failed here",
        "کدام نام‌ها و نشانی‌ها از این‌جا باز نشده‌اند",
    ),
    "a service is told of changes": ("A service that is to tell you of changes gets", "باخبر کند آن پیام‌ها را"),
    "neither is there by itself": ("Neither is named until you do so", "تا وقتی خودتان نام نبرید هیچ‌کدام"),
    "a change is looked at again": (
        "looked at again ten to fifteen minutes later, twice at most",
        "ده تا پانزده دقیقه بعد",
    ),
    "nothing goes to the makers": ("Nothing is sent\nto the makers", "برای سازندگان دیدبان"),
    "the provider sees it": ("internet provider", "شرکت اینترنتی"),
    "the authorities see it": ("authorities", "نهادهای حکومتی"),
    "it is not anonymous": ("not anonymous", "ناشناس نیست"),
    "no disguise": ("promises no disguise", "پنهان‌کاری"),
    "the pattern is conspicuous": ("pattern", "الگویی"),
    "it may be against the law": ("against the law", "خلاف قانون"),
    "it may be read as espionage": ("espionage", "جاسوسی"),
    "or as help for a hostile state": ("hostile state", "دولت متخاصم"),
    "the worst penalty": ("death", "اعدام"),
    "traces stay on the disk": ("stay on the disk", "روی دیسک"),
    "what is shared cannot be called back": ("cannot be called back", "پس گرفتنی نیست"),
    "no upload": ("uploads nothing", "هیچ چیزی را بارگذاری نمی‌کند"),
    "not at work": ("your work", "محل کار"),
    "not with the military": ("military", "نظامی"),
    "not at a university": ("university", "دانشگاه"),
    "not on a monitored device": ("monitored", "زیر نظر است"),
    "not during unrest": ("unrest", "ناآرامی"),
    "not during a shutdown": ("shutdown of the internet", "قطع اینترنت"),
    "no legal advice": ("no legal advice", "مشاورهٔ حقوقی نیست"),
    "stop at any time": ("stop at any time", "هر زمان بخواهید می‌توانید متوقفش کنید"),
    "how often": ("every three hours", "هر سه ساعت یک بار"),
    "how long": ("after about two hours", "پس از حدود دو ساعت"),
    "how much": ("about 20 MiB of data", "حدود ۲۰ مبی‌بایت (MiB) داده"),
    "an id ties the rows together": ("a random id of this installation", "یک شناسهٔ تصادفی"),
    "so does what one states": ("your country, network and label", "کشور، شبکه و برچسب خود"),
    "how to take it back": ("dideban consent --withdraw", "dideban consent --withdraw"),
    "a new text asks again": ("asked again", "دوباره از شما پرسیده می‌شود"),
}
#: The platforms' names in Persian, by the catalog's keys.
PERSIAN = {
    "signal": "سیگنال",
    "telegram": "تلگرام",
    "whatsapp": "واتس‌اپ",
    "instagram": "اینستاگرام",
    "facebook": "فیس‌بوک",
    "twitter": "توییتر",
    "youtube": "یوتیوب",
    "flickr": "فلیکر",
    "gmail": "جی‌میل",
    "yahoo": "یاهو",
    "cloob": "کلوب",
    "tabnak": "تابناک",
}
#: SHA-256 of the texts of each version, English and then Persian, ends of lines and all.
DIGESTS = {
    "2026-11-24": "073a10448441c1c1f4bef46bdf41a053143c9006316194b115efd04a7691b4e1",
    "2026-11-24b": "fba3fd96018c4e4c82df2c85bba52249be07e88c6142715e9e4ccb349fbedb17",
    "2026-11-24c": "e4c552c436219481aad64eb6b6ca2e0c66970d920be6f779b23bafcde3761b67",
    "2026-11-24d": "a9c4bba6db17f3e77fb8e594bd9f2f7993d0e04be342f193ffe82115b1533849",
    "2026-11-24e": "123ce6b7613be00b263d53c82b79c0e98d520009814a637a772dacbea59e6a63",
    "2026-11-24f": "1fb173aff0b84047602e59c4e5d42671da3e4175871c15431563297136e56be9",
    "2026-11-24g": "3c7fa04eecc5360dd1bb49d8744647e7940f58150d703c648cc6726bdea69428",
}


def typed(answer: str, shown: list[object] | None = None) -> Callable[[str], str]:
    """A reader who types `answer`, and keeps what they were asked."""

    def read(prompt: str) -> str:
        if shown is not None:
            shown.append(prompt)
        return answer

    return read


@pytest.mark.parametrize("point", MUST_SAY)
def test_each_text_says_what_its_reader_must_know(point: str) -> None:
    """In English and in Persian, whatever the line breaks."""
    for language, words in zip(("en", "fa"), MUST_SAY[point], strict=True):
        assert " ".join(words.split()) in " ".join(text(language).split()), language


def test_each_text_names_everybody_who_is_asked() -> None:
    """Every platform that is measured, none that is retired, and every default resolver by its address."""
    platforms = {platform.key: platform for platform in load_catalog().platforms}
    assert set(PERSIAN) == set(platforms)
    for key, name in PERSIAN.items():
        is_asked = platforms[key].retired_at is None
        assert (key in text("en").casefold()) == is_asked
        assert (name in text("fa")) == is_asked
    for resolver in DEFAULT_RESOLVERS:
        assert all(resolver.address in text(language) for language in LANGUAGES)


def test_the_texts_bounds_are_the_configurations() -> None:
    """What a text says of hours and MiB is true of whoever changes nothing."""
    config = Config()
    assert (config.schedule.every_min, config.budget.sweep_max_min, config.budget.sweep_mib) == (180, 120, 20.0)
    assert (config.schedule.confirm_min, config.schedule.confirm_min * (1 + CONFIRM_JITTER)) == (10, 15)
    assert CONFIRMATIONS_MAX == 2
    assert config.helpers == ()
    assert (config.notify.command, config.notify.urls) == ((), ())


def test_a_changed_text_has_a_new_version() -> None:
    """Whoever changes a text must ask everybody again: give it a new version, and its digest a line here."""
    both = "".join(text(language) for language in ("en", "fa"))
    assert hashlib.sha256(both.encode()).hexdigest() == DIGESTS[CONSENT_VERSION]


def test_a_language_without_text_is_refused(tmp_path: Path) -> None:
    """Neither shown nor recorded; the sentence names the languages that there are."""
    for attempt in (lambda: text("de"), lambda: record(tmp_path, "de", NOW)):
        with pytest.raises(ValueError, match=r"no consent text in 'de'; the languages are en, fa\."):
            attempt()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("language", "answer"),
    [("en", "yes"), ("en", " YES \n"), ("fa", "بله"), ("fa", "\u200f بله\u200c "), ("fa", "yes")],
)
def test_the_whole_word_is_a_yes(language: str, answer: str) -> None:
    """In the reader's language, with the marks that terminals add; in Persian also without Persian letters."""
    assert ask(language, show=lambda _: None, read=typed(answer), write=lambda _: None)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("answer", ["", "y", "no", "yes please", "1", "true", "نه", "بل", "ok"])
def test_anything_else_is_a_no_and_said_so(language: str, answer: str) -> None:
    """Enter alone is a no too."""
    shown: list[object] = []
    assert not ask(language, show=lambda _: None, read=typed(answer), write=shown.append)
    assert shown[-1] == consent.QUESTIONS[language].refused


def test_a_closed_input_is_a_no() -> None:
    """A program that runs with nobody at the keyboard cannot consent."""

    def read(_: str) -> str:
        raise EOFError

    assert not ask("en", read=read, write=lambda _: None)


def test_who_leaves_before_the_end_of_the_text_has_not_agreed() -> None:
    """They are not even asked."""

    def leave(_: str) -> None:
        raise EOFError

    asked: list[object] = []
    assert not ask("en", show=leave, read=typed("yes", asked), write=lambda _: None)
    assert asked == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_text_is_shown_before_the_question(language: str) -> None:
    """First the text, then the question, which names the word to type."""
    shown: list[object] = []
    ask(language, show=shown.append, read=typed("", shown), write=shown.append)
    assert shown[0] == text(language)
    assert any(word in str(shown[1]) for word in consent.QUESTIONS[language].yes)


def test_what_was_recorded_is_found_again(tmp_path: Path) -> None:
    """In a folder that did not exist, on the day of the consent."""
    folder = tmp_path / "new" / "results"
    given = record(folder, "fa", NOW)
    assert given == Consent(version=CONSENT_VERSION, given_on=date(2026, 11, 24), language="fa", tiers=("mass",))
    assert recorded(folder) == given
    assert os.name == "nt" or stat.S_IMODE(folder.stat().st_mode) == 0o700  # Windows has no such bits


def test_only_version_day_language_and_tier_are_kept(tmp_path: Path) -> None:
    """No hour, no name, no computer; readable by its owner alone; and no other file is left behind."""
    record(tmp_path, "en", NOW)
    path = tmp_path / "consent.json"
    assert json.loads(path.read_text()) == {
        "version": CONSENT_VERSION,
        "given_on": "2026-11-24",
        "language": "en",
        "tiers": ["mass"],
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["consent.json"]


def test_without_a_record_there_is_no_consent(tmp_path: Path) -> None:
    """Neither in an empty folder nor in none."""
    assert recorded(tmp_path) is None
    assert recorded(tmp_path / "none") is None


def test_a_torn_record_is_no_consent(tmp_path: Path) -> None:
    """Cut at any byte before its end."""
    record(tmp_path, "en", NOW)
    path = tmp_path / "consent.json"
    whole = path.read_bytes()
    for length in range(len(whole) - 1):  # the last byte is the end of the line, after a whole record
        path.write_bytes(whole[:length])
        assert recorded(tmp_path) is None, length
    path.write_bytes(whole)
    assert recorded(tmp_path) is not None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", "2020-01-01"),
        ("version", None),
        ("given_on", "yesterday"),
        ("given_on", 5),
        ("language", "de"),
        ("language", ["en"]),
        ("tiers", ["mass", "other"]),
        ("tiers", []),
        ("tiers", "mass"),
        ("tiers", None),
    ],
)
def test_a_record_of_something_else_is_no_consent(tmp_path: Path, key: str, value: object) -> None:
    """Another version of the text, another tier, or a value that no record of ours has."""
    record(tmp_path, "en", NOW)
    path = tmp_path / "consent.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    assert recorded(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{}", b"\xff\xfe", b"[" * 100_000])
def test_a_foreign_file_is_no_consent(tmp_path: Path, content: bytes) -> None:
    """Whatever is in it, it ends in a question and not in an error."""
    (tmp_path / "consent.json").write_bytes(content)
    assert recorded(tmp_path) is None


def test_a_consent_can_be_taken_back_once(tmp_path: Path) -> None:
    """After that there is none, and nothing more to take back."""
    record(tmp_path, "en", NOW)
    assert withdraw(tmp_path)
    assert recorded(tmp_path) is None
    assert not withdraw(tmp_path)


def test_a_second_consent_replaces_the_first(tmp_path: Path) -> None:
    """There is one record, the last."""
    record(tmp_path, "en", NOW)
    record(tmp_path, "fa", NOW)
    kept = recorded(tmp_path)
    assert kept is not None
    assert kept.language == "fa"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_cannot_be_written_leaves_no_half_record(tmp_path: Path) -> None:
    """The system's error reaches the caller, and nothing is left."""
    blocked = tmp_path / "consent.json"
    blocked.mkdir()
    with pytest.raises(OSError, match="directory"):
        record(tmp_path, "en", NOW)
    assert [file.name for file in tmp_path.iterdir()] == ["consent.json"]
    assert recorded(tmp_path) is None
