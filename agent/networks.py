"""Which network an address is of, by a table that the user gives: prefixes and the AS numbers that announce them.

Nothing needs it. Where one is given, an answer out of the true server's own network is less suspect.
"""

from __future__ import annotations

import ipaddress
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agent.config.rules import ConfigError
from agent.language import _

#: Bits of an address that are told apart: of IPv6 the half that is routed. A longer prefix is one host's or a link's.
BITS = {4: 32, 6: 64}
#: Number of no network: never given to any (RFC 7607).
NONE = 0
ASN_MAX = 4294967295
#: What stands between the columns: CAIDA's files have tabs, others commas.
SEPARATOR = re.compile(r"[\t, ]+")
#: CAIDA writes several origins as 1_2, and a set of them as {1,2} or 1,2: the first is taken.
FIRST_ORIGIN = re.compile(r"\{?(?:AS)?(\d+)(?:[_,]\{?\d+\}?)*\}?$", re.IGNORECASE)

#: First and last address, as numbers of BITS, and the AS number.
_Span = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class Networks:
    """The table, made flat: from each start on an address is of that network, up to the next start."""

    starts: dict[int, array[int]] = field(default_factory=dict)
    numbers: dict[int, array[int]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Networks:
        """The table in a file. Raises `ConfigError`, one sentence with the file, the line and the remedy."""
        try:
            with path.open(encoding="utf-8") as lines:
                return cls.of(lines, name=str(path))
        except OSError as error:
            wrong = _(
                "the table of networks {path} cannot be read ({reason}); name another under [measure] networks, or "
                "take that line out."
            )
            raise ConfigError(wrong.format(path=path, reason=error.strerror)) from None
        except UnicodeDecodeError:
            wrong = _("the table of networks {path} is not text; unpack it if it is compressed.")
            raise ConfigError(wrong.format(path=path)) from None

    @classmethod
    def of(cls, lines: Iterable[str], *, name: str = "the table of networks") -> Networks:
        """The table in lines of a prefix, its length and an AS number. Empty ones and what follows # are left out."""
        spans: dict[int, list[_Span]] = {version: [] for version in BITS}
        for number, line in enumerate(lines, start=1):
            if text := line.partition("#")[0].strip():
                where = _("{file} line {number}").format(file=name, number=number)
                version, span = _span_of(text, where=where)
                spans[version].append(span)
        flat = {version: list(_flat(found)) for version, found in spans.items()}
        return cls(
            starts={version: array("Q", (start for start, _ in parts)) for version, parts in flat.items()},
            numbers={version: array("I", (asn for _, asn in parts)) for version, parts in flat.items()},
        )

    def __bool__(self) -> bool:
        """Whether it tells of any network."""
        return any(self.starts.values())

    def of_address(self, address: str) -> int:
        """The AS number of the longest prefix that holds an address; NONE when there is none."""
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return NONE
        starts = self.starts.get(parsed.version)
        if not starts:
            return NONE
        index = bisect_right(starts, int(parsed) >> (parsed.max_prefixlen - BITS[parsed.version])) - 1
        return self.numbers[parsed.version][index] if index >= 0 else NONE


def _span_of(text: str, *, where: str) -> tuple[int, _Span]:
    """The version of IP and the span of one line. Raises `ConfigError`."""
    prefix, *rest = SEPARATOR.split(text.replace("/", " ", 1), maxsplit=2)
    origin = FIRST_ORIGIN.match(rest[1].strip()) if len(rest) == 2 else None
    try:
        network = ipaddress.ip_network(f"{prefix}/{rest[0]}" if rest else prefix)
    except ValueError as error:
        wrong = _("{where}: {error}; write a prefix, its length and an AS number, 192.0.2.0 24 64496.")
        raise ConfigError(wrong.format(where=where, error=error)) from None
    if origin is None or not 0 < int(origin[1]) <= ASN_MAX:
        wrong = _("{where} has no AS number behind its prefix; write it so: 192.0.2.0 24 64496.")
        raise ConfigError(wrong.format(where=where))
    spare = network.max_prefixlen - BITS[network.version]
    first, last = int(network.network_address) >> spare, int(network.broadcast_address) >> spare
    return network.version, (first, last, int(origin[1]))


def _flat(spans: list[_Span]) -> Iterator[tuple[int, int]]:
    """Starts in order, each with the network that begins there: of nested prefixes the innermost holds."""
    spans.sort(key=lambda span: (span[0], -span[1]))
    around: list[_Span] = []
    parts: dict[int, int] = {}

    def close(until: int | None) -> None:
        while around and (until is None or around[-1][1] < until):
            end = around.pop()[1] + 1
            parts[end] = around[-1][2] if around and around[-1][1] >= end else NONE

    for span in spans:
        close(span[0])
        parts[span[0]] = span[2]
        around.append(span)
    close(None)
    yield from sorted(parts.items())
