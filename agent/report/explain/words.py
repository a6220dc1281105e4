"""Every word of a verdict's story, translated when it is shown."""

from __future__ import annotations

from collections.abc import Mapping

from agent.language import N_

#: What a try changed against the first one, by the `variation` column of its rows.
VARIATIONS: Mapping[str, str] = {
    "first": N_("First try"),
    "fresh_port": N_("The same again, on a fresh port"),
    "another_address": N_("Changed: another of its addresses"),
    "control_name_here": N_("Changed: an innocent name, at this address"),
    "no_name_here": N_("Changed: no name, at this address"),
    "tls_1_3_here": N_("Changed: an offer of TLS 1.3 alone"),
    "short_segments_here": N_("Changed: an answer in short packets is asked for"),
    "other_path_here": N_("Changed: another path, at this address"),
    "this_name_elsewhere": N_("Changed: this name, at the address of a control"),
    "other_name_elsewhere": N_("For comparison: an innocent name at the control's address"),
    "other_path_elsewhere": N_("For comparison: an innocent name at the control's address, another path"),
    "name_in_path_elsewhere": N_("Changed: an innocent name at the control's address, this name in the path"),
    "other_port": N_("Changed: another port of this address, only connected to"),
    "control_abroad": N_("For comparison: QUIC to a control abroad"),
    "control_at_home": N_("For comparison: QUIC to a control in the country"),
    "transfer_this_name_here": N_("A transfer under this name"),
    "transfer_control_name_here": N_("A transfer under an innocent name, at this address"),
    "transfer_this_name_elsewhere": N_("A transfer under this name, at the address of a control"),
    "transfer_other_name_elsewhere": N_("A transfer under an innocent name, at the control's address"),
    "known_to_answer": N_("For comparison: an address that answers"),
    "known_to_be_empty": N_("For comparison: an address where nobody is"),
}
#: The same within a sentence, where one supposes that it had gone otherwise.
TRIES: Mapping[str, str] = {
    "control_name_here": N_("an innocent name at this address"),
    "no_name_here": N_("no name at this address"),
    "tls_1_3_here": N_("TLS 1.3 alone"),
    "short_segments_here": N_("short packets"),
    "other_path_here": N_("another path at this address"),
    "this_name_elsewhere": N_("this name at the control's address"),
    "other_name_elsewhere": N_("another innocent name at the control's address"),
    "other_path_elsewhere": N_("another path at the control's address"),
    "name_in_path_elsewhere": N_("this name in the path, at the control's address"),
    "other_port": N_("another port of this address"),
    "control_abroad": N_("QUIC to a control abroad"),
    "control_at_home": N_("QUIC to a control in the country"),
    "transfer_this_name_here": N_("transfers under this name"),
    "transfer_control_name_here": N_("transfers under an innocent name"),
    "transfer_this_name_elsewhere": N_("transfers under this name at the control's address"),
    "transfer_other_name_elsewhere": N_("transfers under an innocent name at the control's address"),
    "at_no_resolver": N_("the questions to where no resolver is"),
    "quic": N_("the tries over QUIC"),
}
#: Questions that are not about the endpoint's name to a resolver, by the `variation` of their rows.
QUESTIONS: Mapping[str, str] = {
    "no_resolver_here": "{asked}",
    "innocent_no_resolver": N_("For comparison: {asked}"),
    "innocent_beside": N_("For comparison: {asked}"),
    "random_name": N_("A name that cannot exist: {asked}"),
}
UNKNOWN_VARIATION = N_("Changed: {}")

#: What is done in an operation, by the `operation` column.
OPERATIONS: Mapping[str, str] = {
    "resolve": N_("answer"),
    "ask_helper": N_("its answer"),
    "connect": N_("connection"),
    "tls_handshake": N_("handshake"),
    "quic_handshake": N_("QUIC's handshake"),
    "http_round_trip": N_("page"),
    "route": N_("route"),
}
ASKED = N_("{resolver} asked for {name}")
RESOLVERS: Mapping[str, str] = {
    "system": N_("The system's resolver"),
    "none": N_("An address that runs no resolver (udp)"),
}
RESOLVER = "{name} ({transport})"
OWN_RESOLVER = N_("its own resolver")
AGAIN = N_("{asked}, once more")
OBSERVER = N_("{observer} (asked to look from elsewhere): {what}")
ASKED_HELPER = N_("{observer} asked")
PAGE = N_("The page")
AT = N_("{variation}: {address} port {port}")
AT_UNDER = N_("{variation}: {address} port {port} as {name}")
LEFT_OUT = N_("Left out")
LEFT_OUT_AT = N_("Left out {address}")
NO_ADDRESS = N_("no address")
LATER = N_("then, {ms} ms later, {reply}")
WENT_WELL: Mapping[str, str] = {
    "connect": N_("connected"),
    "tls_handshake": N_("a valid certificate"),
    "quic_handshake": N_("a valid certificate over QUIC"),
    "http_round_trip": N_("status {status}"),
    "ask_helper": N_("it answered"),
}
FAILED = "{operation}: {failure}"
WELL = N_("{operation} well")
KNOWN_PAGE = N_("a known page, {}")
AFTER = N_("{what} (after {span})")
MILLISECONDS, SECONDS = N_("{n} ms"), N_("{n} s")
KBIT_S, MBIT_S = N_("{n} kbit/s"), N_("{n} Mbit/s")

#: What a change came to, beside what the first failing try came to.
THE_SAME = N_("the same happens")
THE_SAME_ELSEWHERE = N_("the same happens, at another step")
ANSWERED = N_("it is answered")
OTHERWISE = N_("it fails in another way ({how})")
NOT_ITS_ANSWER = N_("a page or an answer that is not the site's own")
SPEED = N_("{speed}, the middle of {n}")
OVER_QUIC = N_("{variation}, over QUIC")
K_OF_N = N_("{k} of {n} tries: {what}")

#: What might have been otherwise. `{of}` is what it concerns.
SUPPOSITIONS: Mapping[str, str] = {
    "line_normal": N_("Had the line been normal"),
    "one_went_well": N_("Had one of its own tries gone well"),
    "tried_once": N_("Had it been tried only once"),
    "unlisted_page": N_("Had the page that came been on no list of filters' pages"),
    "without_variation": N_("Without trying {of}"),
    "answered": N_("Had {of} been answered"),
    "failed_alike": N_("Had {of} failed in the same way"),
    "honest_answers": N_("Had every answer about its name been true"),
    "without_resolver": N_("Without the answers of {of}"),
    "no_proof": N_("Had no address shown a valid certificate for the name"),
    "outside_reached": N_("Had a helper elsewhere reached it"),
    "outside_failed": N_("Had it failed for a helper elsewhere too"),
    "no_outside": N_("Without what was seen from elsewhere"),
    "corroborated": N_("Had another part of the platform been blocked beyond doubt"),
    "alone": N_("Had no other part of the platform been blocked beyond doubt"),
    "without": N_("Without {of}"),
}
#: What nobody can know from the rows, by the reason why not (agent/report/explain/unknown.py).
UNKNOWN: Mapping[str, str] = {
    "who": N_(
        "Who does it: the provider, a network on the way, or somebody nearer. One computer cannot tell them apart."
    ),
    "elsewhere": N_("Whether it fails elsewhere too: nobody outside was asked (config.toml can name helpers)."),
    "helper": N_(
        "Whether it fails elsewhere too: a helper was asked, and its word does not settle it (docs/method.md 5)."
    ),
    "cause": N_("Whether somebody on the way does it, or the service is out of order: what was seen fits both."),
    "artefact": N_("What would settle it: nothing was seen that only interference can leave behind."),
    "line": N_("What a normal line would have shown: on this one a failure says nothing."),
    "left_out": N_("What was left out: {reasons}."),
    "ipv6": N_("What its IPv6 addresses do: none was connected to."),
    "page": N_("Whether the page is the true one: nothing proves who sends it in the clear."),
}
#: Sections of the story.
TRIED, CHANGED, SPOKE, WOULD_CHANGE, REMAINS = (
    N_("What was tried, and what came back (time since the sweep began)"),
    N_("What was changed, and what that changed"),
    N_("Which rules spoke"),
    N_("What would have changed this"),
    N_("What remains unknown"),
)
SILENT = N_("Nothing to say: {layers}.")
SOURCE = N_("Source: {source}")
SENTENCE = N_("{what}: {state}.")
SENTENCE_HOW = N_("{what}: {state} ({how}).")
SENTENCE_NONE_NAMED = N_("{what}: {state}, with no mechanism named.")
PARTS = N_("Its parts")
NOT_NEEDED = N_("not needed")
ALSO = N_("{n} more: {states}.")
NO_ROWS = N_("The sweep's observations are not on the disk, so that its story cannot be told.")
OTHER_NOW = N_("On the disk stands {old}; by today's rules and catalog it is {new}. `dideban classify` writes that.")
NOT_IN_CATALOG = N_("The catalog does not have {}: its rows are told, and no rule is asked.")
RECURS = N_("{name} was {blocked} in {k} of {n} sweeps from here that could tell, since {since} UTC.")
RECURS_NOW_AND_THEN = N_(
    "{name} was {blocked} in {k} of {n} sweeps from here that could tell, since {since} UTC: now and then, not always."
)
