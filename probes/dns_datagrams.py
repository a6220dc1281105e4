"""The datagrams of one DNS question over one UDP socket: all that come, not only the first."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

from probes.failures import failure_of
from probes.limits import DATAGRAM_BYTES, Limits


class Conversation:
    """One question and what comes back. `datagrams` is connected and non-blocking, and stays its owner's to close."""

    def __init__(self, datagrams: socket.socket, question: bytes, limits: Limits) -> None:
        #: Payload bytes sent so far: the question is sent again when half the time-out brought nothing.
        self.bytes_sent = 0
        #: Why nothing came, if nothing did.
        self.failure = "generic_timeout_error"
        self._datagrams = datagrams
        self._question = question
        self._limits = limits

    async def replies(self) -> AsyncIterator[bytes]:
        """Each datagram as it arrives, until the window after the first one with our id closes, or enough have come.

        A port that is reported closed does not end it at once: where no resolver is, an answer can still be forged.
        """
        now = asyncio.get_running_loop().time
        until_s, send_again_at_s = now() + self._limits.dns_timeout_s, now() + self._limits.dns_timeout_s / 2
        kept, matched, refused = 0, False, False
        try:
            await self._send()
            while kept < self._limits.dns_replies_max:
                try:
                    datagram = await self._receive(min(until_s, send_again_at_s))
                except (ConnectionRefusedError, ConnectionResetError) as error:  # Windows calls it a reset
                    if refused:
                        return
                    self.failure, refused = failure_of(error), True
                    until_s = send_again_at_s = min(until_s, now() + self._limits.dns_window_s)
                    continue
                if datagram is not None:
                    kept, send_again_at_s = kept + 1, until_s
                    if not matched and datagram[:2] == self._question[:2]:
                        matched, until_s = True, now() + self._limits.dns_window_s
                        send_again_at_s = until_s
                    yield datagram
                elif now() >= until_s:
                    return
                else:
                    send_again_at_s = until_s
                    await self._send()
        except OSError as error:
            self.failure = failure_of(error)

    async def _receive(self, until_s: float) -> bytes | None:
        """The next datagram; None when none came by then, on the loop's clock."""
        try:
            async with asyncio.timeout_at(until_s) as bound:
                return await asyncio.get_running_loop().sock_recv(self._datagrams, DATAGRAM_BYTES)
        except TimeoutError:
            if bound.expired():
                return None
            raise

    async def _send(self) -> None:
        await asyncio.get_running_loop().sock_sendall(self._datagrams, self._question)
        self.bytes_sent += len(self._question)
