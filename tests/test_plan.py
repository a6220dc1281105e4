"""What a sweep does next, as tables: pure decisions over what was seen so far."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from agent.catalog.records import Endpoint
from agent.config import DEFAULT_RESOLVERS
from agent.inquiries.swaps import swaps
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


# Swaps ------------------------------------------------------------------------------------------------------------

TWICE = [tried(failure="connection_reset"), tried(failure="connection_reset", variation="fresh_port")]


def test_a_repeated_failure_by_name_is_swapped_one_thing_at_a_time() -> None:
    """The innocent control comes first: who punishes the suspect name must not spoil it. What decides comes twice."""
    assert swaps(SITE, TWICE, ANCHOR) == (
        Attempt(variation="other_name_elsewhere", address="44.9.9.9", name="other.example"),
        Attempt(variation="control_name_here", address=V4, name="innocent.example"),
        *[Attempt(variation="this_name_elsewhere", address="44.9.9.9", name="site.example")] * 2,
    )


def test_of_plain_http_another_port_of_the_server_is_tried_besides() -> None:
    """A proxy for plain HTTP may answer, or be silent, in the place of a server that is down."""
    plain = replace(SITE, id="http://site.example/", protocol="http", port=80)
    answer = Observation(operation="http_round_trip", address=V4, failure="eof_error")
    failed = replace(tried(), tls=None, http=answer)
    beside = Attempt(variation="other_port", address=V4, name="site.example", connect_port=443)
    assert [one for one in swaps(plain, [failed, failed], ANCHOR) if one.connect_port] == [beside]


@pytest.mark.parametrize(
    ("endpoint", "tries", "anchor"),
    [
        (SITE, TWICE[:1], ANCHOR),
        (SITE, TWICE, None),
        (BARE, TWICE, ANCHOR),
        (SITE, [*TWICE, tried(OTHER_V4)], ANCHOR),
        (SITE, [tried(failure="generic_timeout_error", at="connect")] * 2, ANCHOR),
        (SITE, [tried(failure="ssl_invalid_hostname")] * 2, ANCHOR),
        (SITE, [tried(failure="tls_alert_112")] * 2, ANCHOR),
    ],
    ids=[
        "failed once",
        "no anchor",
        "no name",
        "it works elsewhere",
        "it never connects",
        "another certificate",
        "an alert",
    ],
)
def test_nothing_is_swapped_where_a_name_could_explain_nothing(
    endpoint: Endpoint, tries: Sequence[Try], anchor: Anchor | None
) -> None:
    assert swaps(endpoint, tries, anchor) == ()
