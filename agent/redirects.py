"""Where a redirect may be followed to: inside the platform's domains, each place once, ten at most. Pure decisions.

Each hop is an endpoint of its own. What it learns is kept under the endpoint that was redirected, with its number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from agent.catalog.address import is_hostname, is_within
from agent.catalog.records import Endpoint
from agent.plan import Task

#: Redirects followed in a row. OONI's web connectivity test follows as many.
HOPS_MAX = 10
ELSEWHERE, LIMIT = "not_run_redirect_elsewhere", "not_run_redirect_limit"
#: The only ports that are visited. A stranger's answer must not send the volunteer to whatever port it likes; and the
#: port of a row alone tells what was spoken there, so that verdicts can be made again from rows.
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """What a redirect means for the measurement: the next endpoint, or the end of the way."""

    #: None: the way ends.
    endpoint: Endpoint | None = None
    #: Why it ends although the redirect leads on: the failure of the row that says so. Empty when it does not end, or
    #: ends at a place that is measured anyway.
    failure: str = ""


def onward(task: Task, url: str, visited: Sequence[Endpoint], *, is_private: Callable[[str], bool]) -> Onward:
    """What follows from a redirect to `url` after the endpoints `visited`, of which the first is the task's own.

    `is_private` says whether a host's name holds something of the volunteer's, so that no row may name it.
    """
    hop = _endpoint_at(url, task)
    if hop is None or is_private(hop.hostname):
        return Onward(failure=ELSEWHERE)
    # In a pool one member is enough, so that no verdict can lean on another's.
    measured_anyway = task.target.endpoints if task.target.combine == "all_of" else ()
    if _place(hop) in map(_place, (*visited, *measured_anyway)):
        return Onward()
    return Onward(failure=LIMIT) if len(visited) > HOPS_MAX else Onward(endpoint=hop)


def _endpoint_at(url: str, task: Task) -> Endpoint | None:
    """The endpoint that a URL stands for. None: it is none of the platform's own web pages."""
    parts = urlsplit(url)
    hostname = parts.hostname or ""
    port = PORTS.get(parts.scheme)
    if port is None or parts.port not in {None, port}:
        return None
    if not is_hostname(hostname) or not is_within(hostname, task.platform.domains):
        return None
    return replace(
        task.endpoint,
        protocol=parts.scheme,
        hostname=hostname,
        addresses=(),
        port=port,
        path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        trust=_trust_of(hostname, task),
    )


def _trust_of(hostname: str, task: Task) -> str:
    """Whose certificates a host shows: what the catalog says of one of its endpoints, or the public authorities'."""
    known = (endpoint for target in task.platform.targets for endpoint in target.endpoints)
    return next((endpoint.trust for endpoint in known if endpoint.hostname == hostname), "web")


def _place(endpoint: Endpoint) -> tuple[str, str, int, str]:
    return endpoint.protocol, endpoint.hostname, endpoint.port, endpoint.path
