"""The closed table of failures, and the one place that looks inside foreign exceptions to choose one.

The strings are OONI's (its data format df-007, and the errno names of its code), so that rows can be exchanged;
those below `OURS` are what that list lacks. What no row describes stays `unknown_failure: …`, never a guess.
"""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from probes.network import FenceError

#: Prefix of the failures that nobody foresaw; the exception's type follows, and its error number if it has one.
UNKNOWN = "unknown_failure: "

OONI = {
    "android_dns_cache_no_data": "Android's resolver found nothing and hides why.",
    "connection_aborted": "This computer's own software broke the connection off.",
    "connection_already_closed": "The connection had been closed on this side before the operation.",
    "connection_refused": "The destination, or someone in its name, answered that the port is closed.",
    "connection_reset": "A reset came in: the connection was torn down without an orderly end.",
    "dns_bogon_error": "The name resolved to an address that cannot be a public server's.",
    "dns_no_answer": "The reply says that the name exists and has no record of this type.",
    "dns_non_recoverable_failure": "The system's resolver gave up for good and does not say why.",
    "dns_nxdomain_error": "The reply says that the name does not exist.",
    "dns_reply_with_wrong_query_id": "A reply came whose id is not the question's.",
    "dns_refused_error": "The resolver refused to answer.",
    "dns_server_misbehaving": "The resolver answered with an error that has no name here, or with half an answer.",
    "dns_servfail_error": "The resolver says that it failed to find out.",
    "dns_temporary_failure": "The system's resolver got no answer for now; it often means a time-out.",
    "eof_error": "The other side closed the connection in an orderly way before the operation was done.",
    "generic_timeout_error": "Nothing, or not enough, came before this agent's own deadline.",
    "host_unreachable": "A router, or this computer, says that the host cannot be reached.",
    "http_invalid_redirect_location_host": "The answer redirects to something that is no valid address.",
    "http_request_failed": "The answer's status is an error where only success has a meaning.",
    "http_unexpected_redirect_url": "The answer redirects to another place than the expected one.",
    "http_unexpected_status_code": "The answer's status is not the expected one.",
    "interrupted": "The operation was stopped by the user while it ran.",
    "json_parse_error": "A helper's answer could not be parsed.",
    "network_down": "This computer's network interface is down.",
    "network_reset": "The network dropped the connection on a reset.",
    "network_unreachable": "There is no route to the destination from here.",
    "quic_incompatible_version": "The server speaks no version of QUIC that we do.",
    "ssl_failed_handshake": "What came is TLS or pretends to be, and is broken or beyond what we support.",
    "ssl_invalid_certificate": "The certificate's authority is known, and the certificate is expired or unfit.",
    "ssl_invalid_hostname": "The certificate is from a known authority and is for other names.",
    "ssl_unknown_authority": "The certificate is signed by nobody whom this service's clients trust.",
    "timed_out": "The kernel gave up on the connection (its own time-out, not ours).",
    "address_family_not_supported": "This computer does not speak this version of IP.",
    "address_in_use": "The local port is taken.",
    "address_not_available": "This computer has no local address, or no free port, for the connection.",
    "already_connected": "The socket had been connected before.",
    "bad_address": "The kernel refused the memory it was given.",
    "bad_file_descriptor": "The socket had been closed on this side.",
    "connection_already_in_progress": "The socket was connecting already.",
    "destination_address_required": "The socket had no destination.",
    "invalid_argument": "The kernel calls the request senseless.",
    "message_size": "The message is too long for the path.",
    "no_buffer_space": "The kernel has no memory left for the network.",
    "no_protocol_option": "The kernel does not know the option.",
    "not_a_socket": "The handle is no socket.",
    "not_connected": "The connection was gone before the operation.",
    "operation_would_block": "The socket was not ready.",
    "permission_denied": "This computer, often its firewall, forbids the operation.",
    "protocol_not_supported": "This computer does not speak the protocol.",
    "wrong_protocol_type": "The protocol does not suit the socket.",
}

OURS = {
    "dns_reply_malformed": "A reply came that breaks the protocol: cut, no question, another question, or garbage.",
    "hostname_invalid": "The name cannot be sent: a label is empty or too long, or has characters no name may have.",
    "http_reply_malformed": "What answered the request is not HTTP as any browser's rules have it.",
    "tls_alert_<n>": "The other side broke the handshake off with TLS alert number n (RFC 8446 6).",
    "tls_handshake_too_long": "The other side sent more bytes than any handshake has.",
    "tls_plaintext_response": "Readable text, such as a web page, answered the ClientHello.",
    "not_run_budget": "Left out: the sweep's time or traffic was spent.",
    "not_run_interrupted": "Left out: the user ended the sweep.",
    "not_run_no_address": "Left out: no lookup gave an address.",
    "not_run_no_ipv6": "Left out: IPv6 does not work on this line.",
    "not_run_offline": "Left out: the line is down.",
    "not_run_pool_answered": "Left out: another member of the pool answered, and one is enough.",
    "not_run_private_address": "Left out: the address belongs to a local network, which is not ours to visit.",
    "not_run_redirect_elsewhere": "Left out: the redirect leads out of the platform's own domains, to a port that "
    "is not the web's, or to a host whose name tells of its visitor.",
    "not_run_redirect_limit": "Left out: too many redirects in a row.",
    UNKNOWN + "<exception>": "Something failed in a way that this table does not know.",
}

#: Every failure that a row may hold, with what it means. `<…>` stands for what varies.
FAILURES: Mapping[str, str] = MappingProxyType(OONI | OURS)

#: The handshake was completed, and the certificate is not right.
CERTIFICATE_FAILURES = frozenset({"ssl_invalid_hostname", "ssl_unknown_authority", "ssl_invalid_certificate"})

#: errno name, its number on Windows (WSA…; no other system has numbers above 10000), failure.
_ERRNO_TABLE = (
    ("EACCES", 10013, "permission_denied"),
    ("EPERM", 10013, "permission_denied"),
    ("EFAULT", 10014, "bad_address"),
    ("EINVAL", 10022, "invalid_argument"),
    ("EWOULDBLOCK", 10035, "operation_would_block"),
    ("EALREADY", 10037, "connection_already_in_progress"),
    ("ENOTSOCK", 10038, "not_a_socket"),
    ("EBADF", 10009, "bad_file_descriptor"),
    ("EDESTADDRREQ", 10039, "destination_address_required"),
    ("EMSGSIZE", 10040, "message_size"),
    ("EPROTOTYPE", 10041, "wrong_protocol_type"),
    ("ENOPROTOOPT", 10042, "no_protocol_option"),
    ("EPROTONOSUPPORT", 10043, "protocol_not_supported"),
    ("EAFNOSUPPORT", 10047, "address_family_not_supported"),
    ("EADDRINUSE", 10048, "address_in_use"),
    ("EADDRNOTAVAIL", 10049, "address_not_available"),
    ("ENETDOWN", 10050, "network_down"),
    ("ENETUNREACH", 10051, "network_unreachable"),
    ("ENETRESET", 10052, "network_reset"),
    ("ECONNABORTED", 10053, "connection_aborted"),
    ("ECONNRESET", 10054, "connection_reset"),
    # A reset that came after the peer's orderly close: the kernel then reports EPIPE instead.
    ("EPIPE", 10058, "connection_reset"),
    ("ENOBUFS", 10055, "no_buffer_space"),
    ("EISCONN", 10056, "already_connected"),
    ("ENOTCONN", 10057, "not_connected"),
    ("ETIMEDOUT", 10060, "timed_out"),
    ("ECONNREFUSED", 10061, "connection_refused"),
    ("EHOSTUNREACH", 10065, "host_unreachable"),
)
ERRNO_FAILURES = {
    number: failure for name, windows, failure in _ERRNO_TABLE for number in (getattr(errno, name, windows), windows)
}

#: getaddrinfo's errors: Linux counts down from -1, macOS up from 1, Windows from 11001, so one table serves all three.
GETADDRINFO_FAILURES = {
    **dict.fromkeys((-2, 8, 11001), "dns_nxdomain_error"),  # EAI_NONAME
    **dict.fromkeys((-5, 7, 11004, -9, 1), "dns_no_answer"),  # EAI_NODATA, EAI_ADDRFAMILY
    **dict.fromkeys((-3, 2, 11002), "dns_temporary_failure"),  # EAI_AGAIN
    **dict.fromkeys((-4, 4, 11003), "dns_non_recoverable_failure"),  # EAI_FAIL
}

#: The end of OpenSSL's reason for an alert, and the alert's number (RFC 8446 6, RFC 5246 7.2).
ALERT_NUMBERS = {
    "UNEXPECTED_MESSAGE": 10,
    "BAD_RECORD_MAC": 20,
    "DECRYPTION_FAILED": 21,
    "RECORD_OVERFLOW": 22,
    "DECOMPRESSION_FAILURE": 30,
    "HANDSHAKE_FAILURE": 40,
    "NO_CERTIFICATE": 41,
    "BAD_CERTIFICATE": 42,
    "UNSUPPORTED_CERTIFICATE": 43,
    "CERTIFICATE_REVOKED": 44,
    "CERTIFICATE_EXPIRED": 45,
    "CERTIFICATE_UNKNOWN": 46,
    "ILLEGAL_PARAMETER": 47,
    "UNKNOWN_CA": 48,
    "ACCESS_DENIED": 49,
    "DECODE_ERROR": 50,
    "DECRYPT_ERROR": 51,
    "EXPORT_RESTRICTION": 60,
    "PROTOCOL_VERSION": 70,
    "INSUFFICIENT_SECURITY": 71,
    "INTERNAL_ERROR": 80,
    "INAPPROPRIATE_FALLBACK": 86,
    "USER_CANCELLED": 90,
    "NO_RENEGOTIATION": 100,
    "MISSING_EXTENSION": 109,
    "UNSUPPORTED_EXTENSION": 110,
    "CERTIFICATE_UNOBTAINABLE": 111,
    "UNRECOGNIZED_NAME": 112,
    "BAD_CERTIFICATE_STATUS_RESPONSE": 113,
    "BAD_CERTIFICATE_HASH_VALUE": 114,
    "UNKNOWN_PSK_IDENTITY": 115,
    "CERTIFICATE_REQUIRED": 116,
    "NO_APPLICATION_PROTOCOL": 120,
}

_TLS_ALERT = re.compile(r"tls_alert_(\d{1,3})")


def failure_of(error: BaseException) -> str:
    """The failure that an exception means, found along its chain of causes, outermost first.

    Raises the `FenceError` when there is one in the chain: that is a fault of ours, not of the network.
    """
    links = tuple(causes(error))
    for link in links:
        if isinstance(link, FenceError):
            raise link
    for link in links:
        if failure := _failure_of_link(link):
            return failure
    number = f" {errno.errorcode.get(code, code)}" if (code := getattr(error, "errno", None)) else ""
    return f"{UNKNOWN}{type(error).__name__}{number}"


def causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and what lies behind it, each once, even if the chain bites its tail."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def is_known(failure: str) -> bool:
    """Whether a row may hold `failure`: a row of the table, an alert number, or a marked unknown."""
    if alert := _TLS_ALERT.fullmatch(failure):
        return int(alert[1]) <= 255
    if failure.startswith(UNKNOWN):
        return len(failure) > len(UNKNOWN) and "<" not in failure
    return failure in FAILURES and "<" not in failure


def _failure_of_link(link: BaseException) -> str:
    """The failure of one exception of the chain; empty when the answer must be further in."""
    match link:
        case ssl.SSLCertVerificationError():
            return "ssl_unknown_authority" if link.verify_code in (18, 19, 20, 21) else "ssl_invalid_certificate"
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return "eof_error"
        case ssl.SSLError():
            return _failure_of_reason(link.reason or "")
        case socket.gaierror():
            return GETADDRINFO_FAILURES.get(link.errno or 0, "")
        case TimeoutError(errno=None):
            return "generic_timeout_error"
        case OSError(errno=int(code)):
            return ERRNO_FAILURES.get(code, "")
        case UnicodeError():
            return "hostname_invalid"  # the only text that probes encode is a name
    return ""


def _failure_of_reason(reason: str) -> str:
    """OpenSSL's word, e.g. TLSV1_ALERT_ACCESS_DENIED; an alert is the peer's, anything else our own complaint."""
    _, is_alert, name = reason.partition("_ALERT_")
    if not is_alert:
        _, is_alert, name = reason.partition("TLSV1_")  # four of the extensions' alerts lack the word
    number = ALERT_NUMBERS.get(name) if is_alert else None
    return "ssl_failed_handshake" if number is None else f"tls_alert_{number}"
