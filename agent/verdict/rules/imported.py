"""What somebody else's measurement means, where everything was tried once and a control abroad looked as well.

These rules speak of imported sweeps alone: there they stand behind those of artefacts and before all others.
"""

from __future__ import annotations

from agent.language import N_
from agent.verdict import filter_signs, import_name_signs, import_pages, import_signs
from agent.verdict.fingerprints import Scope
from agent.verdict.records import State
from agent.verdict.rules.rule import Rule, fixed

IMPORTED: tuple[Rule, ...] = (
    Rule(
        id="import_dns_bogon",
        layer="dns",
        when=lambda e: import_name_signs.impossible_answers(e) if not e.name_serves else None,
        state=State.LIKELY_BLOCKED,
        mechanisms=fixed("dns.injection.bogon"),
        because=N_("{name} is answered with an address where no public server can be; abroad it has public ones."),
        source="ooni/data analysis rules: bogon not in control",
    ),
    Rule(
        id="import_dns_denied",
        layer="dns",
        when=lambda e: import_name_signs.denied_name(e),
        state=State.LIKELY_BLOCKED,
        mechanisms=import_name_signs.kind_of_failure,
        because=N_("The system's resolver has no address for {name} ({failure}), and the control's has."),
        source="OONI ts-017: NXDOMAIN here and not at the helper",
    ),
    Rule(
        id="import_dns_unanswered",
        layer="dns",
        when=lambda e: import_name_signs.unanswered_name(e),
        state=State.LIKELY_BLOCKED,
        mechanisms=import_name_signs.kind_of_failure,
        because=N_(
            "Neither the system's resolver nor another asked from there gets an answer for {name} ({failure}); "
            "the control does."
        ),
        source="ooni/data analysis rules: failure while the control answers",
    ),
    Rule(
        id="import_dns_foreign_server",
        layer="dns",
        when=lambda e: import_name_signs.foreign_server(e),
        state=State.LIKELY_BLOCKED,
        mechanisms=fixed("dns.injection.other"),
        because=N_(
            "{name} leads to a server in another network that has no certificate for it; the control's address works."
        ),
        source="ooni/data analysis rules: certificate fails and not in control; CERTainty",
    ),
    Rule(
        id="import_dns_page_of_another",
        layer="dns",
        when=lambda e: import_name_signs.page_of_another(e),
        state=State.LIKELY_BLOCKED,
        mechanisms=fixed("dns.injection.other"),
        because=N_(
            "{name} leads into another network than abroad, to a page that has nothing in common with the control's."
        ),
        source="OONI ts-017: dns before http-diff where the two lookups share nothing",
    ),
    Rule(
        id="import_dns_same_forgery",
        layer="dns",
        when=lambda e: import_name_signs.same_forgery_twice(e),
        state=State.LIKELY_BLOCKED,
        mechanisms=fixed("dns.injection.other"),
        because=N_(
            "Two resolvers give {name} one and the same address that nobody abroad is given: the answers were made "
            "on the way."
        ),
        source="OONI ts-017; ooni/probe issue 2308 on names that live only at the censor",
    ),
    Rule(
        id="import_dns_unknown_everywhere",
        layer="dns",
        when=lambda e: import_name_signs.unknown_everywhere(e),
        state=State.DOWN,
        because=N_("{name} has no address that a server could have, neither here nor abroad."),
        source="OONI ts-017: the same failure on both sides",
    ),
    Rule(
        id="import_dns_invented_here",
        layer="dns",
        when=lambda e: import_name_signs.invented_here(e),
        state=State.IMPAIRED,
        because=N_(
            "{name} does not exist abroad and has an address at this resolver: a search page of the provider's, or "
            "a forgery."
        ),
        source="ooni/probe issue 2308; docs/import.md",
    ),
    Rule(
        id="import_tcp_connects_abroad",
        layer="tcp",
        when=lambda e: import_signs.connects_for_control(e),
        state=State.LIKELY_BLOCKED,
        mechanisms=import_signs.kinds_of_connect,
        because=N_("No connection to {name} comes about ({failure}), while the control gets through."),
        source="OONI ts-017: connects at the helper and not here",
    ),
    Rule(
        id="import_tcp_fails_everywhere",
        layer="tcp",
        when=lambda e: import_signs.fails_for_control(e, "tcp"),
        state=State.DOWN,
        because=N_("No connection to {name} comes about ({failure}), nor does the control's."),
        source="OONI ts-017: fails on both sides",
    ),
    Rule(
        id="import_tls_works_abroad",
        layer="tls",
        when=lambda e: import_signs.shaken_by_control(e),
        state=State.LIKELY_BLOCKED,
        mechanisms=import_signs.kind_of_handshake,
        because=N_("The handshake with {name} fails ({failure}), while the control's does not."),
        source="OONI ts-017: handshakes at the helper and not here",
    ),
    Rule(
        id="import_tls_fails_everywhere",
        layer="tls",
        when=lambda e: import_signs.fails_for_control(e, "tls"),
        state=State.DOWN,
        because=N_("The handshake with {name} fails ({failure}), and so does the control's."),
        source="OONI ts-017: fails on both sides",
    ),
    Rule(
        id="import_http_name_alone",
        layer="http",
        when=lambda e: import_signs.name_alone(e),
        state=State.LIKELY_BLOCKED,
        mechanisms=import_signs.kind_by_name,
        because=N_("A server that answers an innocent name never answers for {name} ({failure})."),
        source="CenTrace and Hyperquack (Censored Planet): one server, asked by two names",
    ),
    Rule(
        id="import_http_works_abroad",
        layer="http",
        when=lambda e: import_signs.page_for_control(e),
        state=State.LIKELY_BLOCKED,
        mechanisms=import_signs.kind_of_request,
        because=N_("A plain request to {name} is broken off ({failure}), and the control has the page."),
        source="OONI ts-017: http-failure",
    ),
    Rule(
        id="import_http_fails_everywhere",
        layer="http",
        when=lambda e: import_signs.fails_for_control(e, "http"),
        state=State.DOWN,
        because=N_("{name} does not answer ({failure}), and does not answer the control."),
        source="OONI ts-017: fails on both sides",
    ),
    Rule(
        id="import_http_filter_product",
        layer="http",
        when=lambda e: filter_signs.pages_of_others(e, Scope.PRODUCT),
        state=State.LIKELY_BLOCKED,
        mechanisms=fixed("http.blockpage"),
        because=N_(
            "Plain HTTP to {name} is answered with the page of a filter product; whether a provider's or an "
            "office's is not told."
        ),
        source="Citizen Lab filtering-annotations: scope prod; docs/decisions.md",
    ),
    Rule(
        id="import_http_order_said",
        layer="http",
        when=lambda e: filter_signs.order_said(e) if not import_pages.same_page(e) else None,
        state=State.LIKELY_BLOCKED,
        mechanisms=fixed("http.blockpage"),
        because=N_(
            "Plain HTTP to {name} is answered with a page that is on no list and says that an order forbids it; "
            "the control has no such page."
        ),
        source="Censored Planet blockpage signatures: what unlisted pages share; docs/decisions.md",
    ),
    Rule(
        id="import_http_other_page",
        layer="http",
        when=lambda e: import_pages.page_put_in(e),
        state=State.LIKELY_BLOCKED,
        mechanisms=fixed("http.diff"),
        because=N_("Plain HTTP to {name} brings a page that has nothing in common with the control's."),
        source="OONI ts-017: http-diff, made stricter: docs/import.md",
    ),
    Rule(
        id="import_http_same_page",
        layer="http",
        when=lambda e: import_pages.same_page(e),
        state=State.OK,
        because=N_("{name} answers here as it answers the control."),
        source="OONI ts-017: the pages match",
    ),
    Rule(
        id="import_http_error_here_alone",
        layer="http",
        when=lambda e: import_pages.unlike_page(e),
        state=State.IMPAIRED,
        because=N_(
            "Plain HTTP to {name} brings an error that the control does not get: the server's choice, or somebody "
            "else's."
        ),
        source="ooni/probe issue 2661: challenges of content networks look like other pages",
    ),
)
