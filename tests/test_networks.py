"""The table of networks that a user may give: which network an address is of, and what is said of a bad line."""

from __future__ import annotations

import gzip
import ipaddress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config.rules import ConfigError
from agent.networks import Networks

CAIDA = """\
# prefix, length, origin
192.0.2.0\t24\t64496
192.0.2.128\t25\t64497
198.51.100.0\t24\t64498_64499
203.0.113.0\t24\t{64500,64501}
2001:db8::\t32\t64502
2001:db8:1::\t48\t64503
"""


@pytest.mark.parametrize(
    ("address", "asn"),
    [
        ("192.0.2.1", 64496),
        ("192.0.2.200", 64497),
        ("192.0.3.0", 0),
        ("192.0.1.255", 0),
        ("198.51.100.7", 64498),
        ("203.0.113.7", 64500),
        ("2001:db8::1", 64502),
        ("2001:db8:1::1", 64503),
        ("2001:db8:2::1", 64502),
        ("2001:db9::1", 0),
        ("no address", 0),
    ],
)
def test_the_longest_prefix_says_whose_an_address_is(address: str, asn: int) -> None:
    assert Networks.of(CAIDA.splitlines()).of_address(address) == asn


def test_a_table_may_have_commas_or_slashes() -> None:
    table = Networks.of(["192.0.2.0,24,64496", "198.51.100.0/24 AS64497", ""])
    assert [table.of_address(address) for address in ("192.0.2.1", "198.51.100.1")] == [64496, 64497]


def test_no_table_knows_nobody() -> None:
    assert not Networks()
    assert Networks().of_address("192.0.2.1") == 0
    assert Networks.of(CAIDA.splitlines())


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(
            lambda one: ipaddress.ip_network((one[0] >> (32 - one[1]) << (32 - one[1]), one[1]))
        ),
        st.integers(1, 99),
        max_size=12,
    ),
    st.lists(st.integers(0, 2**32 - 1), max_size=6),
)
def test_it_is_what_looking_through_all_prefixes_finds(
    prefixes: dict[ipaddress.IPv4Network, int], numbers: list[int]
) -> None:
    """At every edge of a prefix too."""
    table = Networks.of(f"{prefix.network_address} {prefix.prefixlen} {asn}" for prefix, asn in prefixes.items())
    edges = [edge for prefix in prefixes for edge in (int(prefix[0]) - 1, int(prefix[0]), int(prefix[-1]) + 1)]
    for number in [*numbers, *(edge for edge in edges if 0 <= edge < 2**32)]:
        address = ipaddress.IPv4Address(number)
        holding = [prefix for prefix in prefixes if address in prefix]
        innermost = max(holding, key=lambda prefix: prefix.prefixlen, default=None)
        assert table.of_address(str(address)) == (prefixes[innermost] if innermost else 0)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("192.0.2.0 24", "line 2 has no AS number behind its prefix; write it so: 192.0.2.0 24 64496."),
        ("192.0.2.0 24 none", "line 2 has no AS number behind its prefix"),
        ("192.0.2.0 24 0", "line 2 has no AS number behind its prefix"),
        ("192.0.2.0 24 4294967296", "line 2 has no AS number behind its prefix"),
        ("192.0.2.1 24 64496", "line 2: 192.0.2.1/24 has host bits set; write a prefix"),
        ("192.0.2.0 33 64496", "line 2: '192.0.2.0/33' does not appear to be an IPv4 or IPv6 network"),
        ("prefix length asn", "line 2: 'prefix/length' does not appear"),
    ],
)
def test_a_bad_line_is_refused_with_its_number_and_the_remedy(tmp_path: Path, line: str, sentence: str) -> None:
    path = tmp_path / "networks.txt"
    path.write_text(f"192.0.2.0 24 64496\n{line}\n")
    with pytest.raises(ConfigError) as refused:
        Networks.read(path)
    assert f"{path} {sentence}" in str(refused.value)


def test_a_file_that_is_not_there_or_packed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.txt cannot be read \(No such file or directory\)"):
        Networks.read(tmp_path / "nothing.txt")
    packed = tmp_path / "networks.gz"
    packed.write_bytes(gzip.compress(CAIDA.encode()))
    with pytest.raises(ConfigError, match="is not text; unpack it"):
        Networks.read(packed)
