"""The picture of a path: where it broke is where its own tries failed, or where a rule accuses what came."""

from __future__ import annotations

from agent.records import VantageState
from agent.report.explain.story import story_of
from agent.report.page.path import Came, Station, Swap, stations_of, swaps_of
from agent.report.page.story_words import CAME, LAYERS, SIGNS, STATIONS, came_words, clock, outcome_words
from agent.timeline.recurrence import Recurrence
from tests.observations import (
    CATALOG,
    IRAN,
    OWN,
    Rows,
    honest_names,
    sweep,
    told_by_doh,
    verdicts,
)

RESET, SILENCE = "connection_reset", "generic_timeout_error"


def pictured(rows: Rows, name: str = "site/web") -> tuple[dict[str, Came], dict[str, Station], tuple[Swap, ...]]:
    """How the first endpoint's first hop fared at each station, the stations, and its swaps."""
    told = story_of(verdicts(rows, VantageState.NORMAL)[name], sweep(), rows.rows, CATALOG, recurrence=Recurrence())
    way = told.ways[0]
    stations = {one.layer: one for one in stations_of(way.endpoint, way.hops[-1], rows.rows)}
    return {layer: one.came for layer, one in stations.items()}, stations, swaps_of(way.hops[-1], rows.rows)


def named() -> Rows:
    """The name alone is reset, here and at the anchor."""
    return told_by_doh(honest_names(), OWN, name="api.site.example").tried(tls=RESET, times=2).swapped(elsewhere=RESET)


def test_what_works_passes_everywhere() -> None:
    came, stations, swaps = pictured(honest_names().tried(times=2))
    assert came == dict.fromkeys(("dns", "tcp", "tls", "http"), Came.PASSED)
    assert all(one.saw == "" for one in stations.values())
    assert swaps == ()


def test_it_breaks_at_the_handshake_and_nothing_further_is_reached() -> None:
    came, stations, _ = pictured(named())
    assert came == {"dns": Came.PASSED, "tcp": Came.PASSED, "tls": Came.BROKE, "http": Came.NOT_REACHED}
    assert (stations["tls"].passed, stations["tls"].reached) == (0, 2)
    assert stations["tls"].saw == "the connection is reset"


def test_a_forged_answer_breaks_at_the_name_though_an_answer_came() -> None:
    """And what was not visited is told once, where the way ends."""
    came, stations, _ = pictured(Rows().asked((IRAN,)).left_out("not_run_private_address"))
    assert came == {"dns": Came.BROKE, "tcp": Came.NOT_REACHED, "tls": Came.NOT_REACHED, "http": Came.NOT_REACHED}
    assert stations["dns"].saw == IRAN
    assert "local network" in stations["tcp"].saw
    assert stations["tls"].saw == ""
    assert came_words(stations["dns"]) == "broke here"  # no count: every question was answered


def test_a_filters_page_breaks_at_the_page_though_it_came() -> None:
    plain = "http://site.example/"
    came, stations, _ = pictured(
        honest_names().tried(at=plain, http=403, page="ir_iframe_v4", times=2), name="site/plain"
    )
    assert came == {"dns": Came.PASSED, "tcp": Came.PASSED, "tls": Came.NOT_ASKED, "http": Came.BROKE}
    assert "ir_iframe_v4" in stations["http"].saw


def test_some_tries_pass_and_some_do_not() -> None:
    came, stations, _ = pictured(honest_names().tried(tls=RESET).tried(variation="fresh_port"))
    assert came["tls"] is Came.MIXED
    assert came_words(stations["tls"]) == "passed in some tries (1 of 2)"
    assert (stations["http"].came, stations["http"].reached) == (Came.PASSED, 1)


def test_a_swapped_try_is_no_try_of_its_own() -> None:
    """An innocent name that passes does not mend the picture, and its failure does not break it."""
    came, stations, _ = pictured(honest_names().tried().swapped(here=RESET, other=RESET, elsewhere=RESET))
    assert came["tls"] is Came.PASSED
    assert stations["tls"].reached == 1


def test_a_bare_address_asks_for_no_name_and_a_connection_for_no_page() -> None:
    pool = Rows()
    for address in ("44.1.2.1", "44.1.2.2"):
        pool.tried(address, at=f"post://{address}:443", connect=SILENCE, times=2)
    came, *_ = pictured(pool, name="site/pool")
    assert came == {"dns": Came.NOT_ASKED, "tcp": Came.BROKE, "tls": Came.NOT_ASKED, "http": Came.NOT_REACHED}
    chat = "tcp://chat.site.example:5222"
    rows = honest_names(name="chat.site.example").tried(at=chat)
    came, *_ = pictured(rows, name="site/chat")
    assert came == {"dns": Came.PASSED, "tcp": Came.PASSED, "tls": Came.NOT_ASKED, "http": Came.NOT_ASKED}


def test_a_name_without_addresses_of_one_kind_passes() -> None:
    rows = Rows().asked((OWN,)).asked("dns_no_answer", query_type="AAAA").tried()
    came, stations, _ = pictured(rows)
    assert came["dns"] is Came.PASSED
    assert (stations["dns"].passed, stations["dns"].reached) == (1, 1)


def test_the_swaps_stand_beside_the_own_tries() -> None:
    """Which name, at which address, and what came, with k of n."""
    *_, swaps = pictured(named())
    told = {one.variation: (one.names, one.addresses, outcome_words(one)) for one in swaps}
    assert told == {
        "first": (("site.example",), (OWN,), "2 of 2: the connection is reset"),
        "other_name_elsewhere": (("innocent.example",), ("44.9.9.9",), "it is answered"),
        "control_name_here": (("control.example",), (OWN,), "it is answered"),
        "this_name_elsewhere": (("site.example",), ("44.9.9.9",), "2 of 2: the connection is reset"),
    }


def test_a_swap_that_fails_otherwise_is_told_by_its_own_failure() -> None:
    *_, swaps = pictured(honest_names().tried(tls=RESET, times=2).swapped(elsewhere="eof_error", here=RESET))
    told = {one.variation: outcome_words(one) for one in swaps}
    assert told["this_name_elsewhere"] == "2 of 2: the connection is closed"
    assert told["control_name_here"] == "the connection is reset"


def test_every_station_and_every_fate_has_its_word_and_its_sign() -> None:
    assert set(CAME) == set(SIGNS) == set(Came)
    assert len(set(SIGNS.values())) == len(SIGNS)
    assert set(LAYERS) == set(STATIONS)


def test_time_is_told_in_minutes_and_seconds() -> None:
    assert [clock(seconds) for seconds in (0.0, 9.96, 61.25, -1.0)] == ["0:00.0", "0:10.0", "1:01.2", "0:00.0"]
