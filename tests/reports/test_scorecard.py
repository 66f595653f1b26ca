"""Scorecards say what a count of the findings says, and no more than the counts allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, Engine
from tests.reports.logkit import MONDAY, Rows, Told, mixture, overturn, write

from amity.reports import words
from amity.reports.card import Dimension, Subject, Titles
from amity.reports.intervals import Direction
from amity.reports.period import Period, day_of
from amity.reports.scorecard import scorecard

WEEK = Period.ending(MONDAY, 7)
ALL = Subject()
AMY = Subject(Dimension.AGENT, "amy")
SHOWN = ("p", "r", "shown")
MISSED = ("p", "r", "missed")
SUBJECTS = [
    ALL,
    AMY,
    Subject(Dimension.AGENT, "cy"),
    Subject(Dimension.AGENT, ""),
    Subject(Dimension.TEAM, "north"),
    Subject(Dimension.TEAM, "south"),
    Subject(Dimension.TEAM, ""),
    Subject(Dimension.CHANNEL, "chat"),
    Subject(Dimension.CUSTOMER, "k1"),
    Subject(Dimension.AGENT, "nobody"),
]
COLUMNS = {Dimension.AGENT: "agent_id", Dimension.TEAM: "team"}


def value(rows: Rows, finding: dict[str, object], dimension: Dimension) -> object:
    if dimension in COLUMNS:
        return finding[COLUMNS[dimension]]
    return rows.decision["customer_ref" if dimension is Dimension.CUSTOMER else "channel"]


def counted(
    written: Iterable[Rows], subject: Subject, period: Period, by: Dimension | None
) -> Counter[tuple[str, str, str, str]]:
    """(part, policy, rule, state) of every finding that counts, by looking at each."""
    found: Counter[tuple[str, str, str, str]] = Counter()
    for rows in written:
        is_current = rows.decision["superseded_by"] is None
        if not is_current or not period.start <= rows.decision["day"] < period.end:
            continue
        for finding in rows.findings:
            is_its = subject.dimension is None or (
                value(rows, finding, subject.dimension) == subject.name
            )
            if is_its and (not rows.decision["is_open"] or finding["state"] == "pending"):
                part = str(value(rows, finding, by)) if by else ""
                found[part, finding["policy"], finding["rule"], finding["state"]] += 1
    return found


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stored(request: pytest.FixtureRequest) -> Iterable[tuple[Connection, list[Rows]]]:
    store: Engine = request.getfixturevalue(request.param)
    with store.connect() as connection:
        yield connection, write(connection, mixture())
        connection.rollback()


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
@pytest.mark.parametrize("days", [1, 7, 20, 40])
def test_counts_of_rules_are_those_of_the_findings(subject, days, stored):
    connection, written = stored
    period = Period.ending(MONDAY, days)
    made = scorecard(connection, subject, period)
    for when, name in ((period, "counts"), (period.before, "before")):
        said = Counter(
            {
                ("", rule.policy, rule.rule, state): getattr(getattr(rule.measure, name), state)
                for module in made.modules
                for rule in module.rules
                for state in ("shown", "missed", "abstained", "pending")
            }
        )
        assert +said == counted(written, subject, when, None)


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
@pytest.mark.parametrize("by", [Dimension.AGENT, Dimension.TEAM, Dimension.CHANNEL])
def test_parts_are_those_of_the_findings_and_sum_to_the_whole(subject, by, stored):
    connection, written = stored
    made = scorecard(connection, subject, WEEK, by=by)
    expected: Counter[str] = Counter()
    for (part, *_, state), count in counted(written, subject, WEEK, by).items():
        expected[part] += count * (state == "missed")
    said = Counter({part.name: part.measure.counts.missed for part in made.parts})
    assert +said == +expected
    assert said.total() == made.measure.counts.missed
    assert made.measure == scorecard(connection, subject, WEEK).measure


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
@pytest.mark.parametrize("days", [7, 40])
def test_of_many_parts_the_largest_are_given_and_the_others_counted(subject, days, stored):
    connection, _ = stored
    period = Period.ending(MONDAY, days)
    every = scorecard(connection, subject, period, by=Dimension.AGENT)
    few = scorecard(connection, subject, period, by=Dimension.AGENT, most_parts=2)
    assert every.parts_left_out == 0
    assert few.parts == every.parts[:2]
    assert few.parts_left_out == max(0, len(every.parts) - 2)
    assert few.measure == every.measure
    is_told = any("Left out" in said for said in words.remarks(few))
    assert is_told is bool(few.parts_left_out)


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_conversations_are_counted_once_and_open_ones_apart(subject, stored):
    connection, written = stored
    if subject.dimension in COLUMNS or subject.dimension is None:
        column = COLUMNS.get(subject.dimension, "") if subject.dimension else ""
    else:
        column = "customer_ref" if subject.dimension is Dimension.CUSTOMER else "channel"
    its = [
        rows.decision
        for rows in written
        if rows.decision["superseded_by"] is None
        and WEEK.start <= rows.decision["day"] < WEEK.end
        and (not column or rows.decision[column] == subject.name)
    ]
    made = scorecard(connection, subject, WEEK)
    assert made.conversations == sum(not row["is_open"] for row in its)
    assert made.open_conversations == sum(row["is_open"] for row in its)
    verdicts = Counter(row["verdict"] for row in its if not row["is_open"])
    assert +Counter({v.verdict: v.conversations for v in made.verdicts}) == verdicts


@pytest.mark.parametrize("days", [7, 20, 38])
def test_each_day_or_week_of_the_trend_has_its_own_findings(days, stored):
    connection, written = stored
    made = scorecard(connection, ALL, Period.ending(MONDAY, days))
    for bucket in made.trend:
        its = counted(written, ALL, bucket.period, None)
        shown = sum(count for (*_, state), count in its.items() if state == "shown")
        assert bucket.counts.shown == shown
    assert sum(bucket.counts.shown for bucket in made.trend) == made.measure.counts.shown > 0
    assert made.trend[0].period.first == made.period.first
    assert made.trend[-1].period.last == made.period.last


def test_no_rate_is_given_for_fewer_than_the_minimum(connection):
    write(connection, [Told([SHOWN]) for _ in range(4)])
    few = scorecard(connection, AMY, WEEK).measure
    assert (few.counts.shown, few.rate, few.score, few.change) == (4, None, None, None)
    enough = scorecard(connection, AMY, WEEK, minimum=4).measure
    assert enough.rate is not None
    assert enough.rate.value == 1


def test_a_minimum_of_0_does_not_make_a_rate_of_nothing(connection):
    write(connection, [Told([("p", "r", "abstained")])])
    assert scorecard(connection, AMY, WEEK, minimum=0).measure.rate is None


def test_the_score_is_by_weight_and_the_rate_by_count(connection):
    told = [Told([SHOWN], weight=3.0) for _ in range(5)] + [Told([MISSED]) for _ in range(5)]
    write(connection, told)
    measure = scorecard(connection, AMY, WEEK).measure
    assert measure.rate is not None
    assert (measure.rate.value, measure.score) == (0.5, 0.75)


def ago(days: int) -> date:
    return MONDAY - timedelta(days)


def test_a_change_is_compared_with_the_period_before(connection):
    before = [Told([SHOWN if n < 5 else MISSED], ago(8)) for n in range(40)]
    write(connection, before + [Told([SHOWN if n < 35 else MISSED]) for n in range(40)])
    [module] = scorecard(connection, AMY, WEEK).modules
    change = module.rules[0].measure.change
    assert change is not None
    assert change.direction is Direction.UP
    assert change.difference == 0.75


def test_nothing_is_compared_where_there_was_too_little_before(connection):
    write(connection, [Told([SHOWN], ago(8))] + [Told([SHOWN]) for _ in range(10)])
    made = scorecard(connection, AMY, WEEK)
    assert made.measure.change is None
    assert made.compared == 0


@pytest.mark.parametrize("subject", [ALL, AMY, Subject(Dimension.CUSTOMER, "k1")], ids=str)
def test_an_overturned_finding_is_taken_out_and_told(subject, connection):
    write(connection, [Told([MISSED], weight=2.0), Told([MISSED]), Told([SHOWN])])
    overturn(connection, 1, 0)
    overturn(connection, 2, 0, "upheld")
    counts = scorecard(connection, subject, WEEK).measure.counts
    assert (counts.missed, counts.overturned, counts.weight_missed) == (1, 1, 1_000_000)


def test_an_overturned_finding_that_was_judged_again_counts_nowhere(connection):
    write(connection, [Told([MISSED], conversation="c"), Told([SHOWN], conversation="c")])
    overturn(connection, 1, 0)
    counts = scorecard(connection, ALL, WEEK).measure.counts
    assert (counts.shown, counts.missed, counts.overturned) == (1, 0, 0)


def test_a_change_of_policies_is_marked_where_it_happens(connection):
    told = [Told([SHOWN], ago(day), digest="one" if day > 2 else "two") for day in (0, 2, 4, 6)]
    told.append(Told([SHOWN], ago(2), digest="one"))
    write(connection, told)
    made = scorecard(connection, ALL, WEEK)
    assert [bucket.period.first for bucket in made.trend if bucket.is_changed] == [ago(2)]
    assert [use.digest for use in made.digests] == ["one", "two"]
    assert made.digests[1].period == Period(ago(2), MONDAY)
    assert not made.has_other_policies


def test_a_period_before_under_other_policies_is_told(connection):
    write(connection, [Told([SHOWN], ago(9), digest="one"), Told([SHOWN], digest="two")])
    assert scorecard(connection, ALL, WEEK).has_other_policies


def test_rules_are_called_by_their_titles_in_the_order_of_the_policy(connection):
    write(connection, [Told([("p", "a", "shown"), ("p", "b", "shown"), ("p", "gone", "shown")])])
    titles = Titles({"p": "Care"}, {("p", "b"): "Bee", ("p", "a"): "Ay"})
    [module] = scorecard(connection, ALL, WEEK, titles=titles).modules
    assert module.title == "Care"
    assert [rule.title for rule in module.rules] == ["Bee", "Ay", "gone"]


def test_only_one_policy_on_request(connection):
    write(connection, [Told([("p", "a", "shown"), ("q", "b", "missed")])])
    made = scorecard(connection, ALL, WEEK, policy="q")
    assert [module.policy for module in made.modules] == ["q"]
    assert made.measure.counts.shown == 0


def test_an_empty_log_has_an_empty_scorecard(connection):
    made = scorecard(connection, ALL, WEEK)
    assert made.modules == ()
    assert made.conversations == 0


def test_days_become_weeks_in_a_long_period():
    assert len(Period.ending(MONDAY, 31).buckets()) == 31
    weeks = Period.ending(MONDAY, 33).buckets()
    assert [week.days for week in weeks] == [4, 7, 7, 7, 7, 1]
    assert weeks[0].start == day_of(MONDAY) - 32
