"""Evidence that is no measurement of a page: a page alone, a resolver's answer, a server asked by two names.

Each becomes rows of the same kind as an import's. Where a source measures from a remote server or resolver, that is
the vantage point, and its source vouches for the line (Censored Planet asks controls before and after).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from agent.imports.address import Url, url_of
from agent.imports.failures import failure_of
from agent.imports.ledger import Ledger
from agent.imports.measurement import Imported
from agent.imports.traffic import Connect, Query, Request
from agent.records import IMPORTED_STAGE, Sweep, VantageState
from probes.page import status_and_location
from tests.corpora.neutral import Table, body_of, day_of, headers_of

#: Where a source tells no address: an invented one of the lab's.
SOMEWHERE = "44.0.0.1"


class Case:
    """The rows of one case, in the making: of one endpoint, on a line that is taken to work."""

    def __init__(self, evidence: Table, endpoint: str, host: str) -> None:
        self.started_at = datetime.fromisoformat(day_of((evidence.get("probe") or {}).get("date") or "")).replace(
            tzinfo=UTC
        )
        self.host, self.endpoint = host, endpoint
        self.ledger = Ledger("case", self.started_at, host)
        self.place = {"target": f"{host}/page", "endpoint": endpoint, "hostname": host}

    def imported(self) -> Imported:
        state = VantageState.NORMAL
        sweep = Sweep(
            sweep_id="case",
            started_at=self.started_at,
            stage=IMPORTED_STAGE,
            platforms=(self.host,),
            vantage_state=state,
            source_input=self.endpoint if self.endpoint.startswith("http") else "",
        )
        return Imported(sweep=sweep, observations=self.ledger.rows)

    def asked(self, one: Table) -> None:
        """A lookup; the only resolver that was asked is what a user of it is told by."""
        codes = one.get("rcode")
        code = next((each for each in codes if each != -1), None) if isinstance(codes, list) else codes
        failure = {2: "dns_servfail_error", 3: "dns_nxdomain_error", 5: "dns_refused_error"}.get(code or 0, "")
        answers = tuple(one.get("answers") or ())
        self.ledger.ask(
            Query(
                hostname=self.host,
                query_type="A",
                resolver="system",
                transport="udp",
                failure="" if answers else failure or failure_of(one.get("failure")) or "dns_no_answer",
                answers=answers,
                asns=(),
                depth=0,
                at_s=0,
            ),
            **self.place,
        )

    def tried(self, address: str, **said: Any) -> None:
        """A plain request over a connection of its own."""
        variation = said.pop("variation", "first")
        url = url_of(f"http://{self.host}/")
        if url is None:
            raise ValueError(self.host)
        said = {"status": None, "failure": "", "headers": {}, "body": b""} | said
        connect = Connect(address=address, port=80, failure="", depth=0, transaction=0, at_s=0)
        request = Request(
            url=url, method="GET", body_bytes=len(said["body"]) or None, depth=0, transaction=0, at_s=0, **said
        )
        self.ledger.connection_of(connect, None, request, **self.place, variation=variation)


def page_alone(evidence: Table) -> Imported:
    """A page that came over plain HTTP, and nothing else is known."""
    case = Case(evidence, "http://page.example/", "page.example")
    for one in evidence.get("http") or []:
        case.tried(SOMEWHERE, **_answer(one))
    return case.imported()


def _answer(one: Table) -> dict[str, Any]:
    """A page; some are kept with the head that they came with."""
    body, status, headers = body_of(one), one.get("status") or 200, headers_of(one)
    if body.startswith(b"HTTP/1."):
        told, location = status_and_location(body)
        status, headers = told or status, headers | ({"location": location} if location else {})
        body = body.partition(b"\r\n\r\n")[2]
    return {"status": status, "headers": headers, "body": body}


def reached(evidence: Table) -> Imported:
    """Servers of a network of relays: each was connected to, or sent what it should send back."""
    case = Case(evidence, "http://relays.example/", "relays.example")
    middlebox = evidence.get("middlebox") or {}
    for sent, received in zip(middlebox.get("sent") or [], middlebox.get("received") or [], strict=False):
        case.tried(SOMEWHERE, **({"status": 200} if sent == received else {"failure": "http_reply_malformed"}))
    for one in (evidence.get("tor_targets") or {}).values():
        failure = failure_of(one.get("failure"))
        case.tried(SOMEWHERE, **({"failure": failure} if failure else {"status": 200}))
    return case.imported()


def resolver_answer(evidence: Table) -> Imported:
    """What a resolver says of a name, and the page behind it where the source fetched that."""
    host = evidence["input"]
    pages = [one for one in evidence.get("http") or [] if one.get("status")]
    case = Case(evidence, f"http://{host}/" if pages else f"dns://{host}", host)
    for one in evidence.get("dns_local") or []:
        case.asked(one)
    for one in pages:
        case.tried(one.get("ip") or SOMEWHERE, status=one["status"], headers=headers_of(one), body=body_of(one))
    return case.imported()


def server_by_name(evidence: Table) -> Imported:
    """A server asked by the name, again and again, and by innocent ones (Hyperquack)."""
    case = Case(evidence, f"http://{_bare(evidence['input'])}/", _bare(evidence["input"]))
    tries = evidence.get("tries")
    if tries is None:
        said = evidence.get("http_error_text")
        tries = [{"ok": said is None and not evidence.get("http"), "error": said}]
    pages = list(evidence.get("http") or [])
    for one in tries:
        well = one.get("ok", one.get("matches_template"))
        variation = "control_name_here" if one.get("is_control") else "first"
        if well:
            case.tried(SOMEWHERE, status=200, variation=variation)
        elif pages and not one.get("is_control"):
            page = pages.pop(0)
            case.tried(
                page.get("ip") or SOMEWHERE,
                status=page.get("status"),
                headers=headers_of(page),
                body=body_of(page),
                failure="http_unexpected_status_code",
            )
        else:
            failure = failure_of(one.get("error")) or "http_unexpected_status_code"
            case.tried(SOMEWHERE, failure=failure, variation=variation)
    return case.imported()


def trace(evidence: Table) -> Imported:
    """A server asked by two names, with packets that die on the way and at last arrive (CenTrace).

    What only closes after the request died on the way is left out; what is left is the answer to a request.
    """
    found, host = evidence["tcp_trace"], evidence["input"]
    case = Case(evidence, f"http://{host}/", host)
    for name, variation in (("test", "first"), ("control", "control_name_here")):
        for one in found.get(name) or []:
            if (said := _outcome(one)) is not None:
                case.tried(str(one["server"]), variation=variation, **said)
    return case.imported()


def _outcome(one: Table) -> dict[str, Any] | None:
    """How a traced request ended; None where it never arrived."""
    replies = one.get("replies_after_payload") or []
    if not one.get("syn_ack"):
        return None
    with_data = next((reply for reply in replies if reply["length"]), None)
    if with_data is not None:
        head = str(with_data["head"])
        well = head.startswith("HTTP/") and head[9:12].isdigit()
        return {"status": int(head[9:12])} if well else {"failure": "http_reply_malformed"}
    if any("R" in reply["flags"] for reply in replies):
        return {"failure": "connection_reset"}
    return {"failure": "generic_timeout_error"} if not replies else None


def host_alone(evidence: Table) -> Table:
    """A case that names a host as a page of it, and the one resolver that was asked as the one that its user asks."""
    if not any(one.get("is_system") for one in evidence.get("dns_local") or []):
        for one in (evidence.get("dns_local") or [])[:1]:
            one["is_system"] = True
    return {**evidence, "input": f"https://{evidence['input']}/"}


def _bare(said: str) -> str:
    place: Url | None = url_of(said if "://" in said else f"http://{said}/")
    return place.host if place else said
