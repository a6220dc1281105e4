"""What the world's web servers say to an HTTP request, in whatever version it came. Nothing is read or sent here."""

from __future__ import annotations

import base64
import ipaddress
import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from agent.lab.http_messages import HTML, Request, Response, titled_page, usual_page
from agent.lab.servers.nameserver import NoQueryError
from agent.lab.servers.settings import TLS_PORT, Setting
from agent.lab.world import Page, World

#: What a data centre of Telegram says to an HTTP POST without a message in it: the transport's error -404, as
#: four bytes in little-endian order (core.telegram.org/mtproto/mtproto-transports).
TELEGRAM_ANSWER = struct.pack("<i", -404)
#: Where a web server answers DNS queries (RFC 8484 4.1 leaves the path free; this one is nearly everybody's).
DNS_PATH = "/dns-query"


def page(setting: Setting, request: Request) -> Response:
    """The page of the longest path that the request's begins with, or the usual one where no pages are stated."""
    pages = setting.place.service.pages
    if not pages:
        return usual_page(setting.place.name, visitor_of(setting.world, setting.place.address))
    fitting = [one for one in pages if request.path.startswith(one.path)]
    return response_of(max(fitting, key=lambda one: len(one.path))) if fitting else Response(status=404)


def page_over_tls(setting: Setting, request: Request) -> Response:
    """The page, and where the host speaks QUIC on the same port, the word of it (RFC 7838)."""
    response, port = page(setting, request), setting.place.service.port
    speaks_quic = any(one.kind == "quic" and one.port == port for one in setting.place.host.services)
    if not speaks_quic or "alt-svc" in (name.lower() for name, _ in response.headers):
        return response
    return replace(response, headers=(("Alt-Svc", f'h3=":{port}"; ma=86400'), *response.headers))


def page_over_quic(setting: Setting, request: Request) -> Response:
    """The page of the same web server over TCP, where QUIC has none of its own."""
    place = setting.place
    if not place.service.pages:
        twins = (one for one in place.host.services if one.kind == "https" and one.port == place.service.port)
        place = replace(place, service=next(twins, place.service))
    return page(replace(setting, place=place), request)


def response_of(page: Page) -> Response:
    """The page as a response."""
    location = (("Location", page.location),) if page.location else ()
    return Response(
        status=page.status,
        media_type=page.media_type,
        body=page.body.encode() or titled_page(page.title),
        size_bytes=page.size_bytes,
        headers=(*location, *page.headers),
        cut_after_bytes=page.cut_after_bytes,
    )


def redirect(setting: Setting, request: Request) -> Response:
    """To the same name and path behind TLS."""
    host = request.host or setting.place.name
    location = f"https://{f'[{host}]' if ':' in host else host}{request.path}"
    return Response(status=301, media_type=HTML, headers=(("Location", location),))


def name_answer(setting: Setting, request: Request) -> Response:
    """DNS inside HTTPS (RFC 8484 4.1), by POST and by GET; a page to everything else."""
    target = urlsplit(request.path)
    if target.path != DNS_PATH:
        return page(setting, request)
    try:
        query = request.body if request.method == "POST" else query_in(target.query)
        wire = setting.resolver.answer(query)
    except NoQueryError:
        return Response(status=400)
    return Response(media_type="application/dns-message", body=wire)


def query_in(url_query: str) -> bytes:
    """The DNS query in that of a URL: Base64 for URLs, without padding. Raises `NoQueryError`."""
    match parse_qs(url_query).get("dns"):
        case [text]:
            try:
                return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            except ValueError as error:
                raise NoQueryError("This is no Base64.") from error
    raise NoQueryError("There is not one query in this URL.")


def telegram(setting: Setting, request: Request) -> Response:
    """Four bytes to a POST; 501 to anything else, as the real ones say."""
    if request.method != "POST":
        return Response(status=501)
    return Response(media_type="application/octet-stream", body=TELEGRAM_ANSWER)


def proxied(setting: Setting, request: Request) -> Response:
    """What the site that the request names would say, or 502 (RFC 9110 15.6.3) where there is none."""
    site = setting.site_of(request.host, secure=setting.place.service.port == TLS_PORT)
    return SITES[site.place.service.kind](site, request) if site else Response(status=502)


#: Each kind of service that is a web server.
SITES: Mapping[str, Callable[[Setting, Request], Response]] = {
    "http": page,
    "https": page_over_tls,
    "quic": page_over_quic,
    "redirect": redirect,
    "doh": name_answer,
    "telegram": telegram,
    "proxy": proxied,
}


def visitor_of(world: World, address: str) -> str:
    """The client's address that a server at `address` sees: one of the same IP version if there is one."""
    version = ipaddress.ip_address(address).version
    own = world.client.addresses
    return next((one for one in own if ipaddress.ip_address(one).version == version), (*own, "")[0])
