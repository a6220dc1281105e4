"""An event in sentences: every kind, with and without an end, in the reader's language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agent.language import languages, speaking
from agent.report.event_words import event_notice, event_sentence, title_of
from agent.timeline.records import Change, Event

FIRST = datetime(2025, 11, 1, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


def event(change: Change, **changes: object) -> Event:
    values: dict[str, object] = {
        "change": change,
        "platform": "" if change is Change.SHUTDOWN else "signal",
        "earliest": FIRST,
        "latest": FIRST + HOUR,
        "looks_for": 41,
        "looks_told": 43,
    }
    return Event(**{**values, **changes})  # type: ignore[arg-type]  # the tests give right types by name


ENDED = {"until_earliest": FIRST + 8 * HOUR, "until_latest": FIRST + 9 * HOUR}


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (
            event(Change.ONSET, mechanisms_after=("tls.reset.sni", "tcp.reset"), looks_left_out=1),
            "Signal began to be blocked between 2025-11-01 06:00 UTC and 2025-11-01 07:00 UTC. After it, 41 of 43 "
            "looks that could tell found it blocked. How: tls.reset.sni, tcp.reset. 1 more look is no evidence.",
        ),
        (
            event(Change.ONSET, looks_for=1, looks_told=1, looks_left_out=2),
            "Signal began to be blocked between 2025-11-01 06:00 UTC and 2025-11-01 07:00 UTC. After it, 1 of 1 look "
            "that could tell found it blocked. 2 more looks are no evidence.",
        ),
        (
            event(Change.LIFTED, mechanisms_before=("tls.reset.sni",)),
            "Signal could be reached again: the block ended between 2025-11-01 06:00 UTC and 2025-11-01 07:00 UTC. "
            "After it, 41 of 43 looks that could tell reached it. How it had been blocked: tls.reset.sni.",
        ),
        (
            event(Change.CHANGED, mechanisms_before=("dns.nxdomain",), mechanisms_after=("tls.reset.sni",)),
            "The way Signal is blocked changed between 2025-11-01 06:00 UTC and 2025-11-01 07:00 UTC. After it, 41 of "
            "43 looks that could tell saw the new way. How before: dns.nxdomain; how now: tls.reset.sni.",
        ),
        (
            event(Change.INTERMITTENT, after="blocked", **ENDED),
            "Signal began to be blocked on and off between 2025-11-01 06:00 UTC and 2025-11-01 07:00 UTC. That ended "
            "between 2025-11-01 14:00 UTC and 2025-11-01 15:00 UTC. It has been blocked since. Meanwhile, 41 of 43 "
            "looks that could tell found it blocked.",
        ),
        (
            event(Change.INTERMITTENT, earliest=None),
            "Signal was blocked on and off by 2025-11-01 07:00 UTC, when looking began. At the last look that still "
            "went on. Meanwhile, 41 of 43 looks that could tell found it blocked.",
        ),
        (
            event(Change.SHUTDOWN),
            "The line to the world was cut between 2025-11-01 06:00 UTC and 2025-11-01 07:00 UTC. At the last look it "
            "had not come back. Meanwhile, 41 of 43 looks that could tell found it cut; of a single platform that "
            "tells nothing.",
        ),
    ],
)  # fmt: skip
def test_it_says_what_happened_between_which_looks_and_how_many_bear_it_out(told: Event, sentence: str) -> None:
    assert event_sentence(told) == sentence


@pytest.mark.parametrize(
    ("told", "notice"),
    [
        (event(Change.ONSET), "Signal: blocked since 2025-11-01"),
        (event(Change.LIFTED), "Signal: reachable again since 2025-11-01"),
        (event(Change.CHANGED), "Signal: blocked in another way since 2025-11-01"),
        (event(Change.INTERMITTENT), "Signal: blocked on and off since 2025-11-01"),
        (event(Change.INTERMITTENT, **ENDED), "Signal: no longer on and off since 2025-11-01"),
        (event(Change.SHUTDOWN), "Cut off from the world since 2025-11-01"),
        (event(Change.SHUTDOWN, **ENDED), "No longer cut off from the world since 2025-11-01"),
    ],
)
def test_a_notice_says_neither_hour_nor_way(told: Event, notice: str) -> None:
    assert event_notice(told) == notice


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("change", Change)
def test_every_language_says_every_kind(language: str, change: Change) -> None:
    """With an end, without one, and without a look before: no placeholder is left, no word is lost."""
    for changes in ({}, ENDED, {"earliest": None}, {"looks_for": 1, "looks_told": 1, "looks_left_out": 3}):
        with speaking(language):
            for text in (event_sentence(event(change, **changes)), event_notice(event(change, **changes))):
                assert text.strip() == text != ""
                assert "{" not in text


def test_a_name_that_no_catalog_knows_cannot_act() -> None:
    assert title_of("signal") == "Signal"
    assert title_of("a\x1b[31m\u202e") == r"a\x1b[31m\u202e"
