"""Puts decisions into the log before their replies leave, as far as the operator wants it so."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from structlog.typing import FilteringBoundLogger

from amity.errors import AmityError, Problem
from amity.log.errors import BadRecord, LogUnavailable
from amity.log.log import DecisionLog
from amity.log.record import Durability, Entry, Receipt

__all__ = ["Pending", "Recording", "settled"]

Result = TypeVar("Result")
Pending = Future[Receipt] | None


class Recording:
    """Writes decisions to *log*, if there is one, and knows how it is doing.

    All methods are for the server's loop. ``on_messages`` is called, in whatever thread, when an
    entry with messages for the outbox has been written or has failed. ``failure`` is the problem
    with the last write, or None while writing goes well; ``problem`` is that, or what any of
    ``watched`` tells of the log.
    """

    def __init__(
        self, log: DecisionLog | None, durability: Durability, logger: FilteringBoundLogger
    ) -> None:
        self.log = log
        self.durability = durability if log else Durability.OFF
        self.failure: Problem | None = None
        self.watched: Sequence[Callable[[], Problem | None]] = ()
        self.on_failure: Callable[[], None] = lambda: None
        self.on_messages: Callable[[], None] = lambda: None
        self.written = self.lost = 0
        self._logger = logger

    @property
    def problem(self) -> Problem | None:
        """What is wrong with the log, if anything."""
        told = (each() for each in self.watched)
        return self.failure or next((problem for problem in told if problem), None)

    def begin(self, entry: Entry) -> Pending:
        """Have *entry* written; None where nothing is to be waited for.

        Raises LogUnavailable at once where nothing can be queued any more.
        """
        if self.log is None:
            return None
        # One id must not be answered in two ways, so who gives one waits for the record.
        waits = self.durability is Durability.DURABLE or bool(entry.request_id)
        promised = Durability.DURABLE if waits else Durability.ASYNC
        future = self.log.append(replace(entry, durability=promised))
        if entry.messages:
            future.add_done_callback(lambda _: self.on_messages())
        if waits:
            return future
        if future.done() and (error := future.exception()) is not None:
            self._failed(error)
            raise error
        loop = asyncio.get_running_loop()

        def done(written: Future[Receipt]) -> None:
            with suppress(RuntimeError):  # the loop is closed: the server has stopped
                loop.call_soon_threadsafe(self._note, written)

        future.add_done_callback(done)
        return None

    async def finish(self, pending: Pending) -> Receipt | None:
        """The receipt of what *begin* gave; None where none is waited for. Raises what went wrong."""
        if pending is None:
            return None
        try:
            receipt = await settled(pending)
        except AmityError as error:
            self._failed(error)
            raise
        self._went_well()
        return receipt

    def promised(self, pending: Pending) -> Durability:
        """What a reply that waited for *pending* may say."""
        return Durability.DURABLE if pending is not None else self.durability

    def _note(self, written: Future[Receipt]) -> None:
        """Take note of how a write ended for which no reply waited."""
        error = written.exception()
        if error is None:
            self._went_well()
            return
        self.lost += 1
        codes = sorted({each.code for each in getattr(error, "problems", ())})
        self._logger.error("decision_not_logged", codes=codes, lost=self.lost)
        self._failed(error)

    def _went_well(self) -> None:
        self.written += 1
        if self.failure is not None:
            self._logger.info("log_good_again")
            self.failure = None
            self.on_failure()

    def _failed(self, error: BaseException) -> None:
        """Only what is wrong with the log itself makes it unwell, not what is wrong with a record."""
        if not isinstance(error, LogUnavailable | BadRecord):
            return
        problem = error.problems[0] if error.problems else Problem("G113", error.summary)
        if isinstance(error, BadRecord):
            self._logger.error("record_refused", codes=[problem.code])
            return
        if self.failure is None or self.failure.code != problem.code:
            self._logger.error("log_unavailable", code=problem.code, fix=problem.fix)
        self.failure = problem
        self.on_failure()


async def settled(future: Future[Result]) -> Result:
    """What comes of *future*, which goes on even where the one who waits is cancelled."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[None] = loop.create_future()
    call = _calls.get(loop) or _calls.setdefault(loop, _Call(loop))
    future.add_done_callback(lambda _: call.wake(waiting))
    await waiting
    return future.result()


class _Call:
    """Calls into a loop from other threads, once for all whom a commit sets free.

    Each call is a write to a pipe, and lets the loop's thread take the interpreter: one for each of
    a batch would take the writer as long as to write them.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._free: deque[asyncio.Future[None]] = deque()
        self._is_made = False

    def wake(self, waiting: asyncio.Future[None]) -> None:
        """Have *waiting* go on; for any thread."""
        self._free.append(waiting)
        if not self._is_made and (loop := self._loop()) is not None:
            self._is_made = True
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._arrive)

    def _arrive(self) -> None:
        # First of all, so that whoever comes from here on calls again.
        self._is_made = False
        while self._free:
            if not (waiting := self._free.popleft()).done():
                waiting.set_result(None)


_calls: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Call] = weakref.WeakKeyDictionary()
