"""The sums of weeks are those of their days, and are there for each week that is over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, func, select, update
from tests.log.logkit import entry, outcome

from amity.log import weekly
from amity.log.log import DecisionLog
from amity.log.tables import daily_totals, weekly_agents, weekly_channels, weekly_findings
from amity.log.verify import verify

DAY_US = 86_400_000_000
MONDAY = 20_513  # 2026-03-01 is a Sunday, and the day 20,513


class Clock:
    """A clock that stands at noon of a day until it is set."""

    def __init__(self) -> None:
        self.day = MONDAY

    def __call__(self) -> int:
        return self.day * DAY_US + DAY_US // 2


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(url: str, opened: Callable[..., DecisionLog], clock: Clock) -> DecisionLog:
    return opened(url, clock=clock)


def weeks(log: DecisionLog) -> list[int]:
    with log.read() as connection:
        return sorted(set(connection.scalars(select(weekly_agents.c.week))))


def shown(connection: Connection, table: object) -> int:
    return connection.scalar(select(func.coalesce(func.sum(table.c.shown), 0)))


def append(log: DecisionLog, number: int, conversation: str = "") -> None:
    log.append(entry(number, conversation_id=conversation)).result(30)


@pytest.mark.parametrize("day", range(20_512, 20_530))
def test_weeks_begin_with_a_monday(day):
    from datetime import date, timedelta

    monday = date(1970, 1, 1) + timedelta(weekly.week_of(day))
    assert monday.weekday() == 0
    assert 0 <= day - weekly.week_of(day) < 7


def test_a_week_has_no_sums_until_a_record_comes_after_it(log, clock):
    append(log, 0)
    append(log, 1)
    assert weeks(log) == []
    clock.day += 7
    append(log, 2)
    assert weeks(log) == [weekly.week_of(MONDAY)]


def test_the_first_record_after_a_week_need_not_be_a_decision(log, clock):
    append(log, 0, "c-1")
    clock.day += 7
    log.append(outcome("c-1")).result(30)
    assert weeks(log) == [weekly.week_of(MONDAY)]
    assert verify(log).is_good


def test_weeks_in_which_nothing_was_logged_have_no_sums(log, clock):
    append(log, 0)
    clock.day += 40
    append(log, 1)
    clock.day += 7
    append(log, 2)
    assert weeks(log) == [weekly.week_of(MONDAY), weekly.week_of(MONDAY + 40)]
    assert verify(log).is_good


def test_sums_of_weeks_are_those_of_their_days(log, clock):
    for number in range(12):
        clock.day = MONDAY + 3 * number
        append(log, number)
    before = weekly.week_of(clock.day)
    with log.read() as connection:
        days = daily_totals.c.day < before
        total = connection.scalar(select(func.sum(daily_totals.c.shown)).where(days))
        assert shown(connection, weekly_agents) == shown(connection, weekly_channels) == total > 0
        assert shown(connection, weekly_findings) == 2 * total
        assert not list(weekly.differences(connection))


def test_a_decision_that_is_judged_again_later_is_taken_out_of_its_week(log, clock):
    append(log, 0, "again")
    clock.day += 7
    append(log, 1)
    with log.read() as connection:
        assert shown(connection, weekly_agents) > 0
    append(log, 0, "again")
    with log.read() as connection:
        assert shown(connection, weekly_agents) == 0
    assert verify(log).is_good


def test_one_that_is_judged_again_by_the_first_record_of_a_new_week_counts_once(log, clock):
    append(log, 0, "again")
    clock.day += 7
    append(log, 0, "again")
    clock.day += 7
    append(log, 1)
    with log.read() as connection:
        assert shown(connection, weekly_agents) == shown(connection, weekly_channels) > 0
        assert not list(weekly.differences(connection))
    assert verify(log).is_good


@pytest.mark.parametrize("table", list(weekly.WEEKLY), ids=lambda table: table.name)
@pytest.mark.parametrize("deed", ["edited", "deleted"])
def test_verify_names_sums_of_weeks_that_were_changed(table, deed, log, clock):
    append(log, 0)
    clock.day += 7
    append(log, 1)

    def change(connection: Connection) -> None:
        connection.execute(update(table).values(missed=7) if deed == "edited" else table.delete())

    log.write(change).result(30)
    [flaw] = verify(log).flaws
    assert flaw.problem.code == "G220"
    assert table.name in flaw.problem.message
    log.write(weekly.recompute).result(30)
    assert verify(log).is_good
