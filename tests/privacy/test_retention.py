"""Retention plans, and does nothing itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.policy.model import Severity
from amity.privacy.policy import Keep, Longer, Retention
from amity.privacy.retention import Drop, RecordSummary, body, plan

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
RETENTION = Retention(
    Keep(90 * DAY, 365 * DAY),
    (
        Longer(Keep(730 * DAY, 2555 * DAY), severity=Severity.MAJOR),
        Longer(Keep(timedelta(0), None), rule="trust/no-dismissal"),
    ),
)


def record(age: int, *missed: tuple[str, Severity], **more: bool) -> RecordSummary:
    return RecordSummary(1, NOW - age * DAY, missed, **more)


@pytest.mark.parametrize(
    ("summary", "wanted"),
    [
        (record(89), None),
        (record(90), (True, False)),
        (record(364), (True, False)),
        (record(365), (True, True)),
        (record(365, has_sealed=False), (False, True)),
        (record(90, has_sealed=False), None),
        (record(400, ("a/b", Severity.MINOR)), (True, True)),
        (record(400, ("a/b", Severity.MAJOR)), None),
        (record(800, ("a/b", Severity.CRITICAL)), (True, False)),
        (record(2555, ("a/b", Severity.CRITICAL)), (True, True)),
        (record(9999, ("trust/no-dismissal", Severity.MINOR)), (True, False)),
        (record(9999, ("trust/no-dismissal", Severity.MINOR), has_sealed=False), None),
    ],
)
def test_each_form_is_kept_for_the_longest_time_that_anything_asks(summary, wanted):
    drops = list(plan(RETENTION, [summary], NOW))
    assert drops == ([Drop(1, *wanted)] if wanted else [])


def test_nothing_is_dropped_unless_asked():
    assert not list(plan(Retention(), [record(99_999)], NOW))


def test_an_original_does_not_outlive_its_view():
    assert list(plan(Retention(Keep(None, 10 * DAY)), [record(10)], NOW)) == [Drop(1, True, True)]


@given(st.integers(0, 4000), st.integers(0, 4000), st.sampled_from(Severity))
def test_what_is_dropped_once_is_dropped_later_as_well(age, more, severity):
    def forms(days):
        drops = list(plan(RETENTION, [record(days, ("a/b", severity))], NOW))
        return {form for drop in drops for form in ("sealed", "view") if getattr(drop, form)}

    assert forms(age) <= forms(age + more)


def test_the_log_keeps_ranges_of_what_went():
    drops = [Drop(1, True, True), Drop(2, True, False), Drop(3, True, True), Drop(7, True, False)]
    assert body(drops) == {"sealed": [[1, 3], [7, 7]], "views": [[1, 1], [3, 3]]}
