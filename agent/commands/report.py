"""`dideban report`: the results as one file to read, a page for the browser, Markdown, or JSON."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from agent.calendars import digits
from agent.commands import check_results, config_of
from agent.commands.review import known, moment, stage_of
from agent.exits import DONE, UsageError
from agent.language import N_, _, current
from agent.records import IMPORTED_STAGE, LAB_STAGE
from agent.report.output import console
from agent.report.page.facts import Report, told_verdicts
from agent.report.page.story import Source, sources_of
from agent.store.text_file import write_text

#: The ending of each format's file.
ENDINGS = {"html": "html", "markdown": "md", "json": "json"}
#: The file's name without its ending. That of the lab must not pass for evidence, wherever it is copied.
NAMES = {"internet": "report", LAB_STAGE: "report-lab", IMPORTED_STAGE: "report-imported"}
STANDARD_OUTPUT = Path("-")
#: To whom nothing is to be reported.
NONE_OF = {
    "internet": N_("{folder} holds no sweep of the internet in that time; --lab takes the lab's, --imported others'."),
    LAB_STAGE: N_("{folder} holds no sweep of the lab in that time; leave out --lab, or name a demo's folder."),
    IMPORTED_STAGE: N_("{folder} holds no imported measurement in that time; leave out --imported."),
}
Step = Callable[[str], None]


def run(options: argparse.Namespace) -> int:
    from agent.report.page.gather import gather, utc_now  # pandas: only now, and never in the process that measures

    folder, stage = config_of(options).results, stage_of(options)
    (form,) = known("--format", [options.format], list(ENDINGS))
    since, until = moment("--since", options.since, end=False), moment("--until", options.until, end=True)
    if since and until and since >= until:
        raise UsageError(
            _("--since {since} is not before --until {until}; exchange them.").format(
                since=options.since, until=options.until
            )
        )
    path = options.output or folder / f"{NAMES[stage]}.{ENDINGS[form]}"
    check_target(path)
    with shown_steps() as on_step:
        report = gather(folder, stage=stage, now=utc_now(), since=since, until=until, on_step=on_step)
        if report is None:
            check_results(folder)
            raise UsageError(_(NONE_OF[stage]).format(folder=folder))
        on_step(_("reading what the stories need"))
        sources = sources_of(folder, told_verdicts(report))
        on_step(_("writing"))
        text = written(form, report, sources, on_step)
    if path == STANDARD_OUTPUT:
        print(text, end="", flush=True)
        return DONE
    write_text(path, text)
    say_where(path, report)
    return DONE


def check_target(path: Path) -> None:
    """Raises `UsageError` for a file that a report must not be written over."""
    if path.is_dir():
        raise UsageError(_("--output {path} is a folder; name a file in it.").format(path=path))
    if path.suffix == ".csv":
        raise UsageError(_("--output {path} is a CSV file, such as the rows stand in; name another.").format(path=path))


def written(form: str, report: Report, sources: tuple[Source, ...], on_step: Step) -> str:
    """The report in one of the formats."""
    from agent.report.page.in_json import as_json
    from agent.report.page.in_markdown import as_markdown
    from agent.report.page.render import as_html, body_of

    if form == "markdown":
        return as_markdown(body_of(report, sources))
    if form == "json":
        return as_json(report, sources)
    return as_html(report, sources, first=current(), on_step=on_step)


def say_where(path: Path, report: Report) -> None:
    """Where the report is, how big, and what to know before it is given away."""
    out, size = console(), path.stat().st_size / 1024
    out.say(str(path))
    out.say(
        _("{size} KiB, made of the rows in the results folder alone. Nothing was sent to anybody.").format(
            size=digits(f"{size:.0f}")
        )
    )
    if report.stage == "internet":
        out.say(
            _(
                "Before you publish it: it tells from which country and network you measured, and when. Somebody who "
                "knows you may recognise you by that."
            )
        )


@contextmanager
def shown_steps() -> Iterator[Step]:
    """What is being done, on standard error, where somebody looks at it."""
    out = Console(stderr=True, markup=False, highlight=False, emoji=False)
    if not out.is_terminal:
        yield lambda step: None
        return
    with out.status("") as status:
        yield lambda step: status.update(_(step))
