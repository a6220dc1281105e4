"""[notify] in config.toml: whom `run` tells, or the one sentence that says what to change."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from agent.config import Config, ConfigError, Notify, load_config
from agent.config.notify import Quiet, quiet_of
from agent.timeline.records import Change


def loaded(folder: Path, lines: str) -> Notify:
    path = folder / "config.toml"
    path.write_text(f"[notify]\n{lines}\n", encoding="utf-8")
    return load_config(path).notify


def test_nobody_is_told_unless_they_ask() -> None:
    notify = Config().notify
    assert (notify.command, notify.urls, notify.discreet, notify.quiet) == ((), (), True, None)
    assert notify.events == tuple(Change)


def test_what_is_written_is_what_holds(tmp_path: Path) -> None:
    assert loaded(
        tmp_path,
        'command = ["notify-send", "a b"]\nurls = ["json://127.0.0.1:9/"]\nquiet_hours = "23:00-07:30"\n'
        'language = "fa"\nevents = ["onset", "shutdown"]\ndiscreet = false',
    ) == Notify(
        command=("notify-send", "a b"),
        urls=("json://127.0.0.1:9/",),
        quiet=Quiet(begin=time(23), end=time(7, 30)),
        language="fa",
        events=(Change.ONSET, Change.SHUTDOWN),
        discreet=False,
    )


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('command = "notify-send"', 'command = "notify-send" is text; write a program and its arguments, such as'),
        ('command = ["a", 3]', 'command = ["a", 3] holds 3, which does not belong there;'),
        ('command = ["a", ""]', 'holds "", which does not belong there;'),
        ('command = ["a\\u001b"]', "which does not belong there;"),
        ('urls = ["me@example.org"]', "urls = … holds entry 1, which does not belong there; write apprise's URLs"),
        (f"urls = {['json://h/'] * 11}", "has 11 entries, and 10 are allowed; leave some out"),
        ('quiet_hours = "23-7"', 'quiet_hours = "23-7" is not two times of the day; write them as "23:00-07:00"'),
        ('quiet_hours = "24:00-07:00"', "is not two times of the day;"),
        ('language = "xx"', 'language = "xx" is not one of the languages; write "en" / "fa"'),
        ("language = 5", "is not one of the languages;"),
        ('events = ["onsett"]', 'holds "onsett", which is no kind of event; perhaps you mean "onset"'),
        ("events = []", "is no list of kinds;"),
        ('events = ["onset", "onset"]', 'names "onset" twice; name it once'),
        ('discreet = "yes"', "is text; write true or false, without quotation marks"),
        ('comand = ["a"]', "[notify] has no key comand; perhaps you mean command."),
    ],
)
def test_a_slip_is_refused_with_its_sentence(tmp_path: Path, lines: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, lines)
    assert sentence in str(refused.value)
    assert str(refused.value).startswith(f"{tmp_path / 'config.toml'}: [notify] ")
    assert str(refused.value).isprintable()


def test_no_secret_stands_in_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, 'urls = ["tgram://123:SECRET/", "also SECRET"]')
    assert "SECRET" not in str(refused.value)
    assert "entry 2" in str(refused.value)


@pytest.mark.parametrize(
    ("hours", "quiet", "loud"),
    [
        ("23:00-07:00", [(23, 0), (0, 0), (6, 59)], [(7, 0), (22, 59), (12, 0)]),
        ("12:00-14:30", [(12, 0), (14, 29)], [(14, 30), (11, 59), (0, 0)]),
    ],
)
def test_quiet_hours_may_go_over_midnight(
    hours: str, quiet: list[tuple[int, int]], loud: list[tuple[int, int]]
) -> None:
    made = quiet_of(hours)
    assert made is not None
    assert all(made.covers(time(*at)) for at in quiet)
    assert not any(made.covers(time(*at)) for at in loud)
