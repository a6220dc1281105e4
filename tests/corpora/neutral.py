"""Neutral evidence of any source as the measurement that our import reads, or as rows where there is no such thing.

Only the shape is changed. What a source did not look at stays unseen: an answer without a control has none here either.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

Table = dict[str, Any]
#: Tests that are read as they are; everything else that OONI has is no test of a platform.
MESSENGERS = ("signal", "telegram", "whatsapp", "facebook_messenger")


def measurement_of(evidence: Table) -> Table:
    """The evidence of a page or a messenger as OONI writes it."""
    probe = evidence.get("probe") or {}
    name, _, version = (probe.get("version") or "").partition(" ")
    if name not in MESSENGERS:
        name = "web_connectivity"
    return {
        "test_name": name,
        "test_version": version,
        "input": evidence.get("input"),
        "probe_cc": probe.get("cc") or "",
        "probe_asn": probe.get("asn") or "",
        "measurement_start_time": f"{day_of(probe.get('date') or '')} 00:00:00",
        "test_keys": {
            "queries": [_query(one) for one in evidence.get("dns_local") or []],
            "tcp_connect": [_connect(one, evidence) for one in evidence.get("tcp") or []],
            "tls_handshakes": [_handshake(one, evidence) for one in evidence.get("tls") or []],
            "requests": _requests(evidence),
            "control": _control(evidence),
            "control_failure": evidence.get("control_failure"),
        },
    }


def day_of(said: str) -> str:
    """A date as it is written in a measurement. Where a case tells none, a day on which all of it was possible."""
    digits = said.replace("-", "")
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" if len(digits) == 8 else "2022-06-01"


def _query(one: Table) -> Table:
    kind = one.get("kind") or "system"
    return {
        "engine": "system" if one.get("is_system") else kind if kind in ("udp", "tcp", "doh", "dot") else "udp",
        "hostname": one.get("name") or "",
        "query_type": one.get("qtype") or "A",
        "failure": one.get("failure"),
        "resolver_address": one.get("resolver"),
        "answers": [{("ipv6" if ":" in address else "ipv4"): address} for address in one.get("answers") or []],
        **_joins(one),
    }


def _joins(one: Table, evidence: Table | None = None) -> Table:
    """Depth and transaction, where the source tells them; else steps at one address and port are one connection's."""
    depth, transaction = one.get("depth"), one.get("transaction")
    if evidence is not None and "ms" in str(evidence.get("tcp")) and not transaction:  # one hop, each place tried once
        places = [(step["ip"], step["port"]) for step in evidence["tcp"]]
        place = (one.get("ip"), one.get("port"))
        transaction, depth = (places.index(place) + 1 if place in places else 0), 0
    return {"tags": [f"depth={depth}"] if depth is not None else [], "transaction_id": transaction or 0}


def _connect(one: Table, evidence: Table) -> Table:
    failure = one.get("failure") or None
    return {
        "ip": one.get("ip"),
        "port": one.get("port"),
        "status": {"failure": failure, "success": failure is None},
        **_joins(one, evidence),
    }


def _handshake(one: Table, evidence: Table) -> Table:
    return {
        "address": _place(one),
        "server_name": one.get("sni") or "",
        "failure": one.get("failure"),
        "tls_version": one.get("tls_version") or "",
        "peer_certificates": [{"format": "base64", "data": data} for data in one.get("peer_certs_b64") or []],
        **_joins(one, evidence),
    }


def _place(one: Table) -> str:
    address = str(one.get("ip"))
    return f"[{address}]:{one.get('port')}" if ":" in address else f"{address}:{one.get('port')}"


def _requests(evidence: Table) -> list[Table]:
    """Newest first, as probes write them; of a source that asks for both schemes, the page that the case is of."""
    found = [one for one in evidence.get("http") or [] if one.get("url")]
    if "ms" in str(evidence.get("tcp")):
        found = [one for one in found if one["url"].split(":")[0] == evidence["input"].split(":")[0]]
    if found and found[0]["url"] == evidence.get("input"):
        found.reverse()
    return [_request(one, evidence) for one in found]


def _request(one: Table, evidence: Table) -> Table:
    return {
        "failure": one.get("failure"),
        "request": {"url": one["url"], "method": one.get("method") or "GET"},
        "response": {
            "code": one.get("status"),
            "headers": headers_of(one),
            "body": {"format": "base64", "data": one.get("body_b64") or ""},
            "body_is_truncated": bool(one.get("body_truncated")),
        },
        **_joins(one, evidence),
    }


def headers_of(one: Table) -> dict[str, str]:
    """Headers by name, with the redirect that some sources keep apart."""
    headers = {str(pair[0]): str(pair[1]) for pair in one.get("headers") or [] if len(pair) == 2}
    return headers | ({"Location": one["location"]} if one.get("location") else {})


def _control(evidence: Table) -> Table | None:
    if not evidence.get("has_control"):
        return None
    dns = evidence.get("dns_control") or []
    addresses = [address for one in dns for address in one.get("answers") or []]
    failures = [one.get("failure") for one in dns if one.get("failure")]
    control: Table = {
        "dns": {"addrs": addresses, "failure": None if addresses else next(iter(failures), None)},
        "tcp_connect": {_place(one): _seen(one) for one in evidence.get("tcp_control") or []},
        "tls_handshake": {_place(one): _seen(one) for one in evidence.get("tls_control") or []},
    }
    if page := _control_page(evidence, addresses):
        control["http_request"] = page
    return control


def _seen(one: Table) -> Table:
    return {"status": one.get("failure") is None, "failure": one.get("failure")}


def _control_page(evidence: Table, addresses: Iterable[str]) -> Table | None:
    """The control's page; of several, that of the case's own address at a server that the control was given."""
    pages = evidence.get("http_control") or []
    own = [one for one in pages if one.get("url") == evidence.get("input") and one.get("ip") in set(addresses)]
    if not (page := next(iter(own or [one for one in pages if not one.get("url")]), None)):
        return None
    return {
        "status_code": page.get("status") or -1,
        "failure": page.get("failure"),
        "title": page.get("title") or "",
        "headers": headers_of(page),
        "body_length": page.get("body_len") if page.get("body_len") is not None else -1,
    }


def body_of(one: Table) -> bytes:
    """The bytes of a page."""
    return base64.b64decode(one.get("body_b64") or "")
