"""Every key of a rule in a scenario's file, as data: match, actions, residual punishment."""

from __future__ import annotations

import re
from collections.abc import Mapping

from agent.config.rules import Choice, Number
from agent.lab.rules import MOMENTS, NAME_TESTS
from agent.lab.scenario.keys import (
    ADDRESSES,
    CLIENT,
    EXPECT,
    HEADERS,
    HOST,
    LINE,
    MEASURE,
    PAGE,
    RCODES,
    SCENARIO,
    SERVICE,
    SITE,
    STATUS,
    WORD,
    WORDS,
    Key,
)
from agent.lab.scenario.values import AnyText, Flag, IpVersion, ListOf, Network, Part, Pattern

SECONDS = Number(low=0, high=86_400, unit="seconds")
NO_SPACE = re.compile(r"\S+")
OCCASION = Number(low=1, high=1_000_000, whole=True)
#: Forms of a block page, by the word for them.
BLOCK_PAGES: Mapping[str, str] = {
    "iran_2016": "Iran's of 2016 to 2022, with one header.",
    "iran_2023": "Iran's of 2023, with type and length.",
    "iran_redirect": "Iran's of 2023 at MCI: a redirect whose Location has no path.",
    "own": "A page of the scenario's own.",
}

RULE: Mapping[str, Key] = {
    "id": Key(holds=WORD, means="What it is called.", required=True),
    "where": Key(
        holds=Choice(words=("border", "line")),
        means="`border`: the censor, who sees what crosses the border, and every DNS query. `line`: something on the "
        "client's own line, which sees everything and is no censor.",
        default="border",
    ),
    "match": Key(holds=Part(table="match"), means="What it looks for.", required=True),
    "action": Key(holds=Part(table="action"), means="What it does then.", required=True),
    "residual": Key(holds=Part(table="residual"), means="How it goes on punishing afterwards."),
}
MATCH: Mapping[str, Key] = {
    "at": Key(holds=Choice(words=tuple(MOMENTS)), means="The moment in the traffic.", required=True),
    "names": Key(
        holds=ListOf(
            one=Pattern(form=NO_SPACE, remedy='write a name or a part of one, such as "twitter.com"'),
            example='["twitter.com"]',
        ),
        means="The name asked for (query), the SNI (client_hello, quic), the Host (request) or a name of the "
        "certificate (certificate).",
        default=(),
    ),
    "names_test": Key(holds=Choice(words=tuple(NAME_TESTS)), means="How names are compared.", default="suffix"),
    "names_of": Key(
        holds=WORDS,
        means="Platforms of the catalog or keys of sites: their domains and names are added to `names`.",
        default=(),
    ),
    "addresses": Key(
        holds=ListOf(one=Network(), example='["44.0.0.1", "149.154.160.0/20"]'),
        means="Where the traffic goes to: addresses, or prefixes. Of a query: the resolver.",
        default=(),
    ),
    "addresses_of": Key(
        holds=WORDS,
        means="Platforms of the catalog or keys of sites: the addresses of their hosts are added to `addresses`.",
        default=(),
    ),
    "ports": Key(
        holds=ListOf(one=Number(low=1, high=65535, whole=True), example="[443]"),
        means="Ports that it goes to.",
        default=(),
    ),
    "ip_version": Key(holds=IpVersion(), means="Of the address that it goes to. Without it: both."),
    "direction": Key(
        holds=Choice(words=("out", "in")),
        means="`out`: from inside the censor's country; `in`: from abroad. Without it: both.",
        default="",
    ),
    "query_types": Key(
        holds=ListOf(
            one=Pattern(form=re.compile(r"[A-Z0-9]+"), remedy='write a record type, such as "AAAA"'), example='["AAAA"]'
        ),
        means="query: types of record.",
        default=(),
    ),
    "transport": Key(holds=Choice(words=("udp", "tcp")), means="query: over what. Without it: both.", default=""),
    "path": Key(
        holds=Pattern(form=re.compile(r"/[!-~]*"), remedy='write the beginning of a path, such as "/search"'),
        means="request: beginning of the path.",
        default="",
    ),
    "keywords": Key(
        holds=ListOf(one=Pattern(form=re.compile(r".+"), remedy="write a word"), example='["proxy"]'),
        means="request, unrecognised: words anywhere in what the client said first, in any case. One suffices.",
        default=(),
    ),
    "first_occasion": Key(
        holds=OCCASION, means="From which occasion on, of those on which all of the above held.", default=1
    ),
    "last_occasion": Key(holds=OCCASION, means="Up to which occasion. Without it: all that follow."),
    "from_s": Key(holds=SECONDS, means="From which second on after the lab began.", default=0.0),
    "until_s": Key(holds=SECONDS, means="Until which second."),
    "after": Key(holds=WORD, means="Only after the rule of this id has acted.", default=""),
    "probability": Key(holds=Number(low=0.001, high=1), means="Share of the occasions.", default=1.0),
}
RESIDUAL: Mapping[str, Key] = {
    "seconds": Key(holds=Number(low=0.1, high=86_400, unit="seconds"), means="For how long.", required=True),
    "by": Key(
        holds=Choice(words=("server", "name")),
        means="`server`: every new connection to the same address and port. `name`: every later sight of the same "
        "name, in a query, a ClientHello or a request.",
        default="server",
    ),
    "do": Key(
        holds=Choice(words=("drop", "reset")),
        means="What is done then. A datagram meets silence either way.",
        default="drop",
    ),
}
#: What can stand after `do`, with the keys that belong to it. What each does is in agent/lab/rules.py.
ACTIONS: Mapping[str, Mapping[str, Key]] = {
    "pass": {},
    "forge_answer": {
        "addresses": Key(
            holds=ADDRESSES,
            means="Those of the question's kind if there are any, else all. Without any the answer is empty.",
            default=(),
        ),
        "rcode": Key(holds=Choice(words=RCODES), means="Response code.", default="NOERROR"),
        "malformed": Key(holds=Flag(), means="The bytes are cut short, so that nobody can read them.", default=False),
        "ttl_s": Key(holds=Number(low=0, high=2**31 - 1, whole=True, unit="seconds"), means="Time to live.", default=1),
        "order": Key(
            holds=Choice(words=("instead", "before", "after")),
            means="In place of the true answer, before it or after it.",
            default="instead",
        ),
        "gap_ms": Key(
            holds=Number(low=0, high=10_000, unit="milliseconds"), means="Between the two answers.", default=0.0
        ),
    },
    "drop": {},
    "reset": {
        "to": Key(
            holds=Choice(words=("client", "both")), means="Who is told: the client, or both ends.", default="both"
        )
    },
    "close": {},
    "unreachable": {
        "what": Key(
            holds=Choice(words=("net", "host", "port", "admin")),
            means="What is out of reach; `admin`: prohibited.",
            default="host",
        )
    },
    "foreign_certificate": {
        "kind": Key(
            holds=Choice(words=("unknown_authority", "self_signed")),
            means="Who signed it.",
            default="unknown_authority",
        )
    },
    "tls_alert": {
        "description": Key(
            holds=Number(low=0, high=255, whole=True),
            means="40 is handshake_failure, 112 unrecognized_name (RFC 8446 6).",
            default=40,
        )
    },
    "block_page": {
        "page": Key(holds=Choice(words=tuple(BLOCK_PAGES)), means="Which page.", default="iran_2016"),
        "address": Key(
            holds=ADDRESSES.one, means="Iran's: the address that its frame leads to.", default="10.10.34.34"
        ),
        "label": Key(
            holds=Pattern(form=re.compile(r"[ -~]+"), remedy='write the name of a box, such as "M1-6"'),
            means="iran_2016, iran_2023: what the box calls itself.",
            default="M1-6",
        ),
        "status": Key(holds=STATUS, means="own: HTTP status.", default=403),
        "title": Key(holds=AnyText(), means="own: title of the short body that is made of it.", default=""),
        "body": Key(holds=AnyText(), means="own: the whole body.", default=""),
        "headers": Key(holds=HEADERS, means="own: further headers.", default=()),
    },
    "redirect": {
        "location": Key(
            holds=Pattern(form=re.compile(r"[!-~]+"), remedy='write where it leads, such as "http://10.10.34.34"'),
            means="Where it leads, sent as it stands.",
            required=True,
        ),
        "status": Key(holds=Number(low=300, high=399, whole=True), means="HTTP status.", default=302),
    },
    "send": {"text": Key(holds=AnyText(), means="What is sent in the server's place.", required=True)},
    "throttle": {
        "rate_kbit_s": Key(
            holds=Number(low=0.1, high=10_000_000, unit="kilobits a second"),
            means="The rate of the connection from then on.",
            required=True,
        )
    },
    "corrupt": {},
}
ACTION: Mapping[str, Key] = {
    "do": Key(holds=Choice(words=tuple(ACTIONS)), means="What happens.", required=True),
}
#: Every table of the file by its name, in the order of the documentation.
TABLES: Mapping[str, Mapping[str, Key]] = {
    "scenario": SCENARIO,
    "client": CLIENT,
    "line": LINE,
    "measure": MEASURE,
    "site": SITE,
    "host": HOST,
    "service": SERVICE,
    "page": PAGE,
    "rule": RULE,
    "match": MATCH,
    "action": ACTION,
    "residual": RESIDUAL,
    "expect": EXPECT,
}
