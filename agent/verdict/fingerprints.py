"""Known artefacts of blocking: addresses and pages, each with its source. A list of facts, re-derived, not copied.

An artefact settles a verdict alone, so a row belongs here only when nothing innocent can look like it.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache

#: Addresses that Iran's filter puts in place of true answers. They need a list of their own: Python's `ipaddress`
#: calls the IPv6 ones global. Sources: OONI blocking-fingerprints (A 34-36, d0::11); UPB-SysSec
#: IranconsistenciesData, February 2025 (A 34 and 36); Chocolate4U/Iran-v2ray-rules issue 63 (2001:4188:…, 2025).
IRAN_BLOCK_ADDRESSES = frozenset(
    "10.10.34.34 10.10.34.35 10.10.34.36 d0::11 "
    "2001:4188:2:600:10:10:34:34 2001:4188:2:600:10:10:34:35 2001:4188:2:600:10:10:34:36".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that a filter serves in place of the true one."""

    id: str
    #: What to look for: in the Location header, or in the body.
    where: str
    pattern: re.Pattern[bytes]
    #: A body longer than this is not that page: the true ones hold some 350 bytes, while an article about them is long.
    body_bytes_max: int
    mechanism: str
    source: str


_SMALL = 4096

PAGES = (
    Page(
        id="ir_redirect",
        where="location",
        pattern=re.compile(rb"https?://10\.10\.34\.3[4-6](?![0-9])", re.IGNORECASE),
        body_bytes_max=_SMALL,
        mechanism="http.redirect",
        source="net4people/bbs issue 241: 301 to http://10.10.34.34, MCI, 2023",
    ),
    Page(
        id="ir_iframe_v4",
        where="body",
        pattern=re.compile(rb"<iframe\s+src=\"http://10\.10\.34\.3[3-6][/?\"]", re.IGNORECASE),
        body_bytes_max=_SMALL,
        mechanism="http.blockpage",
        source="OONI blocking-fingerprints ir_0; Citizen Lab nat_ir_iframe_forward_ipv4; net4people/bbs issue 226",
    ),
    Page(
        id="ir_iframe_v6",
        where="body",
        pattern=re.compile(rb"<iframe\s+src=\"http://\[d0:(?:0:){6}11", re.IGNORECASE),
        body_bytes_max=_SMALL,
        mechanism="http.blockpage",
        source="OONI blocking-fingerprints ir_1",
    ),
    Page(
        id="ir_peyvandha",
        where="body",
        pattern=re.compile(rb"(?:\bsrc|;\s*url)\s*=\s*[\"']?https?://(?:www\.)?(?:peyvandha|internet)\.ir/1-2", re.I),
        body_bytes_max=_SMALL,
        mechanism="http.blockpage",
        source="OONI blocking-fingerprints ir_2, ir_3; ICLab's Iran case study of 2016",
    ),
)

MECHANISM_OF_PAGE = {page.id: page.mechanism for page in PAGES}


def recognise(status_code: int | None, location: str, body: bytes) -> str:
    """The id of the known page that an answer is, or empty. A redirect is looked at only with a 3xx status."""
    redirect = location.encode() if status_code is not None and 300 <= status_code < 400 else b""
    for page in PAGES:
        if len(body) <= page.body_bytes_max and page.pattern.search(redirect if page.where == "location" else body):
            return page.id
    return ""


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
        inner = parsed.ipv4_mapped or parsed.sixtofour
        if inner is not None:
            return not inner.is_global
        if parsed in _NAT64:  # a network of IPv6 alone answers with these, and they work
            return not ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF).is_global
    return address in IRAN_BLOCK_ADDRESSES or not parsed.is_global or parsed.is_multicast


#: RFC 6052: IPv4 addresses as a NAT64 network shows them.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
