"""dig, curl and openssl see in both stages what a scenario declares, with its censor and without.

What each must say follows from the world (tests/programs_world.py) and from the programs' own manuals: exit statuses
are those of dig(1), curl(1) and, of openssl, 0 or 1.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from typing import Any

import pytest

from tests.programs import (
    ANSWER_S,
    SILENCE_S,
    Laboratory,
    Sees,
    check,
    needs_curl,
    needs_dig,
    needs_openssl,
    says,
)
from tests.programs_laboratory import is_censored_fixture, laboratory_fixture, stage_fixture  # noqa: F401 -- by name
from tests.programs_world import (
    BLOCK_ADDRESS,
    EARLY_ADDRESS,
    LEAST_S,
    LONG_PAGE_BYTES,
    REDIRECTED_TO,
    RESOLVER_NAME,
    address_of,
    name_of,
)


def named(cases: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Cases for pytest, called by their words."""
    return [
        pytest.param(*case, id=" ".join(" ".join(part) if isinstance(part, tuple) else part
                                        for part in case if not isinstance(part, Sees | None)).strip())
        for case in cases
    ]  # fmt: skip


# dig --------------------------------------------------------------------------------------------------------------

NO_ANSWER = says("timed out", code=9)


def tells(address: str) -> Sees:
    return says("status: NOERROR", rf"\sA\s+{re.escape(address)}\s*$")


def fails(rcode: str) -> Sees:
    return says(f"status: {rcode}", r"ANSWER: 0")


def true_answer(site: str) -> Sees:
    return tells(address_of(site))


#: Site, words for dig, and what it sees with the censor. None: the truth, as without.
QUESTIONS: list[tuple[str, tuple[str, ...], Sees | None]] = [
    ("open", (), None),
    ("open", ("+tcp",), None),
    ("forged", (), tells(BLOCK_ADDRESS)),
    ("forged", ("+tcp",), tells(BLOCK_ADDRESS)),
    ("forged", ("+subnet=192.0.2.0/24", "+dnssec"), tells(BLOCK_ADDRESS)),
    ("forged-before", (), tells(EARLY_ADDRESS)),
    ("forged-after", (), None),
    ("forged-over-tcp", (), None),
    ("forged-over-tcp", ("+tcp",), tells(BLOCK_ADDRESS)),
    ("forged-of-another-kind", (), None),
    ("nxdomain", (), fails("NXDOMAIN")),
    ("servfail", (), fails("SERVFAIL")),
    ("refusal", (), fails("REFUSED")),
    ("empty", (), fails("NOERROR")),
    ("malformed", (), says("malformed message packet")),
    ("unanswered", (), NO_ANSWER),
    ("unanswered", ("+tcp",), NO_ANSWER),
]


@needs_dig
@pytest.mark.parametrize(("site", "words", "censored"), named(QUESTIONS))
def test_dig_is_told_what_the_scenario_declares(
    laboratory: Laboratory, stage: str, is_censored: bool, site: str, words: tuple[str, ...], censored: Sees | None
) -> None:
    lab = laboratory(stage, is_censored)
    expected = censored if is_censored and censored else true_answer(site)
    over = "tcp" if "+tcp" in words else "udp"
    ended = lab.dig(*words, name_of(site), over=over, patience_s=patience_s(expected, 9))
    check(ended, expected)
    assert ended.said.count("\tA\t") <= 1


@needs_dig
def test_dig_is_told_an_address_of_the_wrong_kind(laboratory: Laboratory, stage: str, is_censored: bool) -> None:
    """The answer to a question for AAAA is an A record, as Iran's filter has it; in truth there is none."""
    ended = laboratory(stage, is_censored).dig(name_of("forged-of-another-kind"), "AAAA")
    check(ended, tells(BLOCK_ADDRESS) if is_censored else fails("NOERROR"))


@needs_dig
def test_dig_over_tls_gets_an_answer_unless_its_port_is_swallowed(
    laboratory: Laboratory, stage: str, is_censored: bool
) -> None:
    """The censor cannot read what is asked there: it keeps everybody from the port."""
    expected = NO_ANSWER if is_censored else true_answer("forged")
    ended = laboratory(stage, is_censored).dig_over_tls(name_of("forged"), patience_s=patience_s(expected, 9))
    check(ended, expected)


# curl -------------------------------------------------------------------------------------------------------------

SILENCE = says("timed out", code=28)
RESET_IN_TLS = says("reset by peer", code=35)
RESET_IN_HTTP = says("reset by peer", code=56)


def page_of(site: str) -> Sees:
    return says("^HTTP/1.1 200 OK", f"<h1>{name_of(site)}</h1>")


#: URL's beginning, site and path, words for curl, and what it sees with the censor.
FETCHES: list[tuple[str, str, Sees]] = [
    ("https", "swallowed", SILENCE),
    ("https", "refused", says(code=7)),
    ("https", "unreachable", says(code=7)),
    ("https", "hello-reset", RESET_IN_TLS),
    ("https", "hello-closed", says("SSL_ERROR_SYSCALL|unexpected eof", code=35)),
    ("https", "hello-dropped", SILENCE),
    ("https", "hello-foreign", says("unable to get local issuer certificate", code=60)),
    ("https", "hello-self-signed", says("self-signed certificate", code=60)),
    ("https", "hello-alert", says("alert handshake failure", code=35)),
    ("https", "hello-plain", says("wrong version number", code=35)),
    ("https", "hello-corrupted", says(code=35)),
    ("https", "certificate-reset", RESET_IN_TLS),
    ("https", "quic-dropped", page_of("quic-dropped")),
    # The reset may come before curl has looked whether it is connected.
    ("http", "accept-reset", says("reset by peer|connect", code=56, or_code=7)),
    ("http", "host-reset", RESET_IN_HTTP),
    ("http", "host-closed", says("Empty reply from server", code=52)),
    ("http", "host-dropped", SILENCE),
    ("http", "host-page", says("^HTTP/1.1 403 ", rf'<iframe src="http://{re.escape(BLOCK_ADDRESS)}')),
    ("http", "host-redirected", says("^HTTP/1.1 302 ", f"(?m)^Location: {REDIRECTED_TO}\r?$")),
]


@needs_curl
@pytest.mark.parametrize(("scheme", "site", "censored"), named(FETCHES))
def test_curl_meets_what_the_scenario_declares(
    laboratory: Laboratory, stage: str, is_censored: bool, scheme: str, site: str, censored: Sees
) -> None:
    expected = censored if is_censored else page_of(site)
    ended = laboratory(stage, is_censored).curl(f"{scheme}://{name_of(site)}/", patience_s=patience_s(expected, 28))
    check(ended, expected)


@needs_curl
def test_curl_meets_the_filter_by_a_word_in_its_request(laboratory: Laboratory, stage: str, is_censored: bool) -> None:
    """The same server answers everything else."""
    lab = laboratory(stage, is_censored)
    url = f"http://{name_of('keyword')}/"
    check(lab.curl(f"{url}filtershekan"), RESET_IN_HTTP if is_censored else page_of("keyword"))
    check(lab.curl(url), page_of("keyword"))


@needs_curl
def test_curl_is_slowed_down_and_gets_the_whole_page(laboratory: Laboratory, stage: str, is_censored: bool) -> None:
    """Held from below: how fast the rest of this computer lets it be is nothing that the scenario declares."""
    told = ("--output", "/dev/null", "--write-out", "%{size_download} %{time_total}")
    ended = laboratory(stage, is_censored).curl(f"http://{name_of('host-throttled')}/", *told)
    size, seconds = ended.said.split()
    assert (ended.code, int(size)) == (0, LONG_PAGE_BYTES)
    assert not is_censored or float(seconds) > LEAST_S


@needs_curl
def test_curl_asks_for_names_over_https_unless_the_resolvers_is_reset(
    laboratory: Laboratory, stage: str, is_censored: bool
) -> None:
    """The lab's server speaks HTTP/1.1 alone, which dig's own +https does not."""
    asked = b"".join(bytes((len(label),)) + label.encode() for label in name_of("forged").split("."))
    query = b"\0\0\1\0\0\1" + bytes(6) + asked + b"\0\0\1\0\1"
    wire = base64.urlsafe_b64encode(query).decode().rstrip("=")
    url = f"https://{RESOLVER_NAME}/dns-query?dns={wire}"
    told = ("--output", "-", "--no-include")
    lab = laboratory(stage, is_censored)
    true_bytes = bytes(int(part) for part in address_of("forged").split("."))
    truth = says(re.escape(true_bytes.decode("latin-1")))
    check(lab.curl(url, *told), RESET_IN_TLS if is_censored else truth)


#: What curl makes of servers that nobody stands in front of, whatever the censor does elsewhere.
SERVERS: list[tuple[str, tuple[str, ...], Sees]] = [
    ("https://open.example/", (), page_of("open")),
    ("http://open.example/", (), page_of("open")),
    ("https://old-tls.example/", ("--tls-max", "1.2"), page_of("old-tls")),
    ("https://old-tls.example/", ("--tlsv1.3",), says("alert protocol version", code=35)),
    ("https://expired.example/", (), says("certificate has expired", code=60)),
    ("https://not-yet-valid.example/", (), says("certificate is not yet valid", code=60)),
    ("https://self-signed.example/", (), says("self-signed certificate", code=60)),
    ("https://wrong-name.example/", (), says("subject name matches", code=60)),
    ("https://unknown-authority.example/", (), says("unable to get local issuer certificate", code=60)),
    ("http://redirect.example/where", (), says("^HTTP/1.1 301 ", r"Location: https://redirect\.example/where")),
    ("http://telegram.example/", (), says("^HTTP/1.1 501 ", code=0)),
    ("http://telegram.example/", ("--data", "x"), says("^HTTP/1.1 200 ", "Content-Length: 4")),
    ("http://legal.example/", (), says("^HTTP/1.1 451 ", "<title>Withheld</title>")),
    ("http://cut.example/", (), says("transfer closed with 4900 bytes remaining", code=18)),
    ("http://silent.example/", (), SILENCE),
    ("http://closing.example/", (), says("Empty reply from server", code=52)),
    ("http://resetting.example/", (), RESET_IN_HTTP),
]


@needs_curl
@pytest.mark.parametrize(("url", "words", "expected"), named(SERVERS))
def test_curl_meets_every_kind_of_server(
    laboratory: Laboratory, stage: str, is_censored: bool, url: str, words: tuple[str, ...], expected: Sees
) -> None:
    check(laboratory(stage, is_censored).curl(url, *words, patience_s=patience_s(expected, 28)), expected)


@needs_curl
@pytest.mark.parametrize(
    ("site", "censored"),
    named(
        [
            ("forged", SILENCE),
            ("nxdomain", says("Could not resolve host", code=6)),
            ("servfail", says("Could not resolve host", code=6)),
            ("empty", says("Could not resolve host", code=6)),
            ("malformed", says("Could not resolve host", code=6)),
            ("unanswered", says("Could not resolve host", code=6)),
        ]
    ),
)
def test_curl_believes_what_its_system_is_told(
    laboratory: Laboratory, is_censored: bool, site: str, censored: Sees
) -> None:
    """In namespaces alone: on loopback the system's own resolver is another's."""
    lab = laboratory("namespace", is_censored)
    expected = censored if is_censored else page_of(site)
    check(lab.curl(f"http://{name_of(site)}/", patience_s=patience_s(expected, 28)), expected)


# openssl ----------------------------------------------------------------------------------------------------------

VERIFIED = says(r"Verify return code: 0 \(ok\)", "New, TLSv1.3, Cipher is ")
OLD_VERIFIED = says(r"Verify return code: 0 \(ok\)", "New, TLSv1.2, Cipher is ")
RESET = says("errno=104", code=1)

#: Site, words for s_client, what it sees with the censor, and without.
HANDSHAKES: list[tuple[str, tuple[str, ...], Sees, Sees]] = [
    ("open", (), VERIFIED, VERIFIED),
    ("open", ("-tls1_2",), OLD_VERIFIED, OLD_VERIFIED),
    ("old-tls", (), OLD_VERIFIED, OLD_VERIFIED),
    ("strangers", (), VERIFIED, VERIFIED),
    *(
        (site, words, seen, seen)
        for site, words, seen in (
            ("strangers", ("-servername", "somebody.example"), says("SSL alert number 112", code=1)),
            ("expired", (), says("num=10:certificate has expired", code=1)),
            ("not-yet-valid", (), says("num=9:certificate is not yet valid", code=1)),
            ("self-signed", (), says("num=18:self-signed certificate", code=1)),
            ("wrong-name", (), says("num=62:hostname mismatch", code=1)),
            ("unknown-authority", (), says("num=20:unable to get local issuer certificate", code=1)),
        )
    ),
    ("refused", (), says("Connection refused", code=1), VERIFIED),
    ("unreachable", (), says("No route to host|Connection refused", code=1), VERIFIED),
    ("hello-reset", (), RESET, VERIFIED),
    ("hello-reset", ("-tls1_2",), RESET, OLD_VERIFIED),
    ("hello-closed", (), says("unexpected eof while reading", code=1), VERIFIED),
    ("hello-foreign", (), says("num=20:unable to get local issuer certificate", code=1), VERIFIED),
    ("hello-self-signed", (), says("num=18:self-signed certificate", code=1), VERIFIED),
    ("hello-alert", (), says("SSL alert number 40", code=1), VERIFIED),
    ("hello-plain", (), says("wrong version number", code=1), VERIFIED),
    ("hello-corrupted", (), says("SSL routines", code=1), VERIFIED),
    ("certificate-reset", (), RESET, OLD_VERIFIED),
]


@needs_openssl
@pytest.mark.parametrize(("site", "words", "censored", "clean"), named(HANDSHAKES))
def test_openssl_meets_what_the_scenario_declares(
    laboratory: Laboratory, stage: str, is_censored: bool, site: str, words: tuple[str, ...], censored: Sees,
    clean: Sees,
) -> None:  # fmt: skip
    check(laboratory(stage, is_censored).openssl(site, *words), censored if is_censored else clean)


@needs_openssl
def test_openssl_is_told_by_the_network_that_nobody_is_there(laboratory: Laboratory, is_censored: bool) -> None:
    """In namespaces alone: streams have no ICMP, so that on loopback the connection is refused."""
    expected = says("No route to host", code=1) if is_censored else VERIFIED
    check(laboratory("namespace", is_censored).openssl("unreachable"), expected)


# What they said ---------------------------------------------------------------------------------------------------


def patience_s(expected: Sees, code_of_silence: int) -> int:
    """Short where silence is wanted, so that no busy machine can bring it about where an answer is."""
    return SILENCE_S if expected.code == code_of_silence else ANSWER_S
