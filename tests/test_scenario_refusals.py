"""A scenario's file that is wrong is refused with its place and a remedy, word for word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.lab.scenario.load import ScenarioError, load_scenario
from agent.lab.scenario.source import BYTES_MAX, lines_of
from tests.scenario_texts import SITE, loaded, rule, said_of

#: What is wrong: how the text that can be used is spoilt, and what is said of it behind the file's name.
SPOILT = {
    "a key that is not known": (
        ('family = "action"', 'famly = "action"'),
        "line 2, famly: there is no such key; perhaps you mean family.",
    ),
    "a key that is like no other": (
        ("[[host]]", "[[host]]\nxyz = 1"),
        "line 8, host 1 (www.shop.example), xyz: there is no such key; its keys are names, addresses, published, "
        "country, asn, rtt_ms, service.",
    ),
    "a missing unit": (
        ("[[host]]", "[[host]]\nrtt = 1"),
        "line 8, host 1 (www.shop.example), rtt: there is no such key; give the unit: rtt_ms.",
    ),
    "a missing key": (
        ('about = "A site and a censor."\n', ""),
        "about is missing; add it: what happens, in one or two sentences.",
    ),
    "a missing key in a table": (
        ("port = 443\n", ""),
        "line 10, host 1 (www.shop.example), service 1 (https): port is missing; add it: a TCP port; for `quic` a UDP "
        "port, for `dns` both.",
    ),
    "a missing key in an inline table": (
        (', url = "https://www.shop.example/"', ""),
        "line 5, measure.site 1 (shop): url is missing; add it: `https://host/path`, `http://host/path`, "
        "`tcp://host:port`, `dns://host` or `post://address:port`. A name that no host bears does not exist.",
    ),
    "another kind of value": (
        ("port = 443", 'port = "443"'),
        'line 12, host 1 (www.shop.example), service 1 (https), port: "443" is text; write a whole number from 1 to '
        "65535.",
    ),
    "a number out of range": (
        ("port = 443", "port = 70000"),
        "line 12, host 1 (www.shop.example), service 1 (https), port: 70000 is out of range; write a whole number "
        "from 1 to 65535.",
    ),
    "no number": (
        ("[[host]]", "[line]\nloss = nan\n[[host]]"),
        "line 8, line.loss: NaN is out of range; write a number from 0 to 0.9.",
    ),
    "a word that is none of the choices": (
        ('kind = "https"', 'kind = "web"'),
        'line 11, host 1 (www.shop.example), service 1 (web), kind: "web" is not one of the choices; write "dns" or '
        '"dot" or "doh" or "http" or "redirect" or "https" or "quic" or "telegram" or "test_helper" or "proxy" or '
        '"silent" or "closing" or "resetting".',
    ),
    "no address": (
        ('"93.184.216.34"', '"93.184.216"'),
        'line 9, host 1 (www.shop.example), addresses: ["93.184.216", "2606:2800:220:1::1"] holds "93.184.216", which '
        'is not an address; write an IPv4 or IPv6 address, such as "93.184.216.34".',
    ),
    "an address with a scope": (
        ('"2606:2800:220:1::1"', '"fe80::1%eth0"'),
        'line 9, host 1 (www.shop.example), addresses: ["93.184.216.34", "fe80::1%eth0"] holds "fe80::1%eth0", which '
        'is not an address; write an IPv4 or IPv6 address, such as "93.184.216.34".',
    ),
    "no addresses": (
        ('["93.184.216.34", "2606:2800:220:1::1"]', "[]"),
        'line 9, host 1 (www.shop.example), addresses: [] is empty; write at least one, such as ["93.184.216.34"].',
    ),
    "a value twice": (
        ('"2606:2800:220:1::1"', '"93.184.216.34"'),
        'line 9, host 1 (www.shop.example), addresses: ["93.184.216.34", "93.184.216.34"] names "93.184.216.34" '
        "twice; name it once.",
    ),
    "text for a list": (
        ('names = ["www.shop.example"]', 'names = "www.shop.example"'),
        'line 8, host 1, names: "www.shop.example" is text; write a list such as ["www.example.com"].',
    ),
    "a name in capitals": (
        ('names = ["www.shop.example"]', 'names = ["WWW.shop.example"]'),
        'line 8, host 1 (WWW.shop.example), names: ["WWW.shop.example"] holds "WWW.shop.example", which is not a host '
        'name in lower case; write one such as "www.example.com", other letters as xn--.',
    ),
    "a table for tables": (
        ("[[host]]", "[host]"),
        "line 7, host: this is a section; write [[host]] with two brackets.",
    ),
    "tables for a table": (
        ("[measure]", "[[measure]]"),
        "line 4, measure: this is a list; write [measure] on a line of its own.",
    ),
    "a value for a table": (
        ("[measure]", "line = 3\n[measure]"),
        "line 4, line: this is a number; write [line] on a line of its own.",
    ),
    "what is not TOML": (
        ("port = 443", "port ="),
        "line 12, column 7 is not TOML (Invalid value); correct it there.",
    ),
    "a header with a line break": (
        ("port = 443", 'port = 443\npage = [{ headers = { X = "a\\nb" } }]'),
        'line 13, host 1 (www.shop.example), service 1 (https), page 1, headers: {"X": "a\\nb"} has "X" = "a\\nb", '
        "which cannot stand here; write a text of one line.",
    ),
}
#: A rule that is wrong, and what is said of it.
WRONG_RULES = {
    "a prefix with bits of a host": (
        rule('at = "syn", addresses = ["149.154.160.1/20"]'),
        'line 20, rule 1 (one), match.addresses: ["149.154.160.1/20"] holds "149.154.160.1/20", which is no prefix; '
        "write 149.154.160.0/20.",
    ),
    "a version of IP that is none": (
        rule('at = "syn", ip_version = 5'),
        "line 20, rule 1 (one), match.ip_version: 5 is no version of IP; write 4 or 6.",
    ),
    "chance that never falls": (
        rule('at = "syn", probability = 0.0'),
        "line 20, rule 1 (one), match.probability: 0.0 is out of range; write a number from 0.001 to 1.",
    ),
    "a moment that is none": (
        rule('at = "hello"'),
        'line 20, rule 1 (one), match.at: "hello" is not one of the choices; write "query" or "datagram" or "quic" or '
        '"syn" or "accept" or "client_hello" or "certificate" or "request" or "unrecognised".',
    ),
    "an action that is none": (
        rule('at = "syn"', 'rate_kbit_s = 1, do = "block"'),
        'line 21, rule 1 (one), action.do: "block" is not one of the choices; write "pass" or "forge_answer" or '
        '"drop" or "reset" or "close" or "unreachable" or "foreign_certificate" or "tls_alert" or "block_page" or '
        '"redirect" or "send" or "throttle" or "corrupt".',
    ),
    "an action that cannot be done then": (
        rule('at = "syn"', 'do = "close"'),
        "line 21, rule 1 (one), action.do: close cannot be done at syn; use one of pass, drop, reset, unreachable, "
        "throttle.",
    ),
    "a key of another action": (
        rule('at = "syn"', 'do = "drop", to = "both"'),
        "line 21, rule 1 (one), action.to: there is no such key; its keys are do.",
    ),
    "a key of another page": (
        rule('at = "request"', 'do = "block_page", body = "x"'),
        "line 21, rule 1 (one), action.body: this belongs to another page; the keys here are do, page, address, label.",
    ),
    "an action without what it needs": (
        rule('at = "request"', 'do = "throttle"'),
        "line 21, rule 1 (one), action: rate_kbit_s is missing; add it: the rate of the connection from then on.",
    ),
    "a word that is no word": (
        rule('at = "syn"', name="One rule"),
        'line 19, rule 1 (One rule), id: "One rule" cannot stand here; write a word of lower-case letters, digits and '
        'underscores, such as "twitter_sni".',
    ),
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_file_that_is_wrong_is_refused_with_place_and_remedy(tmp_path: Path, case: str) -> None:
    (right, wrong), sentence = SPOILT[case]
    assert SITE.count(right) >= 1
    assert said_of(tmp_path, SITE.replace(right, wrong, 1)) == sentence


@pytest.mark.parametrize("case", WRONG_RULES)
def test_a_rule_that_is_wrong_is_refused_with_place_and_remedy(tmp_path: Path, case: str) -> None:
    text, sentence = WRONG_RULES[case]
    assert said_of(tmp_path, SITE + text) == sentence


def test_the_text_that_is_spoilt_can_be_used(tmp_path: Path) -> None:
    assert loaded(tmp_path, SITE + rule('at = "syn"')).world.rules


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for path, sentence in (
        (tmp_path / "none.toml", r"there is no such file; name one that exists\."),
        (tmp_path, r"it is a folder; name a file\."),
        (noted(tmp_path, "deep", f"a = {'[' * 9000}"), r"its lists or tables are nested too deep .+; take some out\."),
        (noted(tmp_path, "number", f"a = {'9' * 9000}"), r"a number has thousands of digits; write a shorter one\."),
        (noted(tmp_path, "long", "#" * (BYTES_MAX + 1)), r"it is longer than 10 MB, so it is no scenario; name one\."),
    ):
        with pytest.raises(ScenarioError, match=f"^{re.escape(str(path))}: {sentence}$"):
            load_scenario(path)
    (tmp_path / "latin.toml").write_bytes(b'about = "\xe9"')
    with pytest.raises(ScenarioError, match=r"byte 10 is not UTF-8; save the file as UTF-8\.$"):
        load_scenario(tmp_path / "latin.toml")


def noted(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_byte_order_mark_harms_nobody(tmp_path: Path) -> None:
    (tmp_path / "some.toml").write_text("\ufeff" + SITE, encoding="utf-8")
    assert load_scenario(tmp_path / "some.toml").family == "action"


def test_lines_are_counted_through_every_form_of_a_key() -> None:
    """Lists of tables inside lists of tables, quoted and dotted keys, texts of several lines that look like keys."""
    text = '''\
a = 1
[[host]]
names = [
  "x",
]
[[host.service]]
kind = "x"
[[host.service.page]]
body = """
kind = "in the text"
[host]
"""
status = 200
[[host]]
names = ["y"]
[[host.service]]
answers."www.example.com" = ["10.1.1.1"]
[ "expect" . twitter ]
"state" = "ok"
'''
    assert lines_of(text) == {
        ("a",): 1,
        ("host",): 2,
        ("host", 0): 2,
        ("host", 0, "names"): 3,
        ("host", 0, "service"): 6,
        ("host", 0, "service", 0): 6,
        ("host", 0, "service", 0, "kind"): 7,
        ("host", 0, "service", 0, "page"): 8,
        ("host", 0, "service", 0, "page", 0): 8,
        ("host", 0, "service", 0, "page", 0, "body"): 9,
        ("host", 0, "service", 0, "page", 0, "status"): 13,
        ("host", 1): 14,
        ("host", 1, "names"): 15,
        ("host", 1, "service"): 16,
        ("host", 1, "service", 0): 16,
        ("host", 1, "service", 0, "answers"): 17,
        ("host", 1, "service", 0, "answers", "www.example.com"): 17,
        ("expect", "twitter"): 18,
        ("expect", "twitter", "state"): 19,
    }
