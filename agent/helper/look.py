"""Looks at what a client asked about, by the agent's own probes, and says it in the protocol's words.

Only addresses that were checked are connected to, never a name, so that none can turn into a private address between
two looks. A redirect is a new name, and is checked like the first.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.helper.bounds import Bounds
from agent.helper.page import UNKNOWN, Fetcher, Page
from agent.helper.question import Asked, Place, is_public
from agent.together import together
from probes.certificate import TrustStore
from probes.dns_lookup import look_up
from probes.network import FenceError, Network
from probes.observation import Observation
from probes.resolver import Resolver
from probes.tcp import connect
from probes.tls import handshake

SYSTEM = Resolver(name="system", transport="system")
SECURE_PORT = 443
#: The protocol's own words, which it has kept from its first version, for ours.
DNS_WORDS = {"dns_nxdomain_error": "dns_name_error", "dns_servfail_error": "dns_server_failure"}
TCP_WORDS = {"connection_refused": "connection_refused_error"}


@dataclass(kw_only=True)
class Lookout:
    """What the helper looks with."""

    network: Network
    trust: TrustStore
    bounds: Bounds = field(default_factory=Bounds)

    async def look(self, asked: Asked) -> dict[str, Any]:
        """The whole answer. What has not come within `test_s` is told as timed out, or left out."""
        names = await self.resolve(asked.host)
        places = self._places(asked, names)
        results: dict[str, dict[str, Any]] = {"tcp_connect": {}, "tls_handshake": {}}
        page = Page(failure="generic_timeout_error")
        try:
            async with asyncio.timeout(self.bounds.test_s - self.bounds.limits.system_dns_timeout_s):
                async with asyncio.TaskGroup() as group:
                    fetching = group.create_task(self._page(asked))
                    for place in places:
                        group.create_task(self._try(place, asked, results))
                page = fetching.result()
        except TimeoutError:
            pass
        return {**results, "http_request": page.told, "dns": names.told}

    async def resolve(self, host: str) -> Names:
        """The host's addresses: an address is its own, unless it is this computer's."""
        own = self.network.own_addresses()
        if is_public(host):
            return Names(addresses=() if str(ipaddress.ip_address(host)) in own else (host,))
        try:
            rows = await together(self._first_reply(host, query_type) for query_type in ("A", "AAAA"))
        except FenceError:
            return Names(failure="dns_servfail_error")  # whoever runs the helper has closed the name system to it
        told = [address for row in rows for address in row.answers]
        public = tuple(dict.fromkeys(one for one in told if is_public(one) and one not in own))
        return Names(addresses=public, failure="" if told else rows[0].failure)

    async def _first_reply(self, host: str, query_type: str) -> Observation:
        lookup = look_up(self.network, SYSTEM, host, query_type, limits=self.bounds.limits, trust=self.trust)
        (row,) = [row async for row in lookup]  # the system gives one reply
        return row

    def _places(self, asked: Asked, names: Names) -> Sequence[Place]:
        """The endpoints that were asked for, and the site's own."""
        own = self.network.own_addresses()
        at = [asked.port] if asked.url.scheme == "https" or not asked.is_page else [asked.port, SECURE_PORT]
        sites = [
            Place(text=f"[{one}]:{port}" if ":" in one else f"{one}:{port}", address=one, port=port)
            for one in names.addresses[: self.bounds.addresses]
            for port in dict.fromkeys(at)
        ]
        return list({place.text: place for place in (*asked.places, *sites) if place.address not in own}.values())

    async def _try(self, place: Place, asked: Asked, results: Mapping[str, dict[str, Any]]) -> None:
        """Connect, and shake hands where TLS is spoken; into `results` as soon as it is known."""
        limits = self.bounds.limits
        try:
            row, connection = await connect(self.network, place.address, place.port, limits=limits)
        except FenceError:
            return  # a place that whoever runs the helper has closed to it: as if it had not been asked for
        results["tcp_connect"][place.text] = _outcome(TCP_WORDS.get(row.failure, row.failure))
        if connection is None:
            return
        if place.port != SECURE_PORT and (asked.url.scheme, asked.port) != ("https", place.port):
            connection.close()
            return
        name = "" if is_public(asked.host) else asked.host
        row, channel = await handshake(
            connection, server_name=name, valid_for=asked.host, trust=self.trust, limits=limits
        )
        if channel is not None:
            channel.close()
        results["tls_handshake"][place.text] = {"server_name": asked.host, **_outcome(row.failure)}

    async def _page(self, asked: Asked) -> Page:
        if not asked.is_page:
            return Page(failure=UNKNOWN)
        fetcher = Fetcher(network=self.network, trust=self.trust, bounds=self.bounds, resolve=self._addresses)
        return await fetcher.fetch(asked.url.geturl())

    async def _addresses(self, host: str) -> tuple[str, ...]:
        return (await self.resolve(host)).addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the helper's resolver says of a host."""

    #: Public ones alone: nobody is sent to the others, nor told of them.
    addresses: tuple[str, ...] = ()
    failure: str = ""

    @property
    def told(self) -> dict[str, Any]:
        """In the protocol's words. That a name has no address is no failure there."""
        failure = "" if self.failure == "dns_no_answer" else self.failure
        return {"failure": DNS_WORDS.get(failure, failure) or None, "addrs": list(self.addresses)}


def _outcome(failure: str) -> dict[str, Any]:
    return {"status": not failure, "failure": failure or None}
