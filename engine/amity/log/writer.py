"""The one thread that writes: whatever waits when the last commit is done goes into the next.

It does not linger for more, for a commit takes long enough to gather what comes meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from amity.errors import AmityError, Problem
from amity.log.chain import Head
from amity.log.errors import LogFull, LogUnavailable, LostConnection, fault_of, unavailable
from amity.log.preparing import Prepared, prepared_event
from amity.log.record import Event, Kind, Receipt
from amity.log.store import Store
from amity.log.tables import batches
from amity.log.transaction import NotTogether, Transaction, forget_requests, read_head, read_log_id

__all__ = ["Deed", "Job", "Settings", "Writer"]

T = TypeVar("T")
Work = Callable[[Connection], Any]
FORGET_EVERY_US = 60_000_000
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How the writer goes about it.

    A batch has at most ``most_per_batch`` items, and at most ``most_waiting`` may wait for theirs.
    ``patience_s`` is how long a batch is kept while the database server is away.
    """

    most_per_batch: int = 200
    most_waiting: int = 10_000
    patience_s: float = 10.0
    window_us: int = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to do, whose account is then recorded as an event of *kind*, all or nothing."""

    kind: Kind
    do: Callable[[Connection], Mapping[str, Any]]


@dataclass(slots=True)
class Job:
    """Something to write, and who waits for it."""

    what: Prepared | Deed | Work
    future: Future[Any] = field(default_factory=Future)


class Writer:
    """Writes jobs in the order in which they come. Thread-safe; close it to finish what waits."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], int],
        notice: Callable[[Problem], None],
        settings: Settings,
    ) -> None:
        self._store = store
        self._clock = clock
        self._notice = notice
        self._settings = settings
        self._connection: Connection | None = None
        self._waiting: deque[Job] = deque()
        self._wake = threading.Condition()
        self._is_closed = False
        self._was_back = False
        self._forgotten_us = 0
        with store.read() as connection:
            self.log_id = read_log_id(connection)
            self.head: Head = read_head(connection, self.log_id)
        self._thread = threading.Thread(target=self._run, name="amity-log-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Have *job* written; its future tells how it went."""
        with self._wake:
            if self._is_closed:
                error = unavailable("G118", "the log is closed", "open it again")
            elif len(self._waiting) >= self._settings.most_waiting:
                message = f"{self._settings.most_waiting:,} records wait to be written"
                error = unavailable("G117", message, "send less, or a faster disk", LogFull)
            else:
                self._waiting.append(job)
                self._wake.notify()
                return
        job.future.set_exception(error)

    def close(self) -> None:
        """Write what waits, then stop."""
        with self._wake:
            self._is_closed = True
            self._wake.notify()
        self._thread.join()
        self._disconnect()

    def _run(self) -> None:
        while group := self._next():
            try:
                self._write(group)
            except BaseException as error:  # noqa: BLE001 - nobody may wait forever
                _fail(group, error)

    def _next(self) -> list[Job]:
        with self._wake:
            while True:
                while self._waiting:
                    count = min(len(self._waiting), self._settings.most_per_batch)
                    taken = [self._waiting.popleft() for _ in range(count)]
                    # Whoever stopped waiting in time is not written for.
                    group = [job for job in taken if job.future.set_running_or_notify_cancel()]
                    if group:
                        return group
                if self._is_closed:
                    return []
                self._wake.wait()

    def _write(self, group: Sequence[Job]) -> None:
        """Write *group*, again if the database server went away before it was written."""
        until = time.monotonic() + self._settings.patience_s
        pause = FIRST_PAUSE_S
        attempt = _Attempt(group)
        fault: LogUnavailable | None = None
        is_looked_up = False
        while True:
            try:
                if attempt.can_be_there:
                    is_looked_up = True
                    if self._is_there(attempt.head):
                        break
                if fault is not None and not isinstance(fault, LostConnection):
                    _fail(group, fault)
                    return
                attempt = _Attempt(group)
                self._try(attempt)
                break
            except Exception as error:  # noqa: BLE001 - told to whoever waits
                self._disconnect()
                fault = fault_of(error)
                is_hopeful = isinstance(fault, LostConnection) or (
                    attempt.can_be_there and not is_looked_up
                )
                if not is_hopeful or attempt.is_a_riddle or time.monotonic() >= until:
                    _fail(group, _told(fault or error, attempt))
                    return
                time.sleep(min(pause, LONGEST_PAUSE_S))
                pause *= 2
        self.head = attempt.head
        if attempt.has_deeds:
            with suppress(Exception):
                self._store.wipe(self._connected())
        attempt.answer()

    def _try(self, attempt: _Attempt) -> None:
        # A deed appends after what it did, and fails alone.
        is_careful = attempt.is_mixed
        try:
            self._commit(attempt, is_careful=is_careful)
        except NotTogether:
            self._commit(attempt, is_careful=True)

    def _commit(self, attempt: _Attempt, *, is_careful: bool) -> None:
        connection = self._connected()
        with suppress(SQLAlchemyError):
            connection.rollback()
        connection.begin()
        self._store.take_turn(connection)
        now_us = self._clock()
        transaction = Transaction(connection, self.log_id, now_us, is_careful=is_careful)
        self._watch_clock(transaction.went_back_us)
        attempt.run(connection, transaction)
        if now_us - self._forgotten_us > FORGET_EVERY_US:
            forget_requests(connection, now_us - self._settings.window_us)
            self._forgotten_us = now_us
        attempt.has_batch = transaction.has_appended
        attempt.head = transaction.close()
        attempt.is_committing = True
        connection.commit()

    def _is_there(self, head: Head) -> bool:
        """Whether the batch that *head* ends is in the log.

        Asked in a turn of its own: the commit of which we heard nothing may be still under way.
        """
        connection = self._connected()
        with suppress(SQLAlchemyError):
            connection.rollback()
        with connection.begin():
            self._store.take_turn(connection)
            query = select(batches.c.head).where(batches.c.batch == head.number)
            return connection.execute(query).scalar() == head.digest

    def _watch_clock(self, went_back_us: int) -> None:
        if went_back_us and not self._was_back:
            message = f"the clock is {went_back_us / 1e6:.3f} s behind the last record"
            fix = "times of records stand still until it has caught up; see to the clock"
            self._notice(Problem("G130", message, fix=fix))
        self._was_back = bool(went_back_us)

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._store.connect()
        return self._connection

    def _disconnect(self) -> None:
        """Let go of a connection of which nothing is known any more."""
        if self._connection is not None:
            with suppress(Exception):
                self._connection.invalidate()
            with suppress(Exception):
                self._connection.close()
            self._connection = None


class _Attempt:
    """One try at writing a group, and what is to be told when it is there."""

    def __init__(self, group: Sequence[Job]) -> None:
        self._group = group
        self._results: list[tuple[Job, Any]] = []
        self.head = Head(0, 0, b"")
        self.has_batch = False
        self.has_deeds = False
        self.is_committing = False

    @property
    def is_mixed(self) -> bool:
        """Whether there is anything but records."""
        return not all(isinstance(job.what, Prepared) for job in self._group)

    @property
    def can_be_there(self) -> bool:
        """Whether the log may have the batch although the commit failed, which can be looked up."""
        return self.is_committing and self.has_batch

    @property
    def is_a_riddle(self) -> bool:
        """Whether the commit may have taken place, and nothing in the log could tell."""
        return self.is_committing and not self.has_batch

    def run(self, connection: Connection, transaction: Transaction) -> None:
        """Append the records, then do the works, each of which fails alone."""
        appended = [job for job in self._group if isinstance(job.what, Prepared)]
        prepared = [job.what for job in appended if isinstance(job.what, Prepared)]
        if prepared:
            self._results.extend(zip(appended, transaction.append(prepared), strict=True))
        for job in self._group:
            if isinstance(job.what, Deed):
                self._results.append((job, _done(connection, transaction, job.what)))
                self.has_deeds = True
            elif not isinstance(job.what, Prepared):
                self._results.append((job, _worked(connection, job.what)))

    def answer(self) -> None:
        """Tell everybody."""
        for job, result in self._results:
            if isinstance(result, _Failure):
                job.future.set_exception(result.error)
            elif isinstance(result, AmityError):
                job.future.set_exception(result)
            else:
                job.future.set_result(result)


@dataclass(frozen=True, slots=True)
class _Failure:
    error: Exception


def _worked(connection: Connection, work: Work) -> Any:
    savepoint = connection.begin_nested()
    try:
        result = work(connection)
        savepoint.commit()
    except Exception as error:
        if (fault := fault_of(error)) is not None:
            raise fault from error
        savepoint.rollback()
        return _Failure(error)
    return result


def _done(connection: Connection, transaction: Transaction, deed: Deed) -> Any:
    def work(inside: Connection) -> tuple[Receipt, Mapping[str, Any]]:
        body = deed.do(inside)
        [answer] = transaction.append([prepared_event(Event(deed.kind, body))])
        if isinstance(answer, AmityError):
            raise answer
        return answer, body

    return _worked(connection, work)


def _fail(group: Sequence[Job], error: BaseException) -> None:
    for job in group:
        if not job.future.done():
            job.future.set_exception(error)


def _told(error: BaseException, attempt: _Attempt) -> BaseException:
    if not attempt.is_committing:
        return error
    message = "the connection was lost while committing: whether it is written is not known"
    fix = "send the same request id again: it is answered by what was written, or written once"
    return unavailable("G116", message, fix)
