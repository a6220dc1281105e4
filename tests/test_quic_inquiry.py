"""When QUIC is tried, where, and what is tried next: the plan, from what was seen so far."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from agent.catalog.load import load_catalog
from agent.catalog.records import Endpoint
from agent.inquiries.quic import address_to_try, next_tries
from agent.quic_controls import QuicControls
from agent.vantage import Anchor, judge_vantage
from agent.verdict.gathering import tries_of
from agent.verdict.seen import Try
from probes.observation import UNSTAMPED, Observation
from tests.observations import ANCHOR, ENDPOINTS, OWN, OWN_TWO, OWN_V6, Rows

SITE = ENDPOINTS["https://site.example/"][2]
KNOWN = replace(SITE, http3=True)
ABROAD = Anchor(address=ANCHOR, name="control.example", other_name="innocent.example")
AT_HOME = Anchor(address="44.8.8.8", name="home.example", other_name="innocent.example")
SILENCE, STRANGERS_NAME = "generic_timeout_error", "ssl_invalid_hostname"
OWN_FAILED = [("first", SILENCE), ("fresh_port", SILENCE)]
CONTROL_SILENT = [("control_abroad", SILENCE), ("control_abroad", SILENCE)]
CONTROL_WORKS = [*OWN_FAILED, ("control_abroad", "")]
SWAPPED = [*CONTROL_WORKS, ("other_name_elsewhere", STRANGERS_NAME), ("control_name_here", STRANGERS_NAME)]


def tries(rows: Rows) -> list[Try]:
    return [one for found in tries_of(rows.rows).values() for one in found]


def offering(rows: Rows, *protocols: str) -> list[Try]:
    """The tries, with that in each answer's Alt-Svc."""
    return [replace(one, http=replace(one.http, alternatives=protocols)) if one.http else one for one in tries(rows)]


@pytest.mark.parametrize(
    ("endpoint", "seen", "address"),
    [
        (SITE, offering(Rows().tried(), "h3"), OWN),
        (SITE, offering(Rows().tried(), "h2", "h3-29"), ""),
        (SITE, offering(Rows().tried()), ""),
        (SITE, offering(Rows().tried(tls=SILENCE), "h3"), ""),
        (KNOWN, tries(Rows().tried()), OWN),
        (KNOWN, tries(Rows().tried(tls="connection_reset", times=2)), OWN),
        (KNOWN, tries(Rows().tried(OWN_V6).tried(OWN, connect=SILENCE).tried(OWN_TWO)), OWN_TWO),
        (KNOWN, tries(Rows().tried(OWN_V6)), OWN_V6),
        (KNOWN, tries(Rows().tried(ANCHOR, variation="this_name_elsewhere")), ""),
        (KNOWN, [], ""),
        (replace(KNOWN, protocol="http"), tries(Rows().tried()), ""),
    ],
    ids=[
        "offered",
        "a draft offered",
        "not offered",
        "nothing proved the offer",
        "known",
        "known and blocked",
        "where TCP works",
        "over IPv6 alone",
        "tried elsewhere only",
        "no address",
        "plain",
    ],
)
def test_quic_is_tried_only_where_it_is_known_to_be_spoken(endpoint: Endpoint, seen: list[Try], address: str) -> None:
    """By the catalog, or by the server's own answer behind its certificate; at an address that works over TCP."""
    assert address_to_try(endpoint, seen) == address


@pytest.mark.parametrize(
    ("seen", "planned"),
    [
        ([], [("first", OWN, SITE.hostname)]),
        ([("first", "")], []),
        ([("first", STRANGERS_NAME)], []),
        ([("first", "tls_alert_40")], []),
        ([("first", SILENCE)], [("fresh_port", OWN, SITE.hostname)]),
        ([("first", SILENCE), ("fresh_port", "")], []),
        (OWN_FAILED, [("control_abroad", ANCHOR, "control.example")]),
        ([*OWN_FAILED, ("control_abroad", SILENCE)], [("control_abroad", ANCHOR, "control.example")]),
        ([*OWN_FAILED, *CONTROL_SILENT], [("control_at_home", "44.8.8.8", "home.example")]),
        ([*OWN_FAILED, *CONTROL_SILENT, ("control_at_home", "")], []),
        (
            CONTROL_WORKS,
            [("other_name_elsewhere", ANCHOR, "innocent.example"), ("control_name_here", OWN, "control.example")],
        ),
        (SWAPPED, [("this_name_elsewhere", ANCHOR, SITE.hostname)]),
        ([*SWAPPED[:-1], ("control_name_here", SILENCE)], []),
        ([*SWAPPED, ("this_name_elsewhere", SILENCE)], [("this_name_elsewhere", ANCHOR, SITE.hostname)]),
        ([*SWAPPED, ("this_name_elsewhere", STRANGERS_NAME)], []),
        ([*SWAPPED, ("this_name_elsewhere", SILENCE), ("this_name_elsewhere", SILENCE)], []),
        ([("first", SILENCE), ("fresh_port", "connection_refused")], []),
    ],
)
def test_the_next_round_follows_from_what_was_seen(
    seen: list[tuple[str, str]], planned: list[tuple[str, str, str]]
) -> None:
    """Innocent tries come before suspect ones, and none is made that could not change what is known."""
    rows = [Observation(observed_at=UNSTAMPED, variation=variation, failure=failure) for variation, failure in seen]
    attempts = next_tries(KNOWN, OWN, rows, QuicControls(abroad=ABROAD, at_home=AT_HOME))
    assert [(one.variation, one.address, one.name) for one in attempts] == planned


@pytest.mark.parametrize("abroad", [None, replace(ABROAD, address=OWN)], ids=["none", "the same address"])
def test_without_an_unrelated_control_nothing_more_is_tried(abroad: Anchor | None) -> None:
    rows = [
        Observation(observed_at=UNSTAMPED, variation=variation, failure=failure) for variation, failure in OWN_FAILED
    ]
    assert next_tries(KNOWN, OWN, rows, QuicControls(abroad=abroad)) == ()


async def test_a_control_is_tried_once_a_sweep_whoever_needs_it() -> None:
    """Those who ask meanwhile wait for the first one's row; another number is another try."""
    made: list[int] = []
    controls = QuicControls(abroad=ABROAD)

    async def shake() -> Observation:
        made.append(1)
        await asyncio.sleep(0)
        return Observation(observed_at=UNSTAMPED, bytes_sent=len(made))

    first, second = await asyncio.gather(*(controls.once("control_abroad", 0, shake) for _ in range(2)))
    assert first is second
    assert (await controls.once("control_abroad", 1, shake)).bytes_sent == 2
    assert len(made) == 2


def ladder_row(hostname: str, *protocols: str, address: str = "44.1.1.1") -> Observation:
    return Observation(
        observed_at=UNSTAMPED,
        operation="http_round_trip",
        hostname=hostname,
        address=address,
        status_code=200,
        alternatives=protocols,
    )


def test_the_ladder_finds_controls_that_offer_http3() -> None:
    """One abroad and one at home, over IPv4; the other name is another control's abroad."""
    vantage = judge_vantage(
        [
            ladder_row("www.iana.org", "h2"),
            ladder_row("www.debian.org", "h3", address="2610:44::1"),
            ladder_row("example.com", "h3"),
            ladder_row("www.isna.ir"),
            ladder_row("divar.ir", "h3", address="44.2.2.2"),
        ],
        load_catalog(),
    )
    assert vantage.quic_abroad == Anchor(address="44.1.1.1", name="example.com", other_name="www.iana.org")
    assert vantage.quic_at_home == Anchor(address="44.2.2.2", name="divar.ir", other_name="www.iana.org")
    none = judge_vantage([ladder_row("www.iana.org")], load_catalog())
    assert (none.quic_abroad, none.quic_at_home) == (None, None)


def test_endpoints_that_are_known_to_speak_http3_say_by_which_source() -> None:
    known = [endpoint for _, target in load_catalog().targets() for endpoint in target.endpoints if endpoint.http3]
    assert {endpoint.hostname for endpoint in known} == {
        *("www.youtube.com", "mail.google.com", "www.instagram.com", "www.facebook.com")
    }
    assert all(endpoint.protocol == "https" for endpoint in known)
    assert all("QUIC" in endpoint.source or "HTTP/3" in endpoint.source for endpoint in known)
