"""One TCP connection held in the server's name: its sequence numbers go on where the server's stopped.

Small on purpose: nothing is sent again by a clock, because the line loses no packet of the censor's own; only in reply
to a client that repeats itself. Data is taken in order, and what comes too early is asked for again (RFC 9293).
"""

from __future__ import annotations

from agent.lab.namespace.connection import TIMESTAMPS, Connection
from agent.lab.namespace.packets import ACK, FIN, PSH, RST, Packet, Segment
from agent.lab.namespace.speakers import Speaker
from agent.lab.namespace.streams import later, onward

#: The window that is told the client, before any scale that the server announced.
WINDOW = 0x7FFF
#: Two bytes of padding, then timestamps in their ten (RFC 7323 appendix A).
TIMESTAMP_HEAD = bytes([1, 1, TIMESTAMPS, 10])


class Impostor:
    """The server's side from the moment at which the censor takes over. `sequence`: what the client waits for next."""

    def __init__(self, connection: Connection, speaker: Speaker, *, sequence: int) -> None:
        self._connection = connection
        self._speaker = speaker
        self._first = sequence
        self._expected = connection.client.next
        self._words = bytearray()
        #: Of the words, and of the FIN behind them, which counts as one.
        self._sent = 0
        self._acknowledged = 0
        self._has_ended = False
        self._is_reset = False

    def begin(self) -> list[Packet]:
        self._say(self._speaker.greet())
        return self._speak(owes_reply=True)

    def meet(self, packet: Packet, segment: Segment) -> list[Packet]:
        if segment.has(RST):
            self._is_reset = True
        if self._is_reset:
            return []
        answered = later(segment.acknowledgement, self._first)
        if segment.has(ACK) and self._acknowledged < answered <= len(self._words) + 1:
            self._acknowledged = answered
            self._sent = max(self._sent, answered)
        return self._speak(owes_reply=self._listen(segment))

    def _listen(self, segment: Segment) -> bool:
        """Take what is new in a segment; whether the client must be told how far it was heard."""
        ahead = later(segment.sequence, self._expected)
        length = len(segment.data) + segment.has(FIN)
        if length == 0:
            return ahead < 0  # a question whether anybody is still there
        if ahead > 0:
            return True
        if ahead + length <= 0:
            self._sent = self._acknowledged  # it has missed something of ours
            return True
        self._expected = onward(self._expected, ahead + length)
        if fresh := segment.data[-ahead:]:
            self._say(self._speaker.hear(fresh))
        self._has_ended = self._has_ended or segment.has(FIN)
        return True

    def _say(self, words: bytes) -> None:
        if not self._has_ended:
            self._words += words
            self._has_ended = self._speaker.is_done

    def _speak(self, *, owes_reply: bool) -> list[Packet]:
        """All that may be sent now: as far as the client's window goes, the FIN with the last of it."""
        allowed = self._acknowledged + self._connection.window_bytes
        packets = []
        while self._sent < min(len(self._words), allowed):
            piece = bytes(self._words[self._sent : min(self._sent + self._piece_bytes, allowed)])
            packets.append(self._segment(piece))
        if self._has_ended and self._sent == len(self._words):
            packets.append(self._segment(b""))
        return packets or ([self._segment(b"")] if owes_reply else [])

    def _segment(self, piece: bytes) -> Packet:
        """The next segment, with FIN when nothing follows it."""
        place = self._sent
        ends = self._has_ended and place <= len(self._words) == place + len(piece)
        self._sent += len(piece) + ends
        return self._connection.ends.tell_client(
            Segment(
                sequence=onward(self._first, place),
                acknowledgement=self._expected,
                flags=ACK | (PSH if piece else 0) | (FIN if ends else 0),
                window=WINDOW,
                options=self._options(),
                data=piece,
            )
        )

    def _options(self) -> bytes:
        """Timestamps, where both sides have them: the server's last once more, and the client's last in return."""
        clocks = self._connection.clocks
        return TIMESTAMP_HEAD + clocks[0] + clocks[1] if clocks else b""

    @property
    def _piece_bytes(self) -> int:
        return self._connection.segment_bytes_max - len(self._options())
