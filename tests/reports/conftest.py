"""Stores with the tables of the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, create_engine

from amity.log.tables import METADATA


@pytest.fixture(scope="session")
def sqlite() -> Iterator[Engine]:
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql(postgres: Any) -> Iterator[Engine]:
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE reports")
    address = postgres.get_uri("reports").replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(address)
    METADATA.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def connection() -> Iterator[Connection]:
    """An empty log of its own."""
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()
