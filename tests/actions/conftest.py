"""Databases with an outbox: a SQLite file, and a PostgreSQL that a wheel brings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, make_url
from tests.actions.receiverkit import Receiver, create, new_database, opened

from amity.actions.database import Database


@pytest.fixture
def database(tmp_path) -> Iterator[Database]:
    with opened(new_database(tmp_path)) as found:
        yield found


@pytest.fixture(scope="session")
def outbox_url(postgres) -> str:
    """The URL of a database with an outbox; no test of this folder needs it to survive a crash."""
    run(named(postgres.get_uri()), "CREATE DATABASE outbox")
    name = named(postgres.get_uri("outbox"))
    create(name)
    return name


def named(uri: str) -> str:
    return make_url(uri).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def run(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request, tmp_path) -> Iterator[Database]:
    """An empty outbox in each of the two kinds of database."""
    name = str(new_database(tmp_path))
    if request.param == "postgresql":
        name = request.getfixturevalue("outbox_url")
        run(name, "TRUNCATE outbox")
    with opened(name) as found:
        yield found


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().running() as running:
        yield running
