"""The moments behind a number are as many as the number says, and each is told once."""

from __future__ import annotations

import pytest
from sqlalchemy import insert
from tests.reports.logkit import MONDAY, Told, mixture, overturn, rows_of, write

from amity.evaluate.outcome import State
from amity.log.tables import decisions, findings
from amity.reports.card import Dimension, Subject
from amity.reports.moments import Moment, Wanted, moments
from amity.reports.period import Period
from amity.reports.scorecard import scorecard

WEEK = Period.ending(MONDAY, 7)
ALL = Subject()


def missed(subject: Subject = ALL, period: Period = WEEK) -> Wanted:
    return Wanted(subject, period, "p", "r", State.MISSED)


def paged(connection, wanted: Wanted, limit: int) -> list[Moment]:
    found, after = [], None
    while True:
        page = moments(connection, wanted, limit=limit, after=after)
        found += page.moments
        if page.after is None:
            return found
        after = page.after


@pytest.mark.parametrize(
    "subject",
    [
        ALL,
        Subject(Dimension.AGENT, "amy"),
        Subject(Dimension.TEAM, "south"),
        Subject(Dimension.CHANNEL, "email"),
        Subject(Dimension.CUSTOMER, "k2"),
    ],
    ids=str,
)
def test_there_are_as_many_as_the_scorecard_says(subject, connection):
    write(connection, mixture())
    period = Period.ending(MONDAY, 30)
    made = scorecard(connection, subject, period)
    for module in made.modules:
        for rule in module.rules:
            for state in (State.SHOWN, State.MISSED, State.ABSTAINED, State.PENDING):
                wanted = Wanted(subject, period, rule.policy, rule.rule, state)
                found = paged(connection, wanted, 7)
                assert len(found) == getattr(rule.measure.counts, state.value)
                assert len({(moment.seq, moment.number) for moment in found}) == len(found)
                assert found == sorted(found, key=lambda m: (m.seq, m.number), reverse=True)


def test_a_moment_leads_to_its_conversation_and_turn(connection):
    write(connection, [Told([("p", "other", "shown"), ("p", "r", "missed")])])
    [moment] = moments(connection, missed()).moments
    assert (moment.decision_id, moment.conversation_id) == ("d1", "c1")
    assert (moment.turn, moment.reason, moment.agent_id) == (1, "reason 1", "amy")


def test_pages_are_right_while_the_log_grows(connection):
    write(connection, [Told([("p", "r", "missed"), ("p", "r", "missed")]) for _ in range(5)])
    first = moments(connection, missed(), limit=3)
    late = rows_of(99, Told([("p", "r", "missed")], conversation="new"))
    connection.execute(insert(decisions), late.decision)
    connection.execute(insert(findings), late.findings)
    rest = moments(connection, missed(), limit=50, after=first.after)
    assert len(first.moments) + len(rest.moments) == 10
    assert not set(first.moments) & set(rest.moments)


def test_an_overturned_finding_is_marked(connection):
    write(connection, [Told([("p", "r", "missed"), ("p", "r", "missed")])])
    overturn(connection, 1, 1)
    found = moments(connection, missed()).moments
    assert [moment.is_overturned for moment in found] == [True, False]


def test_days_outside_the_period_have_no_moments(connection):
    write(connection, [Told([("p", "r", "missed")])])
    assert moments(connection, missed(period=WEEK.before)).moments == ()
