"""Every key of a scenario's file, as data: what it holds, what it means, and what stands without it.

The loader checks by these tables, and docs/lab.md is made of them. Those of a rule are in keys_of_rules.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from agent.catalog.load import COMBINES
from agent.config.rules import Choice, Country, Number, Rule, Text
from agent.lab.catalog_hosts import PROVIDER_RESOLVER
from agent.lab.scenario.records import FAMILIES, STAGES
from agent.lab.scenario.values import Address, AnyText, Flag, HostName, ListOf, Part, Pattern, TableOf
from agent.lab.world import CERTIFICATES, IPV6_STATES, SERVICE_KINDS, TRUSTED
from agent.records import VantageState
from agent.verdict.records import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of one table."""

    holds: Rule
    #: One or two sentences for the reader of docs/lab.md.
    means: str
    #: What stands where the key is left out, as the record holds it. None: nothing.
    default: object = None
    required: bool = False


KEY = re.compile(r"[a-z][a-z0-9_]*")
WORD = Pattern(
    form=KEY,
    remedy='write a word of lower-case letters, digits and underscores, such as "twitter_sni"',
    what="a word such as `twitter_sni`",
)
SENTENCES = Text(characters_max=500, remedy="write one or two sentences")
ADDRESSES = ListOf(one=Address(), example='["93.184.216.34"]')
NAMES = ListOf(one=HostName(), example='["www.example.com"]')
WORDS = ListOf(one=WORD, example='["twitter"]')
PORT = Number(low=1, high=65535, whole=True)
ASN = Number(low=1, high=4294967295, whole=True, hint=", without AS, or leave it out")
#: Ten seconds there and back are five times what a satellite and a bad line make together.
RTT_MS = Number(low=0, high=10_000, unit="milliseconds")
RCODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")
HEADERS = TableOf(
    key=Pattern(form=re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"), remedy="write a header's name"),
    one=Pattern(form=re.compile(r"[^\r\n\0]*"), remedy="write a text of one line"),
    example='{ Server = "nginx" }',
)
STATUS = Number(low=200, high=599, whole=True)

SCENARIO: Mapping[str, Key] = {
    "about": Key(holds=SENTENCES, means="What happens, in one or two sentences.", required=True),
    "family": Key(holds=Choice(words=tuple(FAMILIES)), means="What it is an example of.", required=True),
    "source": Key(
        holds=Text(characters_max=300, remedy="name who documented it"), means="Where it is documented.", default=""
    ),
    "seed": Key(
        holds=Number(low=0, high=2**32, whole=True),
        means="What chance is drawn from: losses, and rules with a probability.",
        default=0,
    ),
    "border_of": Key(
        holds=Country(),
        means="The country whose border the censor stands at. Without it: the client's own.",
        default="",
    ),
    "vantage_state": Key(
        holds=Choice(words=tuple(VantageState)),
        means="What the agent has to say of the line, at the worse of its two looks.",
        default="normal",
    ),
    "near_misses_of": Key(
        holds=ListOf(one=WORD, example='["dns_name_works"]'),
        means="Rules of the ruleset ([rules.md](rules.md)) that nearly match here, and must not decide.",
        default=(),
    ),
    "not_on": Key(
        holds=TableOf(
            key=Choice(words=tuple(STAGES)), one=SENTENCES, example='{ loopback = "ICMP does not exist on streams." }'
        ),
        means="The stages that cannot show it, each with the reason.",
        default=(),
    ),
    "client": Key(holds=Part(table="client"), means="Where the measurement stands."),
    "line": Key(holds=Part(table="line"), means="The client's own line."),
    "measure": Key(holds=Part(table="measure"), means="What a sweep looks at."),
    "host": Key(
        holds=Part(table="host", stands="list"),
        means="A computer of the scenario's own. One that bears a name or an address of a host that stands by itself "
        "replaces that host.",
    ),
    "rule": Key(holds=Part(table="rule", stands="list"), means="What the censor does: the first that matches decides."),
    "expect": Key(
        holds=Part(table="expect", stands="named"),
        means="What must come out for the platform of that key; one for each that is measured.",
    ),
}
CLIENT: Mapping[str, Key] = {
    "country": Key(holds=Country(), means="ISO 3166 code.", default="IR"),
    "asn": Key(holds=ASN, means="Number of its network."),
    "addresses": Key(
        holds=ListOf(one=Address(), example='["198.51.100.23"]', empty=False),
        means="Its own addresses, which servers see.",
        default=("198.51.100.23", "2001:db8:51:100::23"),
    ),
    "resolver": Key(
        holds=Text(characters_max=253, remedy="write a host's name or address"),
        means="The host that its system asks for names. Without it: its provider's, which stands by itself.",
        default=PROVIDER_RESOLVER,
    ),
    "ipv6": Key(holds=Choice(words=tuple(IPV6_STATES)), means="How far it gets with IPv6.", default="works"),
    "route": Key(holds=Flag(), means="Whether there is any route at all.", default=True),
    "clock_error_s": Key(
        holds=Number(low=-(10.0**9), high=10.0**9, unit="seconds"),
        means="By how much its clock is ahead of the world's; behind, when negative.",
        default=0.0,
    ),
    "captive_portal": Key(
        holds=HostName(),
        means="A host of the scenario that asks everybody to log in: every DNS answer leads there, every other HTTP "
        "request is redirected to `http://NAME/`, TLS and all else that a client says is reset, QUIC is dropped. It "
        "stands on the line and is no censor.",
    ),
    "national_only": Key(
        holds=Flag(),
        means="Nothing crosses the border, DNS included: only hosts of the client's own country are reached, and only "
        "their names resolve, at resolvers of that country. It stands on the line and is no censor.",
        default=False,
    ),
}
LINE: Mapping[str, Key] = {
    "rtt_ms": Key(holds=RTT_MS, means="There and back, added to every connect, handshake and reply.", default=0.0),
    "loss": Key(holds=Number(low=0, high=0.9), means="Share of packets that get lost each way.", default=0.0),
    "rate_kbit_s": Key(
        holds=Number(low=1, high=10_000_000, unit="kilobits a second"),
        means="The most that passes, each way. Without it: as fast as it goes.",
    ),
}
MEASURE: Mapping[str, Key] = {
    "platforms": Key(holds=WORDS, means="Platforms of the agent's catalog.", default=()),
    "targets": Key(
        holds=ListOf(one=AnyText(), example='["twitter/web"]'),
        means="Of a platform that has any here, only these targets. Platforms without any are measured whole.",
        default=(),
    ),
    "limits": Key(
        holds=Choice(words=("short", "real")),
        means="Time-outs of the sweep: short ones, or the agent's own, which slow and lossy lines need.",
        default="short",
    ),
    "sweep_mib": Key(
        holds=Number(low=0.1, high=1024, unit="MiB"),
        means="What the sweep may send and receive; the agent's own bound unless another is stated.",
        default=20.0,
    ),
    "helpers": Key(
        holds=NAMES,
        means="Test helpers that the sweep asks, at `https://NAME/`, over the same line. A name that no host of the "
        "file bears gets a host that stands by itself, with an honest helper.",
        default=(),
    ),
    "site": Key(holds=Part(table="site", stands="list"), means="An endpoint of the scenario's own."),
}
SITE: Mapping[str, Key] = {
    "key": Key(
        holds=WORD,
        means="The platform it belongs to, which is no platform of the catalog. Sites with one key are its endpoints.",
        required=True,
    ),
    "url": Key(
        holds=Text(characters_max=300, remedy='write an address, such as "https://www.example.com/"'),
        means="`https://host/path`, `http://host/path`, `tcp://host:port`, `dns://host` or `post://address:port`. A "
        "name that no host bears does not exist.",
        required=True,
    ),
    "addresses": Key(holds=ADDRESSES, means="Fixed addresses, which are used without asking for names.", default=()),
    "combine": Key(
        holds=Choice(words=COMBINES), means="Whether all sites of the key are needed, or any.", default="all_of"
    ),
    "domains": Key(
        holds=NAMES,
        means="Further domains of the platform, which redirects may lead to. The site's own name is one anyway.",
        default=(),
    ),
}
HOST: Mapping[str, Key] = {
    "names": Key(holds=NAMES, means="What it is called; its certificates are for these.", default=()),
    "addresses": Key(
        holds=ListOf(one=Address(), example='["93.184.216.34"]', empty=False),
        means="Where it stands.",
        required=True,
    ),
    "published": Key(
        holds=ADDRESSES,
        means="What the name system says of its names, be it an address where nobody stands or none at all. Without "
        "it: where it stands.",
    ),
    "country": Key(
        holds=Country(), means="ISO 3166 code. Without it: abroad, whichever country is looked from.", default=""
    ),
    "asn": Key(holds=ASN, means="Number of its network."),
    "rtt_ms": Key(holds=RTT_MS, means="There and back, beside the line's own.", default=0.0),
    "service": Key(
        holds=Part(table="service", stands="list"),
        means="An open port. A host without any refuses every connection.",
    ),
}
SERVICE: Mapping[str, Key] = {
    "kind": Key(holds=Choice(words=tuple(SERVICE_KINDS)), means="What stands there.", required=True),
    "port": Key(holds=PORT, means="A TCP port; for `quic` a UDP port, for `dns` both.", required=True),
    "trust": Key(holds=Choice(words=TRUSTED), means="The authority that signs a valid certificate.", default="web"),
    "certificate": Key(holds=Choice(words=tuple(CERTIFICATES)), means="What its certificate is.", default="valid"),
    "certificate_names": Key(
        holds=ListOf(one=HostName(wildcard=True), example='["*.example.com"]', empty=False),
        means="Names for the certificate. Without it: the host's own.",
        default=(),
    ),
    "tls": Key(
        holds=Choice(words=("1.2", "1.3")),
        means="The newest TLS that it speaks. In 1.2 its certificate passes in clear.",
        default="1.3",
    ),
    "turns_strangers_away": Key(
        holds=Flag(), means="Whether it answers a name that is not its own with a TLS alert.", default=False
    ),
    "answers": Key(
        holds=TableOf(key=HostName(), one=ADDRESSES, example='{ "www.example.com" = ["10.1.1.1"] }'),
        means="dns, dot, doh: what this resolver says of a name, whatever is true elsewhere. An empty list: the name "
        "exists and has no address.",
        default=(),
    ),
    "rcode": Key(
        holds=Choice(words=RCODES[1:]),
        means="dns, dot, doh: what it answers to every question. Without it: it resolves.",
        default="",
    ),
    "nxdomain_address": Key(
        holds=Address(),
        means="dns, dot, doh: the address it gives for names that do not exist. Without it: it says NXDOMAIN.",
        default="",
    ),
    "page": Key(
        holds=Part(table="page", stands="list"),
        means="http, https, quic, doh: what it shows. Without any: a usual page.",
    ),
}
PAGE: Mapping[str, Key] = {
    "path": Key(
        holds=Pattern(form=re.compile(r"/[!-~]*"), remedy='write a path, such as "/"'),
        means="The page is shown under every path that begins so; the longest wins.",
        default="/",
    ),
    "status": Key(holds=STATUS, means="HTTP status.", default=200),
    "title": Key(holds=AnyText(), means="Title of the short body that is made where none is given.", default=""),
    "media_type": Key(
        holds=Text(characters_max=100, remedy="write a media type"),
        means="Content-Type.",
        default="text/html; charset=utf-8",
    ),
    "body": Key(holds=AnyText(), means="The whole body.", default=""),
    "size_bytes": Key(
        holds=Number(low=0, high=100_000_000, whole=True, unit="bytes"),
        means="The body is filled up to this length.",
    ),
    "headers": Key(holds=HEADERS, means="Further headers.", default=()),
    "location": Key(
        holds=Pattern(form=re.compile(r"[^\r\n\0]+"), remedy="write where it leads, on one line"),
        means="Where a redirect leads, sent as it stands, broken ones too. Needs a 3xx status.",
        default="",
    ),
    "cut_after_bytes": Key(
        holds=Number(low=0, high=100_000_000, whole=True, unit="bytes"),
        means="The server breaks off after so much of the body, without a word.",
    ),
}
EXPECT: Mapping[str, Key] = {
    "state": Key(holds=Choice(words=tuple(State)), means="What has to be said of the platform.", required=True),
    "rule": Key(
        holds=WORD, means="A rule of the ruleset that has to be among those that decided. Without it: any.", default=""
    ),
    "because": Key(holds=SENTENCES, means="Why this state, where the censor's rules do not make it plain.", default=""),
}
