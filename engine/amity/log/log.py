"""The decision log: appended to by many threads, written by one, never changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection

from amity.errors import AmityError, Problem
from amity.log.chain import Head
from amity.log.errors import StaleKey
from amity.log.forms import Forms, Told
from amity.log.preparing import prepare
from amity.log.reading import LogReader
from amity.log.record import Entry, Event, Kind, Receipt
from amity.log.store import DEFAULT_BUSY_S, Store, open_store
from amity.log.writer import Deed, Job, Settings, Writer

__all__ = ["DecisionLog", "open_log", "open_reader"]

T = TypeVar("T")
DEFAULTS = Settings()
# How often a record is sealed whose key is destroyed or made elsewhere at the same moment.
SEALINGS = 4


def now_us() -> int:
    """The time in microseconds since 1970."""
    return time.time_ns() // 1000


class DecisionLog(LogReader):
    """A log to append to. Thread-safe; closing it writes what is queued, then lets go of the file."""

    def __init__(
        self,
        store: Store,
        forms: Forms | Callable[[DecisionLog], Forms],
        *,
        clock: Callable[[], int] = now_us,
        notice: Callable[[Problem], None] = lambda _: None,
        settings: Settings = DEFAULTS,
    ) -> None:
        super().__init__(store)
        self._writer = Writer(store, clock, notice, settings)
        try:
            made: Forms = forms(self) if callable(forms) else forms
        except BaseException:
            self._writer.close()
            raise
        self.forms = self._forms = made

    def __enter__(self) -> DecisionLog:
        return self

    def append(self, item: Entry | Event) -> Future[Receipt]:
        """Have *item* written; the receipt comes once it is on the disk.

        The forms are made before this returns. Whatever goes wrong is told by the future: BadRecord
        and RequestReused are about this item, LogUnavailable (and LogFull) about the log, which
        then has not written it, or says that this is unknown.
        """
        future: Future[Receipt] = Future()
        self._submit(item, future, SEALINGS)
        return future

    def _submit(self, item: Entry | Event, future: Future[Receipt], sealings: int) -> None:
        try:
            prepared = prepare(item, self._forms)
        except AmityError as error:
            future.set_exception(error)
            return
        if prepared.told is None:
            self._writer.submit(Job(prepared, future))
            return
        job = Job(prepared)
        job.future.add_done_callback(
            lambda done: self._sealed(item, future, sealings, prepared.told, done)
        )
        self._writer.submit(job)

    def _sealed(
        self,
        item: Entry | Event,
        future: Future[Receipt],
        sealings: int,
        told: Told | None,
        done: Future[Receipt],
    ) -> None:
        """Pass on how it went; an original whose key is no longer good is sealed again first."""
        error = done.exception()
        if told is not None and (error is None or isinstance(error, StaleKey)):
            told(is_kept=error is None)
        if isinstance(error, StaleKey) and sealings > 1:
            self._submit(item, future, sealings - 1)
        elif future.set_running_or_notify_cancel():
            if error is None:
                future.set_result(done.result())
            else:
                future.set_exception(error)

    def record(
        self, kind: Kind, deed: Callable[[Connection], Mapping[str, Any]]
    ) -> Future[tuple[Receipt, Mapping[str, Any]]]:
        """Have *deed* done, and what it returns recorded as an event, in one transaction.

        What it overwrites or deletes in a SQLite file is wiped out there before the future tells.
        """
        future: Future[tuple[Receipt, Mapping[str, Any]]] = Future()
        self._writer.submit(Job(Deed(kind, deed), future))
        return future

    def write(self, work: Callable[[Connection], T]) -> Future[T]:
        """Have *work* done in the writer's next transaction; its result comes after the commit.

        What it raises undoes its own changes only, and is told by the future. It may be called
        twice where the database server went away in between.
        """
        future: Future[T] = Future()
        self._writer.submit(Job(work, future))
        return future

    @property
    def head(self) -> Head:
        """Where the log ends, as far as this process has written it."""
        return self._writer.head

    def close(self) -> None:
        """Write what is queued, then let go of the store. A second time does nothing."""
        self._writer.close()
        super().close()


def open_log(
    url: str | Path,
    forms: Forms | Callable[[DecisionLog], Forms],
    *,
    is_guest: bool = False,
    busy_s: float = DEFAULT_BUSY_S,
    **options: Any,
) -> DecisionLog:
    """The log at *url* to append to, made if it is not there; see `open_store` and `DecisionLog`.

    *forms* may be what makes the forms of the log once it is open, such as `private_forms`.
    """
    store = open_store(url, busy_s=busy_s, is_guest=is_guest)
    try:
        return DecisionLog(store, forms, **options)
    except BaseException:
        store.close()
        raise


def open_reader(url: str | Path, forms: Forms | None = None) -> LogReader:
    """The log at *url* to read, which must be there; a server may be writing to it."""
    store = open_store(url, is_writable=False)
    try:
        return LogReader(store, forms)
    except BaseException:
        store.close()
        raise
