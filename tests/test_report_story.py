"""The stories in a report: each as `explain` tells it, from the rows of its sweep alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.catalog import load_catalog
from agent.report.explain.story import story_of
from agent.report.page.story import STORIES_MAX, Told, sources_of, tell
from agent.store.read import rows
from agent.timeline.recurrence import Recurrence
from tests.report_files import BEGAN, write_last
from tests.result_files import blocked, write_sweep

ID = f"{BEGAN:%Y%m%dT%H%M%SZ}-abcdef.v.twitter"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_last(tmp_path, BEGAN)
    return tmp_path


def told(folder: Path, *ids: str) -> list[Told]:
    return list(tell(sources_of(folder, ids)))


def test_a_story_is_told_as_explain_tells_it(folder: Path) -> None:
    """By the whole catalog and by its own platform's part alone it comes to the same."""
    (one,) = told(folder, ID)
    (sweep,) = rows(folder, "sweeps")
    (verdict,) = (row for row in rows(folder, "verdicts") if row.verdict_id == ID)
    seen = list(rows(folder, "observations"))
    assert one.story == story_of(verdict, sweep, seen, load_catalog(), recurrence=Recurrence())
    assert one.because == verdict.because
    assert [rule.rule_id for rule in one.ways[0].hops[0].rules] == ["tls_name_is_trigger"]
    assert one.asides == ()


def test_stories_come_in_the_order_asked_for_and_no_more_than_have_room(tmp_path: Path) -> None:
    names = [f"p{number:02d}" for number in range(STORIES_MAX + 5)]
    made = write_sweep(tmp_path, BEGAN, {name: blocked("tcp.reset") for name in names})
    ids = [f"{made.sweep_id}-v-{name}" for name in reversed(names)]
    assert [one.verdict.verdict_id for one in sources_of(tmp_path, ids)] == ids[:STORIES_MAX]


def test_a_verdict_without_its_row_or_its_sweep_has_no_story(folder: Path) -> None:
    assert told(folder, "none") == []
    next(folder.glob("sweeps-*.csv")).unlink()
    assert told(folder, ID) == []


def test_without_its_observations_it_says_that_they_are_gone(folder: Path) -> None:
    next(folder.glob("observations-*.csv")).unlink()
    (one,) = told(folder, ID)
    assert one.ways == ()
    assert one.asides == ("The sweep's observations are not on the disk, so that its story cannot be told.",)


def test_a_verdict_that_todays_rules_would_not_give_says_so(folder: Path) -> None:
    (source,) = sources_of(folder, [ID])
    (one,) = tell([replace(source, verdict=replace(source.verdict, mechanisms=("tcp.reset",)))])
    assert "by today's rules and catalog it is blocked (tls.reset.sni)" in one.asides[0]
