"""docs/rules.md says what the rules say."""

from __future__ import annotations

from pathlib import Path

from agent.verdict.records import MECHANISMS
from agent.verdict.rules import RULES
from agent.verdict.tables import MECHANISM_WORDS, render
from probes.failures import FAILURES

FILE = Path(__file__).parents[1] / "docs" / "rules.md"


def test_the_file_is_what_the_rules_render_to() -> None:
    """After a change of a rule, a mechanism or a failure: python -m agent.verdict.tables > docs/rules.md."""
    assert FILE.read_text(encoding="utf-8") == render()


def test_every_rule_and_failure_has_its_line() -> None:
    """One line each, with nothing left empty."""
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in render().splitlines() if "|" in line]
    first = [row[0] for row in cells]
    for name in [*(rule.id for rule in RULES), *FAILURES]:
        assert first.count(f"`{name}`") == 1, name
    assert all(all(row) for row in cells)


def test_every_mechanism_is_explained() -> None:
    """Those that a verdict may name, and no other."""
    assert set(MECHANISM_WORDS) == MECHANISMS
