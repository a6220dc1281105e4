"""The configuration: what it becomes when it is right, and the exact sentence when it is not."""

import dataclasses
import os
import re
import tomllib
from pathlib import Path

import pytest

from agent.catalog import load_catalog
from agent.config import (
    DEFAULT_RESOLVERS,
    PACES,
    SECTIONS,
    Budget,
    Config,
    ConfigError,
    Helper,
    Schedule,
    Vantage,
    load_config,
)
from probes.dns_lookup import Resolver
from probes.limits import Limits

ROOT = Path(__file__).parents[1]
RESOLVER = '[[resolver]]\nname = "mine"\ntransport = "udp"\naddress = "9.9.9.9"\n'
DOH = RESOLVER.replace('"udp"', '"doh"')
DOT = RESOLVER.replace('"udp"', '"dot"')
PLATFORMS = ", ".join(platform.key for platform in load_catalog().platforms)

#: What stands in the file, and what is said of it after the file's name.
BAD = {
    "unknown section": (
        "[shedule]\nevery_min = 30",
        "there is no section [shedule]; perhaps you mean [schedule].",
    ),
    "unknown section like no other": (
        "[xyz]",
        "there is no section [xyz]; the sections are vantage, measure, schedule, timeouts, budget, results, notify, "
        "resolver and helper.",
    ),
    "key outside a section": (
        "every_min = 30",
        "every_min stands outside every section; put it under [schedule].",
    ),
    "unknown key outside a section": (
        "speed = 30",
        "speed stands outside every section; the sections are vantage, measure, schedule, timeouts, budget, results, "
        "notify, resolver and helper.",
    ),
    "section that is a value": (
        "schedule = 30",
        "schedule is a number, and must be a section; write [schedule] on a line of its own.",
    ),
    "unknown key": (
        '[measure]\nplatfroms = ["signal"]',
        "[measure] has no key platfroms; perhaps you mean platforms.",
    ),
    "unknown key like no other": (
        "[schedule]\nxyz = 1",
        "[schedule] has no key xyz; its keys are every_min, jitter_min, confirm_min.",
    ),
    "helper in single brackets": (
        '[helper]\nname = "berlin"',
        "helper is a section, and must be a list; write [[helper]] with two brackets.",
    ),
    "too many helpers": (
        "".join(f'[[helper]]\nname = "h{number}"\nurl = "https://h.example.org/"\n' for number in range(4)),
        "there are 4 [[helper]] sections; leave 3 at most.",
    ),
    "two helpers of one name": (
        '[[helper]]\nname = "h"\nurl = "https://a.example.org/"\n' * 2,
        'two [[helper]] sections are called "h"; rename one.',
    ),
    "helper without a url": ('[[helper]]\nname = "h"', "[[helper]] 1 has no url; add it."),
    "helper with a key of its own": (
        '[[helper]]\nname = "h"\nurl = "https://a.example.org/"\nkey = 1',
        "[[helper]] 1 has no key key; its keys are name, url, address.",
    ),
    "helper in the clear": (
        '[[helper]]\nname = "h"\nurl = "http://a.example.org/"',
        '[[helper]] 1 url = "http://a.example.org/" cannot be asked; write https, a host name and a path, such as '
        '"https://helper.example.org/".',
    ),
    "helper that is no word": (
        '[[helper]]\nname = "in Berlin"\nurl = "https://a.example.org/"',
        '[[helper]] 1 name = "in Berlin" cannot be a name here; take lower-case letters, digits and hyphens.',
    ),
    "helper at no address": (
        '[[helper]]\nname = "h"\nurl = "https://a.example.org/"\naddress = "berlin"',
        '[[helper]] 1 address = "berlin" is not an address; write an IPv4 or IPv6 address, such as "9.9.9.9", or '
        "leave it out.",
    ),
    "helper at home": (
        '[[helper]]\nname = "h"\nurl = "https://a.example.org/"\naddress = "192.168.1.2"',
        '[[helper]] 1 address = "192.168.1.2" is not a public one, and a helper behind the same line sees nothing else '
        "than this computer does; name one that stands elsewhere, or take the section out.",
    ),
    "missing unit": (
        "[schedule]\nevery = 30",
        "[schedule] has no key every; give the unit: every_min.",
    ),
    "missing unit of two words": (
        "[timeouts]\ndns_window = 2",
        "[timeouts] has no key dns_window; give the unit: dns_window_s.",
    ),
    "other unit": (
        "[timeouts]\nconnect_ms = 500",
        "[timeouts] has no key connect_ms; this is given in seconds: connect_s.",
    ),
    "text for a number": (
        '[schedule]\nevery_min = "30"',
        '[schedule] every_min = "30" is text; write a whole number of minutes from 1 to 10080.',
    ),
    "truth value for a number": (
        "[budget]\ntries_per_endpoint = true",
        "[budget] tries_per_endpoint = true is true or false; write a whole number of tries from 1 to 5.",
    ),
    "fraction for a whole number": (
        "[schedule]\njitter_min = 2.5",
        "[schedule] jitter_min = 2.5 is a fraction; write a whole number of minutes from 0 to 1440.",
    ),
    "date for a number": (
        "[timeouts]\ntls_s = 2026-01-01",
        '[timeouts] tls_s = "2026-01-01" is a date or time; write a number of seconds from 0.1 to 120.',
    ),
    "too small": (
        "[timeouts]\ndns_s = 0",
        "[timeouts] dns_s = 0 is out of range; write a number of seconds from 0.1 to 120.",
    ),
    "too large": (
        "[budget]\nsweep_mib = 5000",
        "[budget] sweep_mib = 5000 is out of range; write a number of MiB from 0.1 to 1024.",
    ),
    "no number at all": (
        "[timeouts]\nhttp_s = nan",
        "[timeouts] http_s = NaN is out of range; write a number of seconds from 0.1 to 120.",
    ),
    "endless": (
        "[budget]\nsweep_max_min = 1e999",
        "[budget] sweep_max_min = Infinity is a fraction; write a whole number of minutes from 1 to 1440.",
    ),
    "jitter as long as the cadence": (
        "[schedule]\nevery_min = 60\njitter_min = 60",
        "[schedule] jitter_min = 60 is not less than every_min = 60, so that sweeps would run into each other; "
        "lower jitter_min.",
    ),
    "country by name": (
        '[vantage]\ncountry = "Iran"',
        '[vantage] country = "Iran" is not a country code; write its two capital letters of ISO 3166, such as "IR", '
        "or leave it out.",
    ),
    "country in small letters": (
        '[vantage]\ncountry = "ir"',
        '[vantage] country = "ir" is not a country code; write its two capital letters of ISO 3166, such as "IR", '
        "or leave it out.",
    ),
    "country that is none": (
        '[vantage]\ncountry = "UK"',
        '[vantage] country = "UK" is not a country code; write its two capital letters of ISO 3166, such as "IR", '
        "or leave it out.",
    ),
    "network with AS": (
        '[vantage]\nasn = "AS44244"',
        '[vantage] asn = "AS44244" is text; write a whole number from 1 to 4294967295, without AS, or leave it out.',
    ),
    "address in the label": (
        '[vantage]\nlabel = "home 192.0.2.7"',
        '[vantage] label = "home 192.0.2.7" holds an address, and none may stand in the results; write up to 60 '
        'characters, such as "home".',
    ),
    "terminal escape in the label": (
        '[vantage]\nlabel = "\\u001b[31m"',
        '[vantage] label = "\\u001b[31m" holds a control character; write up to 60 characters, such as "home".',
    ),
    "unknown platform": (
        '[measure]\nplatforms = ["signl"]',
        '[measure] platforms: no platform is called "signl"; perhaps you mean "signal".',
    ),
    "unknown platform like no other": (
        '[measure]\nplatforms = ["xyz"]',
        f'[measure] platforms: no platform is called "xyz"; there are {PLATFORMS}.',
    ),
    "platforms as text": (
        '[measure]\nplatforms = "signal"',
        '[measure] platforms = "signal" is text; write a list such as ["signal", "telegram"], or [] for all.',
    ),
    "platform as a number": (
        "[measure]\nplatforms = [1]",
        '[measure] platforms = [1] holds 1, which is a number; write a list such as ["signal", "telegram"], '
        "or [] for all.",
    ),
    "platform twice": (
        '[measure]\nplatforms = ["signal", "signal"]',
        '[measure] platforms = ["signal", "signal"] names "signal" twice; name it once.',
    ),
    "unknown pace": (
        '[measure]\npace = "slow"',
        '[measure] pace = "slow" is not one of the choices; write "gentle" or "fast".',
    ),
    "empty folder": (
        '[results]\nfolder = " "',
        '[results] folder = " " is empty; write the path of a folder, such as "results".',
    ),
    "resolver with one bracket": (
        '[resolver]\nname = "mine"',
        "resolver is a section, and must be a list; write [[resolver]] with two brackets.",
    ),
    "resolver that is a word": (
        'resolver = ["9.9.9.9"]',
        "[[resolver]] 1 is text, and must be a section; write [[resolver]] above its keys.",
    ),
    "too many resolvers": (
        "\n".join(RESOLVER.replace("mine", f"mine-{number}") for number in range(9)),
        "there are 9 [[resolver]] sections; leave 8 at most.",
    ),
    "resolver without address": (
        RESOLVER.replace('address = "9.9.9.9"', ""),
        "[[resolver]] 1 has no address; add it.",
    ),
    "two resolvers of one name": (
        RESOLVER + RESOLVER,
        'two [[resolver]] sections are called "mine"; rename one.',
    ),
    "resolver called system": (
        RESOLVER.replace("mine", "system"),
        '[[resolver]] 1 name = "system" cannot be a name here; take lower-case letters, digits and hyphens, and not '
        "the word system or none.",
    ),
    "resolver called none, as where there is no resolver": (
        RESOLVER.replace("mine", "none"),
        '[[resolver]] 1 name = "none" cannot be a name here; take lower-case letters, digits and hyphens, and not '
        "the word system or none.",
    ),
    "the system's resolver": (
        RESOLVER.replace("udp", "system"),
        "[[resolver]] 1 is the system's resolver, which is always asked; take the section out.",
    ),
    "unknown transport": (
        RESOLVER.replace("udp", "doq"),
        '[[resolver]] 1 transport = "doq" is not one of the choices; write "udp" or "tcp" or "dot" or "doh".',
    ),
    "address that does not parse": (
        RESOLVER + RESOLVER.replace("mine", "other").replace("9.9.9.9", "9.9.9"),
        '[[resolver]] 2 address = "9.9.9" is not an address; write an IPv4 or IPv6 address, such as "9.9.9.9".',
    ),
    "address in the user's network": (
        RESOLVER.replace("9.9.9.9", "192.168.1.1"),
        '[[resolver]] 1 address = "192.168.1.1" is not a public one, and the address of a resolver in your own '
        "network must never reach the results; take the section out: the system's resolver is asked anyway.",
    ),
    "port out of range": (
        RESOLVER + "port = 65536",
        "[[resolver]] 1 port = 65536 is out of range; write a whole number from 1 to 65535.",
    ),
    "unknown key of a resolver": (
        RESOLVER + "adress = 1",
        "[[resolver]] 1 has no key adress; perhaps you mean address.",
    ),
    "doh without url": (
        DOH,
        '[[resolver]] 1 has no url, which transport "doh" needs; add it.',
    ),
    "url without doh": (
        RESOLVER + 'url = "https://dns.quad9.net/dns-query"',
        '[[resolver]] 1 has a url, which only transport "doh" has; take the url out.',
    ),
    "dot without host": (
        DOT,
        '[[resolver]] 1 has no host, which transport "dot" needs; add it.',
    ),
    "host without dot": (
        RESOLVER + 'host = "dns.quad9.net"',
        '[[resolver]] 1 has a host, which only transport "dot" has; take the host out.',
    ),
    "host that is an address": (
        DOT + 'host = "9.9.9.9"',
        '[[resolver]] 1 host = "9.9.9.9" is no host name; write a host name, such as "dns.quad9.net".',
    ),
    "url in the clear": (
        DOH + 'url = "http://dns.quad9.net/dns-query"',
        '[[resolver]] 1 url = "http://dns.quad9.net/dns-query" cannot be asked; write https, a host name and a path, '
        'such as "https://dns.quad9.net/dns-query".',
    ),
    "port beside a url": (
        DOH + 'port = 443\nurl = "https://dns.quad9.net/dns-query"',
        '[[resolver]] 1 has a port, which transport "doh" has in its url; take the port out.',
    ),
    "broken TOML": (
        "[schedule]\nevery_min = = 30",
        "line 2, column 13 is not TOML (Invalid value); correct that line, or copy it again from the documented "
        "default.",
    ),
    "TOML that ends too early": (
        '[vantage]\nlabel = """home',
        "the last line is not TOML (Unterminated string); correct that line, or copy it again from the documented "
        "default.",
    ),
    "key twice": (
        "[schedule]\nevery_min = 30\nevery_min = 40\n",
        "line 3, column 15 is not TOML (Cannot overwrite a value); correct that line, or copy it again from the "
        "documented default.",
    ),
}


def written(folder: Path, content: str) -> Path:
    """A configuration file with that content."""
    path = folder / "config.toml"
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize("case", BAD)
def test_a_bad_configuration_is_refused_with_its_sentence(tmp_path: Path, case: str) -> None:
    """One sentence: the file, the key or the line, and the remedy."""
    content, sentence = BAD[case]
    path = written(tmp_path, content)
    with pytest.raises(ConfigError) as refusal:
        load_config(path)
    assert str(refusal.value) == f"{path}: {sentence}"
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Who names a file wants that file, and no default in its place."""
    path = tmp_path / "none.toml"
    with pytest.raises(ConfigError, match=re.escape(f"{path}: there is no such file; name another with --config")):
        load_config(path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A folder, which no rights make readable as a file, stands for all that the system refuses to read."""
    with pytest.raises(ConfigError, match=re.escape(f"{tmp_path}: it cannot be read (Is a directory)")):
        load_config(tmp_path)


def test_a_file_that_is_not_utf8_is_refused_with_the_place(tmp_path: Path) -> None:
    """The byte is counted from 1."""
    path = tmp_path / "config.toml"
    path.write_bytes(b'[vantage]\nlabel = "\xff"')
    with pytest.raises(ConfigError, match="byte 20 is not UTF-8; save the file as UTF-8"):
        load_config(path)


def test_the_documented_file_is_the_built_in_default() -> None:
    """config.toml at the root says nothing but what holds without it."""
    loaded = load_config(ROOT / "config.toml")
    assert loaded == Config(source=ROOT / "config.toml", results=ROOT / "results")


def test_the_documented_file_explains_every_key() -> None:
    """Each key of each section stands there, right after a comment or as one."""
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    for section, rules in SECTIONS.items():
        body = text.partition(f"[{section}]\n")[2].partition("\n[")[0]
        for key in rules:
            assert re.search(rf"^#[^\n]+\n(# )?{key} = ", body, re.MULTILINE), f"[{section}] {key} is not explained"


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file named and none in the working folder."""
    monkeypatch.chdir(tmp_path)
    assert load_config() == Config()


def test_the_file_in_the_working_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file named, and one in the working folder."""
    written(tmp_path, "[schedule]\nevery_min = 240\n")
    monkeypatch.chdir(tmp_path)
    assert load_config().schedule.every_min == 240


def test_every_key_reaches_its_place(tmp_path: Path) -> None:
    """Each value differs from its default, and stands where the records say."""
    path = written(
        tmp_path,
        '[vantage]\ncountry = "IR"\nasn = 44244\nlabel = "خانه"\n'
        '[measure]\nplatforms = ["signal", "tabnak"]\npace = "fast"\n'
        "[schedule]\nevery_min = 60\njitter_min = 7\nconfirm_min = 0\n"
        "[timeouts]\nsystem_dns_s = 6\ndns_s = 1\ndns_window_s = 1.5\nconnect_s = 2\ntls_s = 3\nhttp_s = 4\n"
        "[budget]\ntries_per_endpoint = 3\nsweep_mib = 0.5\nsweep_max_min = 9\n"
        '[results]\nfolder = "data/rows"\n'
        '[[resolver]]\nname = "six"\ntransport = "tcp"\naddress = "2620:fe::fe"\nport = 9953\n'
        '[[helper]]\nname = "berlin"\nurl = "https://helper.example.org/"\naddress = "9.9.9.9"\n',
    )
    assert load_config(path) == Config(
        source=path,
        results=tmp_path / "data" / "rows",
        vantage=Vantage(country="IR", asn=44244, label="خانه"),
        resolvers=(Resolver(name="six", transport="tcp", address="2620:fe::fe", port=9953),),
        helpers=(Helper(name="berlin", url="https://helper.example.org/", address="9.9.9.9"),),
        platforms=("signal", "tabnak"),
        pace=PACES["fast"],
        schedule=Schedule(every_min=60, jitter_min=7, confirm_min=0),
        limits=Limits(
            system_dns_timeout_s=6.0,
            dns_timeout_s=1.0,
            dns_window_s=1.5,
            connect_timeout_s=2.0,
            tls_timeout_s=3.0,
            http_timeout_s=4.0,
        ),
        budget=Budget(tries_per_endpoint=3, sweep_mib=0.5, sweep_max_min=9),
    )


def test_a_budget_is_told_in_bytes_too() -> None:
    """A MiB is 1,048,576 bytes."""
    assert Budget(sweep_mib=0.5).sweep_bytes == 524288


def test_an_absolute_results_folder_stays_what_it_is(tmp_path: Path) -> None:
    """Only a relative one is counted from the file's folder."""
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "here").mkdir()
    assert load_config(written(tmp_path / "here", f"[results]\nfolder = '{elsewhere}'")).results == elsewhere


def test_a_results_folder_may_begin_at_home(tmp_path: Path) -> None:
    """A tilde is the user's home, as in a shell."""
    assert load_config(written(tmp_path, '[results]\nfolder = "~/rows"')).results == Path(os.path.expanduser("~/rows"))


def test_no_resolver_but_the_system_s_can_be_chosen(tmp_path: Path) -> None:
    """An empty list is a wish; a file that says nothing of resolvers asks the default ones."""
    assert load_config(written(tmp_path, "resolver = []")).resolvers == ()
    assert load_config(written(tmp_path, "")).resolvers == DEFAULT_RESOLVERS


def test_a_table_of_networks_is_looked_for_beside_the_file(tmp_path: Path) -> None:
    """Left out, there is none."""
    assert load_config(written(tmp_path, "")).networks is None
    named = load_config(written(tmp_path, '[measure]\nnetworks = "tables/networks.txt"'))
    assert named.networks == tmp_path / "tables" / "networks.txt"


def test_the_port_of_a_resolver_follows_its_transport(tmp_path: Path) -> None:
    """Left out, it is 53, and 853 in TLS; over HTTPS it is the one of the URL, and without one 443."""
    urls = ('url = "https://dns.quad9.net/dns-query"\n', 'url = "https://dns.quad9.net:5053/dns-query"\n')
    over_https = [DOH.replace("mine", f"doh-{number}") + url for number, url in enumerate(urls)]
    in_tls = DOT.replace("mine", "dot") + 'host = "dns.quad9.net"\n'
    found = load_config(written(tmp_path, RESOLVER + "".join(over_https) + in_tls)).resolvers
    assert [resolver.port for resolver in found] == [53, 443, 5053, 853]


@pytest.mark.parametrize(
    "address",
    "127.0.0.1 10.202.10.10 172.16.0.1 169.254.1.1 100.64.0.1 0.0.0.0 224.0.0.251 ::1 fe80::1 fd00::1 ff02::fb".split(),
)
def test_a_resolver_that_is_not_public_is_refused(tmp_path: Path, address: str) -> None:
    """Every kind of address that a home or an operator's inside may have."""
    with pytest.raises(ConfigError, match=f'"{re.escape(address)}" is not a public one'):
        load_config(written(tmp_path, RESOLVER.replace("9.9.9.9", address)))


@pytest.mark.parametrize(
    "url",
    [
        "https://9.9.9.9/dns-query",
        "https://user@dns.quad9.net/dns-query",
        "https://dns.quad9.net:0/dns-query",
        "https://dns.quad9.net:99999/dns-query",
        "https://dns.quad9.net/dns query",
        "https://dns.quad9.net",
        "https://dns.quad9.net/#part",
        "https://[::1/",
        "dns.quad9.net/dns-query",
    ],
)
def test_a_url_that_is_not_https_host_and_path_is_refused(tmp_path: Path, url: str) -> None:
    """A bare address too: a certificate is checked for a name."""
    with pytest.raises(ConfigError, match="cannot be asked"):
        load_config(written(tmp_path, DOH + f'url = "{url}"\n'))


def test_a_short_cadence_gets_a_short_jitter(tmp_path: Path) -> None:
    """Who changes only the cadence is not stopped by a default that they never wrote."""
    assert load_config(written(tmp_path, "[schedule]\nevery_min = 30")).schedule == Schedule(every_min=30, jitter_min=5)
    assert load_config(written(tmp_path, "[schedule]\nevery_min = 1")).schedule == Schedule(every_min=1, jitter_min=0)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    """Some editors write one before the first letter."""
    assert load_config(written(tmp_path, "\ufeff[schedule]\nevery_min = 240")).schedule.every_min == 240


def test_gentle_is_the_default_and_what_it_promises() -> None:
    """A few connections a minute, shuffled, and a rest after interference; fast has neither bound."""
    assert Config().pace.name == "gentle"
    assert (PACES["gentle"].connections_per_min, PACES["gentle"].cool_down_s) == (6, 180.0)
    assert (PACES["fast"].connections_per_min, PACES["fast"].cool_down_s) == (None, 0.0)
    assert PACES["gentle"].shuffle


def test_the_default_resolvers_pass_their_own_rules(tmp_path: Path) -> None:
    """Written as TOML and read again, they are the same."""
    lines = []
    for resolver in DEFAULT_RESOLVERS:
        left_out = {"port", "host"} if resolver.transport == "doh" else {"url", "host"}
        fields = {key: value for key, value in dataclasses.asdict(resolver).items() if key not in left_out}
        lines += ["[[resolver]]", *(f"{key} = {value!r}" for key, value in fields.items())]
    assert tomllib.loads("\n".join(lines))["resolver"]
    assert load_config(written(tmp_path, "\n".join(lines))).resolvers == DEFAULT_RESOLVERS
