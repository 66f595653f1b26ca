"""How long to wait: after a failure, and for a target that seems to be down."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from math import ldexp

from amity.actions.outbox import MAX_WAIT_S
from amity.actions.targets import Retries

__all__ = ["Breaker", "BreakerState", "retry_after_s", "wait_s"]

TOO_MANY = 5  # failures in a row after which a target is left alone
FIRST_REST_S, LONGEST_REST_S = 5.0, 300.0


def wait_s(retries: Retries, attempt: int, asked_s: float, source: random.Random) -> float:
    """Seconds until the attempt after *attempt* (from 1): doubled each time, less up to half by chance.

    *asked_s* is what the target asked for, which is waited at least, though no longer than a day.
    """
    # Past 2**60 any first wait is over any limit.
    grown = ldexp(retries.first_wait_s, min(attempt - 1, 60))
    own = min(grown, retries.longest_wait_s) * source.uniform(0.5, 1)
    # A little later than asked, so that all that were told the same time do not come at once.
    asked = asked_s * source.uniform(1, 1.1)
    return min(max(own, asked), MAX_WAIT_S)


def retry_after_s(value: str, now: datetime | None = None) -> float:
    """Seconds that a Retry-After header asks for: a number or a date; 0 if it cannot be read.

    >>> retry_after_s("120"), retry_after_s("soon"), retry_after_s("-5")
    (120.0, 0.0, 0.0)
    """
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), MAX_WAIT_S)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max((aware - (now or datetime.now(UTC))).total_seconds(), 0.0), MAX_WAIT_S)


class BreakerState(Enum):
    """Closed: deliveries go on. Open: none is tried. Half-open: one is, to see."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(slots=True)
class Breaker:
    """Leaves a target alone that keeps failing, so that its messages keep their attempts.

    After five failures in a row nothing is sent for a while; then one message is tried, and its
    fate decides. *steady* gives seconds that no change of the clock moves.
    """

    steady: Callable[[], float]
    source: random.Random
    too_many: int = TOO_MANY
    first_rest_s: float = FIRST_REST_S
    longest_rest_s: float = LONGEST_REST_S
    _failures: int = field(default=0, init=False)
    _rests: int = field(default=0, init=False)
    _open_until: float = field(default=0.0, init=False)
    _trying: int = field(default=0, init=False)

    @property
    def state(self) -> BreakerState:
        """What it lets through now."""
        if self.steady() < self._open_until:
            return BreakerState.OPEN
        return BreakerState.HALF_OPEN if self._rests else BreakerState.CLOSED

    def room(self, free: int) -> int:
        """How many of *free* places may be used now."""
        match self.state:
            case BreakerState.OPEN:
                return 0
            case BreakerState.HALF_OPEN:
                return min(free, 1 - min(self._trying, 1))
            case BreakerState.CLOSED:
                return free

    def begin(self) -> None:
        """A delivery begins."""
        self._trying += 1

    def end(self, *, is_down: bool | None) -> None:
        """A delivery ended; *is_down* says whether the target seems to be down, None if it does not tell."""
        self._trying -= 1
        if is_down is None:
            return
        if not is_down:
            self._failures = self._rests = 0
            return
        if self.state is BreakerState.OPEN:
            return  # it began before, and tells nothing new
        self._failures += 1
        if self._failures >= self.too_many or self.state is BreakerState.HALF_OPEN:
            grown = ldexp(self.first_rest_s, min(self._rests, 30))
            rest = min(grown, self.longest_rest_s) * self.source.uniform(0.75, 1)
            self._rests += 1
            self._failures = 0
            self.hold(rest)

    def hold(self, seconds: float) -> None:
        """Leave the target alone for *seconds* from now at least, as it asked to be."""
        self._open_until = max(self._open_until, self.steady() + seconds)
