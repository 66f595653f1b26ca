"""Waits and breakers."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from amity.actions.outbox import MAX_WAIT_S
from amity.actions.targets import Retries
from amity.actions.waiting import Breaker, BreakerState, retry_after_s, wait_s

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@given(st.integers(1, 10_000), st.floats(0, 1e9), st.integers())
def test_a_wait_is_doubled_up_to_the_limit_and_no_less_than_was_asked(attempt, asked, seed):
    wait = wait_s(Retries(12, 5, 600), attempt, asked, Random(seed))
    own = min(5 * 2 ** min(attempt - 1, 10), 600)
    assert min(max(own / 2, asked), MAX_WAIT_S) <= wait <= MAX_WAIT_S
    assert wait <= max(own, asked * 1.1)


def test_retry_after_may_be_a_date():
    assert retry_after_s("Thu, 01 Jan 2026 12:01:30 GMT", NOON) == 90
    assert retry_after_s("Thu, 01 Jan 2026 11:00:00 GMT", NOON) == 0


@given(st.text())
def test_nothing_in_retry_after_is_a_fault(value):
    assert 0 <= retry_after_s(value) <= MAX_WAIT_S


class Bench:
    """A breaker with a clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.breaker = Breaker(lambda: self.now, Random(1), first_rest_s=10)

    def ends(self, *downs: bool | None) -> BreakerState:
        for is_down in downs:
            self.breaker.begin()
            self.breaker.end(is_down=is_down)
        return self.breaker.state


def test_a_breaker_opens_after_five_failures_in_a_row_only():
    bench = Bench()
    assert bench.ends(True, True, True, True, False, True, True, True, True) is BreakerState.CLOSED
    assert bench.ends(True) is BreakerState.OPEN
    assert bench.breaker.room(8) == 0


def test_what_says_nothing_about_the_target_leaves_a_breaker_alone():
    bench = Bench()
    assert bench.ends(*[None] * 50) is BreakerState.CLOSED
    assert bench.ends(True, True, None, True, True, True) is BreakerState.OPEN


def test_a_half_open_breaker_lets_one_through_and_its_fate_decides():
    bench = Bench()
    bench.ends(*[True] * 5)
    bench.now += 10
    assert bench.breaker.state is BreakerState.HALF_OPEN
    bench.breaker.begin()
    assert bench.breaker.room(8) == 0
    bench.breaker.end(is_down=True)
    assert bench.breaker.state is BreakerState.OPEN
    bench.now += 10
    assert bench.breaker.state is BreakerState.OPEN
    bench.now += 10
    assert bench.ends(False) is BreakerState.CLOSED
    assert bench.breaker.room(8) == 8


def test_rests_grow_to_a_limit():
    bench = Bench()
    bench.ends(*[True] * 5)
    for _ in range(40):
        bench.now += 300
        assert bench.breaker.state is BreakerState.HALF_OPEN
        assert bench.ends(True) is BreakerState.OPEN


def test_what_was_under_way_when_it_opened_does_not_lengthen_the_rest():
    bench = Bench()
    for _ in range(9):
        bench.breaker.begin()
    for _ in range(9):
        bench.breaker.end(is_down=True)
    bench.now += 10
    assert bench.breaker.state is BreakerState.HALF_OPEN
