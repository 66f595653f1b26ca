"""Fill a new decision log with many decisions, as a year of work would: for measurements and demos.

    python tools/fill_log.py big.db --decisions 1000000 --no-payloads
    python tools/fill_log.py postgresql://user@host/database --decisions 100000

The decisions are those that the shipped policies make of the shipped cases, told again by other
people on other days: a few agents, teams, customers, channels and rules have most of them, agents
differ in skill, weekends are quiet, 3 in 100 conversations are judged while they go on and again at
their end, the policies change twice, and reviewers overturn a few findings. The log verifies. With
``--no-payloads`` the views are left out, which `amity log verify` then says of each; the rest is the same, in less time
and space.
"""

from __future__ import annotations

import argparse
import hashlib
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import zstandard
from log_templates import Template, templates
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from sqlalchemy import Connection, Table, func, insert, select, text

from amity.judge import open_judge
from amity.log import rollups, weekly
from amity.log.canonical import canonical, digest
from amity.log.chain import leaf_of, next_head, root_of
from amity.log.events import dispute_row
from amity.log.preparing import LEVEL
from amity.log.record import Kind
from amity.log.rows import DAY_US, FINDING_PROVED, PROVED, proof, words_proof
from amity.log.store import open_store
from amity.log.tables import (
    batches,
    decisions,
    dispute_steps,
    disputes,
    findings,
    payloads,
    records,
)
from amity.log.transaction import read_head, read_log_id

BATCH = 200  # records in one batch of the chain
FLUSH = 20_000  # decisions in one transaction
CHANNELS = {"chat": 0.5, "email": 0.25, "voice": 0.15, "messaging": 0.06, "social": 0.04}
# Decisions of each hour of the day and of each weekday, relative to one another.
HOURS = (1, 1, 1, 1, 2, 3, 6, 10, 16, 20, 20, 18, 16, 17, 18, 17, 15, 12, 9, 7, 5, 4, 3, 2)
WEEKDAYS = (12, 11, 10, 10, 10, 4, 3)
LIVE, LEFT_OPEN, OVERTURNED = 0.03, 0.002, 0.001
_PROVED = [list(decisions.c.keys()).index(name) for name in PROVED]
_FINDING_PROVED = [list(findings.c.keys()).index(name) for name in FINDING_PROVED]
_TEXT = list(findings.c.keys()).index("text")


@dataclass(frozen=True, slots=True)
class Plan:
    """Who did what when, a place in each array for each decision."""

    at_us: Any
    agents: Any
    customers: Any
    channels: Any
    templates: Any
    digests: Any
    finals: Mapping[int, int]  # a decision on a conversation that goes on: the one at its end


def zipf(chance: Any, choices: int, count: int, slope: float) -> Any:
    weights = 1 / np.arange(1, choices + 1) ** slope
    return chance.choice(choices, count, p=weights / weights.sum())


def planned(given: argparse.Namespace, known: Sequence[Template], chance: Any) -> Plan:
    count = given.decisions
    agents = zipf(chance, given.agents, count, 0.5)
    skill = chance.beta(6, 3, given.agents)
    chosen = chosen_templates(known, chance.random(count) < skill[agents], chance)
    at_us = times(given, chance)
    changes = np.searchsorted([0.35, 0.8], (at_us - at_us[0]) / max(1, at_us[-1] - at_us[0]))
    plan = Plan(
        at_us,
        agents,
        zipf(chance, max(1, count // 4), count, 0.6),
        chance.choice(list(CHANNELS), count, p=list(CHANNELS.values())),
        chosen,
        changes,
        {},
    )
    return with_live(plan, known, chance)


def chosen_templates(known: Sequence[Template], is_good: Any, chance: Any) -> Any:
    """A template for each decision, of those that went as well as it did; some are much more common."""
    closed = len(known) // 2
    chosen = np.empty(len(is_good), dtype=int)
    for good in (True, False):
        pool = np.array([i for i in range(closed) if known[i].is_good is good])
        where = np.flatnonzero(is_good == good)
        chosen[where] = pool[zipf(chance, len(pool), len(where), 0.8)]
    return chosen


def with_live(plan: Plan, known: Sequence[Template], chance: Any) -> Plan:
    """*plan* with some decisions on conversations that go on, most of which are judged again later."""
    count, closed = len(plan.agents), len(known) // 2
    finals: dict[int, int] = {}
    taken: set[int] = set()
    for early in map(int, np.flatnonzero(chance.random(count) < LIVE + LEFT_OPEN)):
        if early in taken:
            continue
        plan.templates[early] %= closed
        plan.templates[early] += closed
        final = early + 1 + int(chance.integers(500))
        is_left = chance.random() < LEFT_OPEN / (LIVE + LEFT_OPEN)
        if final >= count or is_left or final in taken or plan.templates[final] >= closed:
            continue
        finals[early] = final
        taken.add(final)
        for column in (plan.agents, plan.customers, plan.channels):
            column[final] = column[early]
        plan.templates[final] = plan.templates[early] - closed
    return replace(plan, finals=finals)


def times(given: argparse.Namespace, chance: Any) -> Any:
    """Microseconds since 1970, in their order, as busy as working hours are."""
    first = given.last_day - timedelta(days=given.days - 1)
    starts = [
        datetime.combine(first + timedelta(days=day), datetime.min.time(), UTC)
        for day in range(given.days)
    ]
    weights = np.outer([WEEKDAYS[start.weekday()] for start in starts], HOURS).ravel()
    hours = chance.choice(len(weights), given.decisions, p=weights / weights.sum())
    begin_us = int(starts[0].timestamp()) * 1_000_000
    return np.sort(
        begin_us + hours * 3_600_000_000 + chance.integers(3_600_000_000, size=len(hours))
    )


class Filler:
    """Writes a plan into a log that is empty."""

    def __init__(
        self,
        connection: Connection,
        plan: Plan,
        known: Sequence[Template],
        given: argparse.Namespace,
    ) -> None:
        self._connection = connection
        self._plan, self._known, self._given = plan, known, given
        self._log_id = read_log_id(connection)
        self._head = read_head(connection, self._log_id)
        self._first_of = {final: early for early, final in plan.finals.items()}
        self._pack = zstandard.ZstdCompressor(level=LEVEL).compress
        self._digests = [f"sha256:{hashlib.sha256(b'%d' % n).hexdigest()}" for n in range(3)]

    def fill(self, first: int, last: int) -> None:
        """Write the decisions from *first* up to *last*, in batches of the chain."""
        made: dict[Table, list[Sequence[Any]]] = {
            table: [] for table in (records, batches, payloads, decisions, findings)
        }
        for start in range(first, last, BATCH):
            leaves = [self._decision(i, made) for i in range(start, min(start + BATCH, last))]
            self._close(leaves, made)
        for table, rows in made.items():
            write(self._connection, table, rows)

    def _close(self, leaves: Sequence[bytes], made: dict[Table, list[Sequence[Any]]]) -> None:
        root, first = root_of(leaves), self._head.seq + 1
        self._head = next_head(self._head, root, self._head.seq + len(leaves))
        made[batches].append((self._head.number, first, self._head.seq, root, self._head.digest))

    def _decision(self, index: int, made: dict[Table, list[Sequence[Any]]]) -> bytes:
        seq, at_us = index + 1, int(self._plan.at_us[index])
        known = self._known[self._plan.templates[index]]
        values = self._values(index)
        # Without payloads there is nothing to hash; a log that is only measured need not have it.
        packed = (
            self._pack(known.view.filled(values | {"channel": values["channel"].upper()}))
            if self._given.payloads
            else None
        )
        salt = secrets.token_bytes(16)
        decision = known.decision.filled(values)
        found = [blank.filled(values) for blank in known.findings]
        texts = [row[_TEXT] for row in found]
        shown = [[row[place] for place in _FINDING_PROVED] for row in found]
        header = canonical(
            {
                "kind": Kind.DECISION.value,
                "durability": "durable",
                "viewSha256": digest(salt + (packed or b"")).hex(),
                "rowsSha256": proof([decision[place] for place in _PROVED], shown).hex(),
                "wordsSha256": words_proof(salt, values["customer"], "", texts).hex(),
                "seq": seq,
                "atUs": at_us,
                "log": self._log_id,
            }
        )
        leaf = leaf_of(header)
        made[records].append((seq, Kind.DECISION.value, at_us, self._head.number + 1, header, leaf))
        made[payloads].append((seq, salt, packed, None, None))
        made[decisions].append(decision)
        made[findings] += found
        return leaf

    def _values(self, index: int) -> dict[str, Any]:
        plan, final = self._plan, self._plan.finals.get(index)
        agent, at_us = int(plan.agents[index]), int(plan.at_us[index])
        return {
            "seq": index + 1,
            "at_us": at_us,
            "day": at_us // DAY_US,
            "superseded_by": None if final is None else final + 1,
            "conversation": f"conversation-{self._first_of.get(index, index):08}",
            "decision": hashlib.sha256(b"%d" % index).hexdigest()[:32],
            "agent": f"agent-{agent:03}",
            "team": f"team-{agent % self._given.teams:02}",
            "customer": hashlib.sha256(b"c%d" % plan.customers[index]).hexdigest()[:32],
            "digest": self._digests[plan.digests[index]],
            "channel": str(plan.channels[index]),
        }

    def overturn(self, chance: Any) -> None:
        """Reviewers overturn a few findings, and uphold as many, after the last decision."""
        connection, at_us = self._connection, int(self._plan.at_us[-1])
        seqs = np.unique(
            chance.integers(1, self._head.seq + 1, int(self._head.seq * OVERTURNED * 2))
        )
        leaves, rows = [], []
        for place, seq in enumerate(seqs):
            chosen = select(findings).where(findings.c.seq == int(seq)).limit(1)
            if (finding := connection.execute(chosen).first()) is None:
                continue
            body = {
                "disputeId": f"dispute-{seq:08}",
                "seq": int(seq),
                "number": finding.number,
                "state": ("overturned", "upheld")[place % 2],
                "policy": finding.policy,
                "rule": finding.rule,
            }
            own = self._head.seq + len(leaves) + 1
            header = canonical(
                {
                    "kind": Kind.DISPUTE.value,
                    "body": body,
                    "seq": own,
                    "atUs": at_us,
                    "log": self._log_id,
                }
            )
            leaves.append(leaf_of(header))
            rows.append((own, Kind.DISPUTE.value, at_us, self._head.number + 1, header, leaves[-1]))
            connection.execute(insert(disputes), dispute_row(own, at_us, body))
            step = {"dispute_id": body["disputeId"], "seq": own}
            connection.execute(insert(dispute_steps), step)
        if leaves:
            made: dict[Table, list[Sequence[Any]]] = {records: rows, batches: []}
            self._close(leaves, made)
            for table, its in made.items():
                write(connection, table, its)


def write(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """Write whole rows by the fastest way of the driver."""
    raw = connection.connection.driver_connection
    names = ", ".join(column.name for column in table.columns)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" for _ in table.columns)
        raw.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608
        return
    with raw.cursor().copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for each in rows:
            copy.write_row(each)


def steps(given: argparse.Namespace, connection: Connection) -> Iterator[tuple[str, int, int]]:
    """Fill the log behind *connection*; says what is done, and how far it is."""
    chance = np.random.default_rng(given.seed)
    if connection.dialect.name == "sqlite":
        # A generator may start again; a log may not, and keeps its own settings.
        for pragma in ("synchronous = OFF", "cache_size = -400000"):
            connection.connection.driver_connection.execute(f"PRAGMA {pragma}")
    with connection.begin():
        if connection.scalar(select(func.count()).select_from(records)):
            raise SystemExit("There are records in this log already; give the path of a new one.")
    yield "Judging the shipped cases", 0, 0
    known = templates(open_judge())
    yield "Planning who does what when", 0, 0
    plan = planned(given, known, chance)
    indexes = [index for table in (decisions, findings) for index in table.indexes]
    with connection.begin():
        for index in indexes:
            index.drop(connection)
        filler = Filler(connection, plan, known, given)
    for first in range(0, given.decisions, FLUSH):
        yield "Writing decisions", first, given.decisions
        with connection.begin():
            filler.fill(first, min(first + FLUSH, given.decisions))
    for place, index in enumerate(indexes):
        yield f"Making the index {index.name}", place, len(indexes)
        with connection.begin():
            index.create(connection)
    yield "Counting the sums of days and weeks", 0, 0
    with connection.begin():
        rollups.recompute(connection)
        filler.overturn(chance)
        weekly.recompute(connection)
    if connection.dialect.name == "postgresql":
        # A server does so by itself in time; a SQLite file has no such statistics in real use.
        yield "Telling the database what it has", 0, 0
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


def told(given: argparse.Namespace, doing: Iterable[tuple[str, int, int]]) -> None:
    """Show how far it is on a terminal, and a line for each step elsewhere."""
    console, last, start = Console(stderr=True), "", time.monotonic()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        for what, done, count in doing:
            bar.update(task, description=what, completed=done, total=count or None)
            if not console.is_terminal and what != last:
                print(f"{time.monotonic() - start:7.1f} s  {what}", flush=True)
            last = what
    took = time.monotonic() - start
    print(f"{given.decisions:,} decisions in {took:.1f} s: {given.decisions / took:,.0f} a second")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("log", help="a new SQLite file, or postgresql://user@host/database")
    parser.add_argument("--decisions", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--last-day", type=date.fromisoformat, default=datetime.now(UTC).date())
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--teams", type=int, default=12)
    parser.add_argument("--no-payloads", dest="payloads", action="store_false")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    given = arguments()
    store = open_store(given.log)
    try:
        with store.connect() as connection:
            told(given, steps(given, connection))
    finally:
        store.close()
