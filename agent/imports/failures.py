"""Failure strings of OONI's many versions as those of our table. What cannot be told is unknown, and accuses nobody.

Sources: OONI data format df-007 and the names that older probes and the test helper write (ooni/probe-cli, oohelperd).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from probes.failures import UNKNOWN, is_known

#: What older probes, and the helper to this day, call what has another name now.
OLDER = MappingProxyType(
    {
        "android_dns_cache_no_data": "dns_no_answer",
        "address_family_not_supported_error": "address_family_not_supported",
        "connection_refused_error": "connection_refused",
        "connection_lost_error": "eof_error",
        "connection_done": "eof_error",
        "deferred_timeout_error": "generic_timeout_error",
        "task_timed_out": "generic_timeout_error",
        "tcp_timed_out_error": "generic_timeout_error",
        "dns_lookup_error": "dns_server_misbehaving",
        "dns_server_failure": "dns_servfail_error",
        "dns_name_error": "dns_nxdomain_error",
        "dns_name_failure": "dns_nxdomain_error",
        "http_invalid_redirect_url": "http_invalid_redirect_location_host",
        "socks_connection_refused": "connection_refused",
        "socks_host_unreachable": "host_unreachable",
        "socks_network_unreachable": "network_unreachable",
    }
)
#: Words in the texts of errors that a probe had no name for.
WORDS = (
    ("first record does not look like a tls handshake", "tls_plaintext_response"),
    ("malformed http", "http_reply_malformed"),
    ("tls: unrecognized name", "tls_alert_112"),
    ("tls: handshake failure", "tls_alert_40"),
    ("tls: protocol version", "tls_alert_70"),
    ("tls: internal error", "tls_alert_80"),
    ("tls: access denied", "tls_alert_49"),
    ("x509: certificate signed by unknown authority", "ssl_unknown_authority"),
    ("certificate verify failed", "ssl_invalid_certificate"),
    ("certificate", "ssl_invalid_certificate"),
    ("connection reset", "connection_reset"),
    ("connection refused", "connection_refused"),
    ("i/o timeout", "generic_timeout_error"),
    ("deadline exceeded", "generic_timeout_error"),
    ("no route to host", "host_unreachable"),
    ("network is unreachable", "network_unreachable"),
    ("no such host", "dns_nxdomain_error"),
    ("server misbehaving", "dns_server_misbehaving"),
)
UNTOLD = UNKNOWN + "not told"


def failure_of(value: Any) -> str:
    """Our failure for OONI's; empty when there was none. Its text is never kept: it may hold anybody's address."""
    if value is None or value is False or value == "":
        return ""
    if not isinstance(value, str):
        return UNTOLD
    if value in OLDER:
        return OLDER[value]
    if is_known(value) and not value.startswith((UNKNOWN, "not_run")):
        return value
    said = value[:1000].casefold()
    return next((failure for words, failure in WORDS if words in said), UNTOLD)
