"""What an OONI measurement saw, in one shape for all versions and tests: lookups, connections, handshakes, requests."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from agent.imports.address import Url, address_of, place_of, url_of
from agent.imports.failures import failure_of
from agent.imports.fields import TEXT_CHARACTERS_MAX, Table, seconds, table, tables, text, whole

#: Bytes at which probes cut a body: 2^17 of web connectivity 0.4, 2^19 of 0.5. One of that length may be longer.
CUT_BODIES = (2**17, 2**19)
#: Bytes of a body that are looked at.
BODY_BYTES_MAX = 2**19
#: How the lookups of the system's resolver are named: by measurement-kit, by the engine, and by what it calls.
SYSTEM_ENGINES = frozenset({"", "system", "getaddrinfo", "golang_net_resolver", "android"})
TRANSPORTS = {"udp": "udp", "tcp": "tcp", "doh": "doh", "dot": "dot", "doh3": "doh"}
DEPTH = re.compile(r"depth=(\d{1,2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    hostname: str
    query_type: str
    #: system, or the resolver's address.
    resolver: str
    transport: str
    failure: str
    answers: tuple[str, ...]
    #: AS numbers of the answers, where the probe told them.
    asns: tuple[str, ...]
    depth: int
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    address: str
    port: int
    failure: str
    #: Redirects before it; None where the version does not say.
    depth: int | None
    #: Joins the steps over one socket; 0 where the version does not say.
    transaction: int
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    address: str
    port: int
    server_name: str
    failure: str
    tls_version: str
    #: The server's own certificate, DER; empty where none came.
    leaf: bytes
    depth: int | None
    transaction: int
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    url: Url
    method: str
    failure: str
    status: int | None
    #: Headers by their names in lower case.
    headers: dict[str, str]
    body: bytes
    #: None: it was cut, and how long it was is not known.
    body_bytes: int | None
    depth: int | None
    transaction: int
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    queries: tuple[Query, ...] = ()
    connects: tuple[Connect, ...] = ()
    handshakes: tuple[Handshake, ...] = ()
    #: Oldest first.
    requests: tuple[Request, ...] = ()


def traffic_of(test_keys: Table) -> Traffic:
    """The measurement's evidence. Raises `MalformedError` naming the field that is not what it should be."""
    requests = [_request(entry) for entry in tables(test_keys.get("requests"), "test_keys.requests")]
    return Traffic(
        queries=tuple(_query(entry) for entry in tables(test_keys.get("queries"), "test_keys.queries")),
        connects=_present(_connect(entry) for entry in tables(test_keys.get("tcp_connect"), "test_keys.tcp_connect")),
        handshakes=_present(
            _handshake(entry) for entry in tables(test_keys.get("tls_handshakes"), "test_keys.tls_handshakes")
        ),
        requests=_present(reversed(requests)),
    )


def _present(found: Any) -> tuple[Any, ...]:
    return tuple(entry for entry in found if entry is not None)


def _query(entry: Table) -> Query:
    engine = text(entry.get("engine"))
    answers = tables(entry.get("answers"), "answers of a query")
    told = [(address_of(text(one.get("ipv4")) or text(one.get("ipv6"))), one.get("asn")) for one in answers]
    known = [whole(asn, minimum=1, maximum=2**32 - 1) for address, asn in told if address]
    system = engine in SYSTEM_ENGINES
    failure = failure_of(entry.get("failure"))
    return Query(
        hostname=text(entry.get("hostname")).rstrip(".").lower(),
        query_type=text(entry.get("query_type")) or "A",
        resolver="system" if system else _resolver_of(entry),
        transport="system" if system else TRANSPORTS.get(engine, "udp"),
        failure=failure or ("" if any(address for address, _ in told) else "dns_no_answer"),
        answers=() if failure else tuple(address for address, _ in told if address),
        asns=tuple(dict.fromkeys(str(asn) for asn in known if asn)),
        depth=_depth(entry) or 0,
        at_s=seconds(entry.get("t")),
    )


def _resolver_of(entry: Table) -> str:
    said = text(entry.get("resolver_address")) or text(entry.get("resolver_hostname"))
    return said.replace(" ", "")[:120] or "another"


def _connect(entry: Table) -> Connect | None:
    status = table(entry.get("status"), "status of a connect")
    address, port = address_of(text(entry.get("ip"))), whole(entry.get("port"), minimum=1, maximum=65535)
    if not address or port is None:
        return None
    failure = failure_of(status.get("failure"))
    if not failure and status.get("success") is False:
        failure = failure_of("unknown")
    return Connect(
        address=address,
        port=port,
        failure=failure,
        depth=_depth(entry),
        transaction=_transaction(entry),
        at_s=seconds(entry.get("t")),
    )


def _handshake(entry: Table) -> Handshake | None:
    place = place_of(text(entry.get("address")))
    if place is None:
        return None
    chain = entry.get("peer_certificates")
    first = chain[0] if isinstance(chain, list) and chain else None
    return Handshake(
        address=place[0],
        port=place[1],
        server_name=text(entry.get("server_name")).lower(),
        failure=failure_of(entry.get("failure")),
        tls_version=text(entry.get("tls_version"))[:20],
        leaf=_bytes(first.get("data") if isinstance(first, dict) else first, packed=True)[: 2**16],
        depth=_depth(entry),
        transaction=_transaction(entry),
        at_s=seconds(entry.get("t")),
    )


def _request(entry: Table) -> Request | None:
    asked, answer = table(entry.get("request"), "a request"), table(entry.get("response"), "a response")
    url = url_of(text(asked.get("url")))
    if url is None:
        return None
    status = whole(answer.get("code"), minimum=100, maximum=599)
    body = _bytes(answer.get("body"), packed=False)
    cut = answer.get("body_is_truncated") is True or len(body) in CUT_BODIES
    return Request(
        url=url,
        method=text(asked.get("method")).upper() or "GET",
        failure=failure_of(entry.get("failure")),
        status=status,
        headers=headers_of(answer.get("headers")),
        body=body[:BODY_BYTES_MAX],
        body_bytes=None if cut or status is None else len(body),
        depth=_depth(entry),
        transaction=_transaction(entry),
        at_s=seconds(entry.get("t")),
    )


def headers_of(value: Any) -> dict[str, str]:
    """Headers by name in lower case, of at most a hundred; values that are no text are empty."""
    if not isinstance(value, dict):
        return {}
    return {
        name[:100].lower(): _header(said[0] if isinstance(said, list) and said else said)
        for name, said in list(value.items())[:100]
    }


def _header(said: Any) -> str:
    """A header's value; what is no text stands in base64, like a body."""
    return text(said) if isinstance(said, str) else _bytes(said, packed=False)[:TEXT_CHARACTERS_MAX].decode("latin-1")


def _bytes(value: Any, *, packed: bool) -> bytes:
    """A body: text, or an object that says base64. `packed`: a text is base64 itself. What is broken is empty."""
    if isinstance(value, dict):
        value, packed = value.get("data"), value.get("format") == "base64"
    if not isinstance(value, str):
        return b""
    if not packed:
        return value.encode("utf-8", "replace")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _tags(entry: Table) -> list[str]:
    said = entry.get("tags")
    return [tag for tag in said if isinstance(tag, str)] if isinstance(said, list) else []


def _depth(entry: Table) -> int | None:
    return next((int(found[1]) for tag in _tags(entry) if (found := DEPTH.fullmatch(tag))), None)


def _transaction(entry: Table) -> int:
    return whole(entry.get("transaction_id"), minimum=1, maximum=2**53) or 0
