"""The name in a QUIC connection's ClientHello, whose secret anybody on the path can derive (RFC 9001 5.2)."""

from __future__ import annotations

from aioquic.buffer import Buffer  # type: ignore[attr-defined] # handed on by the module without its saying so
from aioquic.quic.crypto import CryptoError, CryptoPair  # type: ignore[attr-defined] # the same
from aioquic.quic.packet import QuicPacketType, QuicProtocolVersion, pull_quic_header

from agent.lab.sight.client_hello import IncompleteError, name_in

#: Frames that an Initial packet may hold (RFC 9000 12.4, table 3).
PADDING, PING, ACK, ACK_WITH_ECN, CRYPTO = 0x00, 0x01, 0x02, 0x03, 0x06
#: Bytes of a handshake message before its content (RFC 8446 4), and of a ClientHello that is put together: browsers
#: send up to 2 KiB, and one that claims to be longer is not read.
HEADER_BYTES, HELLO_BYTES = 4, 16384
#: Datagrams that are kept until it is whole: four times what that many bytes fill.
DATAGRAMS_MAX = 64


class QuicHello:
    """What a box on the path keeps of one flow's first datagrams, until the ClientHello in them is whole.

    A browser's fills two datagrams, its pieces in any order.
    """

    def __init__(self) -> None:
        self._pieces: list[tuple[int, bytes]] = []
        self._datagrams = 0

    def server_name(self, datagram: bytes) -> str | None:
        """The SNI, in lower case, if this was the last datagram that was needed. Empty: it names nobody.

        None: this is no client's QUIC Initial (version 1). Raises `IncompleteError` while more is needed; of one that
        is never whole, or too long, the name is empty too.
        """
        pieces = _crypto_pieces(datagram)
        if pieces is None:
            return None
        self._datagrams += 1
        self._pieces += pieces
        begun = _joined(self._pieces)
        needed = HEADER_BYTES + int.from_bytes(begun[1:HEADER_BYTES])
        if needed > HELLO_BYTES or self._datagrams >= DATAGRAMS_MAX:
            return ""
        if len(begun) < max(needed, HEADER_BYTES):
            raise IncompleteError("The ClientHello is not all there.")
        try:
            return name_in(begun[:needed])
        except ValueError:
            return ""


def _joined(pieces: list[tuple[int, bytes]]) -> bytes:
    """What the pieces come to from the beginning up to the first gap."""
    joined = b""
    for offset, piece in sorted(pieces):
        if offset > len(joined):
            break
        joined = joined[:offset] + piece if offset + len(piece) > len(joined) else joined
    return joined


def _crypto_pieces(datagram: bytes) -> list[tuple[int, bytes]] | None:
    """Offset and content of every CRYPTO frame of the datagram's Initial packets; None when there is no such packet."""
    buffer, found, pieces = Buffer(data=datagram), False, list[tuple[int, bytes]]()
    try:
        while not buffer.eof() and datagram[buffer.tell()] & 0x80:  # one with a short header is none, and the last
            begins = buffer.tell()
            header = pull_quic_header(buffer)
            ends = begins + header.packet_length
            if header.version == QuicProtocolVersion.VERSION_1 and header.packet_type == QuicPacketType.INITIAL:
                keys = CryptoPair()
                keys.setup_initial(cid=header.destination_cid, is_client=False, version=header.version)
                _, payload, _ = keys.decrypt_packet(datagram[begins:ends], buffer.tell() - begins, 0)
                found = True
                pieces += _crypto_frames(Buffer(data=payload))
            buffer.seek(ends)
    except (ValueError, CryptoError):
        pass  # what was read so far is what the box knows
    return pieces if found else None


def _crypto_frames(payload: Buffer) -> list[tuple[int, bytes]]:
    pieces = []
    while not payload.eof():
        kind = payload.pull_uint_var()
        if kind == CRYPTO:
            offset = payload.pull_uint_var()
            pieces.append((offset, payload.pull_bytes(payload.pull_uint_var())))
        elif kind in (ACK, ACK_WITH_ECN):
            _pass_over_ack(payload, counts=3 if kind == ACK_WITH_ECN else 0)
        elif kind not in (PADDING, PING):
            break  # the end of the connection, or nothing that belongs here
    return pieces


def _pass_over_ack(payload: Buffer, *, counts: int) -> None:
    """Read on behind an ACK frame (RFC 9000 19.3) with that many ECN counts."""
    payload.pull_uint_var()  # the largest that is acknowledged
    payload.pull_uint_var()  # the delay
    ranges = payload.pull_uint_var()
    for _ in range(1 + 2 * ranges + counts):
        payload.pull_uint_var()
