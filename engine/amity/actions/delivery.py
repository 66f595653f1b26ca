"""How a worker goes about deliveries, and what it tells of each."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

from amity.actions.waiting import BreakerState
from amity.errors import AmityError

__all__ = ["Delivery", "Ending", "StoreFailed", "WorkerSettings", "wall_clock"]


def wall_clock() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How a worker looks for messages and how it stops. Times are in seconds."""

    poll_every_s: float = 1.0
    lease_margin_s: float = 30.0
    grace_s: float = 10.0
    keep_delivered_s: float = 30 * 24 * 3600
    forget_every_s: float = 3600.0


class StoreFailed(AmityError):
    """The store could not be read or written."""


class Ending(StrEnum):
    """What became of an attempt, or of the worker's own work."""

    DELIVERED = "delivered"
    FAILED = "failed"
    DEAD = "dead"
    STORE_FAILED = "store_failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt, for logs and metrics; it holds nothing of what was sent."""

    ending: Ending
    target: str = ""
    action: str = ""
    id: str = ""
    attempt: int = 0
    seconds: float = 0.0
    status: int | None = None
    error: str = ""
    breaker: BreakerState = BreakerState.CLOSED
