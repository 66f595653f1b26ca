"""Opens the decision log that the settings name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from structlog.typing import FilteringBoundLogger

from amity.errors import Problem
from amity.log.log import DecisionLog, open_log
from amity.log.record import Durability
from amity.log.writer import Settings as Writing
from amity.service.log_forms import forms_for
from amity.service.settings import Settings

__all__ = ["opened_log"]

MICROS = 1_000_000


@contextmanager
def opened_log(settings: Settings, logger: FilteringBoundLogger) -> Iterator[DecisionLog | None]:
    """The log for as long as the block runs; None where none is named or nothing is to be written.

    Leaving the block writes what is queued. Raises LogRefused.
    """
    if not settings.log or settings.durability is Durability.OFF:
        yield None
        return

    def notice(problem: Problem) -> None:
        logger.warning("log_notice", code=problem.code, message=problem.message, fix=problem.fix)

    writing = Writing(window_us=int(settings.idempotency_window_s * MICROS))
    with open_log(settings.log, forms_for(settings), notice=notice, settings=writing) as log:
        yield log
