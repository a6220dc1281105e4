"""What the answers about a name mean."""

from __future__ import annotations

from agent.language import N_
from agent.verdict import filter_signs, forgery_signs, name_signs, outside_signs
from agent.verdict.records import State
from agent.verdict.rules.rule import Rule, fixed

DNS: tuple[Rule, ...] = (
    Rule(
        id="dns_iran_block_address",
        layer="dns",
        when=lambda e: forgery_signs.iran_answers(e) if not e.name_serves else None,
        state=State.BLOCKED,
        mechanisms=fixed("dns.injection.blockpage"),
        because=N_("DNS answers {name} with an address that Iran's filter puts in place of the true one."),
        source="OONI blocking-fingerprints; UPB-SysSec IranconsistenciesData 2025; OONI 2021 on Signal",
    ),
    Rule(
        id="dns_listed_block_address",
        layer="dns",
        when=lambda e: filter_signs.listed_answers(e) if not e.name_works else None,
        state=State.BLOCKED,
        mechanisms=filter_signs.kind_of_listed,
        because=N_(
            "The system's resolver answers {name} with an address that a filter is known to put in place of true "
            "ones, and that nobody else gives."
        ),
        source="OONI blocking-fingerprints; Citizen Lab filtering-annotations; Saini 2026 on India",
    ),
    Rule(
        id="dns_replies_disagree",
        layer="dns",
        when=lambda e: forgery_signs.disagreeing_replies(e) if not e.name_serves else None,
        state=State.BLOCKED,
        mechanisms=forgery_signs.kind_of_forgery,
        because=N_("One question for {name} drew two replies that contradict each other: one of them was forged."),
        source="ICLab Centinel's second-response check; docs/decisions.md",
    ),
    Rule(
        id="dns_answer_without_resolver",
        layer="dns",
        when=lambda e: forgery_signs.answers_without_resolver(e) if not e.name_serves else None,
        state=State.BLOCKED,
        mechanisms=forgery_signs.kind_of_injection,
        because=N_(
            "Questions for {name} that were sent to an address where no resolver is were answered, again and "
            "again, and innocent ones were not: somebody on the way answers."
        ),
        source="design 4.2; Anonymous, The Collateral Damage of Internet Censorship by DNS Injection (CCR 2012)",
    ),
    Rule(
        id="dns_tampered_still_works",
        layer="dns",
        when=lambda e: forgery_signs.tampered_answers(e) if e.name_serves else None,
        state=State.OK,
        mechanisms=forgery_signs.kind_of_forgery,
        because=N_("Answers for {name} are tampered with, and yet the system's resolver gives an address that works."),
        source="docs/method.md 6: tampered with and still reachable",
    ),
    Rule(
        id="dns_name_works",
        layer="dns",
        when=lambda e: () if e.name_works else None,
        state=State.OK,
        because=N_("The address of {name} shows a valid certificate for it."),
        source="CERTainty: a certificate proves the address",
    ),
    Rule(
        id="dns_points_home",
        layer="dns",
        when=lambda e: name_signs.points_home(e),
        state=State.IMPAIRED,
        because=N_(
            "The system's resolver points {name} at this computer or its home network, and no other resolver does: "
            "a hosts file or a filter of one's own does that."
        ),
        source="our choice; docs/decisions.md",
    ),
    Rule(
        id="dns_filter_of_a_place",
        layer="dns",
        when=lambda e: filter_signs.chosen_answers(e),
        state=State.IMPAIRED,
        because=N_("The system's resolver sends {name} to a filter that a subscriber, a school or an office chooses."),
        source="Citizen Lab filtering-annotations: scopes inst and prod; docs/decisions.md",
    ),
    Rule(
        id="dns_leads_to_block_page",
        layer="dns",
        when=lambda e: name_signs.page_behind_the_answer(e),
        state=State.BLOCKED,
        mechanisms=fixed("dns.injection.blockpage"),
        because=N_(
            "The system's resolver sends {name} to a server that shows a known block page; another resolver's "
            "address proves itself."
        ),
        source="OONI taxonomy: dns.injection.blockpage; CERTainty",
    ),
    Rule(
        id="dns_bogon_control_proven",
        layer="dns",
        when=lambda e: name_signs.repeated_bogons(e) if name_signs.control_proven(e) else None,
        state=State.LIKELY_BLOCKED,
        mechanisms=fixed("dns.injection.bogon"),
        because=N_(
            "{name} is given an address, again and again, where no public server can be; another resolver's "
            "address proves itself. Whether the provider does it or an office's own network cannot be told."
        ),
        source="ooni/data analysis rules: bogon not in control",
    ),
    Rule(
        id="dns_failure_control_proven",
        layer="dns",
        when=lambda e: name_signs.repeated_dns_failure(e) if name_signs.control_proven(e) else None,
        state=State.LIKELY_BLOCKED,
        mechanisms=name_signs.kind_of_dns_failure,
        because=N_(
            "The system's resolver, which answers for other names, fails for {name} ({failure}) again and again; "
            "another resolver's address proves itself. Whether the provider does it or a filter at home cannot be told."
        ),
        source="ooni/data analysis rules: failure while the control answers",
    ),
    Rule(
        id="dns_silence_for_this_name",
        layer="dns",
        when=lambda e: name_signs.silence_for_this_name(e),
        state=State.LIKELY_BLOCKED,
        mechanisms=fixed("dns.timeout"),
        because=N_(
            "Questions for {name} over UDP draw no answer from any resolver, again and again, and those for other "
            "names do; DoH, which nobody on the way can read, has an address for it."
        ),
        source="OONI 2022 on Iran: 250 of 296 lookups of Meta's names timed out; docs/decisions.md",
    ),
    Rule(
        id="dns_foreign_server_control_proven",
        layer="dns",
        when=lambda e: name_signs.foreign_servers(e) if name_signs.control_proven(e) else None,
        state=State.LIKELY_BLOCKED,
        mechanisms=fixed("dns.injection.other"),
        because=N_(
            "The system's resolver sends {name} to a server that has no certificate for it; another resolver's "
            "address proves itself."
        ),
        source="CERTainty; ooni/data analysis rules: certificate fails and not in control",
    ),
    Rule(
        id="dns_only_others_address_works",
        layer="dns",
        when=lambda e: name_signs.only_elsewhere(e),
        state=State.IMPAIRED,
        because=N_(
            "{name} fails where the system's resolver sends ({failure}), and works where another resolver does: a "
            "dead server of a pool, or a forged answer."
        ),
        source="docs/method.md 5: a dead edge of a content network looks the same",
    ),
    Rule(
        id="dns_no_such_name",
        layer="dns",
        when=lambda e: name_signs.absent_everywhere(e),
        state=State.DOWN,
        because=N_("No resolver outside knows the name {name}, not even those that nobody on the way can forge."),
        source="OONI web connectivity: both sides NXDOMAIN",
    ),
    Rule(
        id="dns_name_without_address",
        layer="dns",
        when=lambda e: name_signs.without_address_everywhere(e),
        state=State.DOWN,
        because=N_("No resolver outside has an address for {name}, not even those that nobody on the way can forge."),
        source="OONI web connectivity: both sides without an address",
    ),
    Rule(
        id="dns_helper_has_no_such_name",
        layer="dns",
        when=lambda e: outside_signs.no_such_name_outside(e),
        state=State.DOWN,
        because=N_("No resolver has an address for {name} ({failure}), nor has a helper's elsewhere."),
        source="OONI web connectivity: both sides NXDOMAIN",
    ),
    Rule(
        id="dns_failure_unexplained",
        layer="dns",
        when=lambda e: name_signs.dns_failures(e) or name_signs.bogon_answers(e),
        state=State.IMPAIRED,
        because=N_("The system's resolver gives no usable address for {name} ({failure}), and nothing settles why."),
        source="docs/method.md 5: no control, no verdict",
    ),
)
