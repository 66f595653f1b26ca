"""What can go wrong with the log, one class for each thing that a caller does differently."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

from amity.errors import AmityError, Problem

__all__ = [
    "BadRecord",
    "LogFull",
    "LogRefused",
    "LogUnavailable",
    "LostConnection",
    "RequestReused",
    "StaleKey",
    "fault_of",
    "refused",
    "unavailable",
]


class LogRefused(AmityError):
    """The log cannot be opened as it was asked: somebody has to change something first."""


class LogUnavailable(AmityError):
    """The log cannot write or read now.

    Nothing was written unless the problem says otherwise; the same may be tried again later.
    """


class LogFull(LogUnavailable):
    """There is no more room: on the disk, or in the queue of what waits to be written."""


class LostConnection(LogUnavailable):
    """The database server went away."""


class BadRecord(AmityError):
    """This one record cannot be written; others can."""


class StaleKey(AmityError):
    """The key that sealed this record was destroyed or made by another server meanwhile."""


class RequestReused(AmityError):
    """A request id that stands for another request already."""


NOT_SQLITE = "give a file of Amity's log, or a new name"
# SQLite's primary result codes.
FULL, BUSY, LOCKED, READONLY, IOERR, CORRUPT, CANTOPEN, NOTADB = 13, 5, 6, 8, 10, 11, 14, 26
# PostgreSQL's states: a full disk, a read-only transaction, a lock that was not to be had.
PG_FULL, PG_READONLY, PG_LOCKED = "53100", "25006", "55P03"


def refused(code: str, message: str, *, file: str = "", fix: str = "") -> LogRefused:
    """The error that says why the log was not opened."""
    return LogRefused(
        "The decision log cannot be opened.", [Problem(code, message, file=file, fix=fix)]
    )


def unavailable(
    code: str, message: str, fix: str, kind: type[LogUnavailable] = LogUnavailable
) -> LogUnavailable:
    """The error that says why nothing is written or read now."""
    return kind("The decision log is not available.", [Problem(code, message, fix=fix)])


def fault_of(error: BaseException) -> LogUnavailable | None:
    """What *error* says about the store, or None if it is about a record and not about the store."""
    if isinstance(error, LogUnavailable):
        return error
    if isinstance(error, sqlite3.Error):
        return _sqlite_fault(error)
    if isinstance(error, DBAPIError):
        if isinstance(error.orig, sqlite3.Error):
            return _sqlite_fault(error.orig)
        return _server_fault(error)
    if isinstance(error, SQLAlchemyError | OSError):
        return unavailable("G113", f"the store failed: {_line(error)}", "see the server's log")
    return None


def _sqlite_fault(error: sqlite3.Error) -> LogUnavailable | None:
    code = getattr(error, "sqlite_errorcode", 1) & 0xFF
    if isinstance(error, sqlite3.IntegrityError | sqlite3.DataError):
        return None
    if code == FULL:
        return unavailable("G110", "the disk is full", "make room; no restart is needed", LogFull)
    if code in {BUSY, LOCKED}:
        message = "another process holds the database's lock"
        return unavailable("G111", message, "close the program that has the file open for writing")
    if code == READONLY:
        message = "the database is read-only"
        return unavailable("G112", message, "let the server write to the file and its folder")
    if code == NOTADB:
        return unavailable("G104", "the file is not a SQLite database", NOT_SQLITE)
    if code == CORRUPT:
        message = f"the database file is damaged: {_line(error)}"
        return unavailable("G114", message, "run `amity log verify`, and restore a copy")
    return unavailable("G113", f"the store failed: {_line(error)}", "see to the disk and the file")


def _server_fault(error: DBAPIError) -> LogUnavailable | None:
    state = getattr(error.orig, "sqlstate", None)
    if state == PG_FULL:
        return unavailable("G110", "the database server's disk is full", "make room", LogFull)
    if state == PG_READONLY:
        return unavailable("G112", "the database is read-only", "connect to the primary server")
    if state == PG_LOCKED:
        return unavailable("G111", "the log's lock was not to be had", "see who holds it")
    if error.connection_invalidated or state is None or state.startswith(("08", "57P")):
        message = f"the database server cannot be reached: {_line(error.orig)}"
        fix = "see that it runs; writing goes on by itself when it does"
        return unavailable("G115", message, fix, LostConnection)
    if isinstance(error, DataError | IntegrityError):
        return None
    return unavailable("G113", f"the store failed: {_line(error.orig)}", "see the server's log")


def _line(error: object) -> str:
    """The first line of what *error* says; the rest may hold what was to be written."""
    return (str(error).strip().splitlines() or ["no reason given"])[0]
