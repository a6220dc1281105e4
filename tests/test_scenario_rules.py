"""The rules of a scenario's file become the censor's records, and what stands on the line becomes rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.catalog.load import load_catalog
from agent.lab.rules import (
    Close,
    Corrupt,
    Drop,
    ForeignCertificate,
    ForgeAnswer,
    Pass,
    Reset,
    Residual,
    SendBytes,
    Throttle,
    TlsAlert,
    Unreachable,
)
from agent.lab.truth import platforms_done_to
from tests.scenario_texts import ROOM, SITE, loaded, rule

CATALOG = load_catalog()
#: How each action is written, where it can be done, and what it becomes.
WRITTEN = {
    'do = "pass"': ("syn", Pass()),
    'do = "forge_answer", addresses = ["D0::11"], ttl_s = 60, order = "before", gap_ms = 5': (
        "query",
        ForgeAnswer(addresses=("d0::11",), ttl_s=60, order="before", gap_ms=5.0),
    ),
    'do = "forge_answer", rcode = "NXDOMAIN"': ("query", ForgeAnswer(rcode="NXDOMAIN")),
    'do = "forge_answer", malformed = true': ("query", ForgeAnswer(malformed=True)),
    'do = "drop"': ("datagram", Drop()),
    'do = "reset", to = "client"': ("client_hello", Reset(to="client")),
    'do = "close"': ("unrecognised", Close()),
    'do = "unreachable", what = "admin"': ("syn", Unreachable(what="admin")),
    'do = "foreign_certificate", kind = "self_signed"': ("client_hello", ForeignCertificate(kind="self_signed")),
    'do = "tls_alert", description = 112': ("client_hello", TlsAlert(description=112)),
    'do = "send", text = "go away"': ("client_hello", SendBytes(data=b"go away")),
    'do = "throttle", rate_kbit_s = 64': ("request", Throttle(rate_kbit_s=64.0)),
    'do = "corrupt"': ("request", Corrupt()),
}


@pytest.mark.parametrize("action", WRITTEN)
def test_an_action_is_what_its_words_say(tmp_path: Path, action: str) -> None:
    at, record = WRITTEN[action]
    assert loaded(tmp_path, SITE + rule(f'at = "{at}"', action)).world.rules[0].action == record


@pytest.mark.parametrize(
    ("page", "holds"),
    [
        ('page = "iran_2016", label = "FR1-6"', [b"HTTP/1.1 403", b"<title>FR1-6<", b'src="http://10.10.34.34?type']),
        ('page = "iran_2023", address = "10.10.34.36"', [b"Content-Length", b'src="http://10.10.34.36/?type']),
        ('page = "iran_2016", address = "d0::11"', [b'src="http://[d0::11]?type']),
        ('page = "iran_redirect"', [b"HTTP/1.1 301", b"Location: http://10.10.34.34\r\n"]),
        ('page = "own", status = 451, title = "No <b>"', [b"HTTP/1.1 451", b"text/html", b"<title>No &lt;b&gt;<"]),
        ('page = "own", body = "away", headers = { X = "y" }', [b"X: y\r\n", b"\r\n\r\naway"]),
    ],
)
def test_a_block_page_is_the_one_that_is_named(tmp_path: Path, page: str, holds: list[bytes]) -> None:
    action = loaded(tmp_path, SITE + rule('at = "request"', f'do = "block_page", {page}')).world.rules[0].action
    assert isinstance(action, SendBytes)
    assert action.shows == ("redirect" if "iran_redirect" in page else "page")
    for part in holds:
        assert part in action.data


def test_a_redirect_leads_where_it_says(tmp_path: Path) -> None:
    text = SITE + rule('at = "request"', 'do = "redirect", location = "http://10.10.34.34", status = 307')
    action = loaded(tmp_path, text).world.rules[0].action
    assert isinstance(action, SendBytes)
    assert action.shows == "redirect"
    assert action.data.startswith(b"HTTP/1.1 307 ")
    assert b"Location: http://10.10.34.34\r\n" in action.data


def test_a_rule_can_go_on_punishing(tmp_path: Path) -> None:
    residual = '[rule.residual]\nseconds = 60\nby = "name"\ndo = "reset"\n'
    found = loaded(tmp_path, SITE + rule('at = "client_hello", names = ["x.org"]', more=residual)).world.rules[0]
    assert found.residual == Residual(seconds=60.0, by="name", action=Reset())


PORTAL = SITE.replace(
    "[measure]", 'vantage_state = "captive_portal"\n\n[client]\ncaptive_portal = "room.example"\n[measure]'
)
NATIONAL = SITE.replace("[measure]", 'vantage_state = "national_only"\n\n[client]\nnational_only = true\n[measure]')


def test_a_captive_portal_is_rules_of_the_line(tmp_path: Path) -> None:
    """It leads questions to itself, never answers AAAA with an A record, and is no censor."""
    scenario = loaded(tmp_path, PORTAL + ROOM)
    assert {one.where for one in scenario.world.rules} == {"line"}
    forged = {
        one.match.query_types: one.action.addresses
        for one in scenario.world.rules
        if isinstance(one.action, ForgeAnswer)
    }
    assert forged == {("A",): ("44.1.1.1",), ("AAAA",): (), (): ()}
    assert platforms_done_to(scenario.world, scenario.catalog) == {"shop": frozenset()}


def test_on_a_national_line_only_hosts_of_the_country_are_spared(tmp_path: Path) -> None:
    world = loaded(tmp_path, NATIONAL).world
    spared = [one.match for one in world.rules if isinstance(one.action, Pass)]
    home = {address for host in world.hosts if host.country == "IR" for address in host.addresses}
    assert all(set(match.addresses) == home for match in spared)
    assert {match.at for match in spared} == {"query", "syn", "quic"}
    assert {one.match.at for one in world.rules if isinstance(one.action, Drop)} == {"query", "syn", "quic"}
    assert not any("www.shop.example" in match.names for match in spared)


def test_the_lines_rules_are_asked_before_the_censors(tmp_path: Path) -> None:
    rules = loaded(tmp_path, NATIONAL + rule('at = "request"')).world.rules
    assert rules[-1].id == "one"
    assert all(one.where == "line" for one in rules[:-1])
