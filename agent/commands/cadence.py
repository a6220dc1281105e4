"""What `dideban run` does while it runs: a sweep on the cadence, and one soon after for what has changed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from agent import consent
from agent.commands import COUNTRY_NOT_STATED
from agent.commands.endings import ended_by_signals
from agent.confirmation import Known, confirmation_due
from agent.memory import give_back_memory
from agent.schedule import Schedule, Soon
from agent.store.lock import write_status
from agent.store.read import rows
from agent.sweep import Setting, SweepResult, run_sweep
from agent.timeline.recurrence import WINDOW, vantage_of
from agent.verdict.records import State, Verdict

WITHDRAWN = "Ended, because the consent was withdrawn; what was measured before that is written."
#: A confirming sweep comes up to half as much later, by chance: what follows a change must have no hour of its own.
CONFIRM_JITTER = 0.5


async def keep_measuring(
    setting: Setting, *, every_s: float, jitter_s: float, confirm_s: float = 0.0, stop: asyncio.Event | None = None
) -> None:
    """Sweep on a cadence until SIGINT, SIGTERM or `stop`; says what it does, on standard output and in the status file.

    `confirm_s` after a sweep that found a change, what changed is looked at again; 0: never. The caller holds the
    folder's lock.
    """
    folder, stop = setting.config.results, stop or asyncio.Event()

    def waiting(next_at: datetime) -> None:
        give_back_memory()
        write_status(folder, {"state": "waiting", "since": datetime.now(UTC), "next_at": next_at})
        say(f"Next sweep at {next_at:%Y-%m-%d %H:%M:%S} UTC.")

    say(f"Measuring; the results go to {folder}. Ctrl+C ends it.")
    if not setting.config.vantage.country:
        say(COUNTRY_NOT_STATED["en"])
    known = Known().after(recent_verdicts(setting, datetime.now(UTC)))
    keeper = Keeper(setting=setting, confirm_s=confirm_s, stop=stop, known=known)
    with ended_by_signals(stop):
        await Schedule(keeper.on_cadence, waiting, every_s=every_s, jitter_s=jitter_s).run(stop)
    write_status(folder, {"state": "ended", "since": datetime.now(UTC)})
    say("Ended; everything measured is written." if consent.recorded(folder) is not None else WITHDRAWN)


@dataclass(kw_only=True)
class Keeper:
    """Makes the sweeps, and remembers what they found."""

    setting: Setting
    confirm_s: float
    stop: asyncio.Event
    #: What the sweeps up to now say of each target.
    known: Known = field(default_factory=Known)

    async def on_cadence(self, missed: int) -> Soon | None:
        """A sweep of everything. Asks for another one soon where something has changed."""
        if missed:
            say(f"{missed} sweeps were missed: the computer slept, or a sweep outlasted the cadence. Measuring once.")
        say("A sweep begins.")
        return await self._sweep(self.setting, "after_gap" if missed else "schedule", missed=missed, made=0)

    async def confirming(self, platforms: tuple[str, ...], *, made: int) -> Soon | None:
        """A sweep of the platforms that changed, the `made`th since the last on the cadence."""
        say(f"A confirming sweep begins: {', '.join(platforms)}.")
        config = replace(self.setting.config, platforms=platforms)
        return await self._sweep(replace(self.setting, config=config), "confirm", made=made)

    async def _sweep(self, setting: Setting, trigger: str, *, missed: int = 0, made: int) -> Soon | None:
        write_status(setting.config.results, {"state": "sweeping", "since": datetime.now(UTC)})
        result = await run_sweep(setting, trigger=trigger, missed_sweeps=missed, stop=self.stop)
        for sentence in (*result.repairs, sentence_of(result)):
            say(sentence)
        due = confirmation_due(self.known, result.sweep, result.verdicts, made=made)
        self.known = self.known.after(result.verdicts)
        if not due or self.confirm_s == 0:
            return None
        later = random.uniform(1, 1 + CONFIRM_JITTER)  # noqa: S311 -- a moment, no secret
        return Soon(after_s=self.confirm_s * later, make_sweep=lambda: self.confirming(due, made=made + 1))


def recent_verdicts(setting: Setting, now: datetime) -> Iterator[Verdict]:
    """What the sweeps of the last days, from the same place, say: without it every start would be a change."""
    vantage = setting.config.vantage
    here = setting.stage, setting.vantage_id, vantage.country, vantage.asn, vantage.label
    folder, since = setting.config.results, now - WINDOW
    sweeps = {sweep.sweep_id for sweep in rows(folder, "sweeps", since=since) if vantage_of(sweep) == here}
    return (verdict for verdict in rows(folder, "verdicts", since=since) if verdict.sweep_id in sweeps)


def sentence_of(result: SweepResult) -> str:
    """One line of a running agent's log."""
    sweep = result.sweep
    found = [verdict for verdict in result.verdicts if verdict.level == "platform"]
    condemned = [v.platform for v in found if v.state in {State.BLOCKED, State.LIKELY_BLOCKED}]
    blocked = f"blocked or likely blocked: {', '.join(condemned)}" if condemned else "nothing is called blocked"
    return (
        f"Sweep {sweep.sweep_id} {sweep.outcome.replace('_', ' ')}: {sweep.endpoints_measured} of "
        f"{sweep.endpoints_planned} endpoints; line {sweep.vantage_state.replace('_', ' ')}; {blocked}."
    )


def say(sentence: str) -> None:
    """One line with the time, at once even in a pipe."""
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC {sentence}", flush=True)
