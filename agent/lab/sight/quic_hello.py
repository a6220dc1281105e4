"""The name in the first datagram of a QUIC connection, whose secret anybody on the path can derive (RFC 9001 5.2)."""

from __future__ import annotations

from aioquic.buffer import Buffer  # type: ignore[attr-defined] # handed on by the module without its saying so
from aioquic.quic.crypto import CryptoError, CryptoPair  # type: ignore[attr-defined] # the same
from aioquic.quic.packet import QuicPacketType, QuicProtocolVersion, pull_quic_header

from agent.lab.sight.client_hello import name_in

#: Frames that an Initial packet may hold (RFC 9000 12.4, table 3).
PADDING, PING, ACK, ACK_WITH_ECN, CRYPTO = 0x00, 0x01, 0x02, 0x03, 0x06
#: Bytes of a ClientHello that are put together; one that claims to be longer is not read.
HELLO_BYTES = 65536


def quic_server_name(datagram: bytes) -> str | None:
    """The SNI, in lower case. None: this is no client's QUIC Initial (version 1).

    Empty: it names nobody, or not in this datagram: a long ClientHello is spread over several, and a box that keeps
    nothing sees the first one only. The frames may come in any order.
    """
    pieces = _crypto_pieces(datagram)
    if pieces is None:
        return None
    end = max((offset + len(piece) for offset, piece in pieces), default=0)
    if not 4 <= end <= HELLO_BYTES:
        return ""
    joined = bytearray(end)
    for offset, piece in pieces:
        joined[offset : offset + len(piece)] = piece
    joined += bytes(max(0, 4 + int.from_bytes(joined[1:4]) - end)) if joined[1] == 0 else b""
    try:
        name = name_in(bytes(joined))
    except ValueError:
        return ""
    return "" if "\0" in name else name  # what has not come is zeros, which no name holds


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
