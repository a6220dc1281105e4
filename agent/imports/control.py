"""What OONI's test helper saw of the same page from elsewhere, as rows of another observer.

A helper follows redirects by itself and tells only the page it ended at: that stands at every hop, for it shows that
the whole way can be gone. Sources: OONI ts-017; ooni/probe-cli, oohelperd.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agent.imports.address import Url, address_of, place_of
from agent.imports.failures import failure_of
from agent.imports.fields import Table, table, text, texts, whole
from agent.imports.ledger import Ledger
from agent.imports.traffic import headers_of
from probes.limits import TITLE_CHARACTERS

OBSERVER = "ooni/control"


def control_of(test_keys: Table) -> Table:
    """The helper's answer; empty where it gave none."""
    control = table(test_keys.get("control"), "test_keys.control")
    return {} if failure_of(test_keys.get("control_failure")) else control


def write_control(ledger: Ledger, control: Table, *, url: Url, target: str, endpoint: str, hop: int) -> None:
    """The helper's rows for one hop; of the first, its lookup and its connections too."""
    place: dict[str, Any] = {
        "observer": OBSERVER,
        "target": target,
        "endpoint": endpoint,
        "hop": hop,
        "hostname": "" if url.is_address and not hop else url.host,
    }
    if not control:
        return
    if not hop:
        _write_lookup(ledger, control, url, place)
        _write_connections(ledger, control, url, place)
    _write_page(ledger, table(control.get("http_request"), "control.http_request"), url, place)


def _write_lookup(ledger: Ledger, control: Table, url: Url, place: dict[str, Any]) -> None:
    dns = table(control.get("dns"), "control.dns")
    if url.is_address or not dns:
        return
    told = [address for said in texts(dns.get("addrs"), "control.dns.addrs") if (address := address_of(said))]
    ledger.add(
        "resolve",
        connection_id=ledger.connection(),
        resolver="helper",
        transport="system",
        query_type="A",
        reply_index=0,
        failure=failure_of(dns.get("failure")) or ("" if told else "dns_no_answer"),
        answers=tuple(told),
        answer_asns=tuple(_asns(control, told)),
        **place,
    )


def _asns(control: Table, addresses: list[str]) -> Iterator[str]:
    info = table(control.get("ip_info"), "control.ip_info")
    seen: set[int] = set()
    for address in addresses:
        asn = whole(table(info.get(address), "an entry of control.ip_info").get("asn"), minimum=1, maximum=2**32 - 1)
        if asn and asn not in seen:
            seen.add(asn)
            yield str(asn)


def _write_connections(ledger: Ledger, control: Table, url: Url, place: dict[str, Any]) -> None:
    handshakes = table(control.get("tls_handshake"), "control.tls_handshake")
    for said, connected in list(table(control.get("tcp_connect"), "control.tcp_connect").items())[:100]:
        if (found := place_of(said)) is None:
            continue
        connected, connection = table(connected, "an entry of control.tcp_connect"), ledger.connection()
        common = {"connection_id": connection, "transport": "tcp", "address": found[0], "port": found[1], **place}
        if found[1] != url.port:
            common["endpoint"] = f"https://{url.host}/"
        ledger.add("connect", failure=_failure(connected), **common)
        if said in handshakes:
            shaken = table(handshakes[said], "an entry of control.tls_handshake")
            ledger.add("tls_handshake", failure=_failure(shaken), server_name=text(shaken.get("server_name")), **common)


def _failure(entry: Table) -> str:
    return failure_of(entry.get("failure")) or ("" if entry.get("status") is True else failure_of("unknown"))


def _write_page(ledger: Ledger, page: Table, url: Url, place: dict[str, Any]) -> None:
    if not page:
        return
    ledger.add(
        "http_round_trip",
        connection_id=ledger.connection(),
        transport="tcp",
        port=url.port,
        host_header=url.host,
        method="GET",
        failure=failure_of(page.get("failure")),
        status_code=whole(page.get("status_code"), minimum=100, maximum=599),
        title=" ".join(text(page.get("title")).split())[:TITLE_CHARACTERS],
        header_names=tuple(headers_of(page.get("headers"))),
        body_bytes=whole(page.get("body_length"), minimum=0, maximum=2**40),
        **place,
    )
