"""A model of the client's line: when what is sent now arrives.

- **Delay.** Half of the round trip each way: the line's, and that of the host's at its end.
- **Rate.** Each way of the line is one queue, which all connections and datagrams share in the order of their coming.
  Throttling puts a second queue of one flow's own behind it. Only what is carried counts: no headers, no empty packets.
- **Loss.** A datagram vanishes. Of a stream nothing vanishes, it comes late, as the kernel would send it again: a
  segment with three others behind it one round trip later, when the receiver's complaints have come back; one of the
  last three, or one lost again, after a time-out of 0.2 s and a round trip, which doubles each time. What follows it
  waits. A SYN is sent again after one second, then three, seven …

Chance is drawn for each flow by itself, from the world's seed, where it goes to, and how many went there before, so
that flows at the same time do not disturb each other's.
"""

from __future__ import annotations

import math
import random
import threading
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from agent.lab.loopback.ways import Way
from agent.lab.world import Host, World

#: Bytes of data in a packet of full length on Ethernet with TCP's usual options.
SEGMENT_BYTES = 1448
#: Segments behind a lost one that make the receiver's complaints enough (RFC 5681 3.2).
COMPLAINTS = 3
#: Seconds above the round trip after which a segment is sent again (Linux, tcp(7): rto_min), and a SYN (RFC 6298 2.1).
RESEND_S, RESEND_SYN_S = 0.2, 1.0
#: How often the kernel sends a SYN again before it gives up (tcp(7): tcp_syn_retries), and anything else, at most.
SYN_RETRIES, RETRIES = 6, 15
#: Seconds of its rate that a queue holds; a datagram that finds it longer is lost.
QUEUE_S = 3.0
BITS_PER_KBIT, BITS_PER_BYTE = 1000, 8


class Queue:
    """A bottleneck: one thing after the other."""

    def __init__(self, rate_kbit_s: float) -> None:
        self._bytes_per_s = rate_kbit_s * BITS_PER_KBIT / BITS_PER_BYTE
        self._free_s = 0.0

    def waiting_s(self, now_s: float) -> float:
        """Seconds until something that joins now begins to be sent."""
        return max(0.0, self._free_s - now_s)

    def leaves_s(self, size_bytes: int, now_s: float) -> float:
        """When the last byte of something that joins now has left it."""
        self._free_s = max(self._free_s, now_s) + size_bytes / self._bytes_per_s
        return self._free_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """When something that is sent now is through: the queues, and all of the way."""

    leaves_s: float
    arrives_s: float


class Passage:
    """One direction of one flow."""

    def __init__(self, *, queue: Queue | None, rtt_s: float, loss: float, chance: random.Random) -> None:
        self._queues = [queue] if queue else []
        self._delay_s = rtt_s / 2
        self._rtt_s = rtt_s
        self._loss = loss
        self._chance = chance
        self._last_s = 0.0

    def slow_to(self, rate_kbit_s: float) -> None:
        """From here on the flow has a queue of its own with this rate."""
        self._queues.append(Queue(rate_kbit_s))

    @property
    def is_instant(self) -> bool:
        """Whether everything arrives at once, so that nothing need be reckoned."""
        return not (self._queues or self._delay_s or self._loss)

    @property
    def portion_bytes(self) -> int | None:
        """Bytes that may be sent as one, so that other flows have their turn. None: any number."""
        return SEGMENT_BYTES if self._queues else None

    def stream(self, size_bytes: int, now_s: float) -> Passing:
        """A piece of a stream, which never overtakes the one before."""
        leaves_s = self._through_queues(size_bytes, now_s)
        arrives_s = leaves_s + self._delay_s + self._resending_s(size_bytes)
        self._last_s = max(self._last_s, arrives_s)
        return Passing(leaves_s=leaves_s, arrives_s=self._last_s)

    def datagram(self, size_bytes: int, now_s: float) -> float | None:
        """When a datagram arrives. None: it is lost."""
        if self._loss and self._chance.random() < self._loss:
            return None
        if any(queue.waiting_s(now_s) > QUEUE_S for queue in self._queues):
            return None
        return self._through_queues(size_bytes, now_s) + self._delay_s

    def _through_queues(self, size_bytes: int, now_s: float) -> float:
        for queue in self._queues:
            now_s = queue.leaves_s(size_bytes, now_s)
        return now_s

    def _resending_s(self, size_bytes: int) -> float:
        """By how much losses make a piece late. Its segments are sent again side by side."""
        if not self._loss:
            return 0.0
        segments = max(1, math.ceil(size_bytes / SEGMENT_BYTES))
        return max(self._segment_late_s(behind=segments - number) for number in range(1, segments + 1))

    def _segment_late_s(self, *, behind: int) -> float:
        late_s, timeout_s = 0.0, RESEND_S + self._rtt_s
        for times in range(RETRIES):
            if self._chance.random() >= self._loss:
                break
            if times == 0 and behind >= COMPLAINTS:
                late_s = self._rtt_s
                continue
            late_s, timeout_s = late_s + timeout_s, 2 * timeout_s
        return late_s


class LineModel:
    """The line of a world's client. Chance may be asked for from several threads; all else is for one."""

    def __init__(self, world: World) -> None:
        self._line = world.line
        self._seed = world.seed
        self._flows: Counter[Hashable] = Counter()
        self._lock = threading.Lock()
        rate_kbit_s = world.line.rate_kbit_s
        self._up, self._down = (Queue(rate_kbit_s) if rate_kbit_s else None for _ in range(2))

    def __getstate__(self) -> dict[str, Any]:
        """It may be handed on to another process, where it goes on by itself."""
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=threading.Lock())

    @property
    def own_rtt_s(self) -> float:
        """Seconds to the line's other end, where the censor is, and back."""
        return self._line.rtt_ms / 1000

    def rtt_s(self, host: Host | None) -> float:
        """Seconds to a host and back."""
        return self.own_rtt_s + (host.rtt_ms / 1000 if host else 0.0)

    def opening_s(self, chance: random.Random) -> float | None:
        """Seconds that a SYN and its answer lose by being lost. None: the kernel gives up."""
        late_s, timeout_s = 0.0, RESEND_SYN_S
        for _ in range(SYN_RETRIES + 1):
            # Both are drawn in any case, so that chance goes on alike whatever came out.
            if all([self._arrives(chance), self._arrives(chance)]):
                return late_s
            late_s, timeout_s = late_s + timeout_s, 2 * timeout_s
        return None

    def passages(self, way: Way, host: Host | None) -> tuple[Passage, Passage]:
        """The next flow's way up to its server, and down to the client."""
        rtt_s, loss = self.rtt_s(host), self._line.loss
        up, down = (
            Passage(queue=queue, rtt_s=rtt_s, loss=loss, chance=self.chance_of((*way, direction)))
            for direction, queue in (("up", self._up), ("down", self._down))
        )
        return up, down

    def chance_of(self, flow: Hashable) -> random.Random:
        """The dice of the next flow of this description."""
        with self._lock:
            number = self._flows[flow]
            self._flows[flow] += 1
        return random.Random(f"{self._seed} {flow} {number}")  # noqa: S311 - a model's dice, which fall alike each time

    def _arrives(self, chance: random.Random) -> bool:
        return not self._line.loss or chance.random() >= self._line.loss
