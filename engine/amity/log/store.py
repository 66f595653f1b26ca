"""Where the log is kept: a SQLite file, or a PostgreSQL database."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from amity.log.errors import LogRefused, LogUnavailable, fault_of, refused
from amity.log.schema import REVISIONS, migrate, revision_of

__all__ = ["Store", "open_store"]

# Held to the end of a transaction by whoever appends, so that the servers that share one
# PostgreSQL log take turns.
WRITERS_LOCK = 0x616D_6974_795F_6C67
DEFAULT_BUSY_S = 5.0
# Those of amity.log.bulk, of which there is one for each number of rows.
STATEMENTS = 512


class Store:
    """A database that has the log's tables. Close it to let go of the file."""

    def __init__(self, url: URL, *, busy_s: float, is_writable: bool, is_guest: bool) -> None:
        self.url = url
        self._lock: IO[str] | None = None
        self._glancing = threading.Lock()
        self._glance: Connection | None = None
        self._is_closed = False
        is_file = self._is_file = url.get_backend_name() == "sqlite"
        if is_file and is_writable and not is_guest:
            self._lock = _hold(Path(str(url.database)))
        try:
            self._writing = _sqlite(url, busy_s, "IMMEDIATE") if is_file else _postgres(url)
            self._reading = (
                _sqlite(url, busy_s, "DEFERRED", is_read_only=True)
                if is_file
                else _postgres_reading(url)
            )
            self._prepare(is_writable=is_writable and not is_guest)
        except BaseException:
            self.close()
            raise

    @property
    def is_postgres(self) -> bool:
        """Whether several servers may append to it."""
        return self.url.get_backend_name() == "postgresql"

    def connect(self) -> Connection:
        """A connection for the writer. Its transaction has the right to append from the start."""
        return self._writing.connect()

    def take_turn(self, connection: Connection) -> None:
        """Wait until no other server appends; the turn ends with the transaction."""
        if self.is_postgres:
            connection.execute(TURN, {"lock": WRITERS_LOCK})

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot of the log: it never changes while it is open, nor shows half a transaction."""
        try:
            with self._reading.connect() as connection, connection.begin():
                yield connection
        except (DBAPIError, sqlite3.Error) as error:
            raise fault_of(error) or error from error

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """A connection for one look-up, which sees what is committed by then.

        In a SQLite file it costs a tenth of a snapshot.
        """
        if not self._is_file or self._is_closed:
            with self.read() as connection:
                yield connection
            return
        try:
            with self._glancing:
                self._glance = self._glance or self._reading.connect()
                yield self._glance
        except (DBAPIError, sqlite3.Error) as error:
            raise fault_of(error) or error from error

    def wipe(self, connection: Connection) -> None:
        """See that nothing that was deleted from a SQLite file is left in it or beside it."""
        if self._is_file:
            connection.rollback()
            raw: Any = connection.connection.driver_connection
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of connections and of the file."""
        with self._glancing:
            self._is_closed = True
            if self._glance is not None:
                self._glance.close()
                self._glance = None
        for name in ("_writing", "_reading"):
            if (engine := getattr(self, name, None)) is not None:
                engine.dispose()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _prepare(self, *, is_writable: bool) -> None:
        try:
            if is_writable:
                with self._writing.connect() as connection, connection.begin():
                    self.take_turn(connection)
                    migrate(connection)
                return
            with self.read() as connection:
                found = revision_of(connection)
        except (SQLAlchemyError, sqlite3.Error, LogUnavailable) as error:
            fault = fault_of(error)
            if fault is not None and fault.problems[0].code in {"G104", "G111", "G114"}:
                raise LogRefused(
                    "The decision log cannot be opened.",
                    [replace(problem, file=self.name) for problem in fault.problems],
                ) from error
            message = fault.problems[0].message if fault else str(error).splitlines()[0]
            fix = "see that it is there, and that this user may write to it"
            raise refused("G101", message, file=self.name, fix=fix) from error
        if found != REVISIONS[-1]:
            message = "there is no decision log" if found is None else "its tables are older"
            fix = "give the log of a server of this version; a server brings older ones up to date"
            raise refused("G106", message, file=self.name, fix=fix)

    @property
    def name(self) -> str:
        """The file, or the address without its password."""
        if self.url.get_backend_name() == "sqlite":
            return str(self.url.database)
        return self.url.render_as_string(hide_password=True)


TURN = text("SELECT pg_advisory_xact_lock(:lock)")


def open_store(
    url: str | Path,
    *,
    busy_s: float = DEFAULT_BUSY_S,
    is_writable: bool = True,
    is_guest: bool = False,
) -> Store:
    """The store at *url*: the path of a SQLite file, ``sqlite:///…`` or ``postgresql://…``.

    A store to write to is made if it is not there, and an older one is brought up to date. One
    process at a time may write to a SQLite file. *busy_s* is how long to wait for another program
    that has the file locked. A guest writes now and then to a log that is there, beside its server
    and in turn with it. Raises LogRefused with what to do.
    """
    parsed = _url(url)
    if parsed.get_backend_name() == "sqlite":
        path = Path(str(parsed.database))
        folder = path.parent
        if not (folder.is_dir() if is_writable and not is_guest else path.is_file()):
            what = f'the folder "{folder}" is' if is_writable else "the file is"
            fix = "make the folder first" if is_writable else "give the path of a decision log"
            raise refused("G101", f"{what} not there", file=str(path), fix=fix)
    return Store(parsed, busy_s=busy_s, is_writable=is_writable, is_guest=is_guest)


def _url(given: str | Path) -> URL:
    text_ = str(given)
    try:
        url = make_url(text_) if "://" in text_ else URL.create("sqlite", database=text_)
    except ArgumentError as error:
        raise refused("G105", "the address cannot be read", fix=FORMS) from error
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}:
        return url.set(drivername="sqlite")
    raise refused("G105", f'"{url.drivername}" is no store that lasts', fix=FORMS)


FORMS = "give the path of a file, sqlite:///path, or postgresql://user@host/database"


def _hold(path: Path) -> IO[str]:
    """Keep others from writing to the log at *path*, for as long as what is returned is open.

    The lock is on a file beside it: SQLite's own locks are lost when any handle of the same
    process on the database itself is closed.
    """
    beside = Path(f"{path.resolve()}.lock")
    try:
        # Not emptied on opening: what is in it is the number of the process that has the lock.
        file = os.fdopen(os.open(beside, os.O_RDWR | os.O_CREAT, 0o644), "r+")
    except OSError as error:
        message = f"the lock file cannot be opened: {error.strerror}"
        fix = "let this user write to the folder"
        raise refused("G101", message, file=str(beside), fix=fix) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = file.read().strip()
        file.close()
        by = f"process {holder}" if holder else "another process"
        fix = "stop that server, give this one a file of its own, or let both use PostgreSQL"
        raise refused("G102", f"{by} writes to this log", file=str(path), fix=fix) from error
    with suppress(OSError):  # a full disk: the lock is what counts, the number is a courtesy
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
    return file


def _sqlite(url: URL, busy_s: float, begin: str, *, is_read_only: bool = False) -> Engine:
    path = Path(str(url.database)).resolve()
    is_made = path.exists()

    def connect() -> sqlite3.Connection:
        # Made once and never again: a file that is moved away while a server runs must not be
        # replaced by an empty one.
        nonlocal is_made
        mode = "rw" if is_made else "rwc"
        raw = sqlite3.connect(
            f"{path.as_uri()}?mode={mode}",
            uri=True,
            timeout=busy_s,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS,
        )
        is_made = True
        return raw

    engine = create_engine(url, creator=connect)
    # In KiB: the indexes' inner pages and the sums of today, which every transaction touches.
    pragmas = ["cell_size_check = ON", "cache_size = -32768"]
    pragmas += (
        ["query_only = ON"]
        if is_read_only
        else [
            "journal_mode = WAL",
            "synchronous = FULL",
            # Four times the usual: half of the pages that a transaction touches are those of the last
            # one as well, and each time they are copied into the file. 16 MB, which is still one
            # block of the index by which readers find pages.
            "wal_autocheckpoint = 4000",
            # What is erased must not stay in free pages.
            "secure_delete = ON",
            # Pages as they were before a statement or a savepoint, which may be given up.
            "temp_store = MEMORY",
        ]
    )

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: object) -> None:
        for pragma in pragmas:
            raw.execute(f"PRAGMA {pragma}")

    # The driver's own transactions begin late and end early; these are the ones that we mean.
    @event.listens_for(engine, "begin")
    def begin_now(connection: Connection) -> None:
        # Given to the driver itself, for it is most of what a small transaction costs besides its rows.
        raw: Any = connection.connection.driver_connection
        raw.execute(f"BEGIN {begin}")

    return engine


def _postgres(url: URL, **options: Any) -> Engine:
    try:
        return create_engine(url, connect_args={"connect_timeout": 5}, **options)
    except (ImportError, NoSuchModuleError) as error:
        fix = "pip install 'amity-engine[postgres]'"
        raise refused("G107", "the driver of PostgreSQL is not installed", fix=fix) from error


def _postgres_reading(url: URL) -> Engine:
    engine = _postgres(url, pool_pre_ping=True, isolation_level="REPEATABLE READ")

    # A plan for any span of records at all is not one for a week, or for the last page.
    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: object) -> None:
        raw.execute("SET plan_cache_mode = force_custom_plan")
        raw.commit()

    return engine.execution_options(postgresql_readonly=True)
