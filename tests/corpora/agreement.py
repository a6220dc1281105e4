"""How far our verdicts agree with a folder's labels: `cases.csv`, which says of each case what is known of it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from agent.verdict.finding import CONDEMNED
from agent.verdict.records import State

#: The states that agree with a label. An anomaly is no label: something was odd, and nobody knows what.
AGREEING: Mapping[str, frozenset[State]] = {
    "blocked": CONDEMNED,
    "accessible": frozenset({State.OK}),
    "down": frozenset({State.DOWN, State.RETIRED}),
    "inconclusive": frozenset({State.INSUFFICIENT, State.IMPAIRED, State.DOWN}),
    "measurement_error": frozenset({State.INSUFFICIENT, State.IMPAIRED, State.DOWN}),
}
#: The layer of a label's mechanism, where it is called otherwise than ours.
LAYERS: Mapping[str, str] = {"tcp_ip": "tcp", "http_failure": "http", "http_diff": "http"}


def agreement(predicted: Iterable[tuple[str, str, str]], labels: Path) -> Iterator[str]:
    """The shares, and then each case that disagrees, a line each. Disputed labels are left out."""
    with labels.open(encoding="utf-8") as file:
        cases = {row["case_id"]: row for row in csv.DictReader(file)}
    told = [
        (cases[name], State(state), mechanisms)
        for name, state, mechanisms in predicted
        if name in cases and cases[name]["disputed"] != "1" and cases[name]["verdict"] in AGREEING
    ]
    apart = [(case, state) for case, state, _ in told if state not in AGREEING[case["verdict"]]]
    spared = [state for case, state, _ in told if case["verdict"] != "blocked"]
    accused = sum(state in CONDEMNED for state in spared)
    yield f"{len(told) - len(apart)} of {len(told)} as labelled ({1 - len(apart) / len(told):.3f})"
    yield f"{accused} of {len(spared)} that are not blocked called blocked or likely_blocked"
    blocked = [
        (layers(case["mechanisms"].split("|")), layers(mechanisms.split(";")))
        for case, state, mechanisms in told
        if case["verdict"] == "blocked" and state in CONDEMNED
    ]
    shared = sum(len(known & said) for known, said in blocked)
    yield (
        f"layers of their mechanisms: precision {shared / sum(len(said) for _, said in blocked):.2f}, "
        f"recall {shared / sum(len(known) for known, _ in blocked):.2f}"
    )
    yield from (f"  {case['case_id']}: {case['verdict']}, and we say {state}" for case, state in apart)


def layers(mechanisms: Iterable[str]) -> set[str]:
    """The layers of mechanisms, whoever named them."""
    return {LAYERS.get(one, one.partition(".")[0]) for one in mechanisms if one}
