"""Fetches one page for the helper, redirects and all. Nothing of the client's goes out with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin

from agent.helper.bounds import WEB_PORTS, Bounds
from agent.helper.question import DEFAULT_PORTS, QuestionError, is_public, read_url
from probes.certificate import TrustStore
from probes.channel import Channel, PlainChannel
from probes.http_request import request
from probes.network import FenceError, Network
from probes.observation import Observation
from probes.tcp import connect
from probes.tls import handshake, no_page

#: The protocol's own words, for ours; whatever else goes wrong is unknown_error there.
WORDS = {
    "dns_no_answer": "dns_lookup_error",
    "generic_timeout_error": "generic_timeout_error",
    "timed_out": "generic_timeout_error",
    "connection_refused": "connection_refused_error",
}
UNKNOWN = "unknown_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What came in the end."""

    failure: str = ""
    row: Observation | None = None
    #: Where it sends on to. Empty: nowhere.
    location: str = ""

    @property
    def told(self) -> dict[str, Any]:
        """As the protocol has it. Of headers the names are told: values may hold what is this helper's alone."""
        row = self.row
        if self.failure or row is None or row.failure:
            word = WORDS.get(self.failure or (row.failure if row else ""), UNKNOWN)
            return {"body_length": -1, "failure": word, "title": "", "headers": {}, "status_code": -1}
        return {
            "body_length": row.body_bytes or 0,
            "failure": None,
            "title": row.title,
            "headers": dict.fromkeys(row.header_names, ""),
            "status_code": row.status_code,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """What pages are fetched with."""

    network: Network
    trust: TrustStore
    bounds: Bounds
    #: The public addresses of a host.
    resolve: Callable[[str], Awaitable[tuple[str, ...]]]

    async def fetch(self, text: str) -> Page:
        """The page that a URL leads to. Each hop is resolved and checked anew, at the web's ports alone."""
        for _ in range(self.bounds.redirects + 1):
            try:
                url = read_url(text, self.bounds)
            except QuestionError:
                return Page(failure=UNKNOWN)
            page = await self._visit(url)
            if not page.location:
                return page
            text = urljoin(text, page.location)
        return Page(failure=UNKNOWN)

    async def _visit(self, url: SplitResult) -> Page:
        """The answer of the first address that takes the connection: the others say the same."""
        host, port = url.hostname or "", url.port or DEFAULT_PORTS[url.scheme]
        if port not in WEB_PORTS:
            return Page(failure=UNKNOWN)
        page = Page(failure="dns_no_answer")
        for address in (await self.resolve(host))[: self.bounds.addresses]:
            try:
                row, connection = await connect(self.network, address, port, limits=self.bounds.limits)
            except FenceError:
                return Page(failure=UNKNOWN)
            if connection is None:
                page = Page(failure=row.failure)
                continue
            channel: Channel | None = PlainChannel(connection)
            if url.scheme == "https":
                name = "" if is_public(host) else host
                row, channel = await handshake(
                    connection, server_name=name, valid_for=host, trust=self.trust, limits=self.bounds.limits
                )
                if channel is not None and row.failure:  # a certificate that is not right
                    channel.close()
                    channel = None
            return Page(failure=row.failure) if channel is None else await self._ask(url, channel, host, port)
        return page

    async def _ask(self, url: SplitResult, channel: Channel, host: str, port: int) -> Page:
        row, location = await request(
            channel,
            scheme=url.scheme,
            host=host,
            port=port,
            path=(url.path or "/") + (f"?{url.query}" if url.query else ""),
            method="GET",
            limits=self.bounds.limits,
            recognise=no_page,
        )
        return Page(row=row, location=location)
