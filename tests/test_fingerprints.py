"""Iran's artefacts are recognised, and nothing innocent is taken for one; where no public server can stand."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.verdict.fingerprints import IRAN_BLOCK_ADDRESSES, is_bogon, recognise

IFRAME = (
    b'<html><body><iframe src="http://10.10.34.34?type=Invalid Site&policy=MainPolicy " width="100%"></body></html>'
)


@pytest.mark.parametrize(
    ("page", "status", "location", "body"),
    [
        ("ir_redirect", 301, "http://10.10.34.34", b""),
        ("ir_redirect", 302, "https://10.10.34.36/?type=Invalid", b""),
        ("ir_iframe_v4", 403, "", IFRAME),
        ("ir_iframe_v4", None, "", IFRAME),
        ("ir_iframe_v4", 403, "", b'<IFRAME SRC="http://10.10.34.36/?type=Invalid Keyword">'),
        ("ir_iframe_v6", 403, "", b'<iframe src="http://[d0:0:0:0:0:0:0:11:80]"></iframe>'),
        ("ir_peyvandha", 200, "", b'<meta http-equiv="refresh" content="0;url=http://peyvandha.ir/1-2.htm">'),
        ("ir_peyvandha", 200, "", b'<iframe src="http://internet.ir/1-2.htm">'),
    ],
)
def test_each_known_page_is_known(page: str, status: int | None, location: str, body: bytes) -> None:
    assert recognise(status, location, body) == page


@pytest.mark.parametrize(
    ("status", "location", "body"),
    [
        (200, "", b""),
        (403, "", b"<h1>Forbidden</h1>"),
        (200, "http://10.10.34.34", b""),
        (301, "http://10.10.34.340/", b""),
        (301, "http://10.10.34.33/", b""),
        (301, "https://site.example/?from=http://10.9.34.34", b""),
        (403, "", b'<iframe src="http://10.10.30.5/blocked.html"></iframe>'),  # an office's own
        (200, "", b'<a href="http://internet.ir/1-2">what it was like</a>'),
        (200, "", b"In Iran one sees http://10.10.34.34 in place of the page."),
        (200, "", b'<iframe src="http://10.10.50.1/camera"></iframe>'),
        (200, "", b'<iframe src="https://player.example/10.10.34.34"></iframe>'),
        (200, "", b"See peyvandha.ir/1-2 for more."),
        (200, "", b"<p>An article</p>" * 300 + IFRAME),
    ],
)
def test_nothing_innocent_is_a_known_page(status: int, location: str, body: bytes) -> None:
    """News about the filter, other private addresses, other pages of the same hosts."""
    assert recognise(status, location, body) == ""


@pytest.mark.parametrize(
    "address",
    [
        *sorted(IRAN_BLOCK_ADDRESSES),
        *"0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.0.0.2 169.254.1.1 172.16.0.1 192.168.1.1 192.0.2.1".split(),
        *"198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255".split(),
        *"fec0::1 4000::1 ::c0a8:101 64:ff9b:1::10.10.34.34 2606:4700::1%eth0".split(),
        *":: ::1 fc00::1 fe80::1 ff02::1 2001:db8::1 ::ffff:10.10.34.34 64:ff9b::10.10.34.34 2002:a0a:2222::1".split(),
        *("", "nonsense", "10.10.34", "[own_address]", "1.2.3.4.5"),
    ],
)
def test_no_public_server_can_stand_there(address: str) -> None:
    assert is_bogon(address)


@pytest.mark.parametrize(
    "address",
    "1.1.1.1 8.8.8.8 44.1.1.1 172.32.0.1 100.128.0.1 216.239.38.120 2606:4700::1 2001:4860:4860::8888 "
    "2001:4188:2:600:10:10:34:37 ::ffff:8.8.8.8 64:ff9b::8.8.8.8 64:ff9b:1::8.8.8.8 2002:808:808::1".split(),
)
def test_a_public_server_can_stand_there(address: str) -> None:
    assert not is_bogon(address)


@given(st.ip_addresses())
def test_every_spelling_of_an_address_is_judged_alike(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    assert is_bogon(address.exploded) == is_bogon(address.compressed) or str(address) in IRAN_BLOCK_ADDRESSES
