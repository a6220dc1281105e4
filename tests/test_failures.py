"""The table of failures is closed, and every exception of the network finds its row in it."""

import errno
import socket
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.failures import CERTIFICATE_FAILURES, FAILURES, failure_of, is_known
from probes.network import FenceError


def caused_by(cause: BaseException) -> BaseException:
    """The same cause as the libraries wrap it: two unrelated exceptions deep."""
    inner, outer = RuntimeError("a library's own"), RuntimeError("another's")
    inner.__context__, outer.__cause__ = cause, inner
    return outer


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, ""), "connection_refused"),
        (ConnectionResetError(errno.ECONNRESET, ""), "connection_reset"),
        (BrokenPipeError(errno.EPIPE, ""), "connection_reset"),
        (ConnectionAbortedError(errno.ECONNABORTED, ""), "connection_aborted"),
        (OSError(errno.ENETUNREACH, ""), "network_unreachable"),
        (OSError(errno.EHOSTUNREACH, ""), "host_unreachable"),
        (PermissionError(errno.EPERM, ""), "permission_denied"),
        (OSError(10054, "Windows"), "connection_reset"),
        (OSError(10061, "Windows"), "connection_refused"),
        (OSError(10065, "Windows"), "host_unreachable"),
        (TimeoutError(), "generic_timeout_error"),
        (TimeoutError(errno.ETIMEDOUT, "the kernel's"), "timed_out"),
        (OSError(10060, "Windows"), "timed_out"),
        (ssl.SSLEOFError(8, "EOF"), "eof_error"),
        (UnicodeError("label too long"), "hostname_invalid"),
    ],
)
def test_each_error_has_its_row(error: BaseException, failure: str) -> None:
    """An error means the same failure bare and behind two wrappers."""
    assert failure_of(error) == failure
    assert failure_of(caused_by(error)) == failure
    assert is_known(failure)


@pytest.mark.parametrize(
    ("linux", "macos", "windows", "failure"),
    [
        (-2, 8, 11001, "dns_nxdomain_error"),
        (-5, 7, 11004, "dns_no_answer"),
        (-3, 2, 11002, "dns_temporary_failure"),
        (-4, 4, 11003, "dns_non_recoverable_failure"),
    ],
)
def test_the_systems_resolver_means_the_same_everywhere(linux: int, macos: int, windows: int, failure: str) -> None:
    """Three systems number getaddrinfo's errors in three ways; rows do not show which it was."""
    assert {failure_of(socket.gaierror(code, "")) for code in (linux, macos, windows)} == {failure}


def test_this_systems_own_numbers_are_the_ones_in_the_table() -> None:
    """The numbers in the table are not only remembered: this system's constants are among them."""
    assert failure_of(socket.gaierror(socket.EAI_NONAME, "")) == "dns_nxdomain_error"
    assert failure_of(socket.gaierror(socket.EAI_AGAIN, "")) == "dns_temporary_failure"


@given(st.integers(min_value=1, max_value=12000))
def test_no_number_leads_out_of_the_table(code: int) -> None:
    """Whatever number an error carries, the failure is one that a row may hold."""
    assert is_known(failure_of(OSError(code, "")))
    assert is_known(failure_of(socket.gaierror(code, "")))


def test_the_unknown_stays_unknown_and_tells_no_text() -> None:
    """An exception that nobody foresaw is named by its type and number; its text may hold addresses and is left out."""
    assert failure_of(RuntimeError("from 203.0.113.9")) == "unknown_failure: RuntimeError"
    assert failure_of(OSError(errno.EMFILE, "from 203.0.113.9")) == "unknown_failure: OSError EMFILE"


def test_a_fence_hit_is_never_a_failure() -> None:
    """What the fence stops is a fault of ours: it comes out again, however deep it lies."""
    with pytest.raises(FenceError):
        failure_of(caused_by(FenceError("outside")))
    timeout = TimeoutError()
    timeout.__context__ = FenceError("outside")
    with pytest.raises(FenceError):
        failure_of(timeout)


def test_a_chain_that_bites_its_tail_ends() -> None:
    """Exceptions can be each other's cause; the walk sees each once."""
    first, second = RuntimeError("first"), RuntimeError("second")
    first.__cause__, second.__cause__ = second, first
    assert failure_of(first) == "unknown_failure: RuntimeError"


def test_a_suppressed_context_is_not_a_cause() -> None:
    """`raise … from None` says that what came before is not the reason."""
    error = RuntimeError("own")
    error.__context__ = ConnectionResetError(errno.ECONNRESET, "")
    error.__suppress_context__ = True
    assert failure_of(error) == "unknown_failure: RuntimeError"


def test_the_closed_table() -> None:
    """Every row has a sentence; patterns stand for what varies and are no failures themselves."""
    assert all(says.endswith(".") for says in FAILURES.values())
    assert set(FAILURES) >= CERTIFICATE_FAILURES
    assert {row for row in FAILURES if not is_known(row)} == {"tls_alert_<n>", "unknown_failure: <exception>"}
    assert is_known("tls_alert_0")
    assert is_known("tls_alert_255")
    for stranger in ("", "reset", "tls_alert_", "tls_alert_256", "unknown_failure: ", "CONNECTION_RESET"):
        assert not is_known(stranger)
