"""The verdict, and the closed lists of states and mechanisms it may hold (OONI's taxonomy, and ours)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from probes.column import column
from probes.observation import UNSTAMPED


class State(StrEnum):
    """What is said of a target or a platform."""

    OK = "ok"
    DOWN = "down"
    BLOCKED = "blocked"
    LIKELY_BLOCKED = "likely_blocked"
    IMPAIRED = "impaired"
    INSUFFICIENT = "insufficient"
    RETIRED = "retired"


#: Dotted paths, <layer>.<action>.<qualifier>. Append-only: a name is never reused or renamed.
MECHANISMS = frozenset(
    # OONI's taxonomy, version 1.
    "dns.injection.blockpage dns.injection.bogon dns.injection.other dns.nxdomain dns.refused dns.timeout "
    "tcp.reset tcp.timeout tcp.refused "
    "tls.reset.sni tls.reset.other tls.timeout tls.mitm.self_signed tls.mitm.ca_signed tls.throttle.sni "
    "http.blockpage http.redirect http.error http.reset.host http.timeout http.throttle.host ip.unreachable "
    # Ours.
    "dns.servfail dns.empty tls.timeout.sni tls.close.sni tls.plaintext tls.alert http.close.host http.timeout.host "
    "http.diff quic.timeout quic.reset tls.reset.certificate tls.timeout.certificate "
    "tls.close.certificate http.reset http.close tls http tls.close quic.throttle tls.reset".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the observations of one target, or of one platform, mean in one sweep."""

    sweep_id: str = column("The sweep this row belongs to.", default="")
    verdict_id: str = column("Unique id: the sweep's id, a 'v' and the target's or platform's name.", default="")
    observed_at: datetime = column("When the sweep began, UTC: the time the verdict speaks of.", default=UNSTAMPED)
    stage: str = column(
        "internet; lab: rows of the lab's world say nothing of the real one; or import: somebody else's measurement. "
        "That of the sweep.",
        default="internet",
    )
    level: str = column("target or platform.", default="target")
    platform: str = column("Platform of the catalog.", default="")
    target: str = column("Target; empty in a platform's row.", default="")
    state: State = column(
        "ok, down, blocked, likely_blocked, impaired, insufficient or retired.", default=State.INSUFFICIENT
    )
    mechanisms: tuple[str, ...] = column(
        "How it is blocked, or tampered with: dotted paths separated by spaces, deepest that the evidence bears.",
        default=(),
    )
    throttle_ratio: float | None = column(
        "Where its name is slowed down: how many times slower than an innocent name's the same bytes come, median by "
        "median; of several endpoints the most.",
        default=None,
    )
    rule_ids: tuple[str, ...] = column("The rules that decided, one for each layer that spoke.", default=())
    ruleset_version: int = column("Version of the rules; rows of different versions are not to be mixed.", default=0)
    because: str = column("Why, in words.", default="")
    tries: int = column(
        "Connections and questions to resolvers that the verdict rests on, each counted once.", default=0
    )
    witnesses: tuple[str, ...] = column(
        "Ids of observations that decided it, separated by spaces: at most 24, the telling ones of each part first.",
        default=(),
    )
    source_verdict: str = column(
        "Of an imported sweep, what its source concluded: accessible, down, blocked and how, or none.", default=""
    )
