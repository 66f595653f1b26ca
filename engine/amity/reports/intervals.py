"""Shares with their uncertainty, and whether two of them differ by more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import hypot, sqrt
from statistics import NormalDist

__all__ = ["CONFIDENCE", "Change", "Direction", "Rate", "change", "wilson"]

CONFIDENCE = 0.95
_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)  # 1.96


class Direction(StrEnum):
    """Which way a share went, as far as chance lets us say."""

    UP = "up"
    DOWN = "down"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Rate:
    """A share from 0 to 1, and the bounds of its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Change:
    """The difference of two shares, the bounds of its interval, and what can be said of it."""

    direction: Direction
    difference: float
    low: float
    high: float


def wilson(hits: int, count: int) -> Rate:
    """The share of *hits* among *count*, which is above 0, with Wilson's score interval at 95 %.

    With p = hits / count and z = 1.96, the interval is

        (p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n)

    (E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal
    of the American Statistical Association 22, 1927, pages 209 to 212). Unlike p ± z √(p(1 - p)/n)
    it never leaves 0 to 1, and it has a width where all or none are hits.

    >>> wilson(8, 10)
    Rate(value=0.8, low=0.4901625, high=0.9433178)
    """
    share = hits / count
    square = _Z * _Z / count
    middle = share + square / 2
    reach = _Z * sqrt(share * (1 - share) / count + square / (4 * count))
    low, high = (middle - reach) / (1 + square), (middle + reach) / (1 + square)
    # At the ends the exact bound is 0 or 1, which rounding of the arithmetic may miss by a hair.
    return Rate(share, _tidy(low) if hits else 0.0, _tidy(high) if hits < count else 1.0)


def change(before: Rate, now: Rate) -> Change:
    """From *before* to *now*, with Newcombe's interval of the difference at 95 %.

    It is built from Wilson's: the difference d of the shares lies between
    d - √((p₂ - l₂)² + (u₁ - p₁)²) and d + √((u₂ - p₂)² + (p₁ - l₁)²) (R. G. Newcombe, "Interval
    estimation for the difference between independent proportions", Statistics in Medicine 17,
    1998, pages 873 to 890, method 10). The direction is clear where that does not hold 0.

    >>> change(wilson(50, 100), wilson(80, 100)).direction
    <Direction.UP: 'up'>
    >>> change(wilson(5, 10), wilson(8, 10)).direction
    <Direction.UNCLEAR: 'unclear'>
    """
    difference = now.value - before.value
    low = difference - hypot(now.value - now.low, before.high - before.value)
    high = difference + hypot(now.high - now.value, before.value - before.low)
    direction = Direction.UP if low > 0 else Direction.DOWN if high < 0 else Direction.UNCLEAR
    return Change(direction, _tidy(difference), _tidy(low), _tidy(high))


def _tidy(value: float) -> float:
    return round(value, 7)
