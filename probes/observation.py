"""The observation: what happened in one operation, flat, with at most one failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from probes.column import column

#: Before any moment: an observation that nobody has stamped yet.
UNSTAMPED = datetime(1970, 1, 1, tzinfo=UTC)

#: What the column `variation` may hold.
VARIATIONS: Mapping[str, str] = MappingProxyType(
    {
        "first": "the endpoint as it is",
        "fresh_port": "the same once more; the system's resolver asked again, too",
        "control_name_here": "an innocent name at this address",
        "no_name_here": "no name at this address",
        "tls_1_3_here": "an offer of TLS 1.3 alone",
        "short_segments_here": "this name, answered in short packets",
        "other_path_here": "this Host, the path /",
        "this_name_elsewhere": "this name at a control's address",
        "other_name_elsewhere": "another innocent name at that same address",
        "other_path_elsewhere": "the same, the path /",
        "name_in_path_elsewhere": "the same, this name as path",
        "other_port": "only connected to, on another port",
        "control_abroad": "of QUIC: a control abroad under its own name",
        "control_at_home": "the same of a control in the country",
        "transfer_this_name_here": "one page at this address under this name",
        "transfer_control_name_here": "the same page under an innocent name",
        "transfer_this_name_elsewhere": "one page at a control's address under this name",
        "transfer_other_name_elsewhere": "the same page under an innocent name",
        "no_resolver_here": "this name asked of an address where no resolver is",
        "innocent_no_resolver": "an innocent name asked there",
        "innocent_beside": "an innocent name asked of a resolver that is silent about this one",
        "random_name": "a name that cannot exist, asked of the system's resolver",
        "known_to_answer": "a helper is asked about a control's address, by which it is known",
        "known_to_be_empty": "a helper is asked about an address where nobody can be, by which it is known",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One query's reply, one connect, one handshake or one request.

    `failure` empty means that the operation succeeded; a value from `probes.failures` says why it did
    not; one that starts with `not_run` says that it was planned and left out. Columns that do not
    belong to the operation are empty, never zero.
    """

    sweep_id: str = column("The sweep this row belongs to.", default="")
    observation_id: str = column("Unique id of the row: the sweep's id and a running number.", default="")
    observed_at: datetime = column("When the operation began, UTC, from the computer's clock.", default=UNSTAMPED)
    purpose: str = column("Why it was done: target, ladder_before or ladder_after.", default="target")
    platform: str = column("Platform of the catalog, e.g. signal; for the ladder, 'control'.", default="")
    target: str = column("Target: a stable role, e.g. signal/chat; for the ladder, the control's name.", default="")
    endpoint: str = column("Endpoint of the target, e.g. https://chat.signal.org/.", default="")
    observer: str = column(
        "Who saw it: empty is this computer; else who was asked to look from elsewhere, e.g. helper/name.", default=""
    )
    variation: str = column(
        "What was changed against the first try; of a question, whom or what it asks besides. "
        + "; ".join(f"{name}: {meaning}" for name, meaning in VARIATIONS.items())
        + ".",
        default="first",
    )
    hop: int = column("Redirects followed before this operation; 0 is the endpoint itself.", default=0)
    connection_id: str = column(
        "Joins connect, handshake and request over one socket, or the datagrams of one query. Unique in a sweep.",
        default="",
    )
    operation: str = column(
        "resolve, connect, tls_handshake, quic_handshake or http_round_trip; ask_helper for the asking of a helper "
        "itself; route for the ladder's route check, which sends nothing.",
        default="",
    )
    failure: str = column(
        "Why it did not succeed (an OONI failure string or one of ours, docs/rules.md); empty: it succeeded; "
        "not_run_…: planned and left out.",
        default="",
    )
    duration_ms: float | None = column(
        "Milliseconds from the operation's start to its end on a monotonic clock; for a DNS reply, to its arrival. "
        "Empty when it was not run.",
        default=None,
    )
    hostname: str = column(
        "The name asked for, or whose address this is. Empty: the endpoint is a bare address.", default=""
    )
    resolver: str = column(
        "Who was asked: 'system', or the name of a resolver in config.toml; 'none': an address where no resolver is; "
        "empty: a helper's own. Of an imported measurement: its word for it, or 'helper', its control's.",
        default="",
    )
    transport: str = column(
        "How it was asked or reached: system, udp, tcp, dot or doh; tcp for connections, udp for QUIC.", default=""
    )
    query_type: str = column("A or AAAA.", default="")
    reply_index: int | None = column(
        "Which reply to the query this is, in order of arrival from 0. More than one reply to a single question over "
        "UDP is evidence of injection. Empty: no reply came.",
        default=None,
    )
    dns_rcode: str = column("Response code of the reply: NOERROR, NXDOMAIN, REFUSED, SERVFAIL …", default="")
    dns_flags: int | None = column("The reply's header flags as one 16-bit number (RFC 1035 4.1.1).", default=None)
    case_echoed: bool | None = column(
        "Whether the reply spells the name as the question did, in letters of either case by chance (0x20). Some "
        "resolvers and some forgers do not: it proves nothing alone. Empty: the question was not spelt so, or the "
        "reply has no such question.",
        default=None,
    )
    ttl_s: int | None = column("Smallest time to live among the answers, in seconds.", default=None)
    answers: tuple[str, ...] = column("Addresses in the reply, in order, separated by spaces.", default=())
    answer_asns: tuple[str, ...] = column(
        "AS numbers of the addresses, each once: by the table of networks in config.toml, or as an imported "
        "measurement tells them. Empty where neither does.",
        default=(),
    )
    answer_types: tuple[str, ...] = column(
        "Types of all the answer records in order; an A record in reply to an AAAA question is a known signature.",
        default=(),
    )
    address: str = column("The server's address as DNS knows it (in the lab, the logical one).", default="")
    port: int | None = column("The server's port.", default=None)
    server_name: str = column("The name sent in the ClientHello (SNI). Empty: none was sent.", default="")
    tls_version: str = column("Protocol version agreed, e.g. TLSv1.3.", default="")
    certificate_sha256: str = column("SHA-256 of the leaf certificate, hexadecimal.", default="")
    certificate_subject: str = column(
        "Common name, or first name, of the leaf certificate.", default="", measured_text=True
    )
    certificate_issuer: str = column(
        "Common name or organisation of the leaf's issuer.", default="", measured_text=True
    )
    certificate_expires_at: datetime | None = column("End of the leaf certificate's validity, UTC.", default=None)
    method: str = column("HTTP method.", default="")
    host_header: str = column("The Host header sent.", default="")
    status_code: int | None = column("HTTP status of the answer.", default=None)
    title: str = column("Title of the page, at most 120 characters, scrubbed.", default="", measured_text=True)
    location: str = column(
        "Scheme and host that a redirect points to; path and query are not kept.", default="", measured_text=True
    )
    header_names: tuple[str, ...] = column(
        "Names of the answer's headers, in lower case, without values.", default=(), measured_text=True
    )
    alternatives: tuple[str, ...] = column(
        "Protocols that the answer's Alt-Svc header offers at the same host and port (RFC 7838), such as h3.",
        default=(),
        measured_text=True,
    )
    fingerprint: str = column("Id of the known page that the answer matched (agent/verdict/fingerprints).", default="")
    body_bytes: int | None = column("Bytes of body read; reading stops at the bound.", default=None)
    flow_bytes: int | None = column(
        "Of an answer, the bytes that the socket gave after its first 4 KiB; TLS's own are among them.", default=None
    )
    flow_ms: float | None = column(
        "Milliseconds that those took, to the last that came: bytes by time is how fast the answer flowed.",
        default=None,
    )
    clock_skew_s: float | None = column(
        "The server's Date header minus this computer's clock, in seconds; only asked of controls.", default=None
    )
    bytes_sent: int | None = column("Payload bytes sent in this operation.", default=None)
    bytes_received: int | None = column("Payload bytes received in this operation.", default=None)

    @property
    def succeeded(self) -> bool:
        """Whether it was run and nothing failed."""
        return self.failure == ""

    @property
    def was_run(self) -> bool:
        """Whether it was attempted at all."""
        return not self.failure.startswith("not_run")
