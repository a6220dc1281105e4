"""Addresses that filters put in place of true ones, and addresses where nobody can stand. Re-derived, each with source.

A listed address was seen at one time: it may be given to somebody else later. The rules ask for more than the list.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from agent.verdict.fingerprints.record import Scope

#: Addresses that Iran's filter puts in place of true answers. They need a list of their own: Python's `ipaddress`
#: calls the IPv6 ones global. Sources: OONI blocking-fingerprints (A 34-36, d0::11); UPB-SysSec
#: IranconsistenciesData, February 2025 (A 34 and 36); Chocolate4U/Iran-v2ray-rules issue 63 (2001:4188:…, 2025).
IRAN_BLOCK_ADDRESSES = frozenset(
    "10.10.34.34 10.10.34.35 10.10.34.36 d0::11 "
    "2001:4188:2:600:10:10:34:34 2001:4188:2:600:10:10:34:35 2001:4188:2:600:10:10:34:36".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forged:
    """An address that answers for names which are not its own."""

    country: str
    scope: Scope
    #: "page": a page of the filter stands there. "other": somebody who has nothing to do with it.
    leads_to: str
    source: str


_LISTS = "OONI blocking-fingerprints (dns); Citizen Lab filtering-annotations"
_INDIA = "Saini, Poisoned Wells, 2026: what six providers of India answer"
_CHINA = "OONI blocking-fingerprints (dns): published replies of the Great Firewall"
_TABLE: tuple[tuple[str, Scope, str, str, str], ...] = (
    ("AU", Scope.PROVIDER, "page", _LISTS, "101.167.166.53 101.167.164.53 202.136.99.184"),
    ("BY", Scope.PROVIDER, "page", _LISTS, "134.17.0.7 82.209.230.23"),
    ("CA", Scope.PROVIDER, "page", _LISTS, "67.43.226.22 173.209.39.114 64.59.135.158 206.248.146.244"),
    (
        *("CN", Scope.NATION, "other", _CHINA),
        "8.7.198.45 37.61.54.158 46.82.174.68 78.16.49.15 93.46.8.89 159.106.121.75 203.98.7.65 59.24.3.173 "
        "243.185.187.39",
    ),
    (
        *("ID", Scope.NATION, "page", _LISTS),
        "36.86.63.185 118.97.116.27 203.119.13.75 203.119.13.76",
    ),
    (
        *("ID", Scope.PROVIDER, "page", _LISTS),
        "202.3.219.209 116.206.10.31 114.121.254.4 180.214.232.61 202.62.29.1 103.47.132.195 112.215.197.131 "
        "202.52.141.98 150.107.140.200 103.14.16.18 113.197.108.236 202.65.113.54 103.195.19.54 103.10.120.3 "
        "27.123.220.197 103.108.159.238 103.126.10.252 103.142.60.250 103.19.56.2 103.70.68.68 103.83.96.242 "
        "114.129.22.33 114.129.23.9 124.81.92.132 114.6.128.8 150.107.151.151 158.140.186.3 202.137.1.74 "
        "202.138.224.15 202.146.255.7 202.152.4.67 202.165.36.253 202.169.44.80 202.50.202.50 202.51.96.7 "
        "202.56.160.131 202.56.160.132 203.99.130.131 203.160.56.38 220.247.168.195 58.147.184.141 58.147.185.131 "
        "202.73.99.3 49.128.177.13 110.50.83.31 180.131.146.7",
    ),
    (
        *("IN", Scope.PROVIDER, "page", _INDIA),
        "49.44.79.236 13.127.247.216 49.205.171.201 59.185.3.14 203.109.71.154 202.164.51.25",
    ),
    ("IT", Scope.NATION, "page", _LISTS, "217.175.53.72 83.224.65.74"),
    ("MM", Scope.PROVIDER, "page", _LISTS, "59.153.90.11"),
    ("MM", Scope.NATION, "page", _LISTS, "167.172.4.60"),
    ("MN", Scope.NATION, "page", _LISTS, "218.100.84.78"),
    ("MY", Scope.NATION, "page", _LISTS, "175.139.142.25"),
    ("PK", Scope.PROVIDER, "page", _LISTS, "203.82.48.83"),
    (
        *("PL", Scope.NATION, "page", _LISTS),
        "145.237.235.240 195.187.6.33 195.187.6.34 195.187.6.35 78.133.250.166 195.116.107.98",
    ),
    (
        *("RU", Scope.PROVIDER, "page", _LISTS),
        "217.148.54.171 185.37.129.10 46.175.31.250 83.69.208.124 212.1.226.59 37.44.40.254 87.241.223.133 5.3.3.17",
    ),
    ("RU", Scope.NATION, "page", _LISTS, "62.33.207.196 62.33.207.197"),
    ("SG", Scope.PROVIDER, "page", _LISTS, "202.156.3.53"),
    ("TH", Scope.NATION, "page", _LISTS, "125.26.170.3 103.208.24.21 103.86.50.16"),
    ("TR", Scope.NATION, "page", _LISTS, "195.175.254.2"),
    ("PK", Scope.CHOICE, "page", f"{_LISTS}: a service one subscribes to", "203.82.48.86"),
    ("RU", Scope.CHOICE, "page", _LISTS, "159.255.26.69 193.58.251.1 193.58.251.11 95.217.66.240 93.158.134.250"),
    (
        *("TR", Scope.CHOICE, "page", f"{_LISTS}: a family's profile"),
        "193.192.98.41 193.192.98.42 193.192.98.43 193.192.98.45 193.192.98.46 193.192.98.47 193.192.98.48 "
        "193.192.98.49",
    ),
    (
        *("", Scope.CHOICE, "page", f"{_LISTS}: resolvers that filter for those who choose them"),
        "185.228.168.254 207.246.127.171 45.77.77.148 185.236.104.104 45.32.203.129 3.93.224.57 52.206.227.167 "
        "195.46.39.11 208.91.112.55 146.112.61.104 146.112.61.105 146.112.61.106 146.112.61.107 146.112.61.108 "
        "146.112.61.109 146.112.61.110 208.69.32.164 204.110.220.2 52.52.63.90",
    ),
    ("", Scope.CHOICE, "other", "Palo Alto Networks, PAN-OS: address of its DNS sinkhole", "198.135.184.22"),
)


def _rows() -> Iterator[tuple[str, Forged]]:
    for country, scope, leads_to, source, addresses in _TABLE:
        for address in addresses.split():
            yield address, Forged(country=country, scope=scope, leads_to=leads_to, source=source)


#: What is known of addresses beside Iran's, by address.
FORGED_ADDRESSES: Mapping[str, Forged] = MappingProxyType(dict(_rows()))

#: IPv4 addresses as a NAT64 network shows them, and as one does by a prefix of its own (RFC 6052, RFC 8215).
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
#: The only IPv6 addresses that are given to public computers (IANA). Old site-local ones (fec0::/10) lie outside, which
#: some versions of Python call global.
GIVEN_OUT = ipaddress.IPv6Network("2000::/3")


@lru_cache(maxsize=4096)
def is_bogon(address: str) -> bool:
    """Whether no public server can stand at `address`: private, reserved, link-local, multicast and the like.

    Iran's block addresses count as well. What does not parse as an address is a bogon too: nothing stands there.
    IPv6 forms that hold an IPv4 address are judged by that.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return True
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.scope_id is not None:  # an address of one link, whatever it looks like
            return True
        inner = parsed.ipv4_mapped or parsed.sixtofour
        if inner is not None:
            return not inner.is_global
        if any(parsed in one for one in _NAT64):  # a network of IPv6 alone answers with these, and they work
            return not ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF).is_global
        if parsed not in GIVEN_OUT:
            return True
    return address in IRAN_BLOCK_ADDRESSES or not parsed.is_global or parsed.is_multicast
