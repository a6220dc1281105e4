"""What changed, from looks that are evidence: found soon, told with an interval, and never made of chance."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.records import VantageState
from agent.timeline.events import events_of
from agent.timeline.records import Change, Event, Finding
from agent.verdict.records import State
from tests import histories
from tests.histories import BEGIN, CADENCE, DNS, LETTERS, PER_DAY, TLS, History, finding, word

ONSET, LIFTED, CHANGED, FLAPS, SHUTDOWN = Change
PLATFORMS = tuple("abcdefghijkl")
HISTORIES = 60


@pytest.fixture
def chance() -> random.Random:
    return random.Random(5)  # noqa: S311 -- made-up histories, no secret


def of(findings: list[Finding]) -> list[Event]:
    return events_of(findings, stage="internet")


def at(number: int | None) -> object:
    return None if number is None else BEGIN + CADENCE * number


def told(letters: str) -> list[tuple[Change, object, object]]:
    """Each event's change and interval."""
    return [(event.change, event.earliest, event.latest) for event in of(word(letters))]


@pytest.mark.parametrize(
    ("letters", "change", "earliest", "latest"),
    [
        ("oooolll", ONSET, 3, 4),  # three looks
        ("oooobl", ONSET, 3, 4),  # two, one of them with an artefact
        ("bbbbooo", LIFTED, 3, 4),
        ("bbbbiinddrooo", LIFTED, 3, 10),  # what is no evidence makes the interval wide, and no change
        ("oooooolobbbb", ONSET, 5, 8),  # a stumble before it: it may have begun by then
        ("boooobbbb", ONSET, 4, 5),  # what is seen first need not be true
    ],
)
def test_a_change_lies_between_two_looks(letters: str, change: Change, earliest: int, latest: int) -> None:
    assert told(letters) == [(change, at(earliest), at(latest))]


@pytest.mark.parametrize(
    "letters", ["", "b", "bbbbbb", "ooooo", "oooolooo", "ooolloooo", "bbbbobbbb", "bbboobbb", "oooob", "ooiiiddnnnrrr"]
)
def test_no_change_is_made_of_a_stumble_or_of_the_first_state(letters: str) -> None:
    assert told(letters) == []


@pytest.mark.parametrize("state", [VantageState.UNDETERMINED, VantageState.CAPTIVE_PORTAL])
def test_a_block_is_told_on_a_normal_line_alone(state: VantageState) -> None:
    """Beside the same looks on such a line; and what was reached was reached on any."""
    before = word("oooo")
    assert [event.change for event in of(before + [finding(n, State.BLOCKED) for n in range(4, 9)])] == [ONSET]
    assert of(before + [finding(n, State.BLOCKED, vantage_state=state) for n in range(4, 9)]) == []
    (lifted,) = of(word("bbbb") + [finding(n, State.OK, vantage_state=state) for n in range(4, 9)])
    assert lifted.change is LIFTED


@pytest.mark.parametrize(("state", "events"), [(State.BLOCKED, [ONSET]), (State.LIKELY_BLOCKED, [])])
def test_of_a_sweep_that_left_something_out_only_an_artefact_tells_of_a_block(
    state: State, events: list[Change]
) -> None:
    after = [finding(n, state, complete=False) for n in range(4, 9)]
    assert [event.change for event in of(word("oooo") + after)] == events


def test_a_filter_that_spends_the_budget_of_every_sweep_does_not_look_lifted() -> None:
    """Its block is seen in sweeps that left something out, and a few looks between them reached it."""
    looks = [finding(n, State.OK if n in (9, 16, 22) else State.BLOCKED, complete=n < 4) for n in range(30)]
    assert of(looks) == []


def test_counts_have_their_denominator_and_say_what_is_left_out() -> None:
    (event,) = of(word("ooooibbbnobb"))
    assert (event.looks_for, event.looks_told, event.looks_left_out) == (5, 6, 2)
    assert (event.before, event.after, event.mechanisms_after) == ("open", "blocked", TLS)
    ids = [one.verdict_id for one in word("ooooibbbnobb")]
    assert event.witnesses == (ids[3], *ids[5:8], *ids[10:])


def test_what_comes_and_goes_is_one_event() -> None:
    """Look by look, and night by night; its end is an event of its own only where another state stays."""
    for middle in ("bo" * 12, ("bbb" + "ooooo") * 5):
        (event,) = of(word("o" * 20 + middle + "o" * 20))
        assert (event.change, event.before, event.after) == (FLAPS, "open", "open")
        assert (event.earliest, event.latest) == (at(19), at(20))
        ended = len("o" * 20 + middle.rstrip("o"))
        assert (event.until_earliest, event.until_latest) == (at(ended - 1), at(ended))
        assert (event.looks_for, event.looks_told) == (middle.count("b"), len(middle.rstrip("o")))
    flapping, onset = of(word("o" * 20 + "bo" * 12 + "b" * 20))
    assert (flapping.change, flapping.after) == (FLAPS, "blocked")
    assert (onset.change, onset.earliest, onset.latest) == (ONSET, at(43), at(44))


def test_what_still_comes_and_goes_has_no_end() -> None:
    (event,) = of(word("o" * 20 + "bo" * 12))
    assert (event.change, event.until_earliest, event.until_latest, event.after) == (FLAPS, None, None, "")


def test_an_onset_and_its_end_are_no_coming_and_going() -> None:
    assert [event.change for event in of(word("o" * 20 + "b" * 6 + "o" * 6 + "b" * 30))] == [ONSET, LIFTED, ONSET]


@pytest.mark.parametrize(
    ("ways", "place"),
    [
        ([DNS] * 8 + [TLS] * 3, 8),  # another way altogether
        ([(*DNS, *TLS)] * 8 + [TLS] * 6, 8),  # a part of it is gone, for long enough
        ([TLS] * 8 + [(*DNS, *TLS)] * 6, 8),  # a part has come
        ([(*DNS, *TLS)] * 8 + [TLS] * 5, None),  # not for long enough
        ([DNS, TLS] * 8, None),  # now the one is seen, now the other
        ([(*DNS, *TLS), TLS] * 8 + [TLS] * 8, None),  # what was seen only now and then is not missed
        ([TLS] * 8 + [("tls",)] * 8, None),  # told less closely
        ([TLS] * 8 + [("tls.reset.other",)] * 8, None),  # layer and action are the same
        ([TLS] * 8 + [()] * 8, None),  # no way is named
        ([DNS] * 8 + [TLS] + [DNS] * 8, None),  # a look
    ],
)
def test_another_way_of_blocking_is_told_when_it_lasts(ways: list[tuple[str, ...]], place: int | None) -> None:
    events = of([finding(number, State.BLOCKED, mechanisms=way) for number, way in enumerate(ways)])
    assert [event.change for event in events] == ([] if place is None else [CHANGED])
    for event in events:
        assert (event.earliest, event.latest) == (at((place or 0) - 1), at(place))
        assert {*event.mechanisms_before} == {*ways[0]}
        assert {*event.mechanisms_after} == {*ways[-1]}


def test_a_shutdown_is_one_event_of_the_vantage_point() -> None:
    """Of twelve platforms none is said to have changed; a block that comes out of it is, with a wide interval."""
    cut = [
        finding(number, State.INSUFFICIENT, platform, vantage_state=VantageState.NATIONAL_ONLY)
        for number in range(5, 15)
        for platform in PLATFORMS
    ]
    around = [finding(n, State.OK, platform) for n in (*range(5), *range(15, 20)) for platform in PLATFORMS]
    (event,) = of(cut + around)
    assert (event.change, event.platform, event.earliest, event.latest) == (SHUTDOWN, "", at(4), at(5))
    assert (event.until_earliest, event.until_latest) == (at(14), at(15))
    assert (event.looks_for, event.looks_told) == (10, 10)
    blocked = [finding(n, State.BLOCKED, "new") for n in range(15, 20)] + [
        finding(n, State.OK, "new") for n in range(5)
    ]
    first, second = of(cut + around + blocked)
    assert (first.change, second.change) == (SHUTDOWN, ONSET)
    assert (second.platform, second.earliest, second.latest) == ("new", at(4), at(15))


def test_inside_a_shutdown_no_platform_is_accused() -> None:
    """Not even by a sweep in its middle that looked normal."""
    findings = [finding(n, State.OK, platform) for n in range(5) for platform in PLATFORMS]
    for number in range(5, 25):
        normal = number in (9, 14, 19)
        state = VantageState.NORMAL if normal else VantageState.NATIONAL_ONLY
        findings += [finding(number, State.BLOCKED, platform, vantage_state=state) for platform in PLATFORMS]
    assert [(event.change, event.until_latest) for event in of(findings)] == [(SHUTDOWN, None)]


@pytest.mark.parametrize(
    ("state", "complete", "events"),
    [
        (VantageState.UNDETERMINED, True, [SHUTDOWN]),  # nearly all fail together, on a line that is not normal
        (VantageState.UNDETERMINED, False, []),  # the sweep was cut short
        (VantageState.OFFLINE, True, []),
        (VantageState.CAPTIVE_PORTAL, True, []),
    ],
)
def test_a_line_that_is_only_down_is_no_shutdown(state: VantageState, complete: bool, events: list[Change]) -> None:
    findings = [finding(n, State.OK, platform) for n in range(5) for platform in PLATFORMS]
    findings += [
        finding(n, State.INSUFFICIENT, platform, vantage_state=state, complete=complete)
        for n in range(5, 10)
        for platform in PLATFORMS
    ]
    assert [event.change for event in of(findings)] == events


def test_one_cut_sweep_is_no_shutdown() -> None:
    findings = [
        finding(n, State.OK, p, vantage_state=VantageState.NATIONAL_ONLY if n == 4 else VantageState.NORMAL)
        for n in range(9)
        for p in PLATFORMS
    ]
    assert of(findings) == []


def test_vantage_points_are_told_apart() -> None:
    """A laptop that is at home and abroad by turns sees two states, and no change."""
    home, away = ("v", "IR", "", "home"), ("v", "DE", "", "away")
    findings = [finding(n, State.BLOCKED if n % 2 else State.OK, vantage=home if n % 2 else away) for n in range(40)]
    assert of(findings) == []


def test_nobody_takes_another_vantage_points_look_away() -> None:
    """By rows of the same ids in a bundle of theirs."""
    own = word("oooobbbb")
    theirs = [replace(one, vantage=("other", "", "", ""), state=State.IMPAIRED) for one in own]
    assert of(theirs + own) == of(own + theirs) == of(own) != []


states = st.sampled_from([LETTERS[letter] for letter in "bloind"])


@given(st.lists(states, max_size=60), st.randoms(use_true_random=False))
def test_order_and_repetition_of_the_rows_do_not_matter(history: list[State], chance: random.Random) -> None:
    findings = [finding(number, state) for number, state in enumerate(history)]
    shuffled = findings + chance.sample(findings, len(findings) // 2)
    chance.shuffle(shuffled)
    assert of(shuffled) == of(findings)


@given(st.lists(st.sampled_from([State.OK, State.BLOCKED]), max_size=80), st.integers(0, 80))
def test_what_was_told_stays_or_has_become_a_coming_and_going(history: list[State], known: int) -> None:
    """More looks take no event away, but where one that says more stands in its place: nobody is told twice."""
    findings = [finding(number, state) for number, state in enumerate(history)]
    then, now = of(findings[:known]), of(findings)
    merged = [event for event in now if event.change is FLAPS]
    for event in then:
        if event.event_id not in {one.event_id for one in now}:
            assert event.latest is not None
            assert any(one.earliest is None or one.earliest <= event.latest for one in merged), event


@given(st.lists(states, max_size=80))
def test_events_are_in_order_and_their_numbers_hold(history: list[State]) -> None:
    events = of([finding(number, state) for number, state in enumerate(history)])
    assert events == sorted(events, key=lambda event: str(event.latest))
    assert len({event.event_id for event in events}) == len(events)
    for event in events:
        assert 0 < event.looks_for <= event.looks_told
        assert event.looks_told + event.looks_left_out <= len(history)
        assert event.earliest is None or event.latest is None or event.earliest < event.latest
        assert event.until_earliest is None or event.until_latest is None or event.until_earliest < event.until_latest


MAKERS: dict[str, Callable[[random.Random], History]] = {
    "clean": lambda chance: histories.lasting(chance, noisy=False),
    "gappy": histories.gappy,
    "ways": histories.ways,
    "shutdown": lambda chance: histories.shutdown(chance, PLATFORMS),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_every_change_that_lasts_is_found_and_nothing_else(kind: str, chance: random.Random) -> None:
    for _ in range(HISTORIES):
        history = MAKERS[kind](chance)
        events = of(history.findings)
        assert [event.change for event in events] == [change for change, _ in history.truth]
        for event, (change, number) in zip(events, history.truth, strict=True):
            assert histories.found(history, event, change, number), (event, number)


def test_in_a_clean_history_a_change_is_told_by_the_third_sweep(chance: random.Random) -> None:
    for _ in range(HISTORIES):
        history = histories.lasting(chance, noisy=False)
        for event, (_, number) in zip(of(history.findings), history.truth, strict=True):
            assert histories.told_after(history, event, number) <= histories.WITHIN


def test_chance_alone_hides_a_change_in_noise(chance: random.Random) -> None:
    """Where a wrong look falls among the first after a change nobody can tell by the third; nearly all are."""
    sweeps: list[int] = []
    for _ in range(HISTORIES):
        history = histories.lasting(chance, noisy=True)
        events = of(history.findings)
        for change, number in history.truth:
            event = next(one for one in events if histories.found(history, one, change, number))
            sweeps.append(histories.told_after(history, event, number))
    assert sum(count <= histories.WITHIN for count in sweeps) >= 0.9 * len(sweeps)
    assert max(sweeps) <= 2 * histories.WITHIN


def test_what_flaps_for_days_is_one_coming_and_going(chance: random.Random) -> None:
    one = [0, 0]
    for _ in range(HISTORIES):
        history = histories.flapping(chance)
        events = of(history.findings)
        ((change, number),) = history.truth
        one[len(events) == 1 and histories.found(history, events[0], change, number)] += 1
    assert one[True] >= 0.95 * HISTORIES  # a coin shows one side for two days now and then


def test_nothing_is_told_in_ten_thousand_quiet_days(chance: random.Random) -> None:
    """Of platforms that are open and of such that are blocked, each with its noise."""
    days = 0
    while days < 10_000:
        history = histories.quiet(chance, days=125, blocked=bool(days % 250))
        assert len(history.findings) == 125 * PER_DAY
        assert of(history.findings) == []
        days += 125
