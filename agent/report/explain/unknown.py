"""What the rows of an endpoint leave open, whatever its verdict. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from agent.language import _
from agent.records import VantageState
from agent.report.explain import words
from agent.report.stored import failure_words
from agent.verdict.evidence import Evidence
from agent.verdict.finding import CONDEMNED
from agent.verdict.judge import judge
from agent.verdict.records import State
from agent.verdict.seen import Outside


def unknown_of(evidence: Evidence) -> Iterator[str]:
    """What remains unknown of the endpoint, or of the hop, a sentence each."""
    state = judge(evidence).state
    if state is State.RETIRED:
        return
    if evidence.vantage is not VantageState.NORMAL:
        yield _(words.UNKNOWN["line"])
    if state in CONDEMNED:
        yield _(words.UNKNOWN["who"])
    if state is State.LIKELY_BLOCKED:
        yield _(words.UNKNOWN["artefact"])
    if state is State.IMPAIRED:
        yield _(words.UNKNOWN["cause"])
    yield from _of_the_outside(evidence, state)
    if evidence.not_run:
        left = dict.fromkeys(failure_words(row.failure) for row in evidence.not_run)
        yield _(words.UNKNOWN["left_out"]).format(reasons=_(", ").join(left))
    has_ipv6 = any(":" in address for lookup in evidence.lookups for address in lookup.answers)
    if has_ipv6 and not any(":" in one.address for one in evidence.tries):
        yield _(words.UNKNOWN["ipv6"])
    if evidence.endpoint.protocol == "http" and state is State.OK:
        yield _(words.UNKNOWN["page"])


def _of_the_outside(evidence: Evidence, state: State) -> Iterator[str]:
    """That nobody elsewhere was asked; or that whoever was asked does not settle it."""
    if state is not State.OK and evidence.outside == Outside():
        yield _(words.UNKNOWN["elsewhere"])
    elif state is State.IMPAIRED and not evidence.imported:
        yield _(words.UNKNOWN["helper"])
