"""What the tries tell of triggers that are no name of the client's: the server's certificate, the path of a request."""

from __future__ import annotations

from collections.abc import Iterable

from agent.verdict.deeds import SILENT, deed, mechanism_of
from agent.verdict.evidence import Evidence
from agent.verdict.seen import SHORT
from agent.verdict.signs import Witnesses
from agent.verdict.swap_signs import failures_here, spared, steps_of

#: Alerts by which a server of TLS 1.2 turns an offer of 1.3 alone away: protocol_version as RFC 8446 4.1.3 and its
#: appendix D have it, handshake_failure from those that never heard of 1.3.
NO_SUCH_VERSION = frozenset({"alert 70", "alert 40"})
#: What may be done to a handshake for its certificate, and that no server does who read the offer. A damaged one is
#: not here: old servers' parameters, which clients refuse, look the same.
FOR_A_CERTIFICATE = frozenset({"reset", "close"}) | SILENT


def certificate_is_trigger(evidence: Evidence) -> Witnesses:
    """Every handshake of TLS 1.2 is cut here, whatever name is sent and without any; the server is there all the same
    and turns an offer of TLS 1.3 down, in which it would show no certificate in clear; and its name passes elsewhere.

    A server whose 1.2 breaks off by itself, just so, remains possible. Silence might be a path that loses long packets,
    as certificates are: so it must be as silent when told to send short ones.
    """
    own, alone = failures_here(evidence, "tls"), evidence.varied("tls_1_3_here")
    done = {deed(one, "tls") for one in own}
    if not own or not alone or not done <= FOR_A_CERTIFICATE:
        return None
    same_here = [*evidence.varied("control_name_here"), *evidence.varied("no_name_here")]
    if len({one.variation for one in same_here}) < 2 or any(deed(one, "tls") not in done for one in same_here):
        return None
    if any(deed(one, "tls") not in NO_SUCH_VERSION for one in alone):
        return None
    short = evidence.varied(SHORT)
    if done & SILENT and not (short and all(deed(one, "tls") in SILENT for one in short)):
        return None
    if not spared(evidence, "tls", "this_name_elsewhere"):
        return None
    return steps_of("tls", own, alone, same_here, short, evidence.varied("this_name_elsewhere"))


def kind_of_certificate_deed(evidence: Evidence) -> Iterable[str]:
    """tls.<deed>.certificate; of silence it does not matter how much came before."""
    for one in failures_here(evidence, "tls"):
        done = deed(one, "tls")
        yield mechanism_of("tls", "timeout" if done in SILENT else done, "certificate")


def path_is_trigger(evidence: Evidence) -> Witnesses:
    """This path fails here twice, and twice in the same way at the anchor under an innocent Host; another path is
    answered here, under the same Host, and at the anchor.
    """
    own, innocent = failures_here(evidence, "http"), evidence.varied("other_name_elsewhere")
    done = {deed(one, "http") for one in own}
    if not own or len(innocent) < 2 or any(deed(one, "http") not in done for one in innocent):
        return None
    if not spared(evidence, "http", "other_path_here") or not spared(evidence, "http", "other_path_elsewhere"):
        return None
    others = (evidence.varied("other_path_here"), evidence.varied("other_path_elsewhere"))
    return steps_of("http", own, innocent, evidence.varied("control_name_here"), *others)


def kind_of_path_deed(evidence: Evidence) -> Iterable[str]:
    """http.<deed>: the Host is not what set it off."""
    for one in failures_here(evidence, "http"):
        yield mechanism_of("http", deed(one, "http"), "")
