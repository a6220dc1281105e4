"""`dideban compare`: holds the results against the document's timeline, in words, CSV and Markdown."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.commands import check_results, config_of
from agent.exits import DONE, UsageError
from agent.report.terminal import show_agreements
from agent.store.read import rows
from agent.store.text_file import write_text
from agent.timeline.compare import compare
from agent.timeline.load import load_claims, load_records
from agent.timeline.origin import Origin
from agent.timeline.records import Agreement, Finding, Why
from agent.timeline.write import as_csv, as_markdown

COUNTRY_HINT = """\
The document is about Iran, and some sweeps do not say which country they were made from. They stay out: where this
computer is now says nothing of where it was then. Before you measure in Iran, write in config.toml, under [vantage],
country = "IR" with its quotation marks."""


#: The files' name without its ending. That of the lab must not pass for evidence, wherever it is copied.
NAMES = {"internet": "comparison", "lab": "comparison-lab"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The rows, and what they were made of."""

    agreements: list[Agreement]
    origin: Origin


def run(options: argparse.Namespace) -> int:
    show_comparison(config_of(options).results, stage="lab" if options.lab else "internet")
    return DONE


def show_comparison(folder: Path, *, stage: str, claims: bool = True) -> None:
    """Compare the rows of one stage, write the outcome beside the results, and print it."""
    made = comparison_of(folder, stage=stage)
    agreements = made.agreements
    addresses = {key: address for record in load_records() for key, address in record.sources.items()}
    written = {
        f"{NAMES[stage]}.csv": as_csv(agreements),
        f"{NAMES[stage]}.md": as_markdown(agreements, made.origin, addresses),
    }
    for name, text in written.items():  # before anything is printed: whoever reads that may leave in its middle
        write_text(folder / name, text)
    show_agreements(agreements, claims=claims)
    if any(row.why is Why.COUNTRY_NOT_STATED for row in agreements):
        print(COUNTRY_HINT)
    print("Each platform and each claim, with counts, witnesses and sources:")
    for name in written:
        print(f"  {folder / name}")


def comparison_of(folder: Path, *, stage: str) -> Comparison:
    """The comparison of the platforms' verdicts of one stage. Raises `UsageError` when there is nothing to compare."""
    sweeps = {sweep.sweep_id: sweep for sweep in rows(folder, "sweeps") if sweep.stage == stage}
    if not sweeps:
        check_results(folder)
        remedy = "add --lab" if stage == "internet" else "leave out --lab"
        raise UsageError(f"{folder} holds no sweep of the {stage}; for what is there, {remedy}.")
    verdicts = [v for v in rows(folder, "verdicts") if v.level == "platform" and v.sweep_id in sweeps]
    findings = [Finding.of(verdict, sweeps[verdict.sweep_id]) for verdict in verdicts]
    today = datetime.now(UTC).date()
    return Comparison(
        agreements=compare(load_claims(), load_records(), findings, stage=stage, today=today),
        origin=Origin.of(sweeps.values(), verdicts, stage=stage, made_on=today),
    )
