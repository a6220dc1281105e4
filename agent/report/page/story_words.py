"""The words of the stories that no terminal needs: for the path's stations, and for counts and times beside them."""

from __future__ import annotations

from collections.abc import Sequence

from agent.calendars import digits
from agent.language import N_, _
from agent.report.page.path import Came, Station, Swap
from agent.report.words import STATES
from agent.verdict.records import State

#: How tries fared at a station, and a sign for the eye alone: the word tells it.
CAME = {
    Came.PASSED: N_("passed"),
    Came.BROKE: N_("broke here"),
    Came.MIXED: N_("passed in some tries"),
    Came.NOT_REACHED: N_("not reached"),
    Came.NOT_ASKED: N_("not asked"),
}
SIGNS = {Came.PASSED: "✓", Came.BROKE: "✗", Came.MIXED: "≈", Came.NOT_REACHED: "…", Came.NOT_ASKED: "–"}
#: What a station is, after its name, which is the same in every language.
STATIONS = {
    "dns": N_("the name's address"),
    "tcp": N_("the connection"),
    "tls": N_("the handshake"),
    "http": N_("the page"),
    "quic": N_("the other way to connect"),
    "speed": N_("how fast it flows"),
}
LAYERS = {"dns": "DNS", "tcp": "TCP", "tls": "TLS", "http": "HTTP", "quic": "QUIC", "speed": N_("Speed")}
#: Heads of the table of swap tests.
SWAP_HEADS = (N_("What was changed"), N_("The name sent"), N_("To which address"), N_("What came back"))
NOTHING_CHANGED = N_("Nothing: it as it is")
NO_NAME = N_("none")
#: How every verdict that has no story here is told.
COMMAND = "dideban explain ID"


def state_words(state: State) -> str:
    return _(STATES[State(state)])


def layer_words(layer: str) -> str:
    return _(LAYERS[layer])


def station_words(station: Station) -> str:
    return _(STATIONS[station.layer])


def came_words(station: Station) -> str:
    """How tries fared, such as "passed (2 of 2)"; a count only where it says something."""
    word = _(CAME[station.came])
    if not station.reached or (station.came is Came.BROKE and station.passed):
        return word  # every try got an answer, and the answer was no true one
    return _("{word} ({k} of {n})").format(
        word=word,
        k=digits(station.reached - station.passed if station.came is Came.BROKE else station.passed),
        n=digits(station.reached),
    )


def changed_words(swap: Swap) -> str:
    return _(NOTHING_CHANGED) if swap.variation == "first" else swap.changed


def outcome_words(swap: Swap) -> str:
    """What came of the tries: with k of n where they are several."""
    if swap.tries == 1:
        return swap.came[0][0]
    counted = _("{k} of {n}: {what}")
    return _("; ").join(counted.format(k=digits(count), n=digits(swap.tries), what=what) for what, count in swap.came)


def names_words(swap: Swap) -> str:
    return _listed(swap.names)


def clock(at_s: float) -> str:
    """Minutes and seconds since the sweep began."""
    minutes, rest = divmod(max(at_s, 0.0), 60)
    return digits(f"{int(minutes)}:{rest:04.1f}")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name or _(NO_NAME) for name in names)
