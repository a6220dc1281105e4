"""`dideban review`: the results as tables, as CSV or as JSON, from platforms down to one observation."""

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
from agent.language import N_, _
from agent.records import IMPORTED_STAGE
from agent.report.direction import say
from agent.report.selection import BY, Filter
from agent.report.visible import visible
from agent.store.lines import months_on_disk
from agent.store.read import rows
from agent.verdict.records import State

#: The stages in words, and how one asks for each.
WORDS_OF_STAGE = {"internet": N_("the internet"), "lab": N_("the lab"), IMPORTED_STAGE: N_("other people")}
OPTION_OF_STAGE = {
    "internet": N_("without --lab are those of the internet"),
    "lab": N_("--lab shows those of the lab"),
    IMPORTED_STAGE: N_("--imported shows those of other people"),
}


def run(options: argparse.Namespace) -> int:
    folder = config_of(options).results
    if options.follow:
        from agent.report.live.follow import follow

        check_results(folder)
        return follow(folder, what_to_follow(options), filter_of(options))
    from agent.report.review.command import answer  # pandas: only now, and never in the process that measures

    by = word_of(options.by)
    wanted = filter_of(options)
    there_is, left_out = answer(folder, options, by, wanted)
    if not there_is:
        check_results(folder)
        say(visible(f"dideban: {nothing(folder, options, by)}"), file=sys.stderr)
    for sentence in left_out:
        say(visible(f"dideban: {sentence}"), file=sys.stderr)
    return DONE


def word_of(what: str) -> str:
    """Which of BY was typed. Empty: none, so it is a name or an id."""
    word = _plain(what)
    return word if word in BY else ""


def what_to_follow(options: argparse.Namespace) -> str:
    """Of what new verdicts are told: platform or target. Raises `UsageError` for anything else."""
    word = word_of(options.by)
    if word not in ("platform", "target") or options.csv or options.json or options.since or options.until:
        raise UsageError(
            _(
                "--follow goes with `review` or `review target`, and with --platform, --state, --lab and --imported; "
                "leave out the rest."
            )
        )
    return word


def nothing(folder: Path, options: argparse.Namespace, by: str) -> str:
    """What to say when no row is left, though there are results. It is no error: nothing is an answer too."""
    for table in ("sweeps",) if by == "sweep" else ("sweeps", "verdicts"):
        if next(months_on_disk(folder, table), None) is None:
            missing = {
                "verdicts": _("The file of verdicts is missing from {folder}; `dideban classify` makes it again."),
                "sweeps": _("The file of sweeps is missing from {folder}, and without it none can be shown."),
            }
            return missing[table].format(folder=folder)
    stage, held = stage_of(options), {sweep.stage for sweep in rows(folder, "sweeps")}
    if stage not in held:
        others = _(" and ").join(_(OPTION_OF_STAGE[other]) for other in sorted(held) if other in OPTION_OF_STAGE)
        return _("There is no row of {stage}; {others}.").format(stage=_(WORDS_OF_STAGE[stage]), others=others)
    if filters := filters_in(options):
        return _("Nothing matches {filters}.").format(filters=filters)
    if by == "mechanism":
        return _("No mechanism is named: nothing was found to be blocked or tampered with.")
    return _("No sweep was judged yet; `dideban classify` judges what is there.")


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
        order = _("--since {since} is not before --until {until}; exchange them.")
        raise UsageError(order.format(since=options.since, until=options.until))
    if word_of(options.by) == "sweep" and (options.platform or options.state):
        raise UsageError(_("A row of `review sweep` has neither platform nor state; leave out --platform and --state."))
    if options.limit is not None and options.limit < 1:
        raise UsageError(_("--limit {limit} shows nothing; give a number from 1 on.").format(limit=options.limit))
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
        wrong = _("{option} {text} is no day or moment; write it as 2026-11-24 or 2026-11-24T06:00.")
        raise UsageError(wrong.format(option=option, text=repr(text))) from None


def known(option: str, chosen: Iterable[str] | None, words: Sequence[str]) -> tuple[str, ...]:
    """`chosen` as they stand among `words`, however they were typed: "Likely blocked" is likely_blocked."""
    found = []
    for typed in chosen or ():
        word = _plain(typed)
        if word not in words:
            near = difflib.get_close_matches(word, words, n=1)
            if near:
                told = _("{option} {typed} is not known; perhaps you mean {near}.")
            else:
                told = _("{option} {typed} is not known; there are {words}.")
            raise UsageError(told.format(option=option, typed=repr(typed), near="".join(near), words=", ".join(words)))
        found.append(word)
    return tuple(found)


def _plain(typed: str) -> str:
    """A word however it was typed: "Likely blocked" is likely_blocked."""
    return "_".join(typed.casefold().replace("-", " ").split())
