"""Follows work in a thread that tells how far it has come."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Generic, TypeVar

from amity.service.reloading import in_thread

__all__ = ["Following"]

Result = TypeVar("Result")


class _Left(Exception):
    """Nobody follows any more."""


class Following(Generic[Result]):
    """The counts that *work* tells, as they come; afterwards ``result`` is what it gave.

    Whoever stops to follow ends the work, the next time that it tells a count.
    """

    result: Result

    def __init__(self, work: Callable[[Callable[[int], None]], Result]) -> None:
        self._work = work
        self._is_left = threading.Event()

    async def __aiter__(self) -> AsyncIterator[int]:
        loop = asyncio.get_running_loop()
        counts: asyncio.Queue[int | None] = asyncio.Queue()

        def tell(count: int) -> None:
            if self._is_left.is_set():
                raise _Left
            with suppress(RuntimeError):  # the loop is closed: the server has stopped
                loop.call_soon_threadsafe(counts.put_nowait, count)

        working = asyncio.ensure_future(in_thread(lambda: self._work(tell)))
        working.add_done_callback(lambda _: counts.put_nowait(None))
        try:
            while (count := await counts.get()) is not None:
                yield count
            self.result = await working
        finally:
            self._is_left.set()
            working.cancel()
