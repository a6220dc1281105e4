"""Answers made to break the parser: every decoder reads whatever comes, or says what is wrong with it.

What must hold of the result is asserted where each target reads (tests/fuzz/targets.py).
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, Target

ROWS = [pytest.param(target, id=name) for name, target in TARGETS.items()]
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("target", ROWS)
def test_a_true_input_is_read_and_so_is_every_beginning_of_it(target: Target) -> None:
    for seed in target.seeds():
        target.read(seed)
        for length in range(0, len(seed), 1 + len(seed) // 40):
            target.read(seed[:length])


@pytest.mark.parametrize("target", ROWS)
@FEW
@given(raw=st.binary(max_size=600))
def test_random_bytes_are_read_or_refused(target: Target, raw: bytes) -> None:
    target.read(raw)


@pytest.mark.parametrize("target", ROWS)
@FEW
@given(data=st.data())
def test_a_true_input_changed_anywhere_is_read_or_refused(target: Target, data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from(target.seeds()))
    start = data.draw(st.integers(0, len(seed)))
    length = data.draw(st.integers(0, 8))
    target.read(seed[:start] + data.draw(st.binary(max_size=12)) + seed[start + length :])
