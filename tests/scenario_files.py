"""Scenario files for the tests of the lab's commands: one with a censor, one without, and some that are wrong."""

from __future__ import annotations

from pathlib import Path

RESET = """\
about = "Every handshake that names Twitter is reset at the border."
family = "iran"

[measure]
platforms = ["twitter", "gmail"]
targets = ["twitter/web", "gmail/web"]

[[rule]]
id = "twitter_sni"
match = { at = "client_hello", names_of = ["twitter"] }
action = { do = "reset" }

[expect.twitter]
state = "blocked"
rule = "tls_name_is_trigger"

[expect.gmail]
state = "ok"
"""
FORGED = """\
about = "Every question for Gmail's names is answered with the filter's address."
family = "iran"

[measure]
platforms = ["gmail"]
targets = ["gmail/web"]

[[rule]]
id = "gmail_forged"
match = { at = "query", names_of = ["gmail"] }
action = { do = "forge_answer", addresses = ["10.10.34.34"] }

[expect.gmail]
state = "blocked"
"""
CLEAN = """\
about = "Nobody interferes."
family = "clean"

[measure]
platforms = ["gmail"]
targets = ["gmail/web"]

[expect.gmail]
state = "ok"
"""
#: Can be used, and expects what does not happen.
WRONG = CLEAN.replace('state = "ok"', 'state = "impaired"\nbecause = "Somebody thought so."')
#: Cannot be used.
MISSPELT = CLEAN.replace("platforms", "platfroms")
LOOPBACK_ONLY = CLEAN.replace("[measure]", '[not_on]\nnamespace = "It is a test."\n\n[measure]')


def written(folder: Path, name: str, text: str) -> Path:
    """The file of a scenario."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path
