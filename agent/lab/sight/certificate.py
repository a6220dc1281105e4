"""The names in the certificate that a server shows in clear, in TLS 1.2 and before (RFC 5246 7.4.2)."""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import NameOID

from agent.lab.sight.client_hello import Cursor, extensions, handshake_messages

SERVER_HELLO, CERTIFICATE = 2, 11
#: The extension by which a server chooses TLS 1.3, and the least value that does (RFC 8446 4.2.1).
SUPPORTED_VERSIONS, TLS_1_3 = 43, 0x0304


def certificate_names(data: bytes) -> tuple[str, ...]:
    """The names of the first certificate among the server's first bytes, in lower case and each once: the common
    name, then the alternative names (host names and addresses).

    Raises `IncompleteError` when more is needed, and `ValueError` when none will pass in clear: TLS 1.3, a resumed
    session, an alert, or no TLS at all.
    """
    for message in handshake_messages(data):
        kind, content = message[0], Cursor(message[4:])
        if kind == SERVER_HELLO:
            _refuse_newer(content)
        elif kind == CERTIFICATE:
            return _names_of(Cursor(content.vector(3)).vector(3))
        else:
            break
    raise ValueError("The server shows no certificate.")


def _refuse_newer(hello: Cursor) -> None:
    """Raise `ValueError` when a ServerHello chooses a TLS that hides the certificate."""
    hello.take(2 + 32)  # legacy version, random
    hello.vector(1)  # session id
    hello.take(2 + 1)  # cipher suite, compression method
    if not hello.is_empty() and any(
        kind == SUPPORTED_VERSIONS and int.from_bytes(chosen) >= TLS_1_3 for kind, chosen in extensions(hello)
    ):
        raise ValueError("TLS 1.3 shows no certificate in clear.")


def _names_of(der: bytes) -> tuple[str, ...]:
    try:
        return _names_in(x509.load_der_x509_certificate(der))
    except (x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as fault:  # no ValueErrors
        raise ValueError("The certificate cannot be read.") from fault


def _names_in(certificate: x509.Certificate) -> tuple[str, ...]:
    names = [str(attribute.value) for attribute in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    try:
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        alternatives = x509.SubjectAlternativeName([])
    names += alternatives.get_values_for_type(x509.DNSName)
    names += [str(address) for address in alternatives.get_values_for_type(x509.IPAddress)]
    return tuple(dict.fromkeys(name.lower() for name in names))
