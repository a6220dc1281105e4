"""Writes what an import saw as observations, the steps of one connection under one id."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agent.imports.traffic import Connect, Handshake, Query, Request
from agent.verdict.fingerprints import recognise
from probes.certificate import describe
from probes.failures import CERTIFICATE_FAILURES
from probes.observation import Observation
from probes.page import origin_of, title_of


@dataclass
class Ledger:
    """The rows of one imported measurement, in the making."""

    sweep_id: str
    started_at: datetime
    platform: str
    rows: list[Observation] = field(default_factory=list)
    _connections: int = 0

    def add(self, operation: str, *, at_s: float = 0.0, **columns: Any) -> None:
        """One row. Times are the probe's own, since the measurement's start."""
        number = len(self.rows) + 1
        self.rows.append(
            Observation(
                sweep_id=self.sweep_id,
                observation_id=f"{self.sweep_id}.{number:05d}",
                observed_at=self.started_at + timedelta(seconds=at_s),
                platform=self.platform,
                operation=operation,
                **columns,
            )
        )

    def connection(self) -> str:
        """The id of a new connection, or question."""
        self._connections += 1
        return f"c{self._connections:05d}"

    def ask(self, query: Query, **place: Any) -> None:
        """A lookup as a row. Old probes and getaddrinfo ask for both kinds of address at once: it is called A."""
        self.add(
            "resolve",
            at_s=query.at_s,
            connection_id=self.connection(),
            resolver=query.resolver,
            transport=query.transport,
            query_type="AAAA" if query.query_type == "AAAA" else "A",
            reply_index=None if query.failure in {"generic_timeout_error", "timed_out"} else 0,
            failure=query.failure,
            answers=query.answers,
            answer_asns=query.asns,
            **(place | {"hostname": query.hostname}),
        )

    def connection_of(
        self, connect: Connect, handshake: Handshake | None, request: Request | None, **place: Any
    ) -> None:
        """The steps over one socket, as rows."""
        connection = self.connection()
        self.connect(connect, connection, **place)
        if handshake is not None:
            self.shake_hands(handshake, connection, **place)
        if request is not None:
            self.request(request, connection, address=connect.address, **place)

    def connect(self, step: Connect, connection: str, **place: Any) -> None:
        self.add(
            "connect",
            at_s=step.at_s,
            connection_id=connection,
            transport="tcp",
            address=step.address,
            port=step.port,
            failure=step.failure,
            **place,
        )

    def shake_hands(self, step: Handshake, connection: str, **place: Any) -> None:
        self.add(
            "tls_handshake",
            at_s=step.at_s,
            connection_id=connection,
            transport="tcp",
            address=step.address,
            port=step.port,
            server_name=step.server_name,
            tls_version=step.tls_version,
            failure=step.failure,
            **_of_leaf(step),
            **place,
        )

    def request(self, step: Request, connection: str, *, address: str, **place: Any) -> None:
        location = step.headers.get("location", "")
        leads_to, failure = _leads_to(step, location)
        self.add(
            "http_round_trip",
            at_s=step.at_s,
            connection_id=connection,
            transport="tcp",
            address=address,
            port=step.url.port,
            host_header=step.url.host,
            method=step.method,
            failure=step.failure or failure,
            status_code=step.status,
            title=title_of(step.body, content_type=step.headers.get("content-type", "")),
            location=leads_to,
            header_names=tuple(step.headers),
            fingerprint=recognise(step.status, location, step.body),
            body_bytes=step.body_bytes,
            **place,
        )


def _of_leaf(step: Handshake) -> dict[str, Any]:
    """The certificate's columns. Names are read where they matter: of a certificate that is not right."""
    if not step.leaf:
        return {}
    columns = {"certificate_sha256": hashlib.sha256(step.leaf).hexdigest()}
    if step.failure not in CERTIFICATE_FAILURES:
        return columns
    leaf = describe(step.leaf)
    return columns | {"certificate_subject": leaf.subject, "certificate_issuer": leaf.issuer}


def _leads_to(step: Request, location: str) -> tuple[str, str]:
    """Scheme and host of a redirect; and the failure of one that leads nowhere."""
    if not location or step.status is None or not 300 <= step.status < 400:
        return "", ""
    try:
        return origin_of(location, base=step.url.whole), ""
    except ValueError:
        return "", "http_invalid_redirect_location_host"
