"""Every word of a verdict's story, in English: a translation is another file like this one."""

from __future__ import annotations

from collections.abc import Mapping

#: What a try changed against the first one, by the `variation` column of its rows.
VARIATIONS: Mapping[str, str] = {
    "first": "First try",
    "fresh_port": "The same again, on a fresh port",
    "another_address": "Changed: another of its addresses",
    "control_name_here": "Changed: an innocent name, at this address",
    "no_name_here": "Changed: no name, at this address",
    "tls_1_3_here": "Changed: an offer of TLS 1.3 alone",
    "short_segments_here": "Changed: an answer in short packets is asked for",
    "other_path_here": "Changed: another path, at this address",
    "this_name_elsewhere": "Changed: this name, at the address of a control",
    "other_name_elsewhere": "For comparison: an innocent name at the control's address",
    "other_path_elsewhere": "For comparison: an innocent name at the control's address, another path",
    "name_in_path_elsewhere": "Changed: an innocent name at the control's address, this name in the path",
    "other_port": "Changed: another port of this address, only connected to",
    "control_abroad": "For comparison: QUIC to a control abroad",
    "control_at_home": "For comparison: QUIC to a control in the country",
    "transfer_this_name_here": "A transfer under this name",
    "transfer_control_name_here": "A transfer under an innocent name, at this address",
    "transfer_this_name_elsewhere": "A transfer under this name, at the address of a control",
    "transfer_other_name_elsewhere": "A transfer under an innocent name, at the control's address",
    "known_to_answer": "For comparison: an address that answers",
    "known_to_be_empty": "For comparison: an address where nobody is",
}
#: The same within a sentence, where one supposes that it had gone otherwise.
TRIES: Mapping[str, str] = {
    "control_name_here": "an innocent name at this address",
    "no_name_here": "no name at this address",
    "tls_1_3_here": "TLS 1.3 alone",
    "short_segments_here": "short packets",
    "other_path_here": "another path at this address",
    "this_name_elsewhere": "this name at the control's address",
    "other_name_elsewhere": "another innocent name at the control's address",
    "other_path_elsewhere": "another path at the control's address",
    "name_in_path_elsewhere": "this name in the path, at the control's address",
    "other_port": "another port of this address",
    "control_abroad": "QUIC to a control abroad",
    "control_at_home": "QUIC to a control in the country",
    "transfer_this_name_here": "transfers under this name",
    "transfer_control_name_here": "transfers under an innocent name",
    "transfer_this_name_elsewhere": "transfers under this name at the control's address",
    "transfer_other_name_elsewhere": "transfers under an innocent name at the control's address",
    "at_no_resolver": "the questions to where no resolver is",
    "quic": "the tries over QUIC",
}
#: Questions that are not about the endpoint's name to a resolver, by the `variation` of their rows.
QUESTIONS: Mapping[str, str] = {
    "no_resolver_here": "{}",
    "innocent_no_resolver": "For comparison: {}",
    "innocent_beside": "For comparison: {}",
    "random_name": "A name that cannot exist: {}",
}
UNKNOWN_VARIATION = "Changed: {}"

#: What is done in an operation, by the `operation` column.
OPERATIONS: Mapping[str, str] = {
    "resolve": "answer",
    "ask_helper": "its answer",
    "connect": "connection",
    "tls_handshake": "handshake",
    "quic_handshake": "QUIC's handshake",
    "http_round_trip": "page",
    "route": "route",
}
ASKED = "{resolver} asked for {name}"
RESOLVERS: Mapping[str, str] = {
    "system": "The system's resolver",
    "none": "An address that runs no resolver (udp)",
}
RESOLVER = "{name} ({transport})"
OWN_RESOLVER = "its own resolver"
AGAIN = "{}, once more"
OBSERVER = "{} (asked to look from elsewhere): "
ASKED_HELPER = "{} asked"
PAGE = "The page"
AT = "{variation}: {address} port {port}{under}"
UNDER = " as {}"
LEFT_OUT = "Left out"
NO_ADDRESS = "no address"
LATER = "then, {ms:.0f} ms later, {reply}"
WENT_WELL: Mapping[str, str] = {
    "connect": "connected",
    "tls_handshake": "a valid certificate",
    "quic_handshake": "a valid certificate over QUIC",
    "http_round_trip": "status {status}",
    "ask_helper": "it answered",
}
FAILED = "{operation}: {failure}"
WELL = "well"
KNOWN_PAGE = "a known page, {}"
AFTER = " (after {})"

#: What a change came to, beside what the first failing try came to.
THE_SAME = "the same happens"
THE_SAME_ELSEWHERE = "the same happens, at another step"
ANSWERED = "it is answered"
OTHERWISE = "it fails in another way"
NOT_ITS_ANSWER = "a page or an answer that is not the site's own"
SPEED = "{speed}, the middle of {n}"
OVER_QUIC = "{}, over QUIC"
K_OF_N = "{k} of {n} tries: {what}"

#: What might have been otherwise. `{of}` is what it concerns.
SUPPOSITIONS: Mapping[str, str] = {
    "line_normal": "Had the line been normal",
    "one_went_well": "Had one of its own tries gone well",
    "tried_once": "Had it been tried only once",
    "unlisted_page": "Had the page that came been on no list of filters' pages",
    "without_variation": "Without trying {of}",
    "answered": "Had {of} been answered",
    "failed_alike": "Had {of} failed in the same way",
    "honest_answers": "Had every answer about its name been true",
    "without_resolver": "Without the answers of {of}",
    "no_proof": "Had no address shown a valid certificate for the name",
    "outside_reached": "Had a helper elsewhere reached it",
    "outside_failed": "Had it failed for a helper elsewhere too",
    "no_outside": "Without what was seen from elsewhere",
    "corroborated": "Had another part of the platform been blocked beyond doubt",
    "alone": "Had no other part of the platform been blocked beyond doubt",
    "without": "Without {of}",
}
#: What nobody can know from the rows, by the reason why not (agent/report/explain/unknown.py).
UNKNOWN: Mapping[str, str] = {
    "who": "Who does it: the provider, a network on the way, or somebody nearer. One computer cannot tell them apart.",
    "elsewhere": "Whether it fails elsewhere too: nobody outside was asked (config.toml can name helpers).",
    "helper": "Whether it fails elsewhere too: a helper was asked, and its word does not settle it (docs/method.md 5).",
    "cause": "Whether somebody on the way does it, or the service is out of order: what was seen fits both.",
    "artefact": "What would settle it: nothing was seen that only interference can leave behind.",
    "line": "What a normal line would have shown: on this one a failure says nothing.",
    "left_out": "What was left out: {}.",
    "ipv6": "What its IPv6 addresses do: none was connected to.",
    "page": "Whether the page is the true one: nothing proves who sends it in the clear.",
}
#: Sections of the story.
TRIED, CHANGED, SPOKE, WOULD_CHANGE, REMAINS = (
    "What was tried, and what came back (time since the sweep began)",
    "What was changed, and what that changed",
    "Which rules spoke",
    "What would have changed this",
    "What remains unknown",
)
SILENT = "Nothing to say: {}."
SOURCE = "Source: {}"
SENTENCE = "{what}: {state}{how}."
NONE_NAMED = "with no mechanism named"
PARTS = "Its parts"
NOT_NEEDED = "not needed"
ALSO = "{n} more: {states}."
NO_ROWS = "The sweep's observations are not on the disk, so that its story cannot be told."
OTHER_NOW = "On the disk stands {old}; by today's rules and catalog it is {new}. `dideban classify` writes that."
NOT_IN_CATALOG = "The catalog does not have {}: its rows are told, and no rule is asked."
RECURS = "{name} was {blocked} in {k} of {n} sweeps from here that could tell, since {since:%Y-%m-%d %H:%M} UTC{kind}."
NOW_AND_THEN = ": now and then, not always"
