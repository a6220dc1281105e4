"""`dideban review`: the results as a table, as CSV or as JSON."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from agent.catalog import load_catalog
from agent.commands import check_results, config_of
from agent.exits import DONE, UsageError
from agent.verdict.records import State
from agent.verdict.selection import Filter


def run(options: argparse.Namespace) -> int:
    from agent.report.review import review, show  # pandas: only now, and never in the process that measures

    folder = config_of(options).results
    table = review(folder, options.by, filter_of(options))
    if options.csv:
        print(table.to_csv(index=False, lineterminator="\n"), end="", flush=True)
    elif options.json:
        print(table.to_json(orient="records", date_format="iso", force_ascii=False), flush=True)
    elif not table.empty:
        show(table)
    if table.empty:
        check_results(folder)
        print(f"dideban: {nothing(options)}", file=sys.stderr)
    return DONE


def nothing(options: argparse.Namespace) -> str:
    """What to say when no row is left, though there are results. It is no error: nothing is an answer too."""
    if options.lab:
        return "No row of the lab is such; without --lab are those of the internet."
    return "No row of the internet is such; --lab shows those of the lab, as the demo makes them."


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
        platforms=known("--platform", options.platform, [platform.key for platform in load_catalog().platforms]),
        states=known("--state", options.state, [str(state) for state in State]),
        stage="lab" if options.lab else "internet",
    )


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


def known(option: str, chosen: Iterable[str] | None, words: list[str]) -> tuple[str, ...]:
    """`chosen`, all of which are among `words`."""
    for word in chosen or ():
        if word not in words:
            near = difflib.get_close_matches(word, words, n=1)
            remedy = f"perhaps you mean {near[0]}" if near else f"there are {', '.join(words)}"
            raise UsageError(f"{option} {word!r} is not known; {remedy}.")
    return tuple(chosen or ())
