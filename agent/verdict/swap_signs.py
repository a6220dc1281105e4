"""What the swap tests tell of a name. Every sign returns the observations that show it, or None.

Four places tell of one name: itself at its own server, an innocent name there, itself at an unrelated server (the
anchor), and another innocent name at the anchor. The longest chain condemns; every shorter one has an innocent story.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain

from agent.verdict.evidence import Evidence
from agent.verdict.seen import Try
from agent.verdict.signs import Witnesses, some
from probes.observation import Observation

#: How a handshake or request fails when somebody on the path makes it fail. Refusals a server would choose itself
#: (an alert, a certificate for another name) are not here: a server that does not know a name may send them.
INTERFERENCE = {
    "connection_reset": "reset",
    "connection_aborted": "reset",
    "generic_timeout_error": "timeout",
    "timed_out": "timeout",
    "eof_error": "close",
}
#: The certificate is signed by nobody whom this service's clients trust.
FORGERY = "ssl_unknown_authority"
#: Makers of what looks into TLS on people's own computers and in offices, as their certificates' issuers are named.
#: Such a product often looks at some kinds of sites only, and its owner still reaches them.
INSPECTORS = re.compile(
    r"kaspersky|avast|\bavg\b|\beset\b|bitdefender|norton|mcafee|sophos|dr\.?\s?web|adguard|fortinet|fortigate|zscaler|"
    r"netskope|umbrella|palo alto|blue ?coat|barracuda|watchguard|sonicwall|check ?point|squid|untangle|mitmproxy",
    re.IGNORECASE,
)


def name_is_trigger(evidence: Evidence, layer: str) -> Witnesses:
    """The full swap: the name fails twice here, and twice in the same way at the anchor; others do well at both.

    A forged certificate is not enough: whoever forges may be an office, or a program, that lets its people through.
    """
    own = _failures_here(evidence, layer)
    actions = _actions(own, layer, evidence)
    if "forge" in actions or not _innocent_answered(evidence, layer, "control_name_here"):
        return None
    suspect = evidence.varied("this_name_elsewhere")
    if len(suspect) < 2 or not actions & _actions(suspect, layer, evidence):
        return None  # one failure may be a lost packet
    return name_fails_elsewhere(evidence, layer)


def name_fails_elsewhere(evidence: Evidence, layer: str) -> Witnesses:
    """The name fails here twice, and at an anchor that answers an innocent name: but this server answers nobody.

    So it may be down, and a single try at the anchor is all that speaks against the name.
    """
    own, suspect = _failures_here(evidence, layer), evidence.varied("this_name_elsewhere")
    if not own or not suspect or not all(_action(one, layer, evidence) for one in suspect):
        return None
    if layer == "http" and not evidence.open_beside:
        return None  # the server may be down behind a proxy for plain HTTP, which would fail for this Host anywhere
    if not _innocent_answered(evidence, layer, "other_name_elsewhere"):
        return None
    return _steps(layer, own, suspect, evidence.varied("other_name_elsewhere"), evidence.varied("control_name_here"))


def only_this_name_fails_here(evidence: Evidence, layer: str) -> Witnesses:
    """The half swap: this server answers an innocent name, and the anchor turns every stranger away, but not like this.

    Where the anchor treats both names alike, or was not reached, nothing is known: one tenant of a server may be down.
    """
    own, suspect = _failures_here(evidence, layer), evidence.varied("this_name_elsewhere")
    innocent = evidence.varied("other_name_elsewhere")
    actions = _actions(suspect, layer, evidence)
    if not own or not innocent or not _innocent_answered(evidence, layer, "control_name_here"):
        return None
    turned_away = _actions(innocent, layer, evidence)
    if not turned_away or actions & turned_away or not actions & _actions(own, layer, evidence):
        return None
    return _steps(layer, own, suspect, evidence.varied("control_name_here"), innocent)


def kind_of_interference(evidence: Evidence, layer: str) -> Iterable[str]:
    """tls.<action>.sni or http.<action>.host for every action seen on the endpoint's own tries."""
    field = "sni" if layer == "tls" else "host"
    for one in evidence.plain_tries:
        step, action = one.at(layer), _action(one, layer, evidence)
        if step is None or not action:
            continue
        if action != "forge":
            yield f"{layer}.{action}.{field}"
        else:
            self_signed = step.certificate_subject == step.certificate_issuer
            yield "tls.mitm.self_signed" if self_signed else "tls.mitm.ca_signed"


def wants_isolation(one: Try) -> str:
    """'tls' or 'http' when `one` failed at that layer in a way that swapping names can explain; else empty."""
    return next((layer for layer in ("tls", "http") if _action_on(one.at(layer), one, layer)), "")


def _failures_here(evidence: Evidence, layer: str) -> Sequence[Try]:
    """The endpoint's own tries, two or more, when all that connected were acted on at `layer`.

    None where the anchor is not unrelated: then no swap says anything.
    """
    connected = [one for one in evidence.plain_tries if one.connected]
    acted_on = [one for one in connected if _action_on(one.at(layer), one, layer)]
    if len(acted_on) < 2 or len(acted_on) < len(connected) or _not_unrelated(evidence):
        return ()
    return acted_on


def _innocent_answered(evidence: Evidence, layer: str, variation: str) -> bool:
    tries = evidence.varied(variation)
    return bool(tries) and all(one.answered and not _action(one, layer, evidence) for one in tries)


def _not_unrelated(evidence: Evidence) -> bool:
    """Whether an innocent name's own certificate was shown where it should be a stranger.

    Then site and anchor are of one network, or a proxy on the way goes where the name says; and either way a fault of
    the site alone fails here and there alike.
    """
    innocent = (*evidence.varied("control_name_here"), *evidence.varied("other_name_elsewhere"))
    return any(one.tls is not None and one.tls.succeeded for one in innocent)


def _actions(tries: Iterable[Try], layer: str, evidence: Evidence) -> set[str]:
    """What was done to `tries`; empty when nothing was done to any of them, or was to some only."""
    actions = [_action(one, layer, evidence) for one in tries]
    return set(actions) if all(actions) else set()


def _action(one: Try, layer: str, evidence: Evidence) -> str:
    """What somebody did to this try: reset, timeout, close, forge; empty when nothing.

    A certificate of an unknown authority is a forgery at the anchor only when the forger of the endpoint's own tries
    made it: Signal's clients, for one, know no public authority, and the anchor has a public one's.
    """
    action = _action_on(one.at(layer), one, layer)
    if action != "forge" or one in evidence.plain_tries:
        return action
    forgers = {own.tls.certificate_issuer for own in evidence.plain_tries if own.tls and own.tls.failure == FORGERY}
    return action if one.tls and one.tls.certificate_issuer in forgers - {""} else ""


def _action_on(step: Observation | None, one: Try, layer: str) -> str:
    if step is None or (layer == "http" and one.tls is not None):
        return ""
    if step.failure == FORGERY:
        return "" if INSPECTORS.search(step.certificate_issuer) else "forge"
    return INTERFERENCE.get(step.failure, "")


def _steps(layer: str, *tries: Iterable[Try]) -> Witnesses:
    return some(step for one in chain(*tries) if (step := one.at(layer)) is not None)
