"""Requests for scorecards are told every bad field, and scorecards lose nothing on the wire."""

from __future__ import annotations

from datetime import date

import pytest
from google.protobuf import json_format
from tests.reports.conftest import connection
from tests.reports.logkit import MONDAY, Told, mixture, write

from amity.errors import BadConversation
from amity.reports.card import Dimension, Subject
from amity.reports.moments import moments_behind
from amity.reports.period import Period
from amity.reports.scorecard import scorecard
from amity.service.wire_scorecard import scorecard_asked, scorecard_to_wire
from amity.v1 import decision_pb2, scorecard_pb2

__all__ = ["connection"]

DAYS = {"first_day": "2026-03-01", "last_day": "2026-03-07"}


def asked(**fields):
    return scorecard_asked(scorecard_pb2.GetScorecardRequest(**DAYS | fields), 5)


def problems(**fields) -> dict[str, str]:
    with pytest.raises(BadConversation) as caught:
        asked(**fields)
    return {problem.field: problem.code for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("field", "dimension"),
    [
        ("agent", Dimension.AGENT),
        ("team", Dimension.TEAM),
        ("customer_ref", Dimension.CUSTOMER),
        ("channel", Dimension.CHANNEL),
    ],
)
def test_each_subject_can_be_asked_for(field, dimension):
    assert asked(**{field: "x"}).subject == Subject(dimension, "x")
    # An empty name is the one that is not known, and not everybody.
    assert asked(**{field: ""}).subject == Subject(dimension, "")


def test_without_a_subject_all_are_counted():
    assert asked().subject == Subject()
    assert asked().period == Period(date(2026, 3, 1), date(2026, 3, 7))


def test_the_minimum_may_be_raised_and_never_lowered():
    assert asked(minimum=1).minimum == 5
    assert asked(minimum=30).minimum == 30


def test_every_bad_field_is_told():
    found = problems(
        first_day="", last_day="7 March", by=9, moments=21, minimum=-1, most_parts=1001
    )
    assert found == {
        "first_day": "C180",
        "last_day": "C180",
        "by": "C182",
        "moments": "C183",
        "minimum": "C184",
        "most_parts": "C185",
    }


@pytest.mark.parametrize(
    "days",
    [
        {"last_day": "2026-02-28"},
        {"first_day": "1990-01-01"},
        {"first_day": "0001-01-01", "last_day": "0001-01-02"},
    ],
)
def test_days_that_make_no_period_are_refused(days):
    assert "C181" in problems(**days).values()


def test_a_scorecard_loses_nothing_on_the_wire(connection):
    write(connection, mixture())
    period = Period.ending(MONDAY, 14)
    card = scorecard(connection, Subject(), period, minimum=1, by=Dimension.TEAM)
    sent = scorecard_to_wire(card, moments_behind(connection, card, 3))
    assert (sent.period.first_day, sent.before.last_day) == ("2026-02-17", "2026-02-16")
    assert [m.policy for m in sent.modules] == [m.policy for m in card.modules]
    assert sent.all.counts.missed == card.measure.counts.missed
    assert sent.all.rate.low == card.measure.rate.low
    assert sent.all.change.difference == card.measure.change.difference
    assert [part.name for part in sent.parts] == [part.name for part in card.parts]
    assert len(sent.trend) == 14
    rule = sent.modules[0].rules[0]
    states = [moment.state for moment in rule.moments]
    assert states.count(decision_pb2.STATE_MISSED) == min(3, rule.all.counts.missed)
    assert json_format.Parse(json_format.MessageToJson(sent), scorecard_pb2.Scorecard()) == sent


def test_what_is_not_known_is_absent_and_not_0(connection):
    write(connection, [Told([("p", "r", "shown")])])
    sent = scorecard_to_wire(scorecard(connection, Subject(), Period.ending(MONDAY, 7)))
    assert not sent.all.HasField("rate")
    assert not sent.all.HasField("score")
    assert not sent.all.HasField("change")
