"""Admission: how much work may wait, and whose turn it is.

Judging is work on the event loop, so concurrent calls do not run side by side: they wait. gRPC's
own limit counts only calls whose handlers have begun, and with a busy loop hardly any has.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from amity.service.failures import Overloaded

__all__ = ["Gate"]

LISTEN_EVERY_S = 0.02
LISTEN_AT_MOST_S = 0.04
QUIET_S = 0.001
BUSY = 0.5
RETRY_S = (0.05, 5.0)
SMOOTHING = 0.1


class Gate:
    """Lets one judge work at a time, in the order of arrival, and refuses when too many wait.

    *max_waiting* counts conversations. Whatever comes while nothing waits is let in, however large.
    """

    def __init__(self, max_waiting: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_waiting = max_waiting
        self._clock = clock
        self._turn = asyncio.Lock()
        self._waiting = 0
        self.let_in = self.refused = 0  # conversations since the start
        self._item_s = 0.001
        self._busy_s = 0.0
        self._began = self._arrived = self._listened = clock()

    @property
    def waiting(self) -> int:
        """How many conversations have been let in and are not judged yet."""
        return self._waiting

    @contextmanager
    def admitted(self, items: int) -> Iterator[None]:
        """Let in a call of so many *items*; raises `Overloaded` when too many wait already."""
        self._arrived = self._clock()
        if self._waiting and self._waiting + items > self._max_waiting:
            self.refused += items
            least, most = RETRY_S
            raise Overloaded(self._waiting, min(most, max(least, self._waiting * self._item_s)))
        self._waiting += items
        self.let_in += items
        try:
            yield
        finally:
            self._waiting -= items

    async def __aenter__(self) -> None:
        """Wait for this call's turn to work."""
        await self._turn.acquire()
        try:
            await self._listen_if_busy()
        except BaseException:
            self._turn.release()
            raise
        self._began = self._clock()

    async def __aexit__(self, *_: object) -> None:
        self._busy_s += self._clock() - self._began
        self._turn.release()

    def worked(self, items: int) -> None:
        """Note that this turn's work was so many *items*, to foretell how long others must wait."""
        spent = (self._clock() - self._began) / max(1, items)
        self._item_s += SMOOTHING * (spent - self._item_s)

    async def _listen_if_busy(self) -> None:
        since = self._clock() - self._listened
        if since > LISTEN_EVERY_S:
            if self._busy_s > BUSY * since:
                await self._listen()
            self._listened, self._busy_s = self._clock(), 0.0

    async def _listen(self) -> None:
        # The server accepts one call at a time, with a round trip through the loop and a thread of
        # gRPC's. Between turns of work there is time for one, so the queue would grow where it
        # cannot be seen; so every now and then it gets the loop to itself until no call is left.
        began = now = self._clock()
        while now - began < LISTEN_AT_MOST_S and now - max(began, self._arrived) < QUIET_S:
            await asyncio.sleep(0)
            now = self._clock()
