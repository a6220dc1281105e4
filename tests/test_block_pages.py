"""Sweeps in which plain HTTP is answered by the filter, in each form that was reported, and by others than it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.lab.embedded import open_world
from agent.lab.http_messages import iranian_page_with_headers, iranian_page_without_headers, iranian_redirect
from agent.lab.rules import Match, Rule, SendBytes
from agent.verdict.records import State
from tests.worlds import CATALOG, SHORT, Swept, config_of, part_of, sweep

PART = part_of(CATALOG, "yahoo/web")
OFFICE = b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n<html><title>Blocked by the office</title></html>"


async def answered_with(page: bytes, folder: Path) -> Swept:
    """Every plain request for Yahoo that crosses the border is answered with `page`; nothing else is touched."""
    rule = Rule(id="yahoo_request", match=Match(at="request", names=("yahoo.com",)), action=SendBytes(data=page))
    world = replace(open_world(PART), rules=(rule,))
    return await sweep(world, config_of(folder, limits=SHORT), catalog=PART)


@pytest.mark.parametrize(
    ("page", "mechanism"),
    [
        (iranian_page_without_headers("10.10.34.34", "M1-6"), "http.blockpage"),
        (iranian_page_with_headers("10.10.34.36", "MNN3-1(1)"), "http.blockpage"),
        (iranian_redirect("10.10.34.34"), "http.redirect"),
    ],
)
async def test_each_form_of_irans_page_is_a_block_by_host(page: bytes, mechanism: str, tmp_path: Path) -> None:
    """The page over TLS works beside it: plain HTTP alone is blocked, and the verdict says so."""
    done = await answered_with(page, tmp_path)
    assert {deed.rule_id for deed in done.deeds} == {"yahoo_request"}
    verdict = done.platforms["yahoo"]
    assert (verdict.state, verdict.mechanisms) == (State.BLOCKED, (mechanism,))


async def test_a_page_that_nobody_knows_is_no_block(tmp_path: Path) -> None:
    """Whoever refuses over plain HTTP cannot prove to be the server, nor the state."""
    done = await answered_with(OFFICE, tmp_path)
    assert done.deeds
    assert (done.platforms["yahoo"].state, done.platforms["yahoo"].mechanisms) == (State.IMPAIRED, ())
