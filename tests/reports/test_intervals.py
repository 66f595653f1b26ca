"""Wilson's interval and Newcombe's, against published values and against what they promise."""

from __future__ import annotations

from math import comb

import pytest

from amity.reports.intervals import Direction, change, wilson


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_the_published_one(hits, count, low, high):
    rate = wilson(hits, count)
    assert (round(rate.low, 4), round(rate.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_the_interval_of_a_change_is_the_published_one(now, before, low, high):
    found = change(wilson(*before), wilson(*now))
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize("count", [1, 5, 40])
def test_bounds_never_leave_0_to_1_and_hold_the_share(count):
    for hits in range(count + 1):
        rate = wilson(hits, count)
        assert 0 <= rate.low <= rate.value <= rate.high <= 1


def test_about_19_in_20_intervals_hold_the_true_share():
    count, share = 40, 0.7
    held = sum(
        comb(count, hits) * share**hits * (1 - share) ** (count - hits)
        for hits in range(count + 1)
        if wilson(hits, count).low <= share <= wilson(hits, count).high
    )
    assert 0.93 < held < 0.97


def test_a_change_is_clear_only_beyond_its_interval():
    assert change(wilson(50, 100), wilson(80, 100)).direction is Direction.UP
    assert change(wilson(80, 100), wilson(50, 100)).direction is Direction.DOWN
    assert change(wilson(5, 10), wilson(7, 10)).direction is Direction.UNCLEAR
