"""Statements for the driver: many rows, and look-ups of any number of values."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from amity.log.bulk import MOST_ROWS, THESE, first_row, insert_rows, look_up
from amity.log.tables import about

NAMES = select(about.c.name, about.c.value).where(about.c.name.in_(THESE))


@pytest.fixture
def connection(url, opened):
    store = opened(url).store
    connection = store.connect()
    connection.begin()
    yield connection
    connection.rollback()
    connection.close()


@pytest.mark.parametrize("count", [0, 1, MOST_ROWS, 2 * MOST_ROWS + 5])
def test_every_row_is_inserted_however_many_there_are(connection, count):
    rows = [{"name": f"n{number}", "value": "v"} for number in range(count)]
    insert_rows(connection, about, rows)
    names = [row["name"] for row in rows]
    assert sorted(map(tuple, look_up(connection, NAMES, names))) == sorted((n, "v") for n in names)


def test_a_look_up_gives_each_row_once_whatever_is_asked_for(connection):
    insert_rows(connection, about, [{"name": name, "value": name} for name in "abc"])
    found = look_up(connection, NAMES, ["b", "not there", "c"])
    assert sorted(map(tuple, found)) == [("b", "b"), ("c", "c")]


def test_the_first_row_is_none_where_there_is_none(connection):
    assert first_row(connection, select(about.c.name).where(about.c.name == "none")) is None
