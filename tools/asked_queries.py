"""What `bench_queries.py` asks a log: every kind of lookup and of scorecard, about people drawn by chance."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, func, select

from amity.log.filter import Filter
from amity.log.log import LogReader
from amity.log.page_token import Position, token_of
from amity.log.tables import decisions, findings
from amity.reports.card import MINIMUM, Dimension, Subject
from amity.reports.period import Period
from amity.service import wire_log
from amity.service.decisions import Decisions
from amity.service.wire_scorecard import ScorecardAsked, scorecard_to_wire
from amity.v1 import decision_service_pb2 as messages
from amity.v1 import scorecard_pb2

Ask = Callable[[int], bytes]
"""Asks for the so many-th time, about somebody else each time; the reply as it is sent."""
PAGE = 50
WEEK_US = 7 * 86_400_000_000
WORD = 14


@dataclass(frozen=True, slots=True)
class Drawn:
    """A decision that was drawn by chance, and one of its findings."""

    decision: Row[Any]
    finding: Row[Any]


class Service:
    """A log as the server's service reads it, asked about *count* decisions drawn by chance.

    Who has more decisions is drawn more often, and the busiest are told beside that.
    """

    def __init__(self, reader: LogReader, judges: Any, count: int) -> None:
        self.log_id = reader.log_id
        self._decisions = Decisions(reader, judges)  # type: ignore[arg-type] - nothing is written
        with reader.read() as connection:
            self.upper: int = connection.scalar(select(func.max(decisions.c.seq))) or 0
            self.last_day: int = connection.scalar(select(func.max(decisions.c.day))) or 0
            self.drawn = list(_drawn(connection, self.upper, count))

    def get(self, **by: Any) -> bytes:
        """A decision as `GetDecision` gives it."""
        found = wire_log.logged_to_wire(self._decisions.get(**by))
        return messages.GetDecisionResponse(decision=found).SerializeToString()

    def page(self, wanted: Filter, token: str = "", *, with_total: bool = False) -> bytes:
        """A page as `ListDecisions` gives it."""
        page = self._decisions.page(wanted, PAGE, token, with_total=with_total)
        return messages.ListDecisionsResponse(
            decisions=map(wire_log.summary_to_wire, page.decisions),
            next_page_token=page.next_token,
            total=page.total,
            total_is_least=page.is_total_least,
        ).SerializeToString()

    def card(self, asked: ScorecardAsked) -> bytes:
        """A scorecard as `GetScorecard` gives it."""
        card, moments = self._decisions.scorecard(asked)
        made = scorecard_to_wire(card, moments)
        return scorecard_pb2.GetScorecardResponse(scorecard=made).SerializeToString()

    def last_token(self, wanted: Filter) -> str:
        """The token of the last page of *wanted*; "" where the first is the last."""
        token, before = "", 2
        while before <= self.upper:
            tried = token_of(Position(self.upper, before), wanted.digest(), self.log_id)
            if self._decisions.page(wanted, PAGE, tried, with_total=False).next_token:
                break
            token, before = tried, before * 2
        return token


def _drawn(connection: Any, upper: int, count: int) -> Iterator[Drawn]:
    chance = random.Random(7)  # noqa: S311 - to be the same each time
    while count:
        seq = chance.randrange(1, upper + 1)
        row = connection.execute(select(decisions).where(decisions.c.seq == seq)).first()
        its = connection.execute(select(findings).where(findings.c.seq == seq)).all()
        if row is not None and row.agent_id and its:
            count -= 1
            yield Drawn(row, chance.choice(its))


def lookups(service: Service) -> dict[str, Ask]:
    """`GetDecision`, and the first page of lists by each filter and by pairs of them."""
    drawn = service.drawn

    def of(number: int) -> Drawn:
        return drawn[number % len(drawn)]

    asks: dict[str, Ask] = {
        "a decision by its record": lambda n: service.get(seq=of(n).decision.seq),
        "by its id": lambda n: service.get(decision_id=of(n).decision.decision_id),
        "by its conversation": lambda n: service.get(
            conversation_id=of(n).decision.conversation_id
        ),
    }
    return asks | {
        f"list: {name}": lambda n, wanted=wanted: service.page(wanted(of(n)))
        for name, wanted in FILTERS.items()
    }


def last_pages(service: Service) -> dict[str, Ask]:
    """The last page of the same lists, for a few of those drawn."""
    asks: dict[str, Ask] = {}
    for name, wanted in FILTERS.items():
        if name in LOOK_THROUGH:
            continue
        some = [wanted(each) for each in service.drawn[:5]]
        tokens = [(each, service.last_token(each)) for each in some]
        asks[f"last page: {name}"] = lambda n, tokens=tokens: service.page(*tokens[n % len(tokens)])
    return asks


def totals(service: Service) -> dict[str, Ask]:
    """Lists with the number of all that there are, which must be counted."""
    return {
        f"with the total: {name}": lambda n, name=name: service.page(
            FILTERS[name](service.drawn[n % len(service.drawn)]), with_total=True
        )
        for name in ("agent", "team", "rule, missed", "agent, rule, missed")
    }


def _since(drawn: Drawn) -> dict[str, int]:
    """The week up to the decision."""
    return {"since_us": drawn.decision.at_us - WEEK_US, "until_us": drawn.decision.at_us}


def _of_rule(drawn: Drawn, state: str = "missed") -> dict[str, str]:
    return {"policy": drawn.finding.policy, "rule": drawn.finding.rule, "state": state}


FILTERS: Mapping[str, Callable[[Drawn], Filter]] = {
    "everything": lambda _: Filter(),
    "time": lambda d: Filter(**_since(d)),
    "agent": lambda d: Filter(agent_id=d.decision.agent_id),
    "team": lambda d: Filter(team=d.decision.team),
    "customer": lambda d: Filter(customer_ref=d.decision.customer_ref),
    "channel": lambda d: Filter(channel=d.decision.channel),
    "verdict": lambda d: Filter(verdict=d.decision.verdict),
    "digest": lambda d: Filter(policy_digest=d.decision.policy_digest),
    "rule": lambda d: Filter(policy=d.finding.policy, rule=d.finding.rule),
    "rule, missed": lambda d: Filter(**_of_rule(d)),
    "missed": lambda _: Filter(state="missed"),
    "abstained": lambda _: Filter(state="abstained"),
    "pending": lambda _: Filter(state="pending"),
    "team, missed": lambda d: Filter(team=d.decision.team, state="missed"),
    "coach, missed": lambda _: Filter(verdict="coach", state="missed"),
    "agent, time": lambda d: Filter(agent_id=d.decision.agent_id, **_since(d)),
    "agent, verdict": lambda d: Filter(agent_id=d.decision.agent_id, verdict=d.decision.verdict),
    "agent, channel": lambda d: Filter(agent_id=d.decision.agent_id, channel=d.decision.channel),
    "agent, missed": lambda d: Filter(agent_id=d.finding.agent_id, state="missed"),
    "agent, rule, missed": lambda d: Filter(agent_id=d.finding.agent_id, **_of_rule(d)),
    "agent, rule, missed, time": lambda d: Filter(
        agent_id=d.finding.agent_id, **_of_rule(d), **_since(d)
    ),
    "team, verdict": lambda d: Filter(team=d.decision.team, verdict=d.decision.verdict),
    "team, intervene, time": lambda d: Filter(
        team=d.decision.team, verdict="intervene", **_since(d)
    ),
    "team, channel": lambda d: Filter(team=d.decision.team, channel=d.decision.channel),
    "team, rule, missed": lambda d: Filter(team=d.finding.team, **_of_rule(d)),
    "team, digest": lambda d: Filter(team=d.decision.team, policy_digest=d.decision.policy_digest),
    "channel, verdict": lambda d: Filter(channel=d.decision.channel, verdict=d.decision.verdict),
    "channel, rule, missed": lambda d: Filter(channel=d.decision.channel, **_of_rule(d)),
    "digest, verdict": lambda d: Filter(
        policy_digest=d.decision.policy_digest, verdict=d.decision.verdict
    ),
    "customer, rule, missed": lambda d: Filter(customer_ref=d.decision.customer_ref, **_of_rule(d)),
    "agent, only the newest": lambda d: Filter(agent_id=d.decision.agent_id, newest_only=True),
    "text": lambda d: Filter(text=d.finding.text[:WORD]),
    "text, rule": lambda d: replace(
        Filter(text=d.finding.text[:WORD]), policy=d.finding.policy, rule=d.finding.rule
    ),
    "text, agent": lambda d: Filter(text=d.finding.text[:WORD], agent_id=d.finding.agent_id),
    "text, time": lambda d: Filter(text=d.finding.text[:WORD], **_since(d)),
    "text that is nowhere": lambda _: Filter(text="no finding says this"),
}
"""Names of lists, and their filters about one that was drawn."""
LOOK_THROUGH = tuple(
    name
    for name in FILTERS
    if name.startswith("text") or name in {"missed", "team, missed", "coach, missed"}
)
"""Those that look through records, and of which a page can be short."""

SPANS: Mapping[str, int] = {"a month": 30, "a quarter": 91, "a year": 365}
CARDS: Mapping[str, tuple[Dimension | None, Dimension | None]] = {
    "an agent": (Dimension.AGENT, None),
    "a team": (Dimension.TEAM, None),
    "a team by agent": (Dimension.TEAM, Dimension.AGENT),
    "a customer": (Dimension.CUSTOMER, None),
    "a channel": (Dimension.CHANNEL, None),
    "everybody": (None, None),
    "everybody by team": (None, Dimension.TEAM),
    "everybody by channel": (None, Dimension.CHANNEL),
    "everybody by agent": (None, Dimension.AGENT),
    "an agent by channel": (Dimension.AGENT, Dimension.CHANNEL),
    "a team by channel": (Dimension.TEAM, Dimension.CHANNEL),
    "a channel by team": (Dimension.CHANNEL, Dimension.TEAM),
}


def scorecards(service: Service) -> dict[str, Ask]:
    """Each kind of scorecard over each span; each is compared with the span before."""
    last = Period.of_days(service.last_day, service.last_day + 1).last
    asks: dict[str, Ask] = {}
    for span, days in SPANS.items():
        period = Period.ending(last, days)
        for name, (dimension, by) in CARDS.items():
            asks[f"{name}, {span}"] = _card(service, dimension, by, period)
    asks["an agent, a month, of one policy"] = _card(
        service, Dimension.AGENT, None, Period.ending(last, 30), with_policy=True
    )
    asks["a team by agent, a month, of one policy"] = _card(
        service, Dimension.TEAM, Dimension.AGENT, Period.ending(last, 30), with_policy=True
    )
    asks["an agent, a week, with 10 moments of each number"] = _card(
        service, Dimension.AGENT, None, Period.ending(last, 7), moments=10
    )
    return asks


def _card(
    service: Service,
    dimension: Dimension | None,
    by: Dimension | None,
    period: Period,
    *,
    with_policy: bool = False,
    moments: int = 0,
) -> Ask:
    names: Sequence[str] = [_name(each, dimension) for each in service.drawn]

    def ask(number: int) -> bytes:
        place = number % len(names)
        policy = service.drawn[place].finding.policy if with_policy else ""
        subject = Subject(dimension, names[place]) if dimension else Subject()
        return service.card(ScorecardAsked(subject, period, MINIMUM, by, policy, moments))

    return ask


def _name(drawn: Drawn, dimension: Dimension | None) -> str:
    names = {
        Dimension.AGENT: drawn.decision.agent_id,
        Dimension.TEAM: drawn.decision.team,
        Dimension.CUSTOMER: drawn.decision.customer_ref,
        Dimension.CHANNEL: drawn.decision.channel,
    }
    return names[dimension] if dimension else ""
