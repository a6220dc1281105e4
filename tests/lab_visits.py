"""Visits of a plain client to the lab, and in a word how each went: what the tests of the relay compare."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

from tests.lab_client import PATIENCE_S, SILENCE_S, dial, dial_tls, read_all

if TYPE_CHECKING:
    from agent.lab.loopback.lab import Lab

#: X509_V_ERR_…: what OpenSSL says of a certificate that nobody known has signed.
UNTRUSTED = {18: "self-signed", 20: "unknown authority"}


def patience_for(met: str) -> float:
    """Seconds to wait, by what has to come: a machine may be busy, and only silence is to be waited for shortly."""
    return SILENCE_S if met == "silence" else PATIENCE_S


def visit_tls(lab: Lab, address: str, name: str, *, met: str = "") -> str:
    """A handshake and a request within. `met`: what is expected."""
    try:
        with dial_tls(lab, address, name, timeout_s=patience_for(met)) as connection:
            return told(connection, f"GET / HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
    except ssl.SSLCertVerificationError as error:
        return UNTRUSTED.get(error.verify_code, error.verify_message)
    except ssl.SSLEOFError:
        return "closed"
    except ssl.SSLError as error:
        return (error.reason or str(error)).lower()
    except OSError as error:
        return word_for(error)


def visit(lab: Lab, address: str, name: str, *, path: str = "/", met: str = "") -> str:
    """A request in clear."""
    return say(lab, address, 80, f"GET {path} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode(), met=met)


def say(lab: Lab, address: str, port: int, data: bytes, *, met: str = "") -> str:
    """Whatever bytes."""
    try:
        with dial(lab, address, port, timeout_s=patience_for(met)) as connection:
            return told(connection, data)
    except OSError as error:
        return word_for(error)


def told(connection: socket.socket, data: bytes) -> str:
    """What is answered: its status where it is a page, itself where it is short and none."""
    connection.sendall(data)
    answer = read_all(connection)
    if answer.startswith(b"HTTP/1.1 "):
        page = answer.partition(b"\r\n\r\n")[2]
        return f"{answer[9:12].decode()} {'whole' if page.endswith(b'</html>' + bytes([10])) else 'other'}"
    return answer.decode("latin-1") or "closed"


def word_for(error: OSError) -> str:
    """What an operating system's error means to a visitor."""
    if isinstance(error, TimeoutError):
        return "silence"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "reset"
    return (error.strerror or repr(error)).lower()
