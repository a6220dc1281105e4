"""What a server knows: the world, its own place in it, the time, and whom it shows which certificate."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from agent.lab.servers.certificates import Certificates, Shown
from agent.lab.servers.doors import Place
from agent.lab.servers.nameserver import Resolver, Zone
from agent.lab.world import Host, World

#: Kinds that show web pages, with and without TLS.
WEB_KINDS = {True: frozenset({"https", "doh"}), False: frozenset({"http", "redirect", "telegram"})}
#: Where a proxy expects TLS.
TLS_PORT = 443


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What the server at one place knows. One object for all its connections."""

    world: World
    zone: Zone
    place: Place
    certificates: Certificates

    def now(self) -> datetime:
        """The world's present. The client's clock, this computer's, is ahead of it by its error."""
        return datetime.now(UTC) - timedelta(seconds=self.world.client.clock_error_s)

    @cached_property
    def resolver(self) -> Resolver:
        """The service as a resolver, with the order that its answers have come to."""
        return Resolver.of(self.zone, self.place.service)

    @property
    def shown(self) -> Shown:
        """The certificate that the service shows to those who ask for its own names, or for none."""
        service, host = self.place.service, self.place.host
        names = service.certificate_names or host.names or (self.place.address,)
        return Shown(names=names, kind=service.certificate, trust=service.trust)

    @cached_property
    def tls_context(self) -> ssl.SSLContext:
        """The service's side of TLS; which certificate it shows may hang on the name that the client gives."""
        service = self.place.service
        if service.kind != "proxy" and not service.turns_strangers_away:
            return self.certificates.server_context(self.shown, at=self.now(), tls=service.tls)
        context = self.certificates.new_context(self.shown, at=self.now(), tls=service.tls)
        context.sni_callback = self._greet
        return context

    def _greet(self, tls: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> int | None:
        """OpenSSL's question at a ClientHello: None to go on, or the alert to turn it away with."""
        if name is None:
            return None
        if self.place.service.kind == "proxy" and (context := self._proxied_context(name.lower())):
            tls.context = context
            return None
        known = (*self.place.host.names, *self.place.service.certificate_names)
        if self.place.service.turns_strangers_away and not any(covers(one, name) for one in known):
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        return None

    def _proxied_context(self, name: str) -> ssl.SSLContext | None:
        """A proxy's side of TLS for a name. None: it has its own certificate to show.

        One with a valid certificate hands the connection on, so that the named site shows its own. Any other breaks
        into TLS: it makes up a certificate of its kind for whatever name.
        """
        service = self.place.service
        if service.certificate_names:
            return None
        if service.certificate != "valid":
            shown = Shown(names=(name,), kind=service.certificate, trust=service.trust)
            return self.certificates.server_context(shown, at=self.now(), tls=service.tls)
        site = self.site_of(name, secure=True)
        return site.tls_context if site else None

    def site_of(self, name: str, *, secure: bool) -> Setting | None:
        """The web server of a name or an address, behind TLS or not; None where there is none."""
        host = named(self.world, name)
        if host is None:
            return None
        fitting = [one for one in host.services if one.kind in WEB_KINDS[secure]]
        if not fitting:
            return None
        place = Place(host=host, service=fitting[0], address=host.addresses[0])
        return replace(self, place=place)


def named(world: World, name: str) -> Host | None:
    """The host of a name, in any case, or of an address in normal form."""
    wanted = name.rstrip(".").lower()
    return next(
        (host for host in world.hosts if wanted in (one.lower() for one in (*host.names, *host.addresses))), None
    )


def covers(pattern: str, name: str) -> bool:
    """Whether a name of a certificate, perhaps with an asterisk for its first label, is for `name` (RFC 6125 6.4)."""
    pattern, name = pattern.lower(), name.lower()
    return name.partition(".")[2] == pattern[2:] if pattern.startswith("*.") else name == pattern
