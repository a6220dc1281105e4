"""What the rules ask of tries over QUIC. Every sign returns the observations that show it, or None.

That QUIC works says nothing, and that it does not says little: firewalls of offices drop it, and so do servers that
never spoke it. So a platform is never called blocked by it, and what is done to it is named only beside controls.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from agent.records import VantageState
from agent.verdict.evidence import Evidence
from agent.verdict.seen import CONTROL_ABROAD, CONTROL_AT_HOME, PLAIN, SILENCE
from agent.verdict.signs import Witnesses, some
from probes.failures import CERTIFICATE_FAILURES
from probes.observation import Observation

#: How a handshake over QUIC fails when somebody on the way makes it fail. Whoever closes it in the server's name is not
#: here: a server closes it too, at a name that it does not know.
STOPS = {
    **dict.fromkeys(SILENCE, "quic.timeout"),
    **dict.fromkeys(("connection_refused", "host_unreachable", "network_unreachable"), "ip.unreachable"),
}
#: Tries of a kind that must be stopped before it counts, each from a socket of its own: packets get lost.
TRIES_NEEDED = 2


def shook_hands(row: Observation) -> bool:
    """Whether a server of QUIC answered: by a handshake, whatever its certificate, or by an alert."""
    return row.succeeded or row.failure in CERTIFICATE_FAILURES or row.failure.startswith("tls_alert_")


def deed(rows: Sequence[Observation]) -> str:
    """The mechanism by which all of `rows` were stopped; empty when some were not, or otherwise, or they are few."""
    kinds = {STOPS.get(row.failure, "") for row in rows}
    return kinds.pop() if len(rows) >= TRIES_NEEDED and len(kinds) == 1 else ""


def made(rows: Iterable[Observation], *variations: str) -> list[Observation]:
    """The rows of some variations."""
    return [row for row in rows if row.variation in variations]


def name_is_trigger(evidence: Evidence) -> Witnesses:
    """All four corners: the name is stopped twice here, and twice in the same way at the control; others at neither.

    Where an innocent name shows its own certificate at either, the two are of one network, and nothing is known.
    """
    own, rows = _own(evidence), evidence.quic
    suspect = made(rows, "this_name_elsewhere")
    innocent = [made(rows, "control_name_here"), made(rows, "other_name_elsewhere")]
    if not deed(own) or deed(suspect) != deed(own) or not all(innocent):
        return None
    if not all(shook_hands(row) and not row.succeeded for row in chain(*innocent)):
        return None
    return some(chain(own, suspect, *innocent))


def stopped_at_the_border(evidence: Evidence) -> Witnesses:
    """Silence here and at a control abroad, while one in the country answers, and TCP and DNS over UDP come through.

    A firewall stops QUIC to wherever, and a line that carries no UDP carries no answer of a resolver.
    """
    own, controls = _own(evidence), evidence.surroundings.quic_controls
    abroad, at_home = made(controls, CONTROL_ABROAD), made(controls, CONTROL_AT_HOME)
    if deed(own) != "quic.timeout" or deed(abroad) != "quic.timeout" or not any(map(shook_hands, at_home)):
        return None
    if not any(lookup.transport == "udp" and lookup.answers & evidence.proven for lookup in evidence.controls):
        return None
    over_tcp = {one.address for one in evidence.plain_tries if one.shook_hands}
    return some(chain(own, abroad, at_home)) if over_tcp.issuperset(row.address for row in own) else None


def unexplained(evidence: Evidence) -> Witnesses:
    """QUIC is stopped, and the endpoint works without it."""
    own = _own(evidence)
    return some(own) if deed(own) and evidence.works else None


def kind_of_stop(evidence: Evidence) -> Iterable[str]:
    """How the endpoint's own tries were stopped."""
    return (deed(_own(evidence)),)


def _own(evidence: Evidence) -> list[Observation]:
    """Tries of the endpoint as it is. None where the line is not normal: it may stop anything."""
    return made(evidence.quic, *PLAIN) if evidence.vantage is VantageState.NORMAL else []
