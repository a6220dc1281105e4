"""What each kind of server says to an HTTP request. Nothing is read or sent here."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agent.lab import http_messages
from agent.lab.http_messages import Request
from agent.lab.servers.certificates import Certificates
from agent.lab.servers.doors import Place
from agent.lab.servers.nameserver import Zone, true_answer
from agent.lab.world import World

#: What a data centre of Telegram says to an HTTP POST without a message in it: the transport's error -404, as
#: four bytes in little-endian order (core.telegram.org/mtproto/mtproto-transports).
TELEGRAM_ANSWER = struct.pack("<i", -404)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a server knows beside the request."""

    world: World
    zone: Zone
    place: Place
    certificates: Certificates


def page(setting: Setting, request: Request) -> bytes:
    """The service's page, or the usual one, to every name and path."""
    if own := next(iter(setting.place.service.pages), None):
        return http_messages.answer(own.status, own.body.encode(), media_type=own.media_type)
    return http_messages.usual_page(setting.place.name, visitor_of(setting.world, setting.place.address))


def redirect(setting: Setting, request: Request) -> bytes:
    """To the same name and path behind TLS."""
    return http_messages.redirect_to(f"https://{request.host or setting.place.name}{request.path}")


def name_answer(setting: Setting, request: Request) -> bytes:
    """DNS inside HTTPS (RFC 8484 4.1), by POST."""
    if request.method != "POST" or request.path.partition("?")[0] != "/dns-query":
        return page(setting, request)
    try:
        wire = true_answer(setting.zone, request.body)
    except ValueError:
        return http_messages.answer(400, b"", media_type="text/plain")
    return http_messages.answer(200, wire, media_type="application/dns-message")


def telegram(setting: Setting, request: Request) -> bytes:
    """Four bytes to a POST; 501 to anything else, as the real ones say."""
    if request.method != "POST":
        return http_messages.answer(501, b"", media_type="text/plain")
    return http_messages.answer(200, TELEGRAM_ANSWER, media_type="application/octet-stream")


#: Each kind of service that speaks HTTP.
RESPONSES: Mapping[str, Callable[[Setting, Request], bytes]] = {
    "http": page,
    "https": page,
    "redirect": redirect,
    "doh": name_answer,
    "telegram": telegram,
}


def visitor_of(world: World, address: str) -> str:
    """The client's address that a server at `address` sees: one of the same IP version if there is one."""
    version = ipaddress.ip_address(address).version
    own = world.client.addresses
    return next((one for one in own if ipaddress.ip_address(one).version == version), (*own, "")[0])
