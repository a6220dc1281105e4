"""Writes docs/rules.md, every rule, mechanism and failure as a table: `python -m agent.verdict.tables`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from agent.language import N_
from agent.markdown import table
from agent.verdict.records import MECHANISMS
from agent.verdict.rules import IMPORTED, LAYERS, RULES, RULESET_VERSION, Fixed, Rule
from probes.failures import OONI, OURS

#: What each mechanism says, in the order of the layers.
MECHANISM_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "dns.injection.blockpage": N_("A forged answer leads to the address of a known block page."),
        "dns.injection.bogon": N_("A forged answer holds an address where no public server can be."),
        "dns.injection.other": N_("A forged answer leads to some other server."),
        "dns.nxdomain": N_("The name is said not to exist."),
        "dns.refused": N_("The resolver refuses to answer for this name."),
        "dns.servfail": N_("The resolver says that it failed for this name."),
        "dns.empty": N_("The name is said to have no address."),
        "dns.timeout": N_("No answer for this name."),
        "ip.unreachable": N_("A router says that the address cannot be reached."),
        "tcp.timeout": N_("No answer to the connection's first packet."),
        "tcp.reset": N_("A reset while connecting."),
        "tcp.refused": N_("The port is said to be closed."),
        "tls": N_("The handshake is spoilt in another way: damaged, or never brought to its end."),
        "tls.timeout": N_("Silence in the handshake; what triggers it is not known."),
        "tls.timeout.sni": N_("Silence after the name in the ClientHello."),
        "tls.timeout.certificate": N_("Silence after the name in the server's certificate."),
        "tls.reset": N_("A reset in the handshake; whether its name triggers it was not settled."),
        "tls.reset.sni": N_("A reset after the name in the ClientHello."),
        "tls.reset.certificate": N_("A reset after the name in the server's certificate."),
        "tls.reset.other": N_("A reset in the handshake; what triggers it is not known."),
        "tls.close": N_("An orderly close in the handshake; what triggers it is not known."),
        "tls.close.certificate": N_("An orderly close after the name in the server's certificate."),
        "tls.close.sni": N_("An orderly close after the name in the ClientHello."),
        "tls.alert": N_("A TLS alert that the server did not send."),
        "tls.plaintext": N_("Readable text in the place of a handshake."),
        "tls.mitm.self_signed": N_("Somebody else's certificate, signed by itself."),
        "tls.mitm.ca_signed": N_("Somebody else's certificate, signed by another authority."),
        "tls.throttle.sni": N_("Slow after the name in the ClientHello."),
        "http.blockpage": N_("A known block page in the place of the answer."),
        "http.redirect": N_("A redirect to a known block page."),
        "http.error": N_("A forged error in the place of the answer."),
        "http": N_("The answer begins and never ends."),
        "http.reset": N_("A reset after the request: for its path, a word in it, or for what is not known."),
        "http.close": N_("An orderly close after the request: for its path, a word in it, or for what is not known."),
        "http.timeout": N_("Silence after the request; what triggers it is not known."),
        "http.timeout.host": N_("Silence after the name in the Host header."),
        "http.reset.host": N_("A reset after the name in the Host header."),
        "http.close.host": N_("An orderly close after the name in the Host header."),
        "http.throttle.host": N_("Slow after the name in the Host header."),
        "http.diff": N_("Another page than the one that is served elsewhere."),
        "quic.timeout": N_("Silence in QUIC."),
        "quic.reset": N_("QUIC broken off."),
        "quic.throttle": N_("QUIC slowed down."),
    }
)

OPENING = f"""# The rules, the mechanisms and the failures

*Generated from the code by `python -m agent.verdict.tables`; a test compares the two. Ruleset version \
{RULESET_VERSION}. What the words mean: [method.md](method.md).*
"""
ABOUT_RULES = (
    "Within a layer the first rule that matches decides, in this order. A verdict joins its layers: the gravest state "
    "stands, with the mechanisms of every rule that says so. `{name}` is the host, `{failure}` what went wrong."
)
ABOUT_IMPORTED = (
    "These speak of imported sweeps alone ([import.md](import.md)), each in the layer that its id names: behind the "
    "rules of `blocked` above, and before all others."
)
ABOUT_MECHANISMS = (
    "A mechanism is named as deep as the evidence bears, and no deeper. The list is only ever added to; not every one "
    "has a rule that names it yet."
)
ABOUT_FAILURES = (
    "What the `failure` column of the observations may hold; empty is success. Those of the first table are OONI's "
    "(data format df-007, and the names of its code for the system's errors), those of the second are ours."
)


def render() -> str:
    """The whole file in Markdown."""
    mechanisms = [(f"`{name}`", words) for name, words in MECHANISM_WORDS.items() if name in MECHANISMS]
    return (
        "\n".join(
            [
                OPENING,
                f"## Rules\n\n{ABOUT_RULES}\n",
                *(_rules_of(layer) for layer in LAYERS),
                f"### Of imported measurements\n\n{ABOUT_IMPORTED}\n",
                _table_of(IMPORTED),
                f"## Mechanisms\n\n{ABOUT_MECHANISMS}\n",
                table(("mechanism", "what happens"), mechanisms),
                f"## Failures\n\n{ABOUT_FAILURES}\n",
                table(("OONI's", "what happened"), [(f"`{name}`", words) for name, words in OONI.items()]),
                table(("ours", "what happened"), [(f"`{name}`", words) for name, words in OURS.items()]),
            ]
        ).rstrip("\n")
        + "\n"
    )


def _rules_of(layer: str) -> str:
    return f"### {layer}\n\n" + _table_of(rule for rule in RULES if rule.layer == layer)


def _table_of(rules: Iterable[Rule]) -> str:
    rows = [(f"`{rule.id}`", f"`{rule.state}`", _mechanisms_of(rule), rule.because, rule.source) for rule in rules]
    return table(("rule", "state", "mechanisms", "because", "source"), rows)


def _mechanisms_of(rule: Rule) -> str:
    if not isinstance(rule.mechanisms, Fixed):
        return "by what was seen"
    return ", ".join(f"`{name}`" for name in rule.mechanisms.names) or "none"


if __name__ == "__main__":
    sys.stdout.write(render())
