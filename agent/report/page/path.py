"""Where on the way from a name to a page it broke, and what the swap tests showed: a picture's facts. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from agent.language import _
from agent.report.explain import words
from agent.report.explain.steps import failure_words, variation_words
from agent.report.explain.story import HopStory
from agent.verdict.finding import ACCUSING
from agent.verdict.gathering import tries_of
from agent.verdict.seen import OTHER_PORT, PLAIN, Try
from probes.observation import Observation

#: The stations of a page, in order; those beside it are shown where they were asked, or a rule spoke of them.
STATIONS = ("dns", "tcp", "tls", "http")
BESIDE = ("quic", "speed")
#: What is asked in each protocol of the catalog's addresses, by their scheme.
ASKED = {
    "https": ("dns", "tcp", "tls", "http"),
    "http": ("dns", "tcp", "http"),
    "post": ("tcp", "http"),
    "tcp": ("dns", "tcp"),
    "dns": ("dns",),
}
#: Of a redirect's rows the port alone tells what was spoken.
SCHEMES = {443: "https", 80: "http"}
OPERATIONS = {"tcp": "connect", "tls": "tls_handshake", "http": "http_round_trip"}


class Came(StrEnum):
    """How the endpoint's own tries fared at a station."""

    PASSED = "passed"
    BROKE = "broke"
    #: Some passed, and some broke.
    MIXED = "mixed"
    NOT_REACHED = "not_reached"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One station of the path."""

    layer: str
    came: Came
    #: Own tries, or questions, that got past it, of those that came so far.
    passed: int = 0
    reached: int = 0
    #: What came back where not all passed, in the current language. Empty: nothing to say.
    saw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """Tries that are alike: the endpoint's own, or those with one thing changed."""

    #: As in the rows' `variation`; own tries are `first`.
    variation: str
    #: What was changed, in the current language.
    changed: str
    #: The names sent, and the addresses they were sent to. A name is empty where none was sent.
    names: tuple[str, ...]
    addresses: tuple[str, ...]
    #: What came back and in how many of the tries, in the current language, the commonest first.
    came: tuple[tuple[str, int], ...]
    tries: int


def stations_of(endpoint: str, hop: HopStory, rows: Iterable[Observation]) -> tuple[Station, ...]:
    """The stations of an endpoint, or of a redirect's end, from its own rows: swapped tries and helpers' are not it.

    Names and connections say where it broke, and a rule that accuses says so of its layer: an answer may be a lie.
    """
    own = [row for row in _of(hop, rows) if not row.observer and row.variation in PLAIN]
    tries = [one for group in tries_of(own).values() for one in group]
    accused = {one.layer for one in hop.spoken if one.state in ACCUSING}
    asked = _asked(endpoint, own)
    made = [_name(own, accused) if layer == "dns" else _step(layer, tries, accused) for layer in asked]
    by_layer = {one.layer: one for one in made}
    if not_reached := next((one for one in made if one.came is Came.NOT_REACHED), None):
        by_layer[not_reached.layer] = replace(not_reached, saw=_("; ").join(_left_out(own)))
    beside = [*_quic(own, accused), *([Station(layer="speed", came=Came.BROKE)] if "speed" in accused else ())]
    return (*(by_layer.get(layer, Station(layer=layer, came=Came.NOT_ASKED)) for layer in STATIONS), *beside)


def swaps_of(hop: HopStory, rows: Iterable[Observation]) -> tuple[Swap, ...]:
    """The endpoint's own tries beside those that changed one thing. Nothing where nothing failed, or was changed."""
    seen = [row for row in _of(hop, rows) if not row.observer]
    tries = [one for group in tries_of(seen).values() for one in group]
    own = [one for one in tries if one.variation in PLAIN]
    failure = next((one.failure for one in own if not one.went_well), None)
    changed = list(dict.fromkeys(one.variation for one in tries if one.variation not in PLAIN))
    if failure is None or not changed:
        return ()
    groups = [("first", own), *((name, [one for one in tries if one.variation == name]) for name in changed)]
    return tuple(_swap(variation, group, failure) for variation, group in groups)


def _of(hop: HopStory, rows: Iterable[Observation]) -> list[Observation]:
    """The rows that the hop's steps are made of."""
    told = {number for step in hop.steps for number in step.observations}
    return [row for row in rows if row.observation_id in told]


def _asked(endpoint: str, own: Sequence[Observation]) -> tuple[str, ...]:
    """The layers that the protocol has. Of a redirect's end, whose rows have hops, the port tells it."""
    scheme = endpoint.partition("://")[0]
    port = next((row.port for row in own if row.hop and row.port), None)
    return ASKED.get(SCHEMES.get(port, "tcp") if port else scheme, ASKED["tcp"])


def _name(own: Sequence[Observation], accused: Collection[str]) -> Station:
    """Whether its name has an address, for the system's resolver where that was asked: programs use no other."""
    replies: dict[str, list[Observation]] = {}
    for row in own:
        if row.operation == "resolve" and row.was_run:
            replies.setdefault(row.connection_id or row.observation_id, []).append(row)
    first = [min(group, key=lambda row: row.reply_index or 0) for group in replies.values()]
    first = [row for row in first if row.resolver == "system"] or first
    if not first:
        return Station(layer="dns", came=Came.NOT_ASKED)
    answered = [row for row in first if row.answers]
    # A name without addresses of one of the two kinds is no failure where it has some of the other.
    counted = [row for row in first if row.answers or not (answered and row.failure == "dns_no_answer")]
    came = _came(len(answered), len(counted), is_accused="dns" in accused)
    told = {", ".join(row.answers) or failure_words(row.failure) or _(words.NO_ADDRESS): None for row in counted}
    saw = "" if came is Came.PASSED else _("; ").join(told)
    return Station(layer="dns", came=came, passed=len(answered), reached=len(counted), saw=saw)


def _step(layer: str, tries: Sequence[Try], accused: Collection[str]) -> Station:
    """A step of its connections."""
    steps = [step for one in tries for step in one.steps if step.operation == OPERATIONS[layer]]
    if not steps:
        return Station(layer=layer, came=Came.NOT_REACHED)
    passed = sum(step.succeeded for step in steps)
    came = _came(passed, len(steps), is_accused=layer in accused)
    saw = _("; ").join(dict.fromkeys(_answer(step) for step in steps if step.failure or step.fingerprint))
    return Station(layer=layer, came=came, passed=passed, reached=len(steps), saw="" if came is Came.PASSED else saw)


def _left_out(own: Sequence[Observation]) -> Iterable[str]:
    """Why the way was not gone on."""
    return dict.fromkeys(failure_words(row.failure) for row in own if not row.was_run)


def _answer(step: Observation) -> str:
    """What a step that failed, or drew a known page, came to."""
    return failure_words(step.failure) if step.failure else _(words.KNOWN_PAGE).format(step.fingerprint)


def _quic(own: Sequence[Observation], accused: Collection[str]) -> Iterator[Station]:
    steps = [row for row in own if row.operation == "quic_handshake" and row.was_run]
    if steps:
        passed = sum(step.succeeded for step in steps)
        saw = _("; ").join(dict.fromkeys(failure_words(step.failure) for step in steps if step.failure))
        came = _came(passed, len(steps), is_accused="quic" in accused)
        yield Station(layer="quic", came=came, passed=passed, reached=len(steps), saw=saw)


def _came(passed: int, reached: int, *, is_accused: bool) -> Came:
    if passed == reached:
        return Came.BROKE if is_accused else Came.PASSED
    return Came.MIXED if passed else Came.BROKE


def _swap(variation: str, group: Sequence[Try], failure: str) -> Swap:
    came: dict[str, int] = {}
    for one in group:
        outcome = _outcome(one, failure)
        came[outcome] = came.get(outcome, 0) + 1
    return Swap(
        variation=variation,
        changed=variation_words(variation),
        names=tuple(dict.fromkeys(_name_sent(one) for one in group)),
        addresses=tuple(dict.fromkeys(one.address for one in group)),
        came=tuple(sorted(came.items(), key=lambda pair: -pair[1])),
        tries=len(group),
    )


def _name_sent(one: Try) -> str:
    """The name that a handshake or a request showed; before either, the one that it is about."""
    if one.tls is not None:
        return one.tls.server_name
    return one.http.host_header if one.http is not None else one.connect.hostname


def _outcome(one: Try, failure: str) -> str:
    """What came of a try, where `failure` is what the endpoint's own came to. An innocent name's certificate is an
    answer when it is asked for at a server that is not its own."""
    if one.went_well:
        return _(words.ANSWERED)
    if not one.failure:
        return _(words.NOT_ITS_ANSWER)
    if one.answered and one.failure != failure and one.variation not in {*PLAIN, OTHER_PORT}:
        return _(words.ANSWERED)
    return failure_words(one.failure)
