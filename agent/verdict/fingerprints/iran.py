"""Iran's pages: the frame, and the redirect, that lead to an address of the filter's own (docs/method.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: A body longer than this is not that page: the true ones hold some 350 bytes, while an article about them is long.
BODY_BYTES_MAX = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A page of Iran's filter, told by its very bytes: the frame to a private address is not to be had otherwise."""

    id: str
    #: What to look for: in the Location header, or in the body.
    where: str
    pattern: re.Pattern[bytes]
    mechanism: str
    source: str


FRAMES = (
    Frame(
        id="ir_redirect",
        where="location",
        pattern=re.compile(rb"https?://10\.10\.34\.3[4-6](?![0-9])", re.IGNORECASE),
        mechanism="http.redirect",
        source="net4people/bbs issue 241: 301 to http://10.10.34.34, MCI, 2023",
    ),
    Frame(
        id="ir_iframe_v4",
        where="body",
        pattern=re.compile(rb"<iframe\s+src=\"http://10\.10\.34\.3[3-6][/?\"]", re.IGNORECASE),
        mechanism="http.blockpage",
        source="OONI blocking-fingerprints ir_0; Citizen Lab nat_ir_iframe_forward_ipv4; net4people/bbs issue 226",
    ),
    Frame(
        id="ir_iframe_v6",
        where="body",
        pattern=re.compile(rb"<iframe\s+src=\"http://\[d0:(?:0:){6}11", re.IGNORECASE),
        mechanism="http.blockpage",
        source="OONI blocking-fingerprints ir_1",
    ),
    Frame(
        id="ir_peyvandha",
        where="body",
        pattern=re.compile(
            rb"(?:\bsrc|;\s{0,9}url)\s{0,9}=\s{0,9}[\"']?https?://(?:www\.)?(?:peyvandha|internet)\.ir/1-2", re.I
        ),
        mechanism="http.blockpage",
        source="OONI blocking-fingerprints ir_2, ir_3; ICLab's Iran case study of 2016",
    ),
)


def frame_of(redirect: bytes, body: bytes) -> str:
    """The id of Iran's page that an answer is, or empty."""
    if len(body) > BODY_BYTES_MAX:
        return ""
    return next(
        (one.id for one in FRAMES if one.pattern.search(redirect if one.where == "location" else body)),
        "",
    )
