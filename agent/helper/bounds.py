"""Every bound that the helper keeps, with its reason. Whoever asks it is a stranger, and so is whatever it visits."""

from __future__ import annotations

from dataclasses import dataclass, field

from probes.limits import Limits

#: Ports that it connects to: the web's, and what the apps of the catalog use besides: XMPP, which WhatsApp speaks, and
#: DNS over TLS (RFC 7858). With more it would be a port scanner for hire.
PORTS = frozenset({80, 443, 853, 5222})
#: Ports that it asks for pages.
WEB_PORTS = frozenset({80, 443})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much of a stranger's wishes is granted."""

    #: Bytes of a request's body: a URL and eight endpoints are under 1 KiB.
    question_bytes: int = 16_384
    #: Seconds in which a request must have come: a slow one holds a connection open for nothing.
    question_s: float = 10.0
    #: Characters of a URL; servers refuse longer ones than about this themselves.
    url_characters: int = 2_048
    #: Endpoints of one question: two addresses of each version of IP, two ports.
    endpoints: int = 8
    #: Addresses of the site's own that are visited beside those.
    addresses: int = 4
    #: Redirects that are followed. A browser follows twenty, and honest sites send on twice.
    redirects: int = 5
    #: Seconds for all of one question: less than its asker waits.
    test_s: float = 25.0
    #: Questions that are worked at together: each holds some ten sockets.
    tests_at_once: int = 16
    #: Connections that are held open together, those included that have asked nothing yet.
    connections: int = 64
    #: Questions of one client in a minute: a sweep has fewer failing endpoints, at any pace.
    per_client_per_min: int = 30
    #: Questions in a minute, of everybody together.
    in_all_per_min: int = 240
    #: Clients whose counts are kept; beyond them all new ones are turned away until the minute is over.
    clients: int = 4_096
    #: What each of its own operations may take. Less time than the agent's, so that the whole fits; of a page a MiB is
    #: read, since its length is compared and most pages are shorter.
    limits: Limits = field(
        default_factory=lambda: Limits(
            system_dns_timeout_s=4.0,
            connect_timeout_s=6.0,
            tls_timeout_s=6.0,
            http_timeout_s=8.0,
            body_bytes=1_048_576,
        )
    )
