"""A verdict's story: every row of it is told once, in order, beside the rules that spoke."""

from __future__ import annotations

import re
from typing import Any

import pytest

from agent.catalog.records import Catalog
from agent.records import VantageState
from agent.report.explain import words
from agent.report.explain.show import as_json, show, supposed
from agent.report.explain.steps import changes_of, steps_of
from agent.report.explain.story import Story, story_of
from agent.timeline.recurrence import Recurrence
from agent.verdict import otherwise
from agent.verdict.records import State
from agent.verdict.rules import RULES
from probes.failures import FAILURES
from probes.observation import VARIATIONS
from tests.observations import CATALOG, HOME, IRAN, NOON, OWN, Rows, honest_names, sweep, told_by_doh, verdicts
from tests.rule_cases_quic import swapped as over_quic_swapped
from tests.rule_cases_speed import QUICK, SLOW, compared

RESET, SILENCE = "connection_reset", "generic_timeout_error"


def story(rows: Rows, name: str = "site/web", *, catalog: Catalog = CATALOG, **options: Any) -> Story:
    vantage = options.pop("vantage", VantageState.NORMAL)
    return story_of(
        verdicts(rows, vantage)[name], sweep(vantage), rows.rows, catalog, recurrence=Recurrence(), **options
    )


def named() -> Rows:
    """The name alone is reset, here and at the anchor; the address is DoH's too."""
    return told_by_doh(honest_names(), OWN, name="api.site.example").tried(tls=RESET, times=2).swapped(elsewhere=RESET)


def test_every_row_of_the_endpoint_is_in_a_step_and_none_twice() -> None:
    """With the questions about its name, and without what belongs to others."""
    rows = named()
    (hop,) = story(rows).ways[0].hops
    told = [number for step in hop.steps for number in step.observations]
    own = [row.observation_id for row in rows.rows if row.target == "site/web" or row.hostname == "site.example"]
    assert sorted(told) == sorted(own)
    assert len(told) == len(set(told))
    assert [step.at_s for step in hop.steps] == sorted(step.at_s for step in hop.steps)


def test_what_came_back_is_told_of_each_step() -> None:
    rows = honest_names().tried(tls=RESET)
    system, other, tried = steps_of(rows.rows, NOON)
    assert (system.what, system.came) == ("The system's resolver asked for site.example", f"A {OWN}")
    assert (other.what, other.at_s) == ("quad9-udp (udp) asked for site.example", 2.0)
    assert tried.what == f"First try: {OWN} port 443 as site.example"
    assert tried.came == "connected, handshake: the connection is reset (after 12 ms)"


def test_a_second_reply_is_told_with_its_delay() -> None:
    rows = Rows().asked((IRAN,), (OWN,), of="quad9-udp")
    (step,) = steps_of(rows.rows, NOON)
    assert step.came == f"A {IRAN}, then, 0 ms later, {OWN}"


def test_what_is_asked_again_later_is_a_step_of_its_own() -> None:
    """And the steps of a slow connection are one all the same."""
    rows = Rows().asked((IRAN,), of="quad9-udp").asked((OWN,), of="quad9-udp", variation="fresh_port")
    rows.add().asked((OWN,), of="quad9-udp").tried()
    rows.rows = [row for row in rows.rows if row.operation]
    first, again, later, tried = steps_of(rows.rows, NOON)
    assert (first.came, again.came, later.came) == (f"A {IRAN}", f"A {OWN}", f"A {OWN}")
    assert first.at_s < again.at_s < later.at_s < tried.at_s
    assert len(tried.observations) == 3


def test_an_address_that_is_not_visited_is_told_with_the_reason() -> None:
    rows = Rows().asked((HOME,)).left_out("not_run_private_address")
    assert [step.what for step in steps_of(rows.rows, NOON)][-1] == "Left out"
    assert "local network" in steps_of(rows.rows, NOON)[-1].came


def test_changes_are_held_against_the_first_failure() -> None:
    """The same, answered or otherwise; with k of n where they are several."""
    rows = honest_names().tried(tls=RESET, times=2).swapped(elsewhere=RESET, here="eof_error")
    tries = story_evidence(rows)
    assert changes_of(tries) == (
        "The same again, on a fresh port: the same happens.",
        "For comparison: an innocent name at the control's address: it is answered.",
        "Changed: an innocent name, at this address: it fails in another way (the connection is closed).",
        "Changed: this name, at the address of a control: 2 of 2 tries: the same happens.",
    )


def story_evidence(rows: Rows, endpoint: str = "https://site.example/") -> Any:
    from agent.verdict.classify import gather

    found = gather(sweep(), rows.rows, CATALOG.platforms)
    return next(way[0].tries for (_, name), way in found.items() if name == endpoint)


def test_a_filters_page_is_no_answer_of_the_sites() -> None:
    """The same page again is the same; it in the place of a reset is another failure; the site's own is an answer."""
    plain = "http://site.example/"
    rows = honest_names().tried(at=plain, http=403, page="ir_iframe_v4", times=2).swapped(at=plain, here=RESET)
    again, _, here, elsewhere = changes_of(story_evidence(rows, plain))
    assert again.endswith(": the same happens.")
    assert here.endswith(": it fails in another way (the connection is reset).")
    assert elsewhere.endswith(": 2 of 2 tries: it is answered.")
    reset_once = honest_names().tried(at=plain, http=RESET).tried("44.1.2.9", at=plain, http=403, page="ir_iframe_v4")
    (other,) = changes_of(story_evidence(reset_once, plain))
    assert "answered" not in other
    assert words.NOT_ITS_ANSWER in other


def test_the_same_at_another_step_is_told_so() -> None:
    rows = honest_names().tried(tls=RESET).tried(connect=RESET, variation="fresh_port")
    assert changes_of(story_evidence(rows)) == ("The same again, on a fresh port: the same happens, at another step.",)


def test_transfers_are_told_by_their_speed() -> None:
    rows = compared((SLOW,) * 4, (QUICK,) * 4)
    this, innocent = changes_of(story_evidence(rows))
    assert re.fullmatch(r"A transfer under this name: \d+ kbit/s, the middle of 4\.", this)
    assert re.fullmatch(
        r"A transfer under an innocent name, at this address: [\d.]+ Mbit/s, the middle of 4\.", innocent
    )


def test_changes_over_quic_are_told_beside_those_over_tcp() -> None:
    told = story(over_quic_swapped()).ways[0].hops[0].changes
    assert "Changed: an innocent name, at this address, over QUIC: it is answered." in told
    assert "Changed: this name, at the address of a control, over QUIC: 2 of 2 tries: the same happens." in told


def test_a_site_of_a_scenario_is_told_by_its_rows() -> None:
    """In the lab, where the catalog does not have it; elsewhere no rule is asked."""
    lost, made = Catalog(version="later", platforms=(), controls=()), named()
    (verdict,) = (one for one in verdicts(made).values() if one.target == "site/web")
    in_lab = story_of(verdict, sweep(stage="lab"), made.rows, lost, recurrence=Recurrence())
    assert in_lab.now is not None
    assert in_lab.now.mechanisms == verdict.mechanisms
    assert in_lab.ways[0].hops[0].changes == story(made).ways[0].hops[0].changes
    assert in_lab.ways[0].otherwise


def test_whom_a_helper_asked_for_the_name_is_told_and_what_its_page_came_to() -> None:
    steps = steps_of(Rows().helped(page="generic_timeout_error").rows, NOON)
    assert any(step.what.endswith(": its own resolver asked for site.example") for step in steps)
    (page,) = (step for step in steps if step.what.endswith(words.PAGE))
    assert page.came.startswith("no answer")


def test_a_helper_whose_word_settles_nothing_is_not_passed_over() -> None:
    """One that says no to everything is not believed; where none was asked that is said instead."""
    silent = honest_names().tried(connect=SILENCE, times=2)
    (asked,) = story(silent.helped(connect=SILENCE, known=SILENCE)).ways[0].hops
    assert words.UNKNOWN["helper"] in asked.unknown
    assert words.UNKNOWN["elsewhere"] not in asked.unknown
    (alone,) = story(honest_names().tried(connect=SILENCE, times=2)).ways[0].hops
    assert words.UNKNOWN["elsewhere"] in alone.unknown
    assert words.UNKNOWN["helper"] not in alone.unknown


def test_an_alert_is_told_in_words() -> None:
    (step,) = steps_of(Rows().tried(tls="tls_alert_112").rows, NOON)
    assert step.came == "connected, handshake: the alert 112 (after 12 ms)"


def test_nothing_was_changed_where_nothing_failed() -> None:
    assert changes_of(story_evidence(honest_names().tried())) == ()


def test_the_rules_that_spoke_are_those_of_the_verdict() -> None:
    told = story(named())
    spoken = {one.rule_id: one for way in told.ways for hop in way.hops for one in hop.spoken}
    assert set(told.verdict.rule_ids) <= set(spoken)
    by_id = {rule.id: rule for rule in RULES}
    assert all((one.layer, one.source) == (by_id[name].layer, by_id[name].source) for name, one in spoken.items())


def test_a_layer_speaks_or_is_silent() -> None:
    (hop,) = story(named()).ways[0].hops
    layers = {one.layer for one in hop.spoken}
    assert layers | set(hop.silent) == {"dns", "tcp", "tls", "http", "quic", "speed"}
    assert layers.isdisjoint(hop.silent)


def test_of_a_platform_its_parts_are_told_and_the_deciding_ones_in_full() -> None:
    told = story(named(), "site")
    assert [part.name for part in told.parts] == [target.name for target in CATALOG.platforms[0].targets]
    assert told.ways[0].state is told.verdict.state
    endpoints = sum(len(target.endpoints) for target in CATALOG.platforms[0].targets)
    assert sum(told.others.values()) + len(told.ways) == endpoints


def test_a_pool_is_not_told_twelve_times() -> None:
    """Endpoints by the same rules are counted; whoever wants them all gets those of other rules too."""
    rows = Rows()
    for address in ("44.1.2.1", "44.1.2.2"):
        rows.tried(address, connect="generic_timeout_error", at=f"post://{address}:443", times=2)
    told = story(rows, "site/pool")
    assert [way.endpoint for way in told.ways] == ["post://44.1.2.1:443"]
    assert told.others == {"impaired": 1}


def test_a_target_that_the_catalog_lost_keeps_its_steps() -> None:
    lost = Catalog(version="later", platforms=(), controls=())
    told = story(named(), catalog=lost)
    assert told.now is None
    assert told.ways == ()
    assert len(told.steps) >= 5


def test_a_verdict_by_other_rules_stands_beside_todays(capsys: pytest.CaptureFixture[str]) -> None:
    """The story is of the rows: where the row on the disk says something else, both are told."""
    from dataclasses import replace

    rows = named()
    old = replace(verdicts(rows)["site/web"], state=State.IMPAIRED, mechanisms=())
    show(story_of(old, sweep(), rows.rows, CATALOG, recurrence=Recurrence()))
    shown = " ".join(capsys.readouterr().out.split())
    assert "On the disk stands impaired; by today's rules and catalog it is blocked (tls.reset.sni)." in shown


def test_coming_and_going_is_told_with_k_of_n(capsys: pytest.CaptureFixture[str]) -> None:
    rows = named()
    recurs = Recurrence(blocked=3, told=8, changes=4, since=NOON)
    show(story_of(verdicts(rows)["site/web"], sweep(), rows.rows, CATALOG, recurrence=recurs))
    shown = " ".join(capsys.readouterr().out.split())
    assert "site/web was blocked in 3 of 8 sweeps from here that could tell, since 2026-11-24 12:00 UTC" in shown
    assert "now and then, not always" in shown


def test_the_terminal_shows_it_in_80_columns_without_colour(capsys: pytest.CaptureFixture[str]) -> None:
    show(story(named()))
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "\x1b" not in shown
    for title in (words.TRIED, words.CHANGED, words.SPOKE, words.WOULD_CHANGE, words.REMAINS):
        assert f"  {title}\n" in shown


def test_text_from_strangers_cannot_act(capsys: pytest.CaptureFixture[str]) -> None:
    """Not even one that was planted in the files by hand."""
    rows = honest_names().tried(tls="\x1b[2Jgone")
    show(story(rows))
    assert "\x1b" not in capsys.readouterr().out


def test_json_holds_what_the_terminal_shows() -> None:
    import json

    told = json.loads(as_json(story(named())))
    assert told["verdict"]["state"] == "blocked"
    (hop,) = told["ways"][0]["hops"]
    assert hop["steps"][0]["what"] == "The system's resolver asked for site.example"
    assert {one["kind"] for one in told["ways"][0]["otherwise"]} <= set(words.SUPPOSITIONS)


def test_what_is_supposed_is_told_by_what_it_would_have_come_to() -> None:
    sentences = supposed(story(named()).ways[0])
    assert any(re.fullmatch(r"Had one of its own tries gone well: ok\.", one) for one in sentences)
    assert len(sentences) == len(set(sentences))


def test_every_supposition_has_its_words() -> None:
    """Whatever is known of an endpoint."""
    source = otherwise.__file__
    with open(source, encoding="utf-8") as file:
        kinds = set(re.findall(r'kind="(\w+)"', file.read())) | {"alone", "corroborated"}
    assert kinds == set(words.SUPPOSITIONS)


def test_every_variation_that_a_row_may_hold_has_its_words() -> None:
    assert VARIATIONS.keys() <= {*words.VARIATIONS, *words.QUESTIONS}


def test_a_failure_left_out_is_told_by_its_meaning() -> None:
    from agent.report.explain.steps import failure_words

    for failure in FAILURES:
        if failure.startswith("not_run"):
            assert not failure_words(failure).startswith(("Left out", "not_run"))
            assert "_" not in failure_words(failure)


def test_an_open_service_needs_no_suppositions() -> None:
    """It works: only its failing would have said otherwise."""
    told = story(honest_names().tried())
    assert told.verdict.state is State.OK
    assert told.ways[0].otherwise == ()
