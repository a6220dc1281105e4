"""A rule that can never act is refused with the place and the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario_texts import HOME, ROOM, SITE, loaded, rule, said_of

#: Behind SITE: what makes it impossible, a part of what is said of it, and what makes the same thing possible.
RULES = {
    "a name where none is seen": (
        rule('at = "syn", names = ["shop.example"]'),
        "line 20, rule 1 (one), match.names: this is not seen at syn, only at query, client_hello, quic, request, "
        "certificate, so the rule never matches; take it out, or match elsewhere.",
        rule('at = "client_hello", names = ["shop.example"]'),
    ),
    "a platform's names where none are seen": (
        rule('at = "accept", names_of = ["shop"]'),
        "match.names_of: this is not seen at accept",
        rule('at = "accept", addresses_of = ["shop"]'),
    ),
    "a path of a query": (
        rule('at = "query", path = "/search"'),
        "match.path: this is not seen at query, only at request, so the rule never matches",
        rule('at = "request", path = "/search"'),
    ),
    "a type of record in a request": (
        rule('at = "request", query_types = ["A"]'),
        "match.query_types: this is not seen at request, only at query",
        rule('at = "query", query_types = ["A"]'),
    ),
    "a keyword in a ClientHello": (
        rule('at = "client_hello", keywords = ["vpn"]'),
        "match.keywords: this is not seen at client_hello, only at request, unrecognised",
        rule('at = "unrecognised", keywords = ["vpn"]'),
    ),
    "an IPv4 prefix of version 6": (
        rule('at = "syn", ip_version = 6, addresses = ["149.154.160.0/20"]'),
        "match.ip_version: 149.154.160.0/20 is of version 4; change one of the two.",
        rule('at = "syn", ip_version = 4, addresses = ["149.154.160.0/20"]'),
    ),
    "a time that ends before it begins": (
        rule('at = "syn", from_s = 5, until_s = 5'),
        "match.until_s: it is not later than from_s = 5; raise it.",
        rule('at = "syn", from_s = 5, until_s = 6'),
    ),
    "occasions the wrong way round": (
        rule('at = "syn", first_occasion = 3, last_occasion = 2'),
        "match.last_occasion: it comes before first_occasion = 3; raise it.",
        rule('at = "syn", first_occasion = 3, last_occasion = 3'),
    ),
    "waiting for nobody": (
        rule('at = "syn", after = "two"'),
        "match.after: there is no rule two; use one of one.",
        rule('at = "syn", after = "two"') + rule('at = "query"', name="two"),
    ),
    "waiting for oneself": (
        rule('at = "syn", after = "one"'),
        "match.after: the rule waits for itself, so it never acts; name another.",
        rule('at = "syn"'),
    ),
    "waiting for each other": (
        rule('at = "syn", after = "two"') + rule('at = "query", after = "one"', name="two"),
        "rule 1 (one), match.after: the rule waits for itself, so it never acts; name another.",
        rule('at = "syn", after = "two"') + rule('at = "query"', name="two"),
    ),
    "two rules of one name": (
        rule('at = "syn"') + rule('at = "query"'),
        "rule 2 (one), id: another rule is called one; rename this one.",
        rule('at = "syn"') + rule('at = "query"', name="two"),
    ),
    "names of an unknown platform": (
        rule('at = "query", names_of = ["twiter"]'),
        'match.names_of: there is no platform or site "twiter"; perhaps you mean twitter.',
        rule('at = "query", names_of = ["twitter"]'),
    ),
    "addresses of a platform that stands nowhere": (
        rule('at = "syn", addresses_of = ["gmail"]'),
        "match.addresses_of: no host of gmail stands in this world; measure it, or add one.",
        rule('at = "syn", addresses_of = ["telegram"]'),
    ),
    "a certificate in clear in a world of TLS 1.3": (
        rule('at = "certificate"'),
        'match.at: no service speaks TLS 1.2, so no certificate passes in clear; give one tls = "1.2".',
        HOME + rule('at = "certificate"'),
    ),
    "traffic that stays at home": (
        HOME + rule('at = "syn", addresses = ["44.1.1.1"]'),
        "match.addresses: traffic to these never crosses the border; put their hosts beyond it.",
        HOME + rule('at = "syn", addresses = ["44.1.1.1", "93.184.216.34"]'),
    ),
    "traffic that stays at home, seen on the line": (
        HOME + rule('at = "syn", addresses = ["44.1.1.1"]'),
        "match.addresses: traffic to these never crosses the border",
        HOME + rule('at = "syn", addresses = ["44.1.1.1"]').replace("match =", 'where = "line"\nmatch ='),
    ),
    "traffic from abroad of a client at home": (
        rule('at = "syn", direction = "in"'),
        'match.direction: the client stands behind the border, so nothing goes "in"; change it.',
        rule('at = "syn", direction = "out"'),
    ),
    "a version of IP that the client has not": (
        '\n[client]\nipv6 = "none"\n' + rule('at = "syn", ip_version = 6'),
        "match.ip_version: the client has no IPv6, so nothing goes there; change one of the two.",
        '\n[client]\nipv6 = "none"\n' + rule('at = "syn", ip_version = 4'),
    ),
    "questions at a port where nobody asks": (
        rule('at = "query", ports = [443]'),
        "match.ports: nobody asks for names at these ports; use 53.",
        rule('at = "query", ports = [53]'),
    ),
    "addresses of an answer that there is no such name": (
        rule('at = "query"', 'do = "forge_answer", rcode = "NXDOMAIN", addresses = ["10.10.34.34"]'),
        "action.rcode: an answer of NXDOMAIN has no addresses; take one of the two out.",
        rule('at = "query"', 'do = "forge_answer", addresses = ["10.10.34.34"]'),
    ),
    "a gap before nothing": (
        rule('at = "query"', 'do = "forge_answer", gap_ms = 5'),
        'action.gap_ms: with order = "instead" there is no second answer; take it out.',
        rule('at = "query"', 'do = "forge_answer", order = "before", gap_ms = 5'),
    ),
    "punishing a name that nobody saw": (
        rule('at = "syn"', more='[rule.residual]\nseconds = 5\nby = "name"\n'),
        'residual.by: no name is seen at syn; use "server".',
        rule('at = "request"', more='[rule.residual]\nseconds = 5\nby = "name"\n'),
    ),
}


@pytest.mark.parametrize("case", RULES)
def test_rules_that_can_never_act_are_refused(tmp_path: Path, case: str) -> None:
    """And the same with the one thing mended is not."""
    impossible, sentence, possible = RULES[case]
    assert sentence in said_of(tmp_path, SITE + impossible)
    assert loaded(tmp_path, SITE + possible).world.hosts


#: Two matches at one moment: whether the first leaves the second anything.
SHADOWS = [
    ('at = "syn"', 'at = "syn"', False),
    ('at = "syn"', 'at = "accept"', True),
    ('at = "query", names = ["x.org"]', 'at = "query", names = ["www.x.org"]', False),
    ('at = "query", names = ["www.x.org"]', 'at = "query", names = ["x.org"]', True),
    ('at = "query", names = ["x.org"]', 'at = "query", names = ["netx.org"]', True),
    ('at = "query", names = ["x.org", "y.org"]', 'at = "query", names = ["y.org"]', False),
    ('at = "query", names = ["x.org"]', 'at = "query", names = ["x.org", "y.org"]', True),
    ('at = "query", names = ["X.org."]', 'at = "query", names = ["x.org"], names_test = "exact"', False),
    ('at = "query", names = ["x.org"], names_test = "exact"', 'at = "query", names = ["x.org"]', True),
    ('at = "query", names = ["x.o"], names_test = "substring"', 'at = "query", names = ["x.org"]', False),
    ('at = "query", names = ["x.org"]', 'at = "query", names = ["x.org"], names_test = "substring"', True),
    ('at = "query", names = ["x.org"]', 'at = "query"', True),
    ('at = "syn", addresses = ["44.0.0.0/9"]', 'at = "syn", addresses = ["44.1.0.0/16", "44.2.2.2"]', False),
    ('at = "syn", addresses = ["44.1.0.0/16"]', 'at = "syn", addresses = ["44.0.0.0/9"]', True),
    ('at = "syn", addresses = ["44.1.0.0/16"]', 'at = "syn"', True),
    ('at = "syn", ports = [80, 443]', 'at = "syn", ports = [443]', False),
    ('at = "syn", ports = [443]', 'at = "syn", ports = [80, 443]', True),
    ('at = "syn", ip_version = 4', 'at = "syn"', True),
    ('at = "query", transport = "udp"', 'at = "query", transport = "udp", query_types = ["A"]', False),
    ('at = "query", query_types = ["A"]', 'at = "query"', True),
    ('at = "request", path = "/a"', 'at = "request", path = "/ab"', False),
    ('at = "request", path = "/ab"', 'at = "request", path = "/a"', True),
    ('at = "request", keywords = ["vpn"]', 'at = "request", keywords = ["freeVPN"]', False),
    ('at = "request", keywords = ["freevpn"]', 'at = "request", keywords = ["vpn"]', True),
    ('at = "syn", last_occasion = 1', 'at = "syn"', True),
    ('at = "syn", first_occasion = 2', 'at = "syn"', True),
    ('at = "syn", until_s = 5', 'at = "syn"', True),
    ('at = "syn", from_s = 5', 'at = "syn"', True),
    ('at = "syn", probability = 0.5', 'at = "syn"', True),
    ('at = "syn", after = "third"', 'at = "syn"', True),
]


@pytest.mark.parametrize(("first", "then", "possible"), SHADOWS)
def test_a_rule_that_another_leaves_nothing_is_refused(tmp_path: Path, first: str, then: str, possible: bool) -> None:
    text = SITE + rule(first) + rule(then, name="two") + rule('at = "datagram"', name="third")
    if possible:
        assert len(loaded(tmp_path, text).world.rules) == 3
    else:
        assert (
            "rule 2 (two), match: rule one, which comes first, takes all that this one could match; put this one "
            "before it, or narrow that one." in said_of(tmp_path, text)
        )


def test_a_rule_of_the_border_leaves_the_line_what_stays_at_home(tmp_path: Path) -> None:
    on_line = rule('at = "syn"', name="two").replace("match =", 'where = "line"\nmatch =')
    assert loaded(tmp_path, SITE + rule('at = "syn"') + on_line).world.hosts
    assert "takes all" in said_of(tmp_path, SITE + on_line + rule('at = "syn"'))


def test_behind_a_captive_portal_no_question_is_left(tmp_path: Path) -> None:
    """The remedy is another than for two rules of the file."""
    text = SITE.replace("[measure]", 'vantage_state = "captive_portal"\n[measure]') + ROOM
    text += '[client]\ncaptive_portal = "room.example"\n'
    assert loaded(tmp_path, text + rule('at = "syn"')).world.hosts
    sentence = said_of(tmp_path, text + rule('at = "query"'))
    assert sentence.endswith("takes all that this one could match; it is [client]'s doing.")


def test_a_censor_of_another_country_sees_who_asks_from_abroad(tmp_path: Path) -> None:
    """The client is in Germany, the censor at Iran's border: only traffic to hosts in Iran passes it."""
    text = SITE.replace("[measure]", 'border_of = "IR"\n[client]\ncountry = "DE"\n[measure]') + HOME
    assert loaded(tmp_path, text + rule('at = "syn", direction = "in", addresses = ["44.1.1.1"]')).world.hosts
    sentence = said_of(tmp_path, text + rule('at = "syn", addresses = ["93.184.216.34"]'))
    assert "never crosses the border" in sentence
