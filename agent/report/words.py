"""The words that people read for what stands in rows as a name: states, lines, ends of sweeps. Translated when shown.

Each is one word of a sentence or of a table's cell, in lower case.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.language import N_
from agent.records import VantageState
from agent.verdict.records import State

#: A verdict's state.
STATES: Mapping[State, str] = {
    State.OK: N_("ok"),
    State.BLOCKED: N_("blocked"),
    State.LIKELY_BLOCKED: N_("likely blocked"),
    State.DOWN: N_("down"),
    State.IMPAIRED: N_("impaired"),
    State.INSUFFICIENT: N_("insufficient"),
    State.RETIRED: N_("retired"),
}
#: What the line was.
LINES: Mapping[VantageState, str] = {
    VantageState.NORMAL: N_("normal"),
    VantageState.NATIONAL_ONLY: N_("national only"),
    VantageState.CAPTIVE_PORTAL: N_("captive portal"),
    VantageState.OFFLINE: N_("offline"),
    VantageState.UNDETERMINED: N_("undetermined"),
}
#: How a sweep ended.
OUTCOMES: Mapping[str, str] = {
    "complete": N_("complete"),
    "interrupted": N_("interrupted"),
    "over_budget": N_("over budget"),
    "not_measured": N_("not measured"),
}
#: What an agent does, as its status file has it.
DOINGS: Mapping[str, str] = {
    "sweeping": N_("sweeping"),
    "waiting": N_("waiting"),
    "ended": N_("ended"),
}
