"""Certificates, judged after the handshake: who signed this chain, is it for this name, and is it valid today.

A bad certificate is evidence, so nothing here raises for one, however absurd it is.
"""

from __future__ import annotations

import functools
import hashlib
import ipaddress
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import certifi
import service_identity
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from OpenSSL import crypto
from service_identity.cryptography import verify_certificate_hostname, verify_certificate_ip_address

from probes.limits import NAME_CHARACTERS

#: OpenSSL's verification errors (x509_vfy.h) that mean: no trusted authority made this. 7 and 4 are signatures that
#: are not of the authority they claim; 18 and 19 are self-signed; 2, 20, 21 and 27 have no way to a root.
UNKNOWN_AUTHORITY_CODES = frozenset({2, 4, 7, 18, 19, 20, 21, 27})
#: One certificate of a PEM file. OpenSSL reads it, as old roots have oddities that stricter parsers refuse.
PEM_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)

#: What reading somebody's certificate may raise.
UNREADABLE = (ValueError, TypeError, LookupError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.InvalidVersion)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """What rows say of a server's certificate. Empty: it could not be read."""

    #: SHA-256 of its bytes, hexadecimal.
    sha256: str = ""
    #: Its common name, or the first of its names.
    subject: str = ""
    #: Its issuer's common name or organisation.
    issuer: str = ""
    expires_at: datetime | None = None


class TrustStore:
    """Root certificates, and the judgement by them. Built once, good for every moment."""

    def __init__(self, roots_pem: bytes) -> None:
        """Raises `ValueError` when `roots_pem` holds no certificate or one that cannot be read."""
        blocks = PEM_BLOCK.findall(roots_pem)
        if not blocks:
            raise ValueError("The trusted roots hold no PEM certificate; at least one is needed.")
        self._roots = []
        for number, block in enumerate(blocks, start=1):
            try:
                self._roots.append(crypto.load_certificate(crypto.FILETYPE_PEM, block))
            except crypto.Error as error:
                raise ValueError(f"Certificate {number} of the trusted roots cannot be read; replace it.") from error

    @staticmethod
    @functools.cache
    def web() -> TrustStore:
        """Mozilla's list of public authorities, as certifi brings it; read at the first call and kept."""
        return TrustStore(Path(certifi.where()).read_bytes())

    def check(self, chain_der: Sequence[bytes], hostname: str, *, at: datetime) -> str:
        """The failure of a chain, leaf first, for `hostname` (a name or a literal address) at a moment; empty: valid.

        Authority before name before dates: an expired certificate of a known authority for the right name still says
        whose server it is, and the other two do not.
        """
        try:
            if not chain_der:
                return "ssl_invalid_certificate"
            leaf, *others = [crypto.load_certificate(crypto.FILETYPE_ASN1, der) for der in chain_der]
            certificate = _load(chain_der[0])
            code = self._verify(leaf, others, at)
            if code in UNKNOWN_AUTHORITY_CODES:
                return "ssl_unknown_authority"
            if not _is_for(certificate, hostname):
                return "ssl_invalid_hostname"
            return "ssl_invalid_certificate" if code or not _may_serve(certificate) else ""
        except (crypto.Error, *UNREADABLE):
            return "ssl_invalid_certificate"

    def _verify(self, leaf: crypto.X509, others: list[crypto.X509], at: datetime) -> int:
        """OpenSSL's error code; 0 when the chain leads to a root.

        Each time with a new store: OpenSSL heeds the first time that a store is given, and no later one.
        """
        store = crypto.X509Store()
        for root in self._roots:
            store.add_cert(root)
        store.set_time(at.astimezone(UTC))
        try:
            crypto.X509StoreContext(store, leaf, others).verify_certificate()
        except crypto.X509StoreContextError as error:
            return int(error.errors[0])
        return 0


def describe(leaf_der: bytes) -> Leaf:
    """What rows say of the certificate; of one that cannot be read, its digest alone."""
    sha256 = hashlib.sha256(leaf_der).hexdigest()
    try:
        certificate = _load(leaf_der)
        subject = _name(certificate.subject, NameOID.COMMON_NAME) or next(iter(_alternative_names(certificate)), "")
        issuer = _name(certificate.issuer, NameOID.COMMON_NAME) or _name(certificate.issuer, NameOID.ORGANIZATION_NAME)
        return Leaf(sha256=sha256, subject=subject, issuer=issuer, expires_at=certificate.not_valid_after_utc)
    except UNREADABLE:
        return Leaf(sha256=sha256)


def readable(text: str) -> str:
    """Text of a stranger in one line of printable characters, at most `NAME_CHARACTERS` of them."""
    folded = " ".join(text.split())
    return "".join(character for character in folded if character.isprintable())[:NAME_CHARACTERS]


def _load(der: bytes) -> x509.Certificate:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cryptography warns of odd certificates, and odd ones are what we look for
        return x509.load_der_x509_certificate(der)


def _name(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    """The first attribute of that kind; empty when there is none."""
    values = [str(attribute.value) for attribute in name.get_attributes_for_oid(oid)]
    return readable(values[0]) if values else ""


def _alternative_names(certificate: x509.Certificate) -> list[str]:
    """The DNS names of the certificate."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return [readable(name) for name in extension.value.get_values_for_type(x509.DNSName)]


def _is_for(certificate: x509.Certificate, hostname: str) -> bool:
    """Whether the certificate names this host (RFC 9525). No certificate names nobody."""
    if not hostname:
        return False
    try:
        if _is_address(hostname):
            verify_certificate_ip_address(certificate, hostname)
        else:
            verify_certificate_hostname(certificate, hostname)
    except (service_identity.VerificationError, service_identity.CertificateError):
        return False
    return True


def _is_address(hostname: str) -> bool:
    try:
        ipaddress.ip_address(hostname)
    except ValueError:
        return False
    return True


def _may_serve(certificate: x509.Certificate) -> bool:
    """Whether its extended key usage, if it has one, allows a TLS server (RFC 5280 4.2.1.12)."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return ExtendedKeyUsageOID.SERVER_AUTH in usage or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in usage
