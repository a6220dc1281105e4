"""What the swap tests tell of a name. Every sign returns the observations that show it, or None.

Four places tell of one name: itself at its own server, an innocent name there, itself at an unrelated server (the
anchor), and another innocent name at the anchor. The longest chain condemns; every shorter one has an innocent story.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from agent.verdict.deeds import ENDS, FORGERY, SILENT, deed, mechanism_of
from agent.verdict.evidence import Evidence
from agent.verdict.seen import Try
from agent.verdict.signs import CONNECT_FAILURES, Witnesses, some
from probes.observation import Observation

#: Tries at the endpoint's own address that send no name of its own.
INNOCENT_HERE = ("control_name_here", "no_name_here")
#: How a port is shut that took connections before.
SHUT = {**CONNECT_FAILURES, "connection_refused": "tcp.refused"}


def name_is_trigger(evidence: Evidence, layer: str) -> Witnesses:
    """The full swap: the name fails twice here, and twice in the same way at the anchor; others do well at both.

    A forged certificate is not enough: whoever forges may be an office, or a program, that lets its people through.
    """
    done = _deeds(failures_here(evidence, layer), layer, evidence)
    if "forge" in done or not spared(evidence, layer, *INNOCENT_HERE):
        return None
    suspect = evidence.varied("this_name_elsewhere")
    if len(suspect) < 2 or not done & _deeds(suspect, layer, evidence):
        return None  # one failure may be a lost packet
    return name_fails_elsewhere(evidence, layer)


def name_fails_elsewhere(evidence: Evidence, layer: str) -> Witnesses:
    """The name fails here twice, and at an anchor that answers an innocent name: but this server answers nobody.

    So it may be down, and a single try at the anchor is all that speaks against the name.
    """
    own, suspect = failures_here(evidence, layer), evidence.varied("this_name_elsewhere")
    if not own or not suspect or not _alike(own, suspect, layer, evidence):
        return None
    met = _deeds(suspect, layer, evidence)
    if len(suspect) < 2 and met & SILENT and not spared(evidence, layer, *INNOCENT_HERE):
        return None  # a server that is down for everybody, and one lost packet
    if layer == "http" and not evidence.open_beside:
        return None  # the server may be down behind a proxy for plain HTTP, which would fail for this Host anywhere
    if not spared(evidence, layer, "other_name_elsewhere"):
        return None
    innocent = (evidence.varied("other_name_elsewhere"), *(evidence.varied(one) for one in INNOCENT_HERE))
    return steps_of(layer, own, suspect, *innocent)


def only_this_name_fails_here(evidence: Evidence, layer: str) -> Witnesses:
    """The half swap: this server answers an innocent name, and the anchor turns every stranger away, but not like this.

    Where the anchor treats both names alike, or was not reached, nothing is known: one tenant of a server may be down.
    """
    own, suspect = failures_here(evidence, layer), evidence.varied("this_name_elsewhere")
    innocent = evidence.varied("other_name_elsewhere")
    done = _deeds(suspect, layer, evidence)
    if not own or not innocent or not spared(evidence, layer, *INNOCENT_HERE):
        return None
    turned_away = _deeds(innocent, layer, evidence)
    if not turned_away or done & turned_away or not done & _deeds(own, layer, evidence):
        return None
    return steps_of(layer, own, suspect, evidence.varied("control_name_here"), innocent)


def name_draws_punishment(evidence: Evidence, layer: str) -> Witnesses:
    """The name is turned away here, and after that the port is shut to all; and so it is at the anchor, where another
    name was answered before.

    What is shut cannot be tried twice. So silence does not count here, nor a forged certificate, and an outage that
    begins in between would have to begin at two servers at once.
    """
    own, suspect = _reached(_own_tries(evidence)), _reached(evidence.varied("this_name_elsewhere"))
    done = _deeds(own, layer, evidence)
    shut = [one for one in _own_tries(evidence) if not one.connected]
    if not shut or shut[-1] is not _own_tries(evidence)[-1]:
        return None
    if not done or done & (SILENT | {"forge"}) or done != _deeds(suspect, layer, evidence):
        return None
    if layer == "http" and not evidence.open_beside:
        return None
    if _not_unrelated(evidence) or not spared(evidence, layer, "other_name_elsewhere"):
        return None
    return (
        *(steps_of(layer, own, suspect, evidence.varied("other_name_elsewhere")) or ()),
        *(one.connect for one in shut),
    )


def kind_of_punishment(evidence: Evidence, layer: str) -> Iterable[str]:
    """The deed itself, and how the port is shut after it, where it is shut in one way here and at the anchor."""
    yield from kind_of_interference(evidence, layer)
    tried = [*_own_tries(evidence), *evidence.varied("this_name_elsewhere")]
    shut = {(one.variation == "this_name_elsewhere", one.connect.failure) for one in tried if not one.connected}
    for failure, mechanism in SHUT.items():
        if {(False, failure), (True, failure)} <= shut:
            yield mechanism


def kind_of_interference(evidence: Evidence, layer: str) -> Iterable[str]:
    """The mechanism of every deed seen on the endpoint's own tries: by SNI, by Host, or by a word anywhere."""
    field = "sni" if layer == "tls" else "" if _fails_anywhere(evidence) else "host"
    for one in _own_tries(evidence):
        step, done = one.at(layer), deed(one, layer)
        if step is None or not done:
            continue
        if done != "forge":
            yield mechanism_of(layer, done, field)
            if layer == "tls" and _is_page(step):
                yield "http.diff"
        else:
            self_signed = step.certificate_subject == step.certificate_issuer
            yield "tls.mitm.self_signed" if self_signed else "tls.mitm.ca_signed"


def _is_page(step: Observation) -> bool:
    """Whether what came in the place of TLS is a web page with a title, and no redirect: on a list or not, it is
    another than the server has, which speaks TLS there.
    """
    return step.status_code is not None and not 300 <= step.status_code < 400 and bool(step.title)


def _fails_anywhere(evidence: Evidence) -> bool:
    """Whether a plain request fails for this name in its path as well: then it is a word, and no matter where."""
    own = {deed(one, "http") for one in _own_tries(evidence)}
    in_path = evidence.varied("name_in_path_elsewhere")
    return bool(in_path) and all(deed(one, "http") in own - {""} for one in in_path)


def failures_here(evidence: Evidence, layer: str) -> Sequence[Try]:
    """The endpoint's own tries, two or more, when something was done at `layer` to all that connected.

    None where the anchor is not unrelated: then no swap says anything.
    """
    connected = _reached(_own_tries(evidence))
    done_to = [one for one in connected if deed(one, layer)]
    if len(done_to) < 2 or len(done_to) < len(connected) or _not_unrelated(evidence):
        return ()
    return done_to


def spared(evidence: Evidence, layer: str, *variations: str) -> bool:
    """Whether one of the variations was tried and answered each time, and nothing was done to it.

    An alert is an answer: a server that does not know a name may say so. But not where alerts are the suspicion.
    """
    alerts = any(deed(one, layer).startswith("alert") for one in _own_tries(evidence))

    def is_well(one: Try) -> bool:
        done = deed_in(one, layer, evidence)
        return one.answered and (not done or (done.startswith("alert") and not alerts))

    tried = [tries for variation in variations if (tries := evidence.varied(variation))]
    return any(all(is_well(one) for one in tries) for tries in tried)


def steps_of(layer: str, *tries: Iterable[Try]) -> Witnesses:
    """The rows of `tries` at `layer`."""
    return some(step for one in chain(*tries) if (step := one.at(layer)) is not None)


def _own_tries(evidence: Evidence) -> Sequence[Try]:
    """Tries of the endpoint as it is: where DoH vouches for an address that was tried, those there alone.

    Where the system's resolver sends besides may be a forger's choice, and says nothing of the server itself.
    """
    tries = evidence.plain_tries
    if any(one.went_well for one in tries):
        return tries
    return [one for one in tries if one.address in evidence.told_securely] or tries


def _reached(tries: Iterable[Try]) -> list[Try]:
    return [one for one in tries if one.connected]


def _not_unrelated(evidence: Evidence) -> bool:
    """Whether an innocent name's own certificate was shown where it should be a stranger.

    Then site and anchor are of one network, or a proxy on the way goes where the name says; and either way a fault of
    the site alone fails here and there alike.
    """
    innocent = (*evidence.varied("control_name_here"), *evidence.varied("other_name_elsewhere"))
    return any(one.tls is not None and one.tls.succeeded for one in innocent)


def _alike(own: Iterable[Try], suspect: Iterable[Try], layer: str, evidence: Evidence) -> bool:
    """Whether each of `suspect` met with what `own` met with; ends of any kind are alike enough."""
    done = _deeds(own, layer, evidence)
    met = [deed_in(one, layer, evidence) for one in suspect]
    return all(one in done or (one in ENDS and bool(done & ENDS)) for one in met)


def _deeds(tries: Iterable[Try], layer: str, evidence: Evidence) -> set[str]:
    """What was done to `tries`; empty when nothing was done to any of them, or was to some only."""
    done = [deed_in(one, layer, evidence) for one in tries]
    return set(done) if all(done) else set()


def deed_in(one: Try, layer: str, evidence: Evidence) -> str:
    """What somebody did to this try; empty when nothing.

    A certificate of an unknown authority is a forgery at the anchor only when the forger of the endpoint's own tries
    made it: Signal's clients, for one, know no public authority, and the anchor has a public one's.
    """
    done = deed(one, layer)
    if done != "forge" or one in evidence.plain_tries:
        return done
    forgers = {own.tls.certificate_issuer for own in evidence.plain_tries if own.tls and own.tls.failure == FORGERY}
    return done if one.tls and one.tls.certificate_issuer in forgers - {""} else ""
