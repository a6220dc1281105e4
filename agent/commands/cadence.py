"""What `dideban run` does while it runs: a sweep on the cadence, and one soon after for what has changed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from agent import consent
from agent.calendars import day, digits
from agent.commands import COUNTRY_NOT_STATED
from agent.commands.endings import ended_by_signals
from agent.commands.view import view_until
from agent.confirmation import Known, confirmation_due
from agent.language import N_, _, ngettext
from agent.memory import give_back_memory
from agent.notices.hook import tell_of_changes
from agent.records import Sweep
from agent.report.live.lines import Lines, View
from agent.report.visible import visible
from agent.report.words import LINES, OUTCOMES
from agent.schedule import Schedule, Soon
from agent.store.lock import write_status
from agent.store.read import rows
from agent.sweep import Setting, SweepResult, run_sweep
from agent.timeline.recurrence import WINDOW, vantage_of
from agent.verdict.records import State, Verdict

WITHDRAWN = N_("Ended, because the consent was withdrawn; what was measured before that is written.")
#: A confirming sweep comes up to half as much later, by chance: what follows a change must have no hour of its own.
CONFIRM_JITTER = 0.5


async def keep_measuring(
    setting: Setting, *, every_s: float, jitter_s: float, confirm_s: float = 0.0, stop: asyncio.Event | None = None
) -> None:
    """Sweep on a cadence until SIGINT, SIGTERM or `stop`; shows what it does, and tells it in the status file.

    `confirm_s` after a sweep that found a change, what changed is looked at again; 0: never. The caller holds the
    folder's lock.
    """
    folder, stop = setting.config.results, stop or asyncio.Event()
    known = Known().after(verdict for sweep, verdict in recent_verdicts(setting, datetime.now(UTC)))
    with ended_by_signals(stop):
        async with view_until(stop, lambda: recent_verdicts(setting, datetime.now(UTC))) as view:

            def waiting(next_at: datetime) -> None:
                give_back_memory()
                write_status(folder, {"state": "waiting", "since": datetime.now(UTC), "next_at": next_at})
                view.say(_("Next sweep at {moment} UTC.").format(moment=second(next_at)))
                view.waiting(next_at)

            view.say(_("Measuring; the results go to {folder}. Ctrl+C ends it.").format(folder=folder))
            if not setting.config.vantage.country:
                view.say(_(COUNTRY_NOT_STATED))
            keeper = Keeper(setting=setting, confirm_s=confirm_s, stop=stop, known=known, view=view)
            await keeper.tell()  # what is already there is history: only later events are told
            await Schedule(keeper.on_cadence, waiting, every_s=every_s, jitter_s=jitter_s).run(stop)
    write_status(folder, {"state": "ended", "since": datetime.now(UTC)})
    whole = _("Ended; everything measured is written.")
    Lines().say(whole if consent.recorded(folder) is not None else _(WITHDRAWN))


@dataclass(kw_only=True)
class Keeper:
    """Makes the sweeps, and remembers what they found."""

    setting: Setting
    confirm_s: float
    stop: asyncio.Event
    #: What the sweeps up to now say of each target.
    known: Known = field(default_factory=Known)
    view: View = field(default_factory=Lines)

    async def on_cadence(self, missed: int) -> Soon | None:
        """A sweep of everything. Asks for another one soon where something has changed."""
        if missed:
            late = ngettext(
                "{n} sweep was missed: the computer slept, or a sweep outlasted the cadence. Measuring once.",
                "{n} sweeps were missed: the computer slept, or a sweep outlasted the cadence. Measuring once.",
                missed,
            )
            self.view.say(late.format(n=digits(missed)))
        self.view.say(_("A sweep begins."))
        return await self._sweep(self.setting, "after_gap" if missed else "schedule", missed=missed, made=0)

    async def confirming(self, platforms: tuple[str, ...], *, made: int) -> Soon | None:
        """A sweep of the platforms that changed, the `made`th since the last on the cadence."""
        self.view.say(_("A confirming sweep begins: {platforms}.").format(platforms=", ".join(platforms)))
        config = replace(self.setting.config, platforms=platforms)
        return await self._sweep(replace(self.setting, config=config), "confirm", made=made)

    async def tell(self) -> None:
        """Tell of what changed, if the user wants to be told; what could not be is said."""
        setting, config = self.setting, self.setting.config
        for sentence in await tell_of_changes(config.notify, config.results, stage=setting.stage, stop=self.stop):
            self.view.say(visible(sentence))

    async def _sweep(self, setting: Setting, trigger: str, *, missed: int = 0, made: int) -> Soon | None:
        write_status(setting.config.results, {"state": "sweeping", "since": datetime.now(UTC)})
        self.view.sweeping()
        result = await run_sweep(
            setting,
            trigger=trigger,
            missed_sweeps=missed,
            stop=self.stop,
            progress=self.view.progress,
            observed=self.view.observed,
        )
        for sentence in (*result.repairs, sentence_of(result)):
            self.view.say(sentence)
        self.view.found(result)
        await self.tell()
        due = confirmation_due(self.known, result.sweep, result.verdicts, made=made)
        self.known = self.known.after(result.verdicts)
        if not due or self.confirm_s == 0:
            return None
        later = random.uniform(1, 1 + CONFIRM_JITTER)  # noqa: S311 -- a moment, no secret
        return Soon(after_s=self.confirm_s * later, make_sweep=lambda: self.confirming(due, made=made + 1))


def recent_verdicts(setting: Setting, now: datetime) -> Iterator[tuple[Sweep, Verdict]]:
    """What the sweeps of the last days, from the same place, say: without it every start would be a change."""
    vantage = setting.config.vantage
    here = setting.stage, setting.vantage_id, vantage.country, vantage.asn, vantage.label
    folder, since = setting.config.results, now - WINDOW
    sweeps = {sweep.sweep_id: sweep for sweep in rows(folder, "sweeps", since=since) if vantage_of(sweep) == here}
    for verdict in rows(folder, "verdicts", since=since):
        if verdict.sweep_id in sweeps:
            yield sweeps[verdict.sweep_id], verdict


def sentence_of(result: SweepResult) -> str:
    """One line of a running agent's log."""
    sweep = result.sweep
    found = [verdict for verdict in result.verdicts if verdict.level == "platform"]
    condemned = ", ".join(v.platform for v in found if v.state in {State.BLOCKED, State.LIKELY_BLOCKED})
    told = (
        _("Sweep {id} {outcome}: {done} of {all} endpoints; line {line}; blocked or likely blocked: {platforms}.")
        if condemned
        else _("Sweep {id} {outcome}: {done} of {all} endpoints; line {line}; nothing is called blocked.")
    )
    return told.format(
        id=sweep.sweep_id,
        outcome=_(OUTCOMES[sweep.outcome]),
        done=digits(sweep.endpoints_measured),
        all=digits(sweep.endpoints_planned),
        line=_(LINES[sweep.vantage_state]),
        platforms=condemned,
    )


def second(moment: datetime) -> str:
    """A moment, UTC, to the second, as its reader writes it."""
    return f"{day(moment)} {digits(f'{moment:%H:%M:%S}')}"
