"""A world for programs that are not ours: one site for each thing that a censor does, and for each kind of server.

The same sites stand with the censor and without, so that each program can be held against both.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

RESOLVER, RESOLVER_NAME = "44.0.0.53", "resolver.example"
#: Sites stand here, in the order of their table.
ADDRESS = "44.0.1.{number}"
#: Bytes of the page that is throttled, and kilobits a second: two seconds, less what a queue lets through at once.
LONG_PAGE_BYTES, RATE_KBIT_S = 64_000, 256
LEAST_S = 1.0
#: What censors say in this world.
BLOCK_ADDRESS, EARLY_ADDRESS, LATE_ADDRESS = "10.10.34.34", "10.10.34.35", "10.10.34.36"
REDIRECTED_TO = "http://blocked.example/"
PLAIN_WORDS = "HTTP/1.1 403 Forbidden"

PLAIN = '{ kind = "http", port = 80 }'
SECURE = '{ kind = "https", port = 443 }'
LONG = f'{{ kind = "http", port = 80, page = [{{ title = "Long", size_bytes = {LONG_PAGE_BYTES} }}] }}'
OLD = '{ kind = "https", port = 443, tls = "1.2" }'
QUIC = f'{SECURE}, {{ kind = "quic", port = 443 }}'


def certificate(kind: str) -> str:
    return f'{{ kind = "https", port = 443, certificate = "{kind}" }}'


#: Services of each site, by the first label of its name.
SITES: Mapping[str, str] = {
    # Nobody does anything to these.
    "open": f"{SECURE}, {PLAIN}",
    "old-tls": OLD,
    "quic": QUIC,
    "expired": certificate("expired"),
    "not-yet-valid": certificate("not_yet_valid"),
    "self-signed": certificate("self_signed"),
    "wrong-name": certificate("wrong_name"),
    "unknown-authority": certificate("unknown_authority"),
    "strangers": '{ kind = "https", port = 443, turns_strangers_away = true }',
    "redirect": f'{SECURE}, {{ kind = "redirect", port = 80 }}',
    "blocked": PLAIN,
    "telegram": '{ kind = "telegram", port = 80 }',
    "legal": '{ kind = "http", port = 80, page = [{ status = 451, title = "Withheld" }] }',
    "cut": '{ kind = "http", port = 80, page = [{ size_bytes = 5000, cut_after_bytes = 100 }] }',
    "silent": '{ kind = "silent", port = 80 }',
    "closing": '{ kind = "closing", port = 80 }',
    "resetting": '{ kind = "resetting", port = 80 }',
    # Their names are asked for.
    **dict.fromkeys(
        "forged forged-before forged-after forged-over-tcp forged-of-another-kind nxdomain servfail refusal empty "
        "malformed unanswered".split(),
        PLAIN,
    ),
    # They are dialled.
    **dict.fromkeys("swallowed refused unreachable".split(), SECURE),
    # TLS is begun with them.
    **dict.fromkeys(
        "hello-reset hello-closed hello-dropped hello-foreign hello-self-signed hello-alert hello-plain "
        "hello-corrupted".split(),
        SECURE,
    ),
    "certificate-reset": OLD,
    "quic-dropped": QUIC,
    # They are spoken to in clear.
    **dict.fromkeys("host-reset host-closed host-dropped host-page host-redirected keyword".split(), PLAIN),
    "host-throttled": LONG,
    "accept-reset": PLAIN,
}


def name_of(site: str) -> str:
    return f"{site}.example"


def address_of(site: str) -> str:
    return ADDRESS.format(number=1 + list(SITES).index(site))


def rule(site: str, at: str, action: str, match: str = "") -> str:
    """A rule of the censor for one site, by its name, or by its address where no name is seen."""
    unnamed = at in ("syn", "accept")
    by = f'addresses = ["{address_of(site)}"]' if unnamed else f'names = ["{name_of(site)}"]'
    return f"""
[[rule]]
id = "{site.replace("-", "_")}"
match = {{ at = "{at}", {by}{match} }}
action = {{ {action} }}
"""


def forged(address: str, more: str = "") -> str:
    return f'do = "forge_answer", addresses = ["{address}"]{more}'


CENSOR = "".join(
    (
        rule("forged", "query", forged(BLOCK_ADDRESS)),
        rule("forged-before", "query", forged(EARLY_ADDRESS, ', order = "before"')),
        rule("forged-after", "query", forged(LATE_ADDRESS, ', order = "after"')),
        rule("forged-over-tcp", "query", forged(BLOCK_ADDRESS), ', transport = "tcp"'),
        rule("forged-of-another-kind", "query", forged(BLOCK_ADDRESS), ', query_types = ["AAAA"]'),
        rule("nxdomain", "query", 'do = "forge_answer", rcode = "NXDOMAIN"'),
        rule("servfail", "query", 'do = "forge_answer", rcode = "SERVFAIL"'),
        rule("refusal", "query", 'do = "forge_answer", rcode = "REFUSED"'),
        rule("empty", "query", 'do = "forge_answer"'),
        rule("malformed", "query", forged(BLOCK_ADDRESS, ", malformed = true")),
        rule("unanswered", "query", 'do = "drop"'),
        rule("swallowed", "syn", 'do = "drop"'),
        rule("refused", "syn", 'do = "reset"'),
        rule("unreachable", "syn", 'do = "unreachable", what = "host"'),
        rule("hello-reset", "client_hello", 'do = "reset"'),
        rule("hello-closed", "client_hello", 'do = "close"'),
        rule("hello-dropped", "client_hello", 'do = "drop"'),
        rule("hello-foreign", "client_hello", 'do = "foreign_certificate"'),
        rule("hello-self-signed", "client_hello", 'do = "foreign_certificate", kind = "self_signed"'),
        rule("hello-alert", "client_hello", 'do = "tls_alert", description = 40'),
        rule("hello-plain", "client_hello", f'do = "send", text = "{PLAIN_WORDS}\\r\\n\\r\\n"'),
        rule("hello-corrupted", "client_hello", 'do = "corrupt"'),
        rule("certificate-reset", "certificate", 'do = "reset"'),
        rule("quic-dropped", "quic", 'do = "drop"'),
        rule("host-reset", "request", 'do = "reset"'),
        rule("host-closed", "request", 'do = "close"'),
        rule("host-dropped", "request", 'do = "drop"'),
        rule("host-page", "request", f'do = "block_page", page = "iran_2023", address = "{BLOCK_ADDRESS}"'),
        rule("host-redirected", "request", f'do = "redirect", location = "{REDIRECTED_TO}"'),
        rule("host-throttled", "request", f'do = "throttle", rate_kbit_s = {RATE_KBIT_S}'),
        rule("keyword", "request", 'do = "reset"', ', keywords = ["filtershekan"]'),
        rule("accept-reset", "accept", 'do = "reset"'),
        """
[[rule]]
id = "dot_swallowed"
match = { at = "syn", ports = [853] }
action = { do = "drop" }

[[rule]]
id = "doh_reset"
match = { at = "client_hello", names = ["resolver.example"] }
action = { do = "reset" }
""",
    )
)

WORLD = f"""
about = "A site for each thing that a censor does, and for each kind of server."
family = "{{family}}"

[client]
resolver = "{RESOLVER}"

[measure]
site = [{{{{ key = "open", url = "https://open.example/" }}}}]

[expect.open]
state = "ok"

[[host]]
names = ["{RESOLVER_NAME}"]
addresses = ["{RESOLVER}"]
service = [{{{{ kind = "dns", port = 53 }}}}, {{{{ kind = "dot", port = 853 }}}}, {{{{ kind = "doh", port = 443 }}}}]
"""
HOST = """
[[host]]
names = ["{name}"]
addresses = ["{address}"]
service = [{services}]
"""


def write_programs_scenario(folder: Path, *, censored: bool) -> Path:
    """The scenario's file, with the censor or without."""
    hosts = (
        HOST.format(name=name_of(site), address=address_of(site), services=services) for site, services in SITES.items()
    )
    path = folder / f"{'censored' if censored else 'clean'}.toml"
    world = WORLD.format(family="action" if censored else "clean")
    path.write_text("".join((world, *hosts, CENSOR if censored else "")), encoding="utf-8")
    return path
