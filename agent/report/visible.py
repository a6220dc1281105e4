"""Makes a text safe to print: what is in it cannot drive a terminal, turn the reading direction, or break the line."""

from __future__ import annotations

from agent.store.cells import JOINERS


def visible(text: str) -> str:
    r"""`text` with every character that prints nothing as an escape, such as `\x1b`; the joiners of Persian stay."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character in JOINERS else character.encode("unicode_escape").decode()
        for character in text
    )
