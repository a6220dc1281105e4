"""Fixtures: the programs' world on each stage, with its censor and without, put up when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from agent.lab.namespace.allowed import available
from tests.programs import Laboratory, Standing, standing
from tests.programs_world import write_programs_scenario


@pytest.fixture(scope="session", name="laboratory")
def laboratory_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """The world on a stage (a key of STAGES), with its censor or without."""
    with ExitStack() as standing_ones:

        @cache
        def put_up(stage: str, is_censored: bool) -> Standing:
            if stage == "namespace" and (reason := available()):
                pytest.skip(reason)
            folder = tmp_path_factory.mktemp(f"{stage}-{'censored' if is_censored else 'clean'}")
            scenario = write_programs_scenario(folder, censored=is_censored)
            return standing_ones.enter_context(standing(stage, scenario))

        yield put_up


@pytest.fixture(params=["loopback", "namespace"], name="stage")
def stage_fixture(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[True, False], ids=["censored", "clean"], name="is_censored")
def is_censored_fixture(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)
