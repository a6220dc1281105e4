"""`dideban compare`: holds the results against the document's timeline, in words, CSV, Markdown and a picture."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from agent.catalog import load_catalog
from agent.commands import check_results, config_of
from agent.exits import DONE, UsageError
from agent.language import N_, _
from agent.records import IMPORTED_STAGE, LAB_STAGE
from agent.report.visible import visible
from agent.store.text_file import write_text
from agent.timeline.compare import compare, named_in
from agent.timeline.evidence import sift
from agent.timeline.lanes import Lanes, lanes_of
from agent.timeline.load import load_claims, load_records
from agent.timeline.origin import Origin
from agent.timeline.records import Agreement, Why
from agent.timeline.sentences import told
from agent.timeline.write import as_csv, as_json, as_markdown

COUNTRY_HINT = N_(
    "The document is about Iran, and some sweeps do not say which country they were made from. They stay out: where "
    "this computer is now says nothing of where it was then. Before you measure in Iran, write in config.toml, under "
    '[vantage], country = "IR" with its quotation marks.'
)
#: The files' name without its ending. That of the lab must not pass for evidence, wherever it is copied.
NAMES = {"internet": "comparison", LAB_STAGE: "comparison-lab", IMPORTED_STAGE: "comparison-imported"}
#: How the picture's name ends.
PICTURE = ".svg"
#: What to say of a folder that holds rows, and none of this stage.
NONE_OF = {
    "internet": N_("{folder} holds no sweep of the internet; --lab takes the lab's, --imported other people's."),
    LAB_STAGE: N_("{folder} holds no sweep of the lab; for what is there, leave out --lab."),
    IMPORTED_STAGE: N_("{folder} holds no imported measurement; `dideban import` takes some in."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The rows, what they were made of, and the same as lanes of a picture."""

    agreements: list[Agreement]
    origin: Origin
    lanes: dict[str, Lanes]
    #: Why rows that are on the disk count nowhere, and how many: one sentence for each.
    left_out: list[str]
    titles: dict[str, str]
    today: date


def run(options: argparse.Namespace) -> int:
    stage = LAB_STAGE if options.lab else IMPORTED_STAGE if options.imported else "internet"
    show_comparison(config_of(options).results, stage=stage, as_data=options.json, picture=options.picture)
    return DONE


def show_comparison(
    folder: Path, *, stage: str, claims: bool = True, as_data: bool = False, picture: bool = False
) -> None:
    """Compare the rows of one stage, write the outcome beside the results, and print it; `as_data`: as JSON."""
    from agent.report.agreements import show_agreements
    from agent.report.output import console, waiting

    with waiting(_("reading and comparing")):
        made = comparison_of(folder, stage=stage)
        # Before anything is printed: whoever reads that may leave in its middle.
        paths = write_comparison(made, folder, stage, picture=picture)
    for sentence in made.left_out:
        print(visible(f"dideban: {sentence}"), file=sys.stderr)
    if as_data:
        print(as_json(made.agreements, made.origin), flush=True)
        return
    show_agreements(made.agreements, claims=claims)
    out = console()
    if any(row.why is Why.COUNTRY_NOT_STATED for row in made.agreements):
        out.say(_(COUNTRY_HINT))
    out.say(_("Each platform and each claim, with counts, witnesses, sources and a sentence to print:"))
    for path in paths:
        print(f"  {path}")
    if claims and not any(path.suffix == PICTURE for path in paths):
        out.say(_("With --picture the timeline is drawn too; the page of `dideban report` has it in any case."))


def write_comparison(made: Comparison, folder: Path, stage: str, *, picture: bool) -> list[Path]:
    """Write the CSV, which is English, and the text and the picture, which are in the reader's language.

    A picture that is there already is drawn again: it must not show other rows than the files beside it.
    """
    claims, records = load_claims(), load_records()
    addresses = {key: address for record in records for key, address in record.sources.items()}
    shown = [told(row, claims, records, today=made.today, titles=made.titles) for row in made.agreements]
    texts = {
        folder / f"{NAMES[stage]}.csv": as_csv(made.agreements),
        folder / f"{NAMES[stage]}.md": as_markdown(shown, made.origin, addresses),
    }
    drawing = folder / f"{NAMES[stage]}{PICTURE}"
    if picture or drawing.exists():
        from agent.report.chart import timeline_svg  # matplotlib: only now

        lanes = list(made.lanes.values())
        texts[drawing] = timeline_svg(lanes, today=made.today, titles=made.titles, stage=stage, legend=True)
    for path, text in texts.items():
        write_text(path, text)
    return list(texts)


def comparison_of(folder: Path, *, stage: str) -> Comparison:
    """The comparison of the platforms' verdicts of one stage. Raises `UsageError` when there is nothing to compare."""
    from agent.report.comparison import Sources, sources_of

    found: Sources | None = sources_of(folder, stage=stage)
    if found is None:
        check_results(folder)
        raise UsageError(_(NONE_OF[stage]).format(folder=folder))
    claims, records, today = load_claims(), load_records(), datetime.now(UTC).date()
    titles = {platform.key: platform.title for platform in load_catalog().platforms}
    sifted = sift(found.findings, named_in(claims), records=records, today=today)
    return Comparison(
        agreements=compare(claims, records, sifted, stage=stage, today=today, titles=titles),
        origin=replace(found.origin, made_on=today),
        lanes=lanes_of(claims, records, sifted, today=today),
        left_out=found.left_out,
        titles=titles,
        today=today,
    )
