"""Observations as the entries of OONI's data formats: lookups, connections, handshakes, requests, and a helper's view.

Facts of the formats: ooni/spec, df-001 (requests), df-002 (queries), df-005 (tcp_connect), df-006 (tls_handshakes), and
ts-017 (control). Pure. What was not kept cannot be told: bodies are empty and marked as cut, values of headers are
empty, and certificates are left out.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from agent.imports.address import url_of
from probes.observation import Observation

Entry = dict[str, Any]
#: The lookup by getaddrinfo as two questions, which is how we ask it too.
SYSTEM_ENGINE = "system"
#: Response codes by their names (RFC 1035 4.1.1, RFC 2136 2.2).
RCODES = {"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5}
OPERATIONS = ("resolve", "connect", "tls_handshake", "http_round_trip")
NO_TOR = {"exit_ip": None, "exit_name": None, "is_tor": False}


def place_of(address: str, port: int | None) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def query_of(row: Observation, start: datetime) -> Entry:
    """A reply to a question, or the silence after one."""
    system = row.transport == "system"
    rcode = {"rcode": RCODES[row.dns_rcode]} if row.dns_rcode in RCODES else {}
    asn = {"asn": int(row.answer_asns[0])} if len(row.answer_asns) == 1 and row.answer_asns[0].isdigit() else {}
    return {
        "answers": [_answer(address, row.ttl_s) | asn for address in row.answers if _is_address(address)] or None,
        "engine": SYSTEM_ENGINE if system else row.transport,
        "failure": row.failure or None,
        "hostname": row.hostname,
        "query_type": row.query_type,
        **rcode,
        "resolver_hostname": None,
        "resolver_port": None,
        "resolver_address": "" if system else place_of(row.address, row.port) if row.address else row.resolver,
        **_common(row, start),
    }


def connect_of(row: Observation, start: datetime) -> Entry:
    status = {"failure": row.failure or None, "success": row.succeeded}
    return {"ip": row.address, "port": row.port, "status": status, **_common(row, start)}


def handshake_of(row: Observation, start: datetime) -> Entry:
    return {
        "network": "tcp",
        "address": place_of(row.address, row.port),
        "cipher_suite": "",
        "failure": row.failure or None,
        "negotiated_protocol": "",
        "no_tls_verify": False,
        "peer_certificates": [],
        "server_name": row.server_name,
        "tls_version": row.tls_version,
        **_common(row, start),
    }


def request_of(row: Observation, url: str, start: datetime) -> Entry:
    """A request; also one that was never sent, since the connection for it failed: then `row` is what failed."""
    sent = row.operation == "http_round_trip"
    host = row.host_header if sent else row.hostname
    headers = {name: row.location if name == "location" else "" for name in row.header_names}
    if row.location:
        headers.setdefault("location", row.location)
    asked = {
        "body": "",
        "body_is_truncated": False,
        "headers": {"Host": host} if host else {},
        "headers_list": [["Host", host]] if host else [],
        "method": row.method or "GET",
        "tor": NO_TOR,
        "url": url,
    }
    answer = {
        "body": "",
        "body_is_truncated": row.status_code is not None,  # it was read, and is not kept
        "code": row.status_code or 0,
        "headers": headers,
        "headers_list": [[name, value] for name, value in headers.items()],
    }
    return {"failure": row.failure or None, "request": asked, "response": answer, **_common(row, start)}


def requests_of(rows: Sequence[Observation], start: datetime) -> list[Entry]:
    """The requests of one endpoint, newest first as probes write them."""
    found = []
    for hop in sorted({row.hop for row in rows}, reverse=True):
        of_hop = [row for row in rows if row.hop == hop]
        url = url_at(of_hop)
        asked = [row for row in of_hop if row.operation == "http_round_trip"]
        failed = [row for row in of_hop if row.failure and row.operation in ("connect", "tls_handshake")]
        lost = [row for row in of_hop if row.failure and row.resolver == "system"]
        found += [request_of(row, url, start) for row in reversed(asked or failed[-1:] or lost[-1:])]
    return found


def url_at(rows: Sequence[Observation]) -> str:
    """The address of a hop: the endpoint's own, or the origin that a redirect led to; its path was not kept."""
    first = rows[0]
    if first.hop == 0:
        return first.endpoint.replace("post://", "http://").removesuffix(":80") + (
            "/" if first.endpoint.startswith("post://") else ""
        )
    host = next((row.host_header or row.hostname for row in rows if row.host_header or row.hostname), "")
    ports = {row.port for row in rows if row.port and row.operation != "resolve"} or {443}
    scheme = "http" if ports == {80} else "https"
    return f"{scheme}://{host}/"


def control_of(rows: Iterable[Observation], url: str) -> Entry:
    """What the first helper saw, as OONI's own tells it; empty where none was asked."""
    seen = [row for row in rows if row.observer and row.hop == 0 and row.variation == "first" and row.was_run]
    names = sorted({row.observer for row in seen if row.operation in OPERATIONS})
    if not names:
        return {}
    own = [row for row in seen if row.observer == names[0]]
    connects = {place_of(r.address, r.port): _outcome(r) for r in own if r.operation == "connect"}
    place = url_of(url)
    handshakes = {
        place_of(row.address, row.port): {"server_name": row.server_name or (place.host if place else "")}
        | _outcome(row)
        for row in own
        if row.operation == "tls_handshake"
    }
    lookups = [row for row in own if row.operation == "resolve"]
    addresses = [address for row in lookups for address in row.answers]
    failure = next((row.failure for row in lookups if row.failure), None) if not addresses else None
    page = next((row for row in own if row.operation == "http_round_trip"), None)
    return {
        "tcp_connect": connects,
        "tls_handshake": handshakes,
        "quic_handshake": {},
        "dns": {"failure": failure, "addrs": addresses},
        "ip_info": {},
        **({"http_request": _page(page)} if page else {}),
    }


def _outcome(row: Observation) -> Entry:
    return {"status": row.succeeded, "failure": row.failure or None}


def _page(row: Observation) -> Entry:
    return {
        "body_length": -1 if row.body_bytes is None else row.body_bytes,
        "failure": row.failure or None,
        "title": row.title,
        "headers": dict.fromkeys(row.header_names, ""),
        "status_code": -1 if row.status_code is None else row.status_code,
    }


def _is_address(text: str) -> bool:
    """Rows may have passed through other hands."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _answer(address: str, ttl_s: int | None) -> Entry:
    version = ipaddress.ip_address(address).version
    kind, key = ("A", "ipv4") if version == 4 else ("AAAA", "ipv6")
    return {"answer_type": kind, key: address, "ttl": ttl_s}


def _common(row: Observation, start: datetime) -> Entry:
    """What every entry has: its times since the measurement's start, and what it belongs to."""
    began = max(0.0, (row.observed_at - start).total_seconds())
    ended = began + (row.duration_ms or 0.0) / 1000
    number = row.connection_id.lstrip("c")
    tags = [f"depth={row.hop}"] + ([] if row.variation == "first" else [f"dideban_{row.variation}"])
    joined = {"transaction_id": int(number)} if number.isascii() and number.isdigit() else {}
    return {"t0": round(began, 6), "t": round(ended, 6), "tags": tags, **joined}


def fitting(rows: Iterable[Observation]) -> Iterator[Observation]:
    """The rows that have a place in the formats and mean there what they mean here.

    A try with something changed does not: whoever reads it would take an innocent name's success for the page's own.
    """
    for row in rows:
        usual = row.variation in ("first", "fresh_port") and row.operation in OPERATIONS and row.resolver != "none"
        if usual and row.was_run and (row.operation == "resolve" or row.address):
            yield row
