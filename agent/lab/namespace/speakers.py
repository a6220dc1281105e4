"""What the censor says once it holds a connection in the server's name. Bytes in, bytes out; TCP is elsewhere."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Protocol

from agent.lab.sight.client_hello import IncompleteError
from agent.lab.sight.first_flight import first_message


class Speaker(Protocol):
    """The impostor's voice."""

    @property
    def is_done(self) -> bool:
        """Whether it will say nothing more, so that the connection can be ended."""

    def greet(self) -> bytes:
        """What is said at once."""

    def hear(self, data: bytes) -> bytes:
        """What is said in reply to more of the client's bytes."""


class Words:
    """Some bytes, and the end."""

    is_done = True

    def __init__(self, data: bytes = b"") -> None:
        self._data = data

    def greet(self) -> bytes:
        return self._data

    def hear(self, data: bytes) -> bytes:
        return b""


class TlsSpeaker:
    """A TLS server that shakes hands and then says nothing. `opening`: what the client has said so far."""

    def __init__(self, context: ssl.SSLContext, opening: bytes) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._opening = opening
        self._has_shaken_hands = False
        self.is_done = False

    def greet(self) -> bytes:
        return self.hear(self._opening)

    def hear(self, data: bytes) -> bytes:
        if self._has_shaken_hands or self.is_done:
            return b""
        self._incoming.write(data)
        try:
            self._tls.do_handshake()
            self._has_shaken_hands = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:  # the client has refused the certificate, as it should
            self.is_done = True
        return self._outgoing.read()


class NameSpeaker:
    """A resolver over TCP (RFC 1035 4.2.2) that lies. `lie` gives the answer to a query: None ends it all, and an empty
    one is silence. `heard`: what the client has said beyond the query that `first_answer` is for."""

    def __init__(self, first_answer: bytes, lie: Callable[[bytes], bytes | None], *, heard: bytes = b"") -> None:
        self._first_answer = first_answer
        self._lie = lie
        self._heard = heard
        self.is_done = False

    def greet(self) -> bytes:
        return framed(self._first_answer) + self.hear(b"")

    def hear(self, data: bytes) -> bytes:
        self._heard += data
        said = b""
        while not self.is_done:
            try:
                wire = first_message(self._heard)
            except IncompleteError:
                break
            except ValueError:
                self.is_done = True
                break
            self._heard = self._heard[2 + len(wire) :]
            answer = self._lie(wire)
            self.is_done = answer is None
            said += framed(answer) if answer else b""
        return said


def framed(wire: bytes) -> bytes:
    """A DNS message as TCP carries it, behind its length."""
    return len(wire).to_bytes(2) + wire
