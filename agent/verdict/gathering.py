"""From a sweep's flat rows to lookups, tries, proofs, and what they say together of the line."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from agent.verdict.fingerprints import MECHANISM_OF_PAGE, is_bogon
from agent.verdict.seen import (
    CONTROL_ABROAD,
    CONTROL_AT_HOME,
    INNOCENT_BESIDE,
    INNOCENT_HERE,
    OTHER_PORT,
    PLAIN,
    RANDOM_NAME,
    SILENCE,
    Lookup,
    Outside,
    Surroundings,
    Try,
    union,
)
from probes.observation import Observation

#: Target, id of the endpoint, and the redirects followed from there.
Key = tuple[str, str, int]
#: Innocent questions that must all go without an answer: on a line that loses each tenth packet, each of which is sent
#: twice, a proxy for all questions looks so in two sweeps of a million.
INNOCENT_NEEDED = 4
#: What is spoken on the only ports that a redirect is followed to.
PROTOCOLS: Mapping[int, str] = {80: "http", 443: "https"}


def key_of(row: Observation) -> Key:
    """What a row belongs to."""
    return row.target, row.endpoint, row.hop


def lookups_of(observations: Iterable[Observation]) -> dict[str, tuple[Lookup, ...]]:
    """Lookups by name asked. A question is the rows that share a connection id."""
    questions: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for row in observations:
        if row.operation == "resolve" and row.was_run:
            questions[row.hostname, row.connection_id].append(row)
    found: dict[str, list[Lookup]] = defaultdict(list)
    for (hostname, _), replies in questions.items():
        replies.sort(key=lambda reply: -1 if reply.reply_index is None else reply.reply_index)
        first = replies[0]
        found[hostname].append(
            Lookup(
                resolver=first.resolver,
                transport=first.transport,
                query_type=first.query_type,
                replies=tuple(replies),
                variation=first.variation,
            )
        )
    return {hostname: tuple(lookups) for hostname, lookups in found.items()}


def tries_of(observations: Iterable[Observation]) -> dict[Key, tuple[Try, ...]]:
    """Tries by endpoint and hop."""
    connections: dict[tuple[Key, str, str], list[Observation]] = defaultdict(list)
    for row in observations:
        if row.operation in {"connect", "tls_handshake", "http_round_trip"} and row.was_run:
            connections[key_of(row), row.connection_id, row.variation].append(row)
    found: dict[Key, list[Try]] = defaultdict(list)
    for (key, *_), steps in connections.items():
        if one := Try.of(steps):
            found[key].append(one)
    return {key: tuple(tries) for key, tries in found.items()}


def quic_of(observations: Iterable[Observation]) -> dict[Key, tuple[Observation, ...]]:
    """Tries over QUIC by endpoint and hop."""
    found: dict[Key, list[Observation]] = defaultdict(list)
    for row in observations:
        if row.operation == "quic_handshake" and row.was_run:
            found[key_of(row)].append(row)
    return {key: tuple(rows) for key, rows in found.items()}


def outside_of(observations: Iterable[Observation]) -> dict[Key, Outside]:
    """What others saw from elsewhere, by endpoint and hop. Nothing of it is mixed with what was seen here."""
    rows: dict[Key, list[Observation]] = defaultdict(list)
    for row in observations:
        rows[key_of(row)].append(row)
    tries = tries_of(row for seen in rows.values() for row in seen)
    return {
        key: Outside(
            lookups=tuple(lookup for found in lookups_of(seen).values() for lookup in found),
            tries=tries.get(key, ()),
            pages=tuple(row for row in seen if row.operation == "http_round_trip" and row.was_run),
        )
        for key, seen in rows.items()
    }


def not_run_of(observations: Iterable[Observation]) -> dict[Key, tuple[Observation, ...]]:
    """Rows of what was planned and left out, by endpoint and hop."""
    found: dict[Key, list[Observation]] = defaultdict(list)
    for row in observations:
        if not row.was_run:
            found[key_of(row)].append(row)
    return {key: tuple(rows) for key, rows in found.items()}


def places_of(observations: Iterable[Observation]) -> dict[Key, tuple[str, int]]:
    """Host and port by endpoint and hop, of the hops that redirects led to.

    A redirect that was not followed has no place: its row names no host.
    """
    return {
        key_of(row): (row.hostname, row.port)
        for row in observations
        if row.operation == "connect" and row.variation in PLAIN and row.hop > 0
        if row.hostname and row.port is not None and row.port in PROTOCOLS
    }


def was_cut(one: Try, protocol: str) -> bool:
    """Whether a try of an endpoint as it is was ended by us between two steps: it neither failed nor went well."""
    last = {"tcp": "connect", "http": "http_round_trip", "https": "http_round_trip"}.get(protocol)
    return one.variation in PLAIN and one.failure == "" and one.steps[-1].operation != last


def proofs_of(observations: Iterable[Observation]) -> Mapping[str, frozenset[str]]:
    """Addresses by name that showed a valid certificate for it, when it was asked for by that name.

    Swap tests are left out: they isolate, and clear nobody.
    """
    proofs: dict[str, set[str]] = defaultdict(set)
    for row in observations:
        asked_by_name = row.variation in PLAIN and row.server_name == row.hostname != ""
        if row.operation in {"tls_handshake", "quic_handshake"} and row.succeeded and asked_by_name:
            proofs[row.hostname].add(row.address)
    return {hostname: frozenset(addresses) for hostname, addresses in proofs.items()}


def surroundings_of(observations: Sequence[Observation]) -> Surroundings:
    """What all rows of a sweep together say of the line."""
    questions = [row for row in observations if row.operation == "resolve" and row.was_run]
    asked = [row for row in questions if row.variation in PLAIN]
    proofs = proofs_of(observations)
    proven = union(proofs.values())
    return Surroundings(
        working_resolvers=frozenset(
            row.resolver
            for row in questions
            if row.variation in {*PLAIN, INNOCENT_BESIDE} and row.succeeded and _looks_honest(row)
        ),
        loses_questions=any(
            row.resolver == "system"
            and row.query_type == "A"
            and row.failure in SILENCE
            and not proofs.get(row.hostname, frozenset()).isdisjoint(_told_by_system(row.hostname, asked))
            for row in asked
        ),
        open_ports=frozenset(
            (row.address, row.port)
            for row in observations
            if row.operation == "connect" and row.succeeded and row.variation in {*PLAIN, OTHER_PORT}
        ),
        silent_share=_silent_share(observations),
        shared_strangers=_shared_strangers(asked, proven),
        unanswering=_unanswering(row for row in questions if row.variation == INNOCENT_HERE),
        filters=frozenset(row.address for row in observations if row.fingerprint in MECHANISM_OF_PAGE) - proven,
        search_pages=union(frozenset(row.answers) for row in questions if row.variation == RANDOM_NAME) - proven,
        refusing=_refusing(observations),
        quic_controls=tuple(row for row in observations if row.variation in {CONTROL_ABROAD, CONTROL_AT_HOME}),
    )


def without_search_pages(observations: Iterable[Observation], search_pages: frozenset[str]) -> list[Observation]:
    """The rows, with the answers that lead to the provider's search page read as what they mean: no such name."""
    return [
        replace(row, failure="dns_nxdomain_error", answers=())
        if row.resolver == "system" and row.variation in PLAIN and row.answers and search_pages.issuperset(row.answers)
        else row
        for row in observations
    ]


def _looks_honest(row: Observation) -> bool:
    return any(not is_bogon(address) for address in row.answers)


def _silent_share(observations: Iterable[Observation]) -> float:
    """How many connections this line loses: those that met silence where the next ones came about.

    Silence after a success is not counted: a port that is shut as a punishment looks so.
    """
    made, silent, waiting = 0, 0, Counter[tuple[str, int | None]]()
    for row in observations:
        if row.operation == "connect" and row.variation in PLAIN and row.failure in SILENCE:
            waiting[row.address, row.port] += 1
        elif row.operation == "connect" and row.variation in PLAIN and row.succeeded:
            lost = waiting.pop((row.address, row.port), 0)
            made, silent = made + 1 + lost, silent + lost
    return silent / made if made else 0.0


def _told_by_system(hostname: str, asked: Iterable[Observation]) -> frozenset[str]:
    return union(frozenset(row.answers) for row in asked if row.resolver == "system" and row.hostname == hostname)


def _unanswering(innocent: Iterable[Observation]) -> frozenset[str]:
    """Addresses at which as many innocent questions as are needed drew no message."""
    asked: dict[str, set[str]] = defaultdict(set)
    answered = set()
    for row in innocent:
        asked[row.address].add(row.connection_id)
        if row.reply_index is not None:
            answered.add(row.address)
    return frozenset(address for address, questions in asked.items() if len(questions) >= INNOCENT_NEEDED) - answered


def _refusing(observations: Iterable[Observation]) -> frozenset[str]:
    rows = [row for row in observations if row.purpose == "target" and row.variation in PLAIN]
    proven = {row.connection_id for row in rows if row.operation == "tls_handshake" and row.succeeded}
    return frozenset(row.platform for row in rows if row.connection_id in proven and row.status_code in {403, 451})


def _shared_strangers(asked: Iterable[Observation], proven: frozenset[str]) -> frozenset[str]:
    platforms: dict[str, set[str]] = defaultdict(set)
    for row in asked:
        if row.resolver == "system" and row.purpose == "target":
            for address in row.answers:
                platforms[address].add(row.platform)
    return frozenset(address for address, keys in platforms.items() if len(keys) > 1) - proven
