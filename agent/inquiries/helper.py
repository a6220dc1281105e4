"""Asks helpers elsewhere to look at what fails here, and at plain pages, which nothing else proves (docs/method.md 5).

Without a helper in config.toml nothing of this happens. A helper that is silent, broken or cut off leaves a row of its
own, and everything else as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from agent.catalog.records import Endpoint
from agent.config.helpers import Helper
from agent.inquiries.helper_rows import Place, rows_of
from agent.inquiries.known import SHORT_SEGMENT_BYTES
from agent.plan import Attempt
from agent.together import together
from agent.vantage import Anchor
from agent.verdict.deeds import SILENT, deed, wants_isolation
from agent.verdict.fingerprints import is_bogon
from agent.verdict.gathering import key_of, outside_of
from agent.verdict.outside_views import KNOWN_TO_ANSWER, KNOWN_TO_BE_EMPTY, failures_of_ipv4, serves
from agent.verdict.page_signs import unlike_outside
from agent.verdict.seen import PLAIN, SHORT, Outside, Try
from agent.visit import Visit
from probes.failures import failure_of
from probes.helper_question import Question, ask
from probes.limits import HELPER_ANSWER_BYTES
from probes.observation import Observation
from probes.stopwatch import Stopwatch

#: Addresses of one endpoint that are asked about: the first of each version of IP, from two parties.
ADDRESSES_MAX = 4
#: An address at which nobody can be (TEST-NET-1, RFC 5737): who says that it answers says yes to everything.
NOBODYS = "192.0.2.1"
SECURE_PORT = 443
PROTOCOL_OF_URL = {"https": "https", "http": "http", "tcp": "http"}
#: Tries of the site's name at the anchor, so that no single lost packet condemns.
SUSPECT_TRIES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What helpers are asked to look at."""

    url: str
    places: tuple[Place, ...]


async def inquire(visit: Visit) -> None:
    """Ask every helper at once, and look again here for what they saw otherwise."""
    look = wanted(visit.endpoint, visit.tries, visit.given.anchor, hop=visit.label.hop)
    answers_bytes = len(visit.given.helpers) * HELPER_ANSWER_BYTES
    if look is None or not answers_bytes or not visit.given.affords(answers_bytes):
        return
    answers = await together(_asked(visit, helper, look) for helper in visit.given.helpers)
    rows = [row for answer in answers for row in answer]
    seen = outside_of(rows).get(key_of(rows[0]), Outside())
    await visit.attempt_spaced(second_looks(visit.endpoint, visit.tries, seen, visit.given.anchor))


def wanted(endpoint: Endpoint, tries: Sequence[Try], anchor: Anchor | None, *, hop: int) -> Look | None:
    """What a helper is to look at; None where there is nothing to ask: what works proves itself, but for plain pages
    and for what works over IPv6 alone.

    Of where a redirect led only the front page is asked for: its path may hold something of the visitor's.
    """
    plain = [one for one in tries if one.variation in PLAIN]
    works = any(one.went_well for one in plain)
    if endpoint.protocol not in PROTOCOL_OF_URL:
        return None
    if works and not _is_page(plain, hop) and not failures_of_ipv4(endpoint, plain):
        return None
    addresses = list(dict.fromkeys(one.address for one in plain))[:ADDRESSES_MAX]
    host = endpoint.hostname or next(iter(addresses or endpoint.addresses))
    written = f"[{host}]" if ":" in host else host
    path = "/" if hop else endpoint.path
    known = [Place(address=anchor.address, port=SECURE_PORT, variation=KNOWN_TO_ANSWER)] if anchor else []
    return Look(
        url=f"{PROTOCOL_OF_URL[endpoint.protocol]}://{written}:{endpoint.port}{path}",
        places=(
            *(Place(address=address, port=endpoint.port) for address in addresses),
            *known,
            Place(address=NOBODYS, port=SECURE_PORT, variation=KNOWN_TO_BE_EMPTY),
        ),
    )


def second_looks(endpoint: Endpoint, tries: Sequence[Try], seen: Outside, anchor: Anchor | None) -> tuple[Attempt, ...]:
    """What to try again, once a helper saw otherwise: what fails here, at the same time; and whose page this is.

    Silence is asked for short packets besides: a path that loses long ones looks the same, and helpers do not share it.
    """
    name, plain = endpoint.hostname, [one for one in tries if one.variation in PLAIN]
    failing = failures_of_ipv4(endpoint, plain) if any(one.went_well for one in plain) else plain
    if failing:
        reached = {view.address for view in seen.tries if view.variation in PLAIN and serves(endpoint, view)}
        again = dict.fromkeys(one.address for one in failing if one.address in reached)
        silent = dict.fromkeys(one.address for one in failing if one.address in reached and _is_met_with_silence(one))
        return (
            *(Attempt(variation="fresh_port", address=address, name=name) for address in again),
            *(
                Attempt(variation=SHORT, address=address, name=name, segment_bytes=SHORT_SEGMENT_BYTES)
                for address in silent
            ),
        )
    if anchor is None or not name or not unlike_outside(endpoint, plain, seen):
        return ()
    return (
        Attempt(variation="fresh_port", address=plain[0].address, name=name),
        Attempt(variation="control_name_here", address=plain[0].address, name=anchor.name),
        Attempt(variation="other_name_elsewhere", address=anchor.address, name=anchor.other_name),
        *[Attempt(variation="this_name_elsewhere", address=anchor.address, name=name)] * SUSPECT_TRIES,
    )


def _is_met_with_silence(one: Try) -> bool:
    """Whether a connection came about, and what was said over it got no answer, or the beginning of one."""
    return (layer := wants_isolation(one)) != "" and deed(one, layer) in SILENT


def _is_page(tries: Sequence[Try], hop: int) -> bool:
    """Whether a page came that no certificate vouches for, and whose path may be told."""
    answers = [one.http for one in tries if one.went_well and one.tls is None and one.http is not None]
    redirects = range(HTTPStatus.MULTIPLE_CHOICES, HTTPStatus.BAD_REQUEST)
    return hop == 0 and any(row.method == "GET" and row.status_code not in redirects for row in answers)


async def _asked(visit: Visit, helper: Helper, look: Look) -> list[Observation]:
    """Ask one helper and record what it says, after a row of how the asking itself went."""
    line = visit.line
    await line.pacer.turn(visit.label.rank)
    watch, content, sent, received = Stopwatch(), {}, 0, 0
    failure, address = await _address_of(visit, helper)
    if not failure:
        answer = await ask(
            line.network,
            Question(url=look.url, endpoints=tuple(place.text for place in look.places)),
            url=helper.url,
            address=address,
            limits=line.limits,
            trust=line.trust["web"],
        )
        failure, content, sent, received = answer.failure, answer.content, answer.bytes_sent, answer.bytes_received
    found = rows_of(content, look.places, visit.endpoint.hostname, watch.started_at)
    asking = Observation(
        observed_at=watch.started_at,
        operation="ask_helper",
        failure=failure if failure or found else "json_parse_error",
        duration_ms=watch.elapsed_ms(),
        hostname=helper.hostname,
        address=address,
        port=helper.port,
        transport="tcp",
        bytes_sent=sent,
        bytes_received=received,
    )
    label = visit.label
    rows = [
        label.on(row, observer=helper.observer, connection_id=number)
        for group in ([asking], *found)
        for number in [line.next_connection()]
        for row in group
    ]
    line.record(rows)
    return rows


async def _address_of(visit: Visit, helper: Helper) -> tuple[str, str]:
    """Why the helper cannot be asked, or where it is. Never inside the volunteer's own network."""
    if helper.address:
        return "", helper.address
    try:
        async with asyncio.timeout(visit.line.limits.system_dns_timeout_s):
            told = await visit.line.network.resolve(helper.hostname, 4)
    except (OSError, UnicodeError) as error:
        return failure_of(error), ""
    public = [address for address in told if not is_bogon(address)]
    return ("", public[0]) if public else ("dns_bogon_error" if told else "dns_no_answer", "")
