"""Scorecards as messages, and what a request for one asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from amity.decision import Verdict
from amity.errors import BadConversation
from amity.problems import RequestProblems, quoted
from amity.reports.card import (
    MOST_PARTS,
    Bucket,
    Counts,
    Dimension,
    Measure,
    ModuleCard,
    RuleCard,
    Scorecard,
    Subject,
)
from amity.reports.intervals import CONFIDENCE, Change, Direction, Rate
from amity.reports.moments import Moment
from amity.reports.period import Period
from amity.service.wire_decision import STATES, VERDICTS
from amity.service.wire_json import message_json
from amity.v1 import scorecard_pb2

__all__ = ["ScorecardAsked", "scorecard_asked", "scorecard_json", "scorecard_to_wire"]

MOST_MOMENTS = 20
MOST_DAYS = 3660
MOST_ASKED_PARTS = 1000
_SUBJECTS = {
    "agent": Dimension.AGENT,
    "team": Dimension.TEAM,
    "customer_ref": Dimension.CUSTOMER,
    "channel": Dimension.CHANNEL,
}
_PARTS: Mapping[scorecard_pb2.ScorecardPart.ValueType, Dimension] = MappingProxyType(
    {
        scorecard_pb2.SCORECARD_PART_TEAM: Dimension.TEAM,
        scorecard_pb2.SCORECARD_PART_AGENT: Dimension.AGENT,
        scorecard_pb2.SCORECARD_PART_CHANNEL: Dimension.CHANNEL,
    }
)
_DIRECTIONS: Mapping[Direction, scorecard_pb2.ChangeDirection.ValueType] = MappingProxyType(
    {
        direction: scorecard_pb2.ChangeDirection.Value(f"CHANGE_DIRECTION_{direction.name}")
        for direction in Direction
    }
)
# By policy, rule and state, as many as were asked for.
Moments = Mapping[tuple[str, str], Iterable[Moment]]


@dataclass(frozen=True, slots=True)
class ScorecardAsked:
    """What a request asks for; ``minimum`` is never under the server's own."""

    subject: Subject
    period: Period
    minimum: int
    by: Dimension | None
    policy: str
    moments: int
    most_parts: int = MOST_PARTS


def scorecard_asked(
    request: scorecard_pb2.GetScorecardRequest,
    minimum: int,
    customer_ref: Callable[[str], str] = lambda name: name,
) -> ScorecardAsked:
    """What *request* asks of a server that gives no rate under *minimum* opportunities.

    *customer_ref* gives what stands in the log for a customer's own id.

    Raises BadConversation with every bad field.
    """
    problems = RequestProblems()
    first = _day(request.first_day, "first_day", problems)
    last = _day(request.last_day, "last_day", problems)
    if first and last:
        _check_days(first, last, problems)
    if request.by not in {*_PARTS, scorecard_pb2.SCORECARD_PART_UNSPECIFIED}:
        problems.add("C182", "by", f"there is no part {request.by}", "use one of ScorecardPart")
    if not 0 <= request.moments <= MOST_MOMENTS:
        message = f"{request.moments} moments are not from 0 to {MOST_MOMENTS}"
        problems.add("C183", "moments", message, f"ask for {MOST_MOMENTS} at most")
    if not 0 <= request.most_parts <= MOST_ASKED_PARTS:
        message = f"{request.most_parts} parts are not from 0 to {MOST_ASKED_PARTS:,}"
        problems.add("C185", "most_parts", message, f"ask for {MOST_ASKED_PARTS:,} at most")
    if request.minimum < 0:
        problems.add("C184", "minimum", f"{request.minimum} is below 0", "leave it out")
    if problems or first is None or last is None:
        raise BadConversation("The scorecard cannot be made.", problems)
    return ScorecardAsked(
        _subject(request, customer_ref),
        Period(first, last),
        max(request.minimum, minimum),
        _PARTS.get(request.by),
        request.policy,
        request.moments,
        request.most_parts or MOST_PARTS,
    )


def _day(text: str, field: str, problems: RequestProblems) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fix = 'write it as "2026-03-01"'
        problems.add("C180", field, f"{quoted(text)} is no day" if text else "it is missing", fix)
        return None


def _check_days(first: date, last: date, problems: RequestProblems) -> None:
    if last < first:
        message = f"the period ends on {last}, before it begins on {first}"
        problems.add("C181", "last_day", message, "give the earlier day first")
    elif Period(first, last).days > MOST_DAYS:
        message = f"the period has {Period(first, last).days:,} days"
        problems.add("C181", "last_day", message, f"ask for {MOST_DAYS:,} days at most")
    elif first.toordinal() <= Period(first, last).days:
        problems.add("C181", "first_day", f"there is no time before {first}", "give a later day")


def _subject(
    request: scorecard_pb2.GetScorecardRequest, customer_ref: Callable[[str], str]
) -> Subject:
    name = request.WhichOneof("subject")
    if name == "customer_id":
        return Subject(Dimension.CUSTOMER, customer_ref(request.customer_id))
    return Subject(_SUBJECTS[name], getattr(request, name)) if name else Subject()


def scorecard_to_wire(
    card: Scorecard, moments: Moments = MappingProxyType({})
) -> scorecard_pb2.Scorecard:
    """*card* as a message, with the *moments* of each policy and rule."""
    sent = scorecard_pb2.Scorecard(
        period=_days(card.period),
        before=_days(card.period.before),
        minimum=card.minimum,
        confidence=CONFIDENCE,
        all=_measure(card.measure),
        modules=[_module(module, moments) for module in card.modules],
        conversations=card.conversations,
        open_conversations=card.open_conversations,
        conversations_before=card.conversations_before,
        policies_changed_since_before=card.has_other_policies,
        parts_left_out=card.parts_left_out,
        trend=[_bucket(bucket, card.minimum) for bucket in card.trend],
    )
    for count in card.verdicts:
        verdict = VERDICTS[Verdict(count.verdict)]
        sent.verdicts.add(verdict=verdict, conversations=count.conversations, before=count.before)
    for use in card.digests:
        sent.policy_digests.add(
            policy_digest=use.digest, days=_days(use.period), conversations=use.conversations
        )
    for part in card.parts:
        sent.parts.add(name=part.name, all=_measure(part.measure))
    return sent


def scorecard_json(card: Scorecard, moments: Moments = MappingProxyType({})) -> str:
    """The JSON of the reply that has *card* and *moments*."""
    reply = scorecard_pb2.GetScorecardResponse(scorecard=scorecard_to_wire(card, moments))
    return message_json(reply)


def _module(module: ModuleCard, moments: Moments) -> scorecard_pb2.ModuleScorecard:
    return scorecard_pb2.ModuleScorecard(
        policy=module.policy,
        title=module.title,
        all=_measure(module.measure),
        rules=[_rule(rule, moments) for rule in module.rules],
    )


def _rule(rule: RuleCard, moments: Moments) -> scorecard_pb2.RuleScorecard:
    found = moments.get((rule.policy, rule.rule), ())
    return scorecard_pb2.RuleScorecard(
        rule=rule.rule,
        title=rule.title,
        all=_measure(rule.measure),
        moments=[_moment(moment) for moment in found],
    )


def _moment(moment: Moment) -> scorecard_pb2.Moment:
    sent = scorecard_pb2.Moment(
        decision_id=moment.decision_id,
        conversation_id=moment.conversation_id,
        seq=moment.seq,
        number=moment.number,
        turn=moment.turn,
        reason=moment.reason,
        agent_id=moment.agent_id,
        state=STATES[moment.state],
        overturned=moment.is_overturned,
    )
    sent.at.FromMicroseconds(moment.at_us)
    return sent


def _measure(measure: Measure) -> scorecard_pb2.Measure:
    return scorecard_pb2.Measure(
        counts=_counts(measure.counts),
        rate=_rate(measure.rate),
        score=measure.score,
        before=_counts(measure.before),
        rate_before=_rate(measure.rate_before),
        change=_change(measure.change),
        trend=[_counts(counts) for counts in measure.trend],
    )


def _counts(counts: Counts) -> scorecard_pb2.Counts:
    return scorecard_pb2.Counts(
        shown=counts.shown,
        missed=counts.missed,
        abstained=counts.abstained,
        pending=counts.pending,
        overturned=counts.overturned,
    )


def _rate(rate: Rate | None) -> scorecard_pb2.Rate | None:
    if rate is None:
        return None
    return scorecard_pb2.Rate(value=rate.value, low=rate.low, high=rate.high)


def _change(change: Change | None) -> scorecard_pb2.Change | None:
    if change is None:
        return None
    return scorecard_pb2.Change(
        direction=_DIRECTIONS[change.direction],
        difference=change.difference,
        low=change.low,
        high=change.high,
    )


def _bucket(bucket: Bucket, minimum: int) -> scorecard_pb2.TrendBucket:
    return scorecard_pb2.TrendBucket(
        days=_days(bucket.period),
        counts=_counts(bucket.counts),
        rate=_rate(bucket.counts.rate(minimum)),
        policy_digests=bucket.digests,
        policies_changed=bucket.is_changed,
    )


def _days(period: Period) -> scorecard_pb2.DayRange:
    return scorecard_pb2.DayRange(first_day=str(period.first), last_day=str(period.last))
