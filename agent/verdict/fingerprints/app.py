"""What an app's own server answers, so that nobody else's answer passes for it."""

from __future__ import annotations

import struct

#: Id of the answer of a data centre of Telegram to a POST without a message. It is no filter's page.
DATA_CENTRE = "telegram_data_centre"
#: What its web server calls itself, in every measurement of OONI's since 2017: no other is known to (ts-020's sample).
_SIGNATURE = b"<center>nginx/0.3.33</center>"
_PAGE_BYTES = 512
#: Error codes of the transport are the negative of HTTP's, four bytes in little-endian order
#: (core.telegram.org/mtproto/mtproto-transports).
_ERRORS = range(-599, -399)


def is_data_centre(body: bytes) -> bool:
    """Whether a body is what a data centre says: an error of the transport, or of the web server before it."""
    if len(body) == struct.calcsize("<i"):
        return struct.unpack("<i", body)[0] in _ERRORS
    return len(body) <= _PAGE_BYTES and _SIGNATURE in body
