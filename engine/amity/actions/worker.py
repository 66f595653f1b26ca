"""The worker: claims what is due, delivers it, and writes down what became of it.

What it does is safe to stop at any moment: a message is marked as delivered only after its target
has taken it, and one that nobody finished is claimed again when its lease has run out.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Connection

from amity.actions import outbox
from amity.actions.database import Transactions
from amity.actions.delivery import Delivery, Ending, StoreFailed, WorkerSettings, wall_clock
from amity.actions.outbox import SECOND, Claim, Claimed
from amity.actions.sending import Failure, Post, Sender, SystemResolver
from amity.actions.signature import headers
from amity.actions.targets import Target, Targets
from amity.actions.waiting import Breaker, BreakerState, wait_s
from amity.errors import Problem

__all__ = ["Worker"]

T = TypeVar("T")
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


def _silent(_delivery: Delivery) -> None:
    pass


@dataclass(slots=True)
class _Desk:
    """A target with those of its messages that are under way."""

    target: Target
    breaker: Breaker
    under_way: int = 0

    def room(self) -> int:
        return self.breaker.room(self.target.concurrency - self.under_way)


@dataclass(slots=True)
class Worker:
    """Delivers messages of the outbox until it is stopped. ``report`` is told of every attempt.

    Several workers may share an outbox. ``clock`` gives microseconds since 1970, which other workers
    see; ``steady`` seconds that no change of the clock moves.
    """

    transactions: Transactions
    targets: Targets
    settings: WorkerSettings = field(default_factory=WorkerSettings)
    report: Callable[[Delivery], None] = _silent
    sender: Sender = field(default_factory=lambda: Sender(SystemResolver()))
    clock: Callable[[], int] = wall_clock
    steady: Callable[[], float] = time.monotonic
    source: random.Random = field(default_factory=random.SystemRandom)
    owner: str = field(
        default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    )
    _desks: dict[str, _Desk] = field(init=False)
    _store: ThreadPoolExecutor = field(init=False)
    _wake: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _stop: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _seen: dict[tuple[str, int], float] = field(init=False, default_factory=dict)
    _running: set[asyncio.Task[None]] = field(init=False, default_factory=set)
    _forgot_at: float | None = field(init=False, default=None)
    _store_error: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self._desks = {
            target.name: _Desk(target, Breaker(self.steady, self.source)) for target in self.targets
        }
        # Its own threads, so that names that are slow to be found never hold the store up.
        self._store = ThreadPoolExecutor(2, thread_name_prefix="amity-outbox")

    @property
    def breakers(self) -> dict[str, BreakerState]:
        """The state of each target's breaker by its name."""
        return {name: desk.breaker.state for name, desk in self._desks.items()}

    def wake(self) -> None:
        """Look at once: something has been put into the outbox. To be called on the loop."""
        self._wake.set()

    def stop(self) -> None:
        """Claim nothing more, finish what is under way or give it back, and end ``run``."""
        self._stop.set()
        self._wake.set()

    async def run(self) -> None:
        """Deliver until ``stop``; a store that fails is tried again. Cancelled, it gives back what it holds."""
        try:
            async with asyncio.TaskGroup() as group:
                while not self._stop.is_set():
                    self._wake.clear()
                    began = await self._round(group)
                    # A full round may have left more that is due.
                    if not began:
                        await self._pause(self.settings.poll_every_s)
                await self._wind_up()
        finally:
            self._store.shutdown(wait=False)

    async def drain(self) -> None:
        """Deliver until nothing is due and nothing under way, then end; what waits for later is left.

        Raises StoreFailed if the store cannot be used.
        """
        try:
            async with asyncio.TaskGroup() as group:
                while not self._stop.is_set() and (await self._round(group) or self._running):
                    if self._running:
                        await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
                await self._wind_up()
        finally:
            self._store.shutdown(wait=False)
        if self._store_error:
            fix = "see that it can be reached and written to, and start again"
            problem = Problem("A103", f"the store failed ({self._store_error})", fix=fix)
            raise StoreFailed("Not everything was delivered.", [problem])

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    async def _wind_up(self) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=self.settings.grace_s)
        for task in self._running:
            task.cancel()

    async def _round(self, group: asyncio.TaskGroup) -> int:
        """Begin what is due and has room; gives how many were begun."""
        try:
            claimed = await self._claimed()
            await self._forget()
        except Exception as error:  # noqa: BLE001 - whatever ails a store, it is tried again
            self._store_failed(error)
            await self._pause(self.settings.poll_every_s)
            return 0
        self._store_error = ""
        for message in claimed:
            desk = self._desks[message.target]
            desk.under_way += 1
            desk.breaker.begin()
            task = group.create_task(self._deliver(desk, message))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(claimed)

    async def _claimed(self) -> list[Claimed]:
        rooms = {name: room for name, desk in self._desks.items() if (room := desk.room()) > 0}
        if not rooms:
            return []
        now = self.clock()
        is_due, held = await self._in_store(lambda: self._look(rooms, now))
        abandoned = self._abandoned(held)
        if not is_due and not abandoned:
            return []

        def claim(connection: Connection) -> list[Claimed]:
            return [
                message
                for name, room in rooms.items()
                for message in outbox.claim(
                    connection, name, self._claim(name, room, now), abandoned
                )
            ]

        return await self._in_store(lambda: self.transactions.write(claim))

    def _look(self, rooms: dict[str, int], now: int) -> tuple[bool, list[tuple[str, int]]]:
        with self.transactions.read() as connection:
            return outbox.is_due(connection, rooms, now), outbox.held(connection, self._desks)

    def _claim(self, name: str, room: int, now: int) -> Claim:
        return Claim(self.owner, now, self._lease_s(self._desks[name].target), room)

    def _lease_s(self, target: Target) -> float:
        return target.timeout_s + self.settings.lease_margin_s

    def _abandoned(self, held: list[tuple[str, int]]) -> list[tuple[str, int]]:
        """Claims that have not changed for a lease by the steady clock.

        Whoever had them is gone, even if a clock that was put back says that the lease goes on.
        """
        now = self.steady()
        self._seen = {claim: self._seen.get(claim, now) for claim in held}
        longest = max((self._lease_s(desk.target) for desk in self._desks.values()), default=0.0)
        return [claim for claim, since in self._seen.items() if now - since > longest]

    async def _forget(self) -> None:
        """Now and then delete what was delivered long ago."""
        now = self.steady()
        if self._forgot_at is not None and now - self._forgot_at < self.settings.forget_every_s:
            return
        before = self.clock() - int(self.settings.keep_delivered_s * SECOND)
        # A little at a time, since others want to write as well.
        gone = await self._in_store(
            lambda: self.transactions.write(lambda c: outbox.forget_delivered(c, before))
        )
        if not gone:
            self._forgot_at = now

    async def _deliver(self, desk: _Desk, message: Claimed) -> None:
        began = self.steady()
        try:
            ending = await self._attempted(desk, message)
            if isinstance(ending, Failure):
                await self._failed(desk, message, ending, began)
            else:
                await self._delivered(desk, message, ending, began)
        finally:
            desk.under_way -= 1
            self._wake.set()

    async def _attempted(self, desk: _Desk, message: Claimed) -> int | Failure:
        """The status of the answer, or what went wrong; the breaker is told."""
        is_down: bool | None = None
        try:
            status = await self._send(desk.target, message)
        except Failure as failure:
            is_down = failure.is_down or None
            if failure.retry_after and failure.is_down:
                desk.breaker.hold(failure.retry_after)
            return failure
        except asyncio.CancelledError:
            # Stopped before the end: not an attempt. Shielded, because the store takes a moment.
            await asyncio.shield(self._give_back(message))
            raise
        else:
            is_down = False
            return status
        finally:
            desk.breaker.end(is_down=is_down)

    async def _send(self, target: Target, message: Claimed) -> int:
        signed = headers(target.keys, message.id, self.clock() // SECOND, message.payload)
        post = Post(message.payload, {"content-type": CONTENT_TYPE, **signed})
        try:
            return await self.sender.send(target, post)
        except Failure:
            raise
        except Exception as error:
            # Ours to repair; the message is kept and tried again like any other.
            raise Failure(
                f"an error inside Amity: {type(error).__name__}", is_down=False
            ) from error

    async def _delivered(self, desk: _Desk, message: Claimed, status: int, began: float) -> None:
        now = self.clock()
        await self._write_surely(lambda c: outbox.mark_delivered(c, message, status, now))
        self._told(Ending.DELIVERED, desk, message, began, status=status)

    async def _failed(self, desk: _Desk, message: Claimed, failure: Failure, began: float) -> None:
        retries, now = desk.target.retries, self.clock()
        is_last = failure.is_final or message.attempt >= retries.attempts
        wait = wait_s(retries, message.attempt, failure.retry_after, self.source)

        def settle(connection: Connection) -> bool:
            if is_last:
                return outbox.bury(connection, message, failure.reason, failure.status, now)
            later = now + int(wait * SECOND)
            return outbox.defer(connection, message, later, failure.reason, failure.status)

        await self._write_surely(settle)
        ending = Ending.DEAD if is_last else Ending.FAILED
        self._told(ending, desk, message, began, status=failure.status, error=failure.reason)

    async def _give_back(self, message: Claimed) -> None:
        now = self.clock()
        with suppress(Exception):  # the lease runs out by itself
            await self._in_store(
                lambda: self.transactions.write(lambda c: outbox.give_back(c, message, now))
            )

    async def _write_surely(self, change: Callable[[Connection], object]) -> None:
        """Write what is known about a message; while the store fails, try again until the lease is over."""
        for pause in (0.1, 0.3, 1, 3, 9, 0):
            try:
                await self._in_store(lambda: self.transactions.write(change))
            except Exception as error:  # noqa: BLE001 - whatever ails a store, the message stays claimed
                self._store_failed(error)
            else:
                return
            await asyncio.sleep(pause)

    async def _in_store(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._store, work)

    def _store_failed(self, error: Exception) -> None:
        # The text of an error of SQLAlchemy holds the values of the statement.
        self._store_error = type(error).__name__
        self.report(Delivery(Ending.STORE_FAILED, error=self._store_error))

    def _told(
        self,
        ending: Ending,
        desk: _Desk,
        message: Claimed,
        began: float,
        *,
        status: int | None = None,
        error: str = "",
    ) -> None:
        self.report(
            Delivery(
                ending,
                desk.target.name,
                message.action,
                message.id,
                message.attempt,
                self.steady() - began,
                status,
                error,
                desk.breaker.state,
            )
        )
