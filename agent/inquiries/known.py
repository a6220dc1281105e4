"""What is known of a failing endpoint while it is isolated, and which try is worth the next connection. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agent.catalog.records import Endpoint
from agent.plan import Attempt
from agent.vantage import Anchor
from agent.verdict.deeds import ENDS, SILENT, deed, wants_isolation
from agent.verdict.seen import OTHER_PORT, PLAIN, Try

#: Failures of an endpoint's own before one thing is changed: one alone may be a lost packet.
SUSPECTS_NEEDED = 2
#: Where a web server takes connections beside plain HTTP.
SECURE_PORT = 443
#: Bytes of the segments in which a certificate is asked for again: what every path carries (RFC 9293 3.7.1 has 536 for
#: IPv4), and no more than macOS can tell.
SHORT_SEGMENT_BYTES = 512
#: A path that every web server has.
ROOT = "/"


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known so far, asked for what is worth trying next."""

    endpoint: Endpoint
    tries: Sequence[Try]
    anchor: Anchor
    suspects: Sequence[Try]
    path_is_public: bool

    @property
    def layer(self) -> str:
        return wants_isolation(self.suspects[0])

    @property
    def here(self) -> str:
        return self.suspects[0].address

    def of_tls(self) -> list[Attempt]:
        """Innocent names at both servers; the name at the anchor, and none here where no name is answered; that again
        if it fails; the certificate if nothing is left but it, and of silence that no long packet is what is lost."""
        if not self.has("other_name_elsewhere"):
            return [self.innocent_elsewhere(), *self.innocent_here()]
        if not self.is_worth_going_on():
            return []
        if not self.has("this_name_elsewhere"):
            mute = self.has("control_name_here") and not self.answered("control_name_here")
            return [self.suspect_elsewhere(), *([self.varied("no_name_here", self.here, "")] if mute else [])]
        if again := self.suspect_again():
            return again
        mute_to_all = self.failed("control_name_here") and self.failed("no_name_here")
        if mute_to_all and self.answered("this_name_elsewhere") and not self.has("tls_1_3_here"):
            return [self.varied("tls_1_3_here", self.here, self.endpoint.hostname, tls_version="1.3")]
        if self.is_turned_down() and self.is_silent() and not self.has("short_segments_here"):
            name = self.endpoint.hostname
            return [self.varied("short_segments_here", self.here, name, segment_bytes=SHORT_SEGMENT_BYTES)]
        return []

    def of_plain_http(self) -> list[Attempt]:
        """The same with Hosts, and the name in a path at last. Where innocent Hosts fail alike at both servers the path
        is left to be changed."""
        if not self.has("other_name_elsewhere"):
            beside = self.varied(OTHER_PORT, self.here, self.endpoint.hostname, connect_port=SECURE_PORT)
            return [self.innocent_elsewhere(), beside, *self.innocent_here()]
        if self.failed("control_name_here") and self.failed("other_name_elsewhere") and self.endpoint.path != ROOT:
            return self.of_a_path()
        if not self.is_worth_going_on():
            return []
        if not self.has("this_name_elsewhere"):
            return [self.suspect_elsewhere()]
        return self.suspect_again() or self.of_a_word()

    def of_a_path(self) -> list[Attempt]:
        """Another path at both servers; this one once more at the anchor if those are answered."""
        if not self.has("other_path_here"):
            return [
                self.varied("other_path_elsewhere", self.anchor.address, self.anchor.other_name, path=ROOT),
                self.varied("other_path_here", self.here, self.endpoint.hostname, path=ROOT),
            ]
        spared = not self.failed("other_path_here") and not self.failed("other_path_elsewhere")
        return [self.innocent_elsewhere()] if spared and self.count("other_name_elsewhere") < SUSPECTS_NEEDED else []

    def of_a_word(self) -> list[Attempt]:
        """The Host in another's path, once it is found to be the trigger: who looks for words finds it there too."""
        if not self.failed("this_name_elsewhere") or self.has("name_in_path_elsewhere"):
            return []
        path = ROOT + self.endpoint.hostname
        return [self.varied("name_in_path_elsewhere", self.anchor.address, self.anchor.other_name, path=path)]

    def is_turned_down(self) -> bool:
        """Whether the server turns an offer of TLS 1.3 alone down, and so is there."""
        return any(deed(one, "tls").startswith("alert") for one in self.made("tls_1_3_here"))

    def is_silent(self) -> bool:
        """Whether silence is all that is suspected: it is what a path looks like that carries no long packets."""
        return any(deed(one, self.layer) in SILENT for one in self.suspects)

    def is_worth_going_on(self) -> bool:
        """Whether the name at the anchor can tell anything: where the anchor was reached, and turns nobody away as this
        name is turned away."""
        reached = all(one.connected for one in self.made("other_name_elsewhere"))
        return reached and not self.failed("other_name_elsewhere")

    def suspect_again(self) -> list[Attempt]:
        """What decides is tried twice, so that no single lost packet condemns."""
        failed = self.failed("this_name_elsewhere", or_with=ENDS)
        return [self.suspect_elsewhere()] if failed and self.count("this_name_elsewhere") < SUSPECTS_NEEDED else []

    @property
    def is_shut(self) -> bool:
        """Whether the last of the endpoint's own tries here did not connect, after others had."""
        own = [one for one in self.tries if one.variation in PLAIN and one.address == self.here]
        return not own[-1].connected

    def made(self, variation: str) -> list[Try]:
        return [one for one in self.tries if one.variation == variation]

    def count(self, variation: str) -> int:
        return len(self.made(variation))

    def has(self, variation: str) -> bool:
        return bool(self.made(variation))

    def failed(self, variation: str, *, or_with: frozenset[str] = frozenset()) -> bool:
        """Whether it was tried, and the same was done to it as to the endpoint itself, or a deed of `or_with`."""
        done = {deed(one, self.layer) for one in self.suspects} | or_with
        met = [deed(one, self.layer) for one in self.made(variation)]
        return bool(met) and done.issuperset(met)

    def answered(self, variation: str) -> bool:
        """Whether it was tried and answered; where alerts are the suspicion, without one."""
        done = {deed(one, self.layer) for one in self.suspects}
        return self.has(variation) and all(
            one.answered and deed(one, self.layer) not in done for one in self.made(variation)
        )

    def innocent_elsewhere(self) -> Attempt:
        return self.elsewhere("other_name_elsewhere", self.anchor.other_name)

    def innocent_here(self) -> list[Attempt]:
        return [] if self.is_shut else [self.varied("control_name_here", self.here, self.anchor.name)]

    def suspect_elsewhere(self) -> Attempt:
        return self.elsewhere("this_name_elsewhere", self.endpoint.hostname)

    def elsewhere(self, variation: str, name: str) -> Attempt:
        return self.varied(variation, self.anchor.address, name, path=None if self.path_is_public else ROOT)

    def varied(self, variation: str, address: str, name: str, **changes: Any) -> Attempt:
        return Attempt(variation=variation, address=address, name=name, **changes)
