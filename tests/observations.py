"""Rows as a sweep would write them, and a small catalog, for the tests of the judgement."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from agent.catalog.records import Catalog, Endpoint, Platform, Target
from agent.records import Sweep, VantageState
from agent.verdict.classify import classify
from agent.verdict.fingerprints import DATA_CENTRE
from agent.verdict.records import Verdict
from probes.observation import Observation

NOON = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
SWEEP_ID = "20261124T120000Z-abcdef"

#: The site's own servers: two of one pool, and one over IPv6.
OWN, OWN_TWO, OWN_V6 = "44.1.1.1", "44.1.1.2", "2610:44::1"
#: A public server that is not the site's, and the unrelated one that lends its address to the swap tests.
STRANGER, ANCHOR = "44.6.6.6", "44.9.9.9"
#: What Iran's filter answers; a private address as a provider or an office has it, and one as homes have it.
IRAN, IRAN_V6, PRIVATE, HOME = "10.10.34.36", "d0::11", "10.1.2.3", "192.168.1.5"

SITE = "site.example"


def _target(name: str, *addresses: tuple[str, str, str, int, tuple[str, ...]], combine: str = "all_of") -> Target:
    endpoints = tuple(
        Endpoint(id=id_, protocol=protocol, hostname=host, port=port, addresses=fixed, source="made up")
        for id_, protocol, host, port, fixed in addresses
    )
    return Target(name=name, role="made up", combine=combine, endpoints=endpoints)


_WEB = _target("site/web", ("https://site.example/", "https", SITE, 443, ()))
_PLAIN = _target("site/plain", ("http://site.example/", "http", SITE, 80, ()))
_API = _target("site/api", ("https://api.site.example/", "https", "api.site.example", 443, ()))
_CHAT = _target("site/chat", ("tcp://chat.site.example:5222", "tcp", "chat.site.example", 5222, ()))
_NAME = _target("site/name", ("dns://up.site.example", "dns", "up.site.example", 0, ()))
_POOL = _target(
    "site/pool",
    ("post://44.1.2.1:443", "http", "", 443, ("44.1.2.1",)),
    ("post://44.1.2.2:443", "http", "", 443, ("44.1.2.2",)),
    combine="any_of",
)
_POOL = replace(_POOL, endpoints=tuple(replace(one, method="POST") for one in _POOL.endpoints))
_OTHER = _target("other/web", ("https://other.example/", "https", "other.example", 443, ()))
_GONE = _target("gone/web", ("https://gone.example/", "https", "gone.example", 443, ()))

#: Three platforms; each target of the first has one endpoint, but the pool, which has two.
CATALOG = Catalog(
    version="2026-11-24a",
    platforms=(
        Platform(key="site", title="Site", targets=(_WEB, _PLAIN, _API, _CHAT, _NAME, _POOL)),
        Platform(key="other", title="Other", targets=(_OTHER,)),
        Platform(key="gone", title="Gone", targets=(_GONE,), retired_at=date(2017, 10, 16), retired_source="made up"),
    ),
    controls=(),
)
ENDPOINTS = {
    endpoint.id: (platform, target, endpoint) for platform, target in CATALOG.targets() for endpoint in target.endpoints
}


@dataclass
class Rows:
    """The rows of one sweep, in the making. Every method adds what happened and returns the same object."""

    rows: list[Observation] = field(default_factory=list)

    def add(self, **columns: Any) -> Rows:
        number = len(self.rows) + 1
        row = Observation(
            sweep_id=SWEEP_ID,
            observation_id=f"{SWEEP_ID}.{number:05d}",
            observed_at=NOON + timedelta(seconds=number),
            duration_ms=None if str(columns.get("failure", "")).startswith("not_run") else 12.5,
        )
        self.rows.append(replace(row, **columns))
        return self

    def asked(
        self,
        *replies: tuple[str, ...] | str,
        of: str = "system",
        name: str = SITE,
        query_type: str = "A",
        platform: str = "site",
        **columns: Any,
    ) -> Rows:
        """One question to the resolver `of`. A reply is a tuple of addresses, or a failure."""
        connection = f"c{len(self.rows) + 1:05d}"
        for index, reply in enumerate(replies):
            failure = reply if isinstance(reply, str) else ""
            self.add(
                operation="resolve",
                platform=platform,
                connection_id=connection,
                hostname=name,
                resolver=of,
                transport="system" if of == "system" else of.rpartition("-")[2],
                query_type=query_type,
                reply_index=None if failure in {"generic_timeout_error", "timed_out", "connection_refused"} else index,
                failure=failure,
                answers=() if failure else reply,
                **columns,
            )
        return self

    def tried(
        self,
        address: str = OWN,
        *,
        connect: str = "",
        tls: str = "",
        http: str | int = 200,
        at: str = "https://site.example/",
        variation: str = "first",
        name: str | None = None,
        issuer: str = "",
        subject: str = SITE,
        page: str = "",
        times: int = 1,
        via: tuple[str, ...] = (),
    ) -> Rows:
        """Connections as far as they go. A step's text is its failure, empty when it went well; a number is a status.

        A repeat is on a fresh port. `page` is the known page that the last step's answer matched; a data centre's own
        word goes without saying. `via` are the origins that redirects from `at` led to, one after the other: it is the
        last of them that is tried.
        """
        platform, target, endpoint = ENDPOINTS[at]
        endpoint = _last_hop(endpoint, via)
        sent = endpoint.hostname if name is None else name
        steps: list[dict[str, Any]] = [{"operation": "connect", "failure": connect}]
        if not connect and endpoint.protocol == "https":
            steps.append(
                {
                    "operation": "tls_handshake",
                    "failure": tls,
                    "server_name": sent,
                    "certificate_issuer": issuer,
                    "certificate_subject": subject,
                }
            )
        swapped = variation not in {"first", "fresh_port"}
        if not connect and not tls and endpoint.protocol in {"https", "http"} and not (swapped and len(steps) == 2):
            answer = {"status_code": http} if isinstance(http, int) else {"failure": http}
            asked = {"host_header": sent, "method": endpoint.method}
            steps.append({"operation": "http_round_trip", "body_bytes": 200, **asked, **answer})
            page = page or (DATA_CENTRE if endpoint.method == "POST" else "")
        steps[-1]["fingerprint"] = page
        for number in range(times):
            connection = f"c{len(self.rows) + 1:05d}"
            for step in steps:
                self.add(
                    platform=platform.key,
                    target=target.name,
                    endpoint=endpoint.id,
                    hop=len(via),
                    connection_id=connection,
                    variation="fresh_port" if number and not swapped else variation,
                    hostname=sent,
                    address=address,
                    port=endpoint.port,
                    transport="tcp",
                    **step,
                )
        return self

    def swapped(
        self,
        *,
        other: str = "",
        here: str = "",
        elsewhere: str = "",
        elsewhere_times: int = 2,
        at: str = "https://site.example/",
        via: tuple[str, ...] = (),
    ) -> Rows:
        """The three swap tests, each with its failure at the layer of the endpoint: an innocent name at the anchor, one
        at the site's address, the site's name at the anchor. `-` leaves a test out, and
        in `valid` the name's own certificate is shown."""
        endpoint = _last_hop(ENDPOINTS[at][2], via)
        layer = "tls" if endpoint.protocol == "https" else "http"
        for variation, address, name, failure in (
            ("other_name_elsewhere", ANCHOR, "innocent.example", other),
            ("control_name_here", OWN, "control.example", here),
            ("this_name_elsewhere", ANCHOR, endpoint.hostname, elsewhere),
        ):
            step: dict[str, Any] = {layer: failure or (404 if layer == "http" else "ssl_invalid_hostname")}
            if failure in {"connect", "valid"}:
                step = {"connect": "generic_timeout_error"} if failure == "connect" else {}
            if failure != "-":
                times = elsewhere_times if variation == "this_name_elsewhere" else 1
                self.tried(address, at=at, variation=variation, name=name, times=times, via=via, **step)
        return self

    def helped(
        self,
        address: str = OWN,
        *,
        connect: str = "",
        tls: str = "",
        page: int | str | None = 200,
        told: tuple[str, ...] | str = (OWN,),
        known: str = "",
        empty: str = "generic_timeout_error",
        at: str = "https://site.example/",
        helper: str = "berlin",
        **columns: Any,
    ) -> Rows:
        """What a helper says of an endpoint: of the address, of its page (`columns`), of its name; and what it says of
        what is known: a control that answers, an address where nobody is. Texts are failures, empty for none."""
        platform, target, endpoint = ENDPOINTS[at]
        mark = {"platform": platform.key, "target": target.name, "endpoint": at, "observer": f"helper/{helper}"}

        def said(operation: str, failure: str = "", **more: Any) -> None:
            self.add(operation=operation, failure=failure, connection_id=f"c{len(self.rows) + 1:05d}", **mark, **more)

        said("connect", known, variation="known_to_answer", address=ANCHOR, port=443)
        said("connect", empty, variation="known_to_be_empty", address="192.0.2.1", port=443)
        said("connect", connect, address=address, port=endpoint.port)
        if endpoint.protocol == "https" and not connect:
            joined = {**mark, "connection_id": self.rows[-1].connection_id, "address": address, "port": endpoint.port}
            self.add(operation="tls_handshake", failure=tls, server_name=endpoint.hostname, **joined)
        if endpoint.hostname:
            answers, failure = ((), told) if isinstance(told, str) else (told, "")
            said("resolve", failure, hostname=endpoint.hostname, query_type="A", answers=answers, reply_index=0)
        if isinstance(page, int):
            said("http_round_trip", status_code=page, **columns)
        elif page is not None:
            said("http_round_trip", page)
        return self

    def left_out(self, failure: str, *, at: str = "https://site.example/", via: tuple[str, ...] = ()) -> Rows:
        """Something planned and left out. An origin in `via` that is empty is a redirect that was not followed."""
        platform, target, endpoint = ENDPOINTS[at]
        hop = _last_hop(endpoint, via)
        return self.add(
            operation="connect",
            platform=platform.key,
            target=target.name,
            endpoint=endpoint.id,
            hop=len(via),
            failure=failure,
            hostname=hop.hostname,
            port=hop.port or None,
        )


def _last_hop(endpoint: Endpoint, via: tuple[str, ...]) -> Endpoint:
    """The endpoint that redirects from `endpoint` led to in the end."""
    if not via:
        return endpoint
    protocol, _, hostname = via[-1].partition("://")
    port = {"http": 80, "https": 443, "": 0}[protocol]
    return replace(endpoint, protocol=protocol, hostname=hostname, addresses=(), port=port)


def honest_names(rows: Rows | None = None, *, name: str = SITE) -> Rows:
    """The system's resolver and another tell the same true address."""
    return (rows or Rows()).asked((OWN,), name=name).asked((OWN,), of="quad9-udp", name=name)


def told_by_doh(rows: Rows, *addresses: str, name: str = SITE) -> Rows:
    """DoH gives `addresses`, and the first of them shows the site's certificate and its page."""
    return rows.asked(addresses, of="quad9-doh", name=name).tried(addresses[0], at=f"https://{name}/")


def sweep(vantage: VantageState = VantageState.NORMAL, **changes: Any) -> Sweep:
    """A sweep that meant to measure the whole catalog."""
    return Sweep(
        sweep_id=SWEEP_ID,
        started_at=NOON,
        ended_at=NOON + timedelta(hours=1),
        vantage_state=vantage,
        platforms=tuple(platform.key for platform in CATALOG.platforms),
        **changes,
    )


def verdicts(rows: Rows, vantage: VantageState = VantageState.NORMAL) -> dict[str, Verdict]:
    """The verdicts by target, and by platform's key."""
    return {one.target or one.platform: one for one in classify(sweep(vantage), rows.rows, CATALOG)}
