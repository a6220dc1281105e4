"""DNS over HTTPS (RFC 8484): one question by POST, to a fixed address, from a server that proves its name."""

from __future__ import annotations

from probes.certificate import TrustStore
from probes.limits import Limits
from probes.network import Network
from probes.secure_post import Outcome, post

MEDIA_TYPE = "application/dns-message"


async def exchange(
    network: Network, question: bytes, *, url: str, address: str, limits: Limits, trust: TrustStore
) -> Outcome:
    """Ask the resolver of `url` at `address`: the reply is a DNS message, unread. See `post` for what may go wrong."""
    return await post(
        network,
        question,
        url=url,
        address=address,
        headers={"Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE},
        answer_max_bytes=limits.dns_message_bytes,
        timeout_s=limits.http_timeout_s,
        limits=limits,
        trust=trust,
    )
