"""Who is asked for addresses, and how. A record alone, so that reading the configuration loads no DNS library."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

#: Transports over which a certificate says who answers: nobody on the path can have put an answer there.
SECURE = frozenset({"dot", "doh"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """Who is asked, and how."""

    #: The name that rows carry; `system` for the system's own.
    name: str
    #: A key of `probes.dns_lookup.TRANSPORTS`: system, udp, tcp, dot or doh.
    transport: str
    #: Literal address of the resolver. Empty for the system's.
    address: str = ""
    #: Port for udp, tcp and dot. DoH takes the port of its URL.
    port: int = 53
    #: doh only: the https URL, with the host whose certificate is expected.
    url: str = ""
    #: dot only: the host whose certificate is expected.
    host: str = ""

    @property
    def own_port(self) -> int:
        """The port that is connected to. Raises `ValueError` when the URL's is no port."""
        return urlsplit(self.url).port or 443 if self.transport == "doh" else self.port
