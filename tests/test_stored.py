"""What stands in rows is told in the reader's language, whatever rule or ladder wrote it; and nothing else is."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent import language, vantage
from agent.imports import measurement
from agent.lab.embedded import dropped_world, hung_facebook, open_world, world_2021
from agent.lab.world import World
from agent.language import speak, speaking
from agent.report.stored import failure_words, told
from agent.verdict.judge import failure_in_words
from agent.verdict.rules import IN_ORDER_OF_IMPORTS
from probes.failures import FAILURES
from tests.languages import MIRROR, mirrored, write_mirror
from tests.observations import verdicts
from tests.rule_cases import CASES
from tests.worlds import CATALOG, config_of, sweep

#: What stays as it is within a translated sentence: hosts, addresses, the name of a header, of a failure without words.
NAMES = re.compile(r"Host|(?:https?://)?[\w-]+(?:\.[\w-]+)+|[0-9a-f:]*::?[0-9a-f:]+|unknown failure: Whatever")


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Texts are in the language that holds every text, until the test ends."""
    write_mirror(tmp_path)
    monkeypatch.setattr(language, "FOLDER", tmp_path)
    with speaking(MIRROR):
        yield


def english_in(text: str) -> str:
    """The English letters of a text that are no name's."""
    return " ".join(re.findall(r"[A-Za-z]+", NAMES.sub("", text)))


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize("rule_id", CASES)
def test_every_reason_is_told_in_the_readers_language(rule_id: str) -> None:
    """Of every case of every rule, with its failure, what was changed, and the share of the parts."""
    for case in (*CASES[rule_id].decides, *CASES[rule_id].spares):
        for verdict in verdicts(case.rows()).values():
            if verdict.because:
                shown = told(verdict.because)
                assert (shown.language, english_in(shown)) == (MIRROR, ""), verdict.because


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize("world", [world_2021, open_world, hung_facebook, dropped_world])
def test_all_that_a_sweep_wrote_is_told(world: Callable[..., World], tmp_path: Path) -> None:
    """The line and every verdict, of whole sweeps in the lab."""
    done = asyncio.run(sweep(world(CATALOG), config_of(tmp_path / "results")))
    reasons = {done.result.sweep.because, *(verdict.because for verdict in done.result.verdicts)}
    assert len(reasons) > 5
    assert [reason for reason in reasons if told(reason).language != MIRROR or english_in(told(reason))] == []


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize("rule", IN_ORDER_OF_IMPORTS, ids=lambda rule: rule.id)
def test_every_rule_is_told(rule: object) -> None:
    """Those of imports too, each by itself, with all that it can hold."""
    because = getattr(rule, "because")  # noqa: B009 -- the parameter's type is pytest's business
    made = because.format(
        name="www.site.example",
        failure="the connection is reset",
        changed="One thing changed at a time: another name here is answered twice, then is reset; "
        "this name at an unrelated server gets the alert 40 3 times.",
        ratio="7",
        share="1 of 3",
    )
    shown = told(f"A redirect leads on to https://www.site.example. {made} (2 of 3 endpoints, 1 more likely)")
    assert (shown.language, english_in(shown)) == (MIRROR, "")
    assert shown.count("www.site.example") == made.count("www.site.example") + 1


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize("because", [*vantage.BECAUSE.values(), *measurement.BECAUSE.values()])
def test_every_word_on_a_line_is_told(because: str) -> None:
    shown = told(because.format(answering=3, all=5, days=12))
    assert shown == mirrored(because).format(answering=3, all=5, days=12)
    assert shown.language == MIRROR


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize("failure", FAILURES)
def test_every_failure_has_words(failure: str) -> None:
    """In a rule's sentence, and where a story tells it alone."""
    failure = failure.replace("<n>", "40").replace("<exception>", "Whatever")
    assert english_in(failure_words(failure)) == ""
    if failure.startswith("not_run"):
        return  # no rule's sentence names what was not done
    shown = told(
        f"No connection to a.example comes about ({failure_in_words(failure)}), while the control gets through."
    )
    assert (shown.language, english_in(shown)) == (MIRROR, "")
    assert failure_words(failure) in shown


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize(
    "text",
    [
        "The service no longer exists; and somebody wrote on.",
        "Signal was seen to be blocked by hand. The service no longer exists; that it cannot be reached is no sign of "
        "blocking.",
        "Plain HTTP to a b is answered with a known block page.",
        "{name} alone",
    ],
)
def test_what_nobody_knows_is_shown_as_it_is(text: str) -> None:
    """Said to be English, so that a page can mark it; half a translation would be a forgery."""
    assert (told(text), told(text).language) == (text, "en")


def test_english_is_what_stands_in_the_row() -> None:
    speak("en")
    assert told("Whatever stands here.") == "Whatever stands here."
    assert told("Whatever stands here.").language == "en"
