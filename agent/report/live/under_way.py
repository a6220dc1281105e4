"""How far a sweep under way has come: of each platform what is done, and what came last. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from probes.observation import Observation

#: What the sweep calls its look at the line itself, among platforms.
LADDER = "ladder"


@dataclass(kw_only=True)
class UnderWay:
    """A sweep as its reports tell of it. Nothing was reported yet: no platforms."""

    #: Endpoints done and in all, by platform, in the order in which they were named. In all 0: nobody told how many.
    endpoints: dict[str, tuple[int, int]] = field(default_factory=dict)
    #: The newest row of each.
    last: dict[str, Observation] = field(default_factory=dict)
    #: How many rows there are.
    rows: int = 0

    def progress(self, platform: str, done: int, total: int) -> None:
        """So many endpoints of a platform, or of the look at the line, are done."""
        self.endpoints[platform] = done, total

    def observed(self, row: Observation) -> None:
        """A row was recorded."""
        self.rows += 1
        of = row.platform if row.purpose == "target" else LADDER
        self.endpoints.setdefault(of, (0, 0))
        self.last[of] = row

    @property
    def done(self) -> int:
        """Endpoints of platforms that are done."""
        return sum(done for platform, (done, _) in self.endpoints.items() if platform != LADDER)

    @property
    def total(self) -> int:
        """Endpoints of platforms in all; 0: not known yet."""
        return sum(total for platform, (_, total) in self.endpoints.items() if platform != LADDER)
