"""What is looked at again soon, and what is not: a change of a few platforms, on a line that is normal."""

from __future__ import annotations

import pytest

from agent.confirmation import CONFIRMATIONS_MAX, Known, confirmation_due
from agent.records import Sweep, VantageState
from agent.verdict.records import State, Verdict
from tests.store_rows import sweep, verdict

OK, BLOCKED, LIKELY, DOWN = State.OK, State.BLOCKED, State.LIKELY_BLOCKED, State.DOWN
IMPAIRED, INSUFFICIENT = State.IMPAIRED, State.INSUFFICIENT


def found(**states: State) -> list[Verdict]:
    """The verdicts on the web target of each platform, and on the platform."""
    return [
        verdict(platform=platform, target=f"{platform}/web" if level == "target" else "", level=level, state=state)
        for platform, state in states.items()
        for level in ("target", "platform")
    ]


def made(**changes: object) -> Sweep:
    return sweep(**{"outcome": "complete", **changes})


def due(before: dict[str, State], after: dict[str, State], *, count: int = 0) -> tuple[str, ...]:
    known = Known().after(found(**before))
    return confirmation_due(known, made(), found(**after), made=count)


ALL_WELL = {"signal": OK, "telegram": OK, "yahoo": OK, "gmail": OK}


@pytest.mark.parametrize(
    ("before", "after", "is_due"),
    [
        pytest.param(OK, BLOCKED, True, id="blocked now"),
        pytest.param(OK, LIKELY, True, id="likely blocked now"),
        pytest.param(BLOCKED, OK, True, id="open again"),
        pytest.param(OK, IMPAIRED, True, id="failing now"),
        pytest.param(IMPAIRED, BLOCKED, True, id="failed before, and is accused now"),
        pytest.param(None, BLOCKED, True, id="a first accusation"),
        pytest.param(INSUFFICIENT, BLOCKED, True, id="never judged before"),
        pytest.param(None, OK, False, id="never judged, and well"),
        pytest.param(None, IMPAIRED, False, id="never judged, and failing: nobody is accused"),
        pytest.param(OK, OK, False, id="well as before"),
        pytest.param(BLOCKED, LIKELY, False, id="as blocked as before"),
        pytest.param(DOWN, IMPAIRED, False, id="failing as before"),
        pytest.param(OK, INSUFFICIENT, False, id="it could not tell"),
    ],
)
def test_a_change_is_confirmed(before: State | None, after: State, is_due: bool) -> None:
    """Of kind: reached, failing or accused. That it could not be judged is no change."""
    known = {**ALL_WELL, **({"signal": before} if before else {})}
    if before is None:
        del known["signal"]
    assert due(known, {**ALL_WELL, "signal": after}) == (("signal",) if is_due else ())


@pytest.mark.parametrize(
    "changes",
    [
        {"vantage_state": VantageState.NATIONAL_ONLY},
        {"vantage_state": VantageState.UNDETERMINED},
        {"vantage_state": VantageState.CAPTIVE_PORTAL},
        {"vantage_state": VantageState.OFFLINE},
        {"outcome": "interrupted"},
        {"outcome": "over_budget"},
        {"outcome": "not_measured"},
    ],
)
def test_only_a_whole_sweep_of_a_normal_line_is_confirmed(changes: dict[str, object]) -> None:
    """A shutdown is no news of a platform; and what had to spare its traffic spares it now too."""
    assert due(ALL_WELL, {**ALL_WELL, "signal": BLOCKED}) == ("signal",)
    known = Known().after(found(**ALL_WELL))
    assert confirmation_due(known, made(**changes), found(signal=BLOCKED), made=0) == ()


def test_what_changes_all_at_once_is_no_news_of_a_platform() -> None:
    """More than half of three or more; a first sweep where much is blocked among them."""
    two = {**ALL_WELL, "signal": BLOCKED, "telegram": BLOCKED}
    assert due(ALL_WELL, two) == ("signal", "telegram")
    assert due(ALL_WELL, {**two, "yahoo": BLOCKED}) == ()
    assert due({}, {**two, "yahoo": BLOCKED}) == ()


def test_who_measures_one_platform_has_its_changes_confirmed() -> None:
    assert due({"signal": OK}, {"signal": BLOCKED}) == ("signal",)


def test_confirmations_end() -> None:
    """What goes on changing comes and goes: after two in a row the cadence goes on."""
    flapping = [due(ALL_WELL, {**ALL_WELL, "signal": BLOCKED}, count=count) for count in range(4)]
    assert flapping == [("signal",)] * CONFIRMATIONS_MAX + [()] * (4 - CONFIRMATIONS_MAX)


def test_a_confirmation_that_agrees_asks_for_no_other() -> None:
    known = Known().after(found(**ALL_WELL)).after(found(signal=BLOCKED))
    assert confirmation_due(known, made(), found(signal=BLOCKED), made=1) == ()
    assert confirmation_due(known, made(), found(signal=OK), made=1) == ("signal",)


def test_a_part_alone_is_a_change() -> None:
    """Whether or not the platform comes out as before: only the platform is measured again, with all its parts."""
    before = [verdict(platform="signal", target=f"signal/{part}", level="target", state=OK) for part in ("web", "chat")]
    after = [before[0], verdict(platform="signal", target="signal/chat", level="target", state=BLOCKED)]
    assert confirmation_due(Known().after(before), made(), after, made=0) == ("signal",)
