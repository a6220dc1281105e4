"""What was changed against the first try, and what that changed, in a sentence that reads."""

from __future__ import annotations

import pytest

from agent.verdict.changed import CHANGES, changed
from agent.verdict.classify import gather
from agent.verdict.seen import PLAIN
from tests.observations import CATALOG, OWN, Rows, honest_names, sweep, verdicts

RESET, SILENCE = "connection_reset", "generic_timeout_error"
HTTP = "http://site.example/"


def told(rows: Rows, *, target: str = "site/web", at: str = "https://site.example/") -> str:
    return changed(gather(sweep(), rows.rows, CATALOG.platforms)[target, at][0])


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (honest_names().tried(tls=RESET, times=2), ""),
        (
            honest_names().tried(tls=RESET, times=2).swapped(elsewhere=RESET),
            "One thing changed at a time: another name here is answered; this name at an unrelated server is reset "
            "twice; another name there is answered.",
        ),
        (
            honest_names().tried(tls=RESET, times=2).swapped(other="-", elsewhere="tls_alert_112", elsewhere_times=1),
            "One thing changed at a time: another name here is answered; this name at an unrelated server gets the "
            "alert 112.",
        ),
        (
            honest_names()
            .tried(tls=SILENCE, times=2)
            .swapped(here="connect", elsewhere="-")
            .tried(OWN, tls=SILENCE, variation="no_name_here", name=""),
            "One thing changed at a time: another name here does not connect; no name here gets no answer; another "
            "name at an unrelated server is answered.",
        ),
    ],
    ids=["nothing was changed", "the name does it", "the anchor sends an alert", "nobody is answered here"],
)
def test_every_change_is_told_with_what_came_of_it(rows: Rows, sentence: str) -> None:
    """Where nothing was changed nothing is said."""
    assert told(rows) == sentence


def test_of_plain_http_it_is_the_host_that_is_changed() -> None:
    rows = honest_names().tried(at=HTTP, http=RESET, times=2).swapped(at=HTTP, elsewhere="-", here="-")
    sentence = "One thing changed at a time: another Host at an unrelated server is answered."
    assert told(rows, target="site/plain", at=HTTP) == sentence


def test_the_verdict_tells_it_after_its_reason() -> None:
    because = verdicts(honest_names().tried(tls=RESET, times=2).swapped(elsewhere=RESET))["site/web"].because
    assert because.startswith("The name site.example alone makes the handshake fail (the connection is reset)")
    assert because.endswith("another name there is answered.")


def test_no_change_is_a_repetition() -> None:
    assert PLAIN.isdisjoint(CHANGES)
