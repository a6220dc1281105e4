"""What else an HTTPS server says it speaks: its Alt-Svc header, which every browser reads (RFC 7838 3)."""

from __future__ import annotations

import re

#: Characters of the header that are looked at, and protocols that are kept: real ones name one to four.
HEADER_CHARACTERS, PROTOCOLS_MAX = 1024, 8

#: protocol-id "=" quoted authority, of which only an empty host is looked for: the same host.
_ALTERNATIVE = re.compile(r"(?:^|,)[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32})=\":(\d{1,5})\"")


def alternatives_in(header: str, *, port: int) -> tuple[str, ...]:
    """Protocols that an Alt-Svc header offers at the same host and at `port`, such as h3; each once, in order.

    What it offers elsewhere is left out: nobody goes where a header of a stranger sends.
    """
    found = _ALTERNATIVE.findall(header[:HEADER_CHARACTERS])
    return tuple(dict.fromkeys(protocol for protocol, where in found if int(where) == port))[:PROTOCOLS_MAX]
