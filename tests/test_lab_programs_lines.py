"""The lines that `dideban lab serve` prints to be pasted are run as they stand, with the censor and without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.namespace import needs_namespaces
from tests.programs import (
    Sees,
    Standing,
    check,
    needs_chromium,
    needs_curl,
    needs_dig,
    needs_openssl,
    says,
    standing,
)

NAME, OPEN_NAME = "www.site.example", "www.other.example"
ADDRESS, OPEN_ADDRESS = "44.0.0.80", "44.0.0.81"
WORLD = f"""\
about = "A name that is reset in handshakes, and one that is not."
family = "{{family}}"

[measure]
site = [
    {{{{ key = "site", url = "https://{NAME}/" }}}},
    {{{{ key = "other", url = "https://{OPEN_NAME}/" }}}},
]

[[host]]
names = ["{NAME}"]
addresses = ["{ADDRESS}"]
service = [{{{{ kind = "https", port = 443 }}}}]

[[host]]
names = ["{OPEN_NAME}"]
addresses = ["{OPEN_ADDRESS}"]
service = [{{{{ kind = "https", port = 443 }}}}]

[expect.other]
state = "ok"

[expect.site]
state = "{{state}}"
"""
CENSOR = f"""
[[rule]]
id = "site_sni"
match = {{ at = "client_hello", names = ["{NAME}"] }}
action = {{ do = "reset" }}
"""


@pytest.fixture(scope="module", params=[True, False], ids=["censored", "clean"])
def is_censored(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def lab(is_censored: bool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """On loopback; in namespaces the one line that is printed enters them, and every other test there begins so."""
    folder = tmp_path_factory.mktemp("lines")
    with standing("loopback", scenario(folder, is_censored=is_censored)) as lab:
        yield lab


def scenario(folder: Path, *, is_censored: bool) -> Path:
    path = folder / "lines.toml"
    family, state = ("action", "blocked") if is_censored else ("clean", "ok")
    text = WORLD.format(family=family, state=state)
    path.write_text(text + CENSOR if is_censored else text, encoding="utf-8")
    return path


def check_line(lab: Standing, beginning: str, name: str, expected: Sees) -> None:
    """Run the one line of a program that has a name in it, word by word as one would paste it."""
    (line,) = re.findall(rf"^  ({beginning} .*{re.escape(name)}\b.*)$", lab.told, re.MULTILINE)
    check(lab.run("sh", "-c", line), expected)


@needs_dig
def test_the_line_for_dig_asks_the_worlds_resolver(lab: Standing) -> None:
    for name, address in ((NAME, ADDRESS), (OPEN_NAME, OPEN_ADDRESS)):
        check_line(lab, "dig", f"{name} A", says(re.escape(address)))


@needs_curl
def test_the_line_for_curl_fetches_the_page_or_meets_the_censor(lab: Standing, is_censored: bool) -> None:
    check_line(lab, "curl", NAME, says("reset by peer", code=35) if is_censored else says(f"<h1>{NAME}</h1>"))
    check_line(lab, "curl", OPEN_NAME, says(f"<h1>{OPEN_NAME}</h1>"))


@needs_openssl
def test_the_line_for_openssl_shakes_hands_or_meets_the_censor(lab: Standing, is_censored: bool) -> None:
    verified = says(r"Verify return code: 0 \(ok\)", "New, TLSv1.3")
    check_line(lab, "openssl", NAME, says("errno=104", code=1) if is_censored else verified)
    check_line(lab, "openssl", OPEN_NAME, verified)


@needs_chromium
@needs_namespaces
def test_the_line_for_chromium_shows_the_first_site_or_meets_the_censor(lab: Standing, is_censored: bool) -> None:
    """It trusts the certificate by its key, without a root."""
    expected = says("ERR_CONNECTION_RESET") if is_censored else says(f"<h1>{NAME}</h1>")
    check_line(lab, "chromium", NAME, expected)
