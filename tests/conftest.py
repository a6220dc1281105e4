"""Every test runs fenced: no socket of ours can be opened to anything but this computer's loopback. And in English.

With `DIDEBAN_NO_SKIP=1`, as in continuous integration, a test that is skipped has failed: what a machine cannot test
it must say aloud.
"""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

from probes.network import FENCE_VARIABLE

# Set at import, so that it also holds while tests are collected and in every process they start.
os.environ[FENCE_VARIABLE] = "127.0.0.0/8,::1/128"
os.environ["LANGUAGE"] = "en"

# A property holds or does not; how fast a busy machine shows it is no property.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

#: Set to 1 to let no test be skipped.
NO_SKIP_VARIABLE = "DIDEBAN_NO_SKIP"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two workers for each processor: half of what the tests do is to wait for silence."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test's report, turned into a failed one. An expected failure is not a skipped test."""
    report = yield
    if not hasattr(report, "wasxfail"):
        _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself while it is collected."""
    report = yield
    _fail_if_skipped(report)
    return report


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.outcome == "skipped" and os.environ.get(NO_SKIP_VARIABLE) == "1":
        report.outcome = "failed"
        report.longrepr = f"Skipped although {NO_SKIP_VARIABLE}=1: {report.longrepr}"
