"""What the rules ask of the evidence about connections. Every sign returns the observations that show it, or None."""

from __future__ import annotations

from collections.abc import Iterable

from agent.language import N_
from agent.verdict.evidence import Evidence
from agent.verdict.fingerprints import MECHANISM_OF_PAGE
from agent.verdict.seen import Try
from probes.observation import Observation

Witnesses = tuple[Observation, ...] | None
#: A refused port is not here: a server that is down, or has closed that port, refuses too.
CONNECT_FAILURES = {
    "generic_timeout_error": "tcp.timeout",
    "timed_out": "tcp.timeout",
    "connection_reset": "tcp.reset",
    "connection_aborted": "tcp.reset",
}
#: Tries that fail, of those at addresses where one goes well.
SHARE_FAILING = N_("{failing} of {all}")


def cut_short(evidence: Evidence) -> Witnesses:
    """The endpoint was left in the middle, and what was seen until then shows no failure that could be judged."""
    stopped = some(row for row in evidence.not_run if row.failure in {"not_run_interrupted", "not_run_budget"})
    return None if evidence.works else stopped


def failed_connects(evidence: Evidence) -> Witnesses:
    """No connection to the endpoint's own addresses came about."""
    if not evidence.plain_tries or any(one.connected for one in evidence.plain_tries):
        return None
    return tuple(one.connect for one in evidence.plain_tries)


def addresses_out_of_reach(evidence: Evidence) -> Witnesses:
    """Connections that failed again and again, in ways that no server chooses, to addresses that are the endpoint's.

    An address that takes connections on another port is within reach: then this port alone is closed.
    """
    tries = evidence.plain_tries
    if not evidence.repeated or evidence.open_beside or not all(one.address in evidence.genuine for one in tries):
        return None
    return failed_connects(evidence) if all(one.connect.failure in CONNECT_FAILURES for one in tries) else None


def kind_of_connect_failure(evidence: Evidence) -> Iterable[str]:
    failures = {one.connect.failure for one in evidence.plain_tries}
    return {CONNECT_FAILURES[failure] for failure in failures if failure in CONNECT_FAILURES}


def failed_steps(evidence: Evidence, layer: str) -> Witnesses:
    """The endpoint connects and then fails at `layer` ('tls' or 'http'), and never works."""
    if evidence.works:
        return None
    return some(step for one in evidence.plain_tries if (step := one.at(layer)) is not None and step.failure)


def block_pages(evidence: Evidence, layer: str) -> Witnesses:
    """Known block pages, in answer to the endpoint as it is, over a channel that no certificate vouches for.

    Those from addresses that a forged answer led to are left out: that is the name system's doing.
    """
    tries = (one for one in evidence.plain_tries if one.address not in evidence.disowned)
    steps = (one.at(layer) for one in tries if layer == "tls" or one.tls is None)
    return some(step for step in steps if step is not None and step.fingerprint in MECHANISM_OF_PAGE)


def kind_of_block_page(evidence: Evidence, layer: str) -> Iterable[str]:
    return {MECHANISM_OF_PAGE[row.fingerprint] for row in block_pages(evidence, layer) or ()}


def refusals(evidence: Evidence, *, authenticated: bool) -> Witnesses:
    """Answers 403 or 451, from a server that proved to be the endpoint's (`authenticated`) or over plain HTTP."""
    rows = (one.http for one in evidence.plain_tries if (one.tls is not None and one.tls.succeeded) == authenticated)
    return some(row for row in rows if row is not None and row.succeeded and row.status_code in {403, 451})


def broken_redirects(evidence: Evidence) -> Witnesses:
    """Redirects that name no host, where nothing better is answered."""
    if evidence.works:
        return None
    answered = (one.http for one in evidence.plain_tries if one.tls is None or one.tls.succeeded)
    return some(row for row in answered if row is not None and row.failure == "http_invalid_redirect_location_host")


def successes(evidence: Evidence) -> Witnesses:
    """What shows that the endpoint works: a try that went well."""
    return some(one.steps[-1] for one in evidence.plain_tries if one.went_well)


def stumbles(evidence: Evidence) -> Witnesses:
    """Failures of tries at an address where another try goes well: somebody, or the line, interferes now and then.

    Of a dead address beside a living one nothing is said here: a pool has such.
    """
    return some(
        next(step for step in one.steps if step.failure) for one in _at_living_addresses(evidence) if one.failure
    )


def share_failing(evidence: Evidence) -> str:
    """How many of the tries at addresses where one goes well fail, as "1 of 3"."""
    tries = _at_living_addresses(evidence)
    return SHARE_FAILING.format(failing=sum(one.failure != "" for one in tries), all=len(tries))


def _at_living_addresses(evidence: Evidence) -> list[Try]:
    living = {one.address for one in evidence.plain_tries if one.went_well}
    return [one for one in evidence.plain_tries if one.address in living]


def some(rows: Iterable[Observation]) -> Witnesses:
    """`rows` as witnesses; no rows at all is no sign."""
    return tuple(rows) or None
