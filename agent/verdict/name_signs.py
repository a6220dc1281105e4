"""What the rules ask of the evidence about names. Every sign returns the observations that show it, or None."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from agent.verdict.evidence import Evidence
from agent.verdict.fingerprints import MECHANISM_OF_PAGE, is_bogon
from agent.verdict.seen import PLAIN, SILENCE, Try, union
from agent.verdict.signs import Witnesses, some
from probes.observation import Observation
from probes.resolver import SECURE

#: Failures of a resolver that a censor orders. SERVFAIL is none: the resolver could not find out, as in an outage.
DNS_FAILURES = {
    "dns_nxdomain_error": "dns.nxdomain",
    "dns_refused_error": "dns.refused",
    "dns_no_answer": "dns.empty",
    "generic_timeout_error": "dns.timeout",
    "timed_out": "dns.timeout",
}
#: The certificate says that this is somebody else. An expired one for the right name says whose server it is.
STRANGER = frozenset({"ssl_unknown_authority", "ssl_invalid_hostname"})
#: Where a hosts file, or a filter in one's own home, sends a name that it blocks. Providers have other private ranges.
#: 198.18.0.0/15 (RFC 2544) is where clients of proxies on one's own computer send what they carry.
HOME = [
    ipaddress.ip_network(prefix)
    for prefix in "0.0.0.0/32 127.0.0.0/8 169.254.0.0/16 192.168.0.0/16 198.18.0.0/15 ::/127 fc00::/7 fe80::/10".split()
]
#: What scrubbing leaves of an address of this computer's own.
OWN_ADDRESS = "[own_address]"
#: The reply's flag that says: this is not all of the answer (RFC 1035 4.1.1).
TRUNCATED = 0x0200


def control_proven(evidence: Evidence) -> bool:
    """Whether another resolver gave an address, unknown to the system's, that proves itself.

    A plain page has no certificate to prove it by. There DoH, which nobody on the path can have forged, vouches for an
    address that serves the page.
    """
    if evidence.endpoint.protocol == "http" and not evidence.proven:
        vouched_for = evidence.told_securely - evidence.told
        return any(one.went_well and one.address in vouched_for for one in evidence.plain_tries)
    return bool((evidence.told_by_controls - evidence.told) & evidence.proven)


def bogon_answers(evidence: Evidence) -> Witnesses:
    """The system's resolver gives addresses, and none where a public server can be, and DoH knows them otherwise."""
    if not evidence.told or any(not is_bogon(address) for address in evidence.told) or shared_answers(evidence):
        return None
    return tuple(lookup.replies[0] for lookup in evidence.system if lookup.answers)


def repeated_bogons(evidence: Evidence) -> Witnesses:
    """The same in answer to two questions or more, of which the system's resolver was asked one at least."""
    rows = bogon_answers(evidence)
    over_the_line = (lookup for lookup in evidence.controls if any(map(is_bogon, lookup.answers)))
    asked = (*(rows or ()), *(lookup.replies[0] for lookup in over_the_line))
    return asked if rows and len(asked) > 1 else None


def shared_answers(evidence: Evidence) -> Witnesses:
    """Addresses of the system's resolver that DoH gives too: whatever they are, the name's owner wrote them."""
    shared = evidence.told & evidence.told_securely
    return some(lookup.replies[0] for lookup in evidence.system if lookup.answers & shared)


def points_home(evidence: Evidence) -> Witnesses:
    """The system's resolver alone points the name at this computer or its home: nobody asked over the line does.

    Where nobody asked over the line answers at all it is the same: many an office lets no other resolver be asked. So
    it is where all of them say so, as long as nothing is answered where no resolver is: a router may lead all questions
    to its own filter.
    """
    rows = bogon_answers(evidence)
    over_the_line = union(lookup.answers for lookup in evidence.controls if lookup.transport == "udp")
    if rows is None or (any(map(is_bogon, over_the_line)) and evidence.injected):
        return None
    return rows if all(is_home(address) for address in evidence.told) else None


def dns_failures(evidence: Evidence) -> Witnesses:
    """The system's resolver gives no address at all."""
    if evidence.told or not evidence.system:
        return None
    return tuple(lookup.replies[0] for lookup in evidence.system)


def repeated_dns_failure(evidence: Evidence) -> Witnesses:
    """The system's resolver, alive for other names, fails for this one in at least two separate questions for A.

    Its silence alone may be an outage between it and the name's own servers, which it is slow to own up to.
    """
    failures = [row for row in _first_replies(evidence) if row.failure in DNS_FAILURES]
    if _silence_is_no_sign(evidence) or not _is_bad_beside(evidence):
        failures = [row for row in failures if row.failure not in SILENCE]
    if evidence.told or len(failures) < 2 or "system" not in evidence.surroundings.working_resolvers:
        return None
    return tuple(failures)


def kind_of_dns_failure(evidence: Evidence) -> Iterable[str]:
    """What was done to the system's resolver.

    A stub resolver passes over a reply that breaks the protocol and waits on: where others were sent such replies, its
    silence is made of them.
    """
    replies = (row for lookup in evidence.lookups if lookup.transport == "udp" for row in lookup.replies)
    garbled = any(row.failure == "dns_reply_malformed" for row in replies)
    for row in repeated_dns_failure(evidence) or ():
        yield "dns.injection.other" if garbled and row.failure in SILENCE else DNS_FAILURES[row.failure]


def silence_for_this_name(evidence: Evidence) -> Witnesses:
    """The system's resolver and two others or more say nothing of this name over UDP, and do of others; DoH knows it.

    So the name's own servers are alive. On a line that loses questions silence says nothing.
    """
    asked = [
        lookup for lookup in evidence.lookups if lookup.query_type == "A" and lookup.transport in {"system", "udp"}
    ]
    resolvers = {lookup.resolver for lookup in asked}
    questions = len([lookup for lookup in asked if lookup.resolver == "system"])
    if questions < 2 or len(resolvers) < 3 or not resolvers <= evidence.surroundings.working_resolvers:
        return None
    if _silence_is_no_sign(evidence) or all(map(is_bogon, evidence.told_securely)):
        return None
    quiet = SILENCE | {"dns_temporary_failure"}  # what glibc says once it has given up by itself
    silent = [lookup for lookup in asked if lookup.failure in (quiet if lookup.resolver == "system" else SILENCE)]
    return tuple(lookup.replies[0] for lookup in asked) if silent == asked else None


def page_behind_the_answer(evidence: Evidence) -> Witnesses:
    """Where the system's resolver points, and no proof leads, a known block page is shown."""
    steps = (step for one in _tries_at(evidence, evidence.disowned) for step in one.steps)
    return some(step for step in steps if step.fingerprint in MECHANISM_OF_PAGE)


def foreign_servers(evidence: Evidence) -> Witnesses:
    """Where the system's resolver points, somebody else's certificate is shown, in two tries or more.

    One for another name, of an authority that everybody knows, may be a machine of the same network with a wrong
    setting. It counts where the same address is given for names of other platforms. A server in the same network as
    one that proves itself may be such a machine whoever signed for it.
    """
    if evidence.shares_network(evidence.told):
        return None
    shown = [one.tls for one in _tries_at(evidence, evidence.told) if one.tls is not None]
    if len(shown) < 2 or any(tls.failure not in STRANGER for tls in shown):
        return None
    addresses = {one.address for one in _tries_at(evidence, evidence.told) if one.tls is not None}
    unknown = all(tls.failure == "ssl_unknown_authority" for tls in shown)
    return tuple(shown) if unknown or addresses <= evidence.surroundings.shared_strangers else None


def only_elsewhere(evidence: Evidence) -> Witnesses:
    """What the system's resolver points at fails again and again, and what other resolvers give works."""
    told = _tries_at(evidence, evidence.told)
    if len(told) < 2 or any(one.went_well for one in told) or not evidence.works:
        return None
    return some(one.steps[-1] for one in (*told, *evidence.plain_tries) if one.failure or one.went_well)


def absent_everywhere(evidence: Evidence) -> Witnesses:
    """Two resolvers say that the name does not exist, one of them by DoH, which cannot be forged.

    None but the system's says otherwise: a provider may rewrite such an answer into its search page's address.
    """
    return _agreed_elsewhere(evidence, "dns_nxdomain_error")


def without_address_everywhere(evidence: Evidence) -> Witnesses:
    """The same of a name that exists, and for which there is no address."""
    return _agreed_elsewhere(evidence, "dns_no_answer")


def _agreed_elsewhere(evidence: Evidence, failure: str) -> Witnesses:
    """The questions for A that failed in this way, if all that others than the system's resolver were asked did."""
    asked = [lookup for lookup in evidence.lookups if lookup.query_type == "A"]
    agreed = [lookup for lookup in asked if lookup.failure == failure]
    dissent = any(lookup not in agreed and lookup.resolver != "system" for lookup in asked)
    if dissent or evidence.told_by_controls or all(lookup.transport not in SECURE for lookup in agreed):
        return None
    return tuple(lookup.replies[0] for lookup in agreed) if len({lookup.resolver for lookup in agreed}) > 1 else None


def name_answers(evidence: Evidence) -> Witnesses:
    """Where only the name matters: an answer of the system's resolver with an address that a server can have."""
    if evidence.endpoint.protocol != "dns":
        return None
    sound = [lookup for lookup in evidence.system if lookup.answers and not any(map(is_bogon, lookup.answers))]
    return some(lookup.replies[0] for lookup in sound) or shared_answers(evidence)


def _first_replies(evidence: Evidence) -> list[Observation]:
    """The system's first replies to the questions for A."""
    return [lookup.replies[0] for lookup in evidence.system if lookup.query_type == "A"]


def _is_bad_beside(evidence: Evidence) -> bool:
    """Whether no resolver over UDP is answered soundly either: two or more are silent, or one is sent garbage."""
    asked = [one for one in evidence.controls if one.transport == "udp" and one.query_type == "A"]
    true = evidence.proven | evidence.told_securely
    if any(not true.isdisjoint(one.answers) for one in asked):
        return False
    silent = {one.resolver for one in asked if one.failure in SILENCE}
    return len(silent) > 1 or any(row.failure == "dns_reply_malformed" for one in asked for row in one.replies)


def _silence_is_no_sign(evidence: Evidence) -> bool:
    """Packets get lost on this line, or the answer is too long for one packet and the second way to ask is shut."""
    replies = (row for lookup in evidence.lookups for row in lookup.replies)
    return evidence.surroundings.loses_questions or any((row.dns_flags or 0) & TRUNCATED for row in replies)


def _tries_at(evidence: Evidence, addresses: frozenset[str]) -> list[Try]:
    return [one for one in evidence.tries if one.variation in PLAIN and one.address in addresses]


def is_home(address: str) -> bool:
    if address == OWN_ADDRESS:
        return True
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in HOME)
