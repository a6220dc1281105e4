"""Says in words what was changed against the first try, and what that changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from agent.verdict.evidence import Evidence
from agent.verdict.seen import Try
from agent.verdict.swap_signs import deed_in

#: The variations of isolation in the order in which they are told: what is sent, and whether to the endpoint's own
#: address. {name} is the field that names the site: name, or Host.
CHANGES: Mapping[str, tuple[str, bool]] = MappingProxyType(
    {
        "control_name_here": ("another {name}", True),
        "no_name_here": ("no name", True),
        "tls_1_3_here": ("an offer of TLS 1.3 alone", True),
        "short_segments_here": ("this {name} in short packets", True),
        "other_path_here": ("another path", True),
        "this_name_elsewhere": ("this {name}", False),
        "other_name_elsewhere": ("another {name}", False),
        "name_in_path_elsewhere": ("another {name} with this one in the path", False),
        "other_path_elsewhere": ("another path", False),
    }
)
#: What was done to a try, as people say it.
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "reset": "is reset",
        "timeout": "gets no answer",
        "stall": "gets no whole answer",
        "close": "is closed",
        "forge": "gets a strange certificate",
        "plaintext": "gets plain text",
        "garble": "gets garbled bytes",
    }
)
TIMES = {1: "", 2: " twice"}


def changed(evidence: Evidence) -> str:
    """A sentence with every change and what came of it; empty when nothing was changed."""
    parts = list(_parts(evidence))
    return f"One thing changed at a time: {'; '.join(parts)}." if parts else ""


def _parts(evidence: Evidence) -> Iterator[str]:
    layer = "http" if evidence.endpoint.protocol == "http" else "tls"
    told: set[bool] = set()
    for variation, (sent, here) in CHANGES.items():
        tries = evidence.varied(variation)
        if not tries:
            continue
        place = "there" if here in told and not here else "here" if here else "at an unrelated server"
        told.add(here)
        what = sent.format(name="Host" if layer == "http" else "name")
        yield f"{what} {place} {', then '.join(_met(tries, layer, evidence))}"


def _met(tries: Sequence[Try], layer: str, evidence: Evidence) -> Iterator[str]:
    for words, group in groupby(tries, key=lambda one: _outcome(one, layer, evidence)):
        count = len(list(group))
        yield words + TIMES.get(count, f" {count} times")


def _outcome(one: Try, layer: str, evidence: Evidence) -> str:
    if not one.connected:
        return "does not connect"
    done = deed_in(one, layer, evidence)
    if done.startswith("alert"):
        return f"gets the {done}"
    return WORDS.get(done, "is answered" if one.answered else "fails")
