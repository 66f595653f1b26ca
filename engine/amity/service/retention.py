"""Carries out the retention of the privacy file while the server runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client.core import CounterMetricFamily, Metric
from structlog.typing import FilteringBoundLogger

from amity.errors import AmityError
from amity.log.log import DecisionLog
from amity.log.retaining import Retained, planned, retain
from amity.privacy.policy import Retention
from amity.privacy.read_policy import load_privacy
from amity.service.interceptors import report_fault
from amity.service.metrics import counted, gauged
from amity.service.reloading import in_thread
from amity.service.settings import Settings

__all__ = ["Retaining", "retaining_for"]


class Retaining:
    """Drops from *log* what *retention* keeps no longer, at the start and every *every_s* seconds.

    What is due is told as counts before it goes, and what went after it has.
    """

    def __init__(
        self,
        log: DecisionLog,
        retention: Retention,
        every_s: float,
        logger: FilteringBoundLogger,
    ) -> None:
        self._log, self._retention, self._every_s = log, retention, every_s
        self._logger = logger
        self._is_over = False
        self._views = self._sealed = self._failures = 0
        self._done_at = 0.0

    async def run(self) -> None:
        """Look and drop, until cancelled."""
        try:
            while True:
                await in_thread(self.once)
                await asyncio.sleep(self._every_s)
        finally:
            self._is_over = True

    def once(self) -> None:
        """Look and drop once, in the thread of whoever calls."""
        now = datetime.now(UTC)
        try:
            due = planned(self._log, self._retention, now)
            if due.views or due.sealed:
                self._logger.info("retention_due", **_counts(due))
                done = retain(self._log, self._retention, now, is_over=lambda: self._is_over)
                self._views += done.views
                self._sealed += done.sealed
                self._logger.info("retention_done", **_counts(done))
            self._done_at = now.timestamp()
        except AmityError as error:
            self._failures += 1
            if not self._is_over:
                codes = sorted({problem.code for problem in error.problems})
                told = self._logger.error  # not `exception`: a trace could have words in it
                told("retention_failed", codes=codes)
        except Exception as error:  # noqa: BLE001 - it is tried again, and the server goes on
            self._failures += 1
            if not self._is_over:
                report_fault(self._logger, error, "retention")

    def metrics(self) -> Iterator[Metric]:
        """What was dropped since the start, and when a look last went well."""
        dropped = CounterMetricFamily(
            "amity_log_retention_dropped",
            "Forms of records that were dropped when their time was over: view or sealed.",
            labels=("form",),
        )
        dropped.add_metric(("view",), self._views)
        dropped.add_metric(("sealed",), self._sealed)
        yield dropped
        yield counted(
            "amity_log_retention_failures", "Looks for what is over that failed.", self._failures
        )
        yield gauged(
            "amity_log_retention_success_timestamp_seconds",
            "When a look for what is over last went well; 0 if none has since the start.",
            self._done_at,
        )


def _counts(found: Retained) -> dict[str, int]:
    return {"views": found.views, "sealed": found.sealed, "looked_at": found.looked_at}


def retaining_for(
    settings: Settings, log: DecisionLog | None, logger: FilteringBoundLogger
) -> Retaining | None:
    """The retention that *settings* ask for; None where nothing is ever to be dropped."""
    if log is None or settings.privacy is None or not settings.retain_every_s:
        return None
    retention = load_privacy(settings.privacy).retention
    if retention.shortest is None:
        return None
    return Retaining(log, retention, settings.retain_every_s, logger)
