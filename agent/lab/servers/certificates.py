"""The certificates of one lab: an authority for the web, one for Signal, one that nobody trusts, and what they sign.

Keys live in memory alone; on Linux nothing of them touches a disk.
"""

from __future__ import annotations

import base64
import hashlib
import os
import ssl
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import ExtensionOID

from agent.lab.world import TRUSTED

#: The authority that no client of the lab trusts.
FOREIGN = "foreign"
#: When a certificate begins and ends, counted from the world's present. Browsers take at most 398 days together
#: (CA/Browser Forum, Baseline Requirements 6.3.2, until March 2026; 200 from then on).
IN_DATE = (timedelta(days=-30), timedelta(days=60))
DATES = {
    "expired": (timedelta(days=-97), timedelta(days=-7)),
    "not_yet_valid": (timedelta(days=7), timedelta(days=97)),
}
#: Kinds whose signature is the trusted authority's own.
TRUSTWORTHY = frozenset({"valid", "expired", "not_yet_valid", "wrong_name"})
#: Whose certificate a server with `wrong_name` shows.
ANOTHER_NAME = "another-host.example"
#: Characters that a common name may have (RFC 5280, ub-common-name).
COMMON_NAME_CHARACTERS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A certificate that a server shows."""

    #: Host names or addresses that the server answers for; at least one.
    names: tuple[str, ...]
    #: A key of CERTIFICATES.
    kind: str = "valid"
    #: Whose signature it has, if it has a good one: one of TRUSTED.
    trust: str = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A certificate with its key, both PEM."""

    certificate_pem: bytes
    key_pem: bytes


class Certificates:
    """Authorities with fresh keys, and what they sign, when it is first asked for."""

    def __init__(self) -> None:
        self._authorities = {
            name: trustme.CA(organization_name=f"Lab authority, {name}", organization_unit_name="Lab only")
            for name in (*TRUSTED, FOREIGN)
        }
        self._issued: dict[Shown, Issued] = {}
        self._contexts: dict[tuple[Shown, str], ssl.SSLContext] = {}

    def trust_pem(self) -> dict[str, bytes]:
        """The root certificate of each authority that a client of the lab trusts. They outlast every clock error."""
        return {name: self._authorities[name].cert_pem.bytes() for name in TRUSTED}

    def issued(self, shown: Shown, *, at: datetime) -> Issued:
        """The certificate, made at its first showing. `at`: the world's present then."""
        if shown not in self._issued:
            self._issued[shown] = self._issue(shown, at)
        return self._issued[shown]

    def server_context(self, shown: Shown, *, at: datetime, tls: str = "1.3") -> ssl.SSLContext:
        """A context that shows it to everybody and speaks TLS up to `tls`; the same one each time it is asked for."""
        if (shown, tls) not in self._contexts:
            self._contexts[shown, tls] = self.new_context(shown, at=at, tls=tls)
        return self._contexts[shown, tls]

    def new_context(self, shown: Shown, *, at: datetime, tls: str = "1.3") -> ssl.SSLContext:
        """The same, for the caller alone, who may give it a mind of its own."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if tls == "1.2":
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        load(context, self.issued(shown, at=at))
        return context

    def foreign_context(self, kind: str, name: str) -> ssl.SSLContext:
        """What a censor answers TLS with: a certificate for `name` that no client can trust.

        `kind`: unknown_authority or self_signed.
        """
        return self.server_context(Shown(names=(name,), kind=kind), at=datetime.now(UTC))

    def spki_hash(self, shown: Shown, *, at: datetime) -> str:
        """Base64 of the SHA-256 of its public key, as Chromium's --ignore-certificate-errors-spki-list takes it."""
        certificate = x509.load_pem_x509_certificate(self.issued(shown, at=at).certificate_pem)
        key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(hashlib.sha256(key).digest()).decode()

    def _issue(self, shown: Shown, at: datetime) -> Issued:
        begins, ends = (at + distance for distance in DATES.get(shown.kind, IN_DATE))
        authority = self._authorities[shown.trust if shown.kind in TRUSTWORTHY else FOREIGN]
        names = (ANOTHER_NAME,) if shown.kind == "wrong_name" else shown.names
        try:
            leaf = authority.issue_cert(*names, common_name=common_name_of(names), not_before=begins, not_after=ends)
        except ValueError:  # a client has named what is no host name, and no certificate can bear it
            leaf = authority.issue_cert(ANOTHER_NAME, common_name=ANOTHER_NAME, not_before=begins, not_after=ends)
        issued = Issued(certificate_pem=leaf.cert_chain_pems[0].bytes(), key_pem=leaf.private_key_pem.bytes())
        return signed_by_itself(issued) if shown.kind == "self_signed" else issued


def common_name_of(names: tuple[str, ...]) -> str | None:
    """The name that a certificate's subject bears; None when the first of `names` is too long for it."""
    return names[0] if len(names[0]) <= COMMON_NAME_CHARACTERS else None


def signed_by_itself(issued: Issued) -> Issued:
    """The same certificate, with its own key's signature instead of its authority's."""
    key = load_pem_private_key(issued.key_pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("The lab's keys are made for elliptic curves.")
    model = x509.load_pem_x509_certificate(issued.certificate_pem)
    builder = (
        x509.CertificateBuilder()
        .subject_name(model.subject)
        .issuer_name(model.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(model.not_valid_before_utc)
        .not_valid_after(model.not_valid_after_utc)
    )
    for extension in model.extensions:
        if extension.oid != ExtensionOID.AUTHORITY_KEY_IDENTIFIER:
            builder = builder.add_extension(extension.value, critical=extension.critical)
    return replace(issued, certificate_pem=builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))


def load(context: ssl.SSLContext, issued: Issued) -> None:
    """Give a context its certificate. OpenSSL reads files alone: on Linux one that exists in memory only."""
    pem = issued.key_pem + issued.certificate_pem
    if not hasattr(os, "memfd_create"):
        with trustme.Blob(pem).tempfile() as path:
            context.load_cert_chain(path)
        return
    file = os.memfd_create("lab certificate")
    try:
        os.write(file, pem)
        context.load_cert_chain(f"/proc/self/fd/{file}")
    finally:
        os.close(file)
