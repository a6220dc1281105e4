"""The sweep's record: one pass over all due targets, opened and closed by a look at the vantage point."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from probes.column import column
from probes.observation import UNSTAMPED


class VantageState(StrEnum):
    """What the ladder says of the line. From best to worst; a sweep is judged by the worse of its two."""

    NORMAL = "normal"
    CAPTIVE_PORTAL = "captive_portal"
    NATIONAL_ONLY = "national_only"
    UNDETERMINED = "undetermined"
    OFFLINE = "offline"


#: The stage of a sweep that is somebody else's measurement.
IMPORTED_STAGE = "import"
#: The stage of a sweep of the lab's world.
LAB_STAGE = "lab"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One row of the sweeps file, written when the sweep has ended, however it ended."""

    sweep_id: str = column("Unique id: the start, UTC, and six random characters.", default="")
    started_at: datetime = column("When the opening ladder began, UTC.", default=UNSTAMPED)
    ended_at: datetime = column("When the last observation was written, UTC.", default=UNSTAMPED)
    duration_ms: float | None = column("Length of the sweep in milliseconds on a monotonic clock.", default=None)
    outcome: str = column(
        "complete, interrupted (by its user), over_budget (its time or traffic was spent, and endpoints were left "
        "out) or not_measured (the line was offline).",
        default="",
    )
    stage: str = column(
        "internet; lab: rows of the lab's world say nothing of the real one; or import: somebody else's measurement.",
        default="internet",
    )
    trigger: str = column(
        "Why it was made: once, schedule, after_gap (the schedule had to skip some), confirm (soon after a sweep that "
        "found a change, of those platforms alone), demo, lab (a scenario's trial) or import.",
        default="",
    )
    missed_sweeps: int = column(
        "Sweeps that the schedule skipped since the last one, e.g. while the laptop slept.", default=0
    )
    vantage_id: str = column("Random id of this installation; tells vantage points apart, names nobody.", default="")
    vantage_country: str = column("ISO 3166 code from config.toml. Empty: not stated.", default="")
    vantage_asn: int | None = column("AS number from config.toml. Empty: not stated.", default=None)
    vantage_label: str = column("The user's own word for this network, from config.toml.", default="")
    vantage_state: VantageState = column(
        "normal, captive_portal, national_only, undetermined or offline: the worse of the two ladders.",
        default=VantageState.UNDETERMINED,
    )
    opening_state: VantageState = column("What the ladder said before.", default=VantageState.UNDETERMINED)
    closing_state: VantageState = column("What the ladder said after.", default=VantageState.UNDETERMINED)
    because: str = column("Why the vantage state is what it is, in one sentence.", default="")
    pace: str = column("gentle or fast.", default="")
    platforms: tuple[str, ...] = column("Platforms that this sweep meant to measure, separated by spaces.", default=())
    endpoints_planned: int = column("Endpoints that the sweep meant to measure.", default=0)
    endpoints_measured: int = column("Endpoints that were measured.", default=0)
    observations: int = column("Rows written to the observations file for this sweep.", default=0)
    rows_withheld: int = column("Rows that scrubbing could not make safe and that were not written.", default=0)
    bytes_sent: int = column("Payload bytes sent.", default=0)
    bytes_received: int = column("Payload bytes received.", default=0)
    catalog_version: str = column("Version of the catalog.", default="")
    agent_version: str = column("Version of the agent.", default="")
    source: str = column(
        "Of an imported sweep, whose measurement it is: the project, its test and the test's version.", default=""
    )
    source_id: str = column("Of an imported sweep, the measurement's or report's id at its source.", default="")
    source_input: str = column("Of an imported sweep, the web address that the measurement was of.", default="")
    source_verdict: str = column(
        "Of an imported sweep, what its source concluded: accessible, down, blocked and how, or none. It decides "
        "nothing here.",
        default="",
    )
