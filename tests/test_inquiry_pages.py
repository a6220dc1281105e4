"""What is tried further where a page speaks of an order, and what passes for a data centre's answer."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from agent.inquiries.pages import swaps
from agent.plan import Attempt
from agent.vantage import Anchor
from agent.verdict.fingerprints import DATA_CENTRE, UNKNOWN, recognise
from agent.verdict.gathering import tries_of
from agent.verdict.seen import Try
from tests.observations import ANCHOR, ENDPOINTS, OWN, Rows

HTTP, HTTPS, POST = "http://site.example/", "https://site.example/", "post://44.1.2.1:443"
CONTROL = Anchor(address=ANCHOR, name="control.example", other_name="innocent.example")


def tries(rows: Rows) -> list[Try]:
    return [one for found in tries_of(rows.rows).values() for one in found]


def planned(rows: Rows, *, at: str = HTTP, anchor: Anchor | None = CONTROL) -> tuple[Attempt, ...]:
    return swaps(ENDPOINTS[at][2], tries(rows), anchor)


def test_a_page_of_an_order_met_twice_is_sought_elsewhere_after_innocent_names() -> None:
    found = planned(Rows().tried(at=HTTP, http=403, page=UNKNOWN, times=2))
    assert [(one.variation, one.address, one.name) for one in found] == [
        ("other_name_elsewhere", ANCHOR, "innocent.example"),
        ("control_name_here", OWN, "control.example"),
        ("this_name_elsewhere", ANCHOR, "site.example"),
        ("this_name_elsewhere", ANCHOR, "site.example"),
    ]


@pytest.mark.parametrize(
    "rows",
    [
        Rows().tried(at=HTTP),
        Rows().tried(at=HTTP, http=403, times=2),
        Rows().tried(at=HTTP, http=403, page=UNKNOWN),
        Rows().tried(at=HTTP, http=403, page="ru_law_149_access", times=2),
        Rows().tried(at=HTTP, http=403, page="any_fortinet_policy", times=2),
        Rows().tried(at=HTTP, http=403, page=UNKNOWN, times=2).tried(at=HTTP),
        Rows().tried(ANCHOR, at=HTTP, http=403, page=UNKNOWN, times=2),
    ],
)
def test_nothing_is_tried_where_nothing_is_left_to_part(rows: Rows) -> None:
    """No such page; once alone; a known one; the site's own beside it; the anchor itself."""
    assert planned(rows) == ()


def test_without_an_anchor_or_under_tls_nothing_is_tried() -> None:
    assert planned(Rows().tried(at=HTTP, http=403, page=UNKNOWN, times=2), anchor=None) == ()
    assert planned(Rows().tried(at=HTTPS, page=UNKNOWN, times=2), at=HTTPS) == ()


@pytest.mark.parametrize(
    "body",
    [
        struct.pack("<i", -404),
        struct.pack("<i", -429),
        b'<html><head><title>501 Not Implemented</title></head><body bgcolor="white"><center><h1>501 Not Implemented'
        b"</h1></center><hr><center>nginx/0.3.33</center></body></html>",
    ],
)
def test_what_a_data_centre_says_is_known(body: bytes) -> None:
    """The transport's errors (core.telegram.org/mtproto/mtproto-transports), and its web server's (OONI ts-020)."""
    assert recognise(404, "", body) == DATA_CENTRE


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"okay",
        struct.pack("<i", 404),
        struct.pack(">i", -404),
        struct.pack("<q", -404),
        b"<html><body><center><h1>404 Not Found</h1></center><hr><center>nginx/1.18.0</center></body></html>",
        b"<html><title>What a data centre says</title>" + b"<p>" * 300 + b"<center>nginx/0.3.33</center>",
    ],
)
def test_what_others_say_is_none_of_a_data_centres(body: bytes) -> None:
    assert recognise(404, "", body) == ""


@pytest.mark.parametrize(
    ("page", "status", "body_bytes", "goes_well"),
    [
        (DATA_CENTRE, 200, 4, True),
        ("", 501, 0, True),
        ("", 404, 300, False),
        ("", 200, 0, False),
        ("kr_youth", 404, 0, False),
    ],
)
def test_a_data_centres_answer_alone_is_success(page: str, status: int, body_bytes: int, goes_well: bool) -> None:
    """A block page on port 80, or anybody's page, is none. Of an answer without a body the status decides."""
    rows = Rows().tried("44.1.2.1", at=POST)
    rows.rows[-1] = replace(rows.rows[-1], fingerprint=page, status_code=status, body_bytes=body_bytes)
    assert [one.went_well for one in tries(rows)] == [goes_well]
