"""What the answer to a request means, and the rule of what works."""

from __future__ import annotations

from agent.language import N_
from agent.verdict import (
    filter_signs,
    import_pages,
    name_signs,
    outside_signs,
    page_signs,
    signs,
    swap_signs,
    trigger_signs,
)
from agent.verdict.fingerprints import Scope
from agent.verdict.records import State
from agent.verdict.rules.rule import Rule, fixed

HTTP: tuple[Rule, ...] = (
    Rule(
        id="http_block_page",
        layer="http",
        when=lambda e: signs.block_pages(e, "http") if not import_pages.page_of_its_own(e) else None,
        state=State.BLOCKED,
        mechanisms=lambda e: signs.kind_of_block_page(e, "http"),
        because=N_("Plain HTTP to {name} is answered with a known block page."),
        source="OONI blocking-fingerprints; net4people/bbs 226 and 241",
    ),
    Rule(
        id="http_host_is_trigger",
        layer="http",
        when=lambda e: swap_signs.name_is_trigger(e, "http"),
        state=State.BLOCKED,
        mechanisms=lambda e: swap_signs.kind_of_interference(e, "http"),
        because=N_("The name {name} alone makes plain HTTP fail ({failure}), here and elsewhere. {changed}"),
        source="UPB-SysSec IranconsistenciesData 2025: no response or RST by Host; docs/method.md 4",
    ),
    Rule(
        id="http_host_fails_elsewhere",
        layer="http",
        when=lambda e: swap_signs.name_fails_elsewhere(e, "http"),
        state=State.LIKELY_BLOCKED,
        mechanisms=lambda e: swap_signs.kind_of_interference(e, "http"),
        because=N_(
            "Plain HTTP to {name} fails again and again ({failure}), and elsewhere too; not all that "
            "would settle it was seen. {changed}"
        ),
        source="OONI SNI blocking (ts-024); docs/method.md 4",
    ),
    Rule(
        id="http_other_host_answered_here",
        layer="http",
        when=lambda e: swap_signs.only_this_name_fails_here(e, "http"),
        state=State.LIKELY_BLOCKED,
        mechanisms=lambda e: swap_signs.kind_of_interference(e, "http"),
        because=N_(
            "Plain HTTP to {name} fails again and again ({failure}), and only with this Host; an "
            "unrelated server turns all strangers away, and this one in another way. {changed}"
        ),
        source="docs/method.md 4",
    ),
    Rule(
        id="http_host_draws_punishment",
        layer="http",
        when=lambda e: swap_signs.name_draws_punishment(e, "http"),
        state=State.LIKELY_BLOCKED,
        mechanisms=lambda e: swap_signs.kind_of_punishment(e, "http"),
        because=N_(
            "Plain HTTP to {name} fails ({failure}) and then its port is shut; and so it fails elsewhere. {changed}"
        ),
        source="RFC 9505 on residual censorship; docs/method.md 4",
    ),
    Rule(
        id="http_path_is_trigger",
        layer="http",
        when=lambda e: trigger_signs.path_is_trigger(e),
        state=State.BLOCKED,
        mechanisms=lambda e: trigger_signs.kind_of_path_deed(e),
        because=N_(
            "What is asked of {name} makes plain HTTP fail ({failure}), under any Host and elsewhere too; "
            "another path does not. {changed}"
        ),
        source="Aryan, Aryan and Halderman FOCI 2013 (Host and keyword); FA16 in the timeline; docs/method.md 4",
    ),
    Rule(
        id="http_page_replaced",
        layer="http",
        when=lambda e: page_signs.replaced_page(e),
        state=State.LIKELY_BLOCKED,
        mechanisms=fixed("http.diff"),
        because=N_(
            "{name} shows another page here than a helper elsewhere gets, nothing in it alike; and an unrelated "
            "server shows that very page to whoever names {name}, and to nobody else."
        ),
        source="OONI web connectivity: http-diff, and stricter; docs/method.md 5",
    ),
    Rule(
        id="http_order_said_to_this_name",
        layer="http",
        when=lambda e: filter_signs.order_said_to_this_name(e),
        state=State.LIKELY_BLOCKED,
        mechanisms=fixed("http.blockpage"),
        because=N_(
            "Plain HTTP to {name} is answered with a page that is on no list and says that an order forbids it; an "
            "unrelated server shows the same to whoever names {name}, and to nobody else."
        ),
        source="OONI web connectivity: http-diff, and stricter; docs/method.md 5",
    ),
    Rule(
        id="http_filter_of_a_place",
        layer="http",
        when=lambda e: filter_signs.pages_of_others(e, Scope.PRODUCT, Scope.CHOICE),
        state=State.IMPAIRED,
        because=N_(
            "Plain HTTP to {name} is answered with the page of a filter that an office, a school or a family may "
            "have chosen: it does not say that anybody ordered it."
        ),
        source="Citizen Lab filtering-annotations: scopes inst and prod; docs/decisions.md",
    ),
    Rule(
        id="http_order_said",
        layer="http",
        when=lambda e: filter_signs.order_said(e),
        state=State.IMPAIRED,
        because=N_(
            "Plain HTTP to {name} is answered with a page that is on no list and says that an order forbids it; "
            "whether the site itself says so is not known."
        ),
        source="docs/method.md 6: no artefact, no verdict",
    ),
    Rule(
        id="http_stranger_answers",
        layer="http",
        when=lambda e: filter_signs.strangers_in_its_place(e),
        state=State.IMPAIRED,
        because=N_("Somebody answers at {name}, and not as the app's own servers do."),
        source="OONI ts-020, whose test takes any answer for success; docs/method.md 5",
    ),
    Rule(
        id="http_server_refuses",
        layer="http",
        when=lambda e: signs.refusals(e, authenticated=True),
        state=State.OK,
        because=N_(
            "{name} itself, with a valid certificate, refuses to serve this place: the server's choice, no "
            "blocking on the way."
        ),
        source="McDonald et al. IMC 2018 (403 Forbidden)",
    ),
    Rule(
        id="http_refusal_unauthenticated",
        layer="http",
        when=lambda e: signs.refusals(e, authenticated=False),
        state=State.IMPAIRED,
        because=N_("Plain HTTP to {name} is refused by somebody who cannot prove to be the server."),
        source="docs/method.md 6: no artefact, no verdict",
    ),
    Rule(
        id="http_redirect_to_nowhere",
        layer="http",
        when=lambda e: signs.broken_redirects(e),
        state=State.OK,
        because=N_("{name} answers with a redirect to no address: the server's own fault, and not the way's."),
        source="OONI's quality tests: broken redirects; docs/decisions.md",
    ),
    Rule(
        id="http_helper_is_answered",
        layer="http",
        when=lambda e: outside_signs.works_outside(e, "http"),
        state=State.LIKELY_BLOCKED,
        mechanisms=lambda e: outside_signs.kind_without_trigger(e, "http"),
        because=N_(
            "Plain HTTP to {name} fails again and again ({failure}), while a helper elsewhere is answered at the "
            "very address: it is no outage. What sets it off is not known. {changed}"
        ),
        source="OONI web connectivity: http-failure",
        told_of_parts=True,
    ),
    Rule(
        id="http_helper_fails_too",
        layer="http",
        when=lambda e: outside_signs.fails_outside(e, "http"),
        state=State.DOWN,
        because=N_("Plain HTTP to {name} fails ({failure}), and so it does from elsewhere."),
        source="OONI web connectivity 0.5: both sides fail",
    ),
    Rule(
        id="http_failure_unexplained",
        layer="http",
        when=lambda e: signs.failed_steps(e, "http"),
        state=State.IMPAIRED,
        because=N_("{name} accepts the connection, and its answer does not come whole ({failure}). {changed}"),
        source="docs/method.md 5: an outage looks the same",
    ),
    Rule(
        id="works_now_and_then",
        layer="http",
        when=lambda e: signs.stumbles(e),
        state=State.OK,
        because=N_(
            "{name} answers as itself, but not always: {share} tries at the same address failed ({failure}). A "
            "line that loses packets does that, and so does a censor who lets some through."
        ),
        source="docs/method.md 6: the evidence is kept, and nobody is accused",
    ),
    Rule(
        id="works",
        layer="http",
        when=lambda e: signs.successes(e) or name_signs.name_answers(e),
        state=State.OK,
        because=N_("{name} answers as itself."),
        source="docs/method.md 6; ooni/data: valid certificate and an answer",
    ),
)
