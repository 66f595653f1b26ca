"""A log of each kind: a SQLite file, and a database of a real PostgreSQL that a wheel brings."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.log.logkit import PlainForms

from amity.log.log import DecisionLog, open_log

_numbers = itertools.count(1)


@pytest.fixture
def database(postgres) -> Iterator[str]:
    """The address of an empty database."""
    name = f"log_{next(_numbers)}"
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield postgres.get_uri(name)
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new log can be: once in each kind of store."""
    if request.param == "sqlite":
        return str(tmp_path / "log.db")
    return request.getfixturevalue("database")


@pytest.fixture
def opened() -> Iterator[Callable[..., DecisionLog]]:
    """Opens logs, and closes them after the test."""
    with ExitStack() as stack:

        def open_one(url: str | Path, **options: Any) -> DecisionLog:
            return stack.enter_context(open_log(url, PlainForms(), **options))

        yield open_one
