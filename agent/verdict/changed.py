"""Says in words what was changed against the first try, and what that changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from agent.language import N_
from agent.verdict.evidence import Evidence
from agent.verdict.seen import Try
from agent.verdict.swap_signs import deed_in

#: The variations of isolation in the order in which they are told: what is sent, and whether to the endpoint's own
#: address. {name} is the field that names the site: name, or Host.
CHANGES: Mapping[str, tuple[str, bool]] = MappingProxyType(
    {
        "control_name_here": (N_("another {name}"), True),
        "no_name_here": (N_("no name"), True),
        "tls_1_3_here": (N_("an offer of TLS 1.3 alone"), True),
        "short_segments_here": (N_("this {name} in short packets"), True),
        "other_path_here": (N_("another path"), True),
        "this_name_elsewhere": (N_("this {name}"), False),
        "other_name_elsewhere": (N_("another {name}"), False),
        "name_in_path_elsewhere": (N_("another {name} with this one in the path"), False),
        "other_path_elsewhere": (N_("another path"), False),
    }
)
#: What was done to a try, as people say it.
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "reset": N_("is reset"),
        "timeout": N_("gets no answer"),
        "stall": N_("gets no whole answer"),
        "close": N_("is closed"),
        "forge": N_("gets a strange certificate"),
        "plaintext": N_("gets plain text"),
        "garble": N_("gets garbled bytes"),
    }
)
DOES_NOT_CONNECT, IS_ANSWERED, FAILS = N_("does not connect"), N_("is answered"), N_("fails")
GETS_ALERT = N_("gets the alert {number}")
#: How often in a row that happened.
TWICE, OFTEN = N_("{what} twice"), N_("{what} {count} times")
#: Where something was sent.
HERE, THERE, ELSEWHERE = N_("{what} here"), N_("{what} there"), N_("{what} at an unrelated server")
#: What was sent where, and what it met with.
MET = N_("{what} {met}")
ONE_AT_A_TIME = N_("One thing changed at a time: {changes}.")
#: Between two changes, and between two things that one change met with.
NEXT, THEN = N_("; "), N_(", then ")


def changed(evidence: Evidence) -> str:
    """A sentence with every change and what came of it; empty when nothing was changed."""
    parts = list(_parts(evidence))
    return ONE_AT_A_TIME.format(changes=NEXT.join(parts)) if parts else ""


def _parts(evidence: Evidence) -> Iterator[str]:
    layer = "http" if evidence.endpoint.protocol == "http" else "tls"
    told: set[bool] = set()
    for variation, (sent, here) in CHANGES.items():
        tries = evidence.varied(variation)
        if not tries:
            continue
        place = THERE if here in told and not here else HERE if here else ELSEWHERE
        told.add(here)
        what = place.format(what=sent.format(name="Host" if layer == "http" else "name"))
        yield MET.format(what=what, met=THEN.join(_met(tries, layer, evidence)))


def _met(tries: Sequence[Try], layer: str, evidence: Evidence) -> Iterator[str]:
    for words, group in groupby(tries, key=lambda one: _outcome(one, layer, evidence)):
        count = len(list(group))
        often = {1: "{what}", 2: TWICE}.get(count, OFTEN)
        yield often.format(what=words, count=count)


def _outcome(one: Try, layer: str, evidence: Evidence) -> str:
    if not one.connected:
        return DOES_NOT_CONNECT
    done = deed_in(one, layer, evidence)
    if done.startswith("alert"):
        return GETS_ALERT.format(number=done.removeprefix("alert "))
    return WORDS.get(done, IS_ANSWERED if one.answered else FAILS)
