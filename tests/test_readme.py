"""What README and docs say can be done, can be done; what the README shows is what the demo prints."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.arguments import build_parser
from tests.readme_demo import README, ROOT, demo_output, normalised, shown_in

PERSIAN = ROOT / "README.fa.md"
PAGES = [README, PERSIAN, *sorted((ROOT / "docs").glob("*.md")), ROOT / "results" / "README.md"]
HELP = build_parser().format_help()
#: Every command, as the help lists them: indented, with a summary behind it.
COMMANDS = set(re.findall(r"^ {4}([a-z]+) {2,}\S", HELP, re.MULTILINE))
#: Every exit code, as the help lists them.
CODES = set(re.findall(r"^ {2}(\d+) {2,}\S", HELP, re.MULTILINE))


def commands_in(page: Path) -> set[str]:
    """The commands that a page tells its reader to give."""
    return set(re.findall(r"(?:\.venv/bin/|`)dideban ([a-z]+)", page.read_text(encoding="utf-8")))


def links_in(page: Path) -> Iterator[Path]:
    """The files of the checkout that a page links to."""
    for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in link:
            yield page.parent / link


def test_the_readme_shows_what_the_demo_prints(tmp_path: Path) -> None:
    """After a change of what it prints: python -m tests.readme_demo."""
    assert normalised(shown_in(README.read_text(encoding="utf-8"))) == normalised(demo_output(tmp_path))


def test_only_what_differs_from_run_to_run_is_overlooked() -> None:
    """Another id, hour, count or order is; another state, mechanism, platform or total is not."""
    shown = shown_in(README.read_text(encoding="utf-8"))
    first, second, *others = shown.splitlines()
    assert first != second
    assert normalised("\n".join([second, first, *others])) == normalised(shown)
    assert normalised(re.sub(r"\d+ observations", "1234 observations", shown)) == normalised(shown)
    for part in ("BLOCKED", "tls.reset.sni", "flickr", "1/1", "endpoints", "changed"):
        assert part in shown
        assert normalised(shown.replace(part, "", 1)) != normalised(shown)


def test_the_help_was_read() -> None:
    """The patterns find the commands and the codes, so that the next tests compare something."""
    assert {"demo", "consent", "once", "run", "status", "review", "compare"} <= COMMANDS
    assert {"0", "2", "130"} <= CODES


def test_the_readme_tells_every_command_and_every_exit_code() -> None:
    """No command is left out but the demo's, which `make demo` gives; no code is."""
    assert commands_in(README) == COMMANDS - {"demo"}
    assert set(re.findall(r"^\| (\d+) \|", README.read_text(encoding="utf-8"), re.MULTILINE)) == CODES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_only_what_there_is(page: Path) -> None:
    """Commands that the program has, targets that make has, files that the checkout has."""
    text = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert commands_in(page) <= COMMANDS
    assert set(re.findall(r"(?:^ {4}|`)make ([a-z]+)", text, re.MULTILINE)) <= targets
    assert [link for link in links_in(page) if not link.exists()] == []
    paths = re.findall(r"`((?:agent|probes|tests|docs)/[\w./]+)`", text)
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_persian_page_says_what_its_reader_needs_alone() -> None:
    """Commands as they can be typed, every exit code, the country, and how to take back and to delete."""
    text = PERSIAN.read_text(encoding="utf-8")
    assert "`dideban" not in text
    codes = re.search(r"exit code\)(.*?)\n\n", text, re.DOTALL)
    assert codes is not None
    assert {str(int(code)) for code in re.findall(r"[۰-۹]+", codes[1])} == CODES
    for words in ("make setup", 'country = "IR"', "consent --withdraw", "--results", "IPv6"):
        assert words in text, words


def test_set_up_is_what_the_pages_say() -> None:
    """`make setup` makes the program that the pages name, and no more."""
    ask = ["make", "--dry-run", "--no-print-directory", "setup"]
    steps = subprocess.run(ask, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert steps.rstrip().endswith("'Ready: .venv/bin/dideban --help'")
    assert "requirements-test.lock" not in steps
    assert ".venv/bin/dideban" in README.read_text(encoding="utf-8")


def test_the_persian_page_reads_from_right_to_left() -> None:
    """All of it stands in one block of that direction, and it tells the commands that the English page tells."""
    text = PERSIAN.read_text(encoding="utf-8").strip()
    assert text.startswith('<div dir="rtl" lang="fa">\n\n')
    assert text.endswith("\n\n</div>")
    assert text.count("<div") == text.count("</div>")
    assert commands_in(PERSIAN) == commands_in(README)
