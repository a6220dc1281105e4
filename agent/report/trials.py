"""Trials in a terminal: one with its verdicts beside what the censor does, and what many of them come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from rich.box import SIMPLE_HEAD
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from agent.lab.scenario.records import FAMILIES, STAGES, Scenario
from agent.lab.scenario.runner import Progress as Report
from agent.lab.scenario.score import Score, Tally, Trial
from agent.lab.scenario.trial import Outcome, worded
from agent.lab.truth import platforms_done_to
from agent.report.output import Trimmed, console
from agent.report.terminal import LOOKS
from agent.report.visible import visible
from agent.verdict.records import State

NOBODY = "Everything stood on this computer; nobody was reached."
#: Names that a line is filled with, before it says how many more there are.
NAMES_MAX = 6
#: Columns of a mechanism that is not parted where room is short.
MECHANISM_MAX = 16
#: Columns, to ask how wide a table would like to be.
WIDER_THAN_ANY = 10_000


def show_trial(scenario: Scenario, outcome: Outcome) -> None:
    """One trial: each platform's mechanisms by the censor and by the verdict, what the censor did, what is wrong."""
    out = console()
    out.say(f"{scenario.name}: {visible(scenario.about)}")
    table = table_of_trial(scenario, outcome)
    if Measurement.get(out, out.options.update(max_width=WIDER_THAN_ANY), table).maximum > out.width:
        table = table_of_trial(scenario, outcome, in_two_lines=True)
    out.print(Trimmed(table))
    for sentence in whys_of(scenario, outcome):
        out.say(visible(sentence), hanging=2)
    out.print()
    deeds = ", ".join(f"{rule_id} {times(count)}" for rule_id, count in sorted(outcome.deeds.items()))
    out.say(f"Rules of the lab that acted: {deeds or 'none'}.")
    out.say(f"The line was {worded(outcome.vantage_state)}. Stage {outcome.stage}, {outcome.seconds:.1f} s. {NOBODY}")
    out.print()
    wrong = outcome.wrong(scenario)
    out.say("Not as it must be:" if wrong else "All is as it must be.")
    for sentence in wrong:
        out.say(visible(sentence), indent=2)


def table_of_trial(scenario: Scenario, outcome: Outcome, *, in_two_lines: bool = False) -> Table:
    """Platform, what the censor does, the verdict, and whether its state is the one that must come out.

    `in_two_lines`: a long mechanism has a line for its last part, so that it breaks nowhere else.
    """
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("platform", overflow="fold")
    table.add_column("the censor does", overflow="fold")
    table.add_column("verdict", no_wrap=True)
    table.add_column("how", overflow="fold")
    table.add_column("as it must", overflow="fold")
    true = platforms_done_to(scenario.world, scenario.catalog)

    def lines(mechanisms: Iterable[str]) -> str:
        return "\n".join(parted(mechanism) if in_two_lines else mechanism for mechanism in mechanisms)

    for key, expected in scenario.expected.items():
        found = outcome.found.get(key)
        word, style = LOOKS[found.state] if found else ("none", "bold")
        agrees = found is not None and found.state is expected.state
        table.add_row(
            key,
            lines(sorted(true[key])) or "nothing",
            Text(word, style),
            lines(found.mechanisms if found else ()),
            "yes" if agrees else f"NO: {worded(expected.state)}",
        )
    return table


def whys_of(scenario: Scenario, outcome: Outcome) -> Iterator[str]:
    """Of each platform the verdict's own sentence, and why it must be so where the scenario says it."""
    for key, expected in scenario.expected.items():
        said = outcome.found[key].because if key in outcome.found else ""
        must = f"It must be {worded(expected.state)}: {expected.because}" if expected.because else ""
        if said or must:
            yield " ".join(filter(None, (f"{key}:", said, must)))


def parted(mechanism: str) -> str:
    """A long mechanism in two lines, the second indented: dns.injection and .blockpage."""
    above, dot, last = mechanism.rpartition(".")
    return f"{above}\n  {dot}{last}" if dot and len(mechanism) > MECHANISM_MAX else mechanism


def show_score(score: Score, *, stage: str, seconds: float, left_out: Mapping[str, str], verbose: bool) -> None:
    """What many trials came to. `left_out`: scenarios that this stage cannot show, with the reason."""
    out = console()
    out.say(f"{scenarios(score.trials)} on the stage {stage} ({STAGES[stage]}) {NOBODY}")
    if left_out:
        out.say(f"{scenarios(len(left_out))} left out, which this stage cannot show.")
        if verbose:
            for name, reason in left_out.items():
                out.say(f"{name}: {visible(reason)}", indent=2)
    if score.states:
        out.print()
        out.print(Text("States of platforms: what must come out, and what came out", "bold"))
        out.print(Trimmed(table_of_states(score.states)))
        out.print(Text("Mechanisms: what the censors do, and what the verdicts name", "bold"))
        out.print(Trimmed(table_of_mechanisms(score)))
        out.say(
            "precision: share of what was named that is true. recall: share of what is true that was named. A vague "
            "name counts in part."
        )
    show_gaps(score, verbose=verbose)
    if effort := told_effort(score):
        out.say(effort)
    out.print()
    for reasons, together in alike(score.wrong).items():
        out.say(", ".join(together) if verbose else some_of(together))
        for sentence in reasons:
            out.say(visible(sentence), indent=2)
    right = "All came out as they must." if not score.wrong else f"WRONG: {len(score.wrong)} of {score.trials}."
    out.say(f"{right} It took {seconds:.0f} s.")


def show_gaps(score: Score, *, verbose: bool) -> None:
    """What was not named, and what was not seen at all, with the scenarios."""
    out = console()
    if score.missed:
        out.say("Not named, or not in full:")
        for mechanism, names in score.missed.items():
            out.say(f"{mechanism}: {', '.join(names) if verbose else some_of(names)}", indent=2)
    if score.unseen:
        told = ", ".join(score.unseen) if verbose else some_of(score.unseen)
        out.say(f"Interfered with, and ok without a word of it, in {scenarios(len(score.unseen))}: {told}")


def told_effort(score: Score) -> str:
    """What it takes to find out what is done to an endpoint, beside what it takes where nothing is."""
    clean, blocked = score.effort_when_clean, score.effort_when_blocked
    if not clean or not blocked:
        return ""
    return (
        f"Observations of an endpoint: {clean:.1f} where nothing is done to it, {blocked:.1f} where it is blocked, "
        f"{blocked / clean:.1f} times as many."
    )


def table_of_states(states: Mapping[tuple[State, State], int]) -> Table:
    """Rows: the state that must come out. Columns: the one that did. Only states that occur."""
    wanted = [state for state in LOOKS if any(state is expected for expected, _ in states)]
    seen = [state for state in LOOKS if any(state in pair for pair in states)]
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("must be", no_wrap=True)
    for state in seen:
        word = LOOKS[state][0].replace(" ", "\n").replace("insufficient", "insuf-\nficient")  # else no room for all
        table.add_column(word, justify="right", vertical="bottom")
    for expected in wanted:
        cells = [(found, states.get((expected, found), 0)) for found in seen]
        table.add_row(
            LOOKS[expected][0],
            *(
                Text(
                    str(count) if count else "-",
                    "blue" if found is expected else "bold dark_orange" if count else "dim",
                )
                for found, count in cells
            ),
        )
    return table


def table_of_mechanisms(score: Score) -> Table:
    """Precision and recall by family and in all."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("family", overflow="fold")
    for title in ("scenarios", "precision", "recall"):
        table.add_column(title, justify="right", no_wrap=True)
    for family, tally in score.families.items():
        table.add_row(f"{family}: {FAMILIES[family].rstrip('.')}", str(score.sizes[family]), *shares_of(tally))
    if len(score.families) > 1:
        table.add_row("all", str(score.trials), *shares_of(score.whole))
    return table


def shares_of(tally: Tally) -> tuple[str, str]:
    """Precision and recall as they are shown. Rounded down: 1.00 is said of nothing less."""
    return tuple("-" if share is None else f"{int(share * 100) / 100:.2f}" for share in (tally.precision, tally.recall))  # type: ignore[return-value] # two in, two out


def alike(wrong: Mapping[str, tuple[str, ...]]) -> dict[tuple[str, ...], list[str]]:
    """Scenarios by their reasons: one fault of an installation may break every trial."""
    together: dict[tuple[str, ...], list[str]] = {}
    for name, reasons in wrong.items():
        together.setdefault(reasons, []).append(name)
    return together


def some_of(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - NAMES_MAX
    return ", ".join(names[:NAMES_MAX]) + (f" and {more} more" if more > 0 else "")


def scenarios(count: int) -> str:
    return f"{count} scenario" if count == 1 else f"{count} scenarios"


def times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def show_trials(trials: Iterable[Trial]) -> None:
    """A line for each trial: right or wrong, and how long it took."""
    out = console()
    for trial in trials:
        seconds = f"{trial.outcome.seconds:5.1f} s" if trial.outcome else "  broken"
        out.say(f"{'WRONG' if trial.wrong else 'right'} {seconds}  {trial.scenario.name}")


@contextmanager
def shown_trials() -> Iterator[Report]:
    """A function to report to while inside: a live bar in a terminal, and in a pipe a line now and then."""
    out = console()
    if not out.is_terminal:
        yield _print_tenths
        return
    with Progress(
        TextColumn("trials"), BarColumn(bar_width=30), MofNCompleteColumn(), TextColumn("{task.description}"),
        console=out, transient=True,
    ) as bars:  # fmt: skip
        row = bars.add_task("", total=None)
        yield lambda name, done, total: bars.update(row, description=name, completed=done, total=total)


def _print_tenths(name: str, done: int, total: int) -> None:
    """A line after every tenth of the trials."""
    if done == total or done % max(1, total // 10) == 0:
        with suppress(BrokenPipeError):  # whoever read has left; the trials go on to their end
            print(f"{done} of {total} scenarios tried", flush=True)
