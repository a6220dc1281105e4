"""A Chromium without a window sees in both stages what a scenario declares, with its censor and without.

Its words are those of net_error_list.h.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from tests.namespace import needs_namespaces
from tests.programs import Laboratory, needs_certutil, needs_chromium
from tests.programs_browser import Browser, browser
from tests.programs_laboratory import is_censored_fixture, laboratory_fixture, stage_fixture  # noqa: F401 -- by name
from tests.programs_world import BLOCK_ADDRESS, REDIRECTED_TO, name_of

# A browser has words of its own for its makers: on loopback, too, it is kept in a network without a way out.
pytestmark = [needs_chromium, needs_certutil, needs_namespaces]

Browsers = Callable[[str, bool], Browser]


@pytest.fixture(scope="session")
def browsers(laboratory: Laboratory) -> Iterator[Browsers]:
    """One browser for each lab, started when it is first asked for."""
    with ExitStack() as running:

        @cache
        def start(stage: str, is_censored: bool) -> Browser:
            return running.enter_context(browser(laboratory(stage, is_censored)))

        yield start


#: URL's beginning, site, and Chromium's word for what the censor does.
ERRORS = [
    ("https", "refused", "ERR_CONNECTION_REFUSED"),
    ("https", "hello-reset", "ERR_CONNECTION_RESET"),
    ("https", "hello-closed", "ERR_CONNECTION_CLOSED"),
    ("https", "hello-foreign", "ERR_CERT_AUTHORITY_INVALID"),
    ("https", "hello-alert", "ERR_SSL_VERSION_OR_CIPHER_MISMATCH"),
    ("https", "hello-plain", "ERR_SSL_PROTOCOL_ERROR"),
    ("https", "hello-corrupted", "ERR_SSL_PROTOCOL_ERROR"),
    ("https", "certificate-reset", "ERR_CONNECTION_RESET"),
    ("http", "host-reset", "ERR_CONNECTION_RESET"),
    ("http", "host-closed", "ERR_EMPTY_RESPONSE"),
]


@pytest.mark.parametrize(("scheme", "site", "error"), ERRORS)
def test_chromium_meets_the_censor_and_without_it_the_page(
    browsers: Browsers, stage: str, is_censored: bool, scheme: str, site: str, error: str
) -> None:  # fmt: skip
    visit = browsers(stage, is_censored).visit(f"{scheme}://{name_of(site)}/")
    assert visit.error == (f"net::{error}" if is_censored else "")
    assert (f"<h1>{name_of(site)}</h1>" in visit.html) is not is_censored


def test_chromium_is_shown_the_block_page(browsers: Browsers, stage: str, is_censored: bool) -> None:
    """It takes it for the site's own."""
    visit = browsers(stage, is_censored).visit(f"http://{name_of('host-page')}/")
    assert (visit.error, visit.url) == ("", f"http://{name_of('host-page')}/")
    assert (f'<iframe src="http://{BLOCK_ADDRESS}' in visit.html) is is_censored
    assert (f"<h1>{name_of('host-page')}</h1>" in visit.html) is not is_censored


def test_chromium_follows_the_censors_redirect(browsers: Browsers, stage: str, is_censored: bool) -> None:
    url = f"http://{name_of('host-redirected')}/"
    visit = browsers(stage, is_censored).visit(url)
    assert (visit.error, visit.url) == ("", REDIRECTED_TO if is_censored else url)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("https://open.example/", ""),
        ("https://old-tls.example/", ""),
        ("http://redirect.example/", ""),
        ("http://legal.example/", ""),
        ("https://expired.example/", "ERR_CERT_DATE_INVALID"),
        ("https://not-yet-valid.example/", "ERR_CERT_DATE_INVALID"),
        ("https://self-signed.example/", "ERR_CERT_AUTHORITY_INVALID"),
        ("https://wrong-name.example/", "ERR_CERT_COMMON_NAME_INVALID"),
        ("http://closing.example/", "ERR_EMPTY_RESPONSE"),
        ("http://resetting.example/", "ERR_CONNECTION_RESET"),
    ],
)
def test_chromium_meets_the_servers_whatever_the_censor_does_elsewhere(
    browsers: Browsers, stage: str, is_censored: bool, url: str, error: str
) -> None:  # fmt: skip
    visit = browsers(stage, is_censored).visit(url)
    assert visit.error == (f"net::{error}" if error else "")
    assert not visit.html or "<h1>" in visit.html
    assert visit.url == ("" if error else url.replace("http://redirect", "https://redirect"))


@pytest.mark.parametrize(
    ("site", "error"), [("unreachable", "ERR_ADDRESS_UNREACHABLE"), ("nxdomain", "ERR_NAME_NOT_RESOLVED")]
)
def test_chromium_believes_its_system_and_the_network(
    browsers: Browsers, is_censored: bool, site: str, error: str
) -> None:  # fmt: skip
    """In namespaces alone: on loopback it is told where each name leads, and streams have no ICMP."""
    scheme = "http" if site == "nxdomain" else "https"
    visit = browsers("namespace", is_censored).visit(f"{scheme}://{name_of(site)}/")
    assert visit.error == (f"net::{error}" if is_censored else "")


@pytest.mark.parametrize(("site", "is_dropped"), [("quic", False), ("quic-dropped", True)])
def test_chromium_speaks_quic_unless_it_is_dropped(
    laboratory: Laboratory, stage: str, is_censored: bool, site: str, is_dropped: bool
) -> None:  # fmt: skip
    """A browser of its own, which is told to speak nothing else to this site."""
    with browser(laboratory(stage, is_censored), over_quic=name_of(site)) as running:
        visit = running.visit(f"https://{name_of(site)}/")
    if is_dropped and is_censored:
        assert visit.error == "net::ERR_QUIC_PROTOCOL_ERROR"
    else:
        assert (visit.error, visit.protocol) == ("", "h3")
