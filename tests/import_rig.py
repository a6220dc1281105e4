"""OONI's measurements as the tests make them up: a page of which probe and helper see the same, and what differs."""

from __future__ import annotations

import base64
import copy
import json
import ssl
from typing import Any

import trustme

from agent.catalog.load import load_catalog
from agent.imports.measurement import Imported, imported
from agent.verdict.classify import classify
from agent.verdict.records import Verdict

CATALOG = load_catalog()
TARGETS = {endpoint.id: target.name for _, target in CATALOG.targets() for endpoint in target.endpoints}
HOST, OWN, ELSEWHERE, PRIVATE = "site.example", "44.1.1.1", "44.6.6.6", "10.1.2.3"
PAGE = "<title>The gazette of the site</title>" + "news of the day " * 40
OTHER_PAGE = "<title>Weather report</title>cloudy"
NXDOMAIN, SILENCE, RESET, REFUSED = (
    "dns_nxdomain_error",
    "generic_timeout_error",
    "connection_reset",
    "connection_refused",
)

Table = dict[str, Any]


def query(
    *answers: str,
    engine: str = "getaddrinfo",
    failure: str | None = None,
    host: str = HOST,
    asn: int = 64500,
    hop: int = 0,
) -> Table:
    return {
        "engine": engine,
        "hostname": host,
        "query_type": "A",
        "failure": failure,
        "resolver_address": "" if engine == "getaddrinfo" else "9.9.9.9:53",
        "answers": [{"answer_type": "A", "ipv6" if ":" in one else "ipv4": one, "asn": asn} for one in answers],
        "tags": [f"depth={hop}"],
    }


def connection(
    address: str = OWN,
    *,
    port: int = 443,
    connect: str | None = None,
    tls: str | None = None,
    http: str | int | None = 200,
    page: str = PAGE,
    host: str = HOST,
    number: int = 1,
    hop: int = 0,
    headers: dict[str, str] | None = None,
) -> tuple[list[Table], list[Table], list[Table]]:
    """The connects, handshakes and requests of one connection, as far as it went. `http` None: it ended before."""
    joined: Table = {"tags": [f"depth={hop}"], "transaction_id": number}
    connects: list[Table] = [
        {"ip": address, "port": port, "status": {"failure": connect, "success": not connect}, **joined}
    ]
    if connect:
        return connects, [], []
    place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    shaken: list[Table] = [{"address": place, "server_name": host, "failure": tls, "tls_version": "TLSv1.3", **joined}]
    if port != 443:
        shaken = []
    if (port == 443 and tls) or http is None:
        return connects, shaken, []
    scheme = "https" if port == 443 else "http"
    well = isinstance(http, int)
    answer = {"code": http, "body": page, "headers": headers or {"Server": "own", "X-Site": "1"}} if well else {}
    request = {
        "request": {"url": f"{scheme}://{host}/"},
        "failure": None if well else http,
        "response": answer,
        **joined,
    }
    return connects, shaken, [request]


def control(
    *answers: str,
    dns: str | None = None,
    connect: str | None = None,
    tls: str | None = None,
    http: str | None = None,
    page: str = PAGE,
    at: tuple[str, ...] = (OWN,),
    asn: int = 64500,
) -> Table:
    """The helper's answer, in which all goes well but what is said."""
    told = answers or (() if dns else (OWN,))
    seen = {"status": connect is None, "failure": connect}
    shaken = {"status": tls is None, "failure": tls}
    title = page.partition("<title>")[2].partition("</title>")[0]
    failed = http or connect or dns
    page_seen: Table = {"status_code": 200, "failure": None, "title": title, "body_length": len(page)}
    page_seen["headers"] = {"X-Site": "1"}
    return {
        "dns": {"failure": dns, "addrs": list(told)},
        "tcp_connect": {f"{one}:{port}": seen for one in at for port in (80, 443)},
        "tls_handshake": {} if connect else {f"{one}:443": shaken for one in at},
        "http_request": {"failure": failed, "status_code": -1, "body_length": -1} if failed else page_seen,
        "ip_info": {one: {"asn": asn, "flags": 0} for one in told},
    }


def measurement(
    *connections: tuple[list[Table], list[Table], list[Table]],
    queries: list[Table] | None = None,
    helper: Table | None = None,
    url: str = f"https://{HOST}/",
    name: str = "web_connectivity",
    **columns: Any,
) -> Table:
    """A measurement of a page: what is not said is as on an open line."""
    parts = connections or (connection(),)
    return {
        "test_name": name,
        "test_version": "0.5.28",
        "input": url,
        "probe_cc": "IR",
        "probe_asn": "AS64500",
        "measurement_start_time": "2026-05-04 03:02:01",
        "test_keys": {
            "queries": [query(OWN)] if queries is None else queries,
            "tcp_connect": [step for one in parts for step in one[0]],
            "tls_handshakes": [step for one in parts for step in one[1]],
            "requests": [step for one in reversed(parts) for step in one[2]],
            "control": control() if helper is None else helper,
            "control_failure": None,
            "blocking": False,
            "accessible": True,
        },
        **columns,
    }


def showing(said: Table, issuer: str) -> Table:
    """The measurement, with a certificate of that issuer in each of its handshakes."""
    leaf = trustme.CA(organization_name=issuer).issue_cert(HOST).cert_chain_pems[0].bytes()
    data = base64.b64encode(ssl.PEM_cert_to_DER_cert(leaf.decode())).decode()
    for shaken in said["test_keys"]["tls_handshakes"]:
        shaken["peer_certificates"] = [{"format": "base64", "data": data}]
    return said


def taken(said: Table) -> Imported:
    return imported(json.loads(json.dumps(said)), CATALOG, targets=TARGETS)


def judged(said: Table) -> Verdict:
    """Our verdict on the whole of it."""
    found = taken(said)
    return classify(found.sweep, found.observations, CATALOG)[-1]


def without(said: Table, *keys: str) -> Table:
    """The measurement without some of its test keys."""
    changed = copy.deepcopy(said)
    for key in keys:
        changed["test_keys"].pop(key)
    return changed
