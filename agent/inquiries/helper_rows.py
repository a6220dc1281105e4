"""A helper's answer as observations. It is a stranger's word: what is not as it must be makes no row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.verdict.fingerprints import is_bogon
from probes.certificate import readable
from probes.failures import UNKNOWN, is_known
from probes.limits import HEADER_NAMES_MAX
from probes.observation import Observation

#: Words that the protocol has kept from its first version, and ours for them.
WORDS: Mapping[str, str] = {
    "connection_refused_error": "connection_refused",
    "dns_name_error": "dns_nxdomain_error",
    "dns_lookup_error": "dns_nxdomain_error",
    "dns_server_failure": "dns_servfail_error",
    "timeout_error": "generic_timeout_error",
}
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]{1,60}")
#: Addresses of a name that are kept: a pool shows some eight of each version.
ADDRESSES_MAX = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a helper was asked to connect to."""

    address: str
    port: int
    #: What the row will bear as its variation.
    variation: str = "first"

    @property
    def text(self) -> str:
        """As the protocol writes it."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def rows_of(
    content: Mapping[str, Any], places: Sequence[Place], hostname: str, at: datetime
) -> list[list[Observation]]:
    """What a helper says it saw: the rows of each connection or question of its own, in a list of their own."""
    found = [_rows_at(content, place, hostname, at) for place in places]
    return [rows for rows in (*found, *_names(content, hostname, at), _page(content, at)) if rows]


def _rows_at(content: Mapping[str, Any], place: Place, hostname: str, at: datetime) -> list[Observation]:
    failure = _outcome(_table(content, "tcp_connect").get(place.text))
    if failure is None:
        return []
    same: dict[str, Any] = {"observed_at": at, "transport": "tcp", "address": place.address, "port": place.port}
    same |= {"variation": place.variation}
    rows = [Observation(operation="connect", failure=failure, **same)]
    shaken = _outcome(_table(content, "tls_handshake").get(place.text))
    if not failure and shaken is not None and place.variation == "first":
        rows.append(Observation(operation="tls_handshake", failure=shaken, server_name=hostname, **same))
    return rows


def _names(content: Mapping[str, Any], hostname: str, at: datetime) -> Iterator[list[Observation]]:
    """What the helper's own resolver says of the name, of each version of IP."""
    told = _table(content, "dns")
    addresses, failure = told.get("addrs"), told.get("failure")
    if not hostname or not isinstance(addresses, list) or not (failure is None or isinstance(failure, str)):
        return
    public = [one for one in addresses if isinstance(one, str) and not is_bogon(one)][:ADDRESSES_MAX]
    for query_type, version in (("A", 4), ("AAAA", 6)):
        answers = tuple(one for one in public if (":" in one) == (version == 6))
        yield [
            Observation(
                observed_at=at,
                operation="resolve",
                hostname=hostname,
                query_type=query_type,
                answers=answers,
                failure=_failure(failure or "") or ("" if answers else "dns_no_answer"),
                reply_index=0,
            )
        ]


def _page(content: Mapping[str, Any], at: datetime) -> list[Observation]:
    """The page that it fetched, after all redirects."""
    told = _table(content, "http_request")
    failure, status, length = told.get("failure"), told.get("status_code"), told.get("body_length")
    row: dict[str, Any] = {"observed_at": at, "operation": "http_round_trip", "transport": "tcp", "method": "GET"}
    if isinstance(failure, str) and failure:
        return [Observation(failure=_failure(failure), **row)]
    if failure is not None or not _is_whole(status, 100, 599) or not _is_whole(length, 0, 1 << 40):
        return []
    title = told.get("title")
    names = [name.lower() for name in _table(told, "headers") if HEADER_NAME.fullmatch(name.lower())]
    return [
        Observation(
            status_code=status,
            body_bytes=length,
            title=readable(title) if isinstance(title, str) else "",
            header_names=tuple(dict.fromkeys(names))[:HEADER_NAMES_MAX],
            **row,
        )
    ]


def _outcome(told: object) -> str | None:
    """The failure of a step, empty when it went well. None: the helper does not say."""
    match told:
        case {"status": True, "failure": None}:
            return ""
        case {"status": False, "failure": str(word)} if word:
            return _failure(word)
    return None


def _failure(word: str) -> str:
    """Our word for a helper's; one that neither of us knows stays marked as unknown."""
    word = WORDS.get(word, word)
    if not word or (is_known(word) and not word.startswith("not_run")):
        return word
    return UNKNOWN + (re.sub(r"[^a-z0-9_ ]", "", word.lower())[:60] or "without a word")


def _table(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = content.get(key)
    return value if isinstance(value, dict) else {}


def _is_whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
