"""Looks for new policies, has them checked in a worker, and swaps them in between requests."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from structlog.typing import FilteringBoundLogger

from amity.bundles.contents import digest_of
from amity.bundles.sources import Fetched
from amity.errors import BadBundle, Problem
from amity.service.active import ActiveJudge
from amity.service.checking import judge_of
from amity.service.garbage import Collector
from amity.service.interceptors import report_fault
from amity.service.opening import Policies, contents_of
from amity.service.reload_state import Failure, Outcome, ReloadState
from amity.service.worker import Worker

__all__ = ["Pace", "Reloader", "in_thread"]

SETTLE_S = 0.2
SETTLE_AT_MOST_S = 2.0
MOST_LOGGED = 5
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often sources are looked at, in seconds; 0 is never, unless somebody asks."""

    watch_every_s: float = 1.0
    poll_every_s: float = 30.0


class Refused(BadBundle):
    """The policies could be read and are not good; ``warnings`` are what lint says besides."""

    def __init__(self, problems: Sequence[Problem], warnings: Sequence[Problem]) -> None:
        super().__init__("The policies are not good.", problems)
        self.warnings = tuple(warnings)


class Reloader:
    """Keeps *active* at the newest good policies. All its methods are for the server's loop.

    However often sources change and people ask, one look is under way at a time, and at most one
    more is to come.
    """

    def __init__(
        self,
        active: ActiveJudge,
        policies: Policies,
        pace: Pace,
        *,
        worker: Worker,
        log: FilteringBoundLogger,
        collector: Collector,
        on_change: Callable[[], Awaitable[None]],
    ) -> None:
        self._active, self._policies, self._pace = active, policies, pace
        self._worker, self._log, self._on_change = worker, log, on_change
        self._collector = collector
        self._asked = asyncio.Event()
        self._waiting: list[asyncio.Future[Outcome]] = []
        self._answering: list[asyncio.Future[Outcome]] = []
        self._looked_at = time.monotonic()

    @property
    def state(self) -> ReloadState:
        """What became of the sources so far."""
        return self._policies.state

    def ask(self) -> None:
        """Have the sources looked at soon."""
        self._asked.set()

    async def reload(self) -> Outcome:
        """Look at the sources, and say what came of it; the look begins after this was called."""
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self.ask()
        return await answer

    async def run(self) -> None:
        """Look whenever something has changed or somebody asks, until cancelled."""
        if self.state.failure:
            self._tell(self.state.failure)
        self._warn()
        try:
            while True:
                if await self._is_due():
                    await self._settle()
                    await self._answer_all()
        finally:
            self._worker.stop()
            for answer in (*self._waiting, *self._answering):
                answer.cancel()

    async def _answer_all(self) -> None:
        is_asked = self._asked.is_set()
        self._asked.clear()
        while self._waiting:
            self._answering.append(self._waiting.pop())
        outcome = await self._look(is_asked=is_asked)
        while self._answering:
            answer = self._answering.pop()
            if not answer.done():
                answer.set_result(outcome)

    async def _is_due(self) -> bool:
        """Wait for a reason to look; False when there was none for a while."""
        paces = (self._pace.watch_every_s, self._pace.poll_every_s)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._asked.wait(), min(filter(None, paces), default=None))
            return True
        since = time.monotonic() - self._looked_at
        if any(mark is None for mark in self._policies.marks) and paces[1] and since >= paces[1]:
            return True
        return bool(paces[0]) and await in_thread(self._policies.read_marks) != self._policies.marks

    async def _settle(self) -> None:
        """Wait until whoever writes has paused, but not for ever."""
        before = self._policies.marks
        until = time.monotonic() + SETTLE_AT_MOST_S
        while time.monotonic() < until:
            now = await in_thread(self._policies.read_marks)
            if now == before:
                return
            before = now
            await asyncio.sleep(SETTLE_S)

    async def _look(self, *, is_asked: bool) -> Outcome:
        state = self.state
        state.checks += 1
        state.last_checked = datetime.now(UTC)
        self._looked_at = time.monotonic()
        fetched: list[Fetched] = []
        try:
            fetched = await in_thread(self._policies.fetch)
            outcome = await self._taken(fetched, is_asked=is_asked)
        except Refused as error:
            outcome = self._refuse(error.problems, _digest(fetched), error.warnings)
        except BadBundle as error:
            outcome = self._refuse(error.problems, _digest(fetched))
        except Exception as error:  # noqa: BLE001 - a fault here must not end the watch
            error_id = report_fault(self._log, error, "reload")
            message = f"the server failed over them; its log has the error id {error_id}"
            outcome = self._refuse((Problem("B242", message, fix="report it"),), _digest(fetched))
        await self._on_change()
        return outcome

    async def _taken(self, fetched: Sequence[Fetched], *, is_asked: bool) -> Outcome:
        """Activate *fetched*, unless it is active already. Raises BadBundle if it is not good."""
        # What stands in was good for an earlier run, and need not be for this version and its plugins.
        is_active = _digest(fetched) == self._active.judge.bundle.digest
        if is_active and not self.state.from_last_good:
            self.state.unchanged += 1
            self._recover()
            return Outcome.UNCHANGED
        failure = self.state.failure
        if failure and failure.digest == _digest(fetched) and not is_asked:
            raise Refused(failure.problems, failure.warnings)
        host = self._active.judge.host
        parts = contents_of(fetched)
        report = await in_thread(lambda: self._worker.check(parts, host))
        if report.problems:
            raise Refused(report.problems, report.warnings)
        with self._collector.paused():
            judge = await in_thread(lambda: judge_of(parts, host, cues=report.cues))
        before, now = self._active.judge.bundle.digest, datetime.now(UTC)
        self._active.swap(judge, now)
        self.state.activated += 1
        self.state.warnings = report.warnings
        self._recover()
        # Before anything is waited for: whoever reads the status must not find another health.
        await self._on_change()
        self._log.info(
            "policies_activated",
            digest=judge.bundle.digest,
            before=before,
            warning_count=len(report.warnings),
        )
        self._warn()
        if reason := await in_thread(lambda: self._policies.keep(fetched)):
            self._log.warning("last_good_not_kept", reason=reason)
        return Outcome.ACTIVATED

    def _warn(self) -> None:
        if found := self.state.warnings:
            self._log.warning(
                "policies_warned_about",
                digest=self._active.judge.bundle.digest,
                warnings=[str(problem) for problem in found[:MOST_LOGGED]],
                warning_count=len(found),
            )

    def _recover(self) -> None:
        if self.state.failure:
            self._log.info("policies_good_again", digest=self._active.judge.bundle.digest)
        self.state.failure, self.state.good_at = None, datetime.now(UTC)
        self.state.from_last_good = False

    def _refuse(
        self, problems: Sequence[Problem], digest: str, warnings: Sequence[Problem] = ()
    ) -> Outcome:
        earlier = self.state.failure
        since = earlier.since if earlier else datetime.now(UTC)
        self.state.refused += 1
        self.state.failure = Failure(tuple(problems), digest, since, tuple(warnings))
        # What is still wrong in the same way is told once.
        if earlier is None or earlier.problems != self.state.failure.problems:
            self._tell(self.state.failure)
        return Outcome.REFUSED

    def _tell(self, failure: Failure) -> None:
        self._log.error(
            "policies_refused",
            digest=failure.digest,
            active=self._active.judge.bundle.digest,
            since=failure.since.isoformat(),
            problems=[str(problem) for problem in failure.problems[:MOST_LOGGED]],
            problem_count=len(failure.problems),
        )


def _digest(fetched: Sequence[Fetched]) -> str:
    """The digest of all together; empty if nothing was had."""
    return digest_of(f for each in fetched for f in each.contents.files) if fetched else ""


async def in_thread(work: Callable[[], Result]) -> Result:
    """What *work* gives, done in a thread that nobody waits for when the server stops."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type] # without an error there is a result

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:  # noqa: BLE001 - raised again where it is awaited
            error = raised
        # The loop is closed when the server has stopped meanwhile.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name="amity-reload", daemon=True).start()
    return await done
