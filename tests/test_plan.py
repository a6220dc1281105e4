"""What a sweep does next, as tables: pure decisions over what was seen so far."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.catalog.records import Endpoint
from agent.config import DEFAULT_RESOLVERS
from agent.inquiries.isolation import TRIES_MAX, next_tries
from agent.plan import (
    Attempt,
    addresses_refused,
    addresses_to_try,
    doubts,
    first_questions,
    further_questions,
    looks_odd,
    repeats,
    tasks_of,
)
from agent.vantage import Anchor
from agent.verdict.seen import Try
from probes.observation import Observation
from tests.worlds import CATALOG

SITE = Endpoint(id="https://site.example/", protocol="https", hostname="site.example", port=443, source="made up")
BARE = Endpoint(id="post://44.1.1.1:80", protocol="http", addresses=("44.1.1.1",), port=80, source="made up")
ANCHOR = Anchor(address="44.9.9.9", name="innocent.example", other_name="other.example")
#: Public addresses, and some that a forged answer may hold.
V4, OTHER_V4, V6 = "44.1.1.1", "44.2.2.2", "2610:44::1"
PRIVATE = ("10.10.34.36", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "d0::11", "fd00::1", "::1")


def told(*answers: str, resolver: str = "system") -> Observation:
    return Observation(operation="resolve", resolver=resolver, answers=answers)


def tried(address: str = V4, failure: str = "", *, at: str = "tls", variation: str = "first") -> Try:
    """A try that failed at a step, or went well."""
    connect = Observation(operation="connect", address=address, failure=failure if at == "connect" else "")
    if connect.failure:
        return Try(variation=variation, address=address, connect=connect)
    tls = Observation(operation="tls_handshake", address=address, failure=failure)
    return Try(variation=variation, address=address, connect=connect, tls=tls)


# Tasks ------------------------------------------------------------------------------------------------------------


def test_every_endpoint_of_a_living_platform_is_a_task_and_cloob_has_none() -> None:
    tasks = tasks_of(CATALOG, (), shuffle=None)
    assert {task.platform.key for task in tasks} == {one.key for one in CATALOG.platforms} - {"cloob"}
    assert [task.endpoint.id for task in tasks] == [
        endpoint.id
        for platform, target in CATALOG.targets()
        if platform.key != "cloob"
        for endpoint in target.endpoints
    ]


def test_chosen_platforms_alone_are_planned() -> None:
    assert {task.platform.key for task in tasks_of(CATALOG, ("yahoo", "cloob"), shuffle=None)} == {"yahoo"}
    assert tasks_of(CATALOG, ("cloob",), shuffle=None) == ()


def test_shuffling_changes_the_order_and_nothing_else() -> None:
    """By the randomness given alone: the same gives the same, so that a plan can be made again."""
    plain = tasks_of(CATALOG, (), shuffle=None)
    one, same, other = (tasks_of(CATALOG, (), shuffle=random.Random(seed)) for seed in (1, 1, 2))  # noqa: S311 -- order
    assert one == same
    assert len({plain, one, other}) == 3
    assert set(one) == set(other) == set(plain)


# Questions --------------------------------------------------------------------------------------------------------


def test_the_system_and_udp_are_asked_first_the_rest_when_something_is_odd() -> None:
    """The system's resolver is in both rounds: a failure must repeat to count."""
    assert [one.name for one in first_questions(DEFAULT_RESOLVERS)] == ["system", "quad9-udp", "google-udp"]
    assert [one.name for one in further_questions(DEFAULT_RESOLVERS)] == ["system", "quad9-tcp", "quad9-doh"]
    assert [one.name for one in first_questions(())] == [one.name for one in further_questions(())] == ["system"]


@pytest.mark.parametrize(
    ("replies", "odd"),
    [
        ([told(V4), told(V4, resolver="udp")], False),
        ([told(V4, OTHER_V4), told(OTHER_V4, resolver="udp")], False),
        ([told(V4), told(OTHER_V4, resolver="udp")], True),
        ([told(V4), told(resolver="udp")], True),
        ([told(V4)], True),
        ([told(), told(V4, resolver="udp")], True),
        ([told("10.10.34.36"), told("10.10.34.36", resolver="udp")], True),
        ([told("10.10.34.36"), told(V6), told(V6, resolver="udp")], False),
        ([], True),
    ],
)
def test_a_second_opinion_is_asked_for_when_nobody_agrees_or_no_address_is_public(
    replies: Sequence[Observation], odd: bool
) -> None:
    assert looks_odd(replies) is odd


# Addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("replies", "addresses"),
    [
        ([], ()),
        ([told(V4, OTHER_V4), told(V4, resolver="udp")], (V4,)),
        ([told(V4), told(V6), told(V4, V6, resolver="udp")], (V4, V6)),
        ([told(), told(V4, resolver="udp"), told(OTHER_V4, resolver="doh")], (OTHER_V4,)),
        ([told(V4), told(OTHER_V4, resolver="udp")], (V4, OTHER_V4)),
        ([told(V4), told(V4, resolver="udp"), told(OTHER_V4, resolver="doh")], (V4,)),
        ([told("10.10.34.36"), told("10.10.34.36", resolver="udp"), told(V4, resolver="doh")], (V4,)),
        ([told(*PRIVATE), told(*PRIVATE, resolver="udp")], ()),
    ],
)
def test_of_each_ip_version_the_systems_address_is_tried_and_anothers_when_they_disagree(
    replies: Sequence[Observation], addresses: tuple[str, ...]
) -> None:
    """Several equal tries would be several connections for one answer."""
    assert addresses_to_try(replies, with_ipv6=True) == addresses


def test_once_it_has_failed_an_address_is_tried_that_only_the_last_asked_tells() -> None:
    """Whoever forges an answer to the system forges those of most others too, and then nobody seems to disagree."""
    replies = [told(V4), told(V4, resolver="udp"), told(OTHER_V4, resolver="doh")]
    assert addresses_to_try(replies, with_ipv6=True, in_doubt=True) == (V4, OTHER_V4)
    assert addresses_to_try(replies[:2], with_ipv6=True, in_doubt=True) == (V4,)


def test_no_address_of_a_dead_ipv6_is_tried() -> None:
    assert addresses_to_try([told(V4, V6)], with_ipv6=False) == (V4,)
    assert addresses_to_try([told(V6)], with_ipv6=False) == ()


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_where_no_public_server_can_be_is_refused_and_never_tried(address: str) -> None:
    """Wherever it was told, and whatever stands beside it: a forged answer must not lead into the user's network."""
    for resolver in ("system", "udp"):
        replies = [told(address, V4), told(address, resolver=resolver)]
        assert address not in addresses_to_try(replies, with_ipv6=True)
        assert addresses_refused(replies) == (address,)


@pytest.mark.parametrize(
    ("address", "at_home"),
    [
        ("91.98.10.20", True),
        ("91.98.10.21", False),
        ("2a01:5ec0:1:2::77", True),
        ("2a01:5ec0:1:3::77", False),
        (V4, False),
    ],
)
def test_this_computers_own_network_is_never_visited_though_its_addresses_are_public(
    address: str, at_home: bool
) -> None:
    """A line with IPv6 gives the printer a public address too."""
    own, replies = frozenset({"91.98.10.20", "2a01:5ec0:1:2::5"}), [told(address)]
    assert addresses_to_try(replies, with_ipv6=True, own=own) == (() if at_home else (address,))
    assert addresses_refused(replies, own=own) == ((address,) if at_home else ())


# Repeats ----------------------------------------------------------------------------------------------------------


def fresh(*addresses: str, name: str = "site.example") -> tuple[Attempt, ...]:
    return tuple(Attempt(variation="fresh_port", address=address, name=name) for address in addresses)


@pytest.mark.parametrize(
    ("tries", "further"),
    [
        ([], ()),
        ([tried()], ()),
        ([tried(failure="connection_reset")], fresh(V4)),
        ([tried(failure="connection_reset"), tried(failure="connection_reset", variation="fresh_port")], ()),
        ([tried(failure="connection_reset"), tried(OTHER_V4)], ()),
        ([tried(failure="eof_error"), tried(OTHER_V4, "eof_error")], fresh(V4, OTHER_V4)),
        ([tried(failure="eof_error"), tried(failure="eof_error"), tried(OTHER_V4, "eof_error")], fresh(OTHER_V4)),
        ([tried(failure="eof_error"), tried(V6, "eof_error")], fresh(V4)),
        ([tried(V6, "eof_error")], fresh(V6)),
    ],
)
def test_a_failure_is_repeated_on_a_fresh_port_as_often_as_asked(
    tries: Sequence[Try], further: tuple[Attempt, ...]
) -> None:
    """Nothing is, once something went well; over IPv6 only where there was no IPv4."""
    assert repeats(SITE, tries, tries_per_address=2) == further


@pytest.mark.parametrize(
    ("tries", "further"),
    [
        ([tried(failure="eof_error"), tried(OTHER_V4)], fresh(V4)),
        ([tried(failure="eof_error"), tried(failure="eof_error"), tried(OTHER_V4)], ()),
        ([tried(), tried(OTHER_V4, "eof_error")], ()),
        ([tried(V6, "eof_error"), tried()], ()),
    ],
)
def test_what_works_only_where_others_send_is_tried_again_where_the_system_does(
    tries: Sequence[Try], further: tuple[Attempt, ...]
) -> None:
    """One lost connection must not pass for a forged answer, nor a forged answer for a service that works."""
    replies = [told(V4), told(V6), told(OTHER_V4, resolver="quad9-doh")]
    assert doubts(SITE, tries, replies, tries_per_address=2) == further


def test_one_try_per_address_repeats_nothing() -> None:
    assert repeats(SITE, [tried(failure="connection_reset")], tries_per_address=1) == ()


def test_a_bare_address_is_repeated_without_a_name() -> None:
    assert repeats(BARE, [tried(failure="eof_error")], tries_per_address=2) == fresh(V4, name="")


# Isolation --------------------------------------------------------------------------------------------------------

RESET, SILENCE, CLOSE = "connection_reset", "generic_timeout_error", "eof_error"
TWICE = [tried(failure=RESET), tried(failure=RESET, variation="fresh_port")]
#: A stranger's certificate: how a server answers a name that is not its own.
ANSWERED = "ssl_invalid_hostname"
ELSEWHERE = ANCHOR.address
PLAIN_SITE = replace(SITE, id="http://site.example/", protocol="http", port=80)
ARTICLE = replace(PLAIN_SITE, id="http://site.example/article", path="/article")
PLACES = {"this_name_elsewhere": ELSEWHERE, "other_name_elsewhere": ELSEWHERE, "other_path_elsewhere": ELSEWHERE}


def swapped(**outcomes: str) -> list[Try]:
    """One try of each variation, with its failure."""
    return [tried(PLACES.get(name, V4), failure, variation=name) for name, failure in outcomes.items()]


def asked(*outcomes: tuple[str, str]) -> list[Try]:
    """The same of plain requests. An empty failure is an answer."""
    made = []
    for variation, failure in outcomes:
        address = PLACES.get(variation, V4)
        status = None if failure else 200
        answer = Observation(operation="http_round_trip", address=address, failure=failure, status_code=status)
        made.append(replace(tried(address, variation=variation), tls=None, http=answer))
    return made


def planned(endpoint: Endpoint, tries: Sequence[Try]) -> list[str]:
    return [one.variation for one in next_tries(endpoint, tries, ANCHOR)]


def test_the_tries_go_where_they_say_and_change_what_they_say() -> None:
    here = Attempt(variation="", address=V4, name="site.example")
    assert next_tries(SITE, TWICE, ANCHOR) == (
        Attempt(variation="other_name_elsewhere", address=ELSEWHERE, name="other.example"),
        Attempt(variation="control_name_here", address=V4, name="innocent.example"),
    )
    mute = [*TWICE, *swapped(other_name_elsewhere=ANSWERED, control_name_here=RESET)]
    assert next_tries(SITE, mute, ANCHOR) == (
        Attempt(variation="this_name_elsewhere", address=ELSEWHERE, name="site.example"),
        Attempt(variation="no_name_here", address=V4, name=""),
    )
    mute += swapped(this_name_elsewhere=ANSWERED, no_name_here=RESET)
    assert next_tries(SITE, mute, ANCHOR) == (replace(here, variation="tls_1_3_here", tls_version="1.3"),)
    silent = [tried(failure=SILENCE), tried(failure=SILENCE, variation="fresh_port")]
    silent += swapped(other_name_elsewhere=ANSWERED, control_name_here=SILENCE)
    silent += swapped(this_name_elsewhere=ANSWERED, no_name_here=SILENCE)
    silent += swapped(tls_1_3_here="tls_alert_70")
    short = replace(here, variation="short_segments_here", segment_bytes=512)
    assert next_tries(SITE, silent, ANCHOR) == (short,)
    assert next_tries(SITE, [*mute, *swapped(tls_1_3_here="tls_alert_70")], ANCHOR) == ()
    first = asked(("first", RESET), ("fresh_port", RESET))
    assert replace(here, variation="other_port", connect_port=443) in next_tries(ARTICLE, first, ANCHOR)
    first += asked(("other_name_elsewhere", RESET), ("control_name_here", RESET))
    assert next_tries(ARTICLE, first, ANCHOR) == (
        Attempt(variation="other_path_elsewhere", address=ELSEWHERE, name="other.example", path="/"),
        replace(here, variation="other_path_here", path="/"),
    )


@pytest.mark.parametrize(
    ("seen", "further"),
    [
        ({}, ["other_name_elsewhere", "control_name_here"]),
        ({"other_name_elsewhere": ANSWERED, "control_name_here": ANSWERED}, ["this_name_elsewhere"]),
        ({"other_name_elsewhere": ANSWERED, "control_name_here": "tls_alert_112"}, ["this_name_elsewhere"]),
        ({"other_name_elsewhere": ANSWERED, "control_name_here": CLOSE}, ["this_name_elsewhere", "no_name_here"]),
        ({"other_name_elsewhere": RESET, "control_name_here": ANSWERED}, []),
        ({"other_name_elsewhere": CLOSE, "control_name_here": ANSWERED}, ["this_name_elsewhere"]),
        (
            {"other_name_elsewhere": ANSWERED, "control_name_here": ANSWERED, "this_name_elsewhere": RESET},
            ["this_name_elsewhere"],
        ),
        ({"other_name_elsewhere": ANSWERED, "control_name_here": ANSWERED, "this_name_elsewhere": ANSWERED}, []),
        (
            {
                "other_name_elsewhere": ANSWERED,
                "control_name_here": RESET,
                "no_name_here": ANSWERED,
                "this_name_elsewhere": ANSWERED,
            },
            [],
        ),
    ],
    ids=[
        "nothing yet: innocent names first",
        "others do well: the suspect",
        "an alert is an answer",
        "this server answers no other: the suspect, and no name",
        "the anchor turns all away alike",
        "the anchor turns strangers away otherwise",
        "the suspect fails: again",
        "the suspect does well",
        "no name does well here: no certificate is cut",
    ],
)
def test_each_round_is_the_shortest_that_parts_what_is_left(seen: dict[str, str], further: list[str]) -> None:
    assert planned(SITE, [*TWICE, *swapped(**seen)]) == further


def test_after_two_tries_of_the_suspect_nothing_is_left() -> None:
    seen = swapped(other_name_elsewhere=ANSWERED, control_name_here=ANSWERED, this_name_elsewhere=RESET)
    assert planned(SITE, [*TWICE, *seen, seen[-1]]) == []


def test_a_path_that_a_redirect_led_to_is_not_told_to_the_anchor() -> None:
    """It may hold something of the visitor's, and the anchor has no part in it."""
    tries = asked(("first", RESET), ("fresh_port", RESET))
    while attempts := next_tries(ARTICLE, tries, ANCHOR, path_is_public=False):
        assert {one.path for one in attempts if one.address == ELSEWHERE} <= {"/"}
        tries += [replace(asked((one.variation, RESET))[0], address=one.address) for one in attempts]
    assert len(tries) > 2


@pytest.mark.parametrize("failure", [RESET, SILENCE, CLOSE, "tls_alert_40", "tls_plaintext_response"])
def test_whatever_comes_in_place_of_a_handshake_is_isolated(failure: str) -> None:
    assert planned(SITE, [tried(failure=failure)] * 2) == ["other_name_elsewhere", "control_name_here"]


def test_a_port_that_is_shut_after_a_reset_is_left_alone() -> None:
    """One failure is enough then: nobody lets it be repeated. Not of silence, and not where the port was shut first."""
    shut = tried(failure=SILENCE, at="connect", variation="fresh_port")
    assert planned(SITE, [TWICE[0], shut]) == ["other_name_elsewhere"]
    assert planned(SITE, [shut, TWICE[0]]) == []
    assert planned(SITE, [tried(failure=SILENCE), shut]) == []


def test_of_several_addresses_that_fail_the_one_that_doh_vouches_for_is_looked_at() -> None:
    """Where the system's resolver sends may be a forger's choice."""
    tries = [tried(address, RESET) for address in (V4, OTHER_V4, V4, OTHER_V4)]
    first = next_tries(SITE, tries, ANCHOR, vouched_for={OTHER_V4})
    assert [one.address for one in first] == [ELSEWHERE, OTHER_V4]


@pytest.mark.parametrize(
    ("endpoint", "seen", "further"),
    [
        (PLAIN_SITE, {}, ["other_name_elsewhere", "other_port", "control_name_here"]),
        (PLAIN_SITE, {"other_name_elsewhere": RESET, "control_name_here": RESET}, []),
        (ARTICLE, {"other_name_elsewhere": "", "control_name_here": ""}, ["this_name_elsewhere"]),
        (
            ARTICLE,
            {"other_name_elsewhere": "", "control_name_here": "", "this_name_elsewhere": RESET},
            ["this_name_elsewhere"],
        ),
        (ARTICLE, {"other_name_elsewhere": "", "control_name_here": "", "this_name_elsewhere": ""}, []),
        (
            ARTICLE,
            {"other_name_elsewhere": RESET, "control_name_here": RESET},
            ["other_path_elsewhere", "other_path_here"],
        ),
        (
            ARTICLE,
            {
                "other_name_elsewhere": RESET,
                "control_name_here": RESET,
                "other_path_elsewhere": "",
                "other_path_here": "",
            },
            ["other_name_elsewhere"],
        ),
        (
            ARTICLE,
            {
                "other_name_elsewhere": RESET,
                "control_name_here": RESET,
                "other_path_elsewhere": RESET,
                "other_path_here": "",
            },
            [],
        ),
    ],
    ids=[
        "nothing yet",
        "every Host fails, and there is no path to change",
        "other Hosts do well: the suspect",
        "the suspect fails: again",
        "the suspect does well",
        "every Host fails with this path",
        "another path does well: this one again",
        "the anchor is mute to all",
    ],
)
def test_of_plain_http_the_host_is_changed_and_then_the_path(
    endpoint: Endpoint, seen: dict[str, str], further: list[str]
) -> None:
    assert planned(endpoint, asked(("first", RESET), ("fresh_port", RESET), *seen.items())) == further


def test_a_host_that_is_the_trigger_is_tried_as_a_word_of_the_path() -> None:
    """Once, and with an innocent Host: who looks for words anywhere cuts that too."""
    tries = asked(("first", RESET), ("fresh_port", RESET), ("other_name_elsewhere", ""), ("control_name_here", ""))
    tries += asked(("this_name_elsewhere", RESET), ("this_name_elsewhere", RESET))
    (word,) = next_tries(ARTICLE, tries, ANCHOR)
    assert word == Attempt(
        variation="name_in_path_elsewhere", address=ELSEWHERE, name="other.example", path="/site.example"
    )
    assert planned(ARTICLE, [*tries, *asked((word.variation, RESET))]) == []


@pytest.mark.parametrize(
    ("endpoint", "tries", "anchor"),
    [
        (SITE, TWICE[:1], ANCHOR),
        (SITE, TWICE, None),
        (SITE, TWICE, replace(ANCHOR, address=V4)),
        (BARE, TWICE, ANCHOR),
        (SITE, [*TWICE, tried(OTHER_V4)], ANCHOR),
        (SITE, [tried(failure=SILENCE, at="connect")] * 2, ANCHOR),
        (SITE, [tried(failure=ANSWERED)] * 2, ANCHOR),
    ],
    ids=[
        "failed once",
        "no anchor",
        "the anchor is the site's own server",
        "no name",
        "it works elsewhere",
        "it never connects",
        "another certificate",
    ],
)
def test_nothing_is_changed_where_a_name_could_explain_nothing(
    endpoint: Endpoint, tries: Sequence[Try], anchor: Anchor | None
) -> None:
    assert next_tries(endpoint, tries, anchor) == ()


OUTCOMES = st.sampled_from(["", ANSWERED, RESET, SILENCE, CLOSE, "tls_alert_112", "http_reply_malformed", "connect"])


@given(own=st.lists(OUTCOMES, min_size=1, max_size=4), fate=st.data(), endpoint=st.sampled_from([SITE, ARTICLE]))
def test_whatever_comes_of_them_the_tries_end_and_keep_their_bound(
    own: list[str], fate: st.DataObject, endpoint: Endpoint
) -> None:
    """No round is empty before the last, none repeats an innocent try without need, and all stay within the bound."""

    def made(attempt: Attempt, failure: str) -> Try:
        if failure == "connect":
            return tried(attempt.address, SILENCE, at="connect", variation=attempt.variation)
        if endpoint.protocol == "http":
            return replace(asked((attempt.variation, failure))[0], address=attempt.address)
        return tried(attempt.address, failure, variation=attempt.variation)

    tries = [made(attempt, failure) for attempt, failure in zip(fresh(V4) * 4, own, strict=False)]
    before = len(tries)
    while attempts := next_tries(endpoint, tries, ANCHOR):
        tries += [made(attempt, fate.draw(OUTCOMES)) for attempt in attempts]
        assert len(tries) - before <= TRIES_MAX
    counted = Counter(one.variation for one in tries[before:])
    twice = {variation for variation, count in counted.items() if count > 1}
    assert twice <= {"this_name_elsewhere", "other_name_elsewhere"}
    assert max(counted.values(), default=0) <= 2
