"""What the rules ask of somebody else's measurement, in which everything was tried once and a control looked too.

What the control saw at the same time, of the very address or of the page, stands in place of a second try. Where it
saw nothing, none of these signs speaks. Every sign returns the observations that show it, or None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from agent.verdict.deeds import deed, mechanism_of
from agent.verdict.evidence import Evidence
from agent.verdict.fingerprints import is_bogon
from agent.verdict.import_name_signs import leads_astray, told_outside
from agent.verdict.import_pages import got, page_at_end
from agent.verdict.outside_signs import BROKEN, KINDS_OF_CONNECT_FAILURE
from agent.verdict.seen import Try
from agent.verdict.signs import Witnesses, failed_connects, failed_steps, some
from probes.observation import Observation

#: No route from here: the probe's own line, and not the way to one server.
UNROUTED = frozenset({"network_unreachable", "host_unreachable", "network_down"})

#: Authorities that every browser trusts, as the issuers of their certificates are named.
PUBLIC = re.compile(
    r"let's encrypt|isrg root|^[re]\d{1,2}$|digicert|globalsign|sectigo|comodo rsa|usertrust|google trust services|"
    r"^gts |^w[re]\d$|amazon|go ?daddy|starfield|entrust|identrust|geotrust|rapidssl|thawte|certum|buypass|zerossl|"
    r"actalis|ssl\.com|quovadis|harica|microsoft (?:azure )?(?:rsa )?tls",
    re.IGNORECASE,
)


def connects_for_control(evidence: Evidence) -> Witnesses:
    """No connection comes about here, and the control gets through to each of the addresses."""
    own = failed_connects(evidence)
    if own is None or _is_astray(evidence) or any(row.failure in UNROUTED for row in own):
        return None
    if any(row.failure not in KINDS_OF_CONNECT_FAILURE for row in own) or _is_over_ipv6_alone(evidence):
        return None
    seen = _seen_at([row.address for row in own], evidence)
    if seen is not None:
        return (*own, *(one.connect for one in seen)) if all(one.connected for one in seen) else None
    return (*own, *pages) if (pages := _page_from_there(own, evidence)) else None


def kinds_of_connect(evidence: Evidence) -> Iterable[str]:
    return {KINDS_OF_CONNECT_FAILURE[one.connect.failure] for one in evidence.plain_tries}


def fails_for_control(evidence: Evidence, layer: str) -> Witnesses:
    """It fails here at `layer`, at addresses that the control is given too, and for the control it fails as well."""
    own = failed_connects(evidence) if layer == "tcp" else failed_steps(evidence, layer)
    if own is None or _is_astray(evidence) or evidence.hop or any(got(row) for row in evidence.outside.pages):
        return None
    failed = [one for one in evidence.outside.tries if one.failure and one.address in {row.address for row in own}]
    if layer == "http":
        return (*own, *evidence.outside.pages) if evidence.outside.pages else None
    return (*own, *(one.steps[-1] for one in failed)) if failed else None


def shaken_by_control(evidence: Evidence) -> Witnesses:
    """The handshake is broken off here, and the control completes it with the very address, or has the page of it."""
    broken = [one for one in evidence.plain_tries if deed(one, "tls") in BROKEN["tls"] or _is_forged(one)]
    failed = [one for one in evidence.plain_tries if one.connected]
    if not broken or len(broken) < len(failed) or _is_astray(evidence) or evidence.works:
        return None
    if _is_over_ipv6_alone(evidence):
        return None
    own = tuple(one.tls for one in broken if one.tls is not None)
    seen = _seen_at([one.address for one in broken], evidence)
    if seen is not None and all(one.tls is not None for one in seen):
        return (*own, *(one.steps[-1] for one in seen)) if not any(one.failure for one in seen) else None
    return (*own, *pages) if (pages := _page_from_there(own, evidence)) else None


def kind_of_handshake(evidence: Evidence) -> Iterable[str]:
    """What was done, and no more: a single name was tried, so that what sets it off is not known."""
    for one in evidence.plain_tries:
        done = deed(one, "tls")
        if one.tls is not None and _is_forged(one):
            yield _kind_of_forgery(one.tls)
        elif done in BROKEN["tls"]:
            yield mechanism_of("tls", done, "other" if done == "reset" else "")


def _is_forged(one: Try) -> bool:
    """Whether the certificate is of an authority that neither looks into TLS for an owner nor is known to everybody.

    The name of a public one is no forger's: this probe's list of authorities is older than that one's root.
    """
    return deed(one, "tls") == "forge" and one.tls is not None and not PUBLIC.search(one.tls.certificate_issuer)


def _kind_of_forgery(tls: Observation) -> str:
    """Who signed another's certificate; where the measurement did not keep it, nothing is known but the layer."""
    if not tls.certificate_subject:
        return "tls"
    return "tls.mitm.self_signed" if tls.certificate_subject == tls.certificate_issuer else "tls.mitm.ca_signed"


def name_alone(evidence: Evidence) -> Witnesses:
    """One server was asked by two names: by this one it always breaks off, and by an innocent one it answers.

    The server is neither's, so that it has no reason of its own to tell them apart.
    """
    innocent = [one for one in evidence.varied("control_name_here") if one.http is not None and one.http.succeeded]
    broken = [one.http for one in evidence.plain_tries if _by_name(one)]
    if not innocent or not broken or len(broken) < len(evidence.plain_tries):
        return None
    return some(row for row in (*broken, *(one.http for one in innocent)) if row is not None)


def kind_by_name(evidence: Evidence) -> Iterable[str]:
    return {mechanism_of("http", done, "host") for one in evidence.plain_tries if (done := _by_name(one))}


def _by_name(one: Try) -> str:
    done = deed(one, "http")
    return done if done in BROKEN["http"] else ""


def page_for_control(evidence: Evidence) -> Witnesses:
    """A plain request is broken off here, and the control has the page."""
    broken = [one.http for one in evidence.plain_tries if deed(one, "http") in BROKEN["http"] | {"stall"}]
    if evidence.endpoint.protocol != "http" or evidence.works or _is_astray(evidence) or not broken:
        return None
    if _is_over_ipv6_alone(evidence):
        return None
    own = tuple(row for row in broken if row is not None)
    return (*own, *pages) if (pages := _page_from_there(own, evidence)) else None


def kind_of_request(evidence: Evidence) -> Iterable[str]:
    done = {deed(one, "http") for one in evidence.plain_tries}
    return {mechanism_of("http", one, "") for one in done & (BROKEN["http"] | {"stall"})}


def _is_astray(evidence: Evidence) -> bool:
    """Whether the way led where the name is not: what happens there says nothing of the site."""
    tried = {one.address for one in evidence.plain_tries}
    return any(is_bogon(address) for address in tried if address) or leads_astray(evidence)


def _is_over_ipv6_alone(evidence: Evidence) -> bool:
    """Networks that do not reach each other over IPv6 for years are no censors."""
    return all(":" in one.address for one in evidence.plain_tries)


def _page_from_there(own: Iterable[Observation], evidence: Evidence) -> tuple[Observation, ...]:
    """The control's page, where it can be had of the addresses that fail here: the control is given them too, or
    connects to them. A content network has many, and one of them that is dead is nobody's doing.

    Of a hop, or an address, the control tells nothing but that the whole way can be gone.
    """
    addresses = {row.address for row in own}
    alive = {one.address for one in evidence.outside.tries if one.connected}
    dead = {one.address for one in evidence.outside.tries} - alive
    is_told = bool(evidence.hop) or not evidence.endpoint.hostname or addresses <= told_outside(evidence) | alive
    return page_at_end(evidence) if is_told and addresses.isdisjoint(dead) else ()


def _seen_at(addresses: Iterable[str], evidence: Evidence) -> list[Try] | None:
    """What the control saw at each of them, at this port; None where it did not look at one of them."""
    port = evidence.endpoint.port
    found = {one.address: one for one in evidence.outside.tries if one.connect.port == port}
    wanted = set(addresses)
    return [found[address] for address in sorted(wanted)] if wanted <= found.keys() else None
