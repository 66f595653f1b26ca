"""Delivers what decisions ask for: into the outbox with the decision, and out of it by a worker."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import Connection
from structlog.typing import FilteringBoundLogger

from amity.actions.delivery import Delivery, Ending, wall_clock
from amity.actions.listing import backlog
from amity.actions.read_targets import read_targets
from amity.actions.routing import routed, unroutable
from amity.actions.tables import STATES
from amity.actions.targets import Targets
from amity.actions.waiting import BreakerState
from amity.actions.worker import Worker
from amity.decision import Decision
from amity.errors import Problem, StartupError
from amity.log.log import DecisionLog
from amity.log.record import Entry
from amity.plugins.host import PluginHost
from amity.service.recording import Recording
from amity.service.settings import Settings

__all__ = ["Delivering", "delivering_for"]

T = TypeVar("T")


class _OfLog:
    """The transactions of the decision log, which writes the outbox as well."""

    def __init__(self, log: DecisionLog) -> None:
        self._log = log

    def read(self) -> AbstractContextManager[Connection]:
        return self._log.read()

    def write(self, change: Callable[[Connection], T]) -> T:
        return self._log.write(change).result()


class Delivering:
    """The deliveries of one server: *log* holds the outbox, *targets* say where actions go."""

    def __init__(self, log: DecisionLog, targets: Targets, logger: FilteringBoundLogger) -> None:
        self._log, self._targets, self._logger = log, targets, logger
        self._worker = Worker(_OfLog(log), targets, report=self._note)
        self._endings: Counter[tuple[str, str]] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None

    def told(self, decision: Decision) -> Decision:
        """*decision* with a problem for each action that names a target which does not take it."""
        problems = unroutable(decision, self._targets)
        if not problems:
            return decision
        return replace(decision, problems=(*decision.problems, *problems))

    def addressed(self, entry: Entry) -> Entry:
        """*entry* with the messages that its decision asks for."""
        messages = routed(entry.decision, entry.conversation, self._targets, wall_clock())
        return replace(entry, messages=tuple(messages)) if messages else entry

    def wake(self) -> None:
        """Look into the outbox at once. Any thread may call it."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._worker.wake)

    async def run(self) -> None:
        """Deliver until ``stop``."""
        self._loop = asyncio.get_running_loop()
        await self._worker.run()

    def stop(self) -> None:
        """Claim nothing more, and finish what is under way or give it back."""
        self._worker.stop()

    def _note(self, delivery: Delivery) -> None:
        self._endings[delivery.target, delivery.ending.value] += 1
        told = {
            "target": delivery.target,
            "action": delivery.action,
            "webhook_id": delivery.id,
            "attempt": delivery.attempt,
            "status": delivery.status,
        }
        if delivery.ending is Ending.DELIVERED:
            self._logger.debug("action_delivered", **told)
        elif delivery.ending is Ending.STORE_FAILED:
            self._logger.error("outbox_failed", error=delivery.error)
        else:
            event = f"action_{delivery.ending}"
            self._logger.warning(event, **told, error=delivery.error)

    def metrics(self) -> Iterator[Metric]:
        """What became of attempts, what waits, and which targets are not tried at the moment."""
        attempts = CounterMetricFamily(
            "amity_outbox_attempts",
            "Attempts to deliver, by target and ending: delivered, failed or dead.",
            labels=("target", "ending"),
        )
        for target in self._targets:
            for ending in (Ending.DELIVERED, Ending.FAILED, Ending.DEAD):
                count = self._endings[target.name, ending.value]
                attempts.add_metric((target.name, ending.value), count)
        yield attempts
        yield self._messages()
        is_open = GaugeMetricFamily(
            "amity_outbox_breaker_open",
            "1 while nothing is sent to a target because it fails, else 0.",
            labels=("target",),
        )
        for name, state in self._worker.breakers.items():
            is_open.add_metric((name,), state is BreakerState.OPEN)
        yield is_open

    def _messages(self) -> Metric:
        messages = GaugeMetricFamily(
            "amity_outbox_messages",
            "Messages of the outbox, by target and state.",
            labels=("target", "state"),
        )
        with self._log.read() as connection:
            waiting = {(each.target, each.state): each.count for each in backlog(connection)}
        names = {target.name for target in self._targets} | {name for name, _ in waiting}
        for place in ((name, state) for name in sorted(names) for state in STATES):
            messages.add_metric(place, waiting.get(place, 0))
        return messages


def delivering_for(
    settings: Settings, recording: Recording, host: PluginHost, logger: FilteringBoundLogger
) -> Delivering | None:
    """The deliveries that *settings* ask for, if any. Raises BadTargets and StartupError."""
    if settings.targets is None:
        return None
    targets = read_targets(settings.targets, host.actions)
    if recording.log is None:
        message = "there are targets, but no decision log to hold what is to be delivered"
        fix = "name a log with --log, and a --durability other than off"
        raise StartupError("The server cannot start.", [Problem("S104", message, fix=fix)])
    delivering = Delivering(recording.log, targets, logger)
    recording.on_messages = delivering.wake
    return delivering
