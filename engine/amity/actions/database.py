"""The database that holds the outbox: short transactions, one writer at a time in SQLite."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from amity.errors import AmityError, Problem

__all__ = ["BadDatabase", "Database", "Transactions", "open_database"]

T = TypeVar("T")
BUSY_TIMEOUT_S = 10
_NAMES = "write postgresql://USER@HOST/DATABASE, or the name of a file"


class BadDatabase(AmityError):
    """A database cannot be opened, or has no outbox."""


class Transactions(Protocol):
    """What the outbox needs of a store. Its methods block, and any thread may call them."""

    def read(self) -> AbstractContextManager[Connection]:
        """A connection to read by, which waits for no writer."""
        ...

    def write(self, change: Callable[[Connection], T]) -> T:
        """Run *change* in a transaction of its own; what it gives is durable once it is given."""
        ...


class Database:
    """Transactions over an engine of SQLAlchemy; within one process, writes to SQLite take turns."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = threading.Lock()
        self._is_sqlite = engine.dialect.name == "sqlite"
        if self._is_sqlite:
            event.listen(engine, "connect", _set_up_sqlite)

    @contextmanager
    def read(self):  # type: ignore[no-untyped-def]  # the protocol has the type
        """A connection whose changes are rolled back."""
        with self._engine.connect() as connection:
            yield connection

    def write(self, change: Callable[[Connection], T]) -> T:
        """Run *change* and commit."""
        if not self._is_sqlite:
            with self._engine.begin() as connection:
                return change(connection)
        with self._turn, self._engine.connect() as connection:
            # A transaction that begins by reading cannot wait for the lock when it comes to write.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            given = change(connection)
            connection.commit()
            return given

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _set_up_sqlite(connection: object, _record: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # we say BEGIN ourselves
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_S * 1000}", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def open_database(name: str) -> Database:
    """The database *name*, a URL (postgresql://…, sqlite:///…) or the file of a SQLite database.

    Raises BadDatabase if there is none, or none with an outbox.
    """
    url = _url(name)
    try:
        engine = create_engine(url, pool_pre_ping=True)
        has_outbox = inspect(engine).has_table("outbox")
    except ImportError as error:
        fix = "install the extra: pip install 'amity-engine[postgres]'"
        raise _bad(url, "there is no driver for PostgreSQL", fix) from error
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise _bad(
            url, f"it cannot be opened: {reason}", "check the name and the rights"
        ) from error
    if not has_outbox:
        raise _bad(url, "it has no outbox", "name the database of the decision log")
    return Database(engine)


def _url(name: str) -> URL:
    try:
        url = make_url(name) if "://" in name else URL.create("sqlite", database=name)
    except ArgumentError as error:
        raise _bad(name, "it is not the URL of a database", _NAMES) from error
    if url.drivername in {"postgresql", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in {"sqlite", "sqlite+pysqlite"}:
        raise _bad(url, "it is neither SQLite nor PostgreSQL", _NAMES)
    # SQLite would make the file.
    if not Path(url.database or "").is_file():
        raise _bad(url.database or name, "there is no such file", "name the file of the log")
    return url


def _bad(where: URL | str, message: str, fix: str) -> BadDatabase:
    shown = where.render_as_string(hide_password=True) if isinstance(where, URL) else where
    problem = Problem("A101", message, file=shown, fix=fix)
    return BadDatabase("The database cannot be used.", [problem])
