"""A wrong catalog is refused with one sentence that names file, entry and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.catalog.load import CatalogError, load_catalog

GOOD = """
version = "2026-11-24"
[sources]
S = "somewhere"
[[platform]]
key = "signal"
title = "Signal"
domains = ["signal.org"]
[[platform.target]]
name = "signal/chat"
role = "messages"
source = ["S"]
endpoints = ["https://chat.signal.org/"]
[[control]]
name = "domestic/isna"
scope = "domestic"
endpoint = "https://www.isna.ir/"
network = "one"
source = ["S"]
[[control]]
name = "foreign/example"
scope = "foreign"
endpoint = "https://example.com/"
network = "two"
source = ["S"]
[[control]]
name = "portal/firefox"
scope = "portal"
endpoint = "http://detectportal.firefox.com/success.txt"
network = "three"
expected_body = "success"
source = ["S"]
"""
CHAT = 'endpoints = ["https://chat.signal.org/"]'
TARGET = "catalog.toml, target signal/chat: "
PLATFORM = "catalog.toml, platform signal: "
SECOND_FOREIGN = """
[[control]]
name = "foreign/other"
scope = "foreign"
endpoint = "https://other.example.org/"
network = "two"
source = ["S"]
"""

#: What is wrong -> (text replaced in GOOD, its replacement, the sentence).
WRONG: dict[str, tuple[str, str, str]] = {
    "unknown_key": (
        "role =",
        "colour = 1\nrole =",
        TARGET + "unknown key 'colour'; known are name, role, combine, needed, trust, source, http3, endpoints.",
    ),
    "misspelt_key": ('title = "Signal"', 'titel = "Signal"', PLATFORM + "unknown key 'titel'; did you mean 'title'?"),
    "missing_source": (
        'source = ["S"]\nendpoints',
        "endpoints",
        TARGET + "has no source; name in 'source' at least one key of the [sources] table.",
    ),
    "undeclared_source": (
        'source = ["S"]\nendpoints',
        'source = ["T"]\nendpoints',
        TARGET + "source 'T' is unknown; add it to the [sources] table.",
    ),
    "control_without_source": (
        'network = "three"\nexpected_body = "success"\nsource = ["S"]',
        'network = "three"\nexpected_body = "success"',
        "catalog.toml, control portal/firefox: has no source; "
        "name in 'source' at least one key of the [sources] table.",
    ),
    "no_sources_table": (
        '[sources]\nS = "somewhere"',
        "",
        "catalog.toml: has no [sources] table; write one, with a key and an address for each source.",
    ),
    "empty_source_address": ('S = "somewhere"', 'S = ""', "catalog.toml, sources: 'S' is empty; write a text."),
    "duplicate_endpoint": (
        CHAT,
        'endpoints = ["https://chat.signal.org/", "https://chat.signal.org/"]',
        "catalog.toml: endpoint 'https://chat.signal.org/' is there twice; remove or rename one.",
    ),
    "duplicate_target": (
        CHAT,
        CHAT
        + '\n[[platform.target]]\nname = "signal/chat"\nrole = "x"\nsource = ["S"]\nendpoints = ["dns://signal.org"]',
        "catalog.toml: target 'signal/chat' is there twice; remove or rename one.",
    ),
    "unknown_combine": (
        CHAT,
        CHAT + '\ncombine = "some_of"',
        TARGET + "'combine' is 'some_of'; it must be one of all_of, any_of.",
    ),
    "unknown_trust": (CHAT, CHAT + '\ntrust = "mine"', TARGET + "'trust' is 'mine'; it must be one of web, signal."),
    "unknown_source_of_http3": (
        CHAT,
        CHAT + '\nhttp3 = ["NOBODY"]',
        TARGET + "source 'NOBODY' is unknown; add it to the [sources] table.",
    ),
    "http3_without_a_secure_page": (
        CHAT,
        'endpoints = ["tcp://chat.signal.org:443"]\nhttp3 = ["S"]',
        TARGET + "http3 belongs to https:// endpoints, and there is none; take it out.",
    ),
    "unknown_protocol": (
        "https://chat.signal.org/",
        "gopher://chat.signal.org/",
        TARGET + "endpoint gopher://chat.signal.org/ has an unknown protocol; "
        "it must be one of https, http, tcp, post, dns.",
    ),
    "address_that_does_not_parse": (
        "https://chat.signal.org/",
        "post://149.154.175.500:443",
        TARGET
        + "endpoint post://149.154.175.500:443 holds an address that does not parse; write post://192.0.2.1:443.",
    ),
    "broken_ipv6_address": (
        "https://chat.signal.org/",
        "post://[2001:db8::1:443",
        TARGET + "endpoint post://[2001:db8::1:443 holds an address that does not parse; "
        "write an IPv6 address as [2001:db8::1].",
    ),
    "host_name_that_is_an_address": (
        "https://chat.signal.org/",
        "https://149.154.175.50/",
        TARGET + "endpoint https://149.154.175.50/ names the host '149.154.175.50', "
        "which is no host name in lower case; a fixed address is written post://.",
    ),
    "upper_case_host_name": (
        "https://chat.signal.org/",
        "https://Chat.signal.org/",
        TARGET + "endpoint https://Chat.signal.org/ names the host 'Chat.signal.org', "
        "which is no host name in lower case; a fixed address is written post://.",
    ),
    "upper_case_protocol": (
        "https://chat.signal.org/",
        "HTTPS://chat.signal.org/",
        TARGET + "endpoint HTTPS://chat.signal.org/ is not in its plain form; write https://chat.signal.org/.",
    ),
    "url_with_a_query": (
        "https://chat.signal.org/",
        "https://chat.signal.org/?q=1",
        TARGET
        + "endpoint https://chat.signal.org/?q=1 has more than protocol, host, port and path; leave the rest out.",
    ),
    "url_without_a_path": (
        "https://chat.signal.org/",
        "https://chat.signal.org",
        TARGET + "endpoint https://chat.signal.org has no path; end it with '/'.",
    ),
    "tcp_without_a_port": (
        "https://chat.signal.org/",
        "tcp://chat.signal.org",
        TARGET + "endpoint tcp://chat.signal.org has a port that does not parse or does not belong; "
        "write it as :443, and none for dns://.",
    ),
    "port_out_of_range": (
        "https://chat.signal.org/",
        "tcp://chat.signal.org:70000",
        TARGET + "endpoint tcp://chat.signal.org:70000 has a port that does not parse or does not belong; "
        "write it as :443, and none for dns://.",
    ),
    "tcp_with_a_path": (
        "https://chat.signal.org/",
        "tcp://chat.signal.org:443/",
        TARGET + "endpoint tcp://chat.signal.org:443/ has a path, which tcp:// does not know; leave it out.",
    ),
    "host_outside_the_domains": (
        "https://chat.signal.org/",
        "https://chat.example.net/",
        TARGET + "chat.example.net is in none of the platform's domains; add its domain there.",
    ),
    "any_of_with_one_endpoint": (
        CHAT,
        CHAT + '\ncombine = "any_of"',
        TARGET + "any_of has a single endpoint; write all_of, or add the others.",
    ),
    "no_endpoints": (CHAT, "endpoints = []", TARGET + "'endpoints' is missing or empty; give at least one."),
    "no_needed_target": (
        CHAT,
        CHAT + "\nneeded = false",
        PLATFORM + "no target is needed, so nothing decides it; let one target be needed.",
    ),
    "flag_of_the_wrong_type": (CHAT, CHAT + "\nneeded = 1", TARGET + "'needed' must be true or false, not 1."),
    "retired_without_source": (
        'title = "Signal"',
        'title = "Signal"\nretired_at = 2017-10-16',
        PLATFORM + "retired_at and retired_source go together; give both, or neither.",
    ),
    "retirement_as_a_text": (
        'title = "Signal"',
        'title = "Signal"\nretired_at = "2017"',
        PLATFORM + "'retired_at' must be a day such as 2021-01-25 without quotes, not '2017'.",
    ),
    "risky_tier": (
        'title = "Signal"',
        'title = "Signal"\nrisk_tier = "opposition"',
        PLATFORM + "'risk_tier' is 'opposition'; it must be one of mass.",
    ),
    "target_named_for_a_host": (
        '"signal/chat"',
        '"signal/chat.signal.org"',
        "catalog.toml, target signal/chat.signal.org: the name must be signal/role, "
        "the role a word in lower case and never a host.",
    ),
    "portal_without_its_words": (
        'expected_body = "success"\n',
        "",
        "catalog.toml, control portal/firefox: expected_body belongs to portal controls, and each of them needs it.",
    ),
    "controls_on_one_network": (
        '[[control]]\nname = "portal/firefox"',
        SECOND_FOREIGN + '[[control]]\nname = "portal/firefox"',
        "catalog.toml: two foreign controls share a network and would fail together; replace one.",
    ),
    "no_platform": (
        "[[platform]]",
        "[[plattform]]",
        "catalog.toml: unknown key 'plattform'; did you mean 'platform'?",
    ),
    "bad_version": (
        '"2026-11-24"',
        '"1.0"',
        "catalog.toml: version is '1.0'; write the day of the change, such as 2026-11-24a.",
    ),
}


def write(folder: Path, text: str) -> Path:
    path = folder / "catalog.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_good_catalog_beside_the_wrong_ones_loads(tmp_path: Path) -> None:
    """So that no refusal below comes from a broken example."""
    assert load_catalog(write(tmp_path, GOOD)).platform("signal").targets[0].endpoints[0].port == 443


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_catalog_is_refused_with_one_sentence(name: str, tmp_path: Path) -> None:
    old, new, sentence = WRONG[name]
    assert GOOD.count(old) >= 1
    with pytest.raises(CatalogError) as refusal:
        load_catalog(write(tmp_path, GOOD.replace(old, new, 1)))
    assert str(refusal.value) == sentence


def test_a_catalog_without_one_scope_of_controls_is_refused(tmp_path: Path) -> None:
    without_portal = GOOD[: GOOD.index('[[control]]\nname = "portal/firefox"')]
    with pytest.raises(CatalogError, match=r"has no portal control; .*: add one\."):
        load_catalog(write(tmp_path, without_portal))


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"none\.toml: cannot be read \(No such file or directory\)"):
        load_catalog(tmp_path / "none.toml")


def test_broken_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"catalog\.toml: is not valid TOML: .*line 2.*; correct it there\."):
        load_catalog(write(tmp_path, 'version = "2026-11-24"\nplatform = yes\n'))


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    path.write_bytes(GOOD.replace("messages", "messag\xe9s").encode("latin-1"))
    with pytest.raises(CatalogError, match="is not UTF-8 text; save it as UTF-8"):
        load_catalog(path)


def test_an_ipv6_data_centre_may_be_written(tmp_path: Path) -> None:
    text = GOOD.replace("https://chat.signal.org/", "post://[2001:b28:f23d:f001::a]:443")
    (endpoint,) = load_catalog(write(tmp_path, text)).platform("signal").targets[0].endpoints
    assert (endpoint.addresses, endpoint.port) == (("2001:b28:f23d:f001::a",), 443)
