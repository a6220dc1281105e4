"""What would have changed a verdict's mind: its evidence with one thing other than it was, judged by the same rules.

Nothing is said here that the rules do not say themselves when they are asked again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any

from agent.records import VantageState
from agent.verdict.evidence import Evidence
from agent.verdict.finding import unique
from agent.verdict.fingerprints import SCOPE_OF_PAGE
from agent.verdict.judge import judge_way
from agent.verdict.records import State
from agent.verdict.seen import PLAIN, Lookup, Outside, Try
from probes.observation import Observation

#: Who is named as the observer of what is only supposed.
IMAGINED = "helper/imagined"
#: Parts of the evidence that have a supposition of their own, or that say what was measured and not what was seen.
_OWN = frozenset({"endpoint", "hop", "retired", "vantage", "lookups", "tries", "not_run", "proven", "corroborated"}) | {
    "surroundings", "outside", "imported",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposition:
    """One thing that might have been otherwise, and the evidence as it would have been."""

    #: Which thing, of those that `suppositions` knows.
    kind: str
    #: What it concerns: a variation, a resolver, a part of the evidence. Empty: nothing in particular.
    of: str = ""
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """A supposition, and what the verdict on the endpoint would then have been."""

    kind: str
    of: str = ""
    state: State
    mechanisms: tuple[str, ...]


def otherwise(way: Sequence[Evidence]) -> tuple[Otherwise, ...]:
    """Each supposition about an endpoint, or a hop of its redirects, that would have changed what is said of it."""
    actual = judge_way(way)
    found = []
    for number, hop in enumerate(way):
        for one in suppositions(hop):
            finding = judge_way([*way[:number], one.evidence, *way[number + 1 :]])
            if (finding.state, finding.mechanisms) != (actual.state, actual.mechanisms):
                found.append(Otherwise(kind=one.kind, of=one.of, state=finding.state, mechanisms=finding.mechanisms))
    return tuple(dict.fromkeys(found))


def suppositions(evidence: Evidence) -> Iterator[Supposition]:
    """What might have been otherwise, one thing at a time, in the order in which a reader would ask."""
    if evidence.vantage is not VantageState.NORMAL:
        yield Supposition(kind="line_normal", evidence=replace(evidence, vantage=VantageState.NORMAL))
    yield from _of_own_tries(evidence)
    if any(step.fingerprint in SCOPE_OF_PAGE for one in evidence.tries for step in one.steps):
        unlisted = tuple(unrecognised(one) for one in evidence.tries)
        yield Supposition(kind="unlisted_page", evidence=replace(evidence, tries=unlisted))
    yield from _of_variations(evidence)
    yield from _of_its_name(evidence)
    yield from _of_the_outside(evidence)
    leaning = "alone" if evidence.corroborated else "corroborated"
    yield Supposition(kind=leaning, evidence=replace(evidence, corroborated=not evidence.corroborated))
    for part in fields(evidence):
        default = part.default_factory() if part.default_factory is not MISSING else part.default
        if part.name not in _OWN and getattr(evidence, part.name) != default:
            without: dict[str, Any] = {part.name: default}
            yield Supposition(kind="without", of=part.name, evidence=replace(evidence, **without))


def _of_its_name(evidence: Evidence) -> Iterator[Supposition]:
    """Honest answers from everybody, where a true address is known; and each resolver left out."""
    true = evidence.proven or evidence.told_securely
    if true and evidence.told != true:
        answered = tuple(honest(lookup, true) for lookup in evidence.lookups)
        yield Supposition(kind="honest_answers", evidence=replace(evidence, lookups=answered, at_no_resolver=()))
    for resolver in unique(lookup.resolver for lookup in evidence.controls):
        rest = tuple(lookup for lookup in evidence.lookups if lookup.resolver != resolver)
        yield Supposition(kind="without_resolver", of=resolver, evidence=replace(evidence, lookups=rest))
    if evidence.proven:
        yield Supposition(kind="no_proof", evidence=replace(evidence, proven=frozenset()))


def _of_own_tries(evidence: Evidence) -> Iterator[Supposition]:
    failing = [one for one in evidence.plain_tries if not one.went_well]
    if not failing or evidence.works:
        return
    first = failing[0]
    proof = {first.address} if evidence.endpoint.protocol == "https" else set()
    yield Supposition(
        kind="one_went_well",
        evidence=replace(evidence, tries=(*evidence.tries, mended(first)), proven=evidence.proven | proof),
    )
    if len(failing) > 1:
        once = tuple(one for one in evidence.tries if one is first or one not in failing)
        yield Supposition(kind="tried_once", evidence=replace(evidence, tries=once))


def _of_variations(evidence: Evidence) -> Iterator[Supposition]:
    """Each group of tries that changed one thing: left out, answered where it failed, failing where it was answered."""
    failing = [one for one in evidence.plain_tries if not one.went_well]
    for variation in unique(one.variation for one in evidence.tries if one.variation not in PLAIN):
        group = evidence.varied(variation)
        rest = tuple(one for one in evidence.tries if one.variation != variation)
        yield Supposition(kind="without_variation", of=variation, evidence=replace(evidence, tries=rest))
        if not any(one.answered for one in group):
            turned = tuple(mended(one, stranger=True) for one in group)
            yield Supposition(kind="answered", of=variation, evidence=replace(evidence, tries=(*rest, *turned)))
        elif failing:
            turned = tuple(failing_like(failing[0], one) for one in group)
            yield Supposition(kind="failed_alike", of=variation, evidence=replace(evidence, tries=(*rest, *turned)))


def _of_the_outside(evidence: Evidence) -> Iterator[Supposition]:
    failing = [one for one in evidence.plain_tries if not one.went_well]
    if evidence.outside != Outside():
        yield Supposition(kind="no_outside", evidence=replace(evidence, outside=Outside()))
    elif failing and not evidence.works:
        at_each = {one.address: one for one in failing}.values()
        reached = tuple(_elsewhere(mended(one)) for one in at_each)
        failed = tuple(_elsewhere(one) for one in at_each)
        yield Supposition(kind="outside_reached", evidence=replace(evidence, outside=Outside(tries=reached)))
        yield Supposition(kind="outside_failed", evidence=replace(evidence, outside=Outside(tries=failed)))


def mended(one: Try, *, stranger: bool = False) -> Try:
    """The try as it would have been had every step gone well; of a `stranger`, had its server answered as itself.

    A stranger under TLS shows the certificate of another name, and is asked for no page.
    """
    connect = replace(one.connect, failure="")
    secure = one.tls is not None or (one.http is None and one.connect.port == 443)
    tls = _step(one.tls or connect, "tls_handshake", "ssl_invalid_hostname" if stranger else "") if secure else None
    wants_page = not (stranger and secure)
    http = replace(_step(one.http or connect, "http_round_trip", ""), status_code=404 if stranger else 200)
    return replace(one, connect=connect, tls=tls, http=http if wants_page else None)


def unrecognised(one: Try) -> Try:
    """The try as it would have been had no list known the page that came."""

    def of(step: Observation | None) -> Observation | None:
        return replace(step, fingerprint="") if step is not None and step.fingerprint in SCOPE_OF_PAGE else step

    return replace(one, tls=of(one.tls), http=of(one.http))


def failing_like(pattern: Try, one: Try) -> Try:
    """The try `one` as it would have been had it failed where, and as, `pattern` did."""

    def like(step: Observation | None, own: Observation | None) -> Observation | None:
        row = own or one.connect
        return replace(_step(row, step.operation, step.failure), fingerprint=step.fingerprint) if step else None

    return replace(
        one,
        connect=replace(one.connect, failure=pattern.connect.failure),
        tls=like(pattern.tls, one.tls),
        http=like(pattern.http, one.http),
    )


def honest(lookup: Lookup, true: frozenset[str]) -> Lookup:
    """The lookup as it would have been had its one reply given the true addresses."""
    first = lookup.replies[0]
    of_type = tuple(sorted(address for address in true if (":" in address) == (lookup.query_type == "AAAA")))
    failure = "" if of_type else "dns_no_answer"
    return replace(lookup, replies=(replace(first, answers=of_type, failure=failure, reply_index=0),))


def _elsewhere(one: Try) -> Try:
    def seen(step: Observation | None) -> Observation | None:
        return replace(step, observer=IMAGINED) if step else None

    return replace(one, connect=replace(one.connect, observer=IMAGINED), tls=seen(one.tls), http=seen(one.http))


def _step(row: Observation, operation: str, failure: str) -> Observation:
    return replace(
        row, operation=operation, failure=failure, fingerprint="", server_name=row.server_name or row.hostname
    )
