"""The daily sums are what a count of the decisions and findings gives, whatever was appended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine, delete, insert, select, update

from amity.log import rollups
from amity.log.tables import (
    METADATA,
    daily_findings,
    daily_verdicts,
    decisions,
    findings,
    group_findings,
    group_verdicts,
)

# A conversation's id, whether it is open, and (state, weight, whose) of each finding.
Judged = tuple[int, bool, tuple[tuple[str, float, str], ...]]

FOUND = st.tuples(
    st.sampled_from(["shown", "missed", "abstained", "pending"]),
    st.sampled_from([0.1, 0.2, 1.0, 3.3, 1.0000005]),
    st.sampled_from(["amy", "bob", ""]),
)
JUDGED = st.tuples(st.integers(0, 4), st.booleans(), st.lists(FOUND, max_size=4).map(tuple))


@pytest.fixture(scope="module")
def sqlite() -> Iterator[Engine]:
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def postgresql(database: str) -> Iterator[Engine]:
    engine = create_engine(database.replace("postgresql://", "postgresql+psycopg://"))
    METADATA.create_all(engine)
    yield engine
    engine.dispose()


def rows_of(seq: int, judged: Judged) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    conversation, is_open, found = judged
    decision = {
        "seq": seq,
        "decision_id": f"d{seq}",
        "conversation_id": f"c{conversation}",
        "at_us": seq * 1_000_000,
        "day": 20_000 + seq // 3,
        "channel": ("chat", "email")[conversation % 2],
        "team": ("north", "")[conversation % 2],
        "agent_id": ("amy", "bob")[conversation % 2],
        "customer_ref": "",
        "verdict": ("clear", "coach")[seq % 2],
        "score": 0.5,
        "is_open": is_open,
        "policy_digest": f"sha256:{seq // 5}",
        "superseded_by": None,
    }
    return decision, [
        {
            "seq": seq,
            "number": number,
            "policy": "p",
            "rule": f"r{number % 2}",
            "state": state,
            "severity": "minor",
            "weight": weight,
            "turn": 0,
            "agent_id": who,
            "team": "north",
            "text": "",
        }
        for number, (state, weight, who) in enumerate(found)
    ]


class Rows(NamedTuple):
    decision: dict[str, Any]
    findings: list[dict[str, Any]]


def append(connection: Connection, first: int, batch: Sequence[Judged]) -> None:
    """One transaction as the writer does it: rows, supersession, sums."""
    current: dict[str, Rows] = {}
    old: list[Rows] = []
    for seq, judged in enumerate(batch, start=first):
        rows = Rows(*rows_of(seq, judged))
        conversation = rows.decision["conversation_id"]
        if conversation not in current:
            old += newest(connection, conversation)
        same = decisions.c.conversation_id == conversation
        stale = update(decisions).where(same, decisions.c.superseded_by.is_(None))
        connection.execute(stale.values(superseded_by=seq))
        connection.execute(insert(decisions), rows.decision)
        if rows.findings:
            connection.execute(insert(findings), rows.findings)
        current[conversation] = rows
    rollups.update(connection, list(current.values()), old)


def newest(connection: Connection, conversation: str) -> list[Rows]:
    same = decisions.c.conversation_id == conversation
    chosen = select(decisions).where(same, decisions.c.superseded_by.is_(None))
    return [
        Rows(dict(row), [dict(found) for found in findings_of(connection, row["seq"])])
        for row in connection.execute(chosen).mappings()
    ]


def findings_of(connection: Connection, seq: int) -> Sequence[Any]:
    return connection.execute(select(findings).where(findings.c.seq == seq)).mappings().all()


def append_all(connection: Connection, batches: Sequence[Sequence[Judged]]) -> None:
    seq = 1
    for batch in batches:
        append(connection, seq, batch)
        seq += len(batch)


def total(connection: Connection, table: Any, column: str, **where: Any) -> int:
    chosen = select(table.c[column])
    for name, value in where.items():
        chosen = chosen.where(table.c[name] == value)
    return sum(connection.scalars(chosen))


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_sums_are_what_counting_gives(engine: str, request: pytest.FixtureRequest):
    store: Engine = request.getfixturevalue(engine)

    @settings(max_examples=30 if engine == "postgresql" else 100)
    @given(st.lists(st.lists(JUDGED, min_size=1, max_size=5), max_size=6))
    def holds(batches: list[list[Judged]]) -> None:
        with store.connect() as connection:
            append_all(connection, batches)
            assert not list(rollups.differences(connection))
            connection.rollback()

    holds()


CLOSED: Judged = (0, False, (("shown", 1.0, "amy"), ("missed", 0.1, "amy")))
OPEN: Judged = (0, True, (("shown", 1.0, "amy"), ("pending", 1.0, "amy")))


@pytest.fixture
def connection(sqlite: Engine) -> Iterator[Connection]:
    with sqlite.connect() as connection:
        yield connection
        connection.rollback()


def test_an_open_conversation_counts_as_open_and_only_what_is_pending(connection):
    append_all(connection, [[OPEN]])
    assert total(connection, daily_findings, "shown") == 0
    assert total(connection, daily_findings, "pending") == 1
    assert total(connection, daily_verdicts, "decisions", verdict=rollups.OPEN) == 1


def test_a_conversation_judged_again_counts_once(connection):
    append_all(connection, [[OPEN], [CLOSED], [CLOSED]])
    assert total(connection, daily_findings, "shown") == 1
    assert total(connection, daily_findings, "pending") == 0
    assert total(connection, daily_verdicts, "decisions") == 1


def test_what_comes_and_goes_within_one_transaction_leaves_no_trace(connection):
    append_all(connection, [[OPEN, CLOSED]])
    assert total(connection, daily_findings, "pending") == 0
    assert total(connection, daily_verdicts, "decisions") == 1


def test_weights_add_up_exactly_in_millionths(connection):
    append_all(connection, [[(n, False, (("missed", 0.1, "amy"),))] for n in range(5)])
    assert total(connection, daily_findings, "weight_missed") == 500_000


@pytest.mark.parametrize("dimension", ["team", "channel"])
def test_groups_hold_the_same_as_the_detail(dimension, connection):
    append_all(connection, [[CLOSED, (1, False, CLOSED[2])], [(2, True, OPEN[2])]])
    for column in ("shown", "missed", "pending", "weight_shown"):
        grouped = total(connection, group_findings, column, dimension=dimension)
        assert grouped == total(connection, daily_findings, column)
    grouped = total(connection, group_verdicts, "decisions", dimension=dimension)
    assert grouped == total(connection, daily_verdicts, "decisions") == 3


def spoil(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(update(daily_findings).values(values))


def test_sums_that_were_edited_differ_and_are_put_right(connection):
    append_all(connection, [[CLOSED], [(1, False, CLOSED[2])]])
    spoil(connection, {"missed": 7})
    connection.execute(delete(group_verdicts))
    found = list(rollups.differences(connection))
    assert {each.table for each in found} == {
        "daily_findings",
        "daily_totals",
        "group_findings",
        "group_verdicts",
    }
    assert {each.row["missed"] for each in found if each.table == "daily_findings"} == {0, 1, 7}
    rollups.recompute(connection)
    assert not list(rollups.differences(connection))
    assert total(connection, daily_findings, "missed") == 2
