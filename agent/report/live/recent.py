"""What the last days' sweeps of one vantage point found of each platform: its last state, and how often. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from agent.records import Sweep
from agent.timeline.records import Finding
from agent.timeline.recurrence import WINDOW, Recurrence, recurrence, vantage_of
from agent.verdict.records import Verdict


@dataclass(kw_only=True)
class Recent:
    """Sweeps with their platforms' verdicts, in order of time; what is older than the window is let go."""

    _sweeps: dict[str, Sweep] = field(default_factory=dict)
    _verdicts: list[Verdict] = field(default_factory=list)

    def add(self, found: Iterable[tuple[Sweep, Verdict]]) -> None:
        """Take verdicts in. Only what is counted is kept of each: they stay in memory for days."""
        for sweep, verdict in found:
            if verdict.level == "platform":
                self._sweeps[sweep.sweep_id] = sweep
                self._verdicts.append(replace(verdict, because="", rule_ids=(), witnesses=()))
        if (newest := self.newest) is None:
            return
        gone = {key for key, one in self._sweeps.items() if one.started_at < newest.started_at - WINDOW}
        if gone:
            self._sweeps = {key: one for key, one in self._sweeps.items() if key not in gone}
            self._verdicts = [verdict for verdict in self._verdicts if verdict.sweep_id not in gone]

    @property
    def newest(self) -> Sweep | None:
        """The sweep that began last."""
        return max(self._sweeps.values(), key=lambda sweep: sweep.started_at, default=None)

    @property
    def vantage_points(self) -> int:
        """From how many places these sweeps looked."""
        return len({vantage_of(sweep) for sweep in self._sweeps.values()})

    def last(self) -> dict[str, Verdict]:
        """Each platform's newest verdict."""
        found = {}
        for verdict in sorted(self._verdicts, key=lambda one: one.observed_at):
            found[verdict.platform] = verdict
        return found

    def recurrence(self, verdict: Verdict) -> Recurrence:
        """How often the verdict's platform was blocked, from where its sweep looked, up to it."""
        at = self._sweeps[verdict.sweep_id]
        return recurrence(verdict.platform, self._verdicts, list(self._sweeps.values()), at=at)

    def findings(self) -> list[Finding]:
        """The same as findings, for whoever looks for events in them."""
        return [Finding.of(verdict, self._sweeps[verdict.sweep_id]) for verdict in self._verdicts]
