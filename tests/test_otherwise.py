"""What would have changed a verdict: the rules, asked again, say it themselves."""

from __future__ import annotations

from agent.records import VantageState
from agent.verdict.classify import gather
from agent.verdict.judge import judge_way
from agent.verdict.otherwise import Otherwise, otherwise, suppositions
from agent.verdict.records import State
from tests.observations import CATALOG, IRAN, OWN, Rows, honest_names, sweep, told_by_doh

RESET = "connection_reset"
AT = "https://site.example/"
NAMED = ("tls.reset.sni",)


def would(
    rows: Rows, vantage: VantageState = VantageState.NORMAL
) -> dict[tuple[str, str], tuple[State, tuple[str, ...]]]:
    """By what might have been otherwise: the state and the mechanisms that it would have come to."""
    found = otherwise(gather(sweep(vantage), rows.rows, CATALOG.platforms)["site/web", AT])
    return {(one.kind, one.of): (one.state, one.mechanisms) for one in found}


def named() -> Rows:
    """The name alone is reset, here and at the anchor."""
    return honest_names().tried(tls=RESET, times=2).swapped(elsewhere=RESET)


def test_a_block_by_name_rests_on_each_of_its_swaps() -> None:
    found = would(named())
    assert found["answered", "this_name_elsewhere"][0] is State.IMPAIRED
    assert found["failed_alike", "other_name_elsewhere"][0] is not State.BLOCKED
    assert found["tried_once", ""][0] not in {State.BLOCKED, State.LIKELY_BLOCKED}


def test_what_works_once_is_not_blocked() -> None:
    assert would(named())["one_went_well", ""] == (State.OK, ())


def test_a_block_page_rests_on_its_being_known() -> None:
    rows = honest_names().tried(at="http://site.example/", http=403, page="ir_iframe_v4", times=2)
    ways = gather(sweep(), rows.rows, CATALOG.platforms)
    (way,) = (hops for (_, endpoint), hops in ways.items() if endpoint == "http://site.example/")
    assert judge_way(way).state is State.BLOCKED
    assert {one.kind: one.state for one in otherwise(way)}["unlisted_page"] in {State.OK, State.IMPAIRED}


def test_a_forged_name_rests_on_the_answers() -> None:
    """With true answers from everybody the same connections would be those of a service that works."""
    found = would(told_by_doh(Rows().asked((IRAN,)).asked((IRAN,), of="quad9-udp"), OWN))
    assert found["honest_answers", ""] == (State.OK, ())


def test_on_a_line_that_is_not_normal_the_line_is_what_keeps_the_rules_still() -> None:
    found = would(named(), VantageState.NATIONAL_ONLY)
    assert found["line_normal", ""] == (State.BLOCKED, NAMED)


def test_only_what_changes_the_verdict_is_told() -> None:
    """Each outcome differs from the true one, and is what the rules say of the evidence as supposed."""
    way = gather(sweep(), named().rows, CATALOG.platforms)["site/web", AT]
    actual = judge_way(way)
    again = {(one.kind, one.of): judge_way([one.evidence]) for one in suppositions(way[0])}
    for one in otherwise(way):
        assert (one.state, one.mechanisms) != (actual.state, actual.mechanisms)
        supposed = again[one.kind, one.of]
        assert (one.state, one.mechanisms) == (supposed.state, supposed.mechanisms)


def test_of_a_hop_of_a_redirect_the_whole_way_is_judged() -> None:
    """The first page works; what it leads to does not: had that gone well, the endpoint would be ok."""
    rows = honest_names().tried().tried(tls=RESET, times=2, via=("https://site.example",))
    assert Otherwise(kind="one_went_well", state=State.OK, mechanisms=()) in otherwise(
        gather(sweep(), rows.rows, CATALOG.platforms)["site/web", AT]
    )
