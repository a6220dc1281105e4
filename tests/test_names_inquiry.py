"""What is asked where no resolver is, as pure plans: when it is worth the wait, and what follows an answer."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from agent.config.resolvers import DEFAULT_RESOLVERS
from agent.inquiries.names import asked_again, in_doubt, once_more, silent_resolvers, to_compare, to_prove
from agent.verdict.gathering import tries_of
from agent.verdict.seen import Try
from probes.observation import Observation
from tests.observations import OWN, OWN_TWO, PRIVATE, STRANGER, Rows, honest_names

SILENCE, NXDOMAIN, EMPTY = "generic_timeout_error", "dns_nxdomain_error", "dns_no_answer"


def tries(rows: Rows) -> list[Try]:
    return [one for found in tries_of(rows.rows).values() for one in found]


def replies(rows: Rows) -> list[Observation]:
    return [row for row in rows.rows if row.operation == "resolve"]


def works() -> Rows:
    return honest_names().tried()


def heard(*outcomes: tuple[str, tuple[str, ...] | str]) -> list[Observation]:
    """Replies, or their want, to questions of a type that were sent where no resolver is."""
    rows = Rows()
    for query_type, outcome in outcomes:
        rows.asked(outcome, of="none-udp", query_type=query_type, variation="no_resolver_here")
    return rows.rows


@pytest.mark.parametrize(
    ("rows", "doubted"),
    [
        (works(), False),
        (works().asked(EMPTY, query_type="AAAA"), False),
        (works().asked(SILENCE, of="google-udp", query_type="AAAA"), False),
        (works().asked(NXDOMAIN, query_type="AAAA"), True),
        (works().asked((PRIVATE,), of="google-udp"), True),
        (works().asked("dns_reply_malformed", of="google-udp"), True),
        (Rows().asked((OWN,)).asked((OWN_TWO,), of="quad9-udp").tried(), True),
        (honest_names().tried(tls="connection_reset", times=2), True),
        (honest_names(), True),
    ],
)
def test_silence_is_waited_for_only_where_the_name_or_its_tries_are_odd(rows: Rows, doubted: bool) -> None:
    """No address of this type, or one lost packet, is nothing odd."""
    assert in_doubt(replies(rows), tries(rows)) is doubted


@pytest.mark.parametrize(
    ("answer", "rows", "asked"),
    [
        (SILENCE, works().asked((PRIVATE,), query_type="AAAA"), ("AAAA",)),
        (SILENCE, works().asked(NXDOMAIN, query_type="AAAA"), ("AAAA",)),
        (SILENCE, works().asked(EMPTY, query_type="AAAA"), ()),
        (SILENCE, Rows().asked(NXDOMAIN).asked(NXDOMAIN, query_type="AAAA"), ("A", "AAAA")),
        (SILENCE, Rows().asked((STRANGER,)).asked((OWN,), of="quad9-udp"), ("A",)),
        (SILENCE, honest_names().tried(connect=SILENCE, times=2), ()),
        ((STRANGER,), works().asked(NXDOMAIN, query_type="AAAA"), ()),
    ],
)
def test_what_drew_nothing_is_asked_once_more_where_resolvers_replies_are_odd(
    answer: tuple[str, ...] | str, rows: Rows, asked: tuple[str, ...]
) -> None:
    """An endpoint that fails by itself, at the address that everybody tells, is no cause."""
    assert once_more(heard(("A", answer)), replies(rows)) == asked


@pytest.mark.parametrize(
    ("answers", "again"),
    [
        ([("A", SILENCE)], ()),
        ([("A", "connection_refused")], ()),
        ([("A", (STRANGER,))], ("A", "AAAA")),
        ([("A", NXDOMAIN)], ("A", "AAAA")),
        ([("A", SILENCE), ("AAAA", (PRIVATE,))], ("AAAA",)),
        ([("A", SILENCE), ("AAAA", SILENCE)], ()),
    ],
)
def test_what_was_answered_is_asked_once_more(
    answers: list[tuple[str, tuple[str, ...] | str]], again: tuple[str, ...]
) -> None:
    """A message counts, whatever it says; a port that is said to be closed is none."""
    assert asked_again(heard(*answers)) == again


def test_of_a_plain_page_the_one_is_had_too_to_which_doh_leads() -> None:
    rows = Rows().asked((STRANGER,)).asked((OWN,), of="quad9-doh").tried(STRANGER, at="http://site.example/")
    assert to_compare(replies(rows), tries(rows), "http") == (OWN,)
    assert to_compare(replies(rows), tries(rows), "https") == ()
    assert to_compare(replies(rows), tries(rows.tried(OWN, at="http://site.example/")), "http") == ()


def test_an_answered_address_is_tried_for_a_certificate_unless_it_is_nobody_s() -> None:
    """One only, over IPv4, and never one into a network of the volunteer's."""
    answered = heard(("A", (PRIVATE, OWN_TWO, STRANGER)), ("AAAA", ("2610:44::9",)))
    assert to_prove(answered, tries(works()), "https") == (OWN_TWO,)
    assert to_prove(answered, tries(works()), "http") == ()
    assert to_prove(heard(("A", (PRIVATE,))), tries(works()), "https") == ()
    assert to_prove(heard(("A", (OWN,))), tries(works()), "https") == ()


@pytest.mark.parametrize(
    ("outcomes", "asked"),
    [
        ((SILENCE, SILENCE), ("quad9-udp", "google-udp")),
        ((SILENCE, (OWN,)), ()),
        ((SILENCE, NXDOMAIN), ()),
        ((), ()),
    ],
)
def test_resolvers_that_are_all_silent_are_asked_for_an_innocent_name(
    outcomes: Iterable[tuple[str, ...] | str], asked: tuple[str, ...]
) -> None:
    rows = Rows().asked(SILENCE)
    for outcome, resolver in zip(outcomes, ("quad9-udp", "google-udp"), strict=False):
        rows.asked(outcome, of=resolver)
    assert tuple(one.name for one in silent_resolvers(replies(rows), DEFAULT_RESOLVERS)) == asked
