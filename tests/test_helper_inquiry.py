"""Asking helpers: what they are asked and when, what becomes of whatever they answer, and our own as one of them."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.catalog.records import Endpoint
from agent.helper.bounds import Bounds
from agent.helper.look import Lookout
from agent.helper.server import HelperServer
from agent.inquiries.helper import NOBODYS, second_looks, wanted
from agent.inquiries.helper_rows import Place, rows_of
from agent.lab.loopback.lab import Lab
from agent.lab.servers.certificates import Certificates, Shown
from agent.lab.world import Client, Host, Page, Service, World
from agent.vantage import Anchor
from agent.verdict.outside_views import KNOWN_TO_ANSWER, KNOWN_TO_BE_EMPTY
from agent.verdict.seen import Outside, Try
from probes.certificate import TrustStore
from probes.failures import is_known
from probes.helper_question import Answer, Question, ask
from probes.limits import Limits
from probes.network import OperatingSystem
from probes.observation import Observation

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ANCHOR = Anchor(address="44.9.9.9", name="control.example", other_name="innocent.example")
WEB = Endpoint(id="https://site.example/a", protocol="https", hostname="site.example", port=443, path="/a", source="s")
PLAIN = replace(WEB, id="http://site.example/a", protocol="http", port=80)
CHAT = replace(WEB, id="tcp://chat.example:5222", protocol="tcp", hostname="chat.example", port=5222)
POST = Endpoint(
    id="post://44.1.2.1:443", protocol="http", addresses=("44.1.2.1",), port=443, method="POST", source="made up"
)


V6 = "2610:44::1"


def tried(failure: str = "", *, address: str = "44.1.1.1", status: int = 200, tls: bool = False, **columns: Any) -> Try:
    """A try that fails to connect, or comes back with an answer."""
    connect = Observation(operation="connect", failure=failure, address=address, variation="first")
    if failure:
        return Try(variation="first", address=address, connect=connect)
    http = Observation(operation="http_round_trip", status_code=status, method="GET", **columns)
    shaken = Observation(operation="tls_handshake") if tls else None
    return Try(variation="first", address=address, connect=connect, tls=shaken, http=http)


@pytest.mark.parametrize(
    ("endpoint", "tries", "hop", "url"),
    [
        (WEB, [tried("generic_timeout_error")], 0, "https://site.example:443/a"),
        (
            WEB,
            [tried("generic_timeout_error")],
            1,
            "https://site.example:443/",
        ),  # a path may hold the visitor's address
        (WEB, [], 0, "https://site.example:443/a"),  # no resolver had an address
        (WEB, [tried(tls=True)], 0, None),  # it proved itself
        (WEB, [tried("generic_timeout_error"), tried(tls=True, address=V6)], 0, "https://site.example:443/a"),
        (WEB, [tried(tls=True), tried("generic_timeout_error", address=V6)], 0, None),  # IPv6 alone says nothing
        (PLAIN, [tried()], 0, "http://site.example:80/a"),
        (PLAIN, [tried()], 1, None),
        (PLAIN, [tried(status=301)], 0, None),  # where it leads is measured by itself
        (PLAIN, [tried("connection_reset")], 0, "http://site.example:80/a"),
        (CHAT, [tried("generic_timeout_error")], 0, "http://chat.example:5222/a"),
        (POST, [tried("generic_timeout_error", address="44.1.2.1")], 0, "http://44.1.2.1:443/"),
        (replace(WEB, protocol="dns", port=0), [], 0, None),
    ],
)
def test_asked_is_about_what_fails_and_about_plain_pages(
    endpoint: Endpoint, tries: list[Try], hop: int, url: str | None
) -> None:
    look = wanted(endpoint, tries, ANCHOR, hop=hop)
    assert (look.url if look else None) == url


def test_asked_is_besides_what_is_known() -> None:
    """A control that answers here, and an address at which nobody is; the addresses tried, each once."""
    failing = [
        tried("connection_refused"),
        tried("connection_refused"),
        tried("connection_refused", address="2610:44::1"),
    ]
    look = wanted(WEB, failing, ANCHOR, hop=0)
    assert look is not None
    assert [(one.text, one.variation) for one in look.places] == [
        ("44.1.1.1:443", "first"),
        ("[2610:44::1]:443", "first"),
        ("44.9.9.9:443", KNOWN_TO_ANSWER),
        (f"{NOBODYS}:443", KNOWN_TO_BE_EMPTY),
    ]
    without = wanted(WEB, failing, None, hop=0)
    assert without is not None
    assert len(without.places) == 3


def view(failure: str = "", tls: str = "", address: str = "44.1.1.1") -> Try:
    steps: dict[str, Any] = {"observer": "helper/berlin", "address": address}
    return Try(
        variation="first",
        address=address,
        connect=Observation(operation="connect", failure=failure, **steps),
        tls=None if failure else Observation(operation="tls_handshake", failure=tls, **steps),
    )


def test_what_a_helper_reaches_is_tried_once_more_here() -> None:
    failing = [
        tried("generic_timeout_error"),
        tried("generic_timeout_error"),
        tried("generic_timeout_error", address="44.1.1.2"),
    ]
    seen = Outside(tries=(view(), view(tls="ssl_invalid_hostname", address="44.1.1.2")))
    again = second_looks(WEB, failing, seen, ANCHOR)
    assert [(one.variation, one.address, one.name) for one in again] == [("fresh_port", "44.1.1.1", "site.example")]
    assert second_looks(WEB, failing, Outside(), ANCHOR) == ()
    over_ipv6 = tried(tls=True, address=V6)
    again = second_looks(WEB, [failing[0], over_ipv6], Outside(tries=(view(), view(address=V6))), ANCHOR)
    assert [(one.variation, one.address) for one in again] == [("fresh_port", "44.1.1.1")]


def test_what_is_met_with_silence_is_asked_for_in_short_packets_besides() -> None:
    met = tried()
    silent = replace(met, tls=Observation(operation="tls_handshake", failure="generic_timeout_error"), http=None)
    reset = replace(met, tls=Observation(operation="tls_handshake", failure="connection_reset"), http=None)
    again = second_looks(WEB, [silent, silent], Outside(tries=(view(),)), ANCHOR)
    assert [(one.variation, one.segment_bytes) for one in again] == [("fresh_port", None), ("short_segments_here", 512)]
    again = second_looks(WEB, [reset, reset], Outside(tries=(view(),)), ANCHOR)
    assert [one.variation for one in again] == ["fresh_port"]


def test_a_page_that_is_unlike_the_helpers_is_asked_of_an_unrelated_server() -> None:
    ours = [tried(title="Access denied", body_bytes=300, header_names=("date",))]
    theirs = Observation(
        operation="http_round_trip", observer="helper/berlin", status_code=200, title="The news", body_bytes=20_000
    )
    looks = second_looks(PLAIN, ours, Outside(pages=(theirs,)), ANCHOR)
    assert [one.variation for one in looks] == [
        "fresh_port",
        "control_name_here",
        "other_name_elsewhere",
        "this_name_elsewhere",
        "this_name_elsewhere",
    ]
    same = replace(theirs, title="Denied", body_bytes=310)
    assert second_looks(PLAIN, ours, Outside(pages=(same,)), ANCHOR) == ()
    assert second_looks(PLAIN, ours, Outside(pages=(theirs,)), None) == ()


PLACES = (Place(address="44.1.1.1", port=443), Place(address=NOBODYS, port=443, variation=KNOWN_TO_BE_EMPTY))
WHOLE = {
    "tcp_connect": {
        "44.1.1.1:443": {"status": True, "failure": None},
        f"{NOBODYS}:443": {"status": False, "failure": "generic_timeout_error"},
        "44.7.7.7:443": {"status": True, "failure": None},
    },
    "tls_handshake": {"44.1.1.1:443": {"server_name": "site.example", "status": True, "failure": None}},
    "http_request": {
        "body_length": 1256,
        "failure": None,
        "title": "Well\u202e\x1b[31m",
        "headers": {"X-Own": "198.51.100.23", "bad name": "x"},
        "status_code": 200,
    },
    "dns": {"failure": None, "addrs": ["44.1.1.1", "10.1.1.1", "nonsense"]},
}


def test_a_whole_answer_makes_a_row_for_each_thing_that_was_asked() -> None:
    connected, empty, ipv4, ipv6, page = rows_of(WHOLE, PLACES, "site.example", NOW)
    assert [(row.operation, row.failure) for row in connected] == [("connect", ""), ("tls_handshake", "")]
    assert [(row.operation, row.failure) for row in empty] == [("connect", "generic_timeout_error")]
    assert (ipv4[0].answers, ipv6[0].failure) == (("44.1.1.1",), "dns_no_answer")
    assert (page[0].title, page[0].header_names, page[0].body_bytes) == ("Well[31m", ("x-own",), 1256)


@pytest.mark.parametrize(
    ("word", "failure"),
    [
        ("connection_refused_error", "connection_refused"),
        ("connect_error", "unknown_failure: connect_error"),
        ("not_run_budget", "unknown_failure: not_run_budget"),
        ("<script>", "unknown_failure: script"),
        ("‽", "unknown_failure: without a word"),
    ],
)
def test_a_helpers_word_is_one_of_ours_or_marked(word: str, failure: str) -> None:
    content = {"tcp_connect": {"44.1.1.1:443": {"status": False, "failure": word}}}
    (((row),),) = rows_of(content, PLACES, "", NOW)
    assert row.failure == failure
    assert is_known(row.failure)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    [*WHOLE, "status", "failure", "addrs", "44.1.1.1:443", "headers", "title", "body_length", "status_code"]
)
CONTENT = st.dictionaries(
    KEYS, JSON | st.dictionaries(KEYS, JSON | st.dictionaries(KEYS, JSON, max_size=4), max_size=4), max_size=5
)


@given(CONTENT)
def test_no_answer_breaks_the_reader(content: dict[str, Any]) -> None:
    for rows in rows_of(content, PLACES, "site.example", NOW):
        for row in rows:
            assert row.failure == "" or is_known(row.failure)
            assert row.was_run
            assert row.title.isprintable()
            assert len(row.title) <= 120


# Our own helper, asked by our own agent ------------------------------------------------------------------------------


class Towards(OperatingSystem):
    """Whatever address is asked for, it is the helper's."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def open_tcp(self, address: str, port: int, *more: Any, **others: Any) -> socket.socket:
        return await super().open_tcp("127.0.0.1", self._port, *more, **others)


HOSTS = (
    Host(addresses=("44.0.0.53",), services=(Service(kind="dns", port=53),)),
    Host(
        names=("site.example",),
        addresses=("44.1.1.1",),
        services=(Service(kind="https", port=443, pages=(Page(title="All is well"),)),),
    ),
)
EPHEMERAL = Limits(helper_timeout_s=10.0)


async def asked_of_ours(question: Question, *, name: str = "helper.example", bounds: Bounds | None = None) -> Answer:
    """What our helper, in an open world and with a certificate for helper.example, answers to our agent."""
    certificates = Certificates()
    context = certificates.server_context(Shown(names=("helper.example",)), at=datetime.now(UTC))
    with Lab(World(name="seen", hosts=HOSTS, client=Client(resolver="44.0.0.53", country="DE"))) as lab:
        lookout = Lookout(network=lab.network, trust=TrustStore(lab.trust_pem["web"]), bounds=bounds or Bounds())
        server = await HelperServer(lookout=lookout).listen("127.0.0.1", 0, tls=context)
        async with server:
            return await ask(
                Towards(server.sockets[0].getsockname()[1]),
                question,
                url=f"https://{name}/",
                address="44.8.8.8",
                limits=Limits(helper_timeout_s=10.0),
                trust=TrustStore(certificates.trust_pem()["web"]),
            )


async def test_our_own_helper_is_understood() -> None:
    look = wanted(replace(WEB, path="/"), [tried("generic_timeout_error")], ANCHOR, hop=0)
    assert look is not None
    answer = await asked_of_ours(Question(url=look.url, endpoints=tuple(place.text for place in look.places)))
    assert answer.failure == ""
    site, _, ipv4, _, page = rows_of(answer.content, look.places, "site.example", NOW)
    assert [(row.operation, row.failure) for row in site] == [("connect", ""), ("tls_handshake", "")]
    assert ipv4[0].answers == ("44.1.1.1",)
    assert (page[0].status_code, page[0].title) == (200, "All is well")


async def test_a_helper_that_cannot_prove_its_name_is_told_nothing() -> None:
    answer = await asked_of_ours(Question(url="https://site.example/"), name="other.example")
    assert (answer.failure, answer.content) == ("ssl_invalid_hostname", {})


async def test_a_helper_that_turns_us_away_is_a_failure_of_its_own() -> None:
    answer = await asked_of_ours(Question(url="https://site.example/"), bounds=Bounds(per_client_per_min=0))
    assert (answer.failure, answer.content) == ("http_request_failed", {})
