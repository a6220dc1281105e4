"""What was done to a try, as far as its failure tells. The one vocabulary of who plans further tries and who judges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from agent.verdict.flows import is_slow
from agent.verdict.seen import SILENCE, Try

#: How a handshake or request is broken off that somebody on the path breaks off.
INTERFERENCE: Mapping[str, str] = MappingProxyType(
    {
        "connection_reset": "reset",
        "connection_aborted": "reset",
        "generic_timeout_error": "timeout",
        "timed_out": "timeout",
        "eof_error": "close",
    }
)
#: The same, and what may come in place of an answer. A certificate for another name is not here: a server that does
#: not know a name shows one.
DEEDS: Mapping[str, str] = MappingProxyType(
    {
        **INTERFERENCE,
        "tls_plaintext_response": "plaintext",
        "ssl_failed_handshake": "garble",
        "http_reply_malformed": "garble",
    }
)
#: Of these a try may draw another at another server, and yet the same hand be at work.
ENDS = frozenset({"reset", "timeout", "stall", "close", "forge"})
#: Silence: a lost packet looks the same, and so does a path that carries no long ones.
SILENT = frozenset({"timeout", "stall"})
#: What a deed is called where nothing deeper is known of it than its layer.
VAGUE: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("tls", "plaintext"): "tls.plaintext",
        ("tls", "alert"): "tls.alert",
        # Damage, and an answer that begins and never ends: what breaks it off cannot be told.
        ("tls", "garble"): "tls",
        ("tls", "stall"): "tls",
        ("http", "garble"): "http.diff",
        ("http", "stall"): "http",
    }
)
#: The certificate is signed by nobody whom this service's clients trust.
FORGERY = "ssl_unknown_authority"
ALERT = "tls_alert_"
#: Makers of what looks into TLS on people's own computers and in offices, as their certificates' issuers are named.
#: Such a product often looks at some kinds of sites only, and its owner still reaches them.
INSPECTORS = re.compile(
    r"kaspersky|avast|\bavg\b|\beset\b|bitdefender|norton|mcafee|sophos|dr\.?\s?web|adguard|fortinet|fortigate|zscaler|"
    r"netskope|umbrella|palo alto|blue ?coat|barracuda|watchguard|sonicwall|check ?point|squid|untangle|mitmproxy|"
    r"qustodio|netfiltersdk|trend ?micro|f-secure|webroot|securly|lightspeed|forcepoint|websense|^fg[a-z0-9]{14}$|"
    r"cisco|mobicip|net ?nanny|covenant eyes|charles proxy|fiddler|portswigger",
    re.IGNORECASE,
)


def deed(one: Try, layer: str) -> str:
    """What somebody did to the try at `layer` (tls or http): reset, timeout, stall (silence after some bytes), close,
    forge, plaintext, garble, or alert with its number. Empty when nothing was done that a name could explain.

    A request within TLS shows nobody anything, so nothing is done to it for what it says.
    """
    step = one.at(layer)
    if step is None or (layer == "http" and one.tls is not None):
        return ""
    if step.failure == FORGERY:
        return "" if INSPECTORS.search(step.certificate_issuer) else "forge"
    if step.failure.startswith(ALERT):
        return f"alert {step.failure.removeprefix(ALERT)}"
    if step.failure in SILENCE and is_slow(one):
        return ""  # it trickled, and so nobody broke it off: that is for the comparison of speeds to explain
    done = DEEDS.get(step.failure, "")
    return "stall" if done == "timeout" and step.bytes_received else done


def wants_isolation(one: Try) -> str:
    """'tls' or 'http' when something was done to `one` at that layer which swapping names can explain; else empty."""
    return next((layer for layer in ("tls", "http") if deed(one, layer)), "")


def mechanism_of(layer: str, done: str, trigger: str) -> str:
    """The mechanism of a deed whose trigger is known: sni, host or certificate; empty for anything else in it."""
    tail = f".{trigger}" if trigger else ""
    return VAGUE.get((layer, done.partition(" ")[0]), f"{layer}.{done}{tail}")
