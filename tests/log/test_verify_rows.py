"""What the database makes of findings is what we would make of them, to the byte."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert

from amity.log.canonical import canonical, parsed
from amity.log.store import Store, open_store
from amity.log.tables import findings
from amity.log.verify_rows import Span

# No character 0, which rows never have, and none that is half of one.
words = st.text(st.characters(exclude_categories=["Cs"], min_codepoint=1), max_size=8)


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    store = open_store(tmp_path_factory.mktemp("rows") / "log.db")
    yield store
    store.close()


def span_of(connection: Connection, weights: list[float], text: str = "") -> Span:
    row = dict.fromkeys(("policy", "rule", "state", "severity", "agent_id", "team", "text"), text)
    rows = [
        {**row, "seq": 1, "number": number, "weight": weight, "turn": -1}
        for number, weight in enumerate(weights)
    ]
    connection.execute(insert(findings), rows)
    return Span(connection, 1, 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(words)
@example('\x01\x08\t\n\x0c\r\x1f\x7f"\\/\u2028\U0001f600é')
def test_words_are_written_as_canonical_json_whatever_is_in_them(store, text):
    with store.connect() as connection, connection.begin() as transaction:
        span = span_of(connection, [1.0, 2.0], text)
        found = span.findings[1]
        assert span.found[1][1] == canonical([row[:-1] for row in found])
        assert span.found[1][2] == canonical([row[-1] for row in found])
        transaction.rollback()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=3))
@example([0.1, 1.2])
@example([math.nextafter(3.0, 4.0)])
@example([2.0**60 + 256])
@example([1e22, 5e-324])
def test_weights_that_are_said_to_be_exact_are(store, weights):
    with store.connect() as connection, connection.begin() as transaction:
        _, rows, _, is_exact = span_of(connection, weights).found[1]
        if is_exact:
            assert [row[5] for row in parsed(b'{"rows":%b}' % rows)["rows"]] == weights
        transaction.rollback()


def test_usual_weights_are_exact(store):
    with store.connect() as connection, connection.begin() as transaction:
        weights = [0.0, 0.1, 0.25, 0.5, 1.0, 1.2, 1.5, 2.0, 3.0, 10.0, 99.9]
        assert span_of(connection, weights).found[1][3] == 1
        transaction.rollback()
