"""What was tried of an endpoint, in order: rows put into sentences. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from agent.calendars import digits
from agent.language import _
from agent.report.explain import words
from agent.report.stored import failure_words
from agent.verdict.fingerprints import MECHANISM_OF_PAGE
from agent.verdict.flows import rate
from agent.verdict.quic_signs import shook_hands
from agent.verdict.seen import PLAIN, Try
from probes.observation import Observation

__all__ = ["Step", "changes_of", "failure_words", "steps_of", "variation_words"]

#: Questions to one resolver that begin further apart are told apart.
TOGETHER = timedelta(seconds=1)
#: How the variations begin that compare speeds.
TRANSFER = "transfer_"
#: Variations whose words say already that they are made over QUIC.
NAME_QUIC = frozenset({"control_abroad", "control_at_home"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One question or connection, and what came of it."""

    #: Seconds since the sweep began.
    at_s: float
    #: What was done, in words.
    what: str
    #: What came back, in words.
    came: str
    #: Ids of its rows.
    observations: tuple[str, ...]


def steps_of(rows: Iterable[Observation], began_at: datetime) -> tuple[Step, ...]:
    """The rows of an endpoint, and those of the questions about its name, as steps in the order of their beginnings.

    The rows of one connection are a step. So are the questions to one resolver about one name, each time it was asked.
    """
    groups: dict[tuple[str, ...], list[Observation]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.observed_at):
        group = _group_of(row)
        asked_before = row.operation == "resolve" and group in groups
        if asked_before and row.observed_at - groups[group][-1].observed_at > TOGETHER:
            earlier = groups.pop(group)
            groups[*group, earlier[0].observation_id] = earlier
        groups[group].append(row)
    steps = [
        Step(
            at_s=(min(row.observed_at for row in group) - began_at).total_seconds(),
            what=_what(group[0]),
            came=_replies(group) if group[0].operation == "resolve" else _came(group),
            observations=tuple(row.observation_id for row in group),
        )
        for group in groups.values()
    ]
    return tuple(sorted(steps, key=lambda step: (step.at_s, step.observations)))


def changes_of(tries: Sequence[Try], quic: Sequence[Observation] = ()) -> tuple[str, ...]:
    """What each change came to, a sentence each: against the first failing try, in speed, and over QUIC."""
    return (*_against_the_first_failure(tries), *_speeds(tries), *_over_quic(quic))


def _against_the_first_failure(tries: Sequence[Try]) -> Iterator[str]:
    """None where nothing failed. Transfers are compared by their speed."""
    own = [one for one in tries if one.variation in PLAIN]
    if not (failing := next((one for one in own if not one.went_well), None)):
        return
    others: dict[str, list[Try]] = defaultdict(list)
    for one in tries:
        if one.variation == "first" and one.address != failing.address:
            others["another_address"].append(one)
        elif one.variation != "first" and not one.variation.startswith(TRANSFER):
            others[one.variation].append(one)
    for variation, group in others.items():
        yield f"{variation_words(variation)}: {_counted([_beside(one, failing) for one in group])}."


def _speeds(tries: Sequence[Try]) -> Iterator[str]:
    """How fast the transfers under each name flowed: the middle one's speed, or how they failed."""
    for variation in dict.fromkeys(one.variation for one in tries if one.variation.startswith(TRANSFER)):
        group = [one for one in tries if one.variation == variation]
        if speeds := [speed for one in group if (speed := rate(one)) is not None]:
            middle = _speed(median(speeds))
            came = _(words.SPEED).format(speed=middle, n=digits(len(speeds))) if len(speeds) > 1 else middle
        else:
            came = _counted([failure_words(one.failure) or _(words.ANSWERED) for one in group])
        yield f"{variation_words(variation)}: {came}."


def _over_quic(rows: Sequence[Observation]) -> Iterator[str]:
    """What each change against the first failing handshake over QUIC came to."""
    if not (failing := next((row for row in rows if row.variation in PLAIN and not shook_hands(row)), None)):
        return
    others: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.failure == failing.failure:
            outcome = _(words.THE_SAME)
        else:
            outcome = _(words.ANSWERED) if shook_hands(row) else _otherwise(failure_words(row.failure))
        if row is not failing:
            others["another_address" if row.variation == "first" else row.variation].append(outcome)
    for variation, outcomes in others.items():
        changed = variation_words(variation)
        if variation not in NAME_QUIC:
            changed = _(words.OVER_QUIC).format(variation=changed)
        yield f"{changed}: {_counted(outcomes)}."


def variation_words(variation: str) -> str:
    """What a variation changed."""
    return (
        _(words.VARIATIONS[variation])
        if variation in words.VARIATIONS
        else _(words.UNKNOWN_VARIATION).format(variation.replace("_", " "))
    )


def _group_of(row: Observation) -> tuple[str, ...]:
    if row.operation == "resolve" and row.was_run:
        return row.observer, row.hostname, row.resolver, row.transport, row.variation
    return row.observer, row.connection_id or row.observation_id, row.variation


def _what(row: Observation) -> str:
    what = _done(row)
    by_another = row.observer and not (row.was_run and row.operation == "ask_helper")
    return _(words.OBSERVER).format(observer=row.observer, what=what) if by_another else what


def _done(row: Observation) -> str:
    if not row.was_run:
        return _(words.LEFT_OUT_AT).format(address=row.address) if row.address else _(words.LEFT_OUT)
    if row.operation == "resolve":
        return _asked(row)
    if row.operation == "ask_helper":
        return _(words.ASKED_HELPER).format(observer=row.observer)
    if not row.address:
        return _(words.PAGE)
    return _(words.AT_UNDER if row.hostname else words.AT).format(
        variation=variation_words(row.variation), address=row.address, port=row.port or "-", name=row.hostname
    )


def _asked(row: Observation) -> str:
    who = _(words.RESOLVERS.get(row.resolver, words.RESOLVER if row.resolver else words.OWN_RESOLVER))
    who = who.format(name=row.resolver, transport=row.transport)
    asked = _(words.ASKED).format(resolver=who, name=row.hostname)
    if row.variation in words.QUESTIONS:
        asked = _(words.QUESTIONS[row.variation]).format(asked=asked)
    return _(words.AGAIN).format(asked=asked) if row.variation == "fresh_port" else asked


def _replies(rows: Sequence[Observation]) -> str:
    """The replies to one resolver's questions: by type, in order of arrival."""
    questions: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for row in rows:
        questions[row.query_type, row.connection_id].append(row)
    return _("; ").join(f"{query_type} {_in_order(replies)}" for (query_type, connection), replies in questions.items())


def _in_order(replies: list[Observation]) -> str:
    replies.sort(key=lambda reply: reply.reply_index or 0)
    first = replies[0]
    told = [_reply(first)]
    for later in replies[1:]:
        gap_ms = (later.duration_ms or 0.0) - (first.duration_ms or 0.0)
        told.append(_(words.LATER).format(ms=digits(f"{gap_ms:.0f}"), reply=_reply(later)))
    return _(", ").join(told)


def _reply(row: Observation) -> str:
    return ", ".join(row.answers) or (failure_words(row.failure) if row.failure else _(words.NO_ADDRESS))


def _came(rows: Sequence[Observation]) -> str:
    last = next((row for row in rows if row.failure), rows[-1])
    told = _(", ").join(_outcomes(rows))
    if last.duration_ms is None:
        return told
    return _(words.AFTER).format(what=told, span=_span(last.duration_ms))


def _outcomes(rows: Iterable[Observation]) -> Iterator[str]:
    for row in rows:
        operation = _(words.OPERATIONS.get(row.operation, row.operation.replace("_", " ")))
        if not row.was_run:
            yield failure_words(row.failure)
        elif row.failure and row.operation == "http_round_trip" and not row.address:
            yield failure_words(row.failure)  # what was done says already that it is the page
        elif row.failure:
            yield _(words.FAILED).format(operation=operation, failure=failure_words(row.failure))
        else:
            well = _(words.WENT_WELL.get(row.operation, words.WELL))
            yield well.format(status=digits(row.status_code), operation=operation)
        if row.fingerprint in MECHANISM_OF_PAGE:
            yield _(words.KNOWN_PAGE).format(row.fingerprint)


def _span(ms: float) -> str:
    if ms < 1000:
        return _(words.MILLISECONDS).format(n=digits(f"{ms:.0f}"))
    return _(words.SECONDS).format(n=digits(f"{ms / 1000:.1f}"))


def _counted(outcomes: Sequence[str]) -> str:
    """What became of a group of tries, each outcome with its count where there are several."""
    if len(outcomes) == 1:
        return outcomes[0]
    return _("; ").join(
        _(words.K_OF_N).format(k=digits(outcomes.count(outcome)), n=digits(len(outcomes)), what=outcome)
        for outcome in dict.fromkeys(outcomes)
    )


def _speed(bytes_per_ms: float) -> str:
    kbit_s = bytes_per_ms * 8
    if kbit_s < 1000:
        return _(words.KBIT_S).format(n=digits(f"{kbit_s:.0f}"))
    return _(words.MBIT_S).format(n=digits(f"{kbit_s / 1000:.1f}"))


def _end(one: Try) -> tuple[str, int, str]:
    """How a try ended and where; a filter's page is an end like another."""
    return one.failure, len(one.steps), one.http.fingerprint if one.http else ""


def _beside(one: Try, failing: Try) -> str:
    """Whether it failed where and as the failing try did, was answered, or failed otherwise."""
    if not one.went_well and _end(one) == _end(failing):
        return _(words.THE_SAME)
    if one.failure == failing.failure != "":
        return _(words.THE_SAME_ELSEWHERE)
    if not one.failure and not one.went_well:
        return _otherwise(_(words.NOT_ITS_ANSWER))
    if one.answered or one.went_well:
        return _(words.ANSWERED)
    return _otherwise(failure_words(one.failure))


def _otherwise(how: str) -> str:
    return _(words.OTHERWISE).format(how=how)
