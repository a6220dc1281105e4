"""QUIC Initial packets made by hand, of a client and of a server, with whatever frames in them."""

from __future__ import annotations

from aioquic.buffer import Buffer  # type: ignore[attr-defined] # handed on by the module without its saying so
from aioquic.quic.crypto import CryptoPair
from aioquic.quic.packet import pull_quic_header

CLIENTS_CHOICE = b"12345678"
PING, ACK = b"\x01", b"\x02\x07\x00\x01\x00\x00\x00"


def initial_of(*frames: bytes, number: int = 0) -> bytes:
    """A client's Initial with these frames (RFC 9000 17.2.2), protected as RFC 9001 has it."""
    payload = b"".join(frames).ljust(1160, b"\0")
    return _protected(payload, secret_of=CLIENTS_CHOICE, to=CLIENTS_CHOICE, sender=b"", is_client=True, number=number)


def in_two_initials(hello: bytes) -> tuple[bytes, bytes]:
    """A ClientHello without its record's header, over two datagrams as a browser's is."""
    middle = len(hello) // 2
    first, second = crypto_frame(hello, 0, middle), crypto_frame(hello, middle, len(hello))
    return initial_of(first), initial_of(second, number=1)


def answer_of(asked: bytes, *frames: bytes, number: int = 0) -> bytes:
    """A server's Initial with these frames, in answer to a client's."""
    header = pull_quic_header(Buffer(data=asked))
    payload = b"".join(frames).ljust(4, b"\0")
    return _protected(
        payload,
        secret_of=header.destination_cid,
        to=header.source_cid,
        sender=b"server",
        is_client=False,
        number=number,
    )


def version_negotiation(asked: bytes, *versions: int) -> bytes:
    """The packet of a server that speaks these versions only (RFC 9000 17.2.1)."""
    header = pull_quic_header(Buffer(data=asked))
    ids = b"".join(len(one).to_bytes(1) + one for one in (header.source_cid, header.destination_cid))
    return b"\x80\x00\x00\x00\x00" + ids + b"".join(version.to_bytes(4) for version in versions)


def close_frame(error_code: int) -> bytes:
    """CONNECTION_CLOSE (RFC 9000 19.19) with no reason."""
    return b"\x1c" + (0x4000 | error_code).to_bytes(2) + b"\x00\x00"


def crypto_frame(hello: bytes, begins: int, ends: int) -> bytes:
    """That piece of a handshake message in a CRYPTO frame (RFC 9000 19.6)."""
    piece = hello[begins:ends]
    return b"\x06" + (0x4000 | begins).to_bytes(2) + (0x4000 | len(piece)).to_bytes(2) + piece


def _protected(payload: bytes, *, secret_of: bytes, to: bytes, sender: bytes, is_client: bool, number: int) -> bytes:
    keys = CryptoPair()
    keys.setup_initial(cid=secret_of, is_client=is_client, version=1)
    ids = b"".join(len(one).to_bytes(1) + one for one in (to, sender))
    length = (0x4000 | (2 + len(payload) + keys.aead_tag_size)).to_bytes(2)
    header = b"\xc1\x00\x00\x00\x01" + ids + b"\x00" + length + number.to_bytes(2)
    return bytes(keys.encrypt_packet(header, payload, number))
