"""The certificate authorities of one lab: one for the web, one for Signal, and one that nobody trusts."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

import trustme

from agent.lab.world import TRUSTED

#: The authority of a censor's foreign certificates.
FOREIGN = "foreign"


def make_authorities() -> dict[str, trustme.CA]:
    """A fresh authority for each kind."""
    return {
        name: trustme.CA(organization_name=f"Lab authority, {name}", organization_unit_name="Loopback only")
        for name in (*TRUSTED, FOREIGN)
    }


@dataclass(frozen=True)
class Certificates:
    """Server contexts with certificates, issued when first needed."""

    _authorities: Mapping[str, trustme.CA] = field(default_factory=make_authorities)
    _contexts: dict[tuple[str, tuple[str, ...]], ssl.SSLContext] = field(default_factory=dict)

    def trust_pem(self) -> dict[str, bytes]:
        """The root certificate of each authority that a client of the lab trusts."""
        return {name: self._authorities[name].cert_pem.bytes() for name in TRUSTED}

    def server_context(self, authority: str, names: tuple[str, ...]) -> ssl.SSLContext:
        """A context that shows a certificate of `authority` for `names` (host names or addresses)."""
        key = (authority, names)
        if key not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.set_alpn_protocols(["http/1.1"])
            self._authorities[authority].issue_cert(*names, common_name=names[0]).configure_cert(context)
            self._contexts[key] = context
        return self._contexts[key]
