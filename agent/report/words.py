"""The words that people read for what stands in rows as a name: states, lines, ends of sweeps. Translated when shown.

Each is one word of a sentence or of a table's cell, in lower case.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.language import N_
from agent.records import IMPORTED_STAGE, VantageState
from agent.verdict.records import State

#: A verdict's state.
STATES: Mapping[State, str] = {
    State.OK: N_("ok"),
    State.BLOCKED: N_("blocked"),
    State.LIKELY_BLOCKED: N_("likely blocked"),
    State.DOWN: N_("down"),
    State.IMPAIRED: N_("impaired"),
    State.INSUFFICIENT: N_("insufficient"),
    State.RETIRED: N_("retired"),
}
#: What the line was.
LINES: Mapping[VantageState, str] = {
    VantageState.NORMAL: N_("normal"),
    VantageState.NATIONAL_ONLY: N_("national only"),
    VantageState.CAPTIVE_PORTAL: N_("captive portal"),
    VantageState.OFFLINE: N_("offline"),
    VantageState.UNDETERMINED: N_("undetermined"),
}
#: How a sweep ended.
OUTCOMES: Mapping[str, str] = {
    "complete": N_("complete"),
    "interrupted": N_("interrupted"),
    "over_budget": N_("over budget"),
    "not_measured": N_("not measured"),
}
#: Where a sweep was made.
STAGES: Mapping[str, str] = {"internet": N_("internet"), "lab": N_("lab"), IMPORTED_STAGE: N_("import")}
#: What an agent does, as its status file has it.
DOINGS: Mapping[str, str] = {
    "sweeping": N_("sweeping"),
    "waiting": N_("waiting"),
    "ended": N_("ended"),
}
#: Failures that have no other words than their names (agent/verdict/judge.py has the rest), in words.
FAILURES: tuple[str, ...] = (
    N_("android dns cache no data"),
    N_("connection already closed"),
    N_("dns bogon error"),
    N_("dns non recoverable failure"),
    N_("dns reply with wrong query id"),
    N_("dns server misbehaving"),
    N_("dns temporary failure"),
    N_("host unreachable"),
    N_("http request failed"),
    N_("http unexpected redirect url"),
    N_("http unexpected status code"),
    N_("interrupted"),
    N_("json parse error"),
    N_("network down"),
    N_("network reset"),
    N_("network unreachable"),
    N_("quic incompatible version"),
    N_("address family not supported"),
    N_("address in use"),
    N_("address not available"),
    N_("already connected"),
    N_("bad address"),
    N_("bad file descriptor"),
    N_("connection already in progress"),
    N_("destination address required"),
    N_("invalid argument"),
    N_("message size"),
    N_("no buffer space"),
    N_("no protocol option"),
    N_("not a socket"),
    N_("not connected"),
    N_("operation would block"),
    N_("permission denied"),
    N_("protocol not supported"),
    N_("wrong protocol type"),
    N_("dns reply malformed"),
    N_("hostname invalid"),
    N_("tls handshake too long"),
)
#: Why something that was planned was left out, as probes/failures.py has it, which knows no language.
LEFT_OUT: tuple[str, ...] = (
    N_("the sweep's time or traffic was spent"),
    N_("the user ended the sweep"),
    N_("no lookup gave an address"),
    N_("IPv6 does not work on this line"),
    N_("the line is down"),
    N_("another member of the pool answered, and one is enough"),
    N_("the address belongs to a local network, which is not ours to visit"),
    N_(
        "the redirect leads out of the platform's own domains, to a port that is not the web's, or to a host whose "
        "name tells of its visitor"
    ),
    N_("too many redirects in a row"),
)
