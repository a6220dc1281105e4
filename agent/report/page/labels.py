"""The words of a report's tables and headings; translated when they are shown."""

from __future__ import annotations

from collections.abc import Mapping

from agent.language import N_
from agent.records import VantageState
from agent.report.page.facts import Shade, Standing
from agent.timeline.records import Change
from agent.verdict.records import State

STANDINGS: Mapping[Standing, str] = {
    Standing.BLOCKED: N_("Blocked"),
    Standing.NOW_AND_THEN: N_("Blocked in some looks, reached in others"),
    Standing.FAILING: N_("Does not work; why is not settled"),
    Standing.NOT_KNOWN: N_("Could not be told"),
    Standing.NOT_LOOKED_AT: N_("Not looked at"),
    Standing.REACHABLE: N_("Reachable"),
    Standing.RETIRED: N_("Gone: the service has ended"),
}
#: Of a standing that rests on looks none of which has proof.
LIKELY: Mapping[Standing, str] = {
    Standing.BLOCKED: N_("Likely blocked"),
    Standing.NOW_AND_THEN: N_("Likely blocked in some looks, reached in others"),
}
NOT_LATELY = N_("Not looked at in the last week of looking")
#: What a day's cell says: its letter, its word, and what that means.
SHADES: Mapping[Shade, tuple[str, str, str]] = {
    Shade.BLOCKED: (
        # Translators: one letter for "blocked", in a calendar's cell.
        N_("B"),
        N_("blocked"),
        N_(
            "Every look that could tell found it blocked or likely blocked, and one at least saw something that only "
            "interference leaves behind."
        ),
    ),
    Shade.LIKELY_BLOCKED: (
        # Translators: one letter for "likely blocked", in a calendar's cell.
        N_("L"),
        N_("likely blocked"),
        N_("Every look that could tell found it likely blocked: it looks like blocking, and nothing proves it."),
    ),
    Shade.MIXED: (
        # Translators: one letter for "sometimes blocked", in a calendar's cell.
        N_("S"),
        N_("sometimes blocked"),
        N_("Blocked or likely blocked in so many looks, and reached in others of the same day."),
    ),
    Shade.OK: (
        # Translators: one letter for "reachable", in a calendar's cell.
        N_("R"),
        N_("reachable"),
        N_("Every look that could tell reached it."),
    ),
    Shade.DOWN: (
        # Translators: one letter for "down", in a calendar's cell.
        N_("D"),
        N_("down"),
        N_("It works nowhere: its own fault."),
    ),
    Shade.IMPAIRED: (
        # Translators: one letter for "fails", in a calendar's cell.
        N_("F"),
        N_("fails"),
        N_("It did not work, and nothing settles why."),
    ),
    Shade.INSUFFICIENT: (
        # Translators: one letter for "could not be told", in a calendar's cell.
        N_("?"),
        N_("could not be told"),
        N_("Too little was seen to say anything."),
    ),
    Shade.RETIRED: (
        # Translators: one letter for "gone", in a calendar's cell.
        N_("G"),
        N_("gone"),
        N_("The service has ended."),
    ),
}
STATES: Mapping[State, str] = {
    State.OK: N_("reachable"),
    State.DOWN: N_("down"),
    State.BLOCKED: N_("blocked"),
    State.LIKELY_BLOCKED: N_("likely blocked"),
    State.IMPAIRED: N_("it does not work, and nothing settles why"),
    State.INSUFFICIENT: N_("it could not be told"),
    State.RETIRED: N_("the service has ended"),
}
#: What the line was like, for who does not know the ladder's words.
LINES: Mapping[VantageState, str] = {
    VantageState.NORMAL: N_("normal"),
    VantageState.NATIONAL_ONLY: N_("cut off from the world, not from the country"),
    VantageState.CAPTIVE_PORTAL: N_("behind a sign-in page"),
    VantageState.OFFLINE: N_("offline"),
    VantageState.UNDETERMINED: N_("not settled"),
}
EVENTS: Mapping[Change, str] = {
    Change.ONSET: N_("Blocking began"),
    Change.LIFTED: N_("Blocking ended"),
    Change.CHANGED: N_("Blocked in another way"),
    Change.INTERMITTENT: N_("Came and went"),
    Change.SHUTDOWN: N_("Cut off from the world"),
}
STAGES: Mapping[str, str] = {
    "lab": N_("This is the lab: a world that stands on one computer to practise on. It says nothing of the internet."),
    "import": N_(
        "These are other people's measurements, imported and judged here. They were not made with this program."
    ),
}
