"""`dideban review`: the results as a table, as CSV or as JSON."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.catalog import load_catalog
from agent.commands import check_results, config_of
from agent.exits import DONE, UsageError
from agent.records import IMPORTED_STAGE
from agent.report.selection import Filter
from agent.report.visible import visible
from agent.store.lines import months_on_disk
from agent.store.read import rows
from agent.verdict.records import State

#: The stages in words, and how one asks for each.
WORDS_OF_STAGE = {"internet": "the internet", "lab": "the lab", IMPORTED_STAGE: "other people"}
OPTION_OF_STAGE = {"internet": "without --lab are", "lab": "--lab shows", IMPORTED_STAGE: "--imported shows"}
#: What a row of a review may be.
BY = ("platform", "day", "mechanism", "target", "sweep")


def run(options: argparse.Namespace) -> int:
    from agent.report.review import review, show  # pandas: only now, and never in the process that measures

    folder = config_of(options).results
    (options.by,) = known("WHAT", [options.by], BY)
    table = review(folder, options.by, filter_of(options))
    if options.csv:
        print(table.to_csv(index=False, lineterminator="\n"), end="", flush=True)
    elif options.json:
        print(table.to_json(orient="records", date_format="iso", force_ascii=False), flush=True)
    elif not table.empty:
        show(table)
    if table.empty:
        check_results(folder)
        print(visible(f"dideban: {nothing(folder, options)}"), file=sys.stderr)
    return DONE


def nothing(folder: Path, options: argparse.Namespace) -> str:
    """What to say when no row is left, though there are results. It is no error: nothing is an answer too."""
    for table in ("sweeps",) if options.by == "sweep" else ("sweeps", "verdicts"):
        if not any(True for _ in months_on_disk(folder, table)):
            remedy = (
                "; `dideban classify` makes it again" if table == "verdicts" else ", and without it none can be shown"
            )
            return f"The file of {table} is missing from {folder}{remedy}."
    stage, held = stage_of(options), {sweep.stage for sweep in rows(folder, "sweeps")}
    if stage not in held:
        others = " and ".join(f"{OPTION_OF_STAGE[other]} those of {WORDS_OF_STAGE[other]}" for other in sorted(held))
        return f"There is no row of {WORDS_OF_STAGE[stage]}; {others}."
    if filters := filters_in(options):
        return f"Nothing matches {filters}."
    if options.by == "mechanism":
        return "No mechanism is named: nothing was found to be blocked or tampered with."
    return "No sweep was judged yet; `dideban classify` judges what is there."


def filters_in(options: argparse.Namespace) -> str:
    """The filters, as they were typed."""
    given = {
        "--since": [options.since],
        "--until": [options.until],
        "--platform": options.platform,
        "--state": options.state,
    }
    return " ".join(f"{name} {value}" for name, values in given.items() for value in values or () if value)


def filter_of(options: argparse.Namespace) -> Filter:
    """The filter that the options name. Raises `UsageError`, one sentence, for one that cannot be."""
    since, until = moment("--since", options.since, end=False), moment("--until", options.until, end=True)
    if since and until and since >= until:
        raise UsageError(f"--since {options.since} is not before --until {options.until}; exchange them.")
    if options.by == "sweep" and (options.platform or options.state):
        raise UsageError("A row of `review sweep` has neither platform nor state; leave out --platform and --state.")
    return Filter(
        since=since,
        until=until,
        platforms=platforms_of(options),
        states=known("--state", options.state, [str(state) for state in State]),
        stage=stage_of(options),
    )


def stage_of(options: argparse.Namespace) -> str:
    """Whose rows are shown: the internet's, the lab's, or other people's."""
    return "lab" if options.lab else IMPORTED_STAGE if options.imported else "internet"


def platforms_of(options: argparse.Namespace) -> tuple[str, ...]:
    """The platforms named. Imported pages are of hosts that no catalog knows."""
    if options.imported:
        return tuple(options.platform or ())
    return known("--platform", options.platform, [platform.key for platform in load_catalog().platforms])


def moment(option: str, text: str | None, *, end: bool) -> datetime | None:
    """A day or a moment, UTC when no zone is given; of a day its start, or with `end` the start of the next."""
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
        parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        whole_day = len(text) <= len("2026-11-24")
        return parsed + timedelta(days=1) if end and whole_day else parsed
    except (ValueError, OverflowError):
        raise UsageError(
            f"{option} {text!r} is no day or moment; write it as 2026-11-24 or 2026-11-24T06:00."
        ) from None


def known(option: str, chosen: Iterable[str] | None, words: Sequence[str]) -> tuple[str, ...]:
    """`chosen` as they stand among `words`, however they were typed: "Likely blocked" is likely_blocked."""
    found = []
    for typed in chosen or ():
        word = "_".join(typed.casefold().replace("-", " ").split())
        if word not in words:
            near = difflib.get_close_matches(word, words, n=1)
            remedy = f"perhaps you mean {near[0]}" if near else f"there are {', '.join(words)}"
            raise UsageError(f"{option} {typed!r} is not known; {remedy}.")
        found.append(word)
    return tuple(found)
