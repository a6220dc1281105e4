"""From rows to what a rule can ask: lookups, tries, proofs, and what the sweep says of the line."""

from __future__ import annotations

from typing import Any

import pytest

from agent.verdict.classify import classify, gather
from agent.verdict.evidence import Evidence
from agent.verdict.gathering import lookups_of, surroundings_of, tries_of
from agent.verdict.records import State
from tests.observations import (
    ANCHOR,
    CATALOG,
    IRAN,
    OWN,
    OWN_TWO,
    OWN_V6,
    PRIVATE,
    SITE,
    STRANGER,
    Rows,
    honest_names,
    sweep,
    told_by_doh,
)

RESET, SILENCE = "connection_reset", "generic_timeout_error"


def evidence(rows: Rows, *, target: str = "site/web", at: str = "https://site.example/") -> Evidence:
    return way(rows, target=target, at=at)[0]


def way(rows: Rows, *, target: str = "site/web", at: str = "https://site.example/") -> tuple[Evidence, ...]:
    """The evidence of an endpoint and of every hop of its redirects."""
    return gather(sweep(), rows.rows, CATALOG.platforms)[target, at]


# Lookups ----------------------------------------------------------------------------------------------------------


def test_the_replies_to_one_question_are_one_lookup_in_order_of_arrival() -> None:
    rows = Rows().asked((IRAN,), (OWN,), of="quad9-udp").asked((OWN,))
    rows.rows.reverse()
    lookups = lookups_of(rows.rows)[SITE]
    assert sorted(len(lookup.replies) for lookup in lookups) == [1, 2]
    doubled = next(lookup for lookup in lookups if len(lookup.replies) == 2)
    assert (doubled.resolver, doubled.transport) == ("quad9-udp", "udp")
    assert doubled.answers == {IRAN}


def test_a_question_that_drew_nothing_is_a_lookup_with_its_failure() -> None:
    (lookup,) = lookups_of(Rows().asked(SILENCE).rows)[SITE]
    assert (lookup.failure, lookup.answers) == (SILENCE, frozenset())


NXDOMAIN, EMPTY, WRONG_ID = "dns_nxdomain_error", "dns_no_answer", "dns_reply_with_wrong_query_id"


@pytest.mark.parametrize(
    ("replies", "contradicts", "denies", "differs"),
    [
        ([(OWN,)], False, False, False),
        ([(OWN,), (OWN,)], False, False, False),
        ([(OWN, OWN_TWO), (OWN_TWO, OWN)], False, False, False),
        ([(OWN,), (OWN_TWO,)], False, False, True),
        ([(PRIVATE,), (OWN,)], True, False, False),
        ([(IRAN,), (IRAN,)], False, False, False),
        ([(IRAN,), (PRIVATE,)], False, False, False),
        ([NXDOMAIN, (OWN,)], False, True, False),
        ([(IRAN,), NXDOMAIN], False, True, False),
        ([EMPTY, (OWN,)], False, True, False),
        ([NXDOMAIN, EMPTY], False, False, False),
        (["dns_servfail_error", (OWN,)], False, False, False),
        (["dns_refused_error", (IRAN,)], False, False, False),
        ([WRONG_ID, (OWN,)], False, False, False),
        (["dns_server_misbehaving", (OWN,)], False, False, False),
    ],
)
def test_what_two_replies_to_one_question_say_together(
    replies: list[Any], contradicts: bool, denies: bool, differs: bool
) -> None:
    """Only an impossible address beside a public one cannot both be honest; a pool may give two public ones."""
    (lookup,) = lookups_of(Rows().asked(*replies, of="quad9-udp").rows)[SITE]
    assert (lookup.contradicts_itself, lookup.denies_itself, lookup.differs_from_itself) == (
        contradicts,
        denies,
        differs,
    )


# Tries ------------------------------------------------------------------------------------------------------------


def test_the_steps_over_one_connection_are_one_try() -> None:
    (first, second) = tries_of(Rows().tried(http=RESET, times=2).rows)["site/web", "https://site.example/", 0]
    assert [step.operation for step in first.steps] == ["connect", "tls_handshake", "http_round_trip"]
    assert (first.variation, second.variation) == ("first", "fresh_port")
    assert (first.failure, first.went_well, first.connected, first.shook_hands) == (RESET, False, True, True)


def test_what_was_left_out_is_no_try() -> None:
    rows = Rows().left_out("not_run_budget").tried()
    assert len(tries_of(rows.rows)["site/web", "https://site.example/", 0]) == 1


# Redirects --------------------------------------------------------------------------------------------------------

WWW, SHOP = "https://www.site.example", "http://shop.site.example"


def test_each_hop_of_a_redirect_is_an_endpoint_with_evidence_of_its_own() -> None:
    """Its name, protocol and port are read from its rows, and its lookups and proofs are those of its name."""
    rows = honest_names().tried(http=301).asked((OWN_TWO,), name="www.site.example")
    rows.tried(OWN_TWO, http=302, via=(WWW,)).tried(OWN_TWO, http=RESET, via=(WWW, SHOP), times=2)
    own, www, shop = way(rows)
    assert [one.hop for one in (own, www, shop)] == [0, 1, 2]
    assert [one.endpoint.hostname for one in (own, www, shop)] == [SITE, "www.site.example", "shop.site.example"]
    assert [(one.endpoint.protocol, one.endpoint.port) for one in (www, shop)] == [("https", 443), ("http", 80)]
    assert [sorted(one.proven) for one in (own, www, shop)] == [[OWN], [OWN_TWO], []]
    assert [sorted(one.told) for one in (www, shop)] == [[OWN_TWO], []]
    assert [len(one.tries) for one in (own, www, shop)] == [1, 1, 2]


def test_the_swap_tests_of_a_hop_do_not_tell_its_name() -> None:
    """They are made under other names, at other addresses; the hop is where its own tries went."""
    rows = honest_names().tried(http=301).tried(tls=RESET, via=(WWW,), times=2).swapped(elsewhere=RESET, via=(WWW,))
    own, www = way(rows)
    assert www.endpoint.hostname == "www.site.example"
    assert (len(own.tries), len(www.tries), len(www.varied("this_name_elsewhere"))) == (1, 6, 2)


def test_a_redirect_that_was_not_followed_is_no_hop() -> None:
    for failure in ("not_run_redirect_elsewhere", "not_run_redirect_limit"):
        assert len(way(honest_names().tried(http=301).left_out(failure, via=("",)))) == 1


def test_a_hop_that_was_left_out_is_one_with_nothing_seen() -> None:
    (_, www) = way(honest_names().tried(http=301).left_out("not_run_budget", via=(WWW,)))
    assert (www.endpoint.hostname, www.tries, len(www.not_run)) == ("www.site.example", (), 1)


@pytest.mark.parametrize(
    ("step", "at", "answered"),
    [
        ({}, "https://site.example/", True),
        ({"tls": "ssl_invalid_hostname"}, "https://site.example/", True),
        ({"tls": "tls_alert_112"}, "https://site.example/", True),
        ({"tls": RESET}, "https://site.example/", False),
        ({"tls": "tls_plaintext_response"}, "https://site.example/", False),
        ({"connect": SILENCE}, "https://site.example/", False),
        ({"http": 404}, "http://site.example/", True),
        ({"http": SILENCE}, "http://site.example/", False),
        ({}, "tcp://chat.site.example:5222", True),
    ],
)
def test_an_answer_is_what_the_endpoint_is_made_of(step: dict[str, Any], at: str, answered: bool) -> None:
    """An alert, or another's certificate, is one: somebody is there and speaks."""
    ((one,),) = tries_of(Rows().tried(at=at, **step).rows).values()
    assert one.answered is answered


def test_a_known_block_page_is_no_success() -> None:
    ((one,),) = tries_of(Rows().tried(at="http://site.example/", page="ir_iframe_v4").rows).values()
    assert one.failure == ""
    assert not one.went_well


# Addresses --------------------------------------------------------------------------------------------------------


def test_an_address_is_proven_by_its_certificate_for_the_name_asked_for() -> None:
    rows = honest_names().tried().tried(OWN_TWO, tls="ssl_invalid_certificate").tried(STRANGER, name="other.example")
    assert evidence(rows).proven == {OWN}
    assert evidence(rows).name_works


def test_a_swap_test_proves_no_address() -> None:
    """A control that has the site's certificate too must not clear the system's way to it."""
    assert evidence(Rows().tried(ANCHOR, variation="this_name_elsewhere")).proven == frozenset()


def test_what_the_secure_endpoint_proves_holds_for_the_plain_one() -> None:
    plain = evidence(honest_names().tried(), target="site/plain", at="http://site.example/")
    assert plain.proven == {OWN}


def test_addresses_out_of_differing_replies_are_suspect_until_proven() -> None:
    rows = Rows().asked((OWN,)).asked((STRANGER,), (OWN,), of="quad9-udp").tried(STRANGER, tls=RESET).tried(tls=RESET)
    assert evidence(rows).suspect == {OWN, STRANGER}
    assert evidence(rows).plain_tries == ()
    rows.tried(variation="fresh_port")
    assert {one.address for one in evidence(rows).plain_tries} == {OWN}


def test_an_answer_that_only_the_system_gives_is_disowned_where_another_is_proven() -> None:
    """Also when others over the line echo it; not when DoH gives it, nor while nothing is proven."""
    misled = Rows().asked((STRANGER,)).asked((STRANGER,), of="quad9-udp")
    assert evidence(misled).disowned == frozenset()
    assert evidence(told_by_doh(misled, OWN)).disowned == {STRANGER}
    assert evidence(told_by_doh(Rows().asked((STRANGER,)), OWN, STRANGER)).disowned == frozenset()


def test_ipv6_counts_when_it_works_or_stands_alone() -> None:
    dead = honest_names().tried(tls=RESET).tried(OWN_V6, connect=SILENCE)
    assert {one.address for one in evidence(dead).plain_tries} == {OWN}
    assert {one.address for one in evidence(Rows().tried(OWN_V6, connect=SILENCE)).plain_tries} == {OWN_V6}
    assert {one.address for one in evidence(dead.tried(OWN_V6)).plain_tries} == {OWN, OWN_V6}


def test_beside_an_impossible_address_the_public_one_is_not_suspect() -> None:
    assert evidence(Rows().asked((PRIVATE,), (OWN,), of="quad9-udp")).suspect == frozenset()


# The line ---------------------------------------------------------------------------------------------------------


def test_a_resolver_works_that_gave_any_name_an_address_of_the_world() -> None:
    rows = Rows().asked((PRIVATE,)).asked((OWN,), of="quad9-udp").asked(SILENCE, of="quad9-doh")
    assert surroundings_of(rows.rows).working_resolvers == {"quad9-udp"}


def test_a_line_loses_questions_when_one_about_a_name_that_works_went_unanswered() -> None:
    """A name that never works may be silenced by a censor; and many a router is silent to AAAA."""
    assert surroundings_of(honest_names().tried().asked(SILENCE).rows).loses_questions
    assert not surroundings_of(honest_names().tried().asked(SILENCE, query_type="AAAA").rows).loses_questions
    assert not surroundings_of(honest_names().tried(tls=RESET).asked(SILENCE).rows).loses_questions
    assert not surroundings_of(told_by_doh(Rows().asked(SILENCE), OWN).rows).loses_questions


def test_a_line_loses_what_meets_silence_before_the_next_comes_about() -> None:
    assert surroundings_of(Rows().tried(connect=SILENCE, times=2).tried(times=2).rows).silent_share == 0.5
    assert surroundings_of(Rows().tried().tried(connect=SILENCE, times=2).rows).silent_share == 0.0
    assert surroundings_of(Rows().tried(connect=RESET).tried().rows).silent_share == 0.0


def test_a_port_is_open_that_took_a_connection_of_its_own() -> None:
    rows = Rows().tried(tls=RESET).tried(OWN_TWO, connect=SILENCE).tried(ANCHOR, variation="this_name_elsewhere")
    assert surroundings_of(rows.rows).open_ports == {(OWN, 443)}
    assert not evidence(rows).open_beside
    assert evidence(rows.tried(at="http://site.example/")).open_beside


def test_a_port_that_was_only_connected_to_is_open_and_no_try_of_the_endpoint() -> None:
    """Of a plain page alone it tells that its server stands."""
    plain = {"platform": "site", "target": "site/plain", "endpoint": "http://site.example/"}
    rows = honest_names().tried(at="http://site.example/", http=RESET, times=2)
    for failure, is_open in ((SILENCE, False), ("", True)):
        rows.add(**plain, operation="connect", variation="other_port", address=OWN, port=443, failure=failure)
        alone = evidence(rows, target="site/plain", at="http://site.example/")
        assert (alone.open_beside, len(alone.plain_tries)) == (is_open, 2)


def test_a_stranger_is_shared_by_platforms_and_proven_for_none() -> None:
    rows = Rows().asked((STRANGER,)).asked((STRANGER,), name="api.site.example")
    assert surroundings_of(rows.rows).shared_strangers == frozenset()
    rows.asked((STRANGER,), name="other.example", platform="other")
    assert surroundings_of(rows.rows).shared_strangers == {STRANGER}
    assert surroundings_of(rows.tried(STRANGER).rows).shared_strangers == frozenset()


def test_a_try_that_we_cut_between_two_steps_neither_failed_nor_went_well() -> None:
    """Connected, and then told to stop: that is no sign that the site answers."""
    rows = honest_names().tried().left_out("not_run_interrupted")
    assert evidence(rows).works
    cut = Rows([row for row in rows.rows if row.operation != "http_round_trip"])
    assert evidence(cut).tries == ()
    assert [verdict.state for verdict in classify(sweep(), cut.rows, CATALOG) if verdict.target == "site/web"] == [
        State.INSUFFICIENT
    ]
