"""How long lookups and scorecards take in a large log: prints milliseconds and plans; asserts nothing.

    python tools/fill_log.py big.db --decisions 1000000 --no-payloads
    python tools/bench_queries.py big.db [--rounds 9] [--plans]

Each line is of so many rounds on warm caches, each in a snapshot of its own as the service takes one:
by the clock, and by the processor of this process, which with SQLite is all there is and does not
depend on what else the machine does. "From the findings" counts the same numbers without the daily sums.
``--plans`` prints how the database goes about each statement instead.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, event, func, or_, select

from amity.evaluate.outcome import State
from amity.log.filter import Filter
from amity.log.log import LogReader, open_reader
from amity.log.query import list_decisions
from amity.log.tables import decisions, findings
from amity.reports.card import Dimension, Subject
from amity.reports.moments import Wanted, moments, moments_behind
from amity.reports.period import Period
from amity.reports.reading import of_subject
from amity.reports.scorecard import scorecard

Query = Callable[[Connection], Any]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whom to ask about: what has most in the log, and a customer of the usual kind."""

    decision_id: str
    conversation_id: str
    agent: str
    team: str
    channel: str
    customer: str
    policy: str
    rule: str
    week: Period
    month: Period


def chosen(connection: Connection) -> Chosen:
    last = connection.execute(select(decisions).order_by(decisions.c.seq.desc()).limit(1)).one()
    rule = (
        connection.execute(
            select(findings.c.policy, findings.c.rule)
            .where(findings.c.seq == last.seq - 7)
            .limit(1)
        ).first()
        or connection.execute(select(findings.c.policy, findings.c.rule).limit(1)).one()
    )
    last_day = Period.of_days(last.day, last.day + 1).last
    return Chosen(
        last.decision_id,
        last.conversation_id,
        "agent-000",
        "team-00",
        "chat",
        last.customer_ref,
        rule.policy,
        rule.rule,
        Period.ending(last_day, 7),
        Period.ending(last_day, 30),
    )


def lookups(on: Chosen, log_id: str) -> dict[str, Query]:
    d = decisions.c

    def listed(**wanted: str) -> Query:
        return lambda c: list_decisions(c, Filter(**wanted), log_id, page_size=50)

    return {
        "decision by id": lambda c: c.execute(
            select(decisions).where(d.decision_id == on.decision_id)
        ).all(),
        "a conversation's decisions": lambda c: c.execute(
            select(decisions).where(d.conversation_id == on.conversation_id)
        ).all(),
        "newest 50": listed(),
        "newest 50 of an agent": listed(agent_id=on.agent),
        "newest 50 of a team": listed(team=on.team),
        "newest 50 of a customer": listed(customer_ref=on.customer),
        "newest 50 of a channel": listed(channel=on.channel),
        "newest 50 moments of a rule": lambda c: moments(
            c, Wanted(Subject(), on.month, on.policy, on.rule, State.MISSED)
        ),
        "newest 50 moments of a rule, one agent": lambda c: moments(
            c,
            Wanted(Subject(Dimension.AGENT, on.agent), on.week, on.policy, on.rule, State.MISSED),
        ),
    }


def scorecards(on: Chosen) -> dict[str, Query]:
    def card(subject: Subject, period: Period, by: Dimension | None = None) -> Query:
        return lambda c: scorecard(c, subject, period, by=by)

    agent = Subject(Dimension.AGENT, on.agent)
    team = Subject(Dimension.TEAM, on.team)
    return {
        "an agent, 7 days": card(agent, on.week),
        "an agent, 30 days": card(agent, on.month),
        "a team, 30 days": card(team, on.month),
        "a team by agent, 30 days": card(team, on.month, Dimension.AGENT),
        "a channel, 30 days": card(Subject(Dimension.CHANNEL, on.channel), on.month),
        "all, 30 days": card(Subject(), on.month),
        "all by team, 30 days": card(Subject(), on.month, Dimension.TEAM),
        "a customer, 30 days": card(Subject(Dimension.CUSTOMER, on.customer), on.month),
        "an agent, 7 days, with 10 moments of each number": lambda c: moments_behind(
            c, scorecard(c, agent, on.week), 10
        ),
    }


def counts(on: Chosen) -> dict[str, Query]:
    """The same numbers as scorecards of those names, counted from the findings."""

    def counted(subject: Subject, period: Period, *by: Any) -> Query:
        key = [*by, decisions.c.day, findings.c.policy, findings.c.rule, findings.c.state]
        counts = or_(decisions.c.is_open.is_(False), findings.c.state == State.PENDING.value)
        days = decisions.c.at_us.between(period.before.start_us, period.end_us - 1)
        where = [*of_subject(subject), decisions.c.superseded_by.is_(None), counts, days]
        both = findings.join(decisions, decisions.c.seq == findings.c.seq)
        statement = select(*key, func.count(), func.sum(findings.c.weight)).select_from(both)
        return lambda c: c.execute(statement.where(*where).group_by(*key)).all()

    agent = Subject(Dimension.AGENT, on.agent)
    return {
        "an agent, 7 days": counted(agent, on.week),
        "a team, 30 days": counted(Subject(Dimension.TEAM, on.team), on.month),
        "all by team, 30 days": counted(Subject(), on.month, findings.c.team),
    }


def timed(reader: LogReader, query: Query, rounds: int) -> list[tuple[float, float]]:
    """Milliseconds of the clock and of the processor, of each round after one that warms the caches."""
    taken = []
    for _ in range(rounds + 1):
        with reader.read() as connection:
            start, cpu = time.perf_counter(), time.process_time()
            query(connection)
            used = time.process_time() - cpu
            taken.append(((time.perf_counter() - start) * 1000, used * 1000))
    return taken[1:]


def show(reader: LogReader, title: str, queries: dict[str, Query], rounds: int) -> dict[str, float]:
    """Print a table; the median of each line."""
    print(f"\n{title:50} {'median ms':>10} {'least ms':>10} {'CPU ms':>10}")
    medians = {}
    for name, query in queries.items():
        clock, cpu = zip(*timed(reader, query, rounds), strict=True)
        medians[name] = statistics.median(clock)
        numbers = (medians[name], min(clock), statistics.median(cpu))
        print(f"{name:50} " + " ".join(f"{number:10.2f}" for number in numbers), flush=True)
    return medians


def plans(reader: LogReader, queries: dict[str, Query]) -> None:
    """How the database goes about each statement of *queries*."""
    said: list[tuple[str, Any]] = []

    def keep(_conn: Any, _cursor: Any, text: str, values: Any, _context: Any, _many: bool) -> None:
        said.append((text, values))

    for name, query in queries.items():
        print(f"\n{name}")
        said.clear()
        with reader.read() as connection:
            explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
            event.listen(connection, "before_cursor_execute", keep)
            query(connection)
            event.remove(connection, "before_cursor_execute", keep)
            for text, values in said:
                for row in connection.exec_driver_sql(explain + text, values):
                    print(f"    {row[-1]}")
                print("    --")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("log")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--plans", action="store_true")
    given = parser.parse_args()
    with open_reader(given.log) as reader:
        with reader.read() as connection:
            on = chosen(connection)
            size = connection.scalar(select(func.max(decisions.c.seq)))
        looked, cards = lookups(on, reader.log_id), scorecards(on)
        if given.plans:
            plans(reader, looked | cards)
            return
        print(f"{size:,} decisions; {given.rounds} rounds, warm")
        show(reader, "Lookups", looked, given.rounds)
        medians = show(reader, "Scorecards", cards, given.rounds)
        slow = show(reader, "The same counts from the findings", counts(on), min(3, given.rounds))
        for name, taken in slow.items():
            print(f"{name}: from the sums {taken / medians[name]:,.1f} times as fast")


if __name__ == "__main__":
    main()
