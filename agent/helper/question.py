"""What a client asks, read and refused where it asks too much. Pure: nobody is visited here."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from agent.catalog.address import is_hostname
from agent.helper.bounds import PORTS, WEB_PORTS, Bounds
from agent.verdict.fingerprints import is_bogon
from agent.verdict.fingerprints.addresses import GIVEN_OUT

DEFAULT_PORTS = {"http": 80, "https": 443}
#: IPv6 addresses that hold one of IPv4 among those that are given out: 6to4 (RFC 3056) and Teredo (RFC 4380). Whatever
#: translates on the way could turn them, and the mapped and translated ones outside, into a private address.
STANDING_FOR_IPV4 = (ipaddress.IPv6Network("2002::/16"), ipaddress.IPv6Network("2001::/32"))


class QuestionError(ValueError):
    """The question is not answered. Its text is one sentence for whoever asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to connect to: an address that is nobody's own network's, and an allowed port."""

    #: As the client wrote it, which is the key of its result.
    text: str
    address: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that may be answered."""

    url: SplitResult
    #: Those of the wanted endpoints that may be visited; the others are left out of the answer.
    places: tuple[Place, ...]

    @property
    def host(self) -> str:
        """The URL's host: a name, or an address."""
        return self.url.hostname or ""

    @property
    def port(self) -> int:
        """The URL's port."""
        return self.url.port or DEFAULT_PORTS[self.url.scheme]

    @property
    def is_page(self) -> bool:
        """Whether the URL may be fetched: at other ports than the web's it only says which host is meant."""
        return self.port in WEB_PORTS


def read_question(body: bytes, bounds: Bounds) -> Asked:
    """The question in a request's body. Raises `QuestionError`.

    Headers that the client wants to be sent are not read at all: what goes out is the same for everybody.
    """
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        raise QuestionError("The body is no JSON.") from None
    if not isinstance(asked, dict) or not isinstance(asked.get("http_request"), str):
        raise QuestionError("The body must be an object with http_request, a URL.")
    wanted = asked.get("tcp_connect") or []
    if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
        raise QuestionError("tcp_connect must be a list of endpoints, such as 93.184.216.34:443.")
    if len(wanted) > bounds.endpoints:
        raise QuestionError(f"tcp_connect has more than {bounds.endpoints} endpoints.")
    places = (place_of(text) for text in dict.fromkeys(wanted))
    return Asked(url=read_url(asked["http_request"], bounds), places=tuple(place for place in places if place))


def read_url(text: str, bounds: Bounds) -> SplitResult:
    """A URL that may be visited, as far as it tells. Raises `QuestionError`."""
    if len(text) > bounds.url_characters or not text.isascii() or not text.isprintable() or " " in text:
        raise QuestionError(f"The URL must be of {bounds.url_characters} ASCII characters at most.")
    try:
        url = urlsplit(text)
        host, port = url.hostname or "", url.port or DEFAULT_PORTS.get(url.scheme, 0)
    except ValueError:
        raise QuestionError("The URL does not parse.") from None
    if url.scheme not in DEFAULT_PORTS or "@" in url.netloc or port not in PORTS:
        raise QuestionError(f"The URL must be of http or https, without a user, at one of the ports {ports_listed()}.")
    if not is_hostname(host) and not is_public(host):
        raise QuestionError("The URL's host must be a name with a dot in it, or a public address.")
    return url


def place_of(text: str) -> Place | None:
    """The endpoint in the protocol's spelling; None where nobody is sent."""
    address, _, port = text.rpartition(":")
    try:
        number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0
        parsed = str(ipaddress.ip_address(address.removeprefix("[").removesuffix("]")))
    except ValueError:
        return None
    return Place(text=text, address=parsed, port=number) if number in PORTS and is_public(parsed) else None


def is_public(address: str) -> bool:
    """Whether a public server can be there: no private, shared, loopback, link-local, multicast or reserved address,
    and none of IPv6 that stands for one of IPv4."""
    if is_bogon(address):
        return False
    parsed = ipaddress.ip_address(address)
    return parsed.version == 4 or (parsed in GIVEN_OUT and not any(parsed in one for one in STANDING_FOR_IPV4))


def ports_listed() -> str:
    """The ports in words."""
    return ", ".join(map(str, sorted(PORTS)))
